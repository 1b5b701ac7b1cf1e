/*
 * cases.c - trials made ready for the search, and what gives no evidence about ports.
 *
 * Cases come in the order of all that tells one trial from another, so that nothing later
 * depends on the order in which the trials came.
 */
#include "judge/cases.h"

#include <math.h>
#include <stdlib.h>

#include "base/pages.h"
#include "dnsgap/error.h"
#include "judge/order.h"
#include "judge/orders.h"

#define PORTS 65536

/* Lists of numbers, as long as that of cases. */
#define RANKS 5

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

/* Takes the trials as they come; false when they have to be sorted. */
static bool
take_sorted(const struct dg_port_input *input, struct dg_case *list)
{
	for (size_t i = 0; i < input->trial_count; i++) {
		list[i] = case_of(&input->trials[i]);
		if (i > 0 &&
		    (list[i].port < list[i - 1].port ||
			(list[i].port == list[i - 1].port &&
			    by_all(&list[i - 1], &list[i]) > 0)))
			return false;
	}
	return true;
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

/* Cases of one server and question: [from, to) of `order`. */
static void
number_question(
    struct dg_cases *c, const struct dg_keyed *order, size_t from, size_t to, uint32_t number)
{
	size_t first = from, dead = 0;

	for (size_t i = from; i < to; i++) {
		dead += c->list[order[i].at].is_dead;
		if (c->rank[order[i].at] < c->rank[order[first].at])
			first = i;
	}
	for (size_t i = from; dead == to - from && i < to; i++) {
		struct dg_case *x = &c->list[order[i].at];

		x->question = number;
		x->is_question_answered = false;
		x->is_question_first = i == first;
		x->weight = 1 / (float)dead;
	}
}

/* Cases whose questions are never answered, and maybe some more, by server and question. */
static size_t
list_questions(const struct dg_cases *c, uint64_t *marks, struct dg_keyed *order)
{
	size_t count = 0;

	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].is_dead)
			dg_mark_add(
			    marks, dg_question_of(c->list[i].server, c->list[i].question));
	for (size_t i = 0; i < c->count; i++) {
		uint64_t question = dg_question_of(c->list[i].server, c->list[i].question);

		if (c->list[i].question != 0 && dg_mark_has(marks, question))
			order[count++] = (struct dg_keyed){question, (uint32_t)i};
	}
	return count;
}

/* Questions count when they have a dead trial: the others are not even sorted. */
static int
number_questions(struct dg_cases *c)
{
	struct dg_keyed *order = malloc((2 * c->count + 1) * sizeof *order);
	uint64_t *marks = dg_marks_new();
	uint32_t number = 0;
	size_t count = 0;
	int error = order != NULL && marks != NULL ? 0 : DNSGAP_ENOMEM;

	if (error == 0) {
		count = list_questions(c, marks, order);
		dg_order(order, order + count, count);
	}
	for (size_t i = 0; i < c->count; i++) {
		c->list[i].is_question_answered = c->list[i].is_question_first = true;
		c->list[i].question = 0;
		c->list[i].weight = 1;
	}
	for (size_t from = 0, to; from < count; from = to) {
		for (to = from + 1; to < count && order[to].key == order[from].key;)
			to++;
		number_question(c, order, from, to, ++number);
	}
	free(order);
	free(marks);
	return error;
}

/* Ranks by time; `order` is given or made. */
static int
rank_times(struct dg_cases *c, const uint32_t *given)
{
	struct dg_keyed *order;

	for (size_t i = 0; given != NULL && i < c->count; i++)
		c->rank[given[i]] = (uint32_t)i;
	if (given != NULL)
		return 0;
	order = malloc((2 * c->count + 1) * sizeof *order);
	if (order == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < c->count; i++) /* the sign bit: earlier times sort first */
		order[i] = (struct dg_keyed){
		    (uint64_t)c->list[i].time_ns ^ UINT64_C(1) << 63, (uint32_t)i};
	dg_order(order, order + c->count, c->count);
	for (size_t i = 0; i < c->count; i++)
		c->rank[order[i].at] = (uint32_t)i;
	free(order);
	return 0;
}

