/*
 * edge.c - how transactions end: by time, by the capture's end, by a bound.
 */
#include <string.h>

#include "base/clock.h"
#include "correlate/inner.h"

/* How often what is over is let go: 128 times in a timeout. */
#define QUIET_SHARE 128

/*
 * Whether a reply that would have decided otherwise may be among lost frames: until hold is
 * over a late one, but none past the connection's end.
 */
static bool
is_loss_deciding(const struct dg_correlate *c, const struct dg_entry *e)
{
	bool has_ended = e->ended != DG_ENTRY_END_NONE;

	if (c->losses.count == 0 ||
	    (!has_ended && c->newest_ns <= e->first_ns + c->config.timeout_ns))
		return false;
	return dg_losses_has(&c->losses, e->first_ns - c->config.skew_ns,
	    has_ended ? e->ended_ns : e->first_ns + c->config.hold_ns);
}

static enum dg_outcome
outcome_of(const struct dg_correlate *c, const struct dg_entry *e)
{
	if (e->has_reply) {
		if (e->is_late)
			return DG_OUTCOME_LATE;
		return e->is_truncated ? DG_OUTCOME_TRUNCATED : DG_OUTCOME_ANSWERED;
	}
	if (e->is_refused)
		return DG_OUTCOME_TCP_REFUSED;
	if (e->has_icmp)
		return DG_OUTCOME_ICMP_ERROR;
	if (e->is_evicted || e->is_partial || e->is_lost || is_loss_deciding(c, e))
		return DG_OUTCOME_UNDECIDED;
	if (e->ended != DG_ENTRY_END_NONE)
		return e->ended == DG_ENTRY_END_CLOSED ? DG_OUTCOME_TCP_CLOSED
						       : DG_OUTCOME_TCP_RESET;
	if (c->newest_ns <= e->first_ns + c->config.timeout_ns)
		return DG_OUTCOME_UNDECIDED;
	return e->is_attempt ? DG_OUTCOME_TCP_NO_CONNECTION : DG_OUTCOME_UNANSWERED;
}

/* Why it is undecided, for those who count that. */
static void
count_doubts(struct dg_correlate *c, struct dg_entry *e)
{
	if (!dg_entry_is_undecided(e) || e->is_evicted)
		return;
	if (e->is_cut_off) {
		e->is_evicted = true;
		c->stats.evicted_transactions++;
		return;
	}
	c->stats.partial_replies += e->is_partial;
	c->stats.lost_replies += e->is_lost && !e->is_partial;
	if (!e->is_partial && !e->is_lost && is_loss_deciding(c, e)) {
		e->is_lost = true;
		c->stats.open_at_loss++;
	}
}

/* Names every member, one by one: a literal would be made elsewhere and copied. */
static void
describe(const struct dg_correlate *c, const struct dg_entry *e, struct dg_transaction *t)
{
	bool is_attempt = e->kind == DG_ENTRY_CONNECTION;
	bool has_ended = e->ended != DG_ENTRY_END_NONE;
	struct dg_place none = {0};

	t->flow = e->flow;
	t->id = e->id;
	t->is_attempt = is_attempt;
	t->outcome = outcome_of(c, e);
	t->has_question = e->has_question;
	t->qtype = e->qtype;
	t->qclass = e->qclass;
	t->qname = dg_table_name(&c->table, e);
	t->qname_length = e->qname_length;
	t->has_reply = e->has_reply;
	t->is_nodata = e->is_nodata;
	t->rcode = e->rcode;
	t->resends = e->resends;
	t->resends_after_reply = e->resends_after_reply;
	t->first_ns = e->first_ns;
	t->reply_ns = e->reply_ns;
	t->latency_ns =
	    e->has_reply && e->reply_ns > e->first_ns ? e->reply_ns - e->first_ns : 0;
	t->query_place = e->query_place;
	t->reply_place = is_attempt ? none : e->reply_place;
	t->is_partial = e->is_partial;
	t->is_lost = e->is_lost;
	t->end_place = has_ended ? e->end_place : is_attempt ? e->reply_place : none;
	t->is_end_by_client = e->ended == DG_ENTRY_END_RESET_BY_CLIENT;
	t->linked_place = e->linked_place;
	t->icmp_place = e->icmp_place;
	t->icmp_type = e->icmp_type;
	t->icmp_code = e->icmp_code;
	t->ede_code = e->has_ede ? e->ede_code : -1;
}

