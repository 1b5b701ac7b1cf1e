/*
 * units.c - the units of a set of cases, and the search in each.
 *
 * The level of a capture is shared by scopes, then by shapes, then by the units of a scope that
 * could reach it at all (Tarone 1990).  A unit's views live while it is searched; only what was
 * found stays.
 */
#include "judge/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"
#include "judge/order.h"

/* Less says nothing about ports. */
#define UNIT_CASES 4
#define UNIT_DEAD 2
#define UNIT_DEAD_WEIGHT 1.5

/* What is less likely than this after all corrections is not even suspected. */
#define LEVEL_KEPT 0.5

/* How the level is shared; only by the scopes that there are. */
static const double scope_shares[] = {
    [DG_SCOPE_ALL] = .25,
    [DG_SCOPE_SERVER] = .30,
    [DG_SCOPE_SERVER_PREFIX] = .15,
    [DG_SCOPE_CLIENT] = .15,
    [DG_SCOPE_CLIENT_PREFIX] = .05,
    [DG_SCOPE_PAIR] = .10,
    [DG_SCOPE_SITE] = .05,
};

/* For hashes, which concern single servers or clients, or, as they take in both addresses,
 * single pairs: other units would mix different hashes. */
static const double hash_scope_shares[DG_SCOPE_COUNT] = {
    [DG_SCOPE_SERVER] = .30,
    [DG_SCOPE_CLIENT] = .15,
    [DG_SCOPE_PAIR] = .55,
};

/* More than ln(.55 / .30): where a server has one client, the hash is before the server. */
#define PAIR_HANDICAP .61

/* `handicap`: the plainer account goes first. */
static const struct {
	double share;
	double handicap;
	int (*scan)(struct dg_unit *u, struct dg_candidate *out);
} shapes[] = {
    [DG_SHAPE_HARD] = {.55, 0, dg_scan_hard},
    [DG_SHAPE_FLIP] = {.05, 2, dg_scan_flip},
    [DG_SHAPE_ONSET] = {.08, 6, dg_scan_onset},
    [DG_SHAPE_LIST] = {.10, 4, dg_scan_list},
    [DG_SHAPE_PARITY] = {.06, 10, dg_scan_parity},
    [DG_SHAPE_SOFT] = {.08, 12, dg_scan_soft},
    [DG_SHAPE_REPEATS] = {.04, 10, dg_scan_repeats},
    [DG_SHAPE_SINGLE] = {.04, 4, dg_scan_single},
};

const struct dg_view *
dg_unit_view(struct dg_unit *u, enum dg_view_kind kind)
{
	if (!u->has_roll) {
		if (dg_roll_make(u->cases, u->ids, u->count, &u->roll) != 0)
			return NULL;
		u->has_roll = true;
	}
	if (!u->has_view[kind]) {
		if (dg_view_make_by(u->cases, u->ids, &u->roll, kind, &u->views[kind]) != 0)
			return NULL;
		u->has_view[kind] = true;
	}
	return &u->views[kind];
}

void
dg_unit_fini(struct dg_unit *u)
{
	for (int kind = 0; kind < 3; kind++)
		if (u->has_view[kind])
			dg_view_fini(&u->views[kind]);
	if (u->has_roll)
		dg_roll_fini(&u->roll);
	*u = (struct dg_unit){0};
}

struct dg_unit
dg_search_unit(const struct dg_search *s, enum dg_scope scope, const struct dg_slot *slot)
{
	return (struct dg_unit){
	    .cases = s->cases,
	    .again = s->again,
	    .scope = scope,
	    .number = slot->number,
	    .ids = s->scopes[scope].ids + slot->from,
	    .count = slot->count,
	};
}

/* The least ln p of a unit with so many alive and dead. */
static double
ln_least(double alive, double dead)
{
	return -dg_ln_choose(alive + dead, fmin(alive, dead));
}

/* Of an untouched unit; what fails once fails always, for units only lose cases. */
static bool
may_be_testable(const struct dg_search *s, size_t count, size_t dead)
{
	return count >= UNIT_CASES && dead >= UNIT_DEAD && dead < count &&
	    ln_least((double)(count - dead), (double)dead) <=
	    s->ln_alpha + log(shapes[DG_SHAPE_HARD].share);
}

/* The unit that begins at `from` of `ids`: its end, and its dead cases. */
static size_t
unit_end(const struct dg_cases *c, enum dg_scope scope, const uint32_t *ids, size_t count,
    size_t from, size_t *dead)
{
	uint64_t unit = dg_case_unit(c, &c->list[ids[from]], scope);
	size_t to = from;

	*dead = 0;
	for (; to < count && dg_case_unit(c, &c->list[ids[to]], scope) == unit; to++)
		*dead += c->list[ids[to]].is_dead;
	return to;
}

