/*
 * html_blocks.c - the document's sections as HTML.
 *
 * Whatever a block says is text: it goes through dg_escape_html.
 */
#include <stdbool.h>
#include <string.h>

#include "base/escape.h"
#include "report/html.h"

/* The first `size` bytes of a text, escaped. */
static void
add_piece(struct dg_strbuf *b, const char *text, size_t size)
{
	struct dg_strbuf piece = {0};

	dg_strbuf_add_bytes(&piece, text, size);
	b->is_failed |= piece.is_failed;
	if (!piece.is_failed)
		dg_escape_html(b, piece.text);
	dg_strbuf_fini(&piece);
}

/* A text, with the words of a machine in it as code. */
static void
add_text(struct dg_strbuf *b, const char *text)
{
	struct dg_run run;

	while (dg_run_next(&text, &run)) {
		dg_strbuf_add(b, run.is_code ? "<code>" : "");
		add_piece(b, run.text, run.size);
		dg_strbuf_add(b, run.is_code ? "</code>" : "");
	}
}

static void
add_element(struct dg_strbuf *b, const char *element, const char *text)
{
	dg_strbuf_addf(b, "<%s>", element);
	add_text(b, text);
	dg_strbuf_addf(b, "</%s>\n", element);
}

/* The first block from n on that a document shows. */
static size_t
shown_from(const struct dg_section *s, size_t n)
{
	while (n < s->block_count && !dg_block_is_shown(&s->blocks[n], true))
		n++;
	return n;
}

static bool
is_kind(const struct dg_section *s, size_t n, enum dg_block_kind kind)
{
	return n < s->block_count && s->blocks[n].kind == kind;
}

static bool
is_part(const struct dg_section *s, size_t n)
{
	return n < s->block_count && s->blocks[n].kind >= DG_BLOCK_PART;
}

/* Whether two blocks that follow each other stand in one list or paragraph. */
static bool
is_same_run(const struct dg_section *s, size_t n, size_t next)
{
	return next < s->block_count && s->blocks[next].kind == s->blocks[n].kind &&
	    s->blocks[next].label == s->blocks[n].label;
}

/* "  53" stands for a part of the row above. */
static void
add_cell(struct dg_strbuf *b, const struct dg_column *column, const struct dg_cell *cell,
    bool is_first)
{
	const char *text = cell->text != NULL ? cell->text : "";
	size_t indent = strspn(text, " ");

	if (column->align == DG_ALIGN_BAR) {
		dg_strbuf_add(b, "<td class=\"bar\">");
		if (cell->share >= 0)
			dg_strbuf_addf(b,
			    "<svg width=\"100%%\" height=\"10\" aria-hidden=\"true\"><rect "
			    "class=\"rest\" width=\"100%%\" height=\"10\"/><rect "
			    "class=\"share\" width=\"%u%%\" height=\"10\"/></svg>",
			    (unsigned)(cell->share * 100 + 0.5));
		dg_strbuf_add(b, "</td>");
		return;
	}
	if (is_first)
		dg_strbuf_addf(b, "<th scope=\"row\"%s>", indent > 0 ? " class=\"sub\"" : "");
	else
		dg_strbuf_add(
		    b, column->align == DG_ALIGN_RIGHT ? "<td class=\"right\">" : "<td>");
	add_text(b, text + indent);
	dg_strbuf_add(b, is_first ? "</th>" : "</td>");
}

/* A bar and the share beside it have one title. */
static void
add_titles(struct dg_strbuf *b, const struct dg_block *t)
{
	dg_strbuf_add(b, "<thead><tr>");
	for (size_t c = 0; c < t->column_count; c++) {
		const struct dg_column *column = &t->columns[c];
		bool is_wide = column->align == DG_ALIGN_BAR && c + 1 < t->column_count &&
		    t->columns[c + 1].title[0] == '\0';

		dg_strbuf_add(b,
		    is_wide ? "<th scope=\"colgroup\" colspan=\"2\">"
			: column->align == DG_ALIGN_RIGHT ? "<th scope=\"col\" class=\"right\">"
							  : "<th scope=\"col\">");
		dg_escape_html(b, column->full != NULL ? column->full : column->title);
		dg_strbuf_add(b, "</th>");
		c += is_wide;
	}
	dg_strbuf_add(b, "</tr></thead>\n<tbody>\n");
}

static void
add_table(struct dg_strbuf *b, const char *title, const struct dg_block *t)
{
	title = title != NULL ? title : "Numbers";
	/* It scrolls by itself, so the keyboard must be able to reach it. */
	dg_strbuf_add(b, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"");
	dg_escape_html(b, title);
	dg_strbuf_add(b, "\">\n<table>\n<caption>");
	dg_escape_html(b, title);
	dg_strbuf_add(b, "</caption>\n");
	add_titles(b, t);
	for (size_t i = 0; i + t->column_count <= t->cell_count; i += t->column_count) {
		dg_strbuf_add(b, "<tr>");
		for (size_t c = 0; c < t->column_count; c++)
			add_cell(b, &t->columns[c], &t->cells[i + c], c == 0);
		dg_strbuf_add(b, "</tr>\n");
	}
	dg_strbuf_add(b, "</tbody>\n</table>\n</div>\n");
}

