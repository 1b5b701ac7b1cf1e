/*
 * text_table.c - a table of a report for a terminal.
 *
 * A table that is too wide loses its bars; if it is still too wide, its first column gets
 * a line of its own where it needs one (IPv6 addresses), and the other columns follow below.
 * On a terminal that is narrower still each row becomes a list, without what is none.
 *
 * Widths are counted in characters: cells are ASCII, and a bar's blocks are counted as such.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "report/report.h"
#include "report/text.h"

#define COLUMNS_MAX 12
#define BAR_WIDTH 10
#define EIGHTHS 8
#define GAP 2

/* The escaped text of a cell; empty for a bar. */
static char *
cell_text(const struct dg_cell *cell)
{
	struct dg_strbuf plain = {0}, b = {0};

	if (cell->text != NULL) {
		dg_doc_plain(&plain, cell->text);
		if (!plain.is_failed)
			dg_escape_terminal(&b, plain.text);
		b.is_failed |= plain.is_failed;
		dg_strbuf_fini(&plain);
	}
	return dg_strbuf_take(&b);
}

/* The colour of a cell's text: that of its column, where there is something to say. */
static const char *
tone_colour(enum dg_tone tone, const char *text)
{
	static const char *const colours[] = {
	    [DG_TONE_GOOD] = "32", [DG_TONE_BAD] = "31", [DG_TONE_DOUBT] = "33"};

	return tone == DG_TONE_NONE || strcmp(text, "-") == 0 ? NULL : colours[tone];
}

/* How many of `units` a share fills: none only for none, all only for all. */
static size_t
filled_units(double share, size_t units)
{
	size_t full = (size_t)(share * (double)units + 0.5);

	if (full == 0 && share > 0)
		return 1;
	if (full == units && share < 1)
		return units - 1;
	return full;
}

/* Full blocks and one of some eighths (U+2588 to U+258F), and spaces up to the width. */
static void
add_blocks(struct dg_strbuf *b, double share, size_t width)
{
	size_t eighths = filled_units(share, width * EIGHTHS);
	size_t used = (eighths + EIGHTHS - 1) / EIGHTHS;

	for (size_t i = 0; i < eighths / EIGHTHS; i++)
		dg_strbuf_add(b, "\xe2\x96\x88");
	if (eighths % EIGHTHS > 0)
		dg_strbuf_addf(b, "\xe2\x96%c", (char)(0x88 + EIGHTHS - eighths % EIGHTHS));
	dg_strbuf_add_run(b, ' ', width - used);
}

void
dg_text_bar(struct dg_strbuf *b, const struct dg_text_style *style, const char *colour,
    double share, size_t width)
{
	struct dg_strbuf bar = {0};
	size_t full = filled_units(share < 0 ? 0 : share, width);

	if (share < 0) {
		dg_strbuf_add_run(b, ' ', width);
		return;
	}
	if (style->has_utf8) {
		add_blocks(&bar, share, width);
	} else {
		dg_strbuf_add_run(&bar, '#', full);
		dg_strbuf_add_run(&bar, '.', width - full);
	}
	b->is_failed |= bar.is_failed;
	if (!bar.is_failed)
		dg_text_paint(b, style, colour, bar.text);
	dg_strbuf_fini(&bar);
}

/* A text in a column of a width. */
struct padded {
	const char *text;
	size_t width;
	enum dg_align align;
	const char *colour;
};

static void
add_padded(struct dg_strbuf *b, const struct padded *p, const struct dg_text_style *style)
{
	size_t length = strlen(p->text);
	size_t pad = length < p->width ? p->width - length : 0;

	if (p->align == DG_ALIGN_RIGHT)
		dg_strbuf_add_run(b, ' ', pad);
	dg_text_paint(b, style, p->colour, p->text);
	if (p->align != DG_ALIGN_RIGHT)
		dg_strbuf_add_run(b, ' ', pad);
}

static void
trim_line(struct dg_strbuf *b)
{
	while (b->size > 0 && b->text[b->size - 1] == ' ')
		b->text[--b->size] = '\0';
	dg_strbuf_add(b, "\n");
}

/* A bar that there was no room for. */
static bool
is_left_out(const struct dg_block *t, const size_t widths[COLUMNS_MAX], size_t c)
{
	return t->columns[c].align == DG_ALIGN_BAR && widths[c] == 0;
}

