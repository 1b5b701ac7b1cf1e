#ifndef DG_BASE_HIST_H
#define DG_BASE_HIST_H

#include <stdint.h>

/*
 * hist.h - durations in a histogram with fixed edges.
 *
 * Edges are fixed so that two histograms merge exactly, by adding.  Every
 * power of two is split into 32 steps: a quantile is at most 1/32 (3.2 %) above the
 * true one, never below it, and never above the greatest value seen.
 * Buckets are stored sparsely: a server with a few latencies costs a few bytes.
 */

struct dg_hist_bucket {
	uint32_t index;
	uint32_t pad;
	uint64_t count;
};

struct dg_hist {
	struct dg_hist_bucket *buckets; /* ascending by index */
	uint32_t used;
	uint32_t room;
	uint64_t count;
	uint64_t max_ns;
};

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

#endif
