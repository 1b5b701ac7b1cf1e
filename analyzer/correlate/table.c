/*
 * table.c - what is remembered.
 *
 * Invariants: a living entry is in the chain of its flow and ID and in one
 * queue; a dead entry is in a queue only.
 *
 * Weak spot: a client that reuses ID, port and question inside one timeout
 * cannot be told from a resend.  We call it a resend, which makes loss look
 * smaller, never larger.
 */
#include "correlate/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "dnsgap/error.h"

/* Chains for each entry: an entry that is not the one costs a cache miss. */
#define LOAD_INVERSE 8
#define FIRST_CHAINS (1u << 14)
#define CHAINS_MAX (1u << 26)
#define FIRST_RING 1024
/* How many entries ahead of the one that leaves a queue to fetch lines. */
#define FETCH_FAR 12
#define FETCH_NEAR 6
/* Names over DG_ENTRY_NAME_BYTES are rare: room for one entry in four. */
#define LONG_NAME_SHARE 4

static uint32_t *
new_chains(uint32_t count)
{
	uint32_t *chains = dg_pages_new(count * sizeof *chains);

	if (chains != NULL)
		memset(chains, 0xff, count * sizeof *chains);
	return chains;
}

static void
free_chains(struct dg_table *t)
{
	dg_pages_free(t->chains, (t->mask + 1) * sizeof *t->chains);
}

int
dg_table_init(struct dg_table *t, uint32_t max)
{
	*t = (struct dg_table){.mask = FIRST_CHAINS - 1};
	dg_pool_init(&t->pool, sizeof(struct dg_entry), max);
	dg_pool_init(&t->names, DG_NAME_BYTES_MAX, max / LONG_NAME_SHARE + 1);
	t->chains = new_chains(FIRST_CHAINS);
	return t->chains != NULL ? 0 : DNSGAP_ENOMEM;
}

void
dg_table_fini(struct dg_table *t)
{
	free_chains(t);
	dg_flows_fini(&t->flows);
	for (int q = 0; q < DG_QUEUE_COUNT; q++)
		free(t->queues[q].ring);
	dg_pool_fini(&t->pool);
	dg_pool_fini(&t->names);
	*t = (struct dg_table){0};
}

static void
link_entry(struct dg_table *t, uint32_t index, struct dg_entry *e)
{
	uint32_t *head = &t->chains[dg_table_slot(t, e->id_hash)];

	e->next = *head;
	*head = index;
}

/*
 * Other chains.  Queues run from old to new, so a chain comes out with
 * the newest first, or nearly so.  Without memory the chains stay.
 */
static void
set_chains(struct dg_table *t, uint32_t count)
{
	uint32_t *chains = new_chains(count);

	if (chains == NULL)
		return;
	free_chains(t);
	t->chains = chains;
	t->mask = count - 1;
	for (int n = 0; n < DG_QUEUE_COUNT; n++) {
		const struct dg_queue *q = &t->queues[n];

		for (uint32_t i = 0; i < q->count; i++) {
			uint32_t index = q->ring[(q->head + i) & q->mask];
			struct dg_entry *e = dg_table_at(t, index);

			if (e->kind != DG_ENTRY_DEAD)
				link_entry(t, index, e);
		}
	}
}

uint32_t
dg_table_add(struct dg_table *t, const struct dg_key *key, enum dg_entry_kind kind,
    enum dg_queue_name queue)
{
	uint32_t index = dg_pool_take(&t->pool);
	struct dg_entry *e;

	if (index == DG_POOL_NONE)
		return DG_POOL_NONE;
	e = dg_table_at(t, index);
	memset(e, 0, sizeof *e);
	e->id_hash = key->id_hash;
	e->flow_hash = key->flow_hash;
	e->question_hash = key->question_hash;
	e->id = key->id;
	e->kind = (uint8_t)kind;
	e->is_tcp = key->flow.transport == DG_TRANSPORT_TCP;
	e->has_question = key->has_question;
	e->flow = key->flow;
	e->long_name = DG_POOL_NONE;
	if (t->pool.used > t->mask / LOAD_INVERSE && t->mask < CHAINS_MAX)
		set_chains(t, (t->mask + 1) * 2);
	if (!dg_table_push(t, queue, index)) {
		dg_pool_give(&t->pool, index);
		return DG_POOL_NONE;
	}
	link_entry(t, index, e);
	if (dg_flows_is_used(&t->flows) && kind != DG_ENTRY_STRAY)
		dg_flows_add(&t->flows, e->flow_hash, index);
	return index;
}

void
dg_table_set_name(struct dg_table *t, struct dg_entry *e, const struct dg_name *name)
{
	const uint8_t *from = name->bytes;
	size_t length = name->length;

	if (length > DG_ENTRY_NAME_BYTES) {
		e->long_name = dg_pool_take(&t->names);
		if (e->long_name != DG_POOL_NONE) {
			memcpy(dg_pool_at(&t->names, e->long_name), from, length);
			e->qname_length = name->length;
			return;
		}
	}
	while (length > DG_ENTRY_NAME_BYTES) {
		size_t label = from[0] + 1u;

		from += label;
		length -= label;
	}
	memcpy(e->qname, from, length);
	e->qname_length = (uint8_t)length;
}

