#ifndef DG_TALLY_MERGE_H
#define DG_TALLY_MERGE_H

#include "tally/tally.h"

/*
 * merge.h - two tallies made one.
 *
 * Exact: parts of one capture, however it was parted, merged in any order and grouping, give
 * the tally of the whole.  Past a bound on rows that is so for the sums only, as it is for the
 * order of frames in one tally: which servers and clients have rows depends on who came first,
 * and the report's `limits` says that there were more.
 */

/**
 * Adds all of `from`.  Nothing may be pending in either (dg_tally_flush).  Returns 0 or
 * DNSGAP_ENOMEM (then `into` holds a part).
 */
int dg_tally_merge(struct dg_tally *into, const struct dg_tally *from);

#endif
