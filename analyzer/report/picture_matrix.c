/*
 * picture_matrix.c - servers and ranges: how many queries reached whom from where.
 */
#include <stdio.h>
#include <string.h>

#include "report/build.h"
#include "report/picture.h"

#define ROWS_MAX 16
#define CELL_HEIGHT 28
#define HEAD_HEIGHT 18
#define CELL_WIDTH 32.6
#define CELL_STEP 33.7
#define CELL_TEXT_MAX 96
#define CLASS_MAX 32
#define TEXT_Y (CELL_HEIGHT / 2 + 4)
#define TEXT_WIDE 22 /* letters for which there is room in a wide cell */
#define WORDS_MAX 400

/* A class for each step of the share; the test of contrast knows them all. */
static const char *
shade_of(const struct dg_ratio *r)
{
	if (r->decided == 0)
		return "cell c-none";
	if (r->reached == r->decided)
		return "cell c-all";
	if (r->reached == 0)
		return "cell c-0";
	return r->value >= 0.9 ? "cell c-90"
	    : r->value >= 0.5  ? "cell c-50"
	    : r->value >= 0.1  ? "cell c-10"
			       : "cell c-1";
}

/* "75 % (92/122)", "not tried", "undecided"; `few` is what there is room for in a narrow cell.
 */
static void
cell_text(char text[CELL_TEXT_MAX], char few[DG_NUMBER_TEXT_MAX], const struct dg_counts *c,
    const struct dg_ratio *r)
{
	char reached[DG_NUMBER_TEXT_MAX], decided[DG_NUMBER_TEXT_MAX];

	if (r->decided == 0) {
		snprintf(few, DG_NUMBER_TEXT_MAX, "%s",
		    c->transactions == 0 ? "not tried" : "undecided");
		snprintf(text, CELL_TEXT_MAX, "%s", few);
		return;
	}
	dg_percent(few, r->reached, r->decided);
	snprintf(text, CELL_TEXT_MAX, "%s (%s/%s)", few, dg_grouped(r->reached, reached),
	    dg_grouped(r->decided, decided));
}

static void
draw_cell(
    struct dg_picture *p, unsigned column, const char *shade, const char *text, const char *few)
{
	double x = column * CELL_STEP, middle = x + CELL_WIDTH / 2;
	char class[CLASS_MAX];

	dg_svg_rect(&p->svg, shade, x, 1, CELL_WIDTH, CELL_HEIGHT - 2);
	if (strlen(text) > TEXT_WIDE) {
		dg_svg_text(&p->svg, shade, middle, TEXT_Y, DG_SVG_MIDDLE, few);
		return;
	}
	snprintf(class, sizeof class, "%s wide", shade);
	dg_svg_text(&p->svg, class, middle, TEXT_Y, DG_SVG_MIDDLE, text);
	snprintf(class, sizeof class, "%s narrow", shade);
	dg_svg_text(&p->svg, class, middle, TEXT_Y, DG_SVG_MIDDLE, few);
}

static void
draw_head(struct dg_picture *p)
{
	dg_picture_row(p, "server", "");
	dg_svg_begin(&p->svg, HEAD_HEIGHT, "the ranges of client ports",
	    "well-known 0-1023, registered 1024-49151, ephemeral 49152-65535");
	for (unsigned r = 0; r < DG_RANGE_COUNT; r++) {
		const struct dg_range_facts *f = dg_range_facts(r);

		dg_svg_text(&p->svg, "label", r * CELL_STEP + CELL_WIDTH / 2, 13, DG_SVG_MIDDLE,
		    f->name);
	}
	dg_svg_end(&p->svg);
	dg_picture_row_end(p);
}

static void
draw_row(struct dg_picture *p, uint32_t server, const struct dg_side *side)
{
	char who[DG_PICTURE_WHO_MAX], words[WORDS_MAX] = "";
	char texts[DG_RANGE_COUNT][CELL_TEXT_MAX], few[DG_RANGE_COUNT][DG_NUMBER_TEXT_MAX];
	const char *shades[DG_RANGE_COUNT];
	int size = 0;

	for (unsigned r = 0; r < DG_RANGE_COUNT; r++) {
		struct dg_counts c = dg_side_range(side, r);
		struct dg_ratio ratio = dg_ratio_make(&c);

		cell_text(texts[r], few[r], &c, &ratio);
		shades[r] = shade_of(&ratio);
		size += snprintf(words + size, sizeof words - (size_t)size, "%s%s: %s",
		    r > 0 ? "; " : "", dg_range_facts(r)->name, texts[r]);
	}
	dg_picture_who(p, server, who);
	dg_picture_row(p, who, "");
	dg_svg_begin(&p->svg, CELL_HEIGHT, who, words);
	for (unsigned r = 0; r < DG_RANGE_COUNT; r++)
		draw_cell(p, r, shades[r], texts[r], few[r]);
	dg_svg_end(&p->svg);
	dg_picture_row_end(p);
}

bool
dg_picture_matrix(struct dg_picture *p)
{
	const struct dg_summary *s = p->report->summary;
	size_t shown = p->server_count < ROWS_MAX ? p->server_count : ROWS_MAX;

	dg_picture_begin(p, "Servers by range of the client's port",
	    "What share of the queries was answered, by server and by the range their source "
	    "port lies in.");
	dg_strbuf_add(p->svg.out, "<div class=\"matrix\">\n");
	draw_head(p);
	if (p->server_count > 1)
		draw_row(p, DG_PICTURE_ALL, &s->all);
	for (size_t i = 0; i < shown; i++)
		draw_row(p, p->servers[i], &s->servers[p->servers[i]].all);
	dg_strbuf_add(p->svg.out, "</div>\n");
	if (shown < p->server_count)
		dg_strbuf_addf(p->svg.out, "<p class=\"legend\">and %zu more servers</p>\n",
		    p->server_count - shown);
	dg_picture_end(p);
	return !p->svg.out->is_failed;
}
