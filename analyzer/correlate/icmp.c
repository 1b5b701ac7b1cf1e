/*
 * icmp.c - which transaction an ICMP error speaks of.
 *
 * A quote without an ID knows only the flow, and so does one of TCP that is about no attempt:
 * of a flow the DG_FLOW_LOOKS_MAX transactions that were recorded last are looked at.
 */
#include "base/limits.h"
#include "correlate/inner.h"

struct found {
	struct dg_entry *entry;
	uint32_t count;
	bool is_counted_only; /* it cannot change the outcome */
};

static bool
is_of_flow(const struct dg_entry *e, const struct dg_key *key)
{
	return e->flow_hash == key->flow_hash && dg_flow_is_same(&e->flow, &key->flow);
}

static void
take_later(struct found *f, struct dg_entry *e)
{
	f->count++;
	if (f->entry == NULL || dg_entry_is_later(e, f->entry))
		f->entry = e;
}

static void
look_at(struct found *f, struct dg_entry *e, const struct dg_key *key, int64_t time_ns,
    const struct dg_correlate_config *config)
{
	if (e->kind != DG_ENTRY_TRANSACTION || !dg_entry_is_known_at(e, time_ns, config))
		return;
	if (key->question_hash != DG_QUESTION_CUT && !e->is_question_cut &&
	    e->question_hash != key->question_hash)
		return;
	take_later(f, e);
}

/*
 * Walks the entries of a flow, the one that was recorded last first; `looks` counts how many
 * of them there were.
 */
