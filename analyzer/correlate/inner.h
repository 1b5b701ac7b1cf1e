#ifndef DG_CORRELATE_INNER_H
#define DG_CORRELATE_INNER_H

/*
 * inner.h - what the files of correlate/ share, and nobody else sees.
 */

#include "base/losses.h"
#include "correlate/correlate.h"
#include "correlate/table.h"

/* Two sightings of one packet lie within this. */
#define DG_SAME_PACKET_NS INT64_C(1000000)
/* ICMP errors kept to recognise a second sighting. */
#define DG_ICMP_RECENT 64

struct dg_recent_icmp {
	uint64_t mark;
	uint64_t flow_hash;
	int64_t time_ns;
};

/*
 * Truncated transactions that a retry over TCP may still name, in chains by client
 * address, server and question.
 */
struct dg_retries {
	uint32_t *heads; /* mask + 1 of them; NULL before the first */
	uint32_t mask;
	uint32_t count;
	struct dg_hash_key secret;
};

struct dg_correlate {
	struct dg_correlate_config config;
	struct dg_correlate_sink sink;
	struct dg_table table;
	struct dg_correlate_stats stats;
	int64_t first_ns; /* of the capture; DG_TIME_NONE before it */
	int64_t newest_ns;
	int64_t quiet_until_ns; /* what is over waits until then to be let go */
	struct dg_recent_icmp recent[DG_ICMP_RECENT];
	uint32_t recent_next;
	uint32_t last_serial; /* of connections */
	uint64_t last_turn;   /* of queries over TCP */
	uint32_t tcp_count;   /* transactions over TCP that are remembered, told or not */
	uint32_t open_count;  /* transactions that were not told of */
	struct dg_losses losses;
	struct dg_retries retries;
};

/* What is known of a reply when it is matched, at once or after waiting. */
struct dg_reply_facts {
	int64_t time_ns;
	uint64_t mark;
	uint32_t path;
	struct dg_place place;
	uint16_t rcode;
	int32_t ede_code;
	bool is_truncated;
	bool is_nodata;
	bool has_question;
};

/* Walks the entries of the key's flow and ID. */
#define FOR_EACH_OF(c, key, index, e)                                                          \
	for (uint32_t index = dg_table_chain(&(c)->table, key); index != DG_POOL_NONE;         \
	     index = dg_table_at(&(c)->table, index)->next)                                    \
		for (struct dg_entry *e = dg_table_at(&(c)->table, index);                     \
		     e != NULL && dg_entry_is_of(e, key); e = NULL)

/* match.c */
int dg_match_query(struct dg_correlate *c, const struct dg_key *key, const struct dg_message *m,
    const struct dg_dns_view *view, enum dg_fate *fate);
int dg_match_reply(struct dg_correlate *c, const struct dg_key *key,
    const struct dg_reply_facts *reply, enum dg_fate *fate);

/* The beginning of a reply: marks the transaction that the whole would be matched to. */
void dg_match_partial(
    struct dg_correlate *c, const struct dg_key *key, const struct dg_reply_facts *reply);

/* connection.c: attempts, and what a connection does to its transactions. */

/*
 * A transaction that begins belongs to its flow's connection, which is made when there is
 * none.  That may evict the transaction: the caller looks.  0 or what the sink returned.
 */
int dg_connection_join(struct dg_correlate *c, const struct dg_key *key, uint32_t index);

/* A transaction was sent again: it belongs to the connection that is open on its flow now. */
void dg_connection_take_along(struct dg_correlate *c, uint32_t index);

/* It has a reply, or goes.  Nothing when it is in no connection's list. */
void dg_connection_leave(struct dg_correlate *c, struct dg_entry *e);

/* The connection goes; its transactions without a reply stay, cut off if it was evicted. */
void dg_connection_dissolve(
    struct dg_correlate *c, struct dg_entry *connection, bool is_evicted);

/* The attempt of this flow and sequence number that does not stand, remembered at the time. */
struct dg_entry *dg_connection_attempt(
    struct dg_correlate *c, const struct dg_key *key, uint32_t seq, int64_t time_ns);

