/*
 * escape_markdown.c - text from outside, harmless in Markdown.
 *
 * What a parser makes of it is tested with cmark-gfm (tests/property/markdown.py); here it is
 * what comes out, letter by letter.
 */
#include "base/escape.h"

#include "rows.h"

static const struct row {
	const char *name;
	const char *given;
	const char *text;
	const char *code;
} rows[] = {
    {"plain words stay", "0 of 74 queries, 37.0 %", "0 of 74 queries, 37.0 %",
	"`0 of 74 queries, 37.0 %`"},
    {"nothing stays nothing", "", "", ""},
    {"a backtick", "a`b", "a\\`b", "``a`b``"},
    {"two backticks", "a``b`c", "a\\`\\`b\\`c", "```a``b`c```"},
    {"backticks at the ends", "`id`", "\\`id\\`", "`` `id` ``"},
    {"nothing but backticks", "```", "\\`\\`\\`", "```` ``` ````"},
    {"spaces at both ends of code", " a ", "a ", "`  a  `"},
    {"nothing but spaces", "  ", "", "`  `"},
    {"a pipe", "a|b", "a\\|b", "`a\\x7cb`"},
    {"a backslash before a pipe", "a\\|b", "a\\\\\\|b", "`a\\\\x7cb`"},
    {"a backslash at the end", "a\\", "a\\\\", "`a\\`"},
    {"HTML", "</script><b>", "&lt;/script>&lt;b>", "`</script><b>`"},
    {"less or equal is no HTML", "p <= 8e-26", "p <= 8e-26", "`p <= 8e-26`"},
    {"less at the end", "a<", "a&lt;", "`a<`"},
    {"an entity", "&lt;", "`&lt;`", "`&lt;`"},
    {"a numeric entity", "&#60;", "`&#60;`", "`&#60;`"},
    {"emphasis", "*a* _b_ ~c~", "\\*a\\* \\_b\\_ `~c~`", "`*a* _b_ ~c~`"},
    {"a link", "[a](b)", "\\[a\\](b)", "`[a](b)`"},
    {"a picture", "![a](b)", "!\\[a\\](b)", "`![a](b)`"},
    {"an address of a page", "x https://a.example y", "x `https://a.example` y",
	"`x https://a.example y`"},
    {"one without its scheme", "WWW.a.example", "`WWW.a.example`", "`WWW.a.example`"},
    {"a mailbox", "a@b.example", "`a@b.example`", "`a@b.example`"},
    {"a mention", "hi @admin, (@all)", "hi `@admin,` `(@all)`", "`hi @admin, (@all)`"},
    {"an issue", "see #123", "see `#123`", "`see #123`"},
    {"issues of other systems", "GH-12 ABC-7 !4 a/b#5", "`GH-12` `ABC-7` `!4` `a/b#5`",
	"`GH-12 ABC-7 !4 a/b#5`"},
    {"ranges of ports are no issues", "1-52,54-1023", "1-52,54-1023", "`1-52,54-1023`"},
    {"the hash of a commit", "8f3a9c1", "`8f3a9c1`", "`8f3a9c1`"},
    {"a number is none", "1234567", "1234567", "`1234567`"},
    {"an emoji", "a:smile:", "`a:smile:`", "`a:smile:`"},
    {"an emoji of digits", ":100:", "`:100:`", "`:100:`"},
    {"a time is none", "19:01:02", "19:01:02", "`19:01:02`"},
    {"a formula", "$x$", "`$x$`", "`$x$`"},
    {"a heading", "# a", "\\# a", "`# a`"},
    {"an item", "- a - b", "\\- a - b", "`- a - b`"},
    {"a numbered item", "1. a", "1\\. a", "`1. a`"},
    {"a numbered item with a bracket", "1) a", "1\\) a", "`1) a`"},
    {"a quote", "> a", "\\> a", "`> a`"},
    {"a line below a heading", "=== a", "\\=== a", "`=== a`"},
    {"a rule", "--- a", "\\--- a", "`--- a`"},
    {"code by spaces", "     a", "a", "`     a`"},
    {"a line break by spaces", "a  b  ", "a b ", "`a  b  `"},
    {"line breaks", "a\r\nb", "`a\\x0d\\x0ab`", "`a\\x0d\\x0ab`"},
    {"ESC and BEL", "\x1b[2J\a", "`\\x1b[2J\\x07`", "`\\x1b[2J\\x07`"},
    {"what turns the writing direction", "a \xe2\x80\xaegnp", "a `\\xe2\\x80\\xaegnp`",
	"`a \\xe2\\x80\\xaegnp`"},
    {"bytes that are no UTF-8", "\x80\xff", "`\\x80\\xff`", "`\\x80\\xff`"},
    {"a formula of a sheet", "=cmd()", "\\=cmd()", "`=cmd()`"},
    {"JSON", "\"},{\"", "\"\\},\\{\"", "`\"},{\"`"},
};

static char *
escaped(const char *before, const char *given, bool is_code)
{
	struct dg_strbuf b = {0};

	dg_strbuf_add(&b, before);
	if (is_code)
		dg_escape_markdown_code(&b, given, strlen(given));
	else
		dg_escape_markdown(&b, given, strlen(given));
	return dg_strbuf_take(&b);
}

static void
assert_escaped(const char *before, const char *given, bool is_code, const char *wanted)
{
	char *copy = strdup(given), *text;

	assert_non_null(copy);
	text = escaped(before, copy, is_code);
	assert_non_null(text);
	assert_string_equal(text, wanted);
	free(text);
	free(copy);
}

static void
test_row(void **state)
{
	const struct row *row = *state;

	assert_escaped("", row->given, false, row->text);
	assert_escaped("", row->given, true, row->code);
}

/* What begins a block does so behind what begins another one, and nowhere else. */
static void
test_begin(void **state)
{
	(void)state;
	assert_escaped("a\n", "- b", false, "a\n\\- b");
	assert_escaped("- ", "- b", false, "- \\- b");
	assert_escaped("## ", "1. b", false, "## 1\\. b");
	assert_escaped("a ", "- b", false, "a - b");
	assert_escaped("a ", "1. b", false, "a 1. b");
	assert_escaped("| ", "-", false, "| -");
}

/* Spans side by side stay two. */
static void
test_neighbours(void **state)
{
	(void)state;
	assert_escaped("`a`", "b", true, "`a` `b`");
	assert_escaped("`a`", "@b", false, "`a` `@b`");
	assert_escaped("`a` ", "b", true, "`a` `b`");
}

/* Every pair of bytes: printable ASCII, and no bare character that begins something. */
static void
test_pairs(void **state)
{
	(void)state;
	for (unsigned n = 0x101; n < 65536; n++) {
		const char given[3] = {(char)(n >> 8), (char)(n & 0xff), '\0'};

		if (given[1] == '\0')
			continue;
		for (int is_code = 0; is_code < 2; is_code++) {
			char *text = escaped("", given, is_code != 0);

			assert_non_null(text);
			for (const char *p = text; *p != '\0'; p++)
				assert_in_range(*p, ' ', '~');
			assert_null(is_code ? strchr(text, '|') : NULL);
			free(text);
		}
	}
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		rows_add(&r, rows_name("in Markdown: %s", rows[i].name), test_row, &rows[i]);
	rows_add(&r, "blocks begin at the beginning of a line only", test_begin, NULL);
	rows_add(&r, "code spans side by side", test_neighbours, NULL);
	rows_add(&r, "printable ASCII only, and no pipe in code", test_pairs, NULL);
	return rows_run(&r, "escape_markdown");
}