/* Blocks of one kind and label, the first of which is n; gives the first behind them. */
static size_t
add_run(struct dg_strbuf *b, const struct dg_section *s, size_t n)
{
	enum dg_block_kind kind = s->blocks[n].kind;
	bool is_list = kind == DG_BLOCK_POINT ||
	    (kind == DG_BLOCK_SENTENCE && is_same_run(s, n, shown_from(s, n + 1)));
	bool goes_on = true;

	dg_strbuf_add(b, is_list ? "<ul>\n" : "");
	while (goes_on) {
		size_t next = shown_from(s, n + 1);

		if (kind == DG_BLOCK_COMMAND) {
			dg_strbuf_add(b, "<pre><code>");
			dg_escape_html(b, s->blocks[n].text);
			dg_strbuf_add(b, "</code></pre>\n");
		} else {
			add_element(b, is_list ? "li" : "p", s->blocks[n].text);
		}
		goes_on = is_same_run(s, n, next);
		n = next;
	}
	dg_strbuf_add(b, is_list ? "</ul>\n" : "");
	return n;
}

/* A label and all it is a label of: a table belongs to the part before it, and a line to the
 * table.  Gives the first block behind. */
static size_t
add_labelled(struct dg_strbuf *b, const struct dg_section *s, size_t n)
{
	const char *label = s->blocks[n].label;

	dg_strbuf_add(b, "<dt>");
	dg_escape_html(b, label != NULL ? dg_label_full(label) : "");
	dg_strbuf_add(b, "</dt>\n<dd>\n");
	while (is_part(s, n) && s->blocks[n].label == label)
		n = add_run(b, s, n);
	while (is_kind(s, n, DG_BLOCK_TABLE)) {
		add_table(b, label != NULL ? dg_label_full(label) : s->title, &s->blocks[n]);
		n = shown_from(s, n + 1);
		if (is_kind(s, n, DG_BLOCK_LINE)) {
			add_element(b, "p", s->blocks[n].text);
			n = shown_from(s, n + 1);
		}
	}
	dg_strbuf_add(b, "</dd>\n");
	return n;
}

static size_t
add_parts(struct dg_strbuf *b, const struct dg_section *s, size_t n)
{
	dg_strbuf_add(b, "<dl>\n");
	while (is_part(s, n))
		n = add_labelled(b, s, n);
	dg_strbuf_add(b, "</dl>\n");
	return n;
}

/* A statement as a card; gives the first block behind it. */
static size_t
add_statement(struct dg_strbuf *b, const struct dg_section *s, size_t n)
{
	const struct dg_block *head = &s->blocks[n];

	dg_strbuf_add(b, "<article class=\"finding ");
	dg_escape_html(b, head->label);
	dg_strbuf_add(b, "\">\n<h3><span class=\"badge\">");
	dg_escape_html(b, head->label);
	dg_strbuf_add(b, "</span> ");
	add_text(b, head->text);
	if (head->code != NULL) {
		dg_strbuf_add(b, " <code class=\"code\">");
		dg_escape_html(b, head->code);
		dg_strbuf_add(b, "</code>");
	}
	dg_strbuf_add(b, "</h3>\n");
	n = shown_from(s, n + 1);
	if (is_part(s, n))
		n = add_parts(b, s, n);
	dg_strbuf_add(b, "</article>\n");
	return n;
}

static size_t
add_items(struct dg_strbuf *b, const struct dg_section *s, size_t n)
{
	dg_strbuf_add(b, "<ul>\n");
	for (; is_kind(s, n, DG_BLOCK_ITEM); n = shown_from(s, n + 1))
		add_element(b, "li", s->blocks[n].text);
	dg_strbuf_add(b, "</ul>\n");
	return n;
}

static size_t
add_block(struct dg_strbuf *b, const struct dg_section *s, size_t n)
{
	switch (s->blocks[n].kind) {
	case DG_BLOCK_LINE:
		add_element(b, "p", s->blocks[n].text);
		return shown_from(s, n + 1);
	case DG_BLOCK_ITEM:
		return add_items(b, s, n);
	case DG_BLOCK_TABLE:
		add_table(b, s->title, &s->blocks[n]);
		return shown_from(s, n + 1);
	case DG_BLOCK_HEAD:
		return add_statement(b, s, n);
	case DG_BLOCK_PART:
	case DG_BLOCK_SENTENCE:
	case DG_BLOCK_POINT:
	case DG_BLOCK_COMMAND:
		return add_parts(b, s, n);
	}
	return shown_from(s, n + 1);
}

void
dg_html_section(struct dg_strbuf *b, const struct dg_section *s)
{
	size_t n = shown_from(s, 0);

	if (!dg_section_is_shown(s, true))
		return;
	dg_strbuf_add(b, s->title != NULL ? "<section>\n" : "<div class=\"lead\">\n");
	if (s->title != NULL)
		add_element(b, "h2", s->title);
	while (n < s->block_count)
		n = add_block(b, s, n);
	dg_strbuf_add(b, s->title != NULL ? "</section>\n" : "</div>\n");
}
