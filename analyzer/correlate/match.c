/*
 * match.c - which transaction a query or a reply belongs to.
 *
 * Every search is a walk over the entries of one flow and ID: mostly one,
 * never more than DG_SAME_ID_MAX.
 */
#include <string.h>

#include "base/clock.h"
#include "correlate/inner.h"

static int64_t
distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

static bool
is_same_question(const struct dg_entry *e, const struct dg_key *key)
{
	return e->has_question == key->has_question && e->question_hash == key->question_hash;
}

/* The newest transaction of the key, or DG_POOL_NONE, and how many entries its flow and ID
 * have. */
static uint32_t
find_query(struct dg_correlate *c, const struct dg_key *key, uint32_t *count, uint32_t *oldest)
{
	uint32_t best = DG_POOL_NONE;

	*count = 0;
	*oldest = DG_POOL_NONE;
	FOR_EACH_OF (c, key, i, e) {
		++*count;
		if (e->kind == DG_ENTRY_STRAY)
			continue;
		if (*oldest == DG_POOL_NONE ||
		    e->first_ns < dg_table_at(&c->table, *oldest)->first_ns)
			*oldest = i;
		if (e->kind == DG_ENTRY_TRANSACTION && is_same_question(e, key) &&
		    (best == DG_POOL_NONE ||
			dg_entry_is_later(e, dg_table_at(&c->table, best))))
			best = i;
	}
	return best;
}

/* Whether it is a second sighting of the frame of the last copy; never over TCP. */
static bool
is_query_twice(const struct dg_entry *e, const struct dg_message *m)
{
	return !e->is_tcp &&
	    dg_is_same_packet(e->query_mark, e->last_query_ns, m->packet_mark, m->time_ns);
}

static enum dg_fate
count_copy(struct dg_correlate *c, struct dg_entry *e, const struct dg_message *m)
{
	bool is_twice = is_query_twice(e, m);

	if (is_twice) {
		c->stats.messages.duplicate_frames++;
		e->has_query_copy = true;
	} else {
		c->stats.messages.resends++;
		e->resends++;
		if (e->has_reply) {
			c->stats.resends_after_reply++;
			e->resends_after_reply++;
		}
	}
	if (!e->is_tcp) {
		e->query_mark = m->packet_mark;
		e->last_query_ns = m->time_ns;
	}
	return is_twice ? DG_FATE_DUPLICATE_FRAME : DG_FATE_RESEND;
}

/* Replies that were recorded before this query, in the order they came. */
static int
take_strays(struct dg_correlate *c, const struct dg_key *key, const struct dg_entry *query)
{
	uint32_t found[DG_SAME_ID_MAX];
	uint32_t count = 0;

	if (c->table.queues[DG_QUEUE_STRAY].count == 0)
		return 0;
	FOR_EACH_OF (c, key, i, e) {
		bool fits = e->kind == DG_ENTRY_STRAY &&
		    (!e->has_question || query->is_question_cut || is_same_question(e, key)) &&
		    dg_entry_is_open_at(query, e->first_ns, &c->config);

		if (fits && count < DG_SAME_ID_MAX)
			found[count++] = i;
	}
	while (count > 0) {
		struct dg_entry *e = dg_table_at(&c->table, found[--count]);
		struct dg_key stray_key = *key;
		struct dg_reply_facts reply;
		enum dg_fate fate;
		int error;

		/* Matching the one before may have evicted it, when the table is full. */
		if (e->kind != DG_ENTRY_STRAY || !dg_entry_is_of(e, key))
			continue;
		reply = (struct dg_reply_facts){
		    .time_ns = e->first_ns,
		    .mark = e->reply_mark,
		    .path = e->reply_path,
		    .place = e->reply_place,
		    .rcode = e->rcode,
		    .ede_code = e->has_ede ? e->ede_code : -1,
		    .is_truncated = e->is_truncated,
		    .is_nodata = e->is_nodata,
		    .has_question = e->has_question,
		};
		stray_key.has_question = e->has_question;
		stray_key.question_hash = e->question_hash;
		dg_table_unlink(&c->table, found[count]);
		c->stats.messages.waiting--;
		error = dg_match_reply(c, &stray_key, &reply, &fate);
		if (error != 0)
			return error;
	}
	return 0;
}

/*
 * A copy that was recorded after t0's but sent before it: its reply may have been too
 * slow after all, or may be one that waits for a query as early as this.
 */
static int
move_back(struct dg_correlate *c, const struct dg_key *key, struct dg_entry *e,
    const struct dg_message *m)
{
	e->first_ns = m->time_ns;
	e->query_place = m->place;
	if (e->is_tcp)
		e->turn = ++c->last_turn;
	if (e->has_reply)
		e->is_late = e->reply_ns - e->first_ns > c->config.timeout_ns;
	return take_strays(c, key, e);
}

