/*
 * roll.c - runs of dead cases, and strata.
 */
#include "judge/roll.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "dnsgap/error.h"

/* A client of so much weight stands alone. */
#define OWN_WEIGHT 50

/* So does what has a dead rate that its unit's would give less often than 1 in e^7. */
#define OWN_DISTANCE 7

#define RATE_LEAST 1e-9

/* A unit with so large a part of all cases takes its order from theirs. */
#define LARGE_PART 16

static void
enrol(const struct dg_cases *cases, const uint32_t *ids, struct dg_roll *r)
{
	for (size_t n = 0; n < r->count; n++) {
		r->by_client[n] = (struct dg_ranked){cases->client_rank[ids[n]], (uint32_t)n};
		r->by_server[n] = (struct dg_ranked){cases->server_rank[ids[n]], (uint32_t)n};
	}
	dg_order_ranked(r->by_client, r->spare, r->count);
	dg_order_ranked(r->by_server, r->spare, r->count);
	for (size_t i = 0; i < r->count; i++) {
		r->by_client[i].rank = cases->list[ids[r->by_client[i].at]].client;
		r->by_server[i].rank = cases->list[ids[r->by_server[i].at]].server;
	}
}

/* Those of `order`, which is by members that end at `ends`, that have a place in the unit. */
static void
pick(const uint32_t *order, const uint32_t *ends, size_t member_count, const uint32_t *places,
    struct dg_ranked *out)
{
	size_t i = 0, count = 0;

	for (uint32_t member = 0; member < member_count; member++) {
		for (; i < ends[member]; i++) {
			uint32_t place = places[order[i]];

			if (place != 0)
				out[count++] = (struct dg_ranked){member, place - 1};
		}
	}
}

static int
enrol_large(const struct dg_cases *cases, const uint32_t *ids, struct dg_roll *r)
{
	uint32_t *places = calloc(cases->count + 1, sizeof *places);

	if (places == NULL)
		return DNSGAP_ENOMEM;
	for (size_t n = 0; n < r->count; n++)
		places[ids[n]] = (uint32_t)n + 1;
	pick(cases->by_client, cases->client_ends, cases->client_count, places, r->by_client);
	pick(cases->by_server, cases->server_ends, cases->server_count, places, r->by_server);
	free(places);
	return 0;
}

int
dg_roll_make(
    const struct dg_cases *cases, const uint32_t *ids, size_t count, struct dg_roll *out)
{
	size_t bytes = (count + 1) * (4 * sizeof(struct dg_ranked) + 2 * sizeof(uint32_t));
	struct dg_ranked *block = dg_pages_new(bytes);
	int error = 0;

	if (block == NULL)
		return DNSGAP_ENOMEM;
	*out = (struct dg_roll){
	    .count = count,
	    .bytes = bytes,
	    .by_client = block,
	    .by_server = block + count,
	    .spare = block + 2 * count,
	    .classes = (uint32_t *)(block + 4 * count),
	};
	if (count >= cases->count / LARGE_PART)
		error = enrol_large(cases, ids, out);
	else
		enrol(cases, ids, out);
	if (error != 0)
		dg_roll_fini(out);
	return error;
}

void
dg_roll_fini(struct dg_roll *r)
{
	dg_pages_free(r->by_client, r->bytes);
	*r = (struct dg_roll){0};
}

/*
 * How long a run of the line [from, to) would be if outcomes had no memory: after a living case
 * as often a dead one comes as after a dead one.  The run in question is left out.
 */
static double
length_by_chance(const struct dg_ranked *order, size_t from, size_t to, const bool *is_dead)
{
	double alive = 0, runs = 0;

	for (size_t i = from; i < to; i++) {
		bool is = is_dead[order[i].at];

		alive += !is;
		runs += is && (i == from || !is_dead[order[i - 1].at]);
	}
	return (alive + 1) / (alive + 2 - fmax(runs, 1));
}

/* The line [from, to) is one client's, or one server's. */
static void
weigh_line(const struct dg_ranked *order, size_t from, size_t to, const bool *is_dead,
    double *weight, bool *is_first)
{
	double length = length_by_chance(order, from, to, is_dead);

	for (size_t start = from, end; start < to; start = end) {
		for (end = start; end < to && is_dead[order[end].at];)
			end++;
		for (size_t i = start; i < end; i++) {
			uint32_t n = order[i].at;

			weight[n] = fmin(weight[n], length / (double)(end - start));
			is_first[n] = is_first[n] && i == start;
		}
		end += end == start;
	}
}

static void
weigh_runs(const struct dg_ranked *order, size_t count, const bool *is_dead, double *weight,
    bool *is_first)
{
	for (size_t from = 0, to; from < count; from = to) {
		for (to = from + 1; to < count && order[to].rank == order[from].rank;)
			to++;
		weigh_line(order, from, to, is_dead, weight, is_first);
	}
}

void
dg_roll_weigh(const struct dg_roll *r, const bool *is_dead, double *weight, bool *is_first)
{
	weigh_runs(r->by_client, r->count, is_dead, weight, is_first);
	weigh_runs(r->by_server, r->count, is_dead, weight, is_first);
}

/* The cases that count, and what they weigh. */
struct crowd {
	const bool *is_dead;
	const double *weight;
	const bool *is_used;
	double rate; /* dead share of all */
};

struct weights {
	double all;
	double dead;
	bool is_any;
};

/* The sum over one client or server, which begins at `from`; gives where it ends. */
static size_t
sum_of(const struct crowd *c, const struct dg_ranked *order, size_t count, size_t from,
    struct weights *out)
{
	size_t to = from;

