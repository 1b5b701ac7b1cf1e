/*
 * text.c - text for a terminal: colours say nothing of their own, bars keep their width.
 */
#include "report/doc.h"
#include "report/report.h"
#include "rows.h"

#define ROW_TEXT_MAX 64

static const struct dg_column columns[] = {
    {"name", DG_ALIGN_LEFT, DG_TONE_NONE, NULL},
    {"good", DG_ALIGN_RIGHT, DG_TONE_GOOD, NULL},
    {"bad", DG_ALIGN_RIGHT, DG_TONE_BAD, NULL},
    {"bar", DG_ALIGN_BAR, DG_TONE_GOOD, NULL},
    {"", DG_ALIGN_RIGHT, DG_TONE_NONE, NULL},
};

static void
add_row(struct dg_doc *d, double share)
{
	dg_doc_cell(d, "row");
	dg_doc_cell(d, "7");
	dg_doc_cell(d, "-");
	dg_doc_bar(d, share);
	dg_doc_cell(d, "end");
}

/* All kinds of blocks. */
static void
make(struct dg_doc *d)
{
	*d = (struct dg_doc){0};
	dg_doc_title(d, "not on a terminal");
	dg_doc_section(d, "Title");
	dg_doc_head(
	    d, "fault", "code", "a sentence that is longer than one line of forty columns");
	dg_doc_sentence(d, "seen", "First.");
	dg_doc_for(d, DG_SHOWN_DOCUMENT);
	dg_doc_sentence(d, "seen", "Hidden.");
	dg_doc_part(d, "a label that is very long", "Hidden.");
	dg_doc_for(d, DG_SHOWN_ALWAYS);
	dg_doc_sentence(d, "seen", "Second.");
	dg_doc_part(d, "sure", "Quite \33[31m.");
	dg_doc_point(d, "next", "One.");
	dg_doc_point(d, "next", "Two.");
	dg_doc_command(d, "reproduce", "dig a.example");
	dg_doc_table(d, columns, sizeof columns / sizeof *columns);
	for (int eighth = 0; eighth <= 80; eighth++)
		add_row(d, eighth / 80.0);
	add_row(d, -1);
	dg_doc_section(d, "Hidden");
	dg_doc_for(d, DG_SHOWN_DOCUMENT);
	dg_doc_line(d, "hidden");
	dg_doc_for(d, DG_SHOWN_ALWAYS);
	dg_doc_section(d, "Last");
	dg_doc_item(d, "an item");
	assert_false(d->is_failed);
}

static char *
text_of(bool has_colour, bool has_utf8)
{
	struct dg_text_style style = {40, has_colour, has_utf8};
	struct dg_doc d;
	char *text;

	make(&d);
	text = dg_doc_text(&d, &style);
	dg_doc_fini(&d);
	assert_non_null(text);
	return text;
}

/* Takes SGR sequences out, where they stand; gives how many. */
static size_t
strip(char *text)
{
	size_t count = 0;
	char *to = text;

	for (const char *p = text; *p != '\0';) {
		if (*p != '\33') {
			*to++ = *p++;
			continue;
		}
		assert_int_equal(p[1], '[');
		p += 2 + strspn(p + 2, "0123456789;");
		assert_int_equal(*p++, 'm');
		count++;
	}
	*to = '\0';
	return count;
}

static void
test_plain(void **state)
{
	char *text = text_of(false, false);

	(void)state;
	assert_non_null(strstr(text,
	    "\nTitle\n  fault: a sentence that is longer than\n"
	    "         one line of forty columns\n         [code]\n"
	    "    seen       First. Second.\n"
	    "    sure       Quite \\x1b[31m.\n"
	    "    next       - One.\n"
	    "               - Two.\n"
	    "    reproduce  dig a.example\n"));
	assert_null(strstr(text, "idden"));
	assert_null(strstr(text, "not on"));
	assert_non_null(strstr(text, "\n\nLast\n  - an item\n"));
	for (const char *p = text; *p != '\0'; p++)
		assert_true(*p == '\n' || (*p >= ' ' && *p <= '~'));
	free(text);
}