int
dg_edge_retire(struct dg_correlate *c, uint32_t index)
{
	struct dg_entry *e = dg_table_at(&c->table, index);
	struct dg_transaction here, *t = &here;

	count_doubts(c, e);
	c->open_count--;
	if (e->is_tcp) {
		c->tcp_count--;
		if (e->kind == DG_ENTRY_TRANSACTION)
			dg_connection_leave(c, e);
	} else if (e->is_retry_open) {
		dg_retry_leave(c, index);
	}
	if (c->sink.room != NULL)
		t = c->sink.room(c->sink.context);
	describe(c, e, t);
	return c->sink.transaction(c->sink.context, t);
}

static int
book_orphan(struct dg_correlate *c, const struct dg_entry *e)
{
	c->stats.messages.waiting--;
	c->stats.messages.orphan_replies++;
	if (e->first_ns <= c->first_ns + c->config.hold_ns) {
		c->stats.early_orphan_replies++;
		return 0;
	}
	if (dg_losses_has(
		&c->losses, e->first_ns - c->config.hold_ns, e->first_ns + c->config.skew_ns)) {
		c->stats.orphans_at_loss++;
		return 0;
	}
	return c->sink.orphan != NULL ? c->sink.orphan(c->sink.context, &e->flow) : 0;
}

int
dg_edge_tell(struct dg_correlate *c, const struct dg_entry *e, uint64_t *waiting)
{
	struct dg_entry one = *e;
	struct dg_transaction t;

	if (e->kind == DG_ENTRY_STRAY)
		return book_orphan(c, e);
	if (!dg_entry_is_transaction(e))
		return 0;
	count_doubts(c, &one);
	describe(c, &one, &t);
	*waiting += t.outcome == DG_OUTCOME_UNDECIDED;
	return c->sink.transaction(c->sink.context, &t);
}

static int
retire_and_free(struct dg_correlate *c, uint32_t index, bool is_evicted)
{
	struct dg_entry *e = dg_table_at(&c->table, index);
	int error = 0;

	if (dg_entry_is_transaction(e))
		error = dg_edge_retire(c, index);
	if (e->kind == DG_ENTRY_CONNECTION)
		dg_connection_dissolve(c, e, is_evicted);
	c->tcp_count -= e->kind == DG_ENTRY_TRANSFER;
	dg_table_free(&c->table, index);
	return error;
}

static int
orphan_and_free(struct dg_correlate *c, uint32_t index)
{
	int error = 0;

	if (dg_table_at(&c->table, index)->kind == DG_ENTRY_STRAY)
		error = book_orphan(c, dg_table_at(&c->table, index));
	dg_table_free(&c->table, index);
	return error;
}

/* Whether nothing that happens from now on can change it. */
static bool
is_settled(const struct dg_entry *e)
{
	return e->kind == DG_ENTRY_DEAD ||
	    (e->kind == DG_ENTRY_TRANSACTION && e->has_reply && !e->is_late && e->resends == 0);
}

/* Whether no outcome depends on it. */
static bool
is_spare(const struct dg_entry *e)
{
	if (e->kind == DG_ENTRY_CONNECTION)
		return !e->is_attempt && e->open_head == DG_POOL_NONE;
	return e->kind == DG_ENTRY_TRANSFER || is_settled(e);
}

/* From when on its time counts: of what was renewed from then. */
static int64_t
since(const struct dg_entry *e)
{
	return e->kind == DG_ENTRY_TRANSFER ? e->queued_ns : e->first_ns;
}

