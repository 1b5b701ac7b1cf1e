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

#endif
