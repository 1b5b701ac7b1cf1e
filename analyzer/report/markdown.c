/*
 * markdown.c - a report to paste into a ticket: CommonMark with GFM's tables, in ASCII.
 *
 * Every text reaches it through dg_escape_markdown, commands through a fence that is longer
 * than any run of backticks in them.  No line of a paragraph is broken: some systems show each
 * break.
 *
 * A report that is longer than tickets take is made again with shorter lists and texts until it
 * fits; where something is left out, a line says how much, and that the JSON report has it all.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/limits.h"
#include "report/build.h"
#include "report/report.h"

#define LEFT_OUT "left out here; the JSON report has all of it"
#define PART_OF "of which "
#define TICKS_MIN 3

/* How much of each is shown. */
struct bounds {
	size_t rows;    /* of a table, of a list */
	size_t text;    /* bytes, before they are escaped */
	size_t command; /* the same */
};

/* From all to what fits every ticket. */
static const struct bounds steps[] = {
    {SIZE_MAX, SIZE_MAX, SIZE_MAX},
    {16, 1024, SIZE_MAX},
    {8, 512, 1024},
    {4, 256, 256},
    {2, 128, 128},
    {1, 64, 128},
};

/* A text, its machine's words in code spans. */
static void
add_inline(struct dg_strbuf *b, const char *text, const struct bounds *bounds)
{
	size_t left = bounds->text;
	struct dg_run run;

	for (const char *at = text; left > 0 && dg_run_next(&at, &run); left -= run.size) {
		if (run.size > left)
			run.size = left;
		if (run.is_code)
			dg_escape_markdown_code(b, run.text, run.size);
		else
			dg_escape_markdown(b, run.text, run.size);
	}
	if (strlen(text) > bounds->text)
		dg_strbuf_addf(b, " ... (%zu more characters are " LEFT_OUT ")",
		    strlen(text) - bounds->text);
}

/* --- tables ----------------------------------------------------------------- */

/* Bars are for terminals: a share stands beside each. */
static bool
is_shown(const struct dg_column *c)
{
	return c->align != DG_ALIGN_BAR;
}

static void
add_cell(struct dg_strbuf *b, const char *text, const struct bounds *bounds)
{
	struct dg_strbuf squeezed = {0};

	dg_strbuf_add(&squeezed, strncmp(text, "  ", 2) == 0 ? PART_OF : "");
	for (const char *p = text; *p != '\0'; p++) {
		if (*p != ' ' || (p > text && p[-1] != ' '))
			dg_strbuf_add_bytes(&squeezed, p, 1);
	}
	b->is_failed |= squeezed.is_failed;
	dg_strbuf_add(b, " ");
	if (!squeezed.is_failed)
		add_inline(b, squeezed.text, bounds);
	dg_strbuf_add(b, " |");
	dg_strbuf_fini(&squeezed);
}

static void
add_left_out(struct dg_strbuf *b, const char *lead, size_t count, const char *what)
{
	dg_strbuf_addf(b, "%s%zu more %s%s " LEFT_OUT "\n", lead, count, what,
	    count == 1 ? " is" : "s are");
}

static void
add_table(struct dg_strbuf *b, const struct dg_block *t, const struct bounds *bounds)
{
	size_t rows = t->cell_count / t->column_count;
	size_t shown = rows < bounds->rows ? rows : bounds->rows;

	dg_strbuf_add(b, "\n|");
	for (size_t c = 0; c < t->column_count; c++) {
		const struct dg_column *column = &t->columns[c];

		if (is_shown(column))
			add_cell(
			    b, column->full != NULL ? column->full : column->title, bounds);
	}
	dg_strbuf_add(b, "\n|");
	for (size_t c = 0; c < t->column_count; c++) {
		if (is_shown(&t->columns[c]))
			dg_strbuf_add(
			    b, t->columns[c].align == DG_ALIGN_RIGHT ? " ---: |" : " :--- |");
	}
	dg_strbuf_add(b, "\n");
	for (size_t i = 0; i < shown * t->column_count; i++) {
		if (i % t->column_count == 0)
			dg_strbuf_add(b, "|");
		if (is_shown(&t->columns[i % t->column_count]))
			add_cell(b, t->cells[i].text, bounds);
		if ((i + 1) % t->column_count == 0)
			dg_strbuf_add(b, "\n");
	}
	if (shown < rows)
		add_left_out(b, "\n", rows - shown, "row");
}

