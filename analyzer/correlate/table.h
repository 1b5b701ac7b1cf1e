#ifndef DG_CORRELATE_TABLE_H
#define DG_CORRELATE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fetch.h"
#include "base/pool.h"
#include "correlate/flows.h"
#include "correlate/key.h"
#include "correlate/transaction.h"

/*
 * table.h - what is remembered: transactions, replies that wait for a query that
 * was recorded after them, and TCP connections.
 *
 * Found by flow and ID (connections by flow); and all of a flow, for ICMP quotes that hold
 * no ID.  Time order is kept by three queues; the caller decides by
 * timestamps, the queues only free memory.
 */

enum dg_entry_kind {
	DG_ENTRY_TRANSACTION,
	DG_ENTRY_STRAY, /* a reply without a query so far */
	/* A TCP connection.  While it does not stand it is an attempt: a transaction. */
	DG_ENTRY_CONNECTION,
	/* A zone transfer that was told of; its further replies still come. */
	DG_ENTRY_TRANSFER,
	DG_ENTRY_DEAD, /* unlinked; its queue still holds it */
};

/* How a connection's end ended a transaction. */
enum dg_entry_end {
	DG_ENTRY_END_NONE,
	DG_ENTRY_END_CLOSED,
	DG_ENTRY_END_RESET_BY_CLIENT,
	DG_ENTRY_END_RESET_BY_SERVER,
};

#define DG_ENTRY_NAME_BYTES 47
#define DG_ENTRY_ICMP_ROWS 2

struct dg_entry {
	/* First line: what a walk along a chain looks at. */
	uint32_t next; /* in its chain; also the pool's link while free */
	union {
		uint32_t reply_path; /* UDP */
		uint32_t connection; /* transaction over TCP: in whose list it is, or NONE */
		uint32_t seq;        /* connection: of its SYN */
	};
	uint64_t id_hash;
	uint64_t flow_hash;
	uint64_t question_hash;
	int64_t first_ns; /* t0; of a stray: when it came */
	union {
		int64_t last_query_ns; /* UDP, and connection */
		uint64_t
		    turn; /* transaction over TCP: of one frame's the later has the larger */
	};
	union {
		uint64_t query_mark; /* UDP, and connection: of its SYN */
		struct {             /* transaction over TCP: the list of its connection */
			uint32_t open_next;
			uint32_t open_previous;
		};
	};
	uint16_t id;
	uint8_t kind; /* enum dg_entry_kind */
	uint8_t icmp_type;
	uint8_t icmp_code;
	bool is_tcp : 1;
	bool has_question : 1;
	bool has_reply : 1;
	bool is_late : 1;
	bool has_icmp : 1; /* an error about the query, that decides */
	bool is_evicted : 1;
	bool is_truncated : 1;
	bool is_nodata : 1;
	bool has_query_copy : 1;  /* a duplicate frame of the query was seen */
	bool is_question_cut : 1; /* it had one, which the capture does not hold */
	bool has_ede : 1;
	bool is_partial : 1;     /* of its reply the first fragment was seen */
	bool is_retry_open : 1;  /* truncated, and among those that a retry may name */
	bool is_lost : 1;        /* the capture lost what the server sent */
	bool is_loss_seen : 1;   /* no later loss needs to look at it */
	bool is_end_seen : 1;    /* nor a later end */
	bool is_cut_off : 1;     /* its connection was evicted: what ended it is not known */
	bool is_attempt : 1;     /* connection: it is a transaction */
	bool has_stood : 1;      /* connection */
	bool has_seq : 1;        /* connection: its SYN was seen and is remembered */
	bool is_refused : 1;     /* attempt; by the frame in reply_place */
	unsigned char ended : 2; /* enum dg_entry_end */

	/* Second line: the rest of the key, and what tells copies apart. */
	struct dg_flow flow;
	union {
		int64_t reply_ns;
		int64_t queued_ns; /* transfer: its time counts from then */
	};
	union {
		int64_t last_reply_ns;
		int64_t ended_ns; /* transaction over TCP that ended, and has no reply */
	};
	union {
		uint64_t reply_mark;       /* UDP */
		struct dg_place end_place; /* transaction over TCP */
		struct {                   /* connection */
			uint32_t
			    open_head; /* its transactions without a reply, the newest first */
			uint32_t
			    serial; /* of two connections of a flow the later has the larger */
		};
	};

	/* Third line. */
	uint64_t icmp_mark;
	int64_t icmp_ns;
	uint32_t icmp_rows[DG_ENTRY_ICMP_ROWS]; /* 0: free */
	struct dg_place query_place;
	struct dg_place reply_place;
	struct dg_place linked_place;
	struct dg_place icmp_place;
	uint32_t resends;
	uint32_t resends_after_reply;

