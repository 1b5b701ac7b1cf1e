#ifndef DG_TALLY_SIDE_H
#define DG_TALLY_SIDE_H

#include <stdint.h>

#include "base/fetch.h"
#include "base/hist.h"
#include "base/portset.h"
#include "correlate/transaction.h"
#include "tally/range.h"

/*
 * side.h - the counts of one set of transactions: a server's over UDP, all of a
 * server's, all there are.  Everything in it merges exactly.
 */

/* RCODEs below 24 have a count each (RFC 6895 2.3 knows 0 to 11 and 16 to 23). */
#define DG_RCODES_COUNTED 24
#define DG_RCODE_SLOTS (DG_RCODES_COUNTED + 1) /* the last one: all others */

struct dg_side {
	uint64_t outcomes[DG_PART_COUNT][DG_OUTCOME_COUNT];
	uint64_t rcodes[DG_RANGE_COUNT][DG_RCODE_SLOTS]; /* of transactions with a reply */
	uint64_t nodata[DG_RANGE_COUNT];
	uint64_t resends;        /* of queries; SYNs that were sent again are none */
	uint64_t asked_again;    /* transactions with a resend after their reply was seen */
	struct dg_portset ports; /* client ports */
	struct dg_hist latency;  /* answered and truncated; never late */
};

/* All zero is an empty side. */
void dg_side_fini(struct dg_side *s);

/* Returns 0 or DNSGAP_ENOMEM. */
int dg_side_add(struct dg_side *s, const struct dg_transaction *t);

/* Fetches the lines that adding this transaction will touch. */
DG_FETCH
dg_side_prefetch(const struct dg_side *s, const struct dg_transaction *t)
{
	__builtin_prefetch(s->outcomes[dg_part_of(t->flow.client_port)], 1);
	__builtin_prefetch(s->rcodes[dg_range_of(t->flow.client_port)], 1);
	__builtin_prefetch(&s->nodata, 1);
	__builtin_prefetch(&s->latency, 1);
}

/* Returns 0 or DNSGAP_ENOMEM (then `into` holds a part). */
int dg_side_merge(struct dg_side *into, const struct dg_side *from);

/* The sums over a range's parts, or over all ranges. */
struct dg_counts {
	uint64_t transactions;
	uint64_t outcomes[DG_OUTCOME_COUNT];
};

struct dg_counts dg_side_part(const struct dg_side *s, enum dg_part part);
struct dg_counts dg_side_range(const struct dg_side *s, enum dg_range range);
struct dg_counts dg_side_all(const struct dg_side *s);

/* Transactions with a reply that reached the client, and those that were decided. */
uint64_t dg_counts_reached(const struct dg_counts *c);
uint64_t dg_counts_decided(const struct dg_counts *c);
/* Unanswered, and connections never made. */
uint64_t dg_counts_silent(const struct dg_counts *c);

#endif
