#ifndef DG_TALLY_OPTIONS_H
#define DG_TALLY_OPTIONS_H

#include <stdint.h>

#include "base/limits.h"
#include "dns/edns.h"

/*
 * options.h - what a server said in the EDNS options of its replies.
 *
 * Bounded lists keep their least entries, and what is pushed out is summed: an
 * entry that stays was never pushed out, so its count is exact and the lists merge
 * exactly, in any order.
 */

struct dg_ede_count {
	uint64_t count;
	uint16_t code;
};

struct dg_nsid_count {
	uint64_t count;
	uint8_t length;
	uint8_t bytes[DG_NSID_BYTES_MAX];
};

struct dg_options {
	struct dg_ede_count *ede;   /* by code */
	struct dg_nsid_count *nsid; /* by bytes, as memcmp orders them, then by length */
	unsigned ede_count;
	unsigned nsid_count;
	uint64_t other_ede;
	uint64_t other_nsid;
	uint64_t cookies; /* replies */
	uint64_t subnets; /* replies */
};

/* All zero is empty. */
void dg_options_fini(struct dg_options *o);

/* Return 0 or DNSGAP_ENOMEM. */
int dg_options_add(struct dg_options *o, const struct dg_edns *e);
int dg_options_merge(struct dg_options *into, const struct dg_options *from);

#endif