/* --- lists and commands --------------------------------------------------------- */

/* How many blocks from the n-th on are of its kind and have its label, shown or not. */
static size_t
run_length(const struct dg_section *s, size_t n)
{
	size_t end = n;

	while (end < s->block_count && s->blocks[end].kind == s->blocks[n].kind &&
	    s->blocks[end].label == s->blocks[n].label)
		end++;
	return end - n;
}

static size_t
count_shown(const struct dg_block *blocks, size_t count)
{
	size_t shown = 0;

	for (size_t i = 0; i < count; i++)
		shown += dg_block_is_shown(&blocks[i], true);
	return shown;
}

static void
add_label(struct dg_strbuf *b, const char *label)
{
	const char *full = dg_label_full(label);

	dg_strbuf_add(b, "\n**");
	dg_escape_markdown(b, full, strlen(full));
	dg_strbuf_add(b, ":**");
}

static void
add_list(struct dg_strbuf *b, const struct dg_block *blocks, size_t count,
    const struct bounds *bounds)
{
	size_t all = count_shown(blocks, count), shown = 0;

	dg_strbuf_add(b, "\n");
	for (size_t i = 0; i < count && shown < bounds->rows; i++) {
		if (!dg_block_is_shown(&blocks[i], true))
			continue;
		dg_strbuf_add(b, "- ");
		add_inline(b, blocks[i].text, bounds);
		dg_strbuf_add(b, "\n");
		shown++;
	}
	if (shown < all)
		add_left_out(b, "- ", all - shown, "line");
}

/* A label with one text beside it, or with several in a list below. */
static void
add_parts(struct dg_strbuf *b, const struct dg_block *blocks, size_t count,
    const struct bounds *bounds)
{
	add_label(b, blocks->label);
	if (count_shown(blocks, count) > 1) {
		dg_strbuf_add(b, "\n");
		add_list(b, blocks, count, bounds);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (!dg_block_is_shown(&blocks[i], true))
			continue;
		dg_strbuf_add(b, " ");
		add_inline(b, blocks[i].text, bounds);
		dg_strbuf_add(b, "\n");
	}
}

/* More backticks than any of the texts has in a row. */
static size_t
fence_length(const struct dg_block *blocks, size_t count)
{
	size_t length = TICKS_MIN, run = 0;

	for (size_t i = 0; i < count; i++) {
		for (const char *p = blocks[i].text; *p != '\0'; p++) {
			run = *p == '`' ? run + 1 : 0;
			length = run >= length ? run + 1 : length;
		}
		run = 0;
	}
	return length;
}

static void
add_commands(struct dg_strbuf *b, const struct dg_block *blocks, size_t count,
    const struct bounds *bounds)
{
	size_t ticks = fence_length(blocks, count);

	add_label(b, blocks->label);
	dg_strbuf_add(b, "\n\n");
	dg_strbuf_add_run(b, '`', ticks);
	dg_strbuf_add(b, "sh\n");
	for (size_t i = 0; i < count; i++) {
		size_t size = strlen(blocks[i].text);

		if (size > bounds->command)
			dg_strbuf_addf(
			    b, "# a command of %zu characters is " LEFT_OUT "\n", size);
		else
			dg_escape_terminal(b, blocks[i].text);
		dg_strbuf_add(b, size > bounds->command ? "" : "\n");
	}
	dg_strbuf_add_run(b, '`', ticks);
	dg_strbuf_add(b, "\n");
}

