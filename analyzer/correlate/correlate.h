#ifndef DG_CORRELATE_CORRELATE_H
#define DG_CORRELATE_CORRELATE_H

#include <stdbool.h>
#include <stdint.h>

#include "correlate/key.h"
#include "correlate/transaction.h"

/*
 * correlate.h - messages and ICMP errors become transactions, by the rules of
 * docs/matching.md.
 *
 * Timestamps decide; how soon memory is freed changes nothing.
 */

struct dg_correlate_config {
	int64_t timeout_ns;
	int64_t hold_ns; /* not less than the timeout */
	int64_t skew_ns; /* not more than DG_REORDER_NS */
	uint32_t max_transactions;
	/*
	 * Answered transactions are told of as late as those that wait for an answer, so that
	 * of any time all are told together.  Costs memory: not while more than half of it is
	 * used.
	 */
	bool is_even;
};

struct dg_correlate;

/**
 * Returns 0 or DNSGAP_ENOMEM.  `sink` is copied; its functions are called from
 * within the calls below.
 */
int dg_correlate_new(const struct dg_correlate_config *config,
    const struct dg_correlate_sink *sink, struct dg_correlate **out);
void dg_correlate_free(struct dg_correlate *c);

/* Two hints, a few messages ahead of the work: first one, later the other. */
void dg_correlate_prefetch(const struct dg_correlate *c, const struct dg_key *key);
void dg_correlate_prefetch_entry(const struct dg_correlate *c, const struct dg_key *key);

/* Where a message went, for those who count by message. */
enum dg_fate {
	DG_FATE_QUERY,
	DG_FATE_RESEND,
	DG_FATE_REPLY,
	DG_FATE_DUPLICATE_REPLY,
	DG_FATE_DUPLICATE_FRAME,
	DG_FATE_CONTINUATION,
	DG_FATE_WAITING, /* a reply without a query so far */
	DG_FATE_NONE,    /* misdirected, ambiguous, evicted; and any partial message */
};

/**
 * A message, in the order of recording.  `direction` and `key` are those that
 * dg_key_of_message gave for it; `fate` (or NULL) is told what became of it.  A partial
 * message is looked at, not counted.  The message's bytes are not read: `view` is.
 * Returns 0 or what the sink returned.
 */
int dg_correlate_message(struct dg_correlate *c, enum dg_direction direction,
    const struct dg_key *key, const struct dg_message *m, const struct dg_dns_view *view,
    enum dg_fate *fate);

/* An ICMP error that quotes a UDP or TCP packet with a server port. */
struct dg_icmp_error {
	struct dg_addr sender;
	uint8_t family;
	uint8_t type;
	uint8_t code;
	struct dg_place place;
	bool has_seq; /* TCP: the quoted sequence number */
	uint32_t seq;
	uint64_t packet_mark;
	int64_t time_ns;
	bool may_be_query; /* how the quote can be read; both when it is unsure */
	bool may_be_reply;
	struct dg_key as_query;
	struct dg_key as_reply;
};

int dg_correlate_icmp(struct dg_correlate *c, const struct dg_icmp_error *error);

/* What happened to a TCP connection, apart from messages. */
enum dg_turn {
	DG_TURN_SYN,
	DG_TURN_STANDS,
	DG_TURN_REFUSED,
	DG_TURN_RESET,
	DG_TURN_CLOSED,
	DG_TURN_LOST,
};

/* As dg_stream_event has it (reassembly/stream.h); `key` is of the flow, without an ID. */
struct dg_connection_turn {
	enum dg_turn turn;
	struct dg_key key;
	int64_t time_ns;
	struct dg_place place;
	uint32_t seq;
	uint64_t packet_mark;
	bool is_by_client;
};

int dg_correlate_turn(struct dg_correlate *c, const struct dg_connection_turn *turn);

/**
 * Frames of this stretch of time are missing, before those that come next: what was open in it,
 * or would be, and stays without a reply is undecided (docs/matching.md, "Lost frames").
 */
void dg_correlate_lost(struct dg_correlate *c, int64_t from_ns, int64_t until_ns);

/* Tells of the flow of each transaction that the sink was not told of, in any order. */
void dg_correlate_each_open(const struct dg_correlate *c,
    void (*tell)(void *context, const struct dg_flow *flow), void *context);

/* Transactions that have begun and that the sink was not told of, answered ones among them. */
uint64_t dg_correlate_open(const struct dg_correlate *c);

/**
 * Tells `sink` of what is open as if the capture had gone on without a frame until now_ns, and
 * ended there (before the newest frame: there); changes nothing.  `stats` is told what they
 * would be then, and *waiting how many of the transactions are undecided.  Returns 0 or what
 * the sink returned.
 */
int dg_correlate_look(const struct dg_correlate *c, int64_t now_ns,
    const struct dg_correlate_sink *sink, struct dg_correlate_stats *stats, uint64_t *waiting);

/**
 * Time has come to newest_ns (back only after dg_correlate_finish): lets go of what
 * is over.  Called before each frame's message or error: what the table has room
 * for, and when the capture began, must not depend on how frames are grouped.
 */
int dg_correlate_advance(struct dg_correlate *c, int64_t newest_ns);

/**
 * The clock stepped back, or the capture ended: everything retires.
 * What comes after is as in a new capture, but for the statistics.
 */
int dg_correlate_finish(struct dg_correlate *c);

/* Living: read it after dg_correlate_finish. */
const struct dg_correlate_stats *dg_correlate_stats(const struct dg_correlate *c);

/* Gives back memory that a flood took; nothing else changes. */
void dg_correlate_trim(struct dg_correlate *c);

/*
 * All counts begin anew.  `waiting` then counts from what waits now: over all such stretches it
 * sums, modulo 2^64, to what waits at the end.
 */
void dg_correlate_forget_stats(struct dg_correlate *c);

#endif