/* It belongs to a connection, and may be the retry of a truncated one. */
static int
begin_over_tcp(struct dg_correlate *c, const struct dg_key *key, uint32_t index)
{
	struct dg_entry *e = dg_table_at(&c->table, index);
	struct dg_place place = e->query_place;
	int error;

	e->connection = DG_POOL_NONE;
	e->turn = ++c->last_turn;
	c->tcp_count++;
	dg_retry_link(c, e);
	error = dg_connection_join(c, key, index);
	/* Making the connection may have evicted it, when the table is full. */
	if (error != 0 || e->kind != DG_ENTRY_TRANSACTION || !dg_entry_is_of(e, key) ||
	    e->query_place.frame != place.frame)
		return error;
	return take_strays(c, key, e);
}

static int
begin_transaction(struct dg_correlate *c, const struct dg_key *key, const struct dg_message *m,
    const struct dg_dns_view *view, enum dg_fate *fate)
{
	int error = 0;
	uint32_t index = dg_edge_add(c, key, DG_ENTRY_TRANSACTION, DG_QUEUE_YOUNG, &error);
	struct dg_entry *e;

	if (error != 0)
		return error;
	if (index == DG_POOL_NONE) {
		c->stats.queries_refused++;
		c->stats.messages.evicted++;
		return 0;
	}
	e = dg_table_at(&c->table, index);
	e->first_ns = m->time_ns;
	e->query_place = m->place;
	e->is_question_cut = !key->has_question && view->question_count > 0;
	if (key->has_question) {
		e->qtype = view->qtype;
		e->qclass = view->qclass;
		dg_table_set_name(&c->table, e, &view->qname);
	}
	c->stats.messages.queries++;
	c->open_count++;
	*fate = DG_FATE_QUERY;
	if (e->is_tcp)
		return begin_over_tcp(c, key, index);
	e->query_mark = m->packet_mark;
	e->last_query_ns = m->time_ns;
	return take_strays(c, key, e);
}

int
dg_match_query(struct dg_correlate *c, const struct dg_key *key, const struct dg_message *m,
    const struct dg_dns_view *view, enum dg_fate *fate)
{
	uint32_t count, oldest, index = find_query(c, key, &count, &oldest);
	struct dg_entry *e = index != DG_POOL_NONE ? dg_table_at(&c->table, index) : NULL;

	if (e != NULL && distance(m->time_ns, e->first_ns) <= c->config.timeout_ns) {
		*fate = count_copy(c, e, m);
		if (e->is_tcp)
			dg_connection_take_along(c, index);
		return m->time_ns < e->first_ns ? move_back(c, key, e, m) : 0;
	}
	if (count >= DG_SAME_ID_MAX && oldest != DG_POOL_NONE) {
		int error = dg_edge_drop(c, oldest);

		if (error != 0)
			return error;
	}
	return begin_transaction(c, key, m, view, fate);
}

/* What a walk for a reply finds. */
struct found {
	struct dg_entry *open; /* the newest without a reply */
	uint32_t open_index;
	uint32_t open_count;
	struct dg_entry *transfer; /* of a zone, that this may continue */
	struct dg_entry *answered; /* the newest with one, still remembered */
	bool is_copy;              /* as a reply that was seen already, byte for byte */
	bool is_same_packet;       /* and it shows that it is the same packet */
	bool is_waiting;           /* its packet waits already, and came another way */
	uint32_t waiting;          /* replies that wait under the same flow and ID */
};

static bool
may_continue(const struct dg_entry *e, int64_t time_ns, const struct dg_correlate_config *f)
{
	return dg_entry_is_transfer(e) && time_ns <= e->last_reply_ns + f->hold_ns &&
	    time_ns >= e->first_ns - f->skew_ns;
}

static void
look_at(struct found *f, struct dg_entry *e, uint32_t index, const struct dg_reply_facts *reply,
    const struct dg_correlate_config *config)
{
	if (e->is_tcp) {
		if (may_continue(e, reply->time_ns, config))
			f->transfer = e;
		if (e->kind != DG_ENTRY_TRANSACTION)
			return;
	} else if (e->has_reply &&
	    dg_is_same_packet(e->reply_mark, e->last_reply_ns, reply->mark, reply->time_ns)) {
		f->is_copy = true;
		f->is_same_packet |= e->reply_path != reply->path || e->has_query_copy;
	}
	if (!dg_entry_is_known_at(e, reply->time_ns, config))
		return;
	if (!e->has_reply) {
		f->open_count++;
		if (f->open == NULL || dg_entry_is_later(e, f->open)) {
			f->open = e;
			f->open_index = index;
		}
	} else if (f->answered == NULL || dg_entry_is_later(e, f->answered)) {
		f->answered = e;
	}
}

/* A reply that waits. */
static void
look_at_stray(struct found *f, const struct dg_entry *e, const struct dg_key *key,
    const struct dg_reply_facts *reply)
{
	f->waiting++;
	f->is_waiting |= !e->is_tcp && is_same_question(e, key) &&
	    e->reply_path != reply->path &&
	    dg_is_same_packet(e->reply_mark, e->last_reply_ns, reply->mark, reply->time_ns);
}