/* Puts cases in order of their members, then time. */
static int
rank_members(const struct dg_cases *c, enum dg_scope scope, size_t member_count,
    uint32_t *by_member, uint32_t *ranks, uint32_t **ends)
{
	size_t bytes = (2 * c->count + 1) * sizeof(uint32_t);
	uint32_t *work = dg_pages_new(bytes);
	uint32_t *by_time = work, *keys = work + c->count;

	if (work == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < c->count; i++) {
		by_time[c->rank[i]] = (uint32_t)i;
		keys[i] = (uint32_t)dg_case_unit(c, &c->list[i], scope);
	}
	*ends = dg_orders_deal(by_time, c->count, keys, member_count, by_member);
	for (size_t i = 0; *ends != NULL && i < c->count; i++)
		ranks[by_member[i]] = (uint32_t)i;
	dg_pages_free(work, bytes);
	return *ends != NULL ? 0 : DNSGAP_ENOMEM;
}

static int
rank_all(struct dg_cases *c, const uint32_t *by_time)
{
	size_t room = c->count + 1;
	int error = rank_times(c, by_time);

	if (error != 0)
		return error;
	c->client_rank = c->rank + room;
	c->server_rank = c->rank + 2 * room;
	c->by_client = c->rank + 3 * room;
	c->by_server = c->rank + 4 * room;
	error = rank_members(
	    c, DG_SCOPE_CLIENT, c->client_count, c->by_client, c->client_rank, &c->client_ends);
	if (error == 0)
		error = rank_members(c, DG_SCOPE_SERVER, c->server_count, c->by_server,
		    c->server_rank, &c->server_ends);
	return error == 0 ? number_questions(c) : error;
}

int
dg_cases_make(const struct dg_port_input *input, struct dg_cases *out)
{
	size_t room = input->trial_count + 1;
	const uint32_t *by_time = input->by_time;
	int error = DNSGAP_ENOMEM;

	*out = (struct dg_cases){
	    .list = dg_pages_new(room * sizeof *out->list),
	    .rank = dg_pages_new(RANKS * room * sizeof *out->rank),
	    .count = input->trial_count,
	    .server_count = input->server_count,
	    .client_count = input->client_count,
	    .server_prefixes = input->server_prefixes,
	    .client_prefixes = input->client_prefixes,
	};
	if (out->list != NULL && out->rank != NULL) {
		error = 0;
		if (!take_sorted(input, out->list)) {
			by_time = NULL;
			error = sort_cases(input, out->list);
		}
	}
	if (error == 0)
		error = rank_all(out, by_time);
	if (error != 0)
		dg_cases_fini(out);
	return error;
}

