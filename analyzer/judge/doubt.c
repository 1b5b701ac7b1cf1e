/*
 * doubt.c - whether time, a few questions, or ports used one after the other explain a find as
 * well as ports do.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"
#include "judge/roll.h"
#include "judge/scan.h"

/* What chance would give this often when time, or an order of ports, explained it. */
#define DOUBT_LEVEL 0.02

/* Cases of a block of time. */
#define BLOCK_CASES 32
/* Partial loss is held against shorter ones, too: it looks like a bad minute that begins or
 * ends within a block. */
#define SHORT_BLOCK_CASES 8

/* Fewer questions, or a smaller part of the dead cases, are few; a few more may still be. */
#define QUESTIONS_FEW 3
#define QUESTIONS_FEW_AGAIN 2 /* where the same range was blamed at others */
#define QUESTIONS_PART 3
#define QUESTIONS_ENOUGH 5

/* Fewer dead cases have no order. */
#define SEQUENCE_CASES 5

/* Ports of a hash lie in at least this part of the stretches that chance gives them. */
#define STRETCHES_PART .5

/* Sums over the blocks: the dead in the set, as they are and as chance has them. */
struct blocks {
	double dead_in;
	double drawn;
	double mean;
	double variance;
};

/* A block of which all is dead says nothing. */
static void
add_block(struct blocks *b, double all, double dead, double drawn, double dead_in)
{
	if (dead >= all)
		return;
	b->dead_in += dead_in;
	b->drawn += drawn;
	b->mean += drawn * dead / all;
	b->variance +=
	    drawn * dead * (all - dead) * (all - drawn) / (all * all * fmax(all - 1, 1));
}

/* `order`: by stratum, then time; its ranks are strata. */
static double
block_tail(const struct dg_ranked *order, size_t count, const bool *in, const bool *is_dead,
    size_t block)
{
	struct blocks b = {0};

	for (size_t from = 0, to; from < count; from = to) {
		uint32_t stratum = order[from].rank;
		double dead = 0, drawn = 0, dead_in = 0;

		for (to = from; to < count && to < from + block; to++) {
			uint32_t n = order[to].at;

			if (order[to].rank != stratum)
				break;
			dead += is_dead[n];
			drawn += in[n];
			dead_in += in[n] && is_dead[n];
		}
		add_block(&b, (double)(to - from), dead, drawn, dead_in);
	}
	return fmin(dg_ln_bennett(b.dead_in, b.mean, b.variance),
	    dg_ln_chernoff(b.dead_in, b.drawn, b.mean));
}

int
dg_ln_block_tail(const struct dg_cases *cases, const uint32_t *ids, size_t count,
    const bool *in, const bool *is_dead, bool is_partial, double *ln_p)
{
	struct dg_roll roll;
	double *weight = malloc((count + 1) * (sizeof(double) + sizeof(uint32_t)));
	uint32_t *stratum;

	if (weight == NULL || dg_roll_make(cases, ids, count, &roll) != 0) {
		free(weight);
		return DNSGAP_ENOMEM;
	}
	stratum = (uint32_t *)(weight + count);
	for (size_t n = 0; n < count; n++)
		weight[n] = 1;
	dg_roll_strata(&roll, is_dead, weight, NULL, stratum);
	for (size_t n = 0; n < count; n++)
		roll.by_client[n] = (struct dg_ranked){cases->rank[ids[n]], (uint32_t)n};
	dg_order_ranked(roll.by_client, roll.spare, count);
	for (size_t n = 0; n < count; n++)
		roll.by_client[n].rank = stratum[roll.by_client[n].at];
	dg_order_ranked(roll.by_client, roll.spare, count);
	*ln_p = block_tail(roll.by_client, count, in, is_dead, BLOCK_CASES);
	if (is_partial)
		*ln_p = fmax(
		    *ln_p, block_tail(roll.by_client, count, in, is_dead, SHORT_BLOCK_CASES));
	dg_roll_fini(&roll);
	free(weight);
	return 0;
}

/* The unit's cases in the candidate's window, and which of them are in its set. */
struct suspects {
	uint32_t *ids;
	bool *in;
	bool *is_dead;
	size_t count;
};

static bool
is_in_window(const struct dg_candidate *c, const struct dg_case *x)
{
	return !c->has_window || (x->time_ns > c->after_ns && x->time_ns < c->before_ns);
}

