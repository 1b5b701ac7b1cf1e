/*
 * doc_words.c - which words of a text are a machine's.
 */
#include "report/doc.h"

#include "rows.h"

/* Runs between bars; code in angles. */
static const struct row {
	const char *name;
	const char *given;
	const char *runs;
} rows[] = {
    {"words are one run", "nothing here", "nothing here|"},
    {"nothing has no run", "", ""},
    {"backticks make code", "run `ss -ulpn` there", "run |<ss -ulpn>| there|"},
    {"a backtick alone is a character", "a ` b", "a ` b|"},
    {"two in a row are two characters", "a `` b", "a `` b|"},
    {"an IPv4 address", "10.0.0.2 does not answer", "<10.0.0.2>| does not answer|"},
    {"at the end of a sentence", "ask 10.0.0.2.", "ask |<10.0.0.2>|.|"},
    {"before a comma", "10.0.0.2, 10.0.0.3", "<10.0.0.2>|, |<10.0.0.3>|"},
    {"an IPv6 address", "near 2001:db8::53: 6", "near |<2001:db8::53>|: 6|"},
    {"in brackets", "(2001:db8::)", "(|<2001:db8::>|)|"},
    {"a prefix", "10.0.0.0/24 is silent", "<10.0.0.0/24>| is silent|"},
    {"a port", "2001:db8::53#5353 tcp", "<2001:db8::53#5353>| tcp|"},
    {"numbers are no address", "1-52,54-1023 and 3.14 of 19:01:02",
	"1-52,54-1023 and 3.14 of 19:01:02|"},
    {"a word that begins like one", "10.0.0.2nd", "10.0.0.2nd|"},
    {"too many numbers", "10.0.0.2.5", "10.0.0.2.5|"},
    {"code side by side", "`a``b`", "<a>|<b>|"},
};

static void
assert_runs(const char *given, const char *wanted)
{
	struct dg_strbuf b = {0};
	struct dg_run run;
	char *text;

	for (const char *at = given; dg_run_next(&at, &run);) {
		assert_true(run.size > 0);
		dg_strbuf_add(&b, run.is_code ? "<" : "");
		dg_strbuf_add_bytes(&b, run.text, run.size);
		dg_strbuf_add(&b, run.is_code ? ">|" : "|");
	}
	text = dg_strbuf_take(&b);
	assert_string_equal(text, wanted);
	free(text);
}

static void
test_row(void **state)
{
	const struct row *row = *state;

	assert_runs(row->given, row->runs);
}

/* A word from outside is one run, whatever it holds, and plain text has it without marks. */
static void
test_code(void **state)
{
	struct dg_strbuf b = {0}, plain = {0};

	(void)state;
	dg_strbuf_add(&b, "file ");
	dg_doc_code(&b, "a ` \x0e\x0f\n\x7f b` 10.0.0.2");
	dg_strbuf_add(&b, ": read");
	assert_runs(b.text, "file |<a ` \\x0e\\x0f\\x0a\\x7f b` 10.0.0.2>|: read|");
	dg_doc_plain(&plain, b.text);
	assert_string_equal(plain.text, "file a ` \\x0e\\x0f\\x0a\\x7f b` 10.0.0.2: read");
	dg_strbuf_fini(&b);
	dg_strbuf_fini(&plain);
}

static void
test_labels(void **state)
{
	(void)state;
	assert_string_equal(dg_label_full("or else"), "What else it can be");
	assert_string_equal(dg_label_full("another"), "another");
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		rows_add(&r, rows_name("runs: %s", rows[i].name), test_row, &rows[i]);
	rows_add(&r, "a word from outside is one run", test_code, NULL);
	rows_add(&r, "labels in full", test_labels, NULL);
	return rows_run(&r, "doc_words");
}
