/*
 * connection.c - attempts to open a TCP connection, and what a connection does to its
 * transactions.
 *
 * A connection is an entry that is found by its flow.  It holds a list of its
 * transactions without a reply, the newest first, so that each end and each loss walks only
 * over those that no earlier one has looked at: what is behind the first that was
 * looked at, was looked at too.
 *
 * Of several connections of a flow the one with the largest serial is open now.
 */
#include "correlate/inner.h"

/* What a walk over the connections of a flow finds. */
struct found {
	struct dg_entry *current;
	uint32_t current_index;
	struct dg_entry *same; /* that was begun by this SYN, and remembers it */
	uint32_t oldest;
	uint32_t count;
};

static bool
is_younger(const struct dg_entry *a, const struct dg_entry *b)
{
	return (int32_t)(a->serial - b->serial) > 0;
}

static bool
is_syn_known_at(const struct dg_entry *e, uint32_t seq, int64_t time_ns,
    const struct dg_correlate_config *f)
{
	return e->has_seq && e->seq == seq && time_ns <= e->first_ns + f->hold_ns;
}

static struct found
find(struct dg_correlate *c, const struct dg_key *key, uint32_t seq, int64_t time_ns)
{
	struct found f = {.current_index = DG_POOL_NONE, .oldest = DG_POOL_NONE};

	FOR_EACH_OF (c, key, i, e) {
		f.count++;
		if (f.current == NULL || is_younger(e, f.current)) {
			f.current = e;
			f.current_index = i;
		}
		if (f.oldest == DG_POOL_NONE || is_younger(dg_table_at(&c->table, f.oldest), e))
			f.oldest = i;
		if (is_syn_known_at(e, seq, time_ns, &c->config) &&
		    (f.same == NULL || is_younger(e, f.same)))
			f.same = e;
	}
	return f;
}

static struct dg_entry *
find_current(struct dg_correlate *c, const struct dg_key *key)
{
	return find(c, key, 0, INT64_MAX).current;
}

struct dg_entry *
dg_connection_attempt(
    struct dg_correlate *c, const struct dg_key *key, uint32_t seq, int64_t time_ns)
{
	struct dg_entry *e = find(c, key, seq, time_ns).same;

	if (e == NULL || !e->is_attempt || e->has_stood ||
	    !dg_entry_is_open_at(e, time_ns, &c->config))
		return NULL;
	return e;
}

/* ---- the list of open transactions ---- */

static void
enter(struct dg_correlate *c, uint32_t connection, uint32_t index)
{
	struct dg_entry *head = dg_table_at(&c->table, connection);
	struct dg_entry *e = dg_table_at(&c->table, index);

	e->connection = connection;
	e->open_next = head->open_head;
	e->open_previous = DG_POOL_NONE;
	if (head->open_head != DG_POOL_NONE)
		dg_table_at(&c->table, head->open_head)->open_previous = index;
	head->open_head = index;
}

void
dg_connection_leave(struct dg_correlate *c, struct dg_entry *e)
{
	if (e->connection == DG_POOL_NONE)
		return;
	if (e->open_previous != DG_POOL_NONE)
		dg_table_at(&c->table, e->open_previous)->open_next = e->open_next;
	else
		dg_table_at(&c->table, e->connection)->open_head = e->open_next;
	if (e->open_next != DG_POOL_NONE)
		dg_table_at(&c->table, e->open_next)->open_previous = e->open_previous;
	e->connection = DG_POOL_NONE;
}

void
dg_connection_dissolve(struct dg_correlate *c, struct dg_entry *connection, bool is_evicted)
{
	for (uint32_t i = connection->open_head; i != DG_POOL_NONE;) {
		struct dg_entry *e = dg_table_at(&c->table, i);

		i = e->open_next;
		e->connection = DG_POOL_NONE;
		e->is_cut_off = is_evicted && e->ended == DG_ENTRY_END_NONE;
	}
	connection->open_head = DG_POOL_NONE;
}

