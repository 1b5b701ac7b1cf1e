#ifndef DG_API_RENDERED_H
#define DG_API_RENDERED_H

#include "dnsgap/session.h"
#include "report/report.h"

/*
 * rendered.h - a finished session as a text of some kind.
 */

/* Makes a text that is free()d; `looks` is what the kind needs.  NULL when memory ran out. */
typedef char *dg_make_text(const struct dg_report *r, const void *looks);

/* The text is the caller's to free().  0, DNSGAP_ENOMEM, or DNSGAP_ESTATE before the end. */
int dg_rendered(
    const struct dnsgap_session *s, dg_make_text *make, const void *looks, char **text);

/* Public numbers as a style; false when they are none. */
bool dg_text_looks(unsigned columns, unsigned style, struct dg_text_style *looks);

#endif