	*out = (struct weights){0};
	for (; to < count && order[to].rank == order[from].rank; to++) {
		uint32_t n = order[to].at;

		if (c->is_used != NULL && !c->is_used[n])
			continue;
		out->is_any = true;
		if (c->is_dead[n]) {
			out->all += c->weight[n];
			out->dead += c->weight[n];
		} else {
			out->all += 1;
		}
	}
	return to;
}

/* ln likelihood ratio of its own dead rate against that of all. */
static double
distance(const struct weights *w, double rate)
{
	double own = w->dead / w->all, alive = w->all - w->dead, sum = 0;

	if (w->dead > 0)
		sum += w->dead * log(own / rate);
	if (alive > 0)
		sum += alive * log((1 - own) / (1 - rate));
	return sum;
}

/* Numbers those that stand alone from 1 on; the class of every other is 0.  Gives how many
 * stand alone. */
static uint32_t
class_by(const struct crowd *c, const struct dg_ranked *order, size_t count, double own_weight,
    uint32_t *classes)
{
	struct weights w;
	size_t to, different = 0;
	uint32_t number = 0;

	for (size_t n = 0; n < count; n++)
		classes[n] = 0;
	for (size_t from = 0; from < count && different < 2; from = to) {
		to = sum_of(c, order, count, from, &w);
		different += w.is_any;
	}
	if (different < 2)
		return 0;
	for (size_t from = 0; from < count; from = to) {
		bool is_alone;

		to = sum_of(c, order, count, from, &w);
		is_alone = w.is_any &&
		    (w.all >= own_weight ||
			(w.dead > 0 && distance(&w, c->rate) > OWN_DISTANCE));
		number += is_alone;
		for (size_t i = from; is_alone && i < to; i++)
			classes[order[i].at] = number;
	}
	return number;
}

static double
rate_of(const struct crowd *c, size_t count)
{
	double all = 0, dead = 0;

	for (size_t n = 0; n < count; n++) {
		if (c->is_used != NULL && !c->is_used[n])
			continue;
		all += c->is_dead[n] ? c->weight[n] : 1;
		if (c->is_dead[n])
			dead += c->weight[n];
	}
	if (all <= 0)
		return RATE_LEAST;
	return fmin(1 - RATE_LEAST, fmax(RATE_LEAST, dead / all));
}

/* Pairs of classes; numbers are given by sorting where they are too many to be tried. */
struct pairs {
	const uint32_t *of_client;
	const uint32_t *of_server;
	size_t client_count;
	size_t server_count;
	const bool *is_used;
};

static bool
is_in(const struct pairs *p, size_t n)
{
	return p->is_used == NULL || p->is_used[n];
}

static size_t
pair_of(const struct pairs *p, size_t n)
{
	return p->of_client[n] * p->server_count + p->of_server[n];
}

/* `numbers`: as many as there may be pairs. */
static uint32_t
number_pairs(const struct pairs *p, size_t count, uint32_t *numbers, uint32_t *stratum)
{
	size_t pairs = p->client_count * p->server_count;
	uint32_t number = 0;

	memset(numbers, 0, pairs * sizeof *numbers);
	for (size_t n = 0; n < count; n++)
		if (is_in(p, n))
			numbers[pair_of(p, n)] = 1;
	for (size_t pair = 0; pair < pairs; pair++)
		if (numbers[pair] != 0)
			numbers[pair] = number++;
	for (size_t n = 0; n < count; n++)
		if (is_in(p, n))
			stratum[n] = numbers[pair_of(p, n)];
	return number;
}

static void
order_by(const uint32_t *classes, struct dg_ranked *list, struct dg_ranked *spare, size_t count)
{
	for (size_t i = 0; i < count; i++)
		list[i].rank = classes[list[i].at];
	dg_order_ranked(list, spare, count);
}

static uint32_t
sort_pairs(const struct pairs *p, const struct dg_roll *r, uint32_t *stratum)
{
	struct dg_ranked *list = r->spare + r->count;
	size_t used = 0;
	uint32_t number = 0;

	for (size_t n = 0; n < r->count; n++)
		if (is_in(p, n))
			list[used++] = (struct dg_ranked){0, (uint32_t)n};
	order_by(p->of_server, list, r->spare, used);
	order_by(p->of_client, list, r->spare, used);
	for (size_t i = 0; i < used; i++) {
		uint32_t at = list[i].at, before = i > 0 ? list[i - 1].at : at;

		number += p->of_client[at] != p->of_client[before] ||
		    p->of_server[at] != p->of_server[before];
		stratum[at] = number;
	}
	return used > 0 ? number + 1 : 0;
}

uint32_t
dg_roll_strata(const struct dg_roll *r, const bool *is_dead, const double *weight,
    const bool *is_used, uint32_t *stratum)
{
	struct crowd c = {is_dead, weight, is_used, 0};
	uint32_t *of_client = r->classes, *of_server = r->classes + r->count;
	struct pairs p = {.of_client = of_client, .of_server = of_server, .is_used = is_used};

	c.rate = rate_of(&c, r->count);
	p.client_count = class_by(&c, r->by_client, r->count, OWN_WEIGHT, of_client) + 1;
	p.server_count = class_by(&c, r->by_server, r->count, INFINITY, of_server) + 1;
	/* As many numbers as the spare lists have. */
	if (p.client_count * p.server_count <= 4 * r->count)
		return number_pairs(&p, r->count, (uint32_t *)r->spare, stratum);
	return sort_pairs(&p, r, stratum);
}
