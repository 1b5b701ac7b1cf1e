#ifndef DG_TALLY_FAILURES_H
#define DG_TALLY_FAILURES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "correlate/transaction.h"
#include "dns/parse.h"

/*
 * failures.h - SERVFAILs, slow replies, and queries that were not reached, each by itself: what
 * ties an answer to a client to a resolver's queries behind it.  Which addresses are resolvers
 * is known at the end only.
 *
 * A bag: equal failures stay several.  Bounded, and independent of the order in which they
 * come: each has a mark, made of its zone and of its window of time, and when there are more
 * than fit, only those are kept whose mark ends in sample_log2 zero bits.  That is the least
 * that fits, so any order, and any grouping of merges, keeps the same; and an answer and the
 * queries behind it are kept or dropped together (docs/decisions/0014-failures-by-zone.md).
 */

enum dg_failure_kind {
	DG_FAILURE_SERVFAIL,
	DG_FAILURE_SLOW, /* late, or DG_SLOW_NS and more; not SERVFAIL */
	DG_FAILURE_DEAD, /* decided, and not reached */
	DG_FAILURE_NONE, /* none of them, or without a question */
};

struct dg_failure {
	int64_t first_ns; /* of its query */
	int64_t end_ns;   /* of its reply; of a dead one, first_ns */
	uint64_t zone;    /* hash of its zone, the same in every run */
	uint64_t mark;    /* of zone and window */
	struct dg_addr client;
	struct dg_addr server;
	uint16_t client_port;
	uint16_t server_port;
	uint8_t family;
	uint8_t transport; /* enum dg_transport */
	uint8_t kind;      /* enum dg_failure_kind */
	uint8_t name_length;
	uint8_t zone_at; /* where the name's zone begins in it */
	uint8_t name[];  /* folded, wire form */
};

struct dg_failures {
	struct dg_failure **rows; /* in order of arrival */
	uint32_t count;
	uint32_t room;
	uint32_t max;
	unsigned sample_log2;
};

/* `max` failures at most, 1 or more. */
void dg_failures_init(struct dg_failures *f, uint32_t max);
void dg_failures_fini(struct dg_failures *f);

static inline enum dg_failure_kind
dg_failure_kind_of(const struct dg_transaction *t)
{
	if (t->qname == NULL || t->outcome == DG_OUTCOME_UNDECIDED)
		return DG_FAILURE_NONE;
	if (!dg_outcome_is_reached(t->outcome))
		return DG_FAILURE_DEAD;
	if (t->rcode == DG_RCODE_SERVFAIL)
		return DG_FAILURE_SERVFAIL;
	return t->outcome == DG_OUTCOME_LATE || t->latency_ns >= DG_SLOW_NS ? DG_FAILURE_SLOW
									    : DG_FAILURE_NONE;
}

/* Adds a transaction of a kind that is not NONE.  Returns 0 or DNSGAP_ENOMEM. */
int dg_failures_add_kind(
    struct dg_failures *f, const struct dg_transaction *t, enum dg_failure_kind kind);

/* Adds a transaction if it is one.  Returns 0 or DNSGAP_ENOMEM. */
static inline int
dg_failures_add(struct dg_failures *f, const struct dg_transaction *t)
{
	enum dg_failure_kind kind = dg_failure_kind_of(t);

	return kind == DG_FAILURE_NONE ? 0 : dg_failures_add_kind(f, t, kind);
}

/* Returns 0 or DNSGAP_ENOMEM (then `into` holds a part). */
int dg_failures_merge(struct dg_failures *into, const struct dg_failures *from);

/* Whether what came at that time of the failure's zone was kept. */
bool dg_failures_keeps(
    const struct dg_failures *f, const struct dg_failure *failure, int64_t time_ns);

/**
 * Where the zone of a name begins, as far as a name tells: its last two labels; three in
 * reverse zones, and below country codes behind labels such as "co" and "com".
 */
uint8_t dg_failure_zone(const uint8_t *name, uint8_t length);

#endif
