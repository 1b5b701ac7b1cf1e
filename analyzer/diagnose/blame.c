/*
 * blame.c - verdicts of both transports, what was seen of each port, and the set to name.
 */
#include "diagnose/blame.h"

#include <stdlib.h>

#include "dnsgap/error.h"

bool
dg_blame_has_time(const struct dg_blame *b, const struct dg_trial *t)
{
	bool is_tcp = t->transport == DG_TRANSPORT_TCP;
	const struct dg_port_verdict *v = b->parts[is_tcp ? DG_SIDE_TCP : DG_SIDE_UDP];

	if (v == NULL)
		return false;
	return !v->has_window || (t->time_ns > v->after_ns && t->time_ns < v->before_ns);
}

bool
dg_blame_has(const struct dg_blame *b, const struct dg_trial *t)
{
	return dg_blame_has_time(b, t) && dg_subject_has(&b->subject, t->server, t->client);
}

static void
mark_ports(struct dg_blame *b, const struct dg_port_verdict *v)
{
	for (size_t i = 0; i < b->summary->trial_count; i++) {
		const struct dg_trial *t = &b->summary->trials[i];

		if (dg_blame_has(b, t))
			b->flags[t->port] |= t->reached > 0 ? DG_PORT_ALIVE : DG_PORT_DEAD;
	}
	for (unsigned i = 0; i < v->exception_count; i++)
		b->flags[v->exceptions[i]] |= DG_PORT_KEPT;
}

/* Makes room in the order of ports; NULL when there is none. */
static struct dg_blame_range *
insert_range(struct dg_blame *b, uint16_t first)
{
	unsigned at = b->range_count;

	if (at == DG_BLAME_RANGES_MAX)
		return NULL;
	for (; at > 0 && b->ranges[at - 1].seen.first > first; at--)
		b->ranges[at] = b->ranges[at - 1];
	b->range_count++;
	return &b->ranges[at];
}

static void
take_ranges(struct dg_blame *b, const struct dg_port_verdict *v)
{
	for (unsigned i = 0; i < v->range_count; i++) {
		struct dg_blame_range *r = insert_range(b, v->ranges[i].first);

		if (r == NULL)
			continue;
		*r = (struct dg_blame_range){
		    .seen = v->ranges[i],
		    .named = v->ranges[i],
		    .first_least = v->firsts[i].least,
		    .last_most = v->lasts[i].most,
		    .first_probability = v->firsts[i].probability,
		    .last_probability = v->lasts[i].probability,
		};
	}
}

int
dg_blame_make(const struct dg_summary *s, const struct dg_port_verdict *v,
    enum dg_side_name side, const uint32_t *server_prefixes, const uint32_t *client_prefixes,
    struct dg_blame *out)
{
	uint8_t transport = side == DG_SIDE_TCP ? DG_TRANSPORT_TCP : DG_TRANSPORT_UDP;
	struct dg_blame b = {.summary = s, .shape = v->shape};

	b.parts[side] = v;
	b.flags = calloc(DG_PORTS_ALL, sizeof *b.flags);
	if (b.flags == NULL ||
	    dg_subject_make(s, v, transport, server_prefixes, client_prefixes, &b.subject) !=
		0) {
		dg_blame_fini(&b);
		return DNSGAP_ENOMEM;
	}
	take_ranges(&b, v);
	mark_ports(&b, v);
	*out = b;
	return 0;
}

void
dg_blame_fini(struct dg_blame *b)
{
	dg_subject_fini(&b->subject);
	free(b->flags);
	*b = (struct dg_blame){0};
}

static struct dg_port_range
hull_of(struct dg_port_range a, struct dg_port_range b)
{
	return (struct dg_port_range){
	    .first = a.first < b.first ? a.first : b.first,
	    .last = a.last > b.last ? a.last : b.last,
	};
}

/* Whether no port of the range was answered over either, but for what either leaves out. */
static bool
is_unanswered(const struct dg_blame *a, const struct dg_blame *b, struct dg_port_range range)
{
	for (uint32_t port = range.first; port <= range.last; port++) {
		unsigned flags = a->flags[port] | b->flags[port];

		if ((flags & DG_PORT_ALIVE) && !(flags & DG_PORT_KEPT))
			return false;
	}
	return true;
}

