#ifndef DG_REPORT_TEXT_H
#define DG_REPORT_TEXT_H

#include "report/doc.h"

/*
 * text.h - what text.c and text_table.c share.
 */

/* Adds a text that is harmless already, in a colour (SGR parameters of ECMA-48 8.3.117) when
 * the style has colours and `colour` is not NULL. */
void dg_text_paint(struct dg_strbuf *b, const struct dg_text_style *style, const char *colour,
    const char *text);

void dg_text_table(
    struct dg_strbuf *b, const struct dg_block *table, const struct dg_text_style *style);

/* A share, 0 to 1, as a bar so many columns wide; spaces when it is negative. */
void dg_text_bar(struct dg_strbuf *b, const struct dg_text_style *style, const char *colour,
    double share, size_t width);

/* SGR parameters for a severity's name; static. */
const char *dg_text_severity(const char *name);

#endif
