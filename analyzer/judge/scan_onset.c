/*
 * scan_onset.c - ranges that are dead from some time on, or until some time.
 *
 * In a range, the time of its last answer divides what is dead after it from what came before;
 * the first answer likewise.  The test is among the cases on one side of that time.
 */
#include <math.h>
#include <stdlib.h>

#include "dnsgap/error.h"
#include "judge/natural.h"
#include "judge/pick.h"
#include "judge/scan.h"

/* Fewer dead cases say nothing of a time. */
#define DEAD_MIN 3
#define NATURALS_TRIED 6
#define STRETCHES_TRIED 2
/* A stretch at a dead rate is tried where the unit's is less by this factor. */
#define RATE_FACTOR 1.5
/* Shares of ranges with all their ports, and without those that are often kept open. */
#define ALL_PORTS_SHARE 0.7
#define NOT_KEPT_OPEN_SHARE 0.3

static const double rates[] = {.5, .25};

/* Of a port: the ranks of the cases that were alive first and last; none: first > last. */
struct span {
	uint32_t first;
	uint32_t last;
};

struct search {
	const struct dg_view *v;
	struct dg_stratum *strata;
	struct span *spans; /* of each port */
	struct dg_candidate *out;
};

/* A pick, less its ports that are often kept open, after a time or before it. */
struct question {
	const struct dg_pick *pick;
	bool is_open_left_out;
	int64_t after_ns;
	int64_t before_ns;
};

/* Cases and ports in the window: all, and those in question, which are dead. */
struct answer {
	double cases;
	uint32_t ports, dead_ports, ports_in;
	uint16_t first, last;
};

static int64_t
time_of(const struct dg_view *v, size_t n)
{
	return dg_view_case(v, n)->time_ns;
}

static void
answer_port(const struct search *s, const struct question *q, uint32_t port, struct answer *a)
{
	const struct dg_view *v = s->v;
	bool is_asked = port >= q->pick->first && port <= q->pick->last &&
	    !(q->is_open_left_out && dg_is_kept_open(v->port[port]));
	bool is_seen = false, is_dead = false;

	for (uint32_t n = v->start[port]; n < v->start[port + 1]; n++) {
		struct dg_stratum *stratum = &s->strata[v->stratum[n]];
		int64_t time = time_of(v, n);

		if (time <= q->after_ns || time >= q->before_ns)
			continue;
		is_seen = true;
		is_dead |= v->is_dead[n];
		*(v->is_dead[n] ? &stratum->dead : &stratum->alive) += 1;
		if (is_asked) {
			stratum->dead_in += 1;
			a->cases += 1;
		}
	}
	a->ports += is_seen;
	a->dead_ports += is_dead;
	if (is_seen && is_asked) {
		a->first = a->ports_in == 0 ? v->port[port] : a->first;
		a->last = v->port[port];
		a->ports_in++;
	}
}

static void
keep(const struct search *s, const struct question *q, const struct answer *a, double ln_p,
    double ln_score)
{
	*s->out = (struct dg_candidate){
	    .is_found = true,
	    .shape = DG_SHAPE_ONSET,
	    .ln_score = ln_score,
	    .ln_tail = ln_p,
	    .ranges = {{a->first, a->last}},
	    .range_count = 1,
	    .has_window = true,
	    .after_ns = q->after_ns,
	    .before_ns = q->before_ns,
	    .cases = a->cases,
	    .dead = a->cases,
	};
}

/* Is it chance that nothing of the pick is alive in the window?  `cases`: of the pick at any
 * time, each of which might have been the one that divides. */
static void
try(const struct search *s, const struct question *q, size_t cases)
{
	const struct dg_view *v = s->v;
	struct answer a = {0, 0, 0, 0, 0, 0};
	double ln_p, ln_score;

	for (uint32_t i = 0; i < v->stratum_count; i++)
		s->strata[i] = (struct dg_stratum){0, 0, 0, 0};
	for (uint32_t port = 0; port < v->port_count; port++)
		answer_port(s, q, port, &a);
	if (a.cases < DEAD_MIN || a.ports_in < 2)
		return;
	ln_p = dg_ln_strata_tail(a.cases, s->strata, v->stratum_count);
	ln_p = fmax(
	    ln_p, dg_ln_hypergeometric_tail(a.ports_in, a.ports, a.dead_ports, a.ports_in));
	ln_score = ln_p - q->pick->ln_weight -
	    log(q->is_open_left_out ? NOT_KEPT_OPEN_SHARE : ALL_PORTS_SHARE) +
	    log(2 * (double)cases);
	if (!s->out->is_found || ln_score < s->out->ln_score)
		keep(s, q, &a, ln_p, ln_score);
}

static uint32_t
rank_of(const struct dg_view *v, size_t n)
{
	return v->cases->rank[v->at[n]];
}

