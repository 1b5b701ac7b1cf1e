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
#include "judge/looks.h"
#include "judge/natural.h"

/* Odds of 100 : 1. */
#define LN_SURE 4.6
/* Of one unit of several that it is not there by chance: 10,000 : 1, for many could be. */
#define LN_UNIT_SURE 9.2
/* That some members of a unit are not concerned: 1 : 1000. */
#define LN_NOT_ALL 6.9
/* The dead rate of whoever is not concerned. */
#define OTHER_RATE 0.05

/* The weight of ranges that people often choose: 0-1023, and what systems cut off. */
#define OFTEN 0.0035
/* All servers are at fault when half of them were tried, or so many prefixes are dead. */
#define PREFIXES_MANY 5

/* What one server, or one client, says. */
struct member {
	double own; /* ln ratios of its cases in the verdict's units, answered ports as well */
	double other;  /* of those in no unit of the verdict */
	double around; /* the most of those at some time, as far as a range may reach */
	double reach;  /* the same, of one reach and time */
	double dead;   /* cases in the verdict's units and set */
	double all;
	bool is_own;
	bool was_alive; /* in the set, but outside the verdict's window */
};

/* What a unit says, and the one of its servers or clients that says the most. */
struct unit_sum {
	double sum;
	double most;
};

struct members {
	struct member *servers;
	struct member *clients;
	struct unit_sum *units; /* as v->units */
	bool *is_dead_server;   /* at 100 : 1 */
	double servers_say;     /* others, same clients */
	double clients_say;     /* others, same servers */
};

static void
members_fini(struct members *m)
{
	free(m->servers);
	free(m->clients);
	free(m->units);
	free(m->is_dead_server);
}

static bool
is_exception(const struct dg_port_verdict *v, uint16_t port)
{
	for (unsigned i = 0; i < v->exception_count; i++) {
		if (v->exceptions[i] == port)
			return true;
	}
	return false;
}

/* Of a range, a port that filters often leave open tells nothing of others when it is answered:
 * they may have the same filter. */
static bool
is_telling(const struct dg_port_verdict *v, const struct dg_case *x)
{
	bool is_range = v->shape == DG_SHAPE_HARD || v->shape == DG_SHAPE_ONSET ||
	    v->shape == DG_SHAPE_SOFT;

	return x->is_dead || !is_range || !dg_is_kept_open(x->port);
}

static size_t
unit_of(const struct dg_cases *cases, const struct dg_port_verdict *v, const struct dg_case *x)
{
	struct dg_unit_id id = dg_unit_of(v->scope, dg_case_unit(cases, x, v->scope));
	const struct dg_unit_id *found;

	found = bsearch(&id, v->units, v->unit_count, sizeof id, dg_unit_compare);
	return found == NULL ? v->unit_count : (size_t)(found - v->units);
}

static void
sum_own(const struct dg_looks *l, const struct dg_port_verdict *v, struct members *m)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct dg_case *x = &l->cases->list[l->ids[i]];
		struct member *server = &m->servers[x->server];
		struct member *client = &m->clients[x->client];
		size_t unit;

		if (!dg_verdict_has_unit(l->cases, v, x))
			continue;
		unit = unit_of(l->cases, v, x);
		server->own += l->ratios[i];
		client->own += l->ratios[i];
		m->units[unit].sum += l->ratios[i];
		if (!dg_verdict_has_port(v, x->port))
			continue; /* an exception speaks against its own client and server only
				   */
		server->is_own = client->is_own = true;
		server->dead += x->is_dead;
		server->all++;
		client->dead += x->is_dead;
		client->all++;
	}
}

