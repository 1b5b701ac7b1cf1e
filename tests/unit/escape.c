/*
 * escape.c - text from outside, harmless for a terminal and in HTML, valid for JSON.
 */
#include "base/escape.h"

#include "rows.h"

static const struct row {
	const char *name;
	const char *given;
	const char *terminal;
	const char *json;
} rows[] = {
    {"plain text stays", "dns-1.pcap", "dns-1.pcap", "dns-1.pcap"},
    {"nothing stays nothing", "", "", ""},
    {"ESC cannot move the cursor", "\x1b[2J", "\\x1b[2J", "\x1b[2J"},
    {"BEL, CR and LF", "\a\r\n", "\\x07\\x0d\\x0a", "\a\r\n"},
    {"DEL", "\x7f", "\\x7f", "\x7f"},
    {"UTF-8 of two bytes", "\xc3\xbc", "\\xc3\\xbc", "\xc3\xbc"},
    {"UTF-8 of three bytes, turning the writing direction", "\xe2\x80\xae", "\\xe2\\x80\\xae",
	"\xe2\x80\xae"},
    {"UTF-8 of four bytes", "\xf0\x9f\x98\x80", "\\xf0\\x9f\\x98\\x80", "\xf0\x9f\x98\x80"},
    {"the highest character", "\xf4\x8f\xbf\xbf", "\\xf4\\x8f\\xbf\\xbf", "\xf4\x8f\xbf\xbf"},
    {"beyond the highest", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\\xf4\\x90\\x80\\x80"},
    {"a surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80"},
    {"the last before the surrogates", "\xed\x9f\xbf", "\\xed\\x9f\\xbf", "\xed\x9f\xbf"},
    {"the first behind them", "\xee\x80\x80", "\\xee\\x80\\x80", "\xee\x80\x80"},
    {"an overlong slash of two bytes", "\xc0\xaf", "\\xc0\\xaf", "\\xc0\\xaf"},
    {"an overlong slash of three", "\xe0\x80\xaf", "\\xe0\\x80\\xaf", "\\xe0\\x80\\xaf"},
    {"an overlong slash of four", "\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf",
	"\\xf0\\x80\\x80\\xaf"},
    {"a byte that follows nothing", "a\x80z", "a\\x80z", "a\\x80z"},
    {"a character that ends early", "\xe2\x80", "\\xe2\\x80", "\\xe2\\x80"},
    {"a character that ends early, and a letter", "\xc3z", "\\xc3z", "\\xc3z"},
    {"0xff", "\xff", "\\xff", "\\xff"},
    {"markup, quotes and formulas are the writers' affair", "\"},{</script>=cmd()`|",
	"\"},{</script>=cmd()`|", "\"},{</script>=cmd()`|"},
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct dg_strbuf terminal = {0}, json = {0};
	char *text = strdup(row->given);

	assert_non_null(text);
	dg_escape_terminal(&terminal, text);
	dg_escape_json(&json, text);
	free(text);
	text = dg_strbuf_take(&terminal);
	assert_string_equal(text, row->terminal);
	free(text);
	text = dg_strbuf_take(&json);
	assert_string_equal(text, row->json);
	free(text);
}

static const struct html_row {
	const char *name;
	const char *given;
	const char *html;
} html_rows[] = {
    {"plain text stays", "dns-1.pcap", "dns-1.pcap"},
    {"nothing stays nothing", "", ""},
    {"what HTML and attributes are made of", "<a href='x' b=\"y\">&amp;",
	"&#60;a href=&#39;x&#39; b=&#34;y&#34;&#62;&#38;amp;"},
    {"the end of a script", "</script>", "&#60;/script&#62;"},
    {"control characters, line breaks among them", "a\x1b[1m\a\r\n\t\x7f",
	"a\\x1b[1m\\x07\\x0d\\x0a\\x09\\x7f"},
    {"controls beyond ASCII", "\xc2\x80\xc2\x9b", "\\u{0080}\\u{009B}"},
    {"UTF-8 stays", "\xc3\xbc\xe6\xbc\xa2\xf0\x9f\x98\x80",
	"\xc3\xbc\xe6\xbc\xa2\xf0\x9f\x98\x80"},
    {"what turns the writing direction", "\xe2\x80\xae\xe2\x81\xa6\xd8\x9c\xe2\x80\x8f",
	"\\u{202E}\\u{2066}\\u{061C}\\u{200F}"},
    {"what has no width", "\xe2\x80\x8b\xef\xbb\xbf\xc2\xad", "\\u{200B}\\u{FEFF}\\u{00AD}"},
    {"breaks of lines and paragraphs", "\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}"},
    {"tags, which nobody sees", "\xf3\xa0\x81\x81", "\\u{E0041}"},
    {"no character", "\xef\xbf\xbf\xf4\x8f\xbf\xbf", "\\u{FFFF}\\u{10FFFF}"},
    {"bytes that are no UTF-8", "\xff\xc0\xaf\xed\xa0\x80", "\\xff\\xc0\\xaf\\xed\\xa0\\x80"},
    {"a character that ends early", "\xe2\x80<", "\\xe2\\x80&#60;"},
    {"what others must escape", "`|=cmd()\\-", "`|=cmd()\\-"},
};

static void
test_html(void **state)
{
	const struct html_row *row = *state;
	struct dg_strbuf b = {0};
	char *text = strdup(row->given);

	assert_non_null(text);
	dg_escape_html(&b, text);
	free(text);
	text = dg_strbuf_take(&b);
	assert_string_equal(text, row->html);
	free(text);
}

/* Every pair of bytes: none that HTML is made of comes through but in a reference. */
static void
test_html_pairs(void **state)
{
	(void)state;
	for (unsigned pair = 0x101; pair < 0x10000; pair++) {
		char given[3] = {(char)(pair >> 8), (char)pair, '\0'};
		struct dg_strbuf b = {0};
		char *text;

		if (given[0] == '\0' || given[1] == '\0')
			continue;
		dg_escape_html(&b, given);
		text = dg_strbuf_take(&b);
		assert_non_null(text);
		assert_null(strpbrk(text, "<>\"'"));
		for (const char *p = text; *p != '\0'; p++) {
			assert_true((unsigned char)*p >= ' ' && *p != 0x7f);
			if (*p == '&')
				assert_true(p[1] == '#' && strspn(p + 2, "0123456789") == 2 &&
				    p[4] == ';');
		}
		free(text);
	}
}

/* Every pair of bytes: printable ASCII only reaches a terminal. */
static void
test_terminal(void **state)
{
	(void)state;
	for (unsigned n = 0x101; n < 65536; n++) {
		const char text[3] = {(char)(n >> 8), (char)(n & 0xff), '\0'};
		struct dg_strbuf b = {0};
		char *out;

		dg_escape_terminal(&b, text);
		out = dg_strbuf_take(&b);
		assert_non_null(out);
		for (const char *p = out; *p != '\0'; p++)
			assert_in_range(*p, ' ', '~');
		free(out);
	}
}

/* Bytes that are no text: a NUL among them ends nothing. */
static void
test_bytes(void **state)
{
	struct dg_strbuf b = {0};
	char *out;

	(void)state;
	dg_escape_bytes(&b, "a\0b\xff\x1b", 5);
	dg_escape_bytes(&b, NULL, 0);
	out = dg_strbuf_take(&b);
	assert_string_equal(out, "a\\x00b\\xff\\x1b");
	free(out);
}

static const struct label_row {
	const char *name;
	const char *given;
	const char *label;
} label_rows[] = {
    {"a label of plain text stays", "eth0.100", "eth0.100"},
    {"an empty label stays empty", "", ""},
    {"a label's quotes and backslashes", "a\"b\\c\\", "a\\\"b\\\\c\\\\"},
    {"a label's line break", "a\nb", "a\\\\x0ab"},
    {"a label's control characters", "\x1b[2J\r\x7f", "\\\\x1b[2J\\\\x0d\\\\x7f"},
    {"a label's UTF-8 stays", "\xc3\xbc\xe6\xbc\xa2", "\xc3\xbc\xe6\xbc\xa2"},
    {"a label's bytes that are no UTF-8", "\xff\xc3", "\\\\xff\\\\xc3"},
    {"a label's character that is not seen", "\xe2\x80\xae", "\\\\xe2\\\\x80\\\\xae"},
    {"a label that looks like an escape is another one", "\\xff", "\\\\x5cxff"},
};

static void
test_label(void **state)
{
	const struct label_row *row = *state;
	struct dg_strbuf b = {0};
	char *text;

	dg_strbuf_add(&b, "");
	dg_escape_label(&b, row->given);
	text = dg_strbuf_take(&b);
	assert_string_equal(text, row->label);
	free(text);
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		rows_add(&r, rows_name("escaped: %s", rows[i].name), test_row, &rows[i]);
	rows_add(&r, "printable ASCII only reaches a terminal", test_terminal, NULL);
	rows_add(&r, "bytes with a NUL among them", test_bytes, NULL);
	for (size_t i = 0; i < sizeof html_rows / sizeof *html_rows; i++)
		rows_add(
		    &r, rows_name("in HTML: %s", html_rows[i].name), test_html, &html_rows[i]);
	rows_add(&r, "in HTML no pair of bytes makes an element or leaves an attribute",
	    test_html_pairs, NULL);
	ROWS_ADD_TABLE(&r, label_rows, test_label);
	return rows_run(&r, "escape");
}