static void
find_spans(const struct search *s)
{
	const struct dg_view *v = s->v;

	for (uint32_t port = 0; port < v->port_count; port++) {
		struct span *span = &s->spans[port];

		*span = (struct span){UINT32_MAX, 0};
		for (uint32_t n = v->start[port]; n < v->start[port + 1]; n++) {
			uint32_t rank = rank_of(v, n);

			if (v->is_dead[n])
				continue;
			span->first = rank < span->first ? rank : span->first;
			span->last = rank > span->last ? rank : span->last;
		}
	}
}

static bool
is_left_out(const struct dg_view *v, uint32_t port, bool is_open_left_out)
{
	return is_open_left_out && dg_is_kept_open(v->port[port]);
}

/* The dead of a port after a rank, or before it. */
static size_t
count_dead(const struct dg_view *v, uint32_t port, uint32_t rank, bool is_after)
{
	size_t dead = 0;

	for (uint32_t n = v->start[port]; n < v->start[port + 1]; n++)
		dead +=
		    v->is_dead[n] && (is_after ? rank_of(v, n) > rank : rank_of(v, n) < rank);
	return dead;
}

/* The time of a rank that a case of the port has. */
static int64_t
time_of_rank(const struct dg_view *v, uint32_t port, uint32_t rank)
{
	uint32_t n = v->start[port];

	while (rank_of(v, n) != rank)
		n++;
	return time_of(v, n);
}

/* Both sides of a pick: what was dead after the last that was alive, and before the first. */
static void
try_sides(const struct search *s, const struct dg_pick *pick, bool is_open_left_out)
{
	const struct dg_view *v = s->v;
	size_t cases = v->start[pick->last + 1] - v->start[pick->first];
	struct question after = {pick, is_open_left_out, INT64_MIN, INT64_MAX};
	struct question before = after;
	struct span all = {UINT32_MAX, 0};
	uint32_t first_port = 0, last_port = 0;
	size_t dead_after = 0, dead_before = 0;

	for (uint32_t port = pick->first; port <= pick->last; port++) {
		const struct span *span = &s->spans[port];

		if (span->first > span->last || is_left_out(v, port, is_open_left_out))
			continue;
		first_port = span->first < all.first ? port : first_port;
		last_port = span->last >= all.last ? port : last_port;
		all.first = span->first < all.first ? span->first : all.first;
		all.last = span->last > all.last ? span->last : all.last;
	}
	if (all.first > all.last)
		return; /* nothing is alive: no time divides it */
	for (uint32_t port = pick->first; port <= pick->last; port++) {
		if (v->port_dead_cases[port] <= 0 || is_left_out(v, port, is_open_left_out))
			continue;
		dead_after += count_dead(v, port, all.last, true);
		dead_before += count_dead(v, port, all.first, false);
	}
	after.after_ns = time_of_rank(v, last_port, all.last);
	before.before_ns = time_of_rank(v, first_port, all.first);
	if (dead_after >= DEAD_MIN)
		try(s, &after, cases);
	if (dead_before >= DEAD_MIN)
		try(s, &before, cases);
}

static void
try_pick(const struct search *s, const struct dg_pick *pick)
{
	const struct dg_view *v = s->v;
	size_t cases = v->start[pick->last + 1] - v->start[pick->first];
	bool has_open = false;

	if (cases <= DEAD_MIN || pick->first == pick->last)
		return;
	try_sides(s, pick, false);
	for (uint32_t port = pick->first; !has_open && port <= pick->last; port++)
		has_open = dg_is_kept_open(v->port[port]);
	if (has_open)
		try_sides(s, pick, true);
}

static int
try_picks(struct search *s)
{
	const struct dg_view *v = s->v;
	struct dg_pick picks[DG_PICKS_MAX];
	unsigned count = dg_pick_naturals(v, DEAD_MIN, 1, NATURALS_TRIED, picks);
	int error = 0;

	for (size_t i = 0; error == 0 && i < sizeof rates / sizeof *rates; i++) {
		if (rates[i] > v->dead / v->all * RATE_FACTOR)
			error =
			    dg_pick_stretches(v, rates[i], 1, STRETCHES_TRIED, picks, &count);
	}
	for (unsigned i = 0; error == 0 && i < count; i++)
		try_pick(s, &picks[i]);
	return error;
}

int
dg_scan_onset(struct dg_unit *u, struct dg_candidate *out)
{
	const struct dg_view *v = dg_unit_view(u, DG_VIEW_REPRESENTATIVES);
	struct search s = {.v = v, .out = out};
	int error = DNSGAP_ENOMEM;

	if (v == NULL)
		return DNSGAP_ENOMEM;
	if (v->dead < DEAD_MIN)
		return 0;
	s.strata = malloc((v->stratum_count + 1) * sizeof *s.strata);
	s.spans = malloc((v->port_count + 1) * sizeof *s.spans);
	if (s.strata != NULL && s.spans != NULL) {
		find_spans(&s);
		error = try_picks(&s);
	}
	free(s.strata);
	free(s.spans);
	return error;
}
