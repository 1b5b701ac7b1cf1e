/*
 * html_blocks.c - the document's sections as HTML.
 *
 * Whatever a block says is text: it goes through dg_escape_html.  What stands between
 * backticks is shown as code, as in the texts for a terminal.
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

static void
add_text(struct dg_strbuf *b, const char *text, size_t size)
{
	const char *end = text + size;

	while (text < end) {
		const char *open = memchr(text, '`', (size_t)(end - text));
		const char *close = open != NULL && open + 1 < end
		    ? memchr(open + 1, '`', (size_t)(end - open - 1))
		    : NULL;

		if (close == NULL) {
			add_piece(b, text, (size_t)(end - text));
			return;
		}
		add_piece(b, text, (size_t)(open - text));
		dg_strbuf_add(b, "<code>");
		add_piece(b, open + 1, (size_t)(close - open - 1));
		dg_strbuf_add(b, "</code>");
		text = close + 1;
	}
}

static void
add_element(struct dg_strbuf *b, const char *element, const char *text)
{
	dg_strbuf_addf(b, "<%s>", element);
	add_text(b, text, strlen(text));
	dg_strbuf_addf(b, "</%s>\n", element);
}

static bool
is_kind(const struct dg_section *s, size_t n, enum dg_block_kind kind)
{
	return n < s->block_count && s->blocks[n].kind == kind;
}

static bool
is_part(const struct dg_section *s, size_t n)
{
	return is_kind(s, n, DG_BLOCK_PART) || is_kind(s, n, DG_BLOCK_POINT) ||
	    is_kind(s, n, DG_BLOCK_COMMAND);
}

/* Blocks of one kind and label in a row, from n on; gives the first that is none. */
static size_t
end_of_run(const struct dg_section *s, size_t n)
{
	size_t end = n + 1;

	while (end < s->block_count && s->blocks[end].kind == s->blocks[n].kind &&
	    s->blocks[end].label == s->blocks[n].label)
		end++;
	return end;
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
	dg_escape_html(b, text + indent);
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
		dg_escape_html(b, column->title);
		dg_strbuf_add(b, "</th>");
		c += is_wide;
	}
	dg_strbuf_add(b, "</tr></thead>\n<tbody>\n");
}

static void
add_table(struct dg_strbuf *b, const struct dg_section *s, const struct dg_block *t)
{
	const char *title = s->title != NULL ? s->title : "Numbers";

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

/* The parts from n on that have one label; gives the first block behind them. */
static size_t
add_labelled(struct dg_strbuf *b, const struct dg_section *s, size_t n)
{
	const char *label = s->blocks[n].label;

	dg_strbuf_add(b, "<dt>");
	dg_escape_html(b, label != NULL ? label : "");
	dg_strbuf_add(b, "</dt>\n<dd>\n");
	while (is_part(s, n) && s->blocks[n].label == label) {
		enum dg_block_kind kind = s->blocks[n].kind;
		size_t end = end_of_run(s, n);

		dg_strbuf_add(b, kind == DG_BLOCK_POINT ? "<ul>\n" : "");
		for (; n < end; n++) {
			const char *text = s->blocks[n].text;

			if (kind != DG_BLOCK_COMMAND) {
				add_element(b, kind == DG_BLOCK_POINT ? "li" : "p", text);
				continue;
			}
			dg_strbuf_add(b, "<pre><code>");
			dg_escape_html(b, text);
			dg_strbuf_add(b, "</code></pre>\n");
		}
		dg_strbuf_add(b, kind == DG_BLOCK_POINT ? "</ul>\n" : "");
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

/* Where the code in brackets at the end of a sentence begins; its length when there is none. */
static size_t
sentence_length(const char *text)
{
	size_t length = strlen(text);
	const char *open = strrchr(text, '[');

	if (length == 0 || text[length - 1] != ']' || open == NULL || open == text ||
	    open[-1] != ' ')
		return length;
	return (size_t)(open - text) - 1;
}

/* A statement as a card; gives the first block behind it. */
static size_t
add_statement(struct dg_strbuf *b, const struct dg_section *s, size_t n)
{
	const struct dg_block *head = &s->blocks[n];
	size_t length = sentence_length(head->text);

	dg_strbuf_add(b, "<article class=\"finding ");
	dg_escape_html(b, head->label);
	dg_strbuf_add(b, "\">\n<h3><span class=\"badge\">");
	dg_escape_html(b, head->label);
	dg_strbuf_add(b, "</span> ");
	add_text(b, head->text, length);
	if (head->text[length] != '\0') {
		dg_strbuf_add(b, " <code>");
		add_piece(b, head->text + length + 2, strlen(head->text + length + 2) - 1);
		dg_strbuf_add(b, "</code>");
	}
	dg_strbuf_add(b, "</h3>\n");
	n++;
	if (is_part(s, n))
		n = add_parts(b, s, n);
	dg_strbuf_add(b, "</article>\n");
	return n;
}

static size_t
add_items(struct dg_strbuf *b, const struct dg_section *s, size_t n)
{
	dg_strbuf_add(b, "<ul>\n");
	for (; is_kind(s, n, DG_BLOCK_ITEM); n++)
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
		return n + 1;
	case DG_BLOCK_ITEM:
		return add_items(b, s, n);
	case DG_BLOCK_TABLE:
		add_table(b, s, &s->blocks[n]);
		return n + 1;
	case DG_BLOCK_HEAD:
		return add_statement(b, s, n);
	default:
		return add_parts(b, s, n);
	}
}

void
dg_html_section(struct dg_strbuf *b, const struct dg_section *s)
{
	size_t n = 0;

	dg_strbuf_add(b, s->title != NULL ? "<section>\n" : "<div class=\"quiet\">\n");
	if (s->title != NULL)
		add_element(b, "h2", s->title);
	while (n < s->block_count)
		n = add_block(b, s, n);
	dg_strbuf_add(b, s->title != NULL ? "</section>\n" : "</div>\n");
}
