/*
 * page.c - text of so many lines of so many columns.
 *
 * All that is counted in columns is printable ASCII by then, but for the bars' blocks, which
 * bring their width along.
 */
#include "report/page.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "report/doc.h"
#include "report/text.h"

#define MORE "..."

char *
dg_page_safe(const char *text)
{
	struct dg_strbuf plain = {0}, safe = {0};

	dg_doc_plain(&plain, text);
	dg_strbuf_add(&safe, "");
	if (!plain.is_failed && plain.text != NULL)
		dg_escape_terminal(&safe, plain.text);
	safe.is_failed |= plain.is_failed;
	dg_strbuf_fini(&plain);
	return dg_strbuf_take(&safe);
}

/* Of a harmless text, as much as there is room for. */
static void
add_safe(struct dg_page *p, const char *colour, const char *text, size_t size)
{
	struct dg_strbuf piece = {0};
	size_t fit = size < dg_page_room(p) ? size : dg_page_room(p);

	if (p->line >= p->lines)
		return;
	dg_strbuf_add_bytes(&piece, text, fit);
	p->b.is_failed |= piece.is_failed;
	if (!piece.is_failed)
		dg_text_paint(&p->b, &p->style, colour, piece.text);
	dg_strbuf_fini(&piece);
	p->at += fit;
}

void
dg_page_add(struct dg_page *p, const char *colour, const char *text)
{
	char *safe = dg_page_safe(text);

	p->b.is_failed |= safe == NULL;
	if (safe != NULL)
		add_safe(p, colour, safe, strlen(safe));
	free(safe);
}

void
dg_page_cell(
    struct dg_page *p, const char *colour, const char *text, size_t width, bool is_right)
{
	char *safe = dg_page_safe(text);
	size_t size = safe != NULL ? strlen(safe) : 0;
	size_t fit = size < width ? size : width;

	p->b.is_failed |= safe == NULL;
	if (is_right)
		dg_page_skip(p, width - fit);
	if (safe != NULL)
		add_safe(p, colour, safe, fit);
	if (!is_right)
		dg_page_skip(p, width - fit);
	free(safe);
}

void
dg_page_skip(struct dg_page *p, size_t columns)
{
	size_t fit = columns < dg_page_room(p) ? columns : dg_page_room(p);

	if (p->line >= p->lines)
		return;
	dg_strbuf_add_run(&p->b, ' ', fit);
	p->at += fit;
}

void
dg_page_bar(struct dg_page *p, const char *colour, double share, size_t width)
{
	if (p->line >= p->lines || width > dg_page_room(p))
		return;
	dg_text_bar(&p->b, &p->style, colour, share, width);
	p->at += width;
}

void
dg_page_end(struct dg_page *p)
{
	if (p->line >= p->lines)
		return;
	while (!p->b.is_failed && p->b.size > 0 && p->b.text[p->b.size - 1] == ' ')
		p->b.text[--p->b.size] = '\0';
	dg_strbuf_add(&p->b, "\n");
	p->line++;
	p->at = 0;
}

/* How much of a harmless text stands in the next line: whole words, or what fits of one. */
static size_t
line_size(const char *text, size_t columns)
{
	size_t size = strlen(text), fit = columns;

	if (size <= columns)
		return size;
	while (fit > 0 && text[fit] != ' ')
		fit--;
	while (fit > 0 && text[fit - 1] == ' ')
		fit--;
	return fit > 0 ? fit : columns;
}

static const char *
next_line(const char *text, size_t size)
{
	text += size;
	return text + strspn(text, " ");
}

unsigned
dg_page_count(struct dg_page *p, const char *text, size_t columns)
{
	char *safe = dg_page_safe(text);
	unsigned lines = 0;

	p->b.is_failed |= safe == NULL;
	if (columns == 0)
		columns = 1;
	for (const char *at = safe; at != NULL && *at != '\0'; lines++)
		at = next_line(at, line_size(at, columns));
	free(safe);
	return lines > 0 ? lines : 1;
}

void
dg_page_wrap(struct dg_page *p, const char *text, unsigned lines)
{
	char *safe = dg_page_safe(text);
	size_t indent = p->at, room = dg_page_room(p) > 0 ? dg_page_room(p) : 1;
	const char *at = safe;

	p->b.is_failed |= safe == NULL;
	for (unsigned line = 0; at != NULL && line < lines; line++) {
		size_t size = line_size(at, room);
		bool is_cut = line + 1 == lines && at[size] != '\0';

		if (is_cut && room > strlen(MORE))
			size = line_size(at, room - strlen(MORE));
		if (line > 0)
			dg_page_skip(p, indent);
		add_safe(p, NULL, at, size);
		if (is_cut)
			dg_page_add(p, NULL, MORE);
		dg_page_end(p);
		at = next_line(at, size);
		if (*at == '\0')
			break;
	}
	free(safe);
}

char *
dg_page_take(struct dg_page *p)
{
	while (p->line < p->lines)
		dg_page_end(p);
	return dg_strbuf_take(&p->b);
}