/* Cells of one row, already escaped. */
static void
add_row(struct dg_strbuf *b, const struct dg_block *t, const struct dg_cell *cells,
    const size_t widths[COLUMNS_MAX], const struct dg_text_style *style)
{
	for (size_t c = 0; c < t->column_count; c++) {
		char *text;

		if (is_left_out(t, widths, c))
			continue;
		dg_strbuf_add_run(b, ' ', GAP);
		if (t->columns[c].align == DG_ALIGN_BAR) {
			dg_text_bar(b, style, tone_colour(t->columns[c].tone, ""),
			    cells[c].share, BAR_WIDTH);
			continue;
		}
		text = cell_text(&cells[c]);
		if (text == NULL) {
			b->is_failed = true;
			return;
		}
		add_padded(b,
		    &(struct padded){text, widths[c], t->columns[c].align,
			tone_colour(t->columns[c].tone, text)},
		    style);
		if (c == 0 && strlen(text) > widths[0] && t->column_count > 1) {
			dg_strbuf_add(b, "\n");
			dg_strbuf_add_run(b, ' ', GAP + widths[0]);
		}
		free(text);
	}
	trim_line(b);
}

static bool
measure(const struct dg_block *t, unsigned columns, size_t widths[COLUMNS_MAX])
{
	size_t rest = 0;

	for (size_t c = 0; c < t->column_count; c++) {
		widths[c] = strlen(t->columns[c].title);
		if (t->columns[c].align == DG_ALIGN_BAR)
			widths[c] = BAR_WIDTH;
		for (size_t i = c; i < t->cell_count; i += t->column_count) {
			char *text = cell_text(&t->cells[i]);

			if (text == NULL)
				return false;
			if (strlen(text) > widths[c])
				widths[c] = strlen(text);
			free(text);
		}
		if (c > 0)
			rest += GAP + widths[c];
	}
	rest += GAP;
	for (size_t c = 1; c < t->column_count && rest + widths[0] > columns; c++) {
		if (t->columns[c].align != DG_ALIGN_BAR)
			continue;
		rest -= GAP + widths[c];
		widths[c] = 0;
	}
	if (rest + widths[0] > columns && rest + strlen(t->columns[0].title) <= columns)
		widths[0] = columns - rest;
	return true;
}

static bool
is_too_wide(const struct dg_block *t, const size_t widths[COLUMNS_MAX], unsigned columns)
{
	size_t all = 0;

	for (size_t c = 0; c < t->column_count; c++)
		all += is_left_out(t, widths, c) ? 0 : GAP + widths[c];
	return all > columns;
}

/* A cell with its column's title, in a line of its own; no bar, and nothing for "-". */
static void
add_item(
    struct dg_strbuf *b, const struct dg_block *t, size_t i, const struct dg_text_style *style)
{
	const struct dg_column *column = &t->columns[i % t->column_count];
	bool is_first = i % t->column_count == 0;
	char *text;

	if (column->align == DG_ALIGN_BAR)
		return;
	text = cell_text(&t->cells[i]);
	if (text == NULL) {
		b->is_failed = true;
		return;
	}
	if (is_first || (text[0] != '\0' && strcmp(text, "-") != 0)) {
		dg_strbuf_add_run(b, ' ', is_first ? GAP : 2 * GAP);
		dg_strbuf_addf(b, "%s%s", column->title, column->title[0] != '\0' ? " " : "");
		dg_text_paint(b, style, tone_colour(column->tone, text),
		    is_first ? text : text + strspn(text, " "));
		trim_line(b);
	}
	free(text);
}

void
dg_text_table(struct dg_strbuf *b, const struct dg_block *t, const struct dg_text_style *style)
{
	size_t widths[COLUMNS_MAX] = {0};

	if (t->column_count > COLUMNS_MAX || !measure(t, style->columns, widths)) {
		b->is_failed = true;
		return;
	}
	for (size_t i = 0; is_too_wide(t, widths, style->columns) && i < t->cell_count; i++)
		add_item(b, t, i, style);
	if (is_too_wide(t, widths, style->columns))
		return;
	for (size_t c = 0; c < t->column_count; c++) {
		if (is_left_out(t, widths, c))
			continue;
		dg_strbuf_add_run(b, ' ', GAP);
		add_padded(b,
		    &(struct padded){t->columns[c].title, widths[c],
			t->columns[c].align == DG_ALIGN_RIGHT ? DG_ALIGN_RIGHT : DG_ALIGN_LEFT,
			NULL},
		    style);
	}
	trim_line(b);
	for (size_t i = 0; i + t->column_count <= t->cell_count; i += t->column_count)
		add_row(b, t, t->cells + i, widths, style);
}
