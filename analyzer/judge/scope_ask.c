/*
 * scope_ask.c - what the others say about a verdict's ports, and whether its scope is
 * confirmed.
 *
 * A scope is confirmed when each of the others is asked by itself: none looks dead, and none of
 * those who are blamed looks alive.  Sums over all of them would let many living ones outvote
 * a dead one.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"
#include "judge/members.h"
#include "judge/natural.h"

/* Of one unit of several that it is not there by chance: 10,000 : 1, for many could be. */
#define LN_UNIT_SURE 9.2
/* That some members of a unit are not concerned: 1 : 100; that some of all are not, 1 : 1000.
 */
#define LN_NOT_SOME 4.6
#define LN_NOT_ALL 6.9
/* The dead rate of whoever is not concerned. */
#define OTHER_RATE 0.05

/* All are at fault when three quarters of the servers and half of the clients were tried, or so
 * many prefixes of them are dead. */
#define PREFIXES_MANY 5

/* ln odds that a partial loss is the total loss of some members and none of the others; much
 * below 0 where all of them share it. */
static double
ln_divided(const struct dg_member *list, size_t count)
{
	double dead = 0, all = 0, divided = 0;

	for (size_t i = 0; i < count; i++) {
		double k = list[i].dead, n = list[i].all;
		double concerned =
		    k * log(DG_DEAD_RATE_HARD) + (n - k) * log(1 - DG_DEAD_RATE_HARD);
		double others = k * log(OTHER_RATE) + (n - k) * log(1 - OTHER_RATE);

		dead += k;
		all += n;
		if (n > 0)
			divided += fmax(concerned, others) - log(2);
	}
	if (dead <= 0 || dead >= all)
		return -DG_LN_SURE;
	return divided - dead * log(dead / all) - (all - dead) * log(1 - dead / all);
}

/* Whether one that is blamed looks alive: of a partial fault, unless all clearly share it; of
 * one that began, one that was alive before and not seen dead after. */
static bool
is_one_alive(const struct dg_port_verdict *v, const struct dg_member *list, size_t count)
{
	size_t members = 0, alive = 0;

	for (size_t i = 0; i < count; i++) {
		members += list[i].all > 0;
		alive += list[i].own < 0 || (list[i].was_alive && list[i].dead <= 0);
	}
	if (v->shape == DG_SHAPE_SOFT)
		return members > 1 &&
		    (ln_divided(list, count) > -DG_LN_SURE ||
			(v->scope == DG_SCOPE_ALL && alive > 0));
	return alive > 0;
}

/* Whether some of a unit's members may be alive for all that is known, each having died by
 * chance: how many are expected to be so, times the odds that it is some and not all. */
static bool
may_one_be_alive(const struct dg_member *list, size_t count, double ln_odds)
{
	double expected = 0, ln_some = 0;
	size_t members = 0;

	for (size_t i = 0; i < count; i++) {
		if (list[i].all <= 0)
			continue;
		members++;
		expected += exp(-list[i].own);
		ln_some += log((1 + exp(-list[i].own)) / 2);
	}
	return members > 1 && log(expected) + ln_some > -ln_odds;
}

static bool
is_one_dead(const struct dg_member *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].around > 0)
			return true;
	}
	return false;
}

static bool
is_prefix(const struct dg_port_verdict *v)
{
	return v->scope == DG_SCOPE_SERVER_PREFIX || v->scope == DG_SCOPE_CLIENT_PREFIX;
}

/* Whether each unit is needed, and each prefix for more than one of its members. */
static bool
is_each_sure(const struct dg_port_verdict *v, const struct dg_members *m)
{
	double least =
	    v->unit_count > 1 ? LN_UNIT_SURE + log((double)v->unit_count) : -INFINITY;

	for (size_t i = 0; i < v->unit_count; i++) {
		if (m->units[i].sum < least ||
		    (is_prefix(v) && m->units[i].sum - m->units[i].most < LN_UNIT_SURE))
			return false;
	}
	return true;
}

/* Whether all clients of a server, or servers of a client, share its hash: most hashes take in
 * both addresses, and then it is one pair that found it. */
static bool
is_shared(const struct dg_member *list, size_t count)
{
	double sum = 0, most = 0;

	for (size_t i = 0; i < count; i++) {
		if (list[i].own < 0)
			return false;
		sum += list[i].own;
		most = fmax(most, list[i].own);
	}
	return sum - most >= LN_UNIT_SURE;
}

static size_t
count_own(const struct dg_member *list, size_t count)
{
	size_t own = 0;

	for (size_t i = 0; i < count; i++)
		own += list[i].is_own;
	return own;
}