static int
round_up(const struct dg_unit *u, const struct dg_candidate *c, struct suspects *s)
{
	s->count = 0;
	s->ids = malloc((u->count + 1) * (sizeof *s->ids + 2 * sizeof(bool)));
	if (s->ids == NULL)
		return DNSGAP_ENOMEM;
	s->in = (bool *)(s->ids + u->count);
	s->is_dead = s->in + u->count;
	for (size_t n = 0; n < u->count; n++) {
		const struct dg_case *x = &u->cases->list[u->ids[n]];

		if (!is_in_window(c, x))
			continue;
		s->ids[s->count] = u->ids[n];
		s->in[s->count] = dg_candidate_has_port(c, x->port);
		s->is_dead[s->count++] = x->is_dead;
	}
	return 0;
}

/* Whether two dead cases of a question are the same query, asked again. */
static bool
is_asked_again(const struct dg_cases *cases, const struct dg_keyed *a, const struct dg_keyed *b)
{
	const struct dg_case *x = &cases->list[a->at], *y = &cases->list[b->at];

	return a->key == b->key && x->port == y->port && x->client == y->client;
}

/* Dead cases of the set count by their questions, when the server never answered those; what a
 * client asks again from the same port counts once. */
static int
has_few_questions(
    const struct dg_cases *cases, const struct suspects *s, size_t few, bool *has_few)
{
	struct dg_keyed *order = malloc((2 * s->count + 1) * sizeof *order);
	size_t dead = 0, count = 0, different, again = 0;

	if (order == NULL)
		return DNSGAP_ENOMEM;
	for (size_t n = 0; n < s->count; n++) {
		const struct dg_case *x = &cases->list[s->ids[n]];

		if (!s->in[n] || !s->is_dead[n])
			continue;
		dead++;
		if (!x->is_question_answered)
			order[count++] = (struct dg_keyed){x->question, s->ids[n]};
	}
	dg_order(order, order + s->count, count);
	different = dead - count;
	for (size_t i = 0; i < count; i++) {
		different += i == 0 || order[i].key != order[i - 1].key;
		again += i > 0 && is_asked_again(cases, &order[i], &order[i - 1]);
	}
	free(order);
	dead -= again;
	*has_few = different < few || different * QUESTIONS_PART < dead ||
	    (different < dead && different < QUESTIONS_ENOUGH);
	return 0;
}

static bool
is_concerned(const struct dg_candidate *c, const bool *has_client, const struct dg_case *x)
{
	return x->is_active && x->is_dead && has_client[x->client] && is_in_window(c, x) &&
	    dg_candidate_has_port(c, x->port);
}

/* Dead cases of the set, at all servers, of the clients that have some in the unit; by time. */
static int
list_concerned(const struct dg_cases *cases, const struct dg_candidate *c,
    const struct suspects *s, struct dg_keyed **out, size_t *count)
{
	bool *has_client = calloc(cases->client_count + 1, sizeof *has_client);
	size_t room = 0, used = 0;
	struct dg_keyed *order = NULL;

	if (has_client == NULL)
		return DNSGAP_ENOMEM;
	for (size_t n = 0; n < s->count; n++)
		if (s->in[n] && s->is_dead[n])
			has_client[cases->list[s->ids[n]].client] = true;
	for (size_t i = 0; i < cases->count; i++)
		room += is_concerned(c, has_client, &cases->list[i]);
	order = malloc((2 * room + 1) * sizeof *order);
	for (size_t i = 0; order != NULL && i < cases->count; i++)
		if (is_concerned(c, has_client, &cases->list[i]))
			order[used++] = (struct dg_keyed){cases->rank[i], (uint32_t)i};
	free(has_client);
	if (order == NULL)
		return DNSGAP_ENOMEM;
	dg_order(order, order + room, room);
	*out = order;
	*count = room;
	return 0;
}

/* How often a case's port differs from the one before, and how often it goes the way that it
 * goes less often. */
static void
count_turns(const struct dg_cases *cases, const struct dg_keyed *order, size_t count,
    int64_t *steps, int64_t *turns)
{
	int64_t up = 0, down = 0;

	for (size_t i = 1; i < count; i++) {
		uint16_t port = cases->list[order[i].at].port;
		uint16_t before = cases->list[order[i - 1].at].port;

		up += port > before;
		down += port < before;
	}
	*steps = up + down;
	*turns = up < down ? up : down;
}