/* Without its colours a text is the plain one: colour alone says nothing. */
static void
test_colour(void **state)
{
	(void)state;
	for (int utf8 = 0; utf8 < 2; utf8++) {
		char *plain = text_of(false, utf8 != 0), *colours = text_of(true, utf8 != 0);
		size_t count;

		assert_non_null(strstr(colours, "\33[1mTitle\33[0m\n"));
		assert_non_null(strstr(colours, "  \33[1;31mfault\33[0m: a sentence"));
		assert_non_null(strstr(colours, "\33[32m7\33[0m"));
		assert_null(strstr(colours, "\33[31m-"));
		assert_non_null(strstr(colours, "Quite \\x1b[31m."));
		count = strip(colours);
		assert_int_equal(count % 2, 0);
		assert_true(count > 80);
		assert_string_equal(colours, plain);
		free(plain);
		free(colours);
	}
}

static size_t
characters(const char *text, size_t size)
{
	size_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

/* The bar of a line, without the columns around it. */
static const char *
bar_of(const char *line, char text[ROW_TEXT_MAX])
{
	const char *begin = strstr(line, "-  ");
	const char *end = begin != NULL ? strstr(begin, "  end") : NULL;

	assert_non_null(end);
	begin += 3;
	assert_in_range(end - begin, 10, ROW_TEXT_MAX - 1);
	memcpy(text, begin, (size_t)(end - begin));
	text[end - begin] = '\0';
	return text;
}

/* By eighths of a character: 0 is empty, 80 is full, and all lines are as wide as one another.
 */
static void
test_bars(void **state)
{
	static const char *const parts[] = {"", "\xe2\x96\x8f", "\xe2\x96\x8e", "\xe2\x96\x8d",
	    "\xe2\x96\x8c", "\xe2\x96\x8b", "\xe2\x96\x8a", "\xe2\x96\x89"};
	char *text = text_of(false, true);
	const char *line = strstr(text, "\n  row");
	char bar[ROW_TEXT_MAX];

	(void)state;
	for (int eighth = 0; eighth <= 80; eighth++) {
		struct dg_strbuf wanted = {0};

		assert_non_null(line++);
		for (int i = 0; i < eighth / 8; i++)
			dg_strbuf_add(&wanted, "\xe2\x96\x88");
		dg_strbuf_add(&wanted, parts[eighth % 8]);
		dg_strbuf_add_run(&wanted, ' ', (size_t)(10 - (eighth + 7) / 8));
		assert_string_equal(bar_of(line, bar), wanted.text);
		assert_int_equal(characters(line, strcspn(line, "\n")), 34);
		dg_strbuf_fini(&wanted);
		line = strstr(line, "\n  row");
	}
	assert_non_null(line);
	assert_string_equal(bar_of(line + 1, bar), "          ");
	free(text);
}

/* However near, a bar is empty only for nothing and full only for all. */
static void
test_ends(void **state)
{
	static const struct {
		double share;
		const char *plain;
		const char *blocks;
	} ends[] = {{1e-9, "#.........", "\xe2\x96\x8f         "},
	    {1 - 1e-9, "#########.",
		"\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88"
		"\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x89"}};

	(void)state;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		for (int utf8 = 0; utf8 < 2; utf8++) {
			struct dg_text_style style = {80, false, utf8 != 0};
			struct dg_doc d = {0};
			char bar[ROW_TEXT_MAX], *text;

			dg_doc_section(&d, NULL);
			dg_doc_table(&d, columns, sizeof columns / sizeof *columns);
			add_row(&d, ends[i].share);
			text = dg_doc_text(&d, &style);
			assert_non_null(text);
			assert_string_equal(bar_of(strchr(text, '\n'), bar),
			    utf8 != 0 ? ends[i].blocks : ends[i].plain);
			free(text);
			dg_doc_fini(&d);
		}
	}
}

int
main(void)
{
	struct rows r = {0};

	rows_add(&r, "plain text shows what terminals are shown", test_plain, NULL);
	rows_add(&r, "without colours a text says the same", test_colour, NULL);
	rows_add(&r, "bars by eighths, as wide as one another", test_bars, NULL);
	rows_add(&r, "bars are empty for nothing only, and full for all only", test_ends, NULL);
	return rows_run(&r, "text");
}
