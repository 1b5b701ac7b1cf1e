#ifndef DG_BASE_LOSSES_H
#define DG_BASE_LOSSES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"

/*
 * losses.h - stretches of time in which frames were lost.
 *
 * A list in order of time, without overlaps.  Bounded: when it is full, the two that lie
 * nearest to each other become one, with the time between them: what is lost grows, never
 * shrinks.
 */

struct dg_loss {
	int64_t from_ns;
	int64_t until_ns; /* not before it */
};

/* All zero is empty. */
struct dg_losses {
	uint32_t count;
	struct dg_loss list[DG_LOSSES_MAX];
};

/**
 * Adds a stretch, both ends included.  One that ends before it begins is what a clock leaves
 * that stepped back meanwhile: within the reorder window it is turned around, else only its
 * beginning counts.
 */
void dg_losses_add(struct dg_losses *l, int64_t from_ns, int64_t until_ns);

/* Whether a frame of this time or one in between may be missing. */
bool dg_losses_has(const struct dg_losses *l, int64_t from_ns, int64_t until_ns);

/* Forgets what ended before this time. */
void dg_losses_forget(struct dg_losses *l, int64_t before_ns);

#endif
