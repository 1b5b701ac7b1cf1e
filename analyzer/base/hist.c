/*
 * hist.c - durations in a histogram with fixed edges.
 */
#include "base/hist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"

/* The stretch grows by so many buckets at once: one line of memory. */
#define GRAIN 8

/* The greatest value that falls into the bucket. */
static uint64_t
edge_of(uint32_t bucket)
{
	uint32_t shift;

	if (bucket < DG_HIST_STEPS)
		return bucket;
	shift = bucket / DG_HIST_STEPS - 1;
	return ((uint64_t)(DG_HIST_STEPS + bucket % DG_HIST_STEPS + 1) << shift) - 1;
}

/* Makes the stretch hold these buckets; `first` and `end` are multiples of GRAIN. */
static int
extend(struct dg_hist *h, uint32_t first, uint32_t end)
{
	uint64_t *counts;

	if (h->span > 0) {
		first = first < h->first ? first : h->first;
		end = end > h->first + h->span ? end : h->first + h->span;
	}
	counts = calloc(end - first, sizeof *counts);
	if (counts == NULL)
		return DNSGAP_ENOMEM;
	if (h->span > 0)
		memcpy(counts + (h->first - first), h->counts, h->span * sizeof *counts);
	free(h->counts);
	h->counts = counts;
	h->first = first;
	h->span = end - first;
	return 0;
}

static int
add_many(struct dg_hist *h, uint32_t bucket, uint64_t count)
{
	if (bucket - h->first >= h->span) {
		uint32_t first = bucket / GRAIN * GRAIN;
		int error = extend(h, first, first + GRAIN);

		if (error != 0)
			return error;
	}
	h->counts[bucket - h->first] += count;
	h->count += count;
	return 0;
}

void
dg_hist_fini(struct dg_hist *h)
{
	free(h->counts);
	*h = (struct dg_hist){0};
}

int
dg_hist_add(struct dg_hist *h, uint64_t ns)
{
	int error = add_many(h, dg_hist_bucket(ns), 1);

	if (error != 0)
		return error;
	h->sum_ns += ns;
	if (ns > h->max_ns)
		h->max_ns = ns;
	return 0;
}

int
dg_hist_merge(struct dg_hist *into, const struct dg_hist *from)
{
	uint32_t end = from->first + from->span;

	if (from->span > 0 && (from->first < into->first || end > into->first + into->span)) {
		int error = extend(into, from->first, end);

		if (error != 0)
			return error;
	}
	for (uint32_t i = 0; i < from->span; i++)
		into->counts[from->first - into->first + i] += from->counts[i];
	into->count += from->count;
	if (from->max_ns > into->max_ns)
		into->max_ns = from->max_ns;
	into->sum_ns += from->sum_ns;
	return 0;
}

uint64_t
dg_hist_count_to(const struct dg_hist *h, uint64_t ns)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < h->span && edge_of(h->first + i) <= ns; i++)
		count += h->counts[i];
	return count;
}

uint64_t
dg_hist_quantile(const struct dg_hist *h, double q)
{
	uint64_t rank, below = 0;

	if (h->count == 0)
		return 0;
	rank = (uint64_t)ceil(q * (double)h->count);
	if (rank == 0)
		rank = 1;
	for (uint32_t i = 0; i < h->span; i++) {
		below += h->counts[i];
		if (below >= rank) {
			uint64_t edge = edge_of(h->first + i);

			return edge < h->max_ns ? edge : h->max_ns;
		}
	}
	return h->max_ns;
}
