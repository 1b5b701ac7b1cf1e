/*
 * markdown.c - a report as Markdown: each block, hostile words, the bound of its length.
 */
#include "findings.h"
#include "report/build.h"
#include "report/report.h"
#include "rows.h"

#define HOSTILE "a`|\\|<b>\r\n| x |\n# @all\n```\n"
#define LEFT_OUT "left out here; the JSON report has all of it"

static const struct dg_column columns[] = {
    {"name", DG_ALIGN_LEFT, DG_TONE_NONE, NULL},
    {"bar", DG_ALIGN_BAR, DG_TONE_NONE, NULL},
    {"", DG_ALIGN_RIGHT, DG_TONE_NONE, "share"},
};

static void
add_row(struct dg_doc *d, const char *name, const char *share)
{
	dg_doc_cell(d, "%s", name);
	dg_doc_bar(d, 1);
	dg_doc_cell(d, "%s", share);
}

static char *
finish(struct dg_doc *d)
{
	char *text;

	assert_false(d->is_failed);
	text = dg_doc_markdown(d);
	assert_non_null(text);
	dg_doc_fini(d);
	return text;
}

static void
test_blocks(void **state)
{
	struct dg_doc d = {0};
	char *text;

	(void)state;
	dg_doc_title(&d, "DNS: %s is silent", "10.0.0.2");
	dg_doc_section(&d, NULL);
	dg_doc_part(&d, "fault", "It is.");
	dg_doc_section(&d, "Findings");
	dg_doc_head(&d, "fault", "server-silent", "10.0.0.2 is silent");
	dg_doc_sentence(&d, "seen", "First.");
	dg_doc_sentence(&d, "seen", "Second.");
	dg_doc_part(&d, "sure", "Very (p <= 1e-9).");
	dg_doc_command(&d, "reproduce", "dig a.example @10.0.0.2");
	dg_doc_command(&d, "reproduce", "echo `id` ```");
	dg_doc_point(&d, "next", "Ask with `ss -ulpn`.");
	dg_doc_for(&d, DG_SHOWN_TERMINAL);
	dg_doc_line(&d, "hidden");
	dg_doc_for(&d, DG_SHOWN_ALWAYS);
	dg_doc_line(&d, "some words");
	dg_doc_table(&d, columns, sizeof columns / sizeof *columns);
	add_row(&d, "2001:db8::53#5353 tcp", "2/76   3 %");
	add_row(&d, "  udp", "-");
	dg_doc_item(&d, "an item");
	text = finish(&d);
	assert_string_equal(text,
	    "# DNS: `10.0.0.2` is silent\n"
	    "\n**Fault:** It is.\n"
	    "\n## Findings\n"
	    "\n### Fault: `10.0.0.2` is silent (`server-silent`)\n"
	    "\n**What was seen:**\n\n- First.\n- Second.\n"
	    "\n**How sure:** Very (p <= 1e-9).\n"
	    "\n**How to reproduce:**\n\n````sh\ndig a.example @10.0.0.2\necho `id` ```\n````\n"
	    "\n**What to check first:** Ask with `ss -ulpn`.\n"
	    "\nSome words.\n"
	    "\n| name | share |\n| :--- | ---: |\n"
	    "| `2001:db8::53#5353` tcp | 2/76 3 % |\n"
	    "| of which udp | - |\n"
	    "\n- an item\n");
	free(text);
}

/* Pipes that end a cell. */
static unsigned
cells_of(const char *line)
{
	unsigned count = 0;

	for (; *line != '\n' && *line != '\0'; line++) {
		if (*line == '\\' && line[1] != '\n')
			line++;
		else
			count += *line == '|';
	}
	return count;
}

/* Hostile words in every place: lines begin as they should, and cells stay in their columns. */
static void
test_hostile(void **state)
{
	struct dg_strbuf code = {0};
	struct dg_doc d = {0};
	unsigned lines = 0;
	char *text;

	(void)state;
	dg_doc_code(&code, HOSTILE);
	dg_doc_title(&d, "%s%s", HOSTILE, code.text);
	dg_doc_section(&d, "Title");
	dg_doc_head(&d, "fault", "code", HOSTILE);
	dg_doc_sentence(&d, "seen", HOSTILE);
	dg_doc_sentence(&d, "seen", code.text);
	dg_doc_part(&d, "sure", "%s", HOSTILE);
	dg_doc_line(&d, "%s", HOSTILE);
	dg_doc_item(&d, "%s%s", code.text, code.text);
	dg_doc_table(&d, columns, sizeof columns / sizeof *columns);
	add_row(&d, HOSTILE, code.text);
	dg_doc_command(&d, "reproduce", HOSTILE);
	dg_strbuf_fini(&code);
	text = finish(&d);
	for (const char *p = text; *p != '\0'; lines++) {
		size_t length = strcspn(p, "\n");

		for (size_t i = 0; i < length; i++)
			assert_in_range(p[i], ' ', '~');
		if (*p == '|')
			assert_int_equal(cells_of(p), 3);
		p += length + (p[length] == '\n');
	}
	/* One for each text, label and fence, and the empty ones between them. */
	assert_int_equal(lines, 26);
	assert_non_null(
	    strstr(text, "\n````sh\na`|\\|<b>\\x0d\\x0a| x |\\x0a# @all\\x0a```\\x0a\n"));
	assert_null(strstr(text, "<b>\n"));
	free(text);
}

