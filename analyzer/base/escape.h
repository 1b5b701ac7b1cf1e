#ifndef DG_BASE_ESCAPE_H
#define DG_BASE_ESCAPE_H

#include "base/strbuf.h"

/*
 * escape.h - text from outside (file names, names from packets) made harmless,
 * one function for each kind of output.
 */

/* For a terminal: printable ASCII as it is, every other byte as \xNN. */
void dg_escape_terminal(struct dg_strbuf *b, const char *text);

/* The same of bytes that may hold a NUL. */
void dg_escape_bytes(struct dg_strbuf *b, const void *bytes, size_t size);

/*
 * For HTML and for SVG in it, as text or in an attribute between quotes: & < > " ' as
 * references; control characters and bytes that are no UTF-8 as \xNN; characters that nobody
 * sees or that turn what follows (bidi controls, Unicode TR9 2) as \u{202E}; all other UTF-8
 * as it is.
 */
void dg_escape_html(struct dg_strbuf *b, const char *text);

/*
 * For a JSON string, before the JSON writer quotes it: valid UTF-8 as it is,
 * every byte that is not part of any as \xNN.
 */
void dg_escape_json(struct dg_strbuf *b, const char *text);

/*
 * For Markdown (CommonMark 0.30 with GFM's tables and links), behind what `b` holds already: in
 * a line of text, a heading, an item, a cell.  Printable ASCII, and never a line break.  The
 * words stay; spaces at a line's beginning, and all but one between words, do not
 * (escape_markdown.c).
 */
void dg_escape_markdown(struct dg_strbuf *b, const char *text, size_t size);

/* The same as one code span; nothing for nothing.  A pipe, and what is not printable ASCII, as
 * \xNN. */
void dg_escape_markdown_code(struct dg_strbuf *b, const char *text, size_t size);

/*
 * For a label's value in Prometheus' text format (0.0.4), between the quotes: the format's own
 * escapes; control characters and bytes that are no UTF-8 as the text \xNN, and so is a
 * backslash before an x: two different texts stay different, which two labels must.
 */
void dg_escape_label(struct dg_strbuf *b, const char *text);

#endif
