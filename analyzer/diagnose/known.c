/*
 * known.c - reasons that are on record for silence at certain ports.
 *
 * Only a set that nobody else would choose is taken for a habit and lowers a finding to a
 * note: four ports of BIND's, or port 0.  Everything below 1024 is Knot Resolver's habit, too,
 * but first of all that of filters which people set up in haste: that stays a fault, and the
 * habit a rival.  So do lists of amplifiers, which operators drop without regard to the
 * resolvers that use these ports by chance.
 */
#include "diagnose/known.h"

#include <stdlib.h>

#include "diagnose/natural.h"
#include "dnsgap/error.h"

enum fit {
	FIT_WITHIN,    /* the set lies in the reason's ports, of which others were not answered,
			  but for those that stay open where a range is shut */
	FIT_EXACT,     /* so it does, and none of them was answered */
	FIT_AMPLIFIER, /* the set is of amplifiers */
	FIT_EDGE,      /* the set holds the port `inside`, and not its neighbour `outside` */
};

#define KNOWN_RANGES_MAX 4

struct reason {
	enum fit fit;
	bool is_of_server; /* not what a client or its network does */
	bool is_habit;
	bool is_udp_only;
	unsigned seen_min; /* ports of the set that were seen dead */
	unsigned range_count;
	struct dg_port_range ranges[KNOWN_RANGES_MAX];
	uint16_t inside;
	uint16_t outside;
	const char *words;
};

static const struct reason reasons[] = {
    {
	.fit = FIT_EXACT,
	.is_of_server = true,
	.is_habit = true,
	.seen_min = 2,
	.range_count = 4,
	.ranges = {{7, 7}, {13, 13}, {19, 19}, {37, 37}},
	.words = "BIND drops queries from ports 7, 13, 19 and 37 by its own choice, and over "
		 "TCP resets the connection",
    },
    {
	.fit = FIT_EXACT,
	.is_of_server = true,
	.is_habit = true,
	.is_udp_only = true,
	.seen_min = 1,
	.range_count = 1,
	.ranges = {{0, 0}},
	.words = "dnsmasq and PowerDNS drop queries from port 0 by their own choice, and "
		 "port 0 is reserved: hardly any client uses it",
    },
    {
	.fit = FIT_WITHIN,
	.is_of_server = true,
	.is_udp_only = true,
	.seen_min = 2,
	.range_count = 1,
	.ranges = {{0, 1023}},
	.words = "A server that ignores low ports by its own choice: Knot Resolver does so "
		 "below 1024 since version 6.0.7, port 53 included",
    },
    {
	.fit = FIT_WITHIN,
	.seen_min = 1,
	.range_count = 1,
	.ranges = {{4791, 4791}},
	.words = "Port 4791 is that of RoCE v2: some network cards take such packets for "
		 "themselves, at either end",
    },
    {
	.fit = FIT_AMPLIFIER,
	.seen_min = 1,
	.words = "A list of ports that are known from amplification attacks: operators drop "
		 "UDP by source port, and with it the queries of clients that draw such a "
		 "port by chance",
    },
    {
	.fit = FIT_EDGE,
	.seen_min = 2,
	.inside = 32767,
	.outside = 32768,
	.words = "A rule that knows clients from 32768 up only, which is where Linux takes "
		 "its ports, drops the others",
    },
    {
	.fit = FIT_EDGE,
	.seen_min = 2,
	.inside = 49151,
	.outside = 49152,
	.words = "A rule that knows clients from 49152 up only, the dynamic ports of IANA, "
		 "drops the others",
    },
    {
	.fit = FIT_EDGE,
	.seen_min = 2,
	.inside = 32768,
	.outside = 32767,
	.words = "A program on the way that keeps ports in 16 bits with a sign loses those "
		 "from 32768 up",
    },
};

static bool
has_port(const struct reason *r, uint16_t port)
{
	if (r->fit == FIT_AMPLIFIER)
		return dg_is_amplifier(port);
	for (unsigned i = 0; i < r->range_count; i++) {
		if (port >= r->ranges[i].first && port <= r->ranges[i].last)
			return true;
	}
	return false;
}

/* Whether the reason would have made an answered port silent. */
static bool
is_refuted(const struct reason *r, uint16_t port)
{
	return r->fit == FIT_EXACT || (r->fit == FIT_WITHIN && !dg_is_kept_open(port));
}

/* Port 0 alone has a reason of its own. */
static bool
fits_ports(const struct reason *r, const struct dg_blame *b)
{
	unsigned seen = 0;
	bool is_beyond_0 = false;

	for (uint32_t port = 0; port < DG_PORTS_ALL; port++) {
		unsigned flags = b->flags[port];
		bool is_known = r->fit == FIT_EDGE || has_port(r, (uint16_t)port);

		if ((flags & DG_PORT_SET) && !is_known)
			return false;
		if (is_known && (flags & DG_PORT_ALIVE) && is_refuted(r, (uint16_t)port))
			return false;
		seen += (flags & DG_PORT_SET) && (flags & DG_PORT_DEAD);
		is_beyond_0 |= (flags & DG_PORT_SET) && port > 0;
	}
	if (r->fit == FIT_EDGE &&
	    (!(b->flags[r->inside] & DG_PORT_SET) || (b->flags[r->outside] & DG_PORT_SET)))
		return false;
	return seen >= r->seen_min && (is_beyond_0 || r->fit == FIT_EXACT);
}