/* retry.c: truncated over UDP, then asked over TCP. */
void dg_retry_expect(struct dg_correlate *c, uint32_t index);
void dg_retry_leave(struct dg_correlate *c, uint32_t index);
void dg_retry_link(struct dg_correlate *c, struct dg_entry *retry);
void dg_retry_trim(struct dg_correlate *c);
void dg_retry_fini(struct dg_correlate *c);

/* edge.c: the ends of transactions, and of replies that wait in vain. */

/*
 * Tells the sink of an entry as if it ended now, and counts it; the table stays as it is.  One
 * that is undecided adds to *waiting.
 */
int dg_edge_tell(struct dg_correlate *c, const struct dg_entry *e, uint64_t *waiting);

/* Tells the sink.  The entry stays as it is: the caller frees or unlinks it. */
int dg_edge_retire(struct dg_correlate *c, uint32_t index);

/*
 * Takes an entry out before its time, for the bound on one flow and ID; what was not known of
 * it is undecided.
 */
int dg_edge_drop(struct dg_correlate *c, uint32_t index);

/*
 * An entry for the key, evicting others when the table is full.  DG_POOL_NONE without
 * memory, or when `*error` is what the sink returned.
 */
uint32_t dg_edge_add(struct dg_correlate *c, const struct dg_key *key, enum dg_entry_kind kind,
    enum dg_queue_name queue, int *error);

/* Whether a reply or an ICMP error at this time may still belong to it. */
static inline bool
dg_entry_is_open_at(
    const struct dg_entry *e, int64_t time_ns, const struct dg_correlate_config *config)
{
	return time_ns >= e->first_ns - config->skew_ns &&
	    time_ns <= e->first_ns + config->hold_ns;
}

/* Whether further replies to it are continuations (AXFR and IXFR, RFC 5936 2.2). */
static inline bool
dg_entry_is_transfer(const struct dg_entry *e)
{
	return e->is_tcp && e->has_reply && (e->qtype == 251 || e->qtype == 252);
}

/*
 * Whether the transaction is still remembered at this time: one that was answered in
 * time and never resent is forgotten at its timeout; a zone transfer is
 * remembered until hold past its last message.
 */
static inline bool
dg_entry_is_known_at(
    const struct dg_entry *e, int64_t time_ns, const struct dg_correlate_config *config)
{
	if (dg_entry_is_transfer(e) && time_ns >= e->first_ns - config->skew_ns &&
	    time_ns <= e->last_reply_ns + config->hold_ns)
		return true;
	if (!dg_entry_is_open_at(e, time_ns, config))
		return false;
	if (!e->has_reply || e->is_late || e->resends > 0)
		return true;
	return time_ns <= e->first_ns + config->timeout_ns;
}

/* A transaction that the sink was not told of, or an attempt that may still become none. */
static inline bool
dg_entry_is_transaction(const struct dg_entry *e)
{
	return e->kind == DG_ENTRY_TRANSACTION ||
	    (e->kind == DG_ENTRY_CONNECTION && e->is_attempt);
}

/* Nothing is known that decides it. */
static inline bool
dg_entry_is_undecided(const struct dg_entry *e)
{
	return !e->has_reply && !e->has_icmp && !e->is_refused;
}

/* Tells apart what one frame brought: its SYN comes before its messages. */
static inline uint64_t
dg_entry_turn(const struct dg_entry *e)
{
	return e->is_tcp && e->kind != DG_ENTRY_CONNECTION ? e->turn : 0;
}

/* Which has the later t0; of two equal ones, that of the later frame, or of the later message.
 */
static inline bool
dg_entry_is_later(const struct dg_entry *a, const struct dg_entry *b)
{
	if (a->first_ns != b->first_ns)
		return a->first_ns > b->first_ns;
	if (a->query_place.file != b->query_place.file)
		return a->query_place.file > b->query_place.file;
	if (a->query_place.frame != b->query_place.frame)
		return a->query_place.frame > b->query_place.frame;
	return dg_entry_turn(a) > dg_entry_turn(b);
}

static inline bool
dg_is_same_packet(uint64_t mark_a, int64_t ns_a, uint64_t mark_b, int64_t ns_b)
{
	return mark_a == mark_b && ns_a - ns_b <= DG_SAME_PACKET_NS &&
	    ns_b - ns_a <= DG_SAME_PACKET_NS;
}

#endif
