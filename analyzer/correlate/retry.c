/*
 * retry.c - which query over TCP asks again what was truncated over UDP.
 *
 * A hash of chains through the entries themselves, so that it needs no bound of its own
 * but the one on equal keys.  A transaction is in it from its truncated reply until a
 * retry names it or it retires.
 */
#include <stdlib.h>
#include <string.h>

#include "correlate/inner.h"

#define FIRST_HEADS 1024u
#define HEADS_MAX (1u << 20)

static uint32_t *
head_of(const struct dg_retries *r, const struct dg_entry *e)
{
	const struct dg_flow *flow = &e->flow;
	struct dg_hash_state s = dg_hash_begin(&r->secret);

	dg_hash_word(&s, dg_hash_load(flow->client.bytes));
	dg_hash_word(&s, dg_hash_load(flow->client.bytes + 8));
	dg_hash_word(&s, dg_hash_load(flow->server.bytes));
	dg_hash_word(&s, dg_hash_load(flow->server.bytes + 8));
	dg_hash_word(&s, (uint64_t)flow->server_port << 8 | flow->family);
	dg_hash_word(&s, e->question_hash);
	return &r->heads[dg_hash_end(&s) & r->mask];
}

static bool
is_same(const struct dg_entry *a, const struct dg_entry *b)
{
	return a->question_hash == b->question_hash &&
	    a->flow.server_port == b->flow.server_port && a->flow.family == b->flow.family &&
	    memcmp(&a->flow.client, &b->flow.client, sizeof a->flow.client) == 0 &&
	    memcmp(&a->flow.server, &b->flow.server, sizeof a->flow.server) == 0;
}

/* More chains, when there are as many entries as chains.  False without any. */
static bool
make_heads(struct dg_correlate *c)
{
	struct dg_retries *r = &c->retries, old = *r;
	uint32_t count = old.heads == NULL ? FIRST_HEADS : (old.mask + 1) * 2;

	if (old.heads != NULL && (old.count <= old.mask || count > HEADS_MAX))
		return true;
	r->heads = malloc(count * sizeof *r->heads);
	if (r->heads == NULL) {
		r->heads = old.heads;
		return old.heads != NULL;
	}
	memset(r->heads, 0xff, count * sizeof *r->heads);
	r->mask = count - 1;
	if (old.heads == NULL)
		r->secret = dg_hash_key_random();
	for (uint32_t h = 0; old.heads != NULL && h <= old.mask; h++) {
		for (uint32_t i = old.heads[h]; i != DG_POOL_NONE;) {
			struct dg_entry *e = dg_table_at(&c->table, i);
			uint32_t *head = head_of(r, e), next = e->retry_next;

			e->retry_next = *head;
			*head = i;
			i = next;
		}
	}
	free(old.heads);
	return true;
}

void
dg_retry_leave(struct dg_correlate *c, uint32_t index)
{
	struct dg_entry *e = dg_table_at(&c->table, index);
	uint32_t *link;

	if (!e->is_retry_open)
		return;
	link = head_of(&c->retries, e);
	while (*link != index)
		link = &dg_table_at(&c->table, *link)->retry_next;
	*link = e->retry_next;
	e->is_retry_open = false;
	c->retries.count--;
}

/* The bound on equal keys: the one with the earliest t0 goes. */
static void
keep_few(struct dg_correlate *c, const struct dg_entry *like)
{
	uint32_t count = 0, oldest = DG_POOL_NONE;

	for (uint32_t i = *head_of(&c->retries, like); i != DG_POOL_NONE;) {
		const struct dg_entry *e = dg_table_at(&c->table, i);

		if (is_same(e, like)) {
			count++;
			if (oldest == DG_POOL_NONE ||
			    dg_entry_is_later(dg_table_at(&c->table, oldest), e))
				oldest = i;
		}
		i = e->retry_next;
	}
	if (count < DG_RETRY_SAME_MAX)
		return;
	dg_retry_leave(c, oldest);
	c->stats.retries_dropped +=
	    c->newest_ns <= dg_table_at(&c->table, oldest)->first_ns + c->config.timeout_ns;
}

void
dg_retry_expect(struct dg_correlate *c, uint32_t index)
{
	struct dg_entry *e = dg_table_at(&c->table, index);
	uint32_t *head;

	if (!make_heads(c)) {
		c->stats.retries_dropped++;
		return;
	}
	keep_few(c, e);
	head = head_of(&c->retries, e);
	e->retry_next = *head;
	*head = index;
	e->is_retry_open = true;
	c->retries.count++;
}

void
dg_retry_link(struct dg_correlate *c, struct dg_entry *retry)
{
	int64_t time_ns = retry->first_ns;
	uint32_t best = DG_POOL_NONE;
	struct dg_entry *truncated;

	if (c->retries.count == 0 || !retry->has_question)
		return;
	for (uint32_t i = *head_of(&c->retries, retry); i != DG_POOL_NONE;) {
		const struct dg_entry *e = dg_table_at(&c->table, i);

		if (is_same(e, retry) && !e->is_late &&
		    e->reply_ns - c->config.skew_ns <= time_ns &&
		    time_ns <= e->first_ns + c->config.timeout_ns &&
		    (best == DG_POOL_NONE ||
			dg_entry_is_later(e, dg_table_at(&c->table, best))))
			best = i;
		i = e->retry_next;
	}
	if (best == DG_POOL_NONE)
		return;
	truncated = dg_table_at(&c->table, best);
	dg_retry_leave(c, best);
	truncated->linked_place = retry->query_place;
	retry->linked_place = truncated->query_place;
	c->stats.retries_linked++;
}

/* Chains are few enough, but for those that a flood left. */
void
dg_retry_trim(struct dg_correlate *c)
{
	struct dg_retries *r = &c->retries;

	if (r->heads == NULL || r->count > 0 || r->mask < FIRST_HEADS)
		return;
	free(r->heads);
	*r = (struct dg_retries){0};
}

void
dg_retry_fini(struct dg_correlate *c)
{
	free(c->retries.heads);
}