static int
add_slot(struct dg_units *units, size_t *room, const struct dg_slot *one)
{
	if (units->count == *room) {
		struct dg_slot *list;

		*room = *room == 0 ? 16 : 2 * *room;
		list = realloc(units->list, *room * sizeof *list);
		if (list == NULL)
			return DNSGAP_ENOMEM;
		units->list = list;
	}
	units->list[units->count++] = *one;
	return 0;
}

/* Keeps of units->ids, which are by unit, what may ever be testable. */
static int
make_slots(struct dg_search *s, enum dg_scope scope, size_t count)
{
	struct dg_units *units = &s->scopes[scope];
	uint32_t *ids = units->ids;
	size_t room = 0, kept = 0, dead;

	for (size_t from = 0, to; from < count; from = to) {
		to = unit_end(s->cases, scope, ids, count, from, &dead);
		if (may_be_testable(s, to - from, dead)) {
			struct dg_slot one = {
			    .number = dg_case_unit(s->cases, &s->cases->list[ids[from]], scope),
			    .from = (uint32_t)kept,
			    .count = (uint32_t)(to - from),
			};

			if (add_slot(units, &room, &one) != 0)
				return DNSGAP_ENOMEM;
			memmove(ids + kept, ids + from, (to - from) * sizeof *ids);
			kept += to - from;
		}
	}
	ids = realloc(ids, (kept + 1) * sizeof *ids);
	if (ids == NULL)
		return DNSGAP_ENOMEM;
	units->ids = ids;
	return 0;
}

static int
find_units(struct dg_search *s, enum dg_scope scope)
{
	struct dg_units *units = &s->scopes[scope];
	size_t count = 0;

	units->ids = malloc((s->cases->count + 1) * sizeof *units->ids);
	if (units->ids == NULL || dg_cases_list(s->cases, scope, units->ids, &count) != 0)
		return DNSGAP_ENOMEM;
	return make_slots(s, scope, count);
}

/* Different members among active cases, and different prefixes of these. */
struct diversity {
	size_t members;
	size_t prefixes;
};

static int
count_different(const struct dg_cases *c, enum dg_scope scope, size_t member_count,
    const uint32_t *prefixes, struct diversity *out)
{
	struct dg_keyed *order = calloc(2 * member_count + 1, sizeof *order);
	bool *is_there = calloc(member_count + 1, sizeof *is_there);

	*out = (struct diversity){0, 0};
	if (order == NULL || is_there == NULL) {
		free(order);
		free(is_there);
		return DNSGAP_ENOMEM;
	}
	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].is_active)
			is_there[dg_case_unit(c, &c->list[i], scope)] = true;
	for (uint32_t m = 0; m < member_count; m++)
		if (is_there[m])
			order[out->members++] = (struct dg_keyed){prefixes[m], m};
	dg_order(order, order + member_count, out->members);
	for (size_t i = 0; i < out->members; i++)
		out->prefixes += i == 0 || order[i].key != order[i - 1].key;
	free(order);
	free(is_there);
	return 0;
}

/* Which scopes there are, and their shares. */
static int
take_stock(struct dg_search *s)
{
	const struct dg_cases *c = s->cases;
	struct diversity servers, clients;
	double sum = 0, hash_sum = 0;
	int error =
	    count_different(c, DG_SCOPE_SERVER, c->server_count, c->server_prefixes, &servers);

	if (error == 0)
		error = count_different(
		    c, DG_SCOPE_CLIENT, c->client_count, c->client_prefixes, &clients);
	if (error != 0)
		return error;
	s->is_many = servers.members > 1 || clients.members > 1;
	s->scopes[DG_SCOPE_ALL].is_present = true;
	s->scopes[DG_SCOPE_SERVER].is_present = servers.members > 1;
	s->scopes[DG_SCOPE_SERVER_PREFIX].is_present =
	    servers.prefixes > 1 && servers.prefixes < servers.members;
	s->scopes[DG_SCOPE_CLIENT].is_present = clients.members > 1;
	s->scopes[DG_SCOPE_CLIENT_PREFIX].is_present =
	    clients.prefixes > 1 && clients.prefixes < clients.members;
	s->scopes[DG_SCOPE_PAIR].is_present = servers.members > 1 && clients.members > 1;
	s->scopes[DG_SCOPE_SITE].is_present =
	    servers.members > 1 && s->scopes[DG_SCOPE_CLIENT_PREFIX].is_present;
	for (int scope = 0; s->again != NULL && scope < DG_SCOPE_COUNT; scope++)
		s->scopes[scope].is_present &= s->again->has_scope[scope];
	for (int scope = 0; scope < DG_SCOPE_COUNT; scope++) {
		sum += s->scopes[scope].is_present ? scope_shares[scope] : 0;
		hash_sum += s->scopes[scope].is_present ? hash_scope_shares[scope] : 0;
	}
	for (int scope = 0; scope < DG_SCOPE_COUNT; scope++) {
		s->scopes[scope].ln_share = log(scope_shares[scope] / sum);
		s->scopes[scope].ln_hash_share =
		    s->is_many ? log(hash_scope_shares[scope] / hash_sum) : 0;
	}
	return 0;
}