void
dg_cases_fini(struct dg_cases *c)
{
	dg_pages_free(c->list, (c->count + 1) * sizeof *c->list);
	dg_pages_free(c->rank, RANKS * (c->count + 1) * sizeof *c->rank);
	free(c->client_ends);
	free(c->server_ends);
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
	case DG_SCOPE_SITE:
		return (uint64_t)x->server << 32 | c->client_prefixes[x->client];
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
	} else if (scope == DG_SCOPE_PAIR || scope == DG_SCOPE_SITE) {
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

/* Where the cases of the entity that begins at `from` end, and how many are dead. */
static size_t
entity_end(const struct dg_cases *c, enum dg_scope scope, const uint32_t *ids, size_t from,
    size_t count, size_t *dead)
{
	uint64_t unit = dg_case_unit(c, &c->list[ids[from]], scope);
	size_t to = from;

	*dead = 0;
	for (; to < count && dg_case_unit(c, &c->list[ids[to]], scope) == unit; to++)
		*dead += c->list[ids[to]].is_dead;
	return to;
}

static struct census
take_census(const struct dg_cases *c, enum dg_scope scope, const uint32_t *ids, size_t count)
{
	struct census n = {0};

	for (size_t from = 0, to; from < count; from = to) {
		size_t dead;

		to = entity_end(c, scope, ids, from, count, &dead);
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
set_aside_silent(struct dg_cases *c, enum dg_scope scope, const uint32_t *ids, size_t count,
    struct dg_port_result *result)
{
	struct census n = take_census(c, scope, ids, count);
	double ln_rate = log(((double)n.rest_dead + 0.5) / ((double)n.rest + 1));
	double ln_level = log(ENTITY_LEVEL / (double)n.entities);

	if (n.entities <= 1 || n.silent == 0)
		return 0;
	if (grow_entities(result, n.silent) != 0)
		return DNSGAP_ENOMEM;
	for (size_t from = 0, to; from < count; from = to) {
		size_t dead;

		to = entity_end(c, scope, ids, from, count, &dead);
		if (to - from < ENTITY_TRIALS || dead < to - from ||
		    (double)(to - from) * ln_rate >= ln_level)
			continue;
		for (size_t i = from; i < to; i++) {
			c->list[ids[i]].is_active = false;
			c->list[ids[i]].aside = (uint8_t)(scope + 1);
		}
		result->entities[result->entity_count++] = (struct dg_port_entity){
		    .scope = scope,
		    .unit = dg_unit_of(scope, dg_case_unit(c, &c->list[ids[from]], scope)),
		    .trials = to - from,
		};
	}
	return 0;
}

/* Sorts by numbers of less than `key_count`; `work` has room for all cases. */
static int
deal_by(const struct dg_cases *c, enum dg_scope scope, size_t key_count, uint32_t *ids,
    size_t count, uint32_t *work)
{
	uint32_t *keys = work + c->count, *ends;

	for (size_t i = 0; i < count; i++) {
		keys[ids[i]] = (uint32_t)dg_case_unit(c, &c->list[ids[i]], scope);
		work[i] = ids[i];
	}
	ends = dg_orders_deal(work, count, keys, key_count, ids);
	free(ends);
	return ends != NULL ? 0 : DNSGAP_ENOMEM;
}

int
dg_cases_list(const struct dg_cases *c, enum dg_scope scope, uint32_t *ids, size_t *count)
{
	size_t used = 0, bytes = (2 * c->count + 1) * sizeof(uint32_t);
	uint32_t *work;
	int error = 0;

	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].is_active)
			ids[used++] = (uint32_t)i;
	*count = used;
	if (scope == DG_SCOPE_ALL)
		return 0;
	work = dg_pages_new(bytes);
	if (work == NULL)
		return DNSGAP_ENOMEM;
	switch (scope) {
	case DG_SCOPE_PAIR:
		error = deal_by(c, DG_SCOPE_CLIENT, c->client_count, ids, used, work);
		scope = DG_SCOPE_SERVER;
		break;
	case DG_SCOPE_SITE:
		error = deal_by(c, DG_SCOPE_CLIENT_PREFIX, c->client_count, ids, used, work);
		scope = DG_SCOPE_SERVER;
		break;
	default:
		break;
	}
	if (error == 0)
		error = deal_by(c, scope,
		    scope == DG_SCOPE_CLIENT || scope == DG_SCOPE_CLIENT_PREFIX
			? c->client_count
			: c->server_count,
		    ids, used, work);
	dg_pages_free(work, bytes);
	return error;
}

int
dg_cases_set_aside(struct dg_cases *c, struct dg_port_result *result)
{
	static const enum dg_scope kinds[] = {DG_SCOPE_SERVER, DG_SCOPE_CLIENT, DG_SCOPE_PAIR};
	uint32_t *ids;
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
	ids = malloc(c->count * sizeof *ids);
	if (ids == NULL)
		return DNSGAP_ENOMEM;
	for (size_t k = 0; error == 0 && k < sizeof kinds / sizeof *kinds; k++) {
		size_t count;

		error = dg_cases_list(c, kinds[k], ids, &count);
		if (error == 0)
			error = set_aside_silent(c, kinds[k], ids, count, result);
	}
	free(ids);
	return error;
}
