/*
 * hist.c - durations in a histogram with fixed edges, stored sparsely.
 *
 * Invariant: buckets are ascending by index and none is empty.
 */
#include "base/hist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"

#define STEP_BITS 5
#define STEPS (1u << STEP_BITS)

/* Values below 32 have a bucket each; above, the top 6 bits choose it. */
static uint32_t
index_of(uint64_t ns)
{
	uint32_t shift;

	if (ns < STEPS)
		return (uint32_t)ns;
	shift = 63u - (uint32_t)__builtin_clzll(ns) - STEP_BITS;
	return (shift + 1) * STEPS + (uint32_t)((ns >> shift) & (STEPS - 1));
}

/* The greatest value that falls into the bucket. */
static uint64_t
edge_of(uint32_t index)
{
	uint32_t shift;

	if (index < STEPS)
		return index;
	shift = index / STEPS - 1;
	return ((uint64_t)(STEPS + index % STEPS + 1) << shift) - 1;
}

/* The position of the first bucket whose index is not less. */
static uint32_t
find_place(const struct dg_hist *h, uint32_t index)
{
	uint32_t low = 0, high = h->used;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (h->buckets[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int
add_many(struct dg_hist *h, uint32_t index, uint64_t count)
{
	uint32_t at = find_place(h, index);

	if (at < h->used && h->buckets[at].index == index) {
		h->buckets[at].count += count;
		h->count += count;
		return 0;
	}
	if (h->used == h->room) {
		uint32_t room = h->room == 0 ? 8 : h->room * 2;
		struct dg_hist_bucket *more = realloc(h->buckets, room * sizeof *more);

		if (more == NULL)
			return DNSGAP_ENOMEM;
		h->buckets = more;
		h->room = room;
	}
	memmove(h->buckets + at + 1, h->buckets + at, (h->used - at) * sizeof *h->buckets);
	h->buckets[at] = (struct dg_hist_bucket){.index = index, .count = count};
	h->used++;
	h->count += count;
	return 0;
}

void
dg_hist_fini(struct dg_hist *h)
{
	free(h->buckets);
	*h = (struct dg_hist){0};
}

int
dg_hist_add(struct dg_hist *h, uint64_t ns)
{
	int error = add_many(h, index_of(ns), 1);

	if (error == 0 && ns > h->max_ns)
		h->max_ns = ns;
	return error;
}

int
dg_hist_merge(struct dg_hist *into, const struct dg_hist *from)
{
	for (uint32_t i = 0; i < from->used; i++) {
		int error = add_many(into, from->buckets[i].index, from->buckets[i].count);

		if (error != 0)
			return error;
	}
	if (from->max_ns > into->max_ns)
		into->max_ns = from->max_ns;
	return 0;
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
	for (uint32_t i = 0; i < h->used; i++) {
		below += h->buckets[i].count;
		if (below >= rank) {
			uint64_t edge = edge_of(h->buckets[i].index);

			return edge < h->max_ns ? edge : h->max_ns;
		}
	}
	return h->max_ns;
}
