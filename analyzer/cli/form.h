#ifndef DG_CLI_FORM_H
#define DG_CLI_FORM_H

#include "cli/output.h"
#include "dnsgap/session.h"

/*
 * form.h - the forms that a report has.
 */

enum dg_form {
	DG_FORM_JSON,
	DG_FORM_MARKDOWN,
	DG_FORM_HTML,
	DG_FORM_TEXT,
	DG_FORM_COUNT
};

/* "json": the option's name; static. */
const char *dg_form_name(enum dg_form form);

/* "md": how names of files with it end; static. */
const char *dg_form_ending(enum dg_form form);

/* Writes the report; text in `columns` columns and in this style (dnsgap_text_style).  0, or a
 * negative DNSGAP_E... */
int dg_form_render(const struct dnsgap_session *s, enum dg_form form, unsigned columns,
    unsigned style, dnsgap_write *write, void *context);

/* The same into an open output; what goes wrong is told, unless it is _EWRITE: then the output
 * tells. */
int dg_form_write(const struct dnsgap_session *s, enum dg_form form, unsigned columns,
    unsigned style, struct dg_output *output);

#endif
