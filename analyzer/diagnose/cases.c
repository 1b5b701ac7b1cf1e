/*
 * cases.c - trials made ready for the search, and what gives no evidence about ports.
 *
 * Cases come in the order of all that tells one trial from another, so that nothing later
 * depends on the order in which the trials came.
 */
#include "diagnose/cases.h"

#include <math.h>
#include <stdlib.h>

#include "diagnose/order.h"
#include "dnsgap/error.h"

#define PORTS 65536

/* A server, client or pair is called dead when chance does this less often, for all of them. */
#define ENTITY_LEVEL 0.01

/* Fewer trials say nothing. */
#define ENTITY_TRIALS 2

static int
by_all(const void *left, const void *right)
{
	const struct dg_case *a = left, *b = right;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	if (a->server != b->server)
		return a->server < b->server ? -1 : 1;
	if (a->client != b->client)
		return a->client < b->client ? -1 : 1;
	if (a->question != b->question)
		return a->question < b->question ? -1 : 1;
	if (a->is_dead != b->is_dead)
		return a->is_dead ? 1 : -1;
	return a->is_refused - b->is_refused;
}

static struct dg_case
case_of(const struct dg_trial *t)
{
	return (struct dg_case){
	    .time_ns = t->time_ns,
	    .server = t->server,
	    .client = t->client,
	    .question = t->question, /* until all are numbered */
	    .port = t->port,
	    .is_dead = t->reached == 0,
	    .is_refused = t->reached == 0 && t->refused != 0,
	    .is_active = true,
	};
}

/* Deals the trials by port, then sorts those of each port. */
static int
sort_cases(const struct dg_port_input *input, struct dg_case *list)
{
	uint32_t *starts = calloc(PORTS + 1, sizeof *starts);

	if (starts == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < input->trial_count; i++)
		starts[input->trials[i].port + 1]++;
	for (size_t port = 0; port < PORTS; port++)
		starts[port + 1] += starts[port];
	for (size_t i = 0; i < input->trial_count; i++)
		list[starts[input->trials[i].port]++] = case_of(&input->trials[i]);
	for (size_t port = 0, from = 0; port < PORTS; from = starts[port++])
		if (starts[port] - from > 1)
			qsort(list + from, starts[port] - from, sizeof *list, by_all);
	free(starts);
	return 0;
}

/* Cases of one server and question: [from, to) of `order`, in order of time. */
static void
number_question(
    struct dg_cases *c, const struct dg_keyed *order, size_t from, size_t to, uint32_t number)
{
	size_t dead = 0;

	for (size_t i = from; i < to; i++)
		dead += c->list[order[i].at].is_dead;
	for (size_t i = from; i < to; i++) {
		struct dg_case *x = &c->list[order[i].at];
		bool is_answered = dead < to - from;

		x->question = number;
		x->is_question_answered = is_answered;
		x->is_question_first = is_answered || i == from;
		x->weight = is_answered ? 1 : 1 / (float)dead;
	}
}

/* `order` has the cases in order of time. */
static void
number_questions(struct dg_cases *c, struct dg_keyed *order, struct dg_keyed *spare)
{
	uint32_t number = 0;
	size_t with = 0;

	for (size_t i = 0; i < c->count; i++) {
		struct dg_case *x = &c->list[order[i].at];

		if (x->question != 0)
			order[with++] = (struct dg_keyed){
			    (uint64_t)x->server << 32 | x->question, order[i].at};
	}
	dg_order(order, spare, with);
	for (size_t from = 0, to; from < with; from = to) {
		for (to = from + 1; to < with && order[to].key == order[from].key;)
			to++;
		number_question(c, order, from, to, ++number);
	}
	for (size_t i = 0; i < c->count; i++) {
		struct dg_case *x = &c->list[i];

		if (x->question == 0) {
			x->question = ++number;
			x->is_question_answered = x->is_question_first = true;
			x->weight = 1;
		}
	}
}

/* `order`: room for two lists of all cases. */
static void
rank_members(
    const struct dg_cases *c, enum dg_scope scope, struct dg_keyed *order, uint32_t *ranks)
{
	for (size_t i = 0; i < c->count; i++)
		order[c->rank[i]] =
		    (struct dg_keyed){dg_case_unit(c, &c->list[i], scope), (uint32_t)i};
	dg_order(order, order + c->count, c->count);
	for (size_t i = 0; i < c->count; i++)
		ranks[order[i].at] = (uint32_t)i;
}

int
dg_cases_make(const struct dg_port_input *input, struct dg_cases *out)
{
	size_t room = input->trial_count + 1;
	struct dg_keyed *order = malloc(2 * room * sizeof *order);
	int error = DNSGAP_ENOMEM;

	*out = (struct dg_cases){
	    .list = malloc(room * sizeof *out->list),
	    .rank = malloc(3 * room * sizeof *out->rank),
	    .count = input->trial_count,
	    .server_count = input->server_count,
	    .client_count = input->client_count,
	    .server_prefixes = input->server_prefixes,
	    .client_prefixes = input->client_prefixes,
	};
	if (order != NULL && out->list != NULL && out->rank != NULL)
		error = sort_cases(input, out->list);
	if (error != 0) {
		free(order);
		dg_cases_fini(out);
		return error;
	}
	for (size_t i = 0; i < out->count; i++) /* the sign bit: earlier times sort first */
		order[i] = (struct dg_keyed){
		    (uint64_t)out->list[i].time_ns ^ UINT64_C(1) << 63, (uint32_t)i};
	dg_order(order, order + room, out->count);
	for (size_t i = 0; i < out->count; i++)
		out->rank[order[i].at] = (uint32_t)i;
	number_questions(out, order, order + room);
	out->client_rank = out->rank + room;
	out->server_rank = out->client_rank + room;
	rank_members(out, DG_SCOPE_CLIENT, order, out->client_rank);
	rank_members(out, DG_SCOPE_SERVER, order, out->server_rank);
	free(order);
	return 0;
}