const uint8_t *
dg_table_name(const struct dg_table *t, const struct dg_entry *e)
{
	if (e->qname_length == 0)
		return NULL;
	if (e->long_name != DG_POOL_NONE)
		return dg_pool_at(&t->names, e->long_name);
	return e->qname;
}

void
dg_table_unlink(struct dg_table *t, uint32_t index)
{
	struct dg_entry *e = dg_table_at(t, index);
	uint32_t *link = &t->chains[dg_table_slot(t, e->id_hash)];

	while (*link != index)
		link = &dg_table_at(t, *link)->next;
	*link = e->next;
	if (dg_flows_is_used(&t->flows) && e->kind != DG_ENTRY_STRAY)
		dg_flows_remove(&t->flows, index);
	e->kind = DG_ENTRY_DEAD;
}

int
dg_table_index_flows(struct dg_table *t)
{
	static const enum dg_queue_name old_to_young[] = {DG_QUEUE_OLD, DG_QUEUE_YOUNG};

	if (dg_flows_is_used(&t->flows))
		return 0;
	if (dg_flows_init(&t->flows, t->pool.max) != 0)
		return DNSGAP_ENOMEM;
	for (int n = 0; n < 2; n++) {
		const struct dg_queue *q = &t->queues[old_to_young[n]];

		for (uint32_t i = 0; i < q->count; i++) {
			uint32_t index = q->ring[(q->head + i) & q->mask];
			const struct dg_entry *e = dg_table_at(t, index);

			if (e->kind != DG_ENTRY_DEAD)
				dg_flows_add(&t->flows, e->flow_hash, index);
		}
	}
	return 0;
}

uint32_t
dg_table_head(const struct dg_table *t, enum dg_queue_name queue)
{
	const struct dg_queue *q = &t->queues[queue];

	return q->count > 0 ? q->ring[q->head & q->mask] : DG_POOL_NONE;
}

/* What the entries to come will need: their lines, then their chains' heads. */
DG_FETCH
fetch_ahead(const struct dg_table *t, const struct dg_queue *q)
{
	if (q->count > FETCH_FAR) {
		const char *far =
		    dg_pool_at(&t->pool, q->ring[(q->head + FETCH_FAR) & q->mask]);

		for (size_t line = 0; line < sizeof(struct dg_entry); line += 64)
			__builtin_prefetch(far + line);
	}
	if (q->count > FETCH_NEAR) {
		const struct dg_entry *near =
		    dg_table_at(t, q->ring[(q->head + FETCH_NEAR) & q->mask]);

		__builtin_prefetch(&t->chains[dg_table_slot(t, near->id_hash)]);
	}
}

uint32_t
dg_table_pop(struct dg_table *t, enum dg_queue_name queue)
{
	struct dg_queue *q = &t->queues[queue];

	if (q->count == 0)
		return DG_POOL_NONE;
	fetch_ahead(t, q);
	q->count--;
	return q->ring[q->head++ & q->mask];
}

static void
move_ring(struct dg_queue *q, uint32_t *ring, uint32_t room)
{
	for (uint32_t i = 0; i < q->count; i++)
		ring[i] = q->ring[(q->head + i) & q->mask];
	free(q->ring);
	q->ring = ring;
	q->mask = room - 1;
	q->head = 0;
}

static bool
grow_ring(struct dg_queue *q)
{
	uint32_t room = q->ring == NULL ? FIRST_RING : (q->mask + 1) * 2;
	uint32_t *ring = malloc(room * sizeof *ring);

	if (ring != NULL)
		move_ring(q, ring, room);
	return ring != NULL;
}

bool
dg_table_push(struct dg_table *t, enum dg_queue_name queue, uint32_t index)
{
	struct dg_queue *q = &t->queues[queue];

	if ((q->ring == NULL || q->count > q->mask) && !grow_ring(q))
		return false;
	q->ring[(q->head + q->count++) & q->mask] = index;
	return true;
}

/* Into a ring of half as many until it is a quarter full, but for the least. */
static void
trim_ring(struct dg_queue *q)
{
	uint32_t room = q->mask + 1;
	uint32_t *ring;

	if (q->ring == NULL)
		return;
	while (room > FIRST_RING && q->count < room / 4)
		room /= 2;
	ring = room <= q->mask ? malloc(room * sizeof *ring) : NULL;
	if (ring != NULL)
		move_ring(q, ring, room);
}

void
dg_table_trim(struct dg_table *t)
{
	uint32_t count = t->mask + 1;

	while (count > FIRST_CHAINS && t->pool.used < count / LOAD_INVERSE / 4)
		count /= 2;
	if (count <= t->mask)
		set_chains(t, count);
	for (int q = 0; q < DG_QUEUE_COUNT; q++)
		trim_ring(&t->queues[q]);
	dg_pool_trim(&t->pool);
	dg_pool_trim(&t->names);
}

void
dg_table_free(struct dg_table *t, uint32_t index)
{
	struct dg_entry *e = dg_table_at(t, index);

	if (e->kind != DG_ENTRY_DEAD)
		dg_table_unlink(t, index);
	if (e->long_name != DG_POOL_NONE)
		dg_pool_give(&t->names, e->long_name);
	dg_pool_give(&t->pool, index);
}

_Static_assert(sizeof(struct dg_entry) == 256, "an entry is four cache lines");
_Static_assert(offsetof(struct dg_entry, flow) == 64, "the walk stays in the first line");
