#ifndef DG_REPORT_PAGE_H
#define DG_REPORT_PAGE_H

#include "report/report.h"

/*
 * page.h - text of so many lines of so many columns, and never more of either, whatever is put
 * there.
 *
 * Texts are raw: they are escaped here, and counted as they will be seen.
 */

struct dg_page {
	struct dg_strbuf b;
	struct dg_text_style style;
	unsigned lines;
	unsigned line; /* being written, from 0 */
	size_t at;     /* its next column */
};

/* Columns left in the line. */
static inline size_t
dg_page_room(const struct dg_page *p)
{
	return p->style.columns - p->at;
}

/* Lines left, with the one being written. */
static inline unsigned
dg_page_left(const struct dg_page *p)
{
	return p->lines - p->line;
}

/* Adds a text, as much of it as the line has room for; `colour` as in dg_text_paint. */
void dg_page_add(struct dg_page *p, const char *colour, const char *text);

/* Adds a text in so many columns (cut to them), to the left or the right of them. */
void dg_page_cell(
    struct dg_page *p, const char *colour, const char *text, size_t width, bool is_right);

/* Adds spaces. */
void dg_page_skip(struct dg_page *p, size_t columns);

/* Adds a bar (dg_text_bar), if the line has room for it. */
void dg_page_bar(struct dg_page *p, const char *colour, double share, size_t width);

/* Ends a line. */
void dg_page_end(struct dg_page *p);

/* How many lines a text takes that is broken between words, with this many columns each. */
unsigned dg_page_count(struct dg_page *p, const char *text, size_t columns);

/* Adds it, each further line set in by the column where it began; at most `lines`, and then
 * the last one ends in "...".  Ends the line. */
void dg_page_wrap(struct dg_page *p, const char *text, unsigned lines);

/* Ends all lines that are left; the text is the caller's.  NULL when memory ran out. */
char *dg_page_take(struct dg_page *p);

/* A text as it stands on a page: without marks, escaped; the caller frees it.  NULL when memory
 * ran out. */
char *dg_page_safe(const char *text);

#endif
