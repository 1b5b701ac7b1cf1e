#ifndef DG_JUDGE_ORDERS_H
#define DG_JUDGE_ORDERS_H

#include <stdbool.h>
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
	size_t count; /* of trials */
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
 * they stay in order.  Gives where each key ends in `into`, the caller's to free(); NULL when
 * memory ran out.
 */
uint32_t *dg_orders_deal(
    const uint32_t *from, size_t count, const uint32_t *keys, size_t key_count, uint32_t *into);

/*
 * A filter of numbers: what was added is in it, and of the rest a few are, too.  New ones are
 * empty, and the caller's to free().
 */
#define DG_MARKS_LOG2 20

uint64_t *dg_marks_new(void);

static inline uint64_t
dg_mark_at(uint64_t number)
{
	return number * UINT64_C(0x9e3779b97f4a7c15) >> (64 - DG_MARKS_LOG2);
}

static inline void
dg_mark_add(uint64_t *marks, uint64_t number)
{
	marks[dg_mark_at(number) / 64] |= UINT64_C(1) << dg_mark_at(number) % 64;
}

static inline bool
dg_mark_has(const uint64_t *marks, uint64_t number)
{
	return marks[dg_mark_at(number) / 64] >> dg_mark_at(number) % 64 & 1;
}

/* A question of a server as one number. */
static inline uint64_t
dg_question_of(uint32_t server, uint32_t question)
{
	return (uint64_t)server << 32 | question;
}

#endif
