/*
 * svg.c - pictures: numbers, text that stays text, shapes that are whole.
 */
#include "report/svg.h"

#include <math.h>
#include <stdlib.h>

#include "rows.h"

static const struct row {
	const char *name;
	double value;
	const char *text;
} rows[] = {
    {"a whole number", 12, "12"},
    {"a half", 0.5, "0.5"},
    {"hundredths", 99.25, "99.25"},
    {"a hundredth with a zero before it", 7.05, "7.05"},
    {"thousandths are rounded", 33.333, "33.33"},
    {"rounded up to a whole one", 1.999, "2"},
    {"below zero", -1.5, "-1.5"},
    {"next to nothing is nothing, without a sign", -0.001, "0"},
    {"no number is nothing", NAN, "0"},
    {"without end is nothing", INFINITY, "0"},
    {"too much is the most there is", 1e300, "1000000"},
    {"too little is the least there is", -1e300, "-1000000"},
};

static void
test_number(void **state)
{
	const struct row *row = *state;
	struct dg_strbuf b = {0};
	char *text;

	dg_svg_number(&b, row->value);
	text = dg_strbuf_take(&b);
	assert_string_equal(text, row->text);
	free(text);
}

static void
draw(struct dg_svg *s)
{
	dg_svg_begin(s, 20.5, "</title><script>", "\" onload=\"x");
	dg_svg_rect(s, "a", 1.25, 2, -3, 4);
	dg_svg_line(s, "b", 0, 1, 100, 1);
	dg_svg_text(s, "c", 50, 10, DG_SVG_MIDDLE, "<&>\x1b");
	dg_svg_mark(s, DG_SVG_DIAMOND, "d", 10, 10);
	dg_svg_box_begin(s, 0, 64, 20);
	dg_svg_path_begin(s, "e");
	dg_svg_tick(s, 3, 10, 5);
	dg_svg_bar(s, 4, 10, 0.8, -2.5);
	dg_svg_path_end(s);
	dg_svg_box_end(s);
	dg_svg_end(s);
}

static const char drawn[] =
    "<svg width=\"100%\" height=\"20.5\" role=\"img\" aria-labelledby=\"p1t p1d\">"
    "<title id=\"p1t\">&#60;/title&#62;&#60;script&#62;</title>"
    "<desc id=\"p1d\">&#34; onload=&#34;x</desc>\n"
    "<rect class=\"a\" x=\"1.25%\" y=\"2\" width=\"0%\" height=\"4\"/>\n"
    "<line class=\"b\" x1=\"0%\" y1=\"1\" x2=\"100%\" y2=\"1\"/>\n"
    "<text class=\"c\" x=\"50%\" y=\"10\" text-anchor=\"middle\">&#60;&#38;&#62;\\x1b</text>\n"
    "<svg overflow=\"visible\" width=\"1\" height=\"1\" x=\"10%\" y=\"10\">"
    "<path class=\"d\" d=\"M0 -5.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z\"/></svg>\n"
    "<svg x=\"0\" width=\"100%\" y=\"0\" height=\"20\" viewBox=\"0 0 64 20\" "
    "preserveAspectRatio=\"none\">\n"
    "<path class=\"e\" d=\"M3 10v-5M4 10v2.5h0.8V10z\"/>\n"
    "</svg>\n</svg>\n";

static void
test_picture(void **state)
{
	struct dg_strbuf b = {0};
	struct dg_svg s = {.out = &b};
	char *text;

	(void)state;
	draw(&s);
	text = dg_strbuf_take(&b);
	assert_string_equal(text, drawn);
	free(text);
}

static void
test_ids(void **state)
{
	struct dg_strbuf b = {0};
	struct dg_svg s = {.out = &b};
	char *text;

	(void)state;
	draw(&s);
	draw(&s);
	text = dg_strbuf_take(&b);
	assert_non_null(strstr(text, "\"p1t\""));
	assert_non_null(strstr(text, "\"p2t p2d\""));
	assert_null(strstr(text, "\"p3t\""));
	free(text);
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		rows_add(&r, rows_name("a number: %s", rows[i].name), test_number, &rows[i]);
	rows_add(&r, "a picture's shapes are whole and its text is text", test_picture, NULL);
	rows_add(&r, "pictures have names of their own", test_ids, NULL);
	return rows_run(&r, "svg");
}