#define FOR_EACH_OF_FLOW(t, key, looks, e)                                                     \
	for (uint32_t e##_at = dg_flows_first(&(t)->flows, (key)->flow_hash);                  \
	     e##_at != DG_POOL_NONE && (looks) < DG_FLOW_LOOKS_MAX;                            \
	     e##_at = dg_flows_next(&(t)->flows, e##_at))                                      \
		for (struct dg_entry *e = dg_table_at(t, e##_at);                              \
		     e != NULL && is_of_flow(e, key) && ++(looks) > 0; e = NULL)

/* UDP. */
static struct found
find(struct dg_correlate *c, const struct dg_key *key, int64_t time_ns)
{
	struct found f = {0};
	uint32_t looks = 0;

	if (key->has_id) {
		FOR_EACH_OF (c, key, i, e)
			look_at(&f, e, key, time_ns, &c->config);
		return f;
	}
	FOR_EACH_OF_FLOW(&c->table, key, looks, e)
	look_at(&f, e, key, time_ns, &c->config);
	c->stats.icmp_cut_short += looks == DG_FLOW_LOOKS_MAX;
	return f;
}

/* What belongs to a packet over TCP: its attempt, else what waits, else only the latest. */
static struct found
find_tcp(struct dg_correlate *c, const struct dg_icmp_error *error, bool is_query)
{
	const struct dg_key *key = is_query ? &error->as_query : &error->as_reply;
	struct found open = {0}, latest = {.is_counted_only = true};
	uint32_t looks = 0;

	if (is_query && error->has_seq)
		open.entry = dg_connection_attempt(c, key, error->seq, error->time_ns);
	open.count = open.entry != NULL;
	if (open.entry != NULL || c->tcp_count == 0)
		return open;
	FOR_EACH_OF_FLOW(&c->table, key, looks, e)
	{
		if ((!dg_entry_is_transaction(e) && e->kind != DG_ENTRY_TRANSFER) ||
		    !dg_entry_is_known_at(e, error->time_ns, &c->config))
			continue;
		if (is_query && e->kind == DG_ENTRY_TRANSACTION && !e->has_reply)
			take_later(&open, e);
		take_later(&latest, e);
	}
	c->stats.icmp_cut_short += looks == DG_FLOW_LOOKS_MAX;
	latest.count = latest.count > 0;
	return open.entry != NULL ? open : latest;
}

static struct found
find_either(struct dg_correlate *c, const struct dg_icmp_error *error, bool is_query)
{
	const struct dg_key *key = is_query ? &error->as_query : &error->as_reply;

	if (is_query ? !error->may_be_query : !error->may_be_reply)
		return (struct found){0};
	if (key->flow.transport == DG_TRANSPORT_TCP)
		return find_tcp(c, error, is_query);
	return find(c, key, error->time_ns);
}

/* Whether an error is a second sighting; remembers it if not. */
static bool
is_recent(struct dg_correlate *c, const struct dg_icmp_error *error, uint64_t flow_hash)
{
	for (uint32_t i = 0; i < DG_ICMP_RECENT; i++) {
		const struct dg_recent_icmp *r = &c->recent[i];

		if (r->flow_hash == flow_hash &&
		    dg_is_same_packet(r->mark, r->time_ns, error->packet_mark, error->time_ns))
			return true;
	}
	c->recent[c->recent_next++ % DG_ICMP_RECENT] = (struct dg_recent_icmp){
	    .mark = error->packet_mark, .flow_hash = flow_hash, .time_ns = error->time_ns};
	return false;
}

/* Whether it is the transaction's first error of this kind from this sender. */
static bool
note_row(struct dg_entry *e, const struct dg_icmp_error *error, enum dg_icmp_about about)
{
	uint32_t row = 2166136261u; /* FNV-1a: no more than a label inside one transaction */

	for (size_t i = 0; i < sizeof error->sender.bytes; i++)
		row = (row ^ error->sender.bytes[i]) * 16777619u;
	row = (row ^ error->type) * 16777619u;
	row = (row ^ error->code) * 16777619u;
	row = (row ^ (uint32_t)about) * 16777619u;
	row |= row == 0;
	for (int i = 0; i < DG_ENTRY_ICMP_ROWS; i++) {
		if (e->icmp_rows[i] == row)
			return false;
		if (e->icmp_rows[i] == 0) {
			e->icmp_rows[i] = row;
			break;
		}
	}
	return true;
}

/* Keeps the first error; one that decides the outcome is kept rather than one that does not. */
static void
note_error(struct dg_entry *e, const struct dg_icmp_error *error, bool is_deciding)
{
	e->icmp_mark = error->packet_mark;
	e->icmp_ns = error->time_ns;
	if (dg_place_is_none(e->icmp_place) || (is_deciding && !e->has_icmp)) {
		e->icmp_place = error->place;
		e->icmp_type = error->type;
		e->icmp_code = error->code;
	}
	e->has_icmp |= is_deciding;
}

/* TCP sends smaller segments by itself when one was too big. */
static bool
is_deciding(const struct found *f, const struct dg_icmp_error *error, enum dg_icmp_about about)
{
	if (about != DG_ABOUT_QUERY || f->is_counted_only)
		return false;
	return !f->entry->is_tcp ||
	    dg_icmp_kind_of(error->family, error->type, error->code) != DG_ICMP_TOO_BIG;
}

static int
take_error(struct dg_correlate *c, const struct dg_icmp_error *error)
{
	struct found as_query = find_either(c, error, true);
	struct found as_reply = find_either(c, error, false);
	struct found *best = &as_query;
	struct dg_icmp_event event = {
	    .sender = error->sender,
	    .type = error->type,
	    .code = error->code,
	    .time_ns = error->time_ns,
	};
	const struct dg_key *key;
	bool is_again;

	if (!error->may_be_query ||
	    (as_reply.entry != NULL &&
		(as_query.entry == NULL || dg_entry_is_later(as_reply.entry, as_query.entry))))
		best = &as_reply;
	event.about = best == &as_query ? DG_ABOUT_QUERY : DG_ABOUT_REPLY;
	key = best == &as_query ? &error->as_query : &error->as_reply;
	event.flow = key->flow;
	/* A flood pushes an error out of the recent ones, but not out of its transaction. */
	is_again = is_recent(c, error, key->flow_hash) ||
	    (best->entry != NULL &&
		dg_is_same_packet(best->entry->icmp_mark, best->entry->icmp_ns,
		    error->packet_mark, error->time_ns));
	if (is_again) {
		c->stats.icmp_duplicate_frames++;
		return 0;
	}
	if (best->entry == NULL) {
		c->stats.icmp_unmatched++;
		return c->sink.icmp(c->sink.context, &event);
	}
	note_error(best->entry, error, is_deciding(best, error, event.about));
	c->stats.icmp_matched++;
	c->stats.icmp_ambiguous += as_query.count + as_reply.count > 1;
	event.is_matched = true;
	event.is_first = note_row(best->entry, error, event.about);
	return c->sink.icmp(c->sink.context, &event);
}

/* Whether all that the quote says is the flow. */
static bool
is_flow_alone(const struct dg_key *key)
{
	return key->flow.transport == DG_TRANSPORT_TCP || !key->has_id;
}

int
dg_correlate_icmp(struct dg_correlate *c, const struct dg_icmp_error *error)
{
	int status = 0;

	if (is_flow_alone(error->may_be_query ? &error->as_query : &error->as_reply))
		status = dg_table_index_flows(&c->table);
	return status != 0 ? status : take_error(c, error);
}
