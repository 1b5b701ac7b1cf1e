/*
 * text.c - a report for a terminal: plain ASCII, as wide as it is told.
 *
 * A table that is too wide loses its bars; if it is still too wide, its first column gets
 * a line of its own where it needs one (IPv6 addresses), and the other columns follow below.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "report/build.h"
#include "report/report.h"

#define COLUMNS_MAX 12
#define BAR_WIDTH 10
#define GAP 2
#define PART_MARGIN 4
#define LEAD_MAX 64
#define LIST_MIN 24
#define GOES_ON " \\"

/* The escaped text of a cell; empty for a bar. */
static char *
cell_text(const struct dg_cell *cell)
{
	struct dg_strbuf b = {0};

	if (cell->text != NULL)
		dg_escape_terminal(&b, cell->text);
	return dg_strbuf_take(&b);
}

static void
add_bar(struct dg_strbuf *b, double share)
{
	size_t full = 0;

	if (share < 0) {
		dg_strbuf_add_run(b, ' ', BAR_WIDTH);
		return;
	}
	full = (size_t)(share * BAR_WIDTH + 0.5);
	if (full == 0 && share > 0)
		full = 1;
	if (full == BAR_WIDTH && share < 1)
		full = BAR_WIDTH - 1;
	dg_strbuf_add_run(b, '#', full);
	dg_strbuf_add_run(b, '.', BAR_WIDTH - full);
}