/* Whether the head of a queue is past its time. */
static bool
is_due(const struct dg_correlate *c, enum dg_queue_name queue, int64_t wait_ns)
{
	uint32_t head = dg_table_head(&c->table, queue);
	const struct dg_entry *e;

	if (head == DG_POOL_NONE)
		return false;
	e = dg_table_at(&c->table, head);
	return e->kind == DG_ENTRY_DEAD || since(e) + wait_ns + DG_REORDER_NS < c->newest_ns;
}

/* An entry goes before its time; undecided, unless its end was known. */
static int
evict(struct dg_correlate *c, uint32_t index)
{
	struct dg_entry *e = dg_table_at(&c->table, index);

	if (dg_entry_is_transaction(e) && dg_entry_is_undecided(e)) {
		e->is_evicted = true;
		c->stats.evicted_transactions++;
	}
	c->stats.retries_evicted += e->kind == DG_ENTRY_TRANSACTION && e->is_retry_open &&
	    c->newest_ns <= e->first_ns + c->config.timeout_ns;
	return retire_and_free(c, index, true);
}

int
dg_edge_drop(struct dg_correlate *c, uint32_t index)
{
	struct dg_entry *e = dg_table_at(&c->table, index);
	int error = 0;

	if (dg_entry_is_transaction(e)) {
		if (dg_entry_is_undecided(e)) {
			e->is_evicted = true;
			c->stats.evicted_same_id++;
		}
		error = dg_edge_retire(c, index);
	}
	if (e->kind == DG_ENTRY_CONNECTION)
		dg_connection_dissolve(c, e, true);
	c->tcp_count -= e->kind == DG_ENTRY_TRANSFER;
	dg_table_unlink(&c->table, index);
	return error;
}

/* It lives on; evicted without memory for that. */
static int
renew(struct dg_correlate *c, uint32_t index)
{
	return dg_table_push(&c->table, DG_QUEUE_YOUNG, index) ? 0 : evict(c, index);
}

/*
 * Its time is over.  A connection stays while a transaction of it waits, and what is left
 * of a zone transfer while further replies may come.
 */
static int
let_go(struct dg_correlate *c, uint32_t index)
{
	struct dg_entry *e = dg_table_at(&c->table, index);
	int error = 0;

	if (e->kind == DG_ENTRY_CONNECTION && e->open_head != DG_POOL_NONE) {
		if (e->is_attempt)
			error = dg_edge_retire(c, index);
		e->is_attempt = e->has_seq = false;
		e->first_ns = c->newest_ns;
		return error != 0 ? error : renew(c, index);
	}
	if (e->kind != DG_ENTRY_DEAD && dg_entry_is_transfer(e) &&
	    e->last_reply_ns + c->config.hold_ns + DG_REORDER_NS >= c->newest_ns) {
		if (e->kind == DG_ENTRY_TRANSACTION) {
			error = dg_edge_retire(c, index);
			c->tcp_count++;
		}
		e->kind = DG_ENTRY_TRANSFER;
		e->queued_ns = e->last_reply_ns;
		return error != 0 ? error : renew(c, index);
	}
	return retire_and_free(c, index, false);
}

/* Whether one that is settled is to be told of at once. */
static bool
is_told_early(const struct dg_correlate *c, const struct dg_entry *e)
{
	return e->kind == DG_ENTRY_DEAD || !c->config.is_even ||
	    c->table.pool.used > c->table.pool.max / 2;
}

/* Lets go of everything that is over. */
static int
free_due(struct dg_correlate *c)
{
	int error = 0;

	while (error == 0 && is_due(c, DG_QUEUE_STRAY, c->config.skew_ns))
		error = orphan_and_free(c, dg_table_pop(&c->table, DG_QUEUE_STRAY));
	while (error == 0 && is_due(c, DG_QUEUE_YOUNG, c->config.timeout_ns)) {
		uint32_t index = dg_table_pop(&c->table, DG_QUEUE_YOUNG);
		const struct dg_entry *e = dg_table_at(&c->table, index);

		if (is_settled(e) && is_told_early(c, e)) {
			c->stats.told_early +=
			    c->config.is_even && e->kind == DG_ENTRY_TRANSACTION;
			error = let_go(c, index);
		} else if (!dg_table_push(&c->table, DG_QUEUE_OLD, index))
			error = evict(c, index); /* no memory to remember it */
	}
	while (error == 0 && is_due(c, DG_QUEUE_OLD, c->config.hold_ns))
		error = let_go(c, dg_table_pop(&c->table, DG_QUEUE_OLD));
	return error;
}