/* Of others than the verdict's: of a pair's, those that share its server or its client. */
static void
sum_others(const struct dg_looks *l, const struct dg_port_verdict *v, struct members *m)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct dg_case *x = &l->cases->list[l->ids[i]];
		struct member *server = &m->servers[x->server];
		struct member *client = &m->clients[x->client];

		if (dg_verdict_has_unit(l->cases, v, x) || is_exception(v, x->port))
			continue;
		if (!dg_verdict_has_port(v, x->port) || !is_telling(v, x))
			continue;
		if (client->is_own || v->scope != DG_SCOPE_PAIR)
			server->other += l->ratios[i];
		if (server->is_own || v->scope != DG_SCOPE_PAIR)
			client->other += l->ratios[i];
		if (client->is_own && !server->is_own)
			m->servers_say += l->ratios[i];
		if (!client->is_own && server->is_own)
			m->clients_say += l->ratios[i];
	}
}

/* Where and when others are asked. */
struct asked {
	struct dg_port_range reach; /* beside the verdict's own ports */
	int64_t after_ns;
	int64_t before_ns;
};

static bool
is_asked(const struct dg_port_verdict *v, const struct asked *asked, const struct dg_case *x)
{
	if (is_exception(v, x->port) || !is_telling(v, x) || x->time_ns < asked->after_ns ||
	    x->time_ns > asked->before_ns)
		return false;
	return dg_verdict_has_port(v, x->port) ||
	    (x->port >= asked->reach.first && x->port <= asked->reach.last);
}

/* The same of the ports and times asked; the most of all that was asked stays. */
static void
sum_asked(const struct dg_looks *l, const struct dg_port_verdict *v, const struct asked *asked,
    struct members *m)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct dg_case *x = &l->cases->list[l->ids[i]];
		struct member *server = &m->servers[x->server];
		struct member *client = &m->clients[x->client];

		if (dg_verdict_has_unit(l->cases, v, x) || !is_asked(v, asked, x))
			continue;
		if (client->is_own || v->scope != DG_SCOPE_PAIR)
			server->reach += l->ratios[i];
		if (server->is_own || v->scope != DG_SCOPE_PAIR)
			client->reach += l->ratios[i];
	}
	for (size_t i = 0; i < l->cases->server_count; i++) {
		m->servers[i].around = fmax(m->servers[i].around, m->servers[i].reach);
		m->servers[i].reach = 0;
	}
	for (size_t i = 0; i < l->cases->client_count; i++) {
		m->clients[i].around = fmax(m->clients[i].around, m->clients[i].reach);
		m->clients[i].reach = 0;
	}
}

/* Whether one of the verdict's ranges may reach as far as one that people often choose. */
static bool
may_reach(const struct dg_port_verdict *v, unsigned range, const struct dg_natural *n)
{
	return n->ln_weight >= log(OFTEN) && n->first >= v->firsts[range].least &&
	    n->first <= v->ranges[range].first && n->last >= v->ranges[range].last &&
	    n->last <= v->lasts[range].most;
}

/* The times of the verdict's first and last dead case. */
static void
find_times(const struct dg_looks *l, const struct dg_port_verdict *v, struct asked *asked)
{
	asked->after_ns = INT64_MAX;
	asked->before_ns = INT64_MIN;
	for (size_t i = 0; i < l->count; i++) {
		const struct dg_case *x = &l->cases->list[l->ids[i]];

		if (!x->is_dead || !dg_verdict_has_port(v, x->port) ||
		    !dg_verdict_has_unit(l->cases, v, x))
			continue;
		if (x->time_ns < asked->after_ns)
			asked->after_ns = x->time_ns;
		if (x->time_ns > asked->before_ns)
			asked->before_ns = x->time_ns;
	}
}

/* Of one reach, at all times; and, for the fault may have begun or ended between two trials of
 * the verdict's, since its first dead case, and until its last one. */
static void
sum_times(const struct dg_looks *l, const struct dg_port_verdict *v, struct dg_port_range reach,
    const struct asked *times, struct members *m)
{
	struct asked all = {reach, INT64_MIN, INT64_MAX};
	struct asked since = {reach, times->after_ns, INT64_MAX};
	struct asked until = {reach, INT64_MIN, times->before_ns};

	sum_asked(l, v, &all, m);
	sum_asked(l, v, &since, m);
	sum_asked(l, v, &until, m);
}

/* Others may look dead just where a range reaches, for all that is known: each reach is asked
 * by itself, for who is alive in a wide one may be dead in a narrow one. */
