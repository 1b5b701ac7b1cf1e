/*
 * finding_report.c - findings in both reports: harmless for a terminal and for JSON whatever
 * they hold, within the columns, all keys there; and what explains the codes.
 */
#include <ctype.h>
#include <jansson.h>

#include "dnsgap/finding.h"
#include "findings.h"
#include "report/report.h"
#include "rows.h"

#define HOSTILE "a\33[2J\r\n\303\251\377\"\\'"

static struct world world;
static struct dg_finding *list[DG_CODE_COUNT];
static struct dg_diagnosis diagnosis;
static struct dg_report_input input = {.file = HOSTILE, .format = "pcap", .frames = 9};
static struct dg_report report;
static char list_of_ports[200];

static void
make_report(void)
{
	world_init(&world);
	for (int code = 0; code < DG_CODE_COUNT; code++) {
		struct dg_finding *f = code == DG_PORTS_SILENT
		    ? finding_ports()
		    : finding_make((enum dg_code)code);

		f->severity = (enum dg_severity)(code % DG_SEVERITY_COUNT);
		f->silent[0] = (struct dg_frame_name){7, 0};
		f->silent[1] = (struct dg_frame_name){8, 9}; /* no such file */
		f->silent_count = 2;
		if (dg_words_add(&f->rivals, "%s", HOSTILE) != 0 ||
		    dg_finding_words(&world.summary, f) != 0)
			abort();
		list[code] = f;
	}
	/* No space for 150 columns. */
	for (unsigned i = 0; i < 25; i++)
		memcpy(list_of_ports + 6 * i, i < 24 ? "10000," : "10000", 6);
	list[0]->untested = strdup(list_of_ports);
	free(list[1]->summary);
	list[1]->summary = strdup(HOSTILE);
	diagnosis.findings = (struct dg_findings){list, DG_CODE_COUNT, DG_CODE_COUNT};
	report = (struct dg_report){.summary = &world.summary,
	    .diagnosis = &diagnosis,
	    .inputs = &input,
	    .input_count = 1,
	    .version = "test",
	    .server_ports = "53",
	    .timeout_ns = 1};
}

static void
free_report(void)
{
	for (int code = 0; code < DG_CODE_COUNT; code++)
		dg_finding_free(list[code]);
}

/* Every line of a text. */
static void
fits(const char *text, size_t columns, unsigned lines_max)
{
	unsigned lines = 0;

	for (const char *p = text; *p != '\0'; lines++) {
		size_t length = strcspn(p, "\n");

		if (length > columns)
			fail_msg("%zu columns: %.*s", length, (int)length, p);
		for (size_t i = 0; i < length; i++)
			assert_in_range((unsigned char)p[i], ' ', '~');
		p += length + (p[length] == '\n');
	}
	assert_in_range(lines, 1, lines_max);
}

static void
test_text(void **state)
{
	char *text;

	(void)state;
	for (unsigned columns = 60; columns <= 200; columns += 10) {
		text = dg_report_text(&report, &(struct dg_text_style){.columns = columns});
		assert_non_null(text);
		fits(text, columns, 1000);
		free(text);
	}
	text = dg_report_text(&report, &(struct dg_text_style){.columns = 80});
	assert_non_null(strstr(text, "\nFindings, the worst first\n"));
	assert_non_null(strstr(text, "  fault: 198.51.100.53 does not answer queries"));
	assert_non_null(strstr(text, "As good as certain not to be chance (p <= 9e-27)."));
	assert_non_null(strstr(text, "a\\x1b[2J\\x0d\\x0a\\xc3\\xa9\\xff"));
	assert_non_null(strstr(text, "dig -b '0.0.0.0#1019' NAME A @198.51.100.53 +tries=1"));
	assert_non_null(strstr(text, "not answered: 7"));
	free(text);
	text = dg_report_text(&report, &(struct dg_text_style){.columns = 60});
	assert_non_null(strstr(
	    text, "dig -b '0.0.0.0#1019' NAME A @198.51.100.53 \\\n               +tries=1\n"));
	free(text);
	text = dg_report_text(&report, &(struct dg_text_style){.columns = 80});
	assert_true(strstr(text, "Findings") < strstr(text, "What was captured"));
	free(text);
}

static void
test_json(void **state)
{
	char *text = dg_report_json(&report);
	json_t *json, *findings, *first;
	size_t keys;

	(void)state;
	assert_non_null(text);
	for (const char *p = text; *p != '\0'; p++)
		assert_true(*p == '\n' || isprint((unsigned char)*p));
	json = json_loads(text, 0, NULL);
	assert_non_null(json);
	findings = json_object_get(json, "findings");
	assert_int_equal(json_array_size(findings), DG_CODE_COUNT);
	first = json_array_get(findings, 0);
	keys = json_object_size(first);
	for (size_t i = 0; i < DG_CODE_COUNT; i++) {
		const json_t *f = json_array_get(findings, i);

		assert_int_equal(json_object_size(f), keys);
		assert_string_equal(json_string_value(json_object_get(f, "code")),
		    dg_code_name((enum dg_code)i));
	}
	assert_string_equal(
	    json_string_value(json_object_get(first, "server")), "198.51.100.53");
	assert_true(json_is_null(json_object_get(first, "client")));
	assert_true(json_real_value(json_object_get(first, "confidence")) == 0.999999);
	assert_int_equal(
	    json_array_size(json_object_get(json_object_get(first, "frames"), "silent")), 1);
	assert_true(json_is_null(json_object_get(json_array_get(findings, 1), "p_value")));
	json_decref(json);
	free(text);
}

