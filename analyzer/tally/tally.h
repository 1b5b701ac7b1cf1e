#ifndef DG_TALLY_TALLY_H
#define DG_TALLY_TALLY_H

#include <stdint.h>

#include "base/addr.h"
#include "base/map.h"
#include "correlate/transaction.h"
#include "decode/verdict.h"
#include "reassembly/frag.h"
#include "reassembly/stream.h"
#include "tally/examples.h"
#include "tally/failures.h"
#include "tally/options.h"
#include "tally/side.h"
#include "tally/trials.h"
#include "tally/zones.h"

/*
 * tally.h - everything that is counted.  Merges exactly, in any order and
 * grouping; ratios, quantiles and lists come after, in summary.h.
 */

enum dg_side_name {
	DG_SIDE_UDP,
	DG_SIDE_TCP,
	DG_SIDE_COUNT
};

struct dg_server_key {
	struct dg_addr address;
	uint16_t port;
	uint8_t family;
	uint8_t zero;
};

struct dg_server_row {
	struct dg_server_key key;
	struct dg_side *sides[DG_SIDE_COUNT]; /* NULL while nothing was counted */
	struct dg_zones zones;
	struct dg_examples examples;
	uint32_t number;            /* of the row, from 0 */
	uint32_t mark;              /* hash of the key, the same in every run */
	struct dg_options *options; /* NULL while its replies had none that count */
};

struct dg_client_key {
	struct dg_addr address;
	uint8_t family;
	uint8_t zero[3];
};

struct dg_client_row {
	struct dg_client_key key;
	uint32_t number; /* of the row, from 0 */
	uint32_t mark;   /* hash of the key, the same in every run */
	uint64_t outcomes[DG_OUTCOME_COUNT];
	struct dg_portset ports;
	bool has_ports;
	uint64_t port_sum;     /* over transactions */
	uint64_t square_sum;   /* of their squares, modulo 2^64 */
	uint64_t square_carry; /* how often that went round */
	uint64_t asked_again;  /* transactions with a resend after their reply was seen */
	uint16_t lowest;
	uint16_t highest;
};

struct dg_icmp_key {
	struct dg_addr sender;
	struct dg_addr server;
	uint8_t family;
	uint8_t type;
	uint8_t code;
	uint8_t about; /* enum dg_icmp_about */
};

struct dg_icmp_row {
	struct dg_icmp_key key;
	uint64_t count;
	uint64_t unmatched; /* among count */
	uint64_t transactions[DG_RANGE_COUNT];
};

/* What a datagram in fragments was about; nobody knows without its first one. */
enum dg_pieces_about {
	DG_PIECES_UNKNOWN,
	DG_PIECES_QUERY,
	DG_PIECES_REPLY,
};

struct dg_pieces_key {
	struct dg_addr sender;
	uint16_t port; /* of the server; 0 when unknown */
	uint8_t family;
	uint8_t about; /* enum dg_pieces_about */
};

struct dg_pieces_row {
	struct dg_pieces_key key;
	uint64_t ends[DG_FRAG_END_COUNT];
};

/* A server address from which replies came that fit no query. */
struct dg_orphan_row {
	struct dg_client_key key;
	uint64_t count;
	/* Of a cut: it was asked, in a transaction of another cut or in one that is open. */
	bool was_asked;
};

/* What became of the frames, and what may weaken the result. */
struct dg_quality {
	uint64_t frames;
	uint64_t verdicts[DG_VERDICT_COUNT];
	uint64_t cut_frames;
	uint64_t dns_messages; /* all that a verdict calls DNS, and first fragments of such */
	uint64_t malformed_messages; /* among them */
	uint64_t fragment_messages;  /* among them: first fragments */
	uint64_t cut_messages;       /* among them: without their question */
	uint64_t broken_records;     /* among them: damaged past the question */
	uint64_t clock_steps;
	uint64_t tunnels[DG_TUNNEL_COUNT]; /* frames; one may be in several kinds */
	struct dg_stream_stats tcp;
	struct dg_frag_stats fragments;
	struct dg_correlate_stats correlate;
};

/* What was seen; of a cut, in those before it, too. */
struct dg_history {
	bool saw_queries;
	bool saw_replies; /* or anything else that comes from a server's side */
};

/* Transactions that were told of and are counted together (see tally.c). */
#define DG_TALLY_BATCH 32

struct dg_pending {
	struct dg_transaction transaction;
	struct dg_server_key server_key;
	struct dg_client_key client_key;
	uint64_t server_hash;
	uint64_t client_hash;
	struct dg_server_row *server;
	struct dg_client_row *client;
	struct dg_trial trial; /* of this transaction */
	uint64_t trial_hash;
	bool has_trial;
	uint8_t qname[DG_NAME_BYTES_MAX + 1];
};

struct dg_tally {
	struct dg_pending pending[DG_TALLY_BATCH];
	unsigned pending_count;
	struct dg_map servers; /* they and other_servers hold all transactions */
	struct dg_map clients;
	struct dg_map icmp;
	struct dg_side other_servers; /* what found no row of its own */
	uint64_t other_clients[DG_OUTCOME_COUNT];
	uint64_t other_icmp;
	struct dg_map pieces;    /* datagrams in fragments */
	uint64_t other_pieces;   /* those that found no row */
	struct dg_map orphans;   /* by server address */
	struct dg_trials trials; /* of servers and clients with a row */
	struct dg_failures failures;
	struct dg_quality quality;
	struct dg_history history; /* of the cuts before this one */
};

void dg_tally_init(struct dg_tally *t, const struct dg_hash_key *secret);
void dg_tally_fini(struct dg_tally *t);

/* The correlation's sink; `context` is the tally.  0 or DNSGAP_ENOMEM. */
int dg_tally_transaction(void *context, const struct dg_transaction *t);
/* Where the next transaction may be described, and then told of without being copied. */
struct dg_transaction *dg_tally_room(void *context);
int dg_tally_icmp(void *context, const struct dg_icmp_event *e);

/**
 * The EDNS options of a transaction's first reply, if dg_edns_parse found any.  Of a server
 * that finds no row they are not counted.  0 or DNSGAP_ENOMEM.
 */
int dg_tally_edns(
    struct dg_tally *t, const struct dg_server_key *server, const struct dg_edns *e);

/* A datagram in fragments that is over (docs/matching.md, "Fragments").  `context` is
 * the tally.  0 or DNSGAP_ENOMEM. */
int dg_tally_datagram(void *context, const struct dg_frag_datagram *d,
    const struct dg_server_ports *server_ports);

/* A reply that fits no query, early orphans aside.  `context` is the tally.  0 or
 * DNSGAP_ENOMEM. */
int dg_tally_orphan(void *context, const struct dg_flow *flow);

/* The row of a server, or of a client, made if there is none.  NULL when there are too many
 * (dg_map_is_full) or memory ran out. */
struct dg_server_row *dg_tally_server(struct dg_tally *t, const struct dg_server_key *key);
struct dg_client_row *dg_tally_client(struct dg_tally *t, const struct dg_client_key *key);

/* What was seen until now, once the quality is filled in. */
struct dg_history dg_tally_history(const struct dg_tally *t);

/* Counts what is pending; before the tally is looked at.  0 or DNSGAP_ENOMEM. */
int dg_tally_flush(struct dg_tally *t);

#endif