/*
 * Many at once, every small part of a timeout: that costs less than to look after
 * every frame.  Depends on packet time alone, so not on how frames are fed.
 */
int
dg_correlate_advance(struct dg_correlate *c, int64_t newest_ns)
{
	if (c->first_ns == DG_TIME_NONE)
		c->first_ns = newest_ns;
	c->newest_ns = newest_ns;
	if (newest_ns <= c->quiet_until_ns)
		return 0;
	c->quiet_until_ns = newest_ns + c->config.timeout_ns / QUIET_SHARE;
	return free_due(c);
}

static int
empty_queue(struct dg_correlate *c, enum dg_queue_name queue)
{
	uint32_t index;

	while ((index = dg_table_pop(&c->table, queue)) != DG_POOL_NONE) {
		int error = retire_and_free(c, index, false);

		if (error != 0)
			return error;
	}
	return 0;
}

int
dg_correlate_finish(struct dg_correlate *c)
{
	uint32_t index;
	int error = 0;

	while (error == 0 && (index = dg_table_pop(&c->table, DG_QUEUE_STRAY)) != DG_POOL_NONE)
		error = orphan_and_free(c, index);
	if (error == 0)
		error = empty_queue(c, DG_QUEUE_OLD);
	if (error == 0)
		error = empty_queue(c, DG_QUEUE_YOUNG);
	c->first_ns = DG_TIME_NONE;
	c->quiet_until_ns = DG_TIME_NONE;
	c->losses.count = 0;
	memset(c->recent, 0, sizeof c->recent);
	return error;
}

/* A waiting reply goes; it can only have been an orphan or a rarity. */
static void
evict_stray(struct dg_correlate *c)
{
	uint32_t index = dg_table_pop(&c->table, DG_QUEUE_STRAY);

	if (dg_table_at(&c->table, index)->kind == DG_ENTRY_STRAY) {
		c->stats.messages.waiting--;
		c->stats.messages.evicted++;
	}
	dg_table_free(&c->table, index);
}

/*
 * Replies that wait may take a quarter of the table, no more: a flood of them
 * must not push out transactions.  Of the rest, what no outcome depends on goes first.
 */
static bool
make_room(struct dg_correlate *c, enum dg_entry_kind kind, int *error)
{
	struct dg_table *t = &c->table;
	uint32_t strays = t->queues[DG_QUEUE_STRAY].count;
	uint32_t index;

	if (strays + (kind == DG_ENTRY_STRAY) > t->pool.max / 4) {
		if (strays > 0)
			evict_stray(c);
		return strays > 0;
	}
	while ((index = dg_table_pop(t, DG_QUEUE_YOUNG)) != DG_POOL_NONE) {
		if (is_spare(dg_table_at(t, index)) || !dg_table_push(t, DG_QUEUE_OLD, index)) {
			*error = evict(c, index);
			return true;
		}
	}
	if (t->queues[DG_QUEUE_OLD].count > 0) {
		*error = evict(c, dg_table_pop(t, DG_QUEUE_OLD));
		return true;
	}
	if (t->queues[DG_QUEUE_STRAY].count > 0) {
		evict_stray(c);
		return true;
	}
	return false;
}

uint32_t
dg_edge_add(struct dg_correlate *c, const struct dg_key *key, enum dg_entry_kind kind,
    enum dg_queue_name queue, int *error)
{
	uint32_t index = dg_table_add(&c->table, key, kind, queue);

	while (index == DG_POOL_NONE && make_room(c, kind, error) && *error == 0)
		index = dg_table_add(&c->table, key, kind, queue);
	if (c->table.pool.used > c->stats.peak_remembered)
		c->stats.peak_remembered = c->table.pool.used;
	return index;
}
