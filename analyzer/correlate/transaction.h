#ifndef DG_CORRELATE_TRANSACTION_H
#define DG_CORRELATE_TRANSACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/frame.h"
#include "decode/packet.h"

/*
 * transaction.h - what correlation tells the tally, and nothing else.
 */

enum dg_outcome {
	DG_OUTCOME_ANSWERED,
	DG_OUTCOME_LATE,
	DG_OUTCOME_UNANSWERED,
	DG_OUTCOME_ICMP_ERROR,
	DG_OUTCOME_TCP_REFUSED,
	DG_OUTCOME_TCP_NO_CONNECTION,
	DG_OUTCOME_TCP_RESET,
	DG_OUTCOME_TCP_CLOSED,
	DG_OUTCOME_TRUNCATED,
	DG_OUTCOME_UNDECIDED,
	DG_OUTCOME_COUNT
};

/* The outcome's name in reports; static. */
const char *dg_outcome_name(enum dg_outcome outcome);

/* Whether a reply reached the client. */
static inline bool
dg_outcome_is_reached(enum dg_outcome outcome)
{
	return outcome == DG_OUTCOME_ANSWERED || outcome == DG_OUTCOME_LATE ||
	    outcome == DG_OUTCOME_TRUNCATED;
}

/* No frame: frames count from 1. */
static inline bool
dg_place_is_none(struct dg_place place)
{
	return place.frame == 0;
}

/* A transaction that is over.  Lives as long as the call that hands it on. */
struct dg_transaction {
	struct dg_flow flow;
	uint16_t id;
	bool is_attempt; /* to open a connection: it has no ID and no question */
	enum dg_outcome outcome;
	bool has_question;
	uint16_t qtype;
	uint16_t qclass;
	const uint8_t *qname; /* folded, wire form; NULL without a question */
	uint8_t qname_length;
	bool has_reply;
	bool is_nodata; /* NOERROR without an answer record */
	uint16_t rcode; /* of the reply */
	uint32_t resends;
	uint32_t resends_after_reply; /* among the resends */
	int64_t first_ns;             /* first copy of the query */
	int64_t reply_ns;             /* first reply */
	int64_t latency_ns;           /* 0 or more */
	struct dg_place query_place;
	struct dg_place reply_place;
	bool is_partial;           /* of its reply only a first fragment was seen */
	bool is_lost;              /* the capture lost what the server sent, or may have */
	struct dg_place end_place; /* TCP: the RST or FIN that ended it; or none */
	bool is_end_by_client;     /* tcp_reset: who sent it */
	struct dg_place
	    linked_place; /* truncated: its retry's query; a retry: the truncated query */
	struct dg_place
	    icmp_place;    /* the first ICMP error about it that was matched; or none */
	uint8_t icmp_type; /* when icmp_place is set */
	uint8_t icmp_code;
	int32_t ede_code; /* the first extended error of the reply (RFC 8914), or -1 */
};

enum dg_icmp_about {
	DG_ABOUT_QUERY,
	DG_ABOUT_REPLY,
};

/* What kind of trouble an ICMP error tells of. */
enum dg_icmp_kind {
	DG_ICMP_UNREACHABLE, /* refusals and missing routes */
	DG_ICMP_TOO_BIG,     /* fragmentation needed, packet too big */
	DG_ICMP_REASSEMBLY,  /* reassembly time exceeded */
	DG_ICMP_HOP_LIMIT,
	DG_ICMP_PARAMETER,
	DG_ICMP_KIND_COUNT
};

/**
 * The kind of an error: types 3, 11 and 12 of ICMP (RFC 792), 1 to 4 of ICMPv6
 * (RFC 4443), with their codes.
 */
enum dg_icmp_kind dg_icmp_kind_of(enum dg_family family, uint8_t type, uint8_t code);

/* Its name in reports; static. */
const char *dg_icmp_kind_name(enum dg_icmp_kind kind);

/* An ICMP error that quotes a DNS packet. */
struct dg_icmp_event {
	struct dg_addr sender;
	struct dg_flow flow; /* of the quoted packet */
	uint8_t type;
	uint8_t code;
	enum dg_icmp_about about;
	bool is_matched;
	bool is_first; /* the first of its type, code, sender and sort for its transaction */
	int64_t time_ns;
};

/* Who is told.  Functions return 0 or DNSGAP_ENOMEM, which stops the run. */
struct dg_correlate_sink {
	void *context;
	int (*transaction)(void *context, const struct dg_transaction *t);
	int (*icmp)(void *context, const struct dg_icmp_event *e);
	/* A reply that waited in vain for its query, early orphans aside; may be NULL. */
	int (*orphan)(void *context, const struct dg_flow *flow);
	/* Where to describe the next transaction, to save a copy; may be NULL. */
	struct dg_transaction *(*room)(void *context);
};

/*
 * Where every DNS message went.  They sum to the messages that were handed to
 * correlation.
 */
struct dg_message_ledger {
	uint64_t queries; /* first copies */
	uint64_t resends;
	uint64_t replies; /* the first of a transaction */
	uint64_t duplicate_replies;
	uint64_t duplicate_frames; /* of queries and replies */
	uint64_t orphan_replies;
	uint64_t misdirected;
	uint64_t continuations; /* of zone transfers: further replies to a query that has one */
	uint64_t evicted;       /* replies that a full table could not keep waiting */
	uint64_t waiting;       /* replies not yet orphans; 0 when all is finished */
};

struct dg_correlate_stats {
	struct dg_message_ledger messages;
	uint64_t resends_after_reply;  /* among resends */
	uint64_t early_orphan_replies; /* among orphan_replies */
	uint64_t ambiguous_replies;    /* without a question, and several fit: orphans */
	uint64_t icmp_matched;
	uint64_t icmp_unmatched;
	uint64_t icmp_ambiguous; /* among icmp_matched */
	uint64_t icmp_duplicate_frames;
	uint64_t icmp_cut_short; /* held against the latest transactions of the flow only */
	uint64_t evicted_transactions; /* to the table's bound, undecided for it */
	uint64_t evicted_same_id;      /* to the bound on one flow and ID */
	uint64_t waiting_refused;      /* replies, to that bound, among messages.evicted */
	uint64_t queries_refused;      /* no memory for them at all */
	uint64_t syn_duplicate_frames;
	uint64_t attempts_made;   /* attempts that are no transaction: the connection stood */
	uint64_t retries_linked;  /* truncated transactions that were retried over TCP */
	uint64_t retries_dropped; /* truncated: no retry can name it, for the bound on equals */
	uint64_t retries_evicted; /* likewise, for the table's bound */
	uint64_t partial_replies; /* transactions undecided for it */
	uint64_t lost_replies;    /* likewise */
	uint64_t open_at_loss;    /* likewise: frames were lost while they were open */
	uint64_t orphans_at_loss; /* among orphan_replies: their query may have been lost */
	uint64_t told_early; /* is_even: answered ones for which there was no room till hold */
	uint32_t peak_remembered;
};

#endif
