#ifndef DG_CLI_STOP_H
#define DG_CLI_STOP_H

#include "cli/output.h"

/*
 * stop.h - INT and TERM: the first ends reading, the second ends everything.
 */

void dg_stop_catch(void);

/* How often one of them came. */
int dg_stop_count(void);

/* What is half written must not stay when everything ends: the output is removed then, until
 * it is forgotten.  A few at once; more are left where they are. */
void dg_stop_watch(struct dg_output *o);
void dg_stop_forget(const struct dg_output *o);

#endif