/* Whether other clients get answers from the same servers at these ports. */
static bool
is_client_alone(const struct dg_blame *b)
{
	for (int side = 0; side < DG_SIDE_COUNT; side++) {
		if (b->parts[side] != NULL && b->parts[side]->other_clients == DG_OTHERS_ALIVE)
			return true;
	}
	return b->subject.scope == DG_SCOPE_CLIENT;
}

/* Servers of two networks that are silent alike have no habit in common. */
static bool
is_everywhere(const struct dg_blame *b)
{
	for (int side = 0; side < DG_SIDE_COUNT; side++) {
		if (b->parts[side] != NULL && b->parts[side]->dead_prefixes > 1)
			return b->subject.scope == DG_SCOPE_ALL;
	}
	return false;
}

static bool
fits_subject(const struct reason *r, const struct dg_blame *b)
{
	if (dg_blame_is_hash(b) || b->shape == DG_SHAPE_SOFT)
		return false;
	if (r->is_udp_only && b->parts[DG_SIDE_TCP] != NULL)
		return false;
	return !r->is_of_server || !(is_client_alone(b) || is_everywhere(b));
}

/* Whether a verdict blames ports of the habit only, and enough of them. */
static bool
is_begun(const struct reason *r, const struct dg_port_verdict *v)
{
	if (!r->is_habit || v->range_count < r->seen_min || v->has_window)
		return false;
	for (unsigned i = 0; i < v->range_count; i++) {
		for (uint32_t port = v->ranges[i].first; port <= v->ranges[i].last; port++) {
			if (!has_port(r, (uint16_t)port))
				return false;
		}
	}
	return true;
}

/* Whether a verdict blames a range whose ends are ports of the habit. */
static bool
is_around(const struct reason *r, const struct dg_port_verdict *v)
{
	return r->is_habit && v->shape == DG_SHAPE_HARD && v->range_count == 1 &&
	    !v->has_window && has_port(r, v->ranges[0].first) && has_port(r, v->ranges[0].last);
}

/* Whether of all ports that were seen dead in the set, each is of the habit. */
static bool
is_only(const struct reason *r, const struct dg_blame *b)
{
	for (uint32_t port = 0; port < DG_PORTS_ALL; port++) {
		bool is_dead =
		    (b->flags[port] & DG_PORT_SET) && (b->flags[port] & DG_PORT_DEAD);

		if (is_dead && !has_port(r, (uint16_t)port))
			return false;
	}
	return true;
}

static bool
is_answered(const struct reason *r, const struct dg_blame *b)
{
	for (unsigned i = 0; i < r->range_count; i++) {
		if (b->flags[r->ranges[i].first] & DG_PORT_ALIVE)
			return true;
	}
	return false;
}

/* In the order of ports. */
static void
add_range(struct dg_port_verdict *v, struct dg_port_range range)
{
	struct dg_range_end end = {.least = range.first, .most = range.first};
	unsigned at = v->range_count;

	if (at == DG_VERDICT_RANGES_MAX || dg_verdict_has_port(v, range.first))
		return;
	for (; at > 0 && v->ranges[at - 1].first > range.first; at--) {
		v->ranges[at] = v->ranges[at - 1];
		v->firsts[at] = v->firsts[at - 1];
		v->lasts[at] = v->lasts[at - 1];
	}
	v->ranges[at] = range;
	v->firsts[at] = v->lasts[at] = end;
	v->range_count++;
}

/* Habits are of single ports. */
static void
complete(const struct reason *r, const struct dg_blame *b, struct dg_port_verdict *v)
{
	if (!fits_subject(r, b) || is_answered(r, b) || !is_only(r, b))
		return;
	if (is_around(r, v)) {
		v->shape = DG_SHAPE_LIST;
		v->range_count = v->exception_count = 0;
	}
	for (unsigned i = 0; i < r->range_count; i++) {
		if (b->flags[r->ranges[i].first] & DG_PORT_DEAD)
			add_range(v, r->ranges[i]);
	}
}

static int
complete_verdict(const struct dg_summary *s, enum dg_side_name side, struct dg_port_verdict *v)
{
	uint32_t *servers, *clients;
	const struct reason *r = NULL;
	struct dg_blame b;
	int error = DNSGAP_ENOMEM;

	for (size_t i = 0; r == NULL && i < sizeof reasons / sizeof *reasons; i++)
		if (is_begun(&reasons[i], v) || is_around(&reasons[i], v))
			r = &reasons[i];
	if (r == NULL)
		return 0;
	servers = dg_server_prefixes(s);
	clients = dg_client_prefixes(s);
	if (servers != NULL && clients != NULL)
		error = dg_blame_make(s, v, side, servers, clients, &b);
	if (error == 0) {
		complete(r, &b, v);
		dg_blame_fini(&b);
	}
	free(servers);
	free(clients);
	return error;
}

int
dg_known_complete(struct dg_diagnosis *d)
{
	int error = 0;

	for (int side = 0; side < DG_SIDE_COUNT; side++) {
		struct dg_port_result *r = d->ports[side];

		for (size_t i = 0; error == 0 && r != NULL && i < r->verdict_count; i++)
			error = complete_verdict(
			    d->summary, (enum dg_side_name)side, &r->verdicts[i]);
	}
	return error;
}

int
dg_known_reasons(const struct dg_blame *b, struct dg_finding *f, bool *is_habit)
{
	*is_habit = false;
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
		const struct reason *r = &reasons[i];

		if (!fits_subject(r, b) || !fits_ports(r, b))
			continue;
		*is_habit |= r->is_habit;
		if (dg_words_add(&f->rivals, "%s.", r->words) != 0)
			return DNSGAP_ENOMEM;
	}
	return 0;
}
