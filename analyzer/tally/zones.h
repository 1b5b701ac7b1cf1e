#ifndef DG_TALLY_ZONES_H
#define DG_TALLY_ZONES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"

/*
 * zones.h - what a server was asked about, in a few names.
 *
 * The longest name under which all questions lie; where that is only the root,
 * the first few, in the order of their bytes, of the questions' last two labels.  Both merge
 * exactly in any order.  Questions about the root itself are left out.
 */

struct dg_zones {
	uint8_t *common; /* wire form, or NULL before the first question */
	uint8_t *samples[DG_SERVER_NAMES_MAX]; /* wire form, ascending, distinct */
	uint8_t sample_lengths[DG_SERVER_NAMES_MAX];
	uint8_t common_length;
	uint8_t sample_count;
	bool has_more; /* there were more samples than fit */
};

/* All zero is empty. */
void dg_zones_fini(struct dg_zones *z);

/* A folded name in wire form.  Returns 0 or DNSGAP_ENOMEM. */
int dg_zones_add(struct dg_zones *z, const uint8_t *name, uint8_t length);
int dg_zones_merge(struct dg_zones *into, const struct dg_zones *from);

/* How many names there are to show, and each of them (wire form, with its length). */
unsigned dg_zones_count(const struct dg_zones *z);
const uint8_t *dg_zones_at(const struct dg_zones *z, unsigned n, uint8_t *length);

#endif
