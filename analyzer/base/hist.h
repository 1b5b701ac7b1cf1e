#ifndef DG_BASE_HIST_H
#define DG_BASE_HIST_H

#include <stdint.h>

#include "base/fetch.h"

/*
 * hist.h - durations in a histogram with fixed edges.
 *
 * Edges are fixed so that two histograms merge exactly, by adding.  Every
 * power of two is split into 32 steps: a quantile is at most 1/32 (3.2 %) above the
 * true one, never below it, and never above the greatest value seen.
 * Only the stretch of buckets between the least and the greatest value is stored.
 */

struct dg_hist {
	uint64_t *counts; /* of buckets first .. first + span - 1 */
	uint32_t first;
	uint32_t span;
	uint64_t count;
	uint64_t max_ns;
	uint64_t sum_ns; /* of 580 years of waiting, it begins anew at 0 */
};

#define DG_HIST_STEP_BITS 5
#define DG_HIST_STEPS (1u << DG_HIST_STEP_BITS)

/* All zero is an empty histogram. */
void dg_hist_fini(struct dg_hist *h);

/* Counts one duration.  Returns 0 or DNSGAP_ENOMEM. */
int dg_hist_add(struct dg_hist *h, uint64_t ns);

/* Adds all of `from`.  Returns 0 or DNSGAP_ENOMEM (then `into` holds a part). */
int dg_hist_merge(struct dg_hist *into, const struct dg_hist *from);

/**
 * The least bucket edge that at least the share `q` (0..1) of the values does not
 * exceed (nearest rank), in ns; 0 when empty.
 */
uint64_t dg_hist_quantile(const struct dg_hist *h, double q);

/* How many values do not exceed `ns`; exact for one less than a power of two. */
uint64_t dg_hist_count_to(const struct dg_hist *h, uint64_t ns);

/* The bucket of a duration: below 32 each has its own; above, its top 6 bits choose. */
static inline uint32_t
dg_hist_bucket(uint64_t ns)
{
	uint32_t shift;

	if (ns < DG_HIST_STEPS)
		return (uint32_t)ns;
	shift = 63u - (uint32_t)__builtin_clzll(ns) - DG_HIST_STEP_BITS;
	return (shift + 1) * DG_HIST_STEPS + (uint32_t)((ns >> shift) & (DG_HIST_STEPS - 1));
}

/* Fetches the line that adding this duration will touch. */
DG_FETCH
dg_hist_prefetch(const struct dg_hist *h, uint64_t ns)
{
	uint32_t at = dg_hist_bucket(ns) - h->first;

	if (at < h->span)
		__builtin_prefetch(&h->counts[at], 1);
}

#endif
