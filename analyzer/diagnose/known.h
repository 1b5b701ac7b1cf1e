#ifndef DG_DIAGNOSE_KNOWN_H
#define DG_DIAGNOSE_KNOWN_H

#include "diagnose/blame.h"

/*
 * known.h - reasons that are on record for silence at certain ports.
 */

/*
 * Adds those that fit to the finding's rivals; a reason is never a certainty.  *is_habit: the
 * set is what one program's documentation names, no more, and hardly anybody else would
 * choose it: what was seen is no fault of the network.  Returns 0 or DNSGAP_ENOMEM.
 */
int dg_known_reasons(const struct dg_blame *b, struct dg_finding *f, bool *is_habit);

/*
 * Where two ports or more of such a habit are blamed and none was answered, its other ports
 * that were seen dead belong to it: too few queries came from one of them to blame it alone.
 * After dg_blame_settle, before anything is counted.
 */
void dg_known_complete(struct dg_blame *b);

#endif