static void
sum_reaches(const struct dg_looks *l, const struct dg_port_verdict *v, struct members *m)
{
	struct asked times = {0};
	size_t count;
	const struct dg_natural *naturals = dg_naturals(&count);

	find_times(l, v, &times);
	sum_times(l, v, (struct dg_port_range){1, 0}, &times, m);
	for (size_t n = 0; n < count; n++) {
		for (unsigned i = 0; i < v->range_count; i++) {
			struct dg_port_range reach = {naturals[n].first, naturals[n].last};

			if (may_reach(v, i, &naturals[n]))
				sum_times(l, v, reach, &times, m);
		}
	}
}

/* Of each prefix that is blamed, what its loudest member says. */
static void
find_most(const struct dg_looks *l, const struct dg_port_verdict *v, struct members *m)
{
	bool is_client = v->scope == DG_SCOPE_CLIENT_PREFIX;

	if (!is_client && v->scope != DG_SCOPE_SERVER_PREFIX)
		return;
	for (size_t i = 0; i < l->count; i++) {
		const struct dg_case *x = &l->cases->list[l->ids[i]];
		double sum = is_client ? m->clients[x->client].own : m->servers[x->server].own;
		struct unit_sum *unit;

		if (!dg_verdict_has_unit(l->cases, v, x))
			continue;
		unit = &m->units[unit_of(l->cases, v, x)];
		unit->most = fmax(unit->most, sum);
	}
}

static void
look_outside_window(const struct dg_cases *cases, const struct dg_port_verdict *v,
    const bool *is_in, struct members *m)
{
	for (size_t i = 0; v->has_window && i < cases->count; i++) {
		const struct dg_case *x = &cases->list[i];

		if (!x->is_active || x->is_dead || !is_in[x->port] ||
		    dg_verdict_has_time(v, x->time_ns) || !dg_verdict_has_unit(cases, v, x))
			continue;
		m->servers[x->server].was_alive = true;
		m->clients[x->client].was_alive = true;
	}
}

static int
members_make(const struct dg_looks *l, const struct dg_port_verdict *v, const bool *is_in,
    struct members *m)
{
	size_t servers = l->cases->server_count + 1, clients = l->cases->client_count + 1;

	*m = (struct members){
	    .servers = calloc(servers, sizeof *m->servers),
	    .clients = calloc(clients, sizeof *m->clients),
	    .units = calloc(v->unit_count + 1, sizeof *m->units),
	    .is_dead_server = calloc(servers, sizeof *m->is_dead_server),
	};
	if (m->servers == NULL || m->clients == NULL || m->units == NULL ||
	    m->is_dead_server == NULL)
		return DNSGAP_ENOMEM;
	sum_own(l, v, m);
	sum_others(l, v, m);
	sum_reaches(l, v, m);
	find_most(l, v, m);
	look_outside_window(l->cases, v, is_in, m);
	for (size_t s = 0; s < l->cases->server_count; s++)
		m->is_dead_server[s] = m->servers[s].own > LN_SURE;
	return 0;
}

/* ln odds that a partial loss is the total loss of some members and none of the others; much
 * below 0 where all of them share it. */
static double
ln_divided(const struct member *list, size_t count)
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
		return -LN_SURE;
	return divided - dead * log(dead / all) - (all - dead) * log(1 - dead / all);
}

/* Whether one that is blamed looks alive: of a partial fault, unless all clearly share it; of
 * one that began, one that was alive before and not seen dead after. */
static bool
is_one_alive(const struct dg_port_verdict *v, const struct member *list, size_t count)
{
	size_t members = 0, alive = 0;

	for (size_t i = 0; i < count; i++) {
		members += list[i].all > 0;
		alive += list[i].own < 0 || (list[i].was_alive && list[i].dead <= 0);
	}
	if (v->shape == DG_SHAPE_SOFT)
		return members > 1 &&
		    (ln_divided(list, count) > -LN_SURE ||
			(v->scope == DG_SCOPE_ALL && alive > 0));
	return alive > 0;
}