static bool
may_join(const struct dg_blame *a, const struct dg_blame *b)
{
	bool has_window = dg_blame_verdict(a)->has_window || dg_blame_verdict(b)->has_window;

	if (has_window || dg_blame_is_hash(a) || dg_blame_is_hash(b) ||
	    a->shape == DG_SHAPE_SOFT || b->shape == DG_SHAPE_SOFT ||
	    a->range_count != b->range_count ||
	    !dg_subject_is_same(a->summary, &a->subject, &b->subject))
		return false;
	for (unsigned i = 0; i < a->range_count; i++) {
		struct dg_port_range x = a->ranges[i].seen, y = b->ranges[i].seen;

		if (x.last < y.first || y.last < x.first || !is_unanswered(a, b, hull_of(x, y)))
			return false;
	}
	return true;
}

bool
dg_blame_join(struct dg_blame *into, struct dg_blame *from)
{
	if (!may_join(into, from))
		return false;
	for (unsigned i = 0; i < into->range_count; i++) {
		struct dg_blame_range *r = &into->ranges[i];
		const struct dg_blame_range *x = &from->ranges[i];
		struct dg_port_range both = hull_of(r->seen, x->seen);

		/* An end's probability is that of the one who saw farther. */
		if (both.first != r->seen.first)
			r->first_probability = x->first_probability;
		if (both.last != r->seen.last)
			r->last_probability = x->last_probability;
		r->seen = r->named = both;
	}
	for (int side = 0; side < DG_SIDE_COUNT; side++) {
		if (from->parts[side] != NULL)
			into->parts[side] = from->parts[side];
	}
	for (uint32_t port = 0; port < DG_PORTS_ALL; port++)
		into->flags[port] |= from->flags[port];
	dg_blame_fini(from);
	return true;
}

static bool
is_blamed(const struct dg_blame *b, uint16_t port)
{
	unsigned flags = b->flags[port];
	bool is_seen_dead = (flags & (DG_PORT_DEAD | DG_PORT_ALIVE)) == DG_PORT_DEAD;

	if (dg_blame_is_hash(b))
		return is_seen_dead && dg_verdict_has_port(dg_blame_verdict(b), port);
	if (!(flags & DG_PORT_HULL) || (flags & (DG_PORT_ALIVE | DG_PORT_KEPT)))
		return false;
	return b->shape != DG_SHAPE_SOFT || is_seen_dead;
}

/*
 * Silent ports of a hash lie among answered ones.  Where none lies between them, as after few
 * tries, a range is all that was seen.
 */
static void
take_hull(struct dg_blame *b)
{
	int32_t first = -1, last = -1, answered;
	struct dg_blame_range *r;

	for (int32_t port = 0; port < DG_PORTS_ALL; port++) {
		if (!is_blamed(b, (uint16_t)port))
			continue;
		first = first < 0 ? port : first;
		last = port;
	}
	if (first < 0)
		return;
	answered = dg_answered_above(b->flags, (uint16_t)first);
	r = answered < 0 || answered > last ? insert_range(b, (uint16_t)first) : NULL;
	if (r == NULL)
		return;
	b->shape = DG_SHAPE_HARD;
	*r = (struct dg_blame_range){.seen = {(uint16_t)first, (uint16_t)last}};
	r->named = r->seen;
}

static bool
is_nameable(const struct dg_blame *b, const struct dg_blame_range *r)
{
	bool is_list = b->shape == DG_SHAPE_LIST || b->shape == DG_SHAPE_SINGLE;

	return !is_list && r->seen.first != r->seen.last;
}

void
dg_blame_settle(struct dg_blame *b)
{
	if (dg_blame_is_hash(b))
		take_hull(b);
	for (unsigned i = 0; i < b->range_count; i++) {
		struct dg_blame_range *r = &b->ranges[i];

		if (b->shape == DG_SHAPE_SOFT)
			r->named = dg_range_name_within(
			    b->flags, r->seen, r->first_least, r->last_most);
		else if (is_nameable(b, r))
			r->named = dg_range_name(b->flags, r->seen);
		for (uint32_t port = r->named.first; port <= r->named.last; port++)
			b->flags[port] |= DG_PORT_HULL;
	}
	for (uint32_t port = 0; port < DG_PORTS_ALL; port++) {
		if (is_blamed(b, (uint16_t)port))
			b->flags[port] |= DG_PORT_SET;
	}
}
