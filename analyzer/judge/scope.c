/*
 * scope.c - whose fault a set of ports is: the fewest servers, clients or pairs that cover
 * where it is dead and leave out where it is alive.
 *
 * Every case in the set speaks by its ln likelihood ratio, fault against none.  A single port
 * costs a unit only so much, as it may be an exception.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"
#include "judge/looks.h"
#include "judge/natural.h"
#include "judge/order.h"

/* What an answered port costs a unit at most; less where ports are often kept open. */
#define PORT_FLOOR (-5.3)
#define PORT_FLOOR_KEPT_OPEN (-1.2)
/* A further unit must bring so much more than its cost. */
#define FURTHER_UNIT 2.0

/* Odds of 100 : 1 that a partial loss is the total loss of some pairs and none of the others.
 */
#define LN_SURE 4.6

/* Units of one kind, and their sums. */
struct sum {
	uint64_t unit;
	double value;
};

static int
compare_sums(const void *left, const void *right)
{
	const struct sum *a = left, *b = right;

	if (a->value != b->value)
		return a->value > b->value ? -1 : 1;
	return (a->unit > b->unit) - (a->unit < b->unit);
}

static const struct dg_case *
case_of(const struct dg_looks *l, const struct dg_keyed *item)
{
	return &l->cases->list[l->ids[item->at]];
}

/* Sums of units, each port's floored; of a soft fault, alive ports are no exceptions.  `items`:
 * looks by unit, those of one unit by port. */
static size_t
sum_units(
    const struct dg_looks *l, const struct dg_keyed *items, bool is_soft, struct sum *sums)
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
	size_t all; /* units that there are to choose from */
};

/* The best set of units of a scope, each of which costs `cost`. */
static int
make_offer(
    const struct dg_looks *l, enum dg_scope scope, double cost, bool is_soft, struct offer *out)
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
	out->all = count;
	return 0;
}

/* What a unit of each scope costs; negative: the scope is none here. */
static int
find_costs(const struct dg_looks *l, double costs[DG_SCOPE_COUNT])
{
	double servers = (double)l->servers, clients = (double)l->clients;
	size_t prefixes;
	int error;

	for (int scope = 0; scope < DG_SCOPE_COUNT; scope++)
		costs[scope] = scope == DG_SCOPE_ALL ? 0 : -1;
	if (l->servers > 1) {
		costs[DG_SCOPE_SERVER] = log(servers) + 1;
		error = dg_count_prefixes(l->has_server, l->cases->server_prefixes,
		    l->cases->server_count, &prefixes);
		if (error != 0)
			return error;
		if (prefixes > 1 && prefixes < l->servers)
			costs[DG_SCOPE_SERVER_PREFIX] = log((double)prefixes) + .5;
	}
	if (l->clients > 1) {
		costs[DG_SCOPE_CLIENT] = log(clients) + 1;
		error = dg_count_prefixes(l->has_client, l->cases->client_prefixes,
		    l->cases->client_count, &prefixes);
		if (error != 0)
			return error;
		if (prefixes > 1 && prefixes < l->clients)
			costs[DG_SCOPE_CLIENT_PREFIX] = log((double)prefixes) + .5;
	}
	if (l->servers > 1 && costs[DG_SCOPE_CLIENT_PREFIX] >= 0)
		costs[DG_SCOPE_SITE] = log(servers) + log((double)prefixes) + 1.5;
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

static int
compare_units(const void *left, const void *right)
{
	const struct sum *a = left, *b = right;

	return (a->unit > b->unit) - (a->unit < b->unit);
}

/* Which clients of a site were tried in the set. */
struct site {
	uint32_t client;
	bool has_one;
	bool has_several;
};

static void
count_clients(
    const struct dg_looks *l, const struct sum *sums, size_t count, struct site *sites)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct dg_case *x = &l->cases->list[l->ids[i]];
		struct sum wanted = {dg_case_unit(l->cases, x, DG_SCOPE_SITE), 0};
		const struct sum *found =
		    bsearch(&wanted, sums, count, sizeof *sums, compare_units);
		struct site *site;

		if (found == NULL)
			continue;
		site = &sites[found - sums];
		site->has_several |= site->has_one && site->client != x->client;
		site->client = x->client;
		site->has_one = true;
	}
}

/* Tells sites as their pairs: all of them, but where only one client was tried in the set it
 * alone, for nothing is known of the others there.  Orders `sums` by unit. */
