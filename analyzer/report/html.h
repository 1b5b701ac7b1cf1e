#ifndef DG_REPORT_HTML_H
#define DG_REPORT_HTML_H

#include <stddef.h>

#include "base/strbuf.h"
#include "report/doc.h"

/*
 * html.h - what the files of the HTML report share; nobody else includes it.
 */

/* html_blocks.c: a section of the document with all that is in it. */
void dg_html_section(struct dg_strbuf *b, const struct dg_section *s);

/* html_style.c: style.css, and "sha256-..." of it as a policy names it. */
extern const unsigned char dg_html_style[];
extern const size_t dg_html_style_size;
extern const char dg_html_style_hash[];

#endif
