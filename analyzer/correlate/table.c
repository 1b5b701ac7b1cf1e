/*
 * table.c - what is remembered.
 *
 * Invariants: a living entry is in the chain of its flow and ID and in one
 * queue; a transaction is in the chain of its flow too.  A dead entry is in a queue only.
 *
 * Weak spot: a client that reuses ID, port and question inside one timeout
 * cannot be told from a resend.  We call it a resend, which makes loss look
 * smaller, never larger.
 */
#include "correlate/table.h"

#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"

#define FIRST_CHAINS 4096
/* Names over DG_ENTRY_NAME_BYTES are rare: room for one entry in eight. */
#define LONG_NAME_SHARE 8

static uint32_t *
new_chains(uint32_t count)
{
	uint32_t *chains = malloc(count * sizeof *chains);

	if (chains != NULL)
		memset(chains, 0xff, count * sizeof *chains);
	return chains;
}

int
dg_table_init(struct dg_table *t, uint32_t max)
{
	dg_pool_init(&t->pool, sizeof(struct dg_entry), max);
	dg_pool_init(&t->names, DG_NAME_BYTES_MAX, max / LONG_NAME_SHARE + 1);
	t->mask = FIRST_CHAINS - 1;
	t->by_id = new_chains(FIRST_CHAINS);
	t->by_flow = new_chains(FIRST_CHAINS);
	for (int q = 0; q < DG_QUEUE_COUNT; q++)
		t->queues[q] = (struct dg_queue){DG_POOL_NONE, DG_POOL_NONE, 0};
	if (t->by_id == NULL || t->by_flow == NULL) {
		dg_table_fini(t);
		return DNSGAP_ENOMEM;
	}
	return 0;
}

void
dg_table_fini(struct dg_table *t)
{
	free(t->by_id);
	free(t->by_flow);
	t->by_id = t->by_flow = NULL;
	dg_pool_fini(&t->pool);
	dg_pool_fini(&t->names);
}

static void
link_by_id(struct dg_table *t, uint32_t index, struct dg_entry *e)
{
	uint32_t *head = &t->by_id[e->id_hash & t->mask];

	e->next_by_id = *head;
	*head = index;
}

static void
link_by_flow(struct dg_table *t, uint32_t index, struct dg_entry *e)
{
	uint32_t *head = &t->by_flow[e->flow_hash & t->mask];

	e->next_by_flow = *head;
	e->previous_by_flow = DG_POOL_NONE;
	if (*head != DG_POOL_NONE)
		dg_table_at(t, *head)->previous_by_flow = index;
	*head = index;
}

static void
link_queue_again(struct dg_table *t, const struct dg_queue *q)
{
	for (uint32_t i = q->head; i != DG_POOL_NONE; i = dg_table_at(t, i)->next_in_queue) {
		struct dg_entry *e = dg_table_at(t, i);

		if (e->kind == DG_ENTRY_DEAD)
			continue;
		link_by_id(t, i, e);
		if (e->kind == DG_ENTRY_TRANSACTION)
			link_by_flow(t, i, e);
	}
}

/*
 * Twice as many chains.  Queues run from old to new, and older transactions are in
 * the old queue, so chains come out with the newest first, as they were.
 * Without memory the chains just grow longer.
 */
static void
grow_chains(struct dg_table *t)
{
	uint32_t count = (t->mask + 1) * 2;
	uint32_t *by_id = new_chains(count), *by_flow = new_chains(count);

	if (by_id == NULL || by_flow == NULL) {
		free(by_id);
		free(by_flow);
		return;
	}
	free(t->by_id);
	free(t->by_flow);
	t->by_id = by_id;
	t->by_flow = by_flow;
	t->mask = count - 1;
	link_queue_again(t, &t->queues[DG_QUEUE_STRAY]);
	link_queue_again(t, &t->queues[DG_QUEUE_OLD]);
	link_queue_again(t, &t->queues[DG_QUEUE_YOUNG]);
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
	e->has_question = key->has_question;
	e->flow = key->flow;
	e->long_name = DG_POOL_NONE;
	dg_table_push(t, queue, index);
	if (t->pool.used > t->mask && t->mask < UINT32_MAX / 4) {
		grow_chains(t); /* links the new entry too */
		if (t->pool.used <= t->mask)
			return index;
	}
	link_by_id(t, index, e);
	if (kind == DG_ENTRY_TRANSACTION)
		link_by_flow(t, index, e);
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
	uint32_t *link = &t->by_id[e->id_hash & t->mask];

	while (*link != index)
		link = &dg_table_at(t, *link)->next_by_id;
	*link = e->next_by_id;
	if (e->kind == DG_ENTRY_TRANSACTION) {
		if (e->previous_by_flow == DG_POOL_NONE)
			t->by_flow[e->flow_hash & t->mask] = e->next_by_flow;
		else
			dg_table_at(t, e->previous_by_flow)->next_by_flow = e->next_by_flow;
		if (e->next_by_flow != DG_POOL_NONE)
			dg_table_at(t, e->next_by_flow)->previous_by_flow = e->previous_by_flow;
	}
	e->kind = DG_ENTRY_DEAD;
}

uint32_t
dg_table_pop(struct dg_table *t, enum dg_queue_name queue)
{
	struct dg_queue *q = &t->queues[queue];
	uint32_t index = q->head;

	if (index == DG_POOL_NONE)
		return DG_POOL_NONE;
	q->head = dg_table_at(t, index)->next_in_queue;
	if (q->head == DG_POOL_NONE)
		q->tail = DG_POOL_NONE;
	q->count--;
	return index;
}

void
dg_table_push(struct dg_table *t, enum dg_queue_name queue, uint32_t index)
{
	struct dg_queue *q = &t->queues[queue];

	dg_table_at(t, index)->next_in_queue = DG_POOL_NONE;
	if (q->tail == DG_POOL_NONE)
		q->head = index;
	else
		dg_table_at(t, q->tail)->next_in_queue = index;
	q->tail = index;
	q->count++;
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