static int
set_sites(const struct dg_looks *l, struct sum *sums, size_t count, struct dg_port_verdict *v)
{
	const struct dg_cases *c = l->cases;
	struct site *sites = calloc(count + 1, sizeof *sites);
	struct sum *pairs = malloc((c->count + 1) * sizeof *pairs);
	size_t used = 0;
	int error = DNSGAP_ENOMEM;

	if (sites == NULL || pairs == NULL)
		goto done;
	qsort(sums, count, sizeof *sums, compare_units);
	count_clients(l, sums, count, sites);
	for (size_t i = 0; i < c->count; i++) {
		const struct dg_case *x = &c->list[i];
		struct sum wanted = {dg_case_unit(c, x, DG_SCOPE_SITE), 0};
		const struct sum *found;

		if (!x->is_active || !dg_verdict_has_time(v, x->time_ns))
			continue;
		found = bsearch(&wanted, sums, count, sizeof *sums, compare_units);
		if (found == NULL)
			continue;
		if (sites[found - sums].has_several || sites[found - sums].client == x->client)
			pairs[used++] = (struct sum){dg_case_unit(c, x, DG_SCOPE_PAIR), 0};
	}
	error = set_units(v, DG_SCOPE_PAIR, pairs, used);
done:
	free(sites);
	free(pairs);
	return error;
}

/* Prefixes of which only one server (client) each was tried in the set: nothing is known of
 * the others there, so it is about those that were tried. */
static int
narrow_prefixes(const struct dg_looks *l, enum dg_scope prefix, enum dg_scope member,
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

/* `*value`: ln likelihood ratio of the units that are chosen, less what they cost. */
static int
choose(const struct dg_looks *l, bool is_soft, struct dg_port_verdict *v, double *value)
{
	double costs[DG_SCOPE_COUNT];
	struct offer best = {0, NULL, 0, 0};
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
		error = best_scope == DG_SCOPE_SITE
		    ? set_sites(l, best.units, best.count, v)
		    : set_units(v, best_scope, best.units, best.count);
	free(best.units);
	*value = best.value;
	if (error == 0)
		error = narrow_prefixes(l, DG_SCOPE_SERVER_PREFIX, DG_SCOPE_SERVER, v);
	if (error == 0)
		error = narrow_prefixes(l, DG_SCOPE_CLIENT_PREFIX, DG_SCOPE_CLIENT, v);
	return error;
}

/* Keeps the looks at a verdict's units only. */
static void
keep_own(struct dg_looks *l, const struct dg_port_verdict *v)
{
	size_t count = 0;

	for (size_t i = 0; i < l->count; i++) {
		if (!dg_verdict_has_unit(l->cases, v, &l->cases->list[l->ids[i]]))
			continue;
		l->ids[count] = l->ids[i];
		l->ratios[count++] = l->ratios[i];
	}
	l->count = count;
}

/* The best parts of what is blamed, each of which may be at fault or not: what they are worth
 * goes to `*value`, and it is no offer when they are none or all. */
static int
offer_parts(const struct dg_looks *l, enum dg_scope scope, struct offer *offer, double *value)
{
	int error = make_offer(l, scope, 0, false, offer);

	*value = offer->count > 0 && offer->count < offer->all
	    ? offer->value - (double)offer->all * log(2)
	    : -INFINITY;
	return error;
}

/*
 * A server that loses a part may lose all of some clients and none of others, as the sites of
 * an anycast address do: then it is those pairs, or those of some client prefixes.  `value`: of
 * the units of `v`, if each loses a part.  Beforehand, each part may be one of them or not.
 */
static int
divide(const struct dg_cases *cases, const bool *is_in, double value, struct dg_port_verdict *v)
{
	struct dg_looks l = {0};
	struct offer pairs = {0, NULL, 0, 0}, sites = {0, NULL, 0, 0};
	double costs[DG_SCOPE_COUNT], by_pairs, by_sites;
	int error = dg_looks_make(cases, v, is_in, DG_DEAD_RATE_HARD, &l);

	if (error == 0)
		error = find_costs(&l, costs);
	if (error == 0 && costs[DG_SCOPE_PAIR] >= 0 && v->scope != DG_SCOPE_PAIR) {
		value += costs[v->scope] * (double)v->unit_count + LN_SURE;
		keep_own(&l, v);
		error = offer_parts(&l, DG_SCOPE_PAIR, &pairs, &by_pairs);
		if (error == 0)
			error = offer_parts(&l, DG_SCOPE_SITE, &sites, &by_sites);
		if (error == 0 && costs[DG_SCOPE_SITE] >= 0 && by_sites > value &&
		    by_sites >= by_pairs)
			error = set_sites(&l, sites.units, sites.count, v);
		else if (error == 0 && by_pairs > value)
			error = set_units(v, DG_SCOPE_PAIR, pairs.units, pairs.count);
	}
	free(pairs.units);
	free(sites.units);
	dg_looks_fini(&l);
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
	struct dg_looks l = {0};
	double value = 0;
	int error;

	if (is_in == NULL)
		return DNSGAP_ENOMEM;
	if (is_soft)
		rate = fmin(.95, fmax(.3, c->cases > 0 ? c->dead / c->cases : 0));
	v->exception_count = 0; /* other units may have others */
	dg_verdict_fill(v, is_in);
	v->exception_count = exceptions;
	error = dg_looks_make(cases, v, is_in, rate, &l);
	if (error == 0)
		error = choose(&l, is_soft, v, &value);
	dg_looks_fini(&l);
	if (error == 0 && is_soft)
		error = divide(cases, is_in, value, v);
	free(is_in);
	return error;
}
