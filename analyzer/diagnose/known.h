#ifndef DG_DIAGNOSE_KNOWN_H
#define DG_DIAGNOSE_KNOWN_H

#include "diagnose/blame.h"
#include "diagnose/diagnose.h"

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
 * Where a verdict blames two ports or more of such a habit and no others, and the habit's other
 * ports were seen dead and never answered, they are added to it: too few queries came from
 * one of them to blame it alone.  Before any rule looks at the verdicts.  Returns 0 or
 * DNSGAP_ENOMEM.
 */
int dg_known_complete(struct dg_diagnosis *d);

#endif
