#ifndef DG_CLI_STYLE_H
#define DG_CLI_STYLE_H

#include "cli/opts.h"
#include "cli/output.h"

/*
 * style.h - how text may look where it goes.
 */

/* Flags of dnsgap_text_style for an open output. */
unsigned dg_style_of(const struct dg_output *o, enum dg_switch colour);

#endif