/* Whether some of a unit's members may be alive for all that is known, each having died by
 * chance: how many are expected to be so, times the odds that it is some and not all. */
static bool
may_one_be_alive(const struct member *list, size_t count)
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
	return members > 1 && log(expected) + ln_some > -LN_NOT_ALL;
}

static bool
is_one_dead(const struct member *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].other > 0 || list[i].around > 0)
			return true;
	}
	return false;
}

/* Whether each unit is needed, and each prefix for more than one of its members. */
static bool
is_each_sure(const struct dg_port_verdict *v, const struct members *m)
{
	double least =
	    v->unit_count > 1 ? LN_UNIT_SURE + log((double)v->unit_count) : -INFINITY;

	for (size_t i = 0; i < v->unit_count; i++) {
		bool is_prefix =
		    v->scope == DG_SCOPE_SERVER_PREFIX || v->scope == DG_SCOPE_CLIENT_PREFIX;

		if (m->units[i].sum < least ||
		    (is_prefix && m->units[i].sum - m->units[i].most < LN_SURE))
			return false;
	}
	return true;
}

/* Whether all clients of a server, or servers of a client, share its hash: most hashes take in
 * both addresses, and then it is one pair that found it. */
static bool
is_shared(const struct member *list, size_t count)
{
	double sum = 0, most = 0;

	for (size_t i = 0; i < count; i++) {
		if (list[i].own < 0)
			return false;
		sum += list[i].own;
		most = fmax(most, list[i].own);
	}
	return sum - most >= LN_SURE;
}

static size_t
count_own(const struct member *list, size_t count)
{
	size_t own = 0;

	for (size_t i = 0; i < count; i++)
		own += list[i].is_own;
	return own;
}

static bool
is_consistent(
    const struct dg_looks *l, const struct dg_port_verdict *v, const struct members *m)
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
	    ((has_servers && is_one_dead(m->servers, servers)) ||
		(has_clients && is_one_dead(m->clients, clients))))
		return false;
	if (v->scope == DG_SCOPE_PAIR)
		return is_each_sure(v, m);
	if (v->scope == DG_SCOPE_ALL)
		return (v->dead_prefixes >= PREFIXES_MANY ||
			   2 * count_own(m->servers, servers) >= l->servers) &&
		    !is_one_alive(v, m->servers, servers) &&
		    !is_one_alive(v, m->clients, clients);
	if (v->shape != DG_SHAPE_SOFT &&
	    (has_clients ? may_one_be_alive(m->servers, servers)
			 : may_one_be_alive(m->clients, clients)))
		return false;
	return is_each_sure(v, m) &&
	    !(has_clients ? is_one_alive(v, m->servers, servers)
			  : is_one_alive(v, m->clients, clients));
}

static enum dg_others
say(double sum)
{
	if (sum < -LN_SURE)
		return DG_OTHERS_ALIVE;
	return sum > LN_SURE ? DG_OTHERS_DEAD : DG_OTHERS_UNTESTED;
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
	struct members m;
	size_t prefixes = 0;
	int error = members_make(l, v, is_in, &m);

	if (error == 0)
		error = dg_count_prefixes(m.is_dead_server, l->cases->server_prefixes,
		    l->cases->server_count, &prefixes);
	if (error == 0) {
		v->other_servers = say(m.servers_say);
		v->other_clients = say(m.clients_say);
		v->dead_prefixes = (unsigned)prefixes;
		v->is_confirmed = is_confirmed(l, v) && is_consistent(l, v, &m);
	}
	members_fini(&m);
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
			if (!may_reach(v, i, &naturals[n]))
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

		if (naturals[n].ln_weight < log(OFTEN) || first > v->ranges[0].first ||
		    last < v->ranges[v->range_count - 1].last)
			continue;
		memset(is_in, false, DG_PORT_NUMBERS * sizeof *is_in);
		memset(is_in + first, true, last - first + 1);
		error = dg_looks_make(cases, v, is_in, DG_DEAD_RATE_HARD, &l);
		if (error == 0 && ln_cut(&l, v, sums, is_there) > -LN_SURE)
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
