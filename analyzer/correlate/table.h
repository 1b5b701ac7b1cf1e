#ifndef DG_CORRELATE_TABLE_H
#define DG_CORRELATE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fetch.h"
#include "base/pool.h"
#include "correlate/key.h"
#include "correlate/transaction.h"

/*
 * table.h - what is remembered: transactions, and replies that wait for a
 * query that was recorded after them.
 *
 * Found by flow and ID, and more slowly by flow alone (for ICMP quotes that hold
 * no ID).  Time order is kept by three queues; the caller decides by
 * timestamps, the queues only free memory.
 */

enum dg_entry_kind {
	DG_ENTRY_TRANSACTION,
	DG_ENTRY_STRAY, /* a reply without a query so far */
	DG_ENTRY_DEAD,  /* unlinked; its queue still holds it */
};

#define DG_ENTRY_NAME_BYTES 63
#define DG_ENTRY_ICMP_ROWS 2

struct dg_entry {
	/* First line: what a walk along a chain looks at. */
	uint32_t next; /* in its chain; also the pool's link while free */
	uint32_t reply_path;
	uint64_t id_hash;
	uint64_t flow_hash;
	uint64_t question_hash;
	int64_t first_ns; /* t0; of a stray: when it came */
	int64_t last_query_ns;
	uint64_t query_mark;
	uint16_t id;
	uint8_t kind; /* enum dg_entry_kind */
	bool has_question;
	bool has_reply;
	bool is_late;
	bool has_icmp; /* an error about the query */
	bool is_evicted;

	/* Second line: the rest of the key, and what tells copies apart. */
	struct dg_flow flow;
	int64_t reply_ns;
	int64_t last_reply_ns;

	/* Third line. */
	uint64_t reply_mark;
	uint64_t icmp_mark;
	int64_t icmp_ns;
	uint32_t icmp_rows[DG_ENTRY_ICMP_ROWS];
	struct dg_place query_place;
	struct dg_place reply_place;
	uint32_t resends;
	uint32_t resends_after_reply;
	uint16_t rcode;
	bool is_truncated;
	bool is_nodata;
	uint8_t icmp_row_count;
	bool has_query_copy; /* a duplicate frame of the query was seen */
	bool is_question_cut; /* it had one, which the capture does not hold */
	uint8_t pad[1];

	/* Fourth line: the question. */
	uint16_t qtype;
	uint16_t qclass;
	uint32_t long_name; /* in the pool of long names, or DG_POOL_NONE */
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
	DG_QUEUE_YOUNG, /* transactions, until their timeout */
	DG_QUEUE_OLD,   /* transactions past it, until nothing late can come */
	DG_QUEUE_COUNT
};

struct dg_table {
	struct dg_pool pool;
	struct dg_pool names;
	uint32_t *chains; /* heads; mask + 1 of them */
	uint32_t mask;
	struct dg_queue queues[DG_QUEUE_COUNT];
};

/* Returns 0 or DNSGAP_ENOMEM.  At most `max` entries. */
int dg_table_init(struct dg_table *t, uint32_t max);
void dg_table_fini(struct dg_table *t);

static inline struct dg_entry *
dg_table_at(const struct dg_table *t, uint32_t index)
{
	return dg_pool_at(&t->pool, index);
}

/*
 * All entries of a flow lie in one region of the chains: the flow chooses the
 * region, flow and ID together the chain in it.  So they can be found without
 * an ID too, at the cost of a walk along the region.
 */
#define DG_REGION_CHAINS (1u << 14)

static inline uint32_t
dg_table_slot(const struct dg_table *t, uint64_t flow_hash, uint64_t id_hash)
{
	uint32_t region = (uint32_t)flow_hash & ~(DG_REGION_CHAINS - 1);

	return (region | ((uint32_t)id_hash & (DG_REGION_CHAINS - 1))) & t->mask;
}

/* The chain in which entries of this key's flow and ID lie, among others. */
static inline uint32_t
dg_table_chain(const struct dg_table *t, const struct dg_key *key)
{
	return t->chains[dg_table_slot(t, key->flow_hash, key->id_hash)];
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

/* The entry at the head of a queue, or DG_POOL_NONE.  Changes nothing. */
uint32_t dg_table_head(const struct dg_table *t, enum dg_queue_name queue);

/* Takes the head off a queue; the entry lives on.  DG_POOL_NONE when empty. */
uint32_t dg_table_pop(struct dg_table *t, enum dg_queue_name queue);

/* False when memory ran out. */
bool dg_table_push(struct dg_table *t, enum dg_queue_name queue, uint32_t index);

/* Frees an entry that is in no queue, unlinking it if it is alive. */
void dg_table_free(struct dg_table *t, uint32_t index);

/* Brings the lines that a lookup of this key will touch into the cache. */
DG_FETCH
dg_table_prefetch(const struct dg_table *t, const struct dg_key *key)
{
	__builtin_prefetch(&t->chains[dg_table_slot(t, key->flow_hash, key->id_hash)]);
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