/* Whether the candidate still passes when each walk through its ports counts once. */
static bool
passes_walked(const struct suspects *s, const struct dg_candidate *c, int64_t turns,
    double ln_p, double ln_alpha)
{
	int64_t dead = 0, dead_in = 0, alive_in = 0, counted, left;
	double ln_tail;

	for (size_t n = 0; n < s->count; n++) {
		dead += s->is_dead[n];
		dead_in += s->in[n] && s->is_dead[n];
		alive_in += s->in[n] && !s->is_dead[n];
	}
	counted = dead_in < turns + 1 ? dead_in : turns + 1;
	left = dead_in - counted;
	ln_tail = dg_ln_hypergeometric_tail(
	    counted, (int64_t)s->count - left, dead - left, counted + alive_in);
	return ln_p - c->ln_tail + ln_tail <= ln_alpha;
}

static int
is_walked(const struct dg_cases *cases, const struct suspects *s, const struct dg_candidate *c,
    double ln_p, double ln_alpha, bool *walked)
{
	struct dg_keyed *order;
	size_t count;
	int64_t steps, turns;
	int error = list_concerned(cases, c, s, &order, &count);

	if (error != 0)
		return error;
	count_turns(cases, order, count, &steps, &turns);
	free(order);
	*walked = count >= SEQUENCE_CASES &&
	    dg_ln_descents_tail(turns, steps + 1) <= log(DOUBT_LEVEL) &&
	    !passes_walked(s, c, turns, ln_p, ln_alpha);
	return 0;
}

static bool
has_likely_masks(const struct dg_candidate *c)
{
	for (unsigned i = 0; i < c->mask_count; i++)
		if (!dg_is_likely_mask(c->masks[i]))
			return false;
	return true;
}

/*
 * A hash scatters its ports: D dead ones among M lie in D (1 - D / M) stretches, or nearly.  In
 * far fewer they are ranges, or walks of clients, for which masks were found afterwards.
 */
static bool
is_in_stretches(const struct dg_cases *cases, const struct suspects *s)
{
	size_t dead = 0, all = 0, stretches = 0;
	bool is_after_dead = false;

	for (size_t from = 0, to; from < s->count; from = to) {
		bool is_alive = false, is_in = false;

		for (to = from; to < s->count &&
		     cases->list[s->ids[to]].port == cases->list[s->ids[from]].port;
		     to++) {
			is_alive |= !s->is_dead[to];
			is_in |= s->in[to];
		}
		if (!is_alive && !is_in)
			continue;
		stretches += !is_alive && !is_after_dead;
		is_after_dead = !is_alive;
		dead += !is_alive;
		all++;
	}
	return (double)stretches <
	    STRETCHES_PART * (double)dead * (double)(all - dead) / (double)all;
}

static int
doubt_of(struct dg_unit *u, const struct suspects *s, const struct dg_candidate *c, double ln_p,
    double ln_alpha, enum dg_doubt *out)
{
	bool is_doubtful = false;
	double ln_time = DG_LN_ZERO;
	int error = 0;

	if (c->shape != DG_SHAPE_REPEATS) /* its scan has asked already */
		error = dg_ln_block_tail(u->cases, s->ids, s->count, s->in, s->is_dead,
		    c->shape == DG_SHAPE_SOFT, &ln_time);
	if (error == 0 && ln_time > log(DOUBT_LEVEL)) {
		*out = DG_DOUBT_TIME;
		return 0;
	}
	if (error == 0)
		error = has_few_questions(u->cases, s,
		    u->again != NULL ? QUESTIONS_FEW_AGAIN : QUESTIONS_FEW, &is_doubtful);
	if (error == 0 && is_doubtful) {
		*out = DG_DOUBT_QUESTIONS;
		return 0;
	}
	if (error == 0 && c->shape == DG_SHAPE_PARITY)
		is_doubtful = !has_likely_masks(c) && is_in_stretches(u->cases, s);
	if (error == 0 && c->shape != DG_SHAPE_REPEATS && c->shape != DG_SHAPE_PARITY &&
	    !c->is_by_passes)
		error = is_walked(u->cases, s, c, ln_p, ln_alpha, &is_doubtful);
	if (error == 0)
		*out = is_doubtful ? DG_DOUBT_SEQUENCE : DG_DOUBT_NONE;
	return error;
}

int
dg_doubt_of(struct dg_unit *u, const struct dg_candidate *c, double ln_p, double ln_alpha,
    enum dg_doubt *out)
{
	struct suspects s;
	int error = round_up(u, c, &s);

	if (error == 0)
		error = doubt_of(u, &s, c, ln_p, ln_alpha, out);
	free(s.ids);
	return error;
}
