#ifndef DG_DIAGNOSE_SCAN_PASSES_H
#define DG_DIAGNOSE_SCAN_PASSES_H

#include "diagnose/scan.h"

/*
 * scan_passes.h - how often a range is dead when clients pass through their ports in order.
 */

/* Cases [from, to) of the unit's roll by clients: ports in order, once through. */
struct dg_pass {
	size_t from;
	size_t to;
};

struct dg_passes {
	struct dg_pass *list;
	size_t count; /* 0: no client of the unit uses its ports in order */
	double *weight;
};

/* Of a unit that has a roll.  0 or DNSGAP_ENOMEM; the caller calls dg_passes_fini. */
int dg_passes_make(const struct dg_unit *u, struct dg_passes *out);
void dg_passes_fini(struct dg_passes *p);

/* ln p of all passes through a range being dead there, had the time of each been by chance; 0
 * when there are few, or one of them is alive in it. */
double dg_passes_tail(
    const struct dg_unit *u, const struct dg_passes *p, uint16_t first, uint16_t last);

#endif