/* A connection of this key begins; DG_POOL_NONE as with dg_edge_add. */
static uint32_t
begin(struct dg_correlate *c, const struct dg_key *key, const struct found *f, int64_t time_ns,
    int *error)
{
	uint32_t index;
	struct dg_entry *e;

	if (f->count >= DG_SAME_ID_MAX) {
		*error = dg_edge_drop(c, f->oldest);
		if (*error != 0)
			return DG_POOL_NONE;
	}
	index = dg_edge_add(c, key, DG_ENTRY_CONNECTION, DG_QUEUE_YOUNG, error);
	if (index == DG_POOL_NONE)
		return DG_POOL_NONE;
	e = dg_table_at(&c->table, index);
	e->first_ns = e->last_query_ns = time_ns;
	e->open_head = DG_POOL_NONE;
	e->serial = ++c->last_serial;
	return index;
}

int
dg_connection_join(struct dg_correlate *c, const struct dg_key *key, uint32_t index)
{
	struct dg_key flow = dg_key_of_connection(key);
	struct dg_place place = dg_table_at(&c->table, index)->query_place;
	int64_t time_ns = dg_table_at(&c->table, index)->first_ns;
	struct found f = find(c, &flow, 0, INT64_MAX);
	struct dg_entry *e;
	uint32_t connection = f.current_index;
	int error = 0;

	if (connection == DG_POOL_NONE)
		connection = begin(c, &flow, &f, time_ns, &error);
	e = dg_table_at(&c->table, index);
	if (error != 0 || e->kind != DG_ENTRY_TRANSACTION || !dg_entry_is_of(e, key) ||
	    e->query_place.frame != place.frame)
		return error;
	if (connection != DG_POOL_NONE) {
		dg_table_at(&c->table, connection)->has_stood |= f.current == NULL;
		enter(c, connection, index);
	} else {
		e->is_cut_off = true;
	}
	return 0;
}

void
dg_connection_take_along(struct dg_correlate *c, uint32_t index)
{
	struct dg_entry *e = dg_table_at(&c->table, index);
	struct dg_key key = {.flow = e->flow, .flow_hash = e->flow_hash};
	uint32_t current;

	if (e->connection == DG_POOL_NONE)
		return;
	key = dg_key_of_connection(&key);
	current = find(c, &key, 0, INT64_MAX).current_index;
	if (current == e->connection || current == DG_POOL_NONE)
		return;
	dg_connection_leave(c, e);
	e->is_loss_seen = e->is_end_seen = false;
	enter(c, current, index);
}

/* ---- turns ---- */

static void
count_syn(struct dg_correlate *c, struct dg_entry *e, const struct dg_connection_turn *turn)
{
	if (dg_is_same_packet(
		e->query_mark, e->last_query_ns, turn->packet_mark, turn->time_ns))
		c->stats.syn_duplicate_frames++;
	else
		e->resends += e->is_attempt;
	e->query_mark = turn->packet_mark;
	e->last_query_ns = turn->time_ns;
	if (turn->time_ns < e->first_ns) {
		e->first_ns = turn->time_ns;
		e->query_place = turn->place;
	}
}

static int
on_syn(struct dg_correlate *c, const struct dg_connection_turn *turn)
{
	struct found f = find(c, &turn->key, turn->seq, turn->time_ns);
	struct dg_entry *e;
	uint32_t index;
	int error = 0;

	if (f.same != NULL && f.same->is_attempt) {
		count_syn(c, f.same, turn);
		if (f.same != f.current)
			f.same->serial = ++c->last_serial;
		return 0;
	}
	/* That connection stood: this is another one, but no attempt, and begins once. */
	if (f.same != NULL && f.same != f.current && !f.current->has_stood &&
	    !f.current->is_attempt)
		return 0;
	index = begin(c, &turn->key, &f, turn->time_ns, &error);
	if (f.same != NULL)
		return error;
	if (index == DG_POOL_NONE) {
		c->stats.evicted_transactions += error == 0;
		return error;
	}
	e = dg_table_at(&c->table, index);
	e->seq = turn->seq;
	e->query_mark = turn->packet_mark;
	e->query_place = turn->place;
	e->has_seq = e->is_attempt = true;
	c->tcp_count++;
	c->open_count++;
	return 0;
}