/* Many rows, lines and long words: cut, and said. */
static void
test_bound(void **state)
{
	char word[4001];
	struct dg_doc d = {0};
	char *text;

	(void)state;
	memset(word, '\xff', sizeof word - 1);
	word[sizeof word - 1] = '\0';
	dg_doc_title(&d, "%s", word);
	for (int s = 0; s < 8; s++) {
		dg_doc_section(&d, "Section");
		dg_doc_line(&d, "%s", word);
		dg_doc_command(&d, "reproduce", word);
		for (int i = 0; i < 20; i++)
			dg_doc_item(&d, "%s", word);
		dg_doc_table(&d, columns, sizeof columns / sizeof *columns);
		for (int i = 0; i < 20; i++)
			add_row(&d, word, word);
	}
	text = finish(&d);
	assert_in_range(strlen(text), 1000, DG_MARKDOWN_BYTES_MAX);
	assert_non_null(strstr(text, " more rows are " LEFT_OUT "\n"));
	assert_non_null(strstr(text, "- 19 more lines are " LEFT_OUT "\n"));
	assert_non_null(strstr(text, " ... (3936 more characters are " LEFT_OUT ")"));
	assert_non_null(strstr(text, "\n# a command of 4000 characters is " LEFT_OUT "\n"));
	free(text);
}

/* --- a report ------------------------------------------------------------------ */

static struct world world;
static struct dg_report_input inputs[40];
static char long_name[4001];

static struct dg_report
make_report(void)
{
	world_init(&world);
	memset(long_name, '\xff', sizeof long_name - 1);
	for (size_t i = 0; i < 40; i++)
		inputs[i] = (struct dg_report_input){.file = "a.pcap",
		    .format = "pcap",
		    .sha256 = "0123abcd",
		    .first_ns = 0,
		    .last_ns = 1500000000};
	return (struct dg_report){.summary = &world.summary,
	    .inputs = inputs,
	    .input_count = 1,
	    .version = "test",
	    .server_ports = "53",
	    .timeout_ns = 5000000000,
	    .is_complete = true};
}

static char *
render(const struct dg_report *r)
{
	char *text = dg_report_markdown(r);

	assert_non_null(text);
	return text;
}

static void
test_companions(void **state)
{
	const struct dg_report_evidence evidence = {"e`.pcapng", "89abcdef", 1234, 5};
	struct dg_report r = make_report();
	char *text = render(&r);

	(void)state;
	assert_non_null(strstr(text, "# DNS: a capture from which nothing can be concluded\n"));
	assert_non_null(strstr(text,
	    "\n`a.pcap`: pcap, no interface, 0 frames, from 1970-01-01T00:00:00.000000000Z to "
	    "1970-01-01T00:00:01.500000000Z, sha256 `0123abcd`.\n"));
	assert_null(strstr(text, "pseudonyms"));
	assert_null(strstr(text, "pcapng"));
	assert_null(strstr(text, "NOT COMPLETE"));
	free(text);
	r.evidence = &evidence;
	r.is_anonymised = true;
	r.is_complete = false;
	text = render(&r);
	assert_non_null(strstr(text,
	    "\nThe frames behind the findings are in ``e`.pcapng``: 1,234 frames, and 5 more "
	    "were left out to keep it small; sha256 `89abcdef`.\n"));
	assert_non_null(strstr(text, "\nNOT COMPLETE: not everything could be read.\n"));
	/* At the top, and with the files. */
	assert_non_null(strstr(text, "\nAddresses and names are pseudonyms, "));
	assert_non_null(strstr(strstr(text, "## What was captured"), "pseudonyms"));
	free(text);
	text = dg_report_text(&r, &(struct dg_text_style){.columns = 80});
	assert_non_null(strstr(text, "  addresses and names are pseudonyms, "));
	assert_non_null(
	    strstr(text, "  the frames behind the findings are in e`.pcapng: 1,234"));
	free(text);
}

/* The largest report: every code, all lists full, names that become four times as long. */
static void
test_largest(void **state)
{
	struct dg_report r = make_report();
	struct dg_finding *list[DG_CODE_COUNT];
	struct dg_diagnosis diagnosis = {.findings = {list, DG_CODE_COUNT, DG_CODE_COUNT}};
	char *text;

	(void)state;
	for (int code = 0; code < DG_CODE_COUNT; code++) {
		list[code] = code == 0 ? finding_ports() : finding_make((enum dg_code)code);
		assert_int_equal(dg_finding_words(&world.summary, list[code]), 0);
		for (int i = 0; i < DG_FINDING_WORDS_MAX; i++) {
			assert_int_equal(dg_words_add(&list[code]->rivals, "%s", long_name), 0);
			assert_int_equal(dg_words_add(&list[code]->next, "%s", long_name), 0);
			assert_int_equal(
			    dg_words_add(&list[code]->reproduce, "%s", long_name), 0);
		}
	}
	for (size_t i = 0; i < 40; i++)
		inputs[i].file = inputs[i].problem = long_name;
	r.diagnosis = &diagnosis;
	r.input_count = 40;
	text = render(&r);
	assert_in_range(strlen(text), 1000, DG_MARKDOWN_BYTES_MAX);
	assert_non_null(strstr(text, "# DNS: `198.51.100.53` does not answer queries"));
	assert_non_null(strstr(text, "\n## About this report\n"));
	free(text);
	for (int code = 0; code < DG_CODE_COUNT; code++)
		dg_finding_free(list[code]);
}

int
main(void)
{
	struct rows r = {0};

	rows_add(&r, "each kind of block", test_blocks, NULL);
	rows_add(&r, "hostile words in every place", test_hostile, NULL);
	rows_add(&r, "what is too long is cut, and said", test_bound, NULL);
	rows_add(&r, "evidence, pseudonyms and what is not complete are told", test_companions,
	    NULL);
	rows_add(&r, "the largest report fits a ticket", test_largest, NULL);
	return rows_run(&r, "markdown");
}