/* Whether enough were tried to speak for all, and none of them looks alive. */
static bool
is_all(const struct dg_looks *l, const struct dg_port_verdict *v, const struct dg_members *m)
{
	size_t servers = l->cases->server_count, clients = l->cases->client_count;

	if (v->dead_prefixes < PREFIXES_MANY &&
	    4 * count_own(m->servers, servers) < 3 * l->servers)
		return false;
	if (m->dead_client_prefixes < PREFIXES_MANY &&
	    2 * count_own(m->clients, clients) < l->clients)
		return false;
	return !is_one_alive(v, m->servers, servers) && !is_one_alive(v, m->clients, clients) &&
	    !may_one_be_alive(m->servers, servers, LN_NOT_ALL) &&
	    !may_one_be_alive(m->clients, clients, LN_NOT_ALL);
}

static bool
is_consistent(
    const struct dg_looks *l, const struct dg_port_verdict *v, const struct dg_members *m)
{
	size_t servers = l->cases->server_count, clients = l->cases->client_count;
	bool has_servers = v->scope != DG_SCOPE_CLIENT && v->scope != DG_SCOPE_CLIENT_PREFIX;
	bool has_clients = v->scope != DG_SCOPE_SERVER && v->scope != DG_SCOPE_SERVER_PREFIX;

	if (v->shape == DG_SHAPE_PARITY && has_servers != has_clients &&
	    (has_clients ? l->servers : l->clients) > 1)
		return is_shared(
		    has_clients ? m->servers : m->clients, has_clients ? servers : clients);
	if (dg_shape_is_hash(v->shape))
		return true; /* every pair has ports of its own */
	for (unsigned i = 0; i < v->exception_count; i++) {
		if (!dg_is_kept_open(v->exceptions[i]))
			return false; /* those who were answered may not be concerned */
	}
	if (v->scope != DG_SCOPE_ALL &&
	    (m->has_aside || (has_servers && is_one_dead(m->servers, servers)) ||
		(has_clients && is_one_dead(m->clients, clients))))
		return false;
	if (v->scope == DG_SCOPE_PAIR)
		return is_each_sure(v, m);
	if (v->scope == DG_SCOPE_ALL)
		return is_all(l, v, m);
	if (is_prefix(v) &&
	    is_one_alive(
		v, has_clients ? m->clients : m->servers, has_clients ? clients : servers))
		return false;
	if (has_clients ? may_one_be_alive(m->servers, servers, LN_NOT_SOME)
			: may_one_be_alive(m->clients, clients, LN_NOT_SOME))
		return false;
	return is_each_sure(v, m) &&
	    !(has_clients ? is_one_alive(v, m->servers, servers)
			  : is_one_alive(v, m->clients, clients));
}

static enum dg_others
say(double sum)
{
	if (sum < -DG_LN_SURE)
		return DG_OTHERS_ALIVE;
	return sum > DG_LN_SURE ? DG_OTHERS_DEAD : DG_OTHERS_UNTESTED;
}

static bool
is_confirmed(const struct dg_looks *l, const struct dg_port_verdict *v)
{
	bool has_servers = v->other_servers == DG_OTHERS_ALIVE;
	bool has_clients = v->other_clients == DG_OTHERS_ALIVE;

	if (l->servers <= 1 && l->clients <= 1)
		return false;
	switch (v->scope) {
	case DG_SCOPE_SERVER:
	case DG_SCOPE_SERVER_PREFIX:
		return has_servers;
	case DG_SCOPE_PAIR:
		return has_servers && has_clients;
	case DG_SCOPE_CLIENT:
	case DG_SCOPE_CLIENT_PREFIX:
		return has_clients && (v->dead_prefixes >= 2 || l->servers == 1);
	default:
		return l->servers > 1 && v->dead_prefixes >= 2;
	}
}

static int
ask(const struct dg_looks *l, const bool *is_in, struct dg_port_verdict *v)
{
	struct dg_members m;
	size_t prefixes = 0;
	int error = dg_members_make(l, v, is_in, &m);

	if (error == 0)
		error = dg_count_prefixes(m.is_dead_server, l->cases->server_prefixes,
		    l->cases->server_count, &prefixes);
	if (error == 0)
		error = dg_count_prefixes(m.is_dead_client, l->cases->client_prefixes,
		    l->cases->client_count, &m.dead_client_prefixes);
	if (error == 0) {
		v->other_servers = say(m.servers_say);
		v->other_clients = say(m.clients_say);
		v->dead_prefixes = (unsigned)prefixes;
		v->is_confirmed = is_confirmed(l, v) && is_consistent(l, v, &m);
	}
	dg_members_fini(&m);
	return error;
}

/* The dead rate of a partial fault: of the verdict's own cases. */
static double
own_rate(const struct dg_cases *cases, const struct dg_port_verdict *v, const bool *is_in)
{
	double dead = 0, all = 0;

	for (size_t i = 0; i < cases->count; i++) {
		const struct dg_case *x = &cases->list[i];

		if (!x->is_active || !is_in[x->port] || !dg_verdict_has_time(v, x->time_ns) ||
		    !dg_verdict_has_unit(cases, v, x))
			continue;
		all++;
		dead += x->is_dead;
	}
	return fmin(.95, fmax(.3, all > 0 ? dead / all : 0));
}

