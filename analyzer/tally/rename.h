#ifndef DG_TALLY_RENAME_H
#define DG_TALLY_RENAME_H

#include <stddef.h>

#include "base/addr.h"
#include "tally/tally.h"

/*
 * rename.h - a tally with other addresses and names in it.
 */

#define DG_RENAMED_NAME_MAX 255

/* Who knows them.  All of it must be one-to-one, so that rows stay rows. */
struct dg_renamer {
	void *context;
	void (*address)(void *context, enum dg_family family, struct dg_addr *address);
	/* A whole name in wire form, folded; gives the length in `out`, or 0 when it is none.
	 */
	size_t (*name)(void *context, const uint8_t *name, size_t length,
	    uint8_t out[DG_RENAMED_NAME_MAX]);
	/* What a server calls itself. */
	void (*bytes)(void *context, uint8_t *bytes, size_t length);
};

/**
 * Replaces every address and name in a tally to which nothing will be added any more; what is
 * counted, sampled and marked stays.  Its maps find no rows afterwards: they are lists.
 * Returns 0 or DNSGAP_ENOMEM (then a part has other names).
 */
int dg_tally_rename(struct dg_tally *t, const struct dg_renamer *r);

#endif