/* --- the whole ------------------------------------------------------------------ */

static void
add_head(struct dg_strbuf *b, const struct dg_block *block, const struct bounds *bounds)
{
	const char *label = dg_label_full(block->label);

	dg_strbuf_add(b, "\n### ");
	dg_escape_markdown(b, label, strlen(label));
	dg_strbuf_add(b, ": ");
	add_inline(b, block->text, bounds);
	if (block->code != NULL) {
		dg_strbuf_add(b, " (");
		dg_escape_markdown_code(b, block->code, strlen(block->code));
		dg_strbuf_add(b, ")");
	}
	dg_strbuf_add(b, "\n");
}

/* A line of the text report, as a sentence. */
static void
add_line(struct dg_strbuf *b, const char *text, const struct bounds *bounds)
{
	size_t begin = b->size + 1;

	dg_strbuf_add(b, "\n");
	add_inline(b, text, bounds);
	if (b->is_failed || b->size <= begin)
		return;
	if (islower((unsigned char)b->text[begin]))
		b->text[begin] = (char)toupper((unsigned char)b->text[begin]);
	dg_strbuf_add(b, strchr(".:", b->text[b->size - 1]) != NULL ? "\n" : ".\n");
}

/* The blocks from the n-th on that go together; gives how many. */
static size_t
add_blocks(
    struct dg_strbuf *b, const struct dg_section *s, size_t n, const struct bounds *bounds)
{
	const struct dg_block *block = &s->blocks[n];
	size_t count = run_length(s, n);

	if (count_shown(block, count) == 0)
		return count;
	switch (block->kind) {
	case DG_BLOCK_ITEM:
		add_list(b, block, count, bounds);
		return count;
	case DG_BLOCK_COMMAND:
		add_commands(b, block, count, bounds);
		return count;
	case DG_BLOCK_PART:
	case DG_BLOCK_SENTENCE:
	case DG_BLOCK_POINT:
		add_parts(b, block, count, bounds);
		return count;
	default:
		break;
	}
	if (!dg_block_is_shown(block, true))
		return 1;
	if (block->kind == DG_BLOCK_TABLE) {
		add_table(b, block, bounds);
	} else if (block->kind == DG_BLOCK_HEAD) {
		add_head(b, block, bounds);
	} else {
		add_line(b, block->text, bounds);
	}
	return 1;
}

static void
add_section(struct dg_strbuf *b, const struct dg_section *s, const struct bounds *bounds)
{
	size_t n = 0;

	if (s->title != NULL) {
		dg_strbuf_add(b, "\n## ");
		dg_escape_markdown(b, s->title, strlen(s->title));
		dg_strbuf_add(b, "\n");
	}
	while (n < s->block_count)
		n += add_blocks(b, s, n, bounds);
}

static void
add_all(struct dg_strbuf *b, const struct dg_doc *d, const struct bounds *bounds)
{
	dg_strbuf_add(b, "# ");
	add_inline(b, d->title != NULL ? d->title : "", bounds);
	dg_strbuf_add(b, "\n");
	for (size_t i = 0; i < d->section_count; i++) {
		if (dg_section_is_shown(&d->sections[i], true))
			add_section(b, &d->sections[i], bounds);
	}
}

char *
dg_doc_markdown(const struct dg_doc *d)
{
	struct dg_strbuf b = {0};

	for (size_t i = 0; !d->is_failed && i < sizeof steps / sizeof *steps; i++) {
		dg_strbuf_fini(&b);
		add_all(&b, d, &steps[i]);
		if (b.is_failed || b.size <= DG_MARKDOWN_BYTES_MAX)
			break;
	}
	b.is_failed |= d->is_failed;
	return dg_strbuf_take(&b);
}

char *
dg_report_markdown(const struct dg_report *r)
{
	struct dg_doc d = {0};
	char *text;

	dg_build(&d, r);
	text = dg_doc_markdown(&d);
	dg_doc_fini(&d);
	return text;
}
