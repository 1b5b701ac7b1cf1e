/*
 * scope.c - whose fault a set of ports is: the fewest servers, clients or pairs that cover
 * where it is dead and leave out where it is alive; and what the others say.
 *
 * Every case in the set speaks by its ln likelihood ratio, fault against none.  A single port
 * costs a unit only so much, as it may be an exception.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diagnose/natural.h"
#include "diagnose/order.h"
#include "diagnose/verdict.h"
#include "dnsgap/error.h"

/* What an answered port costs a unit at most; less where ports are often kept open. */
#define PORT_FLOOR (-5.3)
#define PORT_FLOOR_KEPT_OPEN (-1.2)
/* A further unit must bring so much more than its cost. */
#define FURTHER_UNIT 2.0
/* Odds of 100 : 1. */
#define LN_SURE 4.6
/* The dead rate of a client that is not concerned. */
#define OTHER_RATE 0.05
/* A server's dead rate outside the set is shrunk to that of all, as if by so many cases. */
#define SHRINK_CASES 10.0

/* The cases in the set, of all units, and how each speaks. */
struct looks {
	const struct dg_cases *cases;
	uint32_t *ids; /* ascending */
	double *ratios;
	size_t count;
	/* Of all active cases in the window, inside the set or not. */
	bool *has_server;
	bool *has_client;
	size_t servers;
	size_t clients;
};

/* Units of one kind, and their sums. */
struct sum {
	uint64_t unit;
	double value;
};

static void
looks_fini(struct looks *l)
{
	free(l->ids);
	free(l->ratios);
	free(l->has_server);
	free(l->has_client);
}

/* Dead rates of servers outside the set, as ln ratios of a dead and of an alive case. */
static void
rate_servers(const struct dg_cases *cases, const struct dg_port_verdict *v, const bool *is_in,
    double fault_rate, double *dead, double *all)
{
	double dead_sum = 0, all_sum = 0, mean;

	for (size_t i = 0; i < cases->count; i++) {
		const struct dg_case *x = &cases->list[i];

		if (!x->is_active || is_in[x->port] || !dg_verdict_has_time(v, x->time_ns))
			continue;
		all[x->server]++;
		dead[x->server] += x->is_dead;
		all_sum++;
		dead_sum += x->is_dead;
	}
	mean = (dead_sum + .5) / (all_sum + 1);
	for (size_t s = 0; s < cases->server_count; s++) {
		double rate = (dead[s] + SHRINK_CASES * mean) / (all[s] + SHRINK_CASES);

		rate = fmin(fmin(fmax(rate, 1e-5), .95), fault_rate * .9);
		dead[s] = log(fault_rate / rate);
		all[s] = log((1 - fault_rate) / (1 - rate));
	}
}

/* `is_in` by port; frees nothing on failure: looks_fini does. */
static int
look(const struct dg_cases *cases, const struct dg_port_verdict *v, const bool *is_in,
    double fault_rate, struct looks *l)
{
	double *dead = calloc(cases->server_count + 1, sizeof *dead);
	double *alive = calloc(cases->server_count + 1, sizeof *alive);

	memset(l, 0, sizeof *l);
	l->cases = cases;
	l->ids = malloc((cases->count + 1) * sizeof *l->ids);
	l->ratios = malloc((cases->count + 1) * sizeof *l->ratios);
	l->has_server = calloc(cases->server_count + 1, sizeof *l->has_server);
	l->has_client = calloc(cases->client_count + 1, sizeof *l->has_client);
	if (dead == NULL || alive == NULL || l->ids == NULL || l->ratios == NULL ||
	    l->has_server == NULL || l->has_client == NULL) {
		free(dead);
		free(alive);
		return DNSGAP_ENOMEM;
	}
	rate_servers(cases, v, is_in, fault_rate, dead, alive);
	for (size_t i = 0; i < cases->count; i++) {
		const struct dg_case *x = &cases->list[i];

		if (!x->is_active || !dg_verdict_has_time(v, x->time_ns))
			continue;
		l->servers += !l->has_server[x->server];
		l->clients += !l->has_client[x->client];
		l->has_server[x->server] = true;
		l->has_client[x->client] = true;
		if (!is_in[x->port])
			continue;
		l->ids[l->count] = (uint32_t)i;
		l->ratios[l->count++] = x->is_dead ? dead[x->server] : alive[x->server];
	}
	free(dead);
	free(alive);
	return 0;
}