/* One that stands after another that stood is another connection, whose SYN was not seen. */
static int
on_stands(struct dg_correlate *c, const struct dg_connection_turn *turn)
{
	struct found f = find(c, &turn->key, 0, INT64_MAX);
	struct dg_entry *e = f.current;
	int error = 0;

	if (e == NULL)
		return 0;
	if (e->has_stood) {
		uint32_t index = begin(c, &turn->key, &f, turn->time_ns, &error);

		if (index != DG_POOL_NONE)
			dg_table_at(&c->table, index)->has_stood = true;
		return error;
	}
	e->has_stood = true;
	if (e->is_attempt && turn->time_ns <= e->first_ns + c->config.timeout_ns) {
		e->is_attempt = false;
		c->tcp_count--;
		c->open_count--;
		c->stats.attempts_made++;
	}
	return 0;
}

static void
on_refused(struct dg_correlate *c, const struct dg_connection_turn *turn)
{
	struct dg_entry *e = find(c, &turn->key, turn->seq, turn->time_ns).same;

	if (e == NULL || !e->is_attempt || e->has_stood || e->is_refused)
		return;
	e->is_refused = true;
	e->reply_place = turn->place;
}

static void
on_end(struct dg_correlate *c, const struct dg_connection_turn *turn)
{
	struct dg_entry *connection = find_current(c, &turn->key);
	enum dg_entry_end end = DG_ENTRY_END_CLOSED;

	if (connection == NULL)
		return;
	if (turn->turn == DG_TURN_RESET)
		end = turn->is_by_client ? DG_ENTRY_END_RESET_BY_CLIENT
					 : DG_ENTRY_END_RESET_BY_SERVER;
	for (uint32_t i = connection->open_head; i != DG_POOL_NONE;) {
		struct dg_entry *e = dg_table_at(&c->table, i);

		if (e->is_end_seen)
			break;
		e->is_end_seen = true;
		if (e->ended == DG_ENTRY_END_NONE &&
		    turn->time_ns <= e->first_ns + c->config.timeout_ns) {
			e->ended = (unsigned char)(end & 3);
			e->ended_ns = turn->time_ns;
			e->end_place = turn->place;
		}
		i = e->open_next;
	}
}

static void
on_lost(struct dg_correlate *c, const struct dg_connection_turn *turn)
{
	struct dg_entry *connection = find_current(c, &turn->key);

	if (connection == NULL)
		return;
	for (uint32_t i = connection->open_head; i != DG_POOL_NONE;) {
		struct dg_entry *e = dg_table_at(&c->table, i);

		if (e->is_loss_seen)
			break;
		e->is_loss_seen = true;
		e->is_lost |= e->ended == DG_ENTRY_END_NONE &&
		    turn->time_ns <= e->first_ns + c->config.hold_ns;
		i = e->open_next;
	}
}

int
dg_correlate_turn(struct dg_correlate *c, const struct dg_connection_turn *turn)
{
	switch (turn->turn) {
	case DG_TURN_SYN:
		return on_syn(c, turn);
	case DG_TURN_STANDS:
		return on_stands(c, turn);
	case DG_TURN_REFUSED:
		on_refused(c, turn);
		break;
	case DG_TURN_RESET:
	case DG_TURN_CLOSED:
		on_end(c, turn);
		break;
	case DG_TURN_LOST:
		on_lost(c, turn);
		break;
	}
	return 0;
}