static void
add_padded(struct dg_strbuf *b, const char *text, size_t width, enum dg_align align)
{
	size_t length = strlen(text);
	size_t pad = length < width ? width - length : 0;

	if (align == DG_ALIGN_RIGHT)
		dg_strbuf_add_run(b, ' ', pad);
	dg_strbuf_add(b, text);
	if (align != DG_ALIGN_RIGHT)
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
    const size_t widths[COLUMNS_MAX])
{
	for (size_t c = 0; c < t->column_count; c++) {
		char *text;

		if (is_left_out(t, widths, c))
			continue;
		dg_strbuf_add_run(b, ' ', GAP);
		if (t->columns[c].align == DG_ALIGN_BAR) {
			add_bar(b, cells[c].share);
			continue;
		}
		text = cell_text(&cells[c]);
		if (text == NULL) {
			b->is_failed = true;
			return;
		}
		add_padded(b, text, widths[c], t->columns[c].align);
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
	if (rest + widths[0] > columns && rest < columns)
		widths[0] = columns - rest;
	return true;
}

static void
add_table(struct dg_strbuf *b, const struct dg_block *t, unsigned columns)
{
	size_t widths[COLUMNS_MAX] = {0};

	if (t->column_count > COLUMNS_MAX || !measure(t, columns, widths)) {
		b->is_failed = true;
		return;
	}
	for (size_t c = 0; c < t->column_count; c++) {
		if (is_left_out(t, widths, c))
			continue;
		dg_strbuf_add_run(b, ' ', GAP);
		add_padded(b, t->columns[c].title, widths[c],
		    t->columns[c].align == DG_ALIGN_BAR ? DG_ALIGN_LEFT : t->columns[c].align);
	}
	trim_line(b);
	for (size_t i = 0; i + t->column_count <= t->cell_count; i += t->column_count)
		add_row(b, t, t->cells + i, widths);
}

/* To the next space; what stands between backticks is one word. */
static size_t
word_length(const char *p)
{
	size_t length = strcspn(p, " `");

	while (p[length] == '`') {
		const char *end = strchr(p + length + 1, '`');

		length = end != NULL ? (size_t)(end - p) + 1 : length + 1;
		length += strcspn(p + length, " `");
	}
	return length;
}

/* As much of a long list of ports as fits, up to a comma; else all of the word. */
static size_t
piece_length(const char *p, size_t room)
{
	size_t word = word_length(p), piece = room;

	if (word <= LIST_MIN || word <= room)
		return word;
	while (piece > 0 && p[piece - 1] != ',')
		piece--;
	return piece > 0 ? piece : word;
}

/* Begins a line at a column, which it gives. */
static size_t
break_line(struct dg_strbuf *b, size_t column)
{
	dg_strbuf_add(b, "\n");
	dg_strbuf_add_run(b, ' ', column);
	return column;
}

/* Words, broken into lines; the first begins with `lead`, the others are indented as far. */
static void
add_wrapped(struct dg_strbuf *b, const char *lead, const char *text, unsigned columns)
{
	struct dg_strbuf safe = {0};
	size_t indent = strlen(lead), at = indent;
	const char *p;

	dg_escape_terminal(&safe, text);
	dg_strbuf_add(&safe, "");
	dg_strbuf_add(b, lead);
	b->is_failed |= safe.is_failed;
	for (p = safe.text; !b->is_failed && *p != '\0';) {
		size_t gap = at > indent;
		size_t piece = piece_length(p, columns > at + gap ? columns - at - gap : 0);

		if (gap > 0 && at + gap + piece > columns) {
			at = break_line(b, indent);
			continue;
		}
		dg_strbuf_add_run(b, ' ', gap);
		dg_strbuf_add_bytes(b, p, piece);
		at += gap + piece;
		p += piece;
		if (*p != '\0' && *p != ' ')
			at = break_line(b, indent);
		p += strspn(p, " ");
	}
	dg_strbuf_add(b, "\n");
	dg_strbuf_fini(&safe);
}

/* A command, broken into lines as a shell takes them; words in quotes have no spaces. */
static void
add_command(struct dg_strbuf *b, const char *lead, const char *text, unsigned columns)
{
	struct dg_strbuf safe = {0};
	size_t indent = strlen(lead), at = indent;

	dg_escape_terminal(&safe, text);
	dg_strbuf_add(&safe, "");
	dg_strbuf_add(b, lead);
	b->is_failed |= safe.is_failed;
	for (const char *p = safe.text; !b->is_failed && *p != '\0';) {
		size_t word = strcspn(p, " ");
		size_t gap = p > safe.text;
		size_t end = p[word] != '\0' ? strlen(GOES_ON) : 0;

		if (gap > 0 && at + gap + word + end > columns) {
			dg_strbuf_add(b, GOES_ON);
			at =
			    break_line(b, indent + word + end > columns ? PART_MARGIN : indent);
			gap = 0;
		}
		dg_strbuf_add_run(b, ' ', gap);
		dg_strbuf_add_bytes(b, p, word);
		at += gap + word;
		p += word + (p[word] == ' ');
	}
	dg_strbuf_add(b, "\n");
	dg_strbuf_fini(&safe);
}

/* Parts of a statement: labels in one column, texts in the next. */
static void
add_part(struct dg_strbuf *b, const struct dg_section *s, size_t n, unsigned columns)
{
	const struct dg_block *block = &s->blocks[n];
	bool is_again = n > 0 && s->blocks[n - 1].label == block->label;
	int margin = s->title != NULL ? PART_MARGIN : 0;
	char lead[LEAD_MAX];
	size_t label_width = 0;

	for (size_t i = 0; i < s->block_count; i++) {
		const struct dg_block *other = &s->blocks[i];

		if (other->kind >= DG_BLOCK_PART && strlen(other->label) > label_width)
			label_width = strlen(other->label);
	}
	snprintf(lead, sizeof lead, "%*s%-*s  %s", margin, "", (int)label_width,
	    is_again ? "" : block->label, block->kind == DG_BLOCK_POINT ? "- " : "");
	if (block->kind == DG_BLOCK_COMMAND)
		add_command(b, lead, block->text, columns);
	else
		add_wrapped(b, lead, block->text, columns);
}

static void
add_head(struct dg_strbuf *b, const struct dg_section *s, size_t n, unsigned columns)
{
	const struct dg_block *block = &s->blocks[n];
	char lead[LEAD_MAX];

	if (n > 0)
		dg_strbuf_add(b, "\n");
	snprintf(lead, sizeof lead, "%s%s: ", s->title != NULL ? "  " : "", block->label);
	add_wrapped(b, lead, block->text, columns);
}

static void
add_section(struct dg_strbuf *b, const struct dg_section *s, unsigned columns)
{
	if (s->title != NULL)
		dg_strbuf_addf(b, "\n%s\n", s->title);
	for (size_t i = 0; i < s->block_count; i++) {
		const struct dg_block *block = &s->blocks[i];

		if (block->kind == DG_BLOCK_TABLE)
			add_table(b, block, columns);
		else if (block->kind == DG_BLOCK_HEAD)
			add_head(b, s, i, columns);
		else if (block->kind >= DG_BLOCK_PART)
			add_part(b, s, i, columns);
		else
			add_wrapped(b,
			    block->kind == DG_BLOCK_ITEM ? "  - "
				: s->title != NULL       ? "  "
							 : "",
			    block->text, columns);
	}
}

char *
dg_doc_text(const struct dg_doc *d, unsigned columns)
{
	struct dg_strbuf b = {0};

	for (size_t i = 0; !d->is_failed && i < d->section_count; i++)
		add_section(&b, &d->sections[i], columns);
	b.is_failed |= d->is_failed;
	return dg_strbuf_take(&b);
}

char *
dg_report_text(const struct dg_report *r, const struct dg_text_style *style)
{
	struct dg_doc d = {0};
	char *text;

	dg_build(&d, r);
	text = dg_doc_text(&d, style->columns);
	dg_doc_fini(&d);
	return text;
}