static int
compare_numbers(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

/* Sorts the list; how many different numbers are in it. */
static size_t
count_different(uint32_t *list, size_t count)
{
	size_t different = 0;

	if (count > 0)
		qsort(list, count, sizeof *list, compare_numbers);
	for (size_t i = 0; i < count; i++)
		different += i == 0 || list[i] != list[i - 1];
	return different;
}

/* Prefixes of those that are marked. */
static int
count_prefixes(const bool *is_marked, const uint32_t *prefixes, size_t count, size_t *out)
{
	uint32_t *list = malloc((count + 1) * sizeof *list);
	size_t used = 0;

	if (list == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (is_marked[i])
			list[used++] = prefixes[i];
	}
	*out = count_different(list, used);
	free(list);
	return 0;
}

static int
compare_sums(const void *left, const void *right)
{
	const struct sum *a = left, *b = right;

	if (a->value != b->value)
		return a->value > b->value ? -1 : 1;
	return (a->unit > b->unit) - (a->unit < b->unit);
}

static const struct dg_case *
case_of(const struct looks *l, const struct dg_keyed *item)
{
	return &l->cases->list[l->ids[item->at]];
}

/* Sums of units, each port's floored; of a soft fault, alive ports are no exceptions.  `items`:
 * looks by unit, those of one unit by port. */
static size_t
sum_units(const struct looks *l, const struct dg_keyed *items, bool is_soft, struct sum *sums)
{
	size_t count = 0;

	for (size_t i = 0, next; i < l->count; i = next) {
		uint16_t port = case_of(l, &items[i])->port;
		double least = dg_is_kept_open(port) ? PORT_FLOOR_KEPT_OPEN : PORT_FLOOR;
		double value = 0;

		for (next = i; next < l->count; next++) {
			if (items[next].key != items[i].key ||
			    case_of(l, &items[next])->port != port)
				break;
			value += l->ratios[items[next].at];
		}
		if (!is_soft && value < least)
			value = least;
		if (count == 0 || sums[count - 1].unit != items[i].key)
			sums[count++] = (struct sum){items[i].key, 0};
		sums[count - 1].value += value;
	}
	return count;
}

/* What a scope's best units are worth together. */
struct offer {
	double value;
	struct sum *units; /* owned */
	size_t count;
};

/* The best set of units of a scope, each of which costs `cost`. */
static int
make_offer(
    const struct looks *l, enum dg_scope scope, double cost, bool is_soft, struct offer *out)
{
	struct dg_keyed *items = malloc(2 * (l->count + 1) * sizeof *items);
	struct sum *sums = malloc((l->count + 1) * sizeof *sums);
	size_t count, picked = 0;
	double value = 0;

	if (items == NULL || sums == NULL) {
		free(items);
		free(sums);
		return DNSGAP_ENOMEM;
	}
	for (size_t i = 0; i < l->count; i++) {
		const struct dg_case *x = &l->cases->list[l->ids[i]];

		items[i] = (struct dg_keyed){dg_case_unit(l->cases, x, scope), (uint32_t)i};
	}
	dg_order(items, items + l->count + 1, l->count);
	count = sum_units(l, items, is_soft, sums);
	if (count > 0)
		qsort(sums, count, sizeof *sums, compare_sums);
	for (; picked < count; picked++) {
		double gain = sums[picked].value - cost;

		if (picked > 0 && gain <= FURTHER_UNIT)
			break;
		value += gain;
	}
	free(items);
	out->value = value;
	out->units = sums;
	out->count = picked;
	return 0;
}

/* What a unit of each scope costs; negative: the scope is none here. */
static int
find_costs(const struct looks *l, double costs[DG_SCOPE_COUNT])
{
	double servers = (double)l->servers, clients = (double)l->clients;
	size_t prefixes;
	int error;

	for (int scope = 0; scope < DG_SCOPE_COUNT; scope++)
		costs[scope] = scope == DG_SCOPE_ALL ? 0 : -1;
	if (l->servers > 1) {
		costs[DG_SCOPE_SERVER] = log(servers) + 1;
		error = count_prefixes(l->has_server, l->cases->server_prefixes,
		    l->cases->server_count, &prefixes);
		if (error != 0)
			return error;
		if (prefixes > 1 && prefixes < l->servers)
			costs[DG_SCOPE_SERVER_PREFIX] = log((double)prefixes) + .5;
	}
	if (l->clients > 1) {
		costs[DG_SCOPE_CLIENT] = log(clients) + 1;
		error = count_prefixes(l->has_client, l->cases->client_prefixes,
		    l->cases->client_count, &prefixes);
		if (error != 0)
			return error;
		if (prefixes > 1 && prefixes < l->clients)
			costs[DG_SCOPE_CLIENT_PREFIX] = log((double)prefixes) + .5;
	}
	if (l->servers > 1 && l->clients > 1)
		costs[DG_SCOPE_PAIR] = log(servers) + log(clients) + 2;
	return 0;
}

/* Gives the verdict the units of a list, which need not be in order nor different. */
static int
set_units(struct dg_port_verdict *v, enum dg_scope scope, const struct sum *sums, size_t count)
{
	struct dg_unit_id *units = malloc((count + 1) * sizeof *units);
	size_t used = 0;

	if (units == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < count; i++)
		units[i] = dg_unit_of(scope, sums[i].unit);
	if (count > 0)
		qsort(units, count, sizeof *units, dg_unit_compare);
	for (size_t i = 0; i < count; i++) {
		if (used == 0 || dg_unit_compare(&units[used - 1], &units[i]) != 0)
			units[used++] = units[i];
	}
	free(v->units);
	v->units = units;
	v->unit_count = used;
	v->scope = scope;
	return 0;
}

/* Prefixes of which only one server (client) each was tried in the set: nothing is known of
 * the others there, so it is about those that were tried. */
static int
narrow_prefixes(const struct looks *l, enum dg_scope prefix, enum dg_scope member,
    struct dg_port_verdict *v)
{
	struct dg_port_verdict narrow = *v;
	struct sum *members;
	size_t count = 0;
	int error;

	if (v->scope != prefix)
		return 0;
	members = malloc((l->count + 1) * sizeof *members);
	if (members == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < l->count; i++) {
		const struct dg_case *x = &l->cases->list[l->ids[i]];

		if (dg_verdict_has_unit(l->cases, v, x))
			members[count++] = (struct sum){dg_case_unit(l->cases, x, member), 0};
	}
	narrow.units = NULL;
	error = set_units(&narrow, member, members, count);
	free(members);
	if (error != 0)
		return error;
	if (narrow.unit_count != v->unit_count) {
		free(narrow.units);
		return 0;
	}
	free(v->units);
	*v = narrow;
	return 0;
}

static int
choose(const struct looks *l, bool is_soft, struct dg_port_verdict *v)
{
	double costs[DG_SCOPE_COUNT];
	struct offer best = {0, NULL, 0};
	enum dg_scope best_scope = DG_SCOPE_ALL;
	int error = find_costs(l, costs);

	for (int scope = 0; error == 0 && scope < DG_SCOPE_COUNT; scope++) {
		struct offer offer;

		if (costs[scope] < 0)
			continue;
		error = make_offer(l, (enum dg_scope)scope, costs[scope], is_soft, &offer);
		if (error != 0)
			break;
		if (best.units == NULL || offer.value > best.value) {
			free(best.units);
			best = offer;
			best_scope = (enum dg_scope)scope;
		} else {
			free(offer.units);
		}
	}
	if (error == 0 && best.count > 0)
		error = set_units(v, best_scope, best.units, best.count);
	free(best.units);
	if (error == 0)
		error = narrow_prefixes(l, DG_SCOPE_SERVER_PREFIX, DG_SCOPE_SERVER, v);
	if (error == 0)
		error = narrow_prefixes(l, DG_SCOPE_CLIENT_PREFIX, DG_SCOPE_CLIENT, v);
	return error;
}

int
dg_scope_decide(
    const struct dg_cases *cases, const struct dg_candidate *c, struct dg_port_verdict *v)
{
	bool is_soft = c->shape == DG_SHAPE_SOFT;
	double rate = DG_DEAD_RATE_HARD;
	bool *is_in = malloc(DG_PORT_NUMBERS * sizeof *is_in);
	unsigned exceptions = v->exception_count;
	struct looks l = {0};
	int error;

	if (is_in == NULL)
		return DNSGAP_ENOMEM;
	if (is_soft)
		rate = fmin(.95, fmax(.3, c->cases > 0 ? c->dead / c->cases : 0));
	v->exception_count = 0; /* other units may have others */
	dg_verdict_fill(v, is_in);
	v->exception_count = exceptions;
	error = look(cases, v, is_in, rate, &l);
	if (error == 0)
		error = choose(&l, is_soft, v);
	looks_fini(&l);
	free(is_in);
	return error;
}

/* Servers and clients of the verdict's own cases in the set. */
struct members {
	bool *is_server;
	bool *is_client;
	bool *is_dead_server; /* at 100 : 1 */
	double *server_sums;
	double *client_dead; /* cases */
	double *client_all;
	bool *is_own; /* by look */
};

static void
members_fini(struct members *m)
{
	free(m->is_server);
	free(m->is_client);
	free(m->is_dead_server);
	free(m->server_sums);
	free(m->client_dead);
	free(m->client_all);
	free(m->is_own);
}

static int
members_make(const struct looks *l, const struct dg_port_verdict *v, struct members *m)
{
	size_t servers = l->cases->server_count + 1, clients = l->cases->client_count + 1;

	m->is_server = calloc(servers, sizeof *m->is_server);
	m->is_client = calloc(clients, sizeof *m->is_client);
	m->is_dead_server = calloc(servers, sizeof *m->is_dead_server);
	m->server_sums = calloc(servers, sizeof *m->server_sums);
	m->client_dead = calloc(clients, sizeof *m->client_dead);
	m->client_all = calloc(clients, sizeof *m->client_all);
	m->is_own = calloc(l->count + 1, sizeof *m->is_own);
	if (m->is_server == NULL || m->is_client == NULL || m->is_dead_server == NULL ||
	    m->server_sums == NULL || m->client_dead == NULL || m->client_all == NULL ||
	    m->is_own == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < l->count; i++) {
		const struct dg_case *x = &l->cases->list[l->ids[i]];

		m->is_own[i] = dg_verdict_has_unit(l->cases, v, x);
		if (!m->is_own[i])
			continue;
		m->is_server[x->server] = true;
		m->is_client[x->client] = true;
		m->server_sums[x->server] += l->ratios[i];
		m->client_dead[x->client] += x->is_dead;
		m->client_all[x->client]++;
	}
	for (size_t s = 0; s < l->cases->server_count; s++)
		m->is_dead_server[s] = m->server_sums[s] > LN_SURE;
	return 0;
}

/* Whether a partial loss is the total loss of some clients, and none of the others. */
static bool
are_clients_divided(const struct dg_cases *cases, const struct members *m)
{
	double dead = 0, all = 0, divided = 0;

	for (size_t c = 0; c < cases->client_count; c++) {
		double k = m->client_dead[c], n = m->client_all[c];
		double concerned =
		    k * log(DG_DEAD_RATE_HARD) + (n - k) * log(1 - DG_DEAD_RATE_HARD);
		double others = k * log(OTHER_RATE) + (n - k) * log(1 - OTHER_RATE);

		dead += k;
		all += n;
		if (n > 0)
			divided += fmax(concerned, others) - log(2);
	}
	if (dead <= 0 || dead >= all)
		return false;
	return divided - dead * log(dead / all) - (all - dead) * log(1 - dead / all) > LN_SURE;
}

static enum dg_others
say(double sum)
{
	if (sum < -LN_SURE)
		return DG_OTHERS_ALIVE;
	return sum > LN_SURE ? DG_OTHERS_DEAD : DG_OTHERS_UNTESTED;
}

static bool
is_confirmed(const struct looks *l, const struct dg_port_verdict *v)
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

/* `*sums`: of other servers, same clients; and of other clients, same servers. */
static int
ask(const struct looks *l, struct dg_port_verdict *v)
{
	struct members m = {NULL};
	double servers = 0, clients = 0;
	size_t prefixes = 0;
	bool is_divided;
	int error = members_make(l, v, &m);

	for (size_t i = 0; error == 0 && i < l->count; i++) {
		const struct dg_case *x = &l->cases->list[l->ids[i]];

		if (m.is_own[i])
			continue;
		if (m.is_client[x->client] && !m.is_server[x->server])
			servers += l->ratios[i];
		if (!m.is_client[x->client] && m.is_server[x->server])
			clients += l->ratios[i];
	}
	if (error == 0)
		error = count_prefixes(m.is_dead_server, l->cases->server_prefixes,
		    l->cases->server_count, &prefixes);
	is_divided =
	    error == 0 && v->shape == DG_SHAPE_SOFT && are_clients_divided(l->cases, &m);
	members_fini(&m);
	if (error != 0)
		return error;
	v->other_servers = say(servers);
	v->other_clients = say(clients);
	v->dead_prefixes = (unsigned)prefixes;
	v->is_confirmed = is_confirmed(l, v) && !is_divided;
	return 0;
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

int
dg_scope_ask(const struct dg_cases *cases, struct dg_port_verdict *v)
{
	bool *is_in = malloc(DG_PORT_NUMBERS * sizeof *is_in);
	struct looks l = {0};
	double rate = DG_DEAD_RATE_HARD;
	int error;

	if (is_in == NULL)
		return DNSGAP_ENOMEM;
	dg_verdict_fill(v, is_in);
	if (v->shape == DG_SHAPE_SOFT)
		rate = own_rate(cases, v, is_in);
	error = look(cases, v, is_in, rate, &l);
	if (error == 0)
		error = ask(&l, v);
	looks_fini(&l);
	free(is_in);
	return error;
}
