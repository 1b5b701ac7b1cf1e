/*
 * orders.c - one sort by time, and from it all other orders by dealing.
 */
#include "judge/orders.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/pages.h"
#include "dnsgap/error.h"
#include "judge/order.h"

/* Of the lists that are made last. */
#define TRIAL_BYTES (5 * sizeof(uint32_t) + sizeof(uint8_t))

uint64_t *
dg_marks_new(void)
{
	return calloc((1u << DG_MARKS_LOG2) / 64, sizeof(uint64_t));
}

uint32_t *
dg_orders_deal(
    const uint32_t *from, size_t count, const uint32_t *keys, size_t key_count, uint32_t *into)
{
	uint32_t *ends = calloc(key_count + 1, sizeof *ends);

	if (ends == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++)
		ends[keys[from[i]] + 1]++;
	for (size_t key = 0; key < key_count; key++)
		ends[key + 1] += ends[key];
	/* Filling moves the begin of each key, ends[key], to its end. */
	for (size_t i = 0; i < count; i++)
		into[ends[keys[from[i]]]++] = from[i];
	return ends;
}

static int
deal(const struct dg_summary *s, const uint32_t *from, const uint32_t *keys, size_t key_count,
    uint32_t *into)
{
	uint32_t *ends = dg_orders_deal(from, s->trial_count, keys, key_count, into);

	free(ends);
	return ends != NULL ? 0 : DNSGAP_ENOMEM;
}

int
dg_orders_make(const struct dg_summary *s, struct dg_orders *out)
{
	size_t count = s->trial_count;
	size_t bytes = (2 * count + 1) * sizeof(struct dg_keyed);
	struct dg_keyed *order = dg_pages_new(bytes);

	*out = (struct dg_orders){
	    .count = count, .by_time = dg_pages_new((count + 1) * sizeof *out->by_time)};
	if (order == NULL || out->by_time == NULL) {
		dg_pages_free(order, bytes);
		return DNSGAP_ENOMEM;
	}
	for (size_t i = 0; i < count; i++) /* the sign bit: earlier times sort first */
		order[i] = (struct dg_keyed){
		    (uint64_t)s->trials[i].time_ns ^ UINT64_C(1) << 63, (uint32_t)i};
	dg_order(order, order + count, count);
	for (size_t i = 0; i < count; i++)
		out->by_time[i] = order[i].at;
	dg_pages_free(order, bytes);
	return 0;
}

static void
note_traits(const struct dg_summary *s, struct dg_orders *o)
{
	for (size_t i = 0; i < s->trial_count; i++) {
		const struct dg_trial *t = &s->trials[i];
		bool is_dead = t->reached == 0;

		o->servers[i] = t->server;
		o->clients[i] = t->client;
		o->traits[i] = (uint8_t)((is_dead ? DG_TRAIT_DEAD : 0) |
		    (t->dead > 0 ? DG_TRAIT_LOST : 0) |
		    (is_dead && t->refused > 0 ? DG_TRAIT_REFUSED : 0) |
		    (t->transport == DG_TRANSPORT_TCP ? DG_TRAIT_TCP : 0));
	}
}

/* ---- questions ---- */

/* The trials of questions that have a dead one, and maybe some others. */
static size_t
list_asked(const struct dg_summary *s, const struct dg_orders *o, uint64_t *marks,
    struct dg_keyed *list)
{
	size_t count = 0;

	for (size_t i = 0; i < s->trial_count; i++)
		if (o->traits[i] & DG_TRAIT_DEAD)
			dg_mark_add(
			    marks, dg_question_of(o->servers[i], s->trials[i].question));
	for (size_t i = 0; i < s->trial_count; i++) {
		uint64_t question = dg_question_of(o->servers[i], s->trials[i].question);

		if (s->trials[i].question != 0 && dg_mark_has(marks, question))
			list[count++] = (struct dg_keyed){question, (uint32_t)i};
	}
	return count;
}

static bool
is_earlier(const struct dg_summary *s, uint32_t a, uint32_t b)
{
	if (s->trials[a].time_ns != s->trials[b].time_ns)
		return s->trials[a].time_ns < s->trials[b].time_ns;
	return a < b;
}

/* Trials of one server and question. */
static void
note_question(
    const struct dg_summary *s, struct dg_orders *o, const struct dg_keyed *list, size_t count)
{
	uint32_t first = list[0].at;

	for (size_t i = 0; i < count; i++) {
		if (!(o->traits[list[i].at] & DG_TRAIT_DEAD))
			return;
		if (is_earlier(s, list[i].at, first))
			first = list[i].at;
	}
	for (size_t i = 0; i < count; i++)
		o->traits[list[i].at] |=
		    (uint8_t)(DG_TRAIT_UNANSWERED | (list[i].at != first ? DG_TRAIT_AGAIN : 0));
}

/* Most questions were answered at once: only those with a dead trial need sorting. */
static int
note_questions(const struct dg_summary *s, struct dg_orders *o)
{
	uint64_t *marks = dg_marks_new();
	struct dg_keyed *list = malloc((2 * s->trial_count + 1) * sizeof *list);
	size_t count = 0;
	int error = marks != NULL && list != NULL ? 0 : DNSGAP_ENOMEM;

	if (error == 0) {
		count = list_asked(s, o, marks, list);
		dg_order(list, list + count, count);
	}
	for (size_t from = 0, to; from < count; from = to) {
		for (to = from + 1; to < count && list[to].key == list[from].key;)
			to++;
		if (to - from > 1)
			note_question(s, o, list + from, to - from);
	}
	free(marks);
	free(list);
	return error;
}

int
dg_orders_complete(const struct dg_summary *s, struct dg_orders *o)
{
	size_t room = s->trial_count + 1;
	uint32_t *block = dg_pages_new(room * TRIAL_BYTES);
	int error;

	if (block == NULL)
		return DNSGAP_ENOMEM;
	o->by_server = block;
	o->by_client = block + room;
	o->by_pair = block + 2 * room;
	o->servers = block + 3 * room;
	o->clients = block + 4 * room;
	o->traits = (uint8_t *)(block + 5 * room);
	note_traits(s, o);
	error = deal(s, o->by_time, o->servers, s->server_count, o->by_server);
	if (error == 0)
		error = deal(s, o->by_time, o->clients, s->client_count, o->by_client);
	if (error == 0)
		error = deal(s, o->by_client, o->servers, s->server_count, o->by_pair);
	return error == 0 ? note_questions(s, o) : error;
}

void
dg_orders_fini(struct dg_orders *o)
{
	dg_pages_free(o->by_time, (o->count + 1) * sizeof *o->by_time);
	dg_pages_free(o->by_server, (o->count + 1) * TRIAL_BYTES);
	*o = (struct dg_orders){0};
}