/* Transactions that are not the reply's for sure, but for which it cannot be ruled out. */
static void
find_loosely(struct dg_correlate *c, const struct dg_key *key,
    const struct dg_reply_facts *reply, struct found *f)
{
	FOR_EACH_OF (c, key, i, e) {
		if (e->kind != DG_ENTRY_STRAY && (!key->has_question || e->is_question_cut))
			look_at(f, e, i, reply, &c->config);
	}
	if (f->open_count > 1)
		f->open = NULL;
}

/*
 * Transactions with the reply's question.  When there are none, or the reply has no
 * question, those for which it cannot be ruled out: then only a single one will do.
 */
static void
find_reply(struct dg_correlate *c, const struct dg_key *key, const struct dg_reply_facts *reply,
    struct found *f)
{
	memset(f, 0, sizeof *f);
	FOR_EACH_OF (c, key, i, e) {
		if (e->kind == DG_ENTRY_STRAY)
			look_at_stray(f, e, key, reply);
		else if (key->has_question && is_same_question(e, key))
			look_at(f, e, i, reply, &c->config);
	}
	if (f->open == NULL && f->answered == NULL && !f->is_copy && f->transfer == NULL)
		find_loosely(c, key, reply, f);
}

static void
keep_facts(struct dg_entry *e, const struct dg_reply_facts *reply)
{
	e->last_reply_ns = reply->time_ns;
	if (!e->is_tcp) {
		e->reply_mark = reply->mark;
		e->reply_path = reply->path;
	}
	e->reply_place = reply->place;
	e->rcode = reply->rcode;
	e->has_ede = reply->ede_code >= 0;
	e->ede_code = (uint16_t)(reply->ede_code & 0xffff);
	e->is_truncated = reply->is_truncated;
	e->is_nodata = reply->is_nodata;
}

static void
take_reply(struct dg_correlate *c, uint32_t index, const struct dg_reply_facts *reply)
{
	struct dg_entry *e = dg_table_at(&c->table, index);

	e->has_reply = true;
	e->is_late = reply->time_ns - e->first_ns > c->config.timeout_ns;
	e->reply_ns = reply->time_ns;
	keep_facts(e, reply);
	c->stats.messages.replies++;
	if (e->is_tcp)
		dg_connection_leave(c, e);
	else if (e->is_truncated && !e->is_late && e->has_question)
		dg_retry_expect(c, index);
}

static int
let_wait(struct dg_correlate *c, const struct dg_key *key, const struct dg_reply_facts *reply,
    enum dg_fate *fate)
{
	int error = 0;
	uint32_t index = dg_edge_add(c, key, DG_ENTRY_STRAY, DG_QUEUE_STRAY, &error);
	struct dg_entry *e;

	if (error != 0)
		return error;
	if (index == DG_POOL_NONE) {
		c->stats.messages.evicted++;
		return 0;
	}
	e = dg_table_at(&c->table, index);
	e->first_ns = reply->time_ns;
	keep_facts(e, reply);
	c->stats.messages.waiting++;
	*fate = DG_FATE_WAITING;
	return 0;
}

int
dg_match_reply(struct dg_correlate *c, const struct dg_key *key,
    const struct dg_reply_facts *reply, enum dg_fate *fate)
{
	struct dg_message_ledger *messages = &c->stats.messages;
	struct found f;

	find_reply(c, key, reply, &f);
	*fate = DG_FATE_NONE;
	if (f.open != NULL && !f.is_same_packet) {
		take_reply(c, f.open_index, reply);
		*fate = DG_FATE_REPLY;
	} else if (f.open_count > 1 && !f.is_same_packet) {
		c->stats.ambiguous_replies++;
		messages->orphan_replies++;
	} else if (f.is_copy) {
		messages->duplicate_frames++;
		*fate = DG_FATE_DUPLICATE_FRAME;
	} else if (f.transfer != NULL) {
		messages->continuations++;
		if (reply->time_ns > f.transfer->last_reply_ns)
			f.transfer->last_reply_ns = reply->time_ns;
		*fate = DG_FATE_CONTINUATION;
	} else if (f.answered != NULL) {
		messages->duplicate_replies++;
		f.answered->last_reply_ns = reply->time_ns;
		if (!f.answered->is_tcp) {
			f.answered->reply_mark = reply->mark;
			f.answered->reply_path = reply->path;
		}
		*fate = DG_FATE_DUPLICATE_REPLY;
	} else if (f.is_waiting) {
		messages->duplicate_frames++;
		*fate = DG_FATE_DUPLICATE_FRAME;
	} else if (f.waiting >= DG_SAME_ID_MAX) {
		messages->evicted++;
		c->stats.waiting_refused++;
	} else {
		return let_wait(c, key, reply, fate);
	}
	return 0;
}

void
dg_match_partial(
    struct dg_correlate *c, const struct dg_key *key, const struct dg_reply_facts *reply)
{
	struct found f;

	find_reply(c, key, reply, &f);
	if (f.open != NULL && !f.is_same_packet)
		f.open->is_partial = true;
}
