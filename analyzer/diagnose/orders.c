/*
 * orders.c - one sort by time, and from it all other orders by dealing.
 */
#include "diagnose/orders.h"

#include <stdbool.h>
#include <stdlib.h>

#include "diagnose/order.h"
#include "dnsgap/error.h"

/* Of a filter of questions that have a dead trial: what it lets through is sorted. */
#define MARKS_LOG2 20
#define MARK_BITS 64

int
dg_orders_deal(
    const uint32_t *from, size_t count, const uint32_t *keys, size_t key_count, uint32_t *into)
{
	uint32_t *ends = calloc(key_count + 1, sizeof *ends);

	if (ends == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < count; i++)
		ends[keys[from[i]] + 1]++;
	for (size_t key = 0; key < key_count; key++)
		ends[key + 1] += ends[key];
	for (size_t i = 0; i < count; i++)
		into[ends[keys[from[i]]]++] = from[i];
	free(ends);
	return 0;
}

int
dg_orders_make(const struct dg_summary *s, struct dg_orders *out)
{
	size_t count = s->trial_count;
	struct dg_keyed *order = malloc((2 * count + 1) * sizeof *order);

	*out = (struct dg_orders){.by_time = malloc((count + 1) * sizeof *out->by_time)};
	if (order == NULL || out->by_time == NULL) {
		free(order);
		return DNSGAP_ENOMEM;
	}
	for (size_t i = 0; i < count; i++) /* the sign bit: earlier times sort first */
		order[i] = (struct dg_keyed){
		    (uint64_t)s->trials[i].time_ns ^ UINT64_C(1) << 63, (uint32_t)i};
	dg_order(order, order + count, count);
	for (size_t i = 0; i < count; i++)
		out->by_time[i] = order[i].at;
	free(order);
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

static uint64_t
question_of(const struct dg_trial *t)
{
	return (uint64_t)t->server << 32 | t->question;
}

static uint32_t
mark_of(uint64_t question)
{
	return (uint32_t)(question * UINT64_C(0x9e3779b97f4a7c15) >> (64 - MARKS_LOG2));
}

/* The trials of questions that have a dead one, and maybe some others; in order of time. */
static size_t
list_asked(const struct dg_summary *s, const struct dg_orders *o, uint64_t *marks,
    struct dg_keyed *list)
{
	size_t count = 0;

	for (size_t i = 0; i < s->trial_count; i++) {
		uint32_t mark = mark_of(question_of(&s->trials[i]));

		if (o->traits[i] & DG_TRAIT_DEAD)
			marks[mark / MARK_BITS] |= UINT64_C(1) << mark % MARK_BITS;
	}
	for (size_t i = 0; i < s->trial_count; i++) {
		uint64_t question = question_of(&s->trials[i]);
		uint32_t mark = mark_of(question);

		if (s->trials[i].question != 0 &&
		    (marks[mark / MARK_BITS] >> mark % MARK_BITS & 1))
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
	uint64_t *marks = calloc((1u << MARKS_LOG2) / MARK_BITS, sizeof *marks);
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
	uint32_t *block = malloc(room * (5 * sizeof *block + sizeof *o->traits));
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
	error = dg_orders_deal(
	    o->by_time, s->trial_count, o->servers, s->server_count, o->by_server);
	if (error == 0)
		error = dg_orders_deal(
		    o->by_time, s->trial_count, o->clients, s->client_count, o->by_client);
	if (error == 0)
		error = dg_orders_deal(
		    o->by_client, s->trial_count, o->servers, s->server_count, o->by_pair);
	return error == 0 ? note_questions(s, o) : error;
}

void
dg_orders_fini(struct dg_orders *o)
{
	free(o->by_time);
	free(o->by_server);
	*o = (struct dg_orders){0};
}