/* Adds where a range may reach, were it one that people often choose. */
static void
add_reach(const struct dg_port_verdict *v, bool *is_in)
{
	size_t count;
	const struct dg_natural *naturals = dg_naturals(&count);

	for (size_t n = 0; n < count; n++) {
		uint32_t first = naturals[n].first, last = naturals[n].last;

		for (unsigned i = 0; i < v->range_count; i++) {
			if (!dg_may_reach(v, i, &naturals[n]))
				continue;
			memset(is_in + first, true, v->ranges[i].first - first);
			memset(is_in + v->ranges[i].last + 1, true, last - v->ranges[i].last);
		}
	}
}

/*
 * ln odds, of the verdict's units in a wider range: some of their clients (servers, of a
 * client) lose all there and the others nothing, against what the verdict says.  -9000 when all
 * of them lose all there, or nobody does.
 */
static double
ln_cut(const struct dg_looks *l, const struct dg_port_verdict *v, double *sums, bool *is_there)
{
	bool is_client = v->scope == DG_SCOPE_CLIENT || v->scope == DG_SCOPE_CLIENT_PREFIX;
	size_t count = is_client ? l->cases->server_count : l->cases->client_count;
	size_t concerned = 0, all = 0;
	double divided = 0, said = 0;

	memset(sums, 0, count * sizeof *sums);
	memset(is_there, 0, count * sizeof *is_there);
	for (size_t i = 0; i < l->count; i++) {
		const struct dg_case *x = &l->cases->list[l->ids[i]];
		uint32_t member = is_client ? x->server : x->client;

		if (!dg_verdict_has_unit(l->cases, v, x))
			continue;
		sums[member] += l->ratios[i];
		is_there[member] = true;
		said += dg_verdict_has_port(v, x->port) ? l->ratios[i] : 0;
	}
	for (size_t i = 0; i < count; i++) {
		all += is_there[i];
		concerned += sums[i] > 0;
		divided += fmax(0, sums[i]) - (is_there[i] ? log(2) : 0);
	}
	return concerned > 0 && concerned < all ? divided - said : DG_LN_ZERO;
}

/* Whether a range that answers cut out of 1-1023, or of another that people often choose, may
 * be all of that, at some clients of those servers only. */
static int
ask_cuts(const struct dg_cases *cases, struct dg_port_verdict *v, bool *is_in)
{
	size_t most = cases->server_count > cases->client_count ? cases->server_count
								: cases->client_count;
	double *sums = malloc((most + 1) * sizeof *sums);
	bool *is_there = malloc((most + 1) * sizeof *is_there);
	size_t count;
	const struct dg_natural *naturals = dg_naturals(&count);
	int error = sums == NULL || is_there == NULL ? DNSGAP_ENOMEM : 0;

	for (size_t n = 0; error == 0 && v->is_confirmed && n < count; n++) {
		uint32_t first = naturals[n].first, last = naturals[n].last;
		struct dg_looks l = {0};

		if (naturals[n].ln_weight < log(DG_WEIGHT_OFTEN) ||
		    first > v->ranges[0].first || last < v->ranges[v->range_count - 1].last)
			continue;
		memset(is_in, false, DG_PORT_NUMBERS * sizeof *is_in);
		memset(is_in + first, true, last - first + 1);
		error = dg_looks_make(cases, v, is_in, DG_DEAD_RATE_HARD, &l);
		if (error == 0 && ln_cut(&l, v, sums, is_there) > -LN_UNIT_SURE)
			v->is_confirmed = false;
		dg_looks_fini(&l);
	}
	free(sums);
	free(is_there);
	return error;
}

int
dg_scope_ask(const struct dg_cases *cases, struct dg_port_verdict *v)
{
	bool *is_in = malloc(DG_PORT_NUMBERS * sizeof *is_in);
	struct dg_looks l = {0};
	double rate = DG_DEAD_RATE_HARD;
	int error;

	if (is_in == NULL)
		return DNSGAP_ENOMEM;
	dg_verdict_fill(v, is_in);
	if (v->shape == DG_SHAPE_SOFT)
		rate = own_rate(cases, v, is_in);
	add_reach(v, is_in);
	for (unsigned i = 0; i < v->exception_count; i++)
		is_in[v->exceptions[i]] |= !dg_is_kept_open(v->exceptions[i]);
	error = dg_looks_make(cases, v, is_in, rate, &l);
	if (error == 0)
		error = ask(&l, is_in, v);
	dg_looks_fini(&l);
	if (error == 0 && v->shape == DG_SHAPE_HARD && v->range_count > 0 &&
	    v->scope != DG_SCOPE_ALL && v->scope != DG_SCOPE_PAIR)
		error = ask_cuts(cases, v, is_in);
	free(is_in);
	return error;
}