static void
test_p(void **state)
{
	struct dg_finding f = {.ln_p = -1e300};

	(void)state;
	assert_true(dg_finding_p(&f) == 1e-300);
	f.ln_p = -800;
	assert_true(dg_finding_p(&f) == 1e-300);
	f.ln_p = 0;
	assert_true(dg_finding_p(&f) == 1);
	f.ln_p = 3;
	assert_true(dg_finding_p(&f) == 1);
}

/* Without a finding it is said which ports were never tried. */
static void
test_none(void **state)
{
	struct dg_diagnosis nothing = {0};
	struct dg_report r = report;
	char *text;

	(void)state;
	r.diagnosis = &nothing;
	world.summary.all.outcomes[DG_PART_HIGH][DG_OUTCOME_ANSWERED] = 5;
	text = dg_report_text(&r, &(struct dg_text_style){.columns = 80});
	assert_non_null(strstr(text, "\nFindings\n  none: "));
	assert_non_null(strstr(text, "source ports 1-52 and 54-1023 were not tried"));
	free(text);
	world.summary.all.outcomes[DG_PART_LOW][DG_OUTCOME_ANSWERED] = 1;
	text = dg_report_text(&r, &(struct dg_text_style){.columns = 80});
	assert_non_null(strstr(text, "were tried in 1 transaction\n"));
	free(text);
	world.summary.all = (struct dg_side){0};
}

/* --- explain ------------------------------------------------------------------ */

static int
keep(void *context, const void *bytes, size_t size)
{
	dg_strbuf_add_bytes(context, bytes, size);
	return 0;
}

static int
refuse(void *context, const void *bytes, size_t size)
{
	(void)context;
	(void)bytes;
	(void)size;
	return -1;
}

static void
test_explain(void **state)
{
	const char *code, *title;
	size_t n = 0;

	(void)state;
	for (; (code = dnsgap_code(n, &title)) != NULL; n++) {
		for (unsigned columns = 40; columns <= 200; columns += 20) {
			struct dg_strbuf b = {0};

			assert_int_equal(dnsgap_explain(code, columns, keep, &b), 0);
			fits(b.text, columns, columns >= 80 ? 24 : 100);
			assert_true(strncmp(b.text, code, strlen(code)) == 0);
			assert_non_null(strstr(b.text, "\navoid "));
			assert_null(strstr(b.text, "firewall"));
			dg_strbuf_fini(&b);
		}
	}
	assert_int_equal(n, DG_CODE_COUNT);
}

static void
test_explain_all(void **state)
{
	struct dg_strbuf b = {0};
	const char *title;

	(void)state;
	assert_int_equal(dnsgap_explain(NULL, 80, keep, &b), 0);
	fits(b.text, 80, 24);
	for (int code = 0; code < DG_CODE_COUNT; code++)
		assert_non_null(strstr(b.text, dg_code_name((enum dg_code)code)));
	dg_strbuf_fini(&b);
	assert_int_equal(dnsgap_explain("no-such", 80, keep, &b), DNSGAP_EINVAL);
	assert_int_equal(dnsgap_explain("", 80, keep, &b), DNSGAP_EINVAL);
	assert_int_equal(dnsgap_explain(NULL, 39, keep, &b), DNSGAP_EINVAL);
	assert_int_equal(dnsgap_explain(NULL, 201, keep, &b), DNSGAP_EINVAL);
	assert_int_equal(dnsgap_explain(NULL, 80, refuse, NULL), DNSGAP_EWRITE);
	assert_int_equal(b.size, 0);
	assert_null(dnsgap_code(DG_CODE_COUNT, &title));
	assert_null(dnsgap_severity_name(DNSGAP_SEVERITIES));
	assert_string_equal(dnsgap_severity_name(DNSGAP_WARNING), "warning");
}

int
main(void)
{
	struct rows r = {0};
	int failed;

	make_report();
	rows_add(&r, "text: within its columns, and nothing unescaped", test_text, NULL);
	rows_add(
	    &r, "JSON: every key in every finding, and nothing unescaped", test_json, NULL);
	rows_add(&r, "p has a floor and a ceiling", test_p, NULL);
	rows_add(&r, "no finding: what was not tried is told", test_none, NULL);
	rows_add(&r, "every code is explained on one screen", test_explain, NULL);
	rows_add(&r, "all codes on one screen, and no other", test_explain_all, NULL);
	failed = rows_run(&r, "finding_report");
	free_report();
	return failed;
}
