#ifndef DG_DIAGNOSE_EXEMPLARS_H
#define DG_DIAGNOSE_EXEMPLARS_H

#include "diagnose/blame.h"

/*
 * exemplars.h - the frames to look at first.
 */

/*
 * Fills f->silent and f->answered: queries from the ports on both sides of every end that has
 * an answered neighbour, the last silent port and the nearest answered one first; of a hash,
 * dead ports from all over the set and the answered ones next to them.  One frame a port.
 * Returns 0 or DNSGAP_ENOMEM.
 */
int dg_exemplars_pick(const struct dg_blame *b, struct dg_finding *f);

#endif