int
dg_search_make(const struct dg_cases *cases, const struct dg_again *again, double ln_alpha,
    struct dg_search *out)
{
	int error;

	*out = (struct dg_search){.cases = cases, .again = again, .ln_alpha = ln_alpha};
	error = take_stock(out);
	for (int scope = 0; error == 0 && scope < DG_SCOPE_COUNT; scope++)
		if (out->scopes[scope].is_present)
			error = find_units(out, (enum dg_scope)scope);
	if (error != 0)
		dg_search_fini(out);
	return error;
}

void
dg_search_fini(struct dg_search *s)
{
	for (int scope = 0; scope < DG_SCOPE_COUNT; scope++) {
		struct dg_units *units = &s->scopes[scope];

		for (size_t i = 0; i < units->count; i++)
			free(units->list[i].found);
		free(units->list);
		free(units->ids);
	}
	*s = (struct dg_search){0};
}

/* A prefix counts when it is of several: one server, or one client, is a unit of its own. */
static bool
has_several(const struct dg_search *s, enum dg_scope scope, const uint32_t *ids, size_t count)
{
	const struct dg_case *list = s->cases->list;

	if (scope != DG_SCOPE_SERVER_PREFIX && scope != DG_SCOPE_CLIENT_PREFIX &&
	    scope != DG_SCOPE_SITE)
		return true;
	for (size_t i = 1; i < count; i++) {
		const struct dg_case *a = &list[ids[0]], *b = &list[ids[i]];

		if (scope == DG_SCOPE_SERVER_PREFIX ? a->server != b->server
						    : a->client != b->client)
			return true;
	}
	return false;
}

/* Drops a unit's cases that are no longer active, and what was found with them. */
static int
refresh(struct dg_search *s, enum dg_scope scope, struct dg_slot *slot)
{
	uint32_t *ids = s->scopes[scope].ids + slot->from;
	uint32_t count = 0, dead_cases = 0;
	double alive, dead;
	int error;

	for (uint32_t i = 0; i < slot->count; i++) {
		const struct dg_case *x = &s->cases->list[ids[i]];

		if (!x->is_active)
			continue;
		ids[count++] = ids[i];
		dead_cases += x->is_dead;
	}
	if (count == slot->count && slot->is_fresh)
		return 0;
	free(slot->found);
	slot->found = NULL;
	slot->found_count = 0;
	slot->scanned = 0;
	slot->count = count;
	slot->is_fresh = true;
	slot->is_testable =
	    may_be_testable(s, count, dead_cases) && has_several(s, scope, ids, count);
	if (!slot->is_testable)
		return 0;
	error = dg_view_margins(s->cases, ids, count, &alive, &dead);
	slot->is_testable = dead >= UNIT_DEAD_WEIGHT;
	slot->ln_least = ln_least(alive, ceil(dead));
	return error;
}