void
dg_cases_fini(struct dg_cases *c)
{
	free(c->list);
	free(c->rank);
	*c = (struct dg_cases){0};
}

uint64_t
dg_case_unit(const struct dg_cases *c, const struct dg_case *x, enum dg_scope scope)
{
	switch (scope) {
	case DG_SCOPE_SERVER:
		return x->server;
	case DG_SCOPE_SERVER_PREFIX:
		return c->server_prefixes[x->server];
	case DG_SCOPE_CLIENT:
		return x->client;
	case DG_SCOPE_CLIENT_PREFIX:
		return c->client_prefixes[x->client];
	case DG_SCOPE_PAIR:
		return (uint64_t)x->server << 32 | x->client;
	case DG_SCOPE_ALL:
	case DG_SCOPE_COUNT:
		break;
	}
	return 0;
}

struct dg_unit_id
dg_unit_of(enum dg_scope scope, uint64_t unit)
{
	struct dg_unit_id id = {0, 0};

	if (scope == DG_SCOPE_CLIENT || scope == DG_SCOPE_CLIENT_PREFIX) {
		id.client = (uint32_t)unit;
	} else if (scope == DG_SCOPE_PAIR) {
		id.server = (uint32_t)(unit >> 32);
		id.client = (uint32_t)unit;
	} else if (scope != DG_SCOPE_ALL) {
		id.server = (uint32_t)unit;
	}
	return id;
}

/* Of the entities of one kind: those with something alive are the rest. */
struct census {
	uint64_t entities;
	uint64_t silent; /* with enough trials, all dead */
	uint64_t rest;   /* trials of those that are not silent */
	uint64_t rest_dead;
};

/* Where the cases of the entity that begins at `from` end. */
static size_t
entity_end(const struct dg_keyed *order, size_t from, size_t count)
{
	size_t to = from + 1;

	while (to < count && order[to].key == order[from].key)
		to++;
	return to;
}

static size_t
count_dead(const struct dg_cases *c, const struct dg_keyed *order, size_t from, size_t to)
{
	size_t dead = 0;

	for (size_t i = from; i < to; i++)
		dead += c->list[order[i].at].is_dead;
	return dead;
}

static struct census
take_census(const struct dg_cases *c, const struct dg_keyed *order, size_t count)
{
	struct census n = {0};

	for (size_t from = 0, to; from < count; from = to) {
		size_t dead;

		to = entity_end(order, from, count);
		dead = count_dead(c, order, from, to);
		n.entities++;
		if (dead == to - from && dead >= ENTITY_TRIALS) {
			n.silent++;
		} else {
			n.rest += to - from;
			n.rest_dead += dead;
		}
	}
	return n;
}

static int
grow_entities(struct dg_port_result *result, uint64_t more)
{
	struct dg_port_entity *list =
	    realloc(result->entities, (result->entity_count + more) * sizeof *list);

	if (list == NULL)
		return DNSGAP_ENOMEM;
	result->entities = list;
	return 0;
}

static int
set_aside_silent(struct dg_cases *c, enum dg_scope scope, const struct dg_keyed *order,
    size_t count, struct dg_port_result *result)
{
	struct census n = take_census(c, order, count);
	double ln_rate = log(((double)n.rest_dead + 0.5) / ((double)n.rest + 1));
	double ln_level = log(ENTITY_LEVEL / (double)n.entities);

	if (n.entities <= 1 || n.silent == 0)
		return 0;
	if (grow_entities(result, n.silent) != 0)
		return DNSGAP_ENOMEM;
	for (size_t from = 0, to; from < count; from = to) {
		to = entity_end(order, from, count);
		if (to - from < ENTITY_TRIALS || count_dead(c, order, from, to) < to - from)
			continue;
		for (size_t i = from; i < to; i++) {
			c->list[order[i].at].is_active = false;
			c->list[order[i].at].is_aside = true;
		}
		result->entities[result->entity_count++] = (struct dg_port_entity){
		    .scope = scope,
		    .unit = dg_unit_of(scope, order[from].key),
		    .trials = to - from,
		    .is_sure = (double)(to - from) * ln_rate < ln_level,
		};
	}
	return 0;
}

static size_t
list_active(const struct dg_cases *c, enum dg_scope scope, struct dg_keyed *order)
{
	size_t count = 0;

	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].is_active)
			order[count++] =
			    (struct dg_keyed){dg_case_unit(c, &c->list[i], scope), (uint32_t)i};
	return count;
}

int
dg_cases_set_aside(struct dg_cases *c, struct dg_port_result *result)
{
	static const enum dg_scope kinds[] = {DG_SCOPE_SERVER, DG_SCOPE_CLIENT, DG_SCOPE_PAIR};
	struct dg_keyed *order;
	size_t alive = 0;
	int error = 0;

	for (size_t i = 0; i < c->count; i++)
		alive += !c->list[i].is_dead;
	result->is_all_dead = c->count > 0 && alive == 0;
	if (alive == 0) {
		for (size_t i = 0; i < c->count; i++)
			c->list[i].is_active = false;
		return 0;
	}
	order = malloc(2 * c->count * sizeof *order);
	if (order == NULL)
		return DNSGAP_ENOMEM;
	for (size_t k = 0; error == 0 && k < sizeof kinds / sizeof *kinds; k++) {
		size_t count = list_active(c, kinds[k], order);

		dg_order(order, order + c->count, count);
		error = set_aside_silent(c, kinds[k], order, count, result);
	}
	free(order);
	return error;
}