	/* Fourth line: the question. */
	uint16_t qtype;
	uint16_t qclass;
	uint32_t long_name; /* in the pool of long names, or DG_POOL_NONE */
	uint16_t rcode;
	uint16_t ede_code;
	uint32_t retry_next; /* the next of those with is_retry_open under one hash */
	uint8_t qname_length;
	uint8_t qname[DG_ENTRY_NAME_BYTES];
};

/* First in, first out; a ring of indices, so that those to come can be fetched ahead. */
struct dg_queue {
	uint32_t *ring;
	uint32_t mask;
	uint32_t head;
	uint32_t count;
};

enum dg_queue_name {
	DG_QUEUE_STRAY, /* replies that wait for a query */
	DG_QUEUE_YOUNG, /* transactions and connections, until their timeout */
	DG_QUEUE_OLD,   /* what is past it, until nothing late can come */
	DG_QUEUE_COUNT
};

struct dg_table {
	struct dg_pool pool;
	struct dg_pool names;
	uint32_t *chains; /* heads; mask + 1 of them */
	uint32_t mask;
	struct dg_queue queues[DG_QUEUE_COUNT];
	struct dg_flows flows; /* of all entries but strays, once somebody asked */
};

/* Returns 0 or DNSGAP_ENOMEM.  At most `max` entries. */
int dg_table_init(struct dg_table *t, uint32_t max);
void dg_table_fini(struct dg_table *t);

static inline struct dg_entry *
dg_table_at(const struct dg_table *t, uint32_t index)
{
	return dg_pool_at(&t->pool, index);
}

static inline uint32_t
dg_table_slot(const struct dg_table *t, uint64_t id_hash)
{
	return (uint32_t)id_hash & t->mask;
}

/* The chain in which entries of this key's flow and ID lie, among others. */
static inline uint32_t
dg_table_chain(const struct dg_table *t, const struct dg_key *key)
{
	return t->chains[dg_table_slot(t, key->id_hash)];
}

/* Whether an entry of the chain has this flow and ID. */
static inline bool
dg_entry_is_of(const struct dg_entry *e, const struct dg_key *key)
{
	return e->id_hash == key->id_hash && e->id == key->id &&
	    dg_flow_is_same(&e->flow, &key->flow);
}

/**
 * Adds an entry of this key to the chains and to the end of a queue.  Every
 * field that the key does not give is zero.  DG_POOL_NONE when the table is full.
 */
uint32_t dg_table_add(struct dg_table *t, const struct dg_key *key, enum dg_entry_kind kind,
    enum dg_queue_name queue);

/* Keeps a copy of the question's name; the end of it when there is no room for all. */
void dg_table_set_name(struct dg_table *t, struct dg_entry *e, const struct dg_name *name);

/* The name, or NULL; its length is in the entry.  Lives as long as the entry. */
const uint8_t *dg_table_name(const struct dg_table *t, const struct dg_entry *e);

/* Takes an entry out of the chains; it is dead, and freed when its queue gives it up. */
void dg_table_unlink(struct dg_table *t, uint32_t index);

/* From now on entries can be found by their flow alone.  Returns 0 or DNSGAP_ENOMEM. */
int dg_table_index_flows(struct dg_table *t);

/* The entry at the head of a queue, or DG_POOL_NONE.  Changes nothing. */
uint32_t dg_table_head(const struct dg_table *t, enum dg_queue_name queue);

/* Takes the head off a queue; the entry lives on.  DG_POOL_NONE when empty. */
uint32_t dg_table_pop(struct dg_table *t, enum dg_queue_name queue);

/* False when memory ran out. */
bool dg_table_push(struct dg_table *t, enum dg_queue_name queue, uint32_t index);

/* Gives back memory that a flood took and that is no longer used. */
void dg_table_trim(struct dg_table *t);

/* Frees an entry that is in no queue, unlinking it if it is alive. */
void dg_table_free(struct dg_table *t, uint32_t index);

/* Brings the lines that a lookup of this key will touch into the cache. */
DG_FETCH
dg_table_prefetch(const struct dg_table *t, const struct dg_key *key)
{
	__builtin_prefetch(&t->chains[dg_table_slot(t, key->id_hash)]);
}

/* The same, once the chains' heads are there: the first entry. */
DG_FETCH
dg_table_prefetch_entry(const struct dg_table *t, const struct dg_key *key)
{
	uint32_t index = dg_table_chain(t, key);

	if (index != DG_POOL_NONE) {
		const char *e = dg_pool_at(&t->pool, index);

		__builtin_prefetch(e);
		__builtin_prefetch(e + 64);
	}
}

#endif