static int
by_size(const void *left, const void *right)
{
	const double *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static size_t
count_up_to(const double *sorted, size_t count, double most)
{
	size_t low = 0;

	while (low < count) {
		size_t middle = low + (count - low) / 2;

		if (sorted[middle] <= most)
			low = middle + 1;
		else
			count = middle;
	}
	return low;
}

/* Hashes have shares of their own. */
static bool
is_hash(int shape)
{
	return shape == DG_SHAPE_PARITY || shape == DG_SHAPE_REPEATS;
}

/* Of a scope's units for a shape. */
static double
ln_share(const struct dg_search *s, const struct dg_units *units, int shape)
{
	if (s->again != NULL)
		return units->ln_share;
	return (is_hash(shape) ? units->ln_hash_share : units->ln_share) +
	    log(shapes[shape].share);
}

static double
ln_level(const struct dg_search *s, const struct dg_units *units, int shape)
{
	return s->ln_alpha + ln_share(s, units, shape);
}

/* How many units share a level: the least number r of which no more than r reach 1/r. */
static int
count_sharers(const struct dg_search *s, struct dg_units *units)
{
	double *least = malloc((units->count + 1) * sizeof *least);
	size_t count = 0;

	if (least == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < units->count; i++)
		if (units->list[i].is_testable)
			least[count++] = units->list[i].ln_least;
	qsort(least, count, sizeof *least, by_size);
	for (int shape = 0; shape < DG_SHAPE_COUNT; shape++) {
		double level = ln_level(s, units, shape);
		size_t sharers = 1;

		while (count_up_to(least, count, level - log((double)sharers)) > sharers)
			sharers++;
		units->ln_sharers[shape] = log((double)sharers);
	}
	free(least);
	return 0;
}

static bool
is_looked_for(const struct dg_search *s, enum dg_scope scope, int shape)
{
	if (s->again != NULL)
		return shape == DG_SHAPE_HARD;
	return !is_hash(shape) ||
	    (s->is_many ? hash_scope_shares[scope] > 0 : scope == DG_SCOPE_ALL);
}

static bool
reaches(const struct dg_search *s, const struct dg_units *units, const struct dg_slot *slot,
    int shape)
{
	return slot->is_testable &&
	    slot->ln_least <= ln_level(s, units, shape) - units->ln_sharers[shape];
}

static int
keep(struct dg_slot *slot, const struct dg_candidate *one)
{
	struct dg_candidate *list =
	    realloc(slot->found, ((size_t)slot->found_count + 1) * sizeof *list);

	if (list == NULL)
		return DNSGAP_ENOMEM;
	slot->found = list;
	list[slot->found_count++] = *one;
	return 0;
}

static int
scan_unit(struct dg_search *s, enum dg_scope scope, struct dg_slot *slot)
{
	const struct dg_units *units = &s->scopes[scope];
	struct dg_unit u = dg_search_unit(s, scope, slot);
	int error = 0;

	for (int shape = 0; error == 0 && shape < DG_SHAPE_COUNT; shape++) {
		struct dg_candidate one = {.is_found = false};

		if ((slot->scanned >> shape & 1) != 0 || !is_looked_for(s, scope, shape) ||
		    !reaches(s, units, slot, shape))
			continue;
		error = shapes[shape].scan(&u, &one);
		slot->scanned |= (uint8_t)(1u << shape);
		if (error == 0 && one.is_found &&
		    one.ln_score - log(shapes[shape].share) <= log(LEVEL_KEPT))
			error = keep(slot, &one);
	}
	dg_unit_fini(&u);
	return error;
}

static int
run_scope(struct dg_search *s, enum dg_scope scope)
{
	struct dg_units *units = &s->scopes[scope];
	int error = 0;

	for (size_t i = 0; error == 0 && i < units->count; i++)
		error = refresh(s, scope, &units->list[i]);
	if (error == 0)
		error = count_sharers(s, units);
	for (size_t i = 0; error == 0 && i < units->count; i++)
		error = scan_unit(s, scope, &units->list[i]);
	return error;
}

int
dg_search_run(struct dg_search *s)
{
	int error = take_stock(s);

	for (int scope = 0; error == 0 && scope < DG_SCOPE_COUNT; scope++)
		if (s->scopes[scope].is_present)
			error = run_scope(s, (enum dg_scope)scope);
	return error;
}

static int
by_rank(const void *left, const void *right)
{
	const struct dg_choice *a = left, *b = right;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->candidate->shape != b->candidate->shape)
		return a->candidate->shape < b->candidate->shape ? -1 : 1;
	if (a->scope != b->scope)
		return a->scope < b->scope ? -1 : 1;
	return a->slot->number < b->slot->number ? -1 : a->slot->number > b->slot->number;
}

static size_t
list_slot(const struct dg_search *s, enum dg_scope scope, const struct dg_slot *slot,
    double ln_most, struct dg_choice *out)
{
	const struct dg_units *units = &s->scopes[scope];
	size_t count = 0;

	for (unsigned i = 0; i < slot->found_count; i++) {
		const struct dg_candidate *c = &slot->found[i];
		double ln_p =
		    c->ln_score + units->ln_sharers[c->shape] - ln_share(s, units, c->shape);
		double rank = ln_p + shapes[c->shape].handicap;

		if (is_hash(c->shape) && scope == DG_SCOPE_PAIR)
			rank += PAIR_HANDICAP;
		if (ln_p <= ln_most && reaches(s, units, slot, c->shape))
			out[count++] = (struct dg_choice){rank, ln_p, scope, slot, c};
	}
	return count;
}

int
dg_search_list(const struct dg_search *s, double ln_most, struct dg_choice **out, size_t *count)
{
	size_t room = 1;

	for (int scope = 0; scope < DG_SCOPE_COUNT; scope++)
		for (size_t i = 0; i < s->scopes[scope].count; i++)
			room += s->scopes[scope].list[i].found_count;
	*out = malloc(room * sizeof **out);
	if (*out == NULL)
		return DNSGAP_ENOMEM;
	*count = 0;
	for (int scope = 0; scope < DG_SCOPE_COUNT; scope++) {
		const struct dg_units *units = &s->scopes[scope];

		for (size_t i = 0; units->is_present && i < units->count; i++)
			*count += list_slot(
			    s, (enum dg_scope)scope, &units->list[i], ln_most, *out + *count);
	}
	qsort(*out, *count, sizeof **out, by_rank);
	return 0;
}
