/*
 * icmp.c - which transaction an ICMP error speaks of.
 *
 * Weak spot: a quote without an ID costs a walk along a region of the table
 * (DG_REGION_CHAINS heads, 64 KiB), not a single look.
 */
#include "correlate/inner.h"

struct found {
	struct dg_entry *entry;
	uint32_t count;
};

static bool
is_of_flow(const struct dg_entry *e, const struct dg_key *key)
{
	return e->flow_hash == key->flow_hash && dg_flow_is_same(&e->flow, &key->flow);
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
	f->count++;
	if (f->entry == NULL || dg_entry_is_later(e, f->entry))
		f->entry = e;
}

static struct found
find(struct dg_correlate *c, const struct dg_key *key, int64_t time_ns)
{
	struct dg_table *t = &c->table;
	uint32_t first = dg_table_slot(t, key->flow_hash, 0), chains = DG_REGION_CHAINS;
	struct found f = {0};

	if (key->has_id) {
		first = dg_table_slot(t, key->flow_hash, key->id_hash);
		chains = 1;
	}
	for (uint32_t chain = first; chain < first + chains; chain++) {
		for (uint32_t i = t->chains[chain]; i != DG_POOL_NONE;) {
			struct dg_entry *e = dg_table_at(t, i);

			if (key->has_id ? dg_entry_is_of(e, key) : is_of_flow(e, key))
				look_at(&f, e, key, time_ns, &c->config);
			i = e->next;
		}
	}
	return f;
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
	for (uint8_t i = 0; i < e->icmp_row_count; i++) {
		if (e->icmp_rows[i] == row)
			return false;
	}
	if (e->icmp_row_count < DG_ENTRY_ICMP_ROWS)
		e->icmp_rows[e->icmp_row_count++] = row;
	return true;
}

int
dg_correlate_icmp(struct dg_correlate *c, const struct dg_icmp_error *error)
{
	struct found as_query = {0}, as_reply = {0};
	struct found *best = &as_query;
	struct dg_icmp_event event = {
	    .sender = error->sender,
	    .type = error->type,
	    .code = error->code,
	    .time_ns = error->time_ns,
	};
	const struct dg_key *key;
	bool is_again;

	if (error->may_be_query)
		as_query = find(c, &error->as_query, error->time_ns);
	if (error->may_be_reply)
		as_reply = find(c, &error->as_reply, error->time_ns);
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
	best->entry->icmp_mark = error->packet_mark;
	best->entry->icmp_ns = error->time_ns;
	if (event.about == DG_ABOUT_QUERY)
		best->entry->has_icmp = true;
	c->stats.icmp_matched++;
	c->stats.icmp_ambiguous += as_query.count + as_reply.count > 1;
	event.is_matched = true;
	event.is_first = note_row(best->entry, error, event.about);
	return c->sink.icmp(c->sink.context, &event);
}
