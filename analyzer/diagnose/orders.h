#ifndef DG_DIAGNOSE_ORDERS_H
#define DG_DIAGNOSE_ORDERS_H

#include <stddef.h>
#include <stdint.h>

#include "tally/summary.h"

/*
 * orders.h - the trials of a summary in the orders in which rules look at them, sorted once.
 *
 * A trial takes 40 bytes; what nearly every rule asks of nearly every trial is kept here in
 * lists of its own, which fit a cache.
 */

/* Bits of what a trial is. */
enum {
	DG_TRAIT_DEAD = 1,    /* nothing of it was reached */
	DG_TRAIT_LOST = 2,    /* something of it was not */
	DG_TRAIT_REFUSED = 4, /* dead, and refused */
	DG_TRAIT_TCP = 8,     /* else UDP */
	/* Its server was asked its question in several trials, and never answered it ... */
	DG_TRAIT_UNANSWERED = 16,
	DG_TRAIT_AGAIN = 32, /* ... and this is not the first of them */
};

/* Indexes of trials; of the same time they stand as in the summary. */
struct dg_orders {
	uint32_t *by_time;
	uint32_t *by_server; /* then by time */
	uint32_t *by_client; /* then by time */
	uint32_t *by_pair;   /* server, client, then time */
	uint32_t *servers;   /* of each trial: its server */
	uint32_t *clients;   /* likewise */
	uint8_t *traits;     /* likewise */
};

/* Sorts by time only: all that the search by ports needs.  0 or DNSGAP_ENOMEM. */
int dg_orders_make(const struct dg_summary *s, struct dg_orders *out);

/* Makes the other lists.  0 or DNSGAP_ENOMEM. */
int dg_orders_complete(const struct dg_summary *s, struct dg_orders *o);

void dg_orders_fini(struct dg_orders *o);

/*
 * Puts those of `from` in order of their keys, below `key_count`, into `into`; of the same key
 * they stay in order.  0 or DNSGAP_ENOMEM.
 */
int dg_orders_deal(
    const uint32_t *from, size_t count, const uint32_t *keys, size_t key_count, uint32_t *into);

#endif
