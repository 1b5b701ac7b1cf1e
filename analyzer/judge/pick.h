#ifndef DG_JUDGE_PICK_H
#define DG_JUDGE_PICK_H

#include "judge/view.h"

/*
 * pick.h - ranges of a view in which more cases are dead than chance expects: what the scans
 * for a fault that begins or ends, and for a partial one, look at closer.
 */

struct dg_pick {
	uint32_t first; /* port indexes */
	uint32_t last;
	double ln_weight;
};

#define DG_PICKS_MAX 16

/* The best of the natural ranges that hold `dead_min` dead cases and `ports_min` ports, up to
 * `wanted`; the best first.  `wanted` is DG_PICKS_MAX at most. */
unsigned dg_pick_naturals(const struct dg_view *v, double dead_min, uint32_t ports_min,
    unsigned wanted, struct dg_pick *out);

/* Adds the best disjoint stretches by `dead_rate` that hold `ports_min` ports, of the best
 * `wanted`.  Returns 0 or DNSGAP_ENOMEM. */
int dg_pick_stretches(const struct dg_view *v, double dead_rate, uint32_t ports_min,
    unsigned wanted, struct dg_pick *picks, unsigned *count);

#endif
