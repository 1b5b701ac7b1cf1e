/*
 * scan_range.c - ranges of which all is dead, or all but them.
 *
 * The weights of all ranges sum to one, so any number of them may be tried.  Only those are
 * that a quick look finds promising: the best natural ranges, and the stretches in which dead
 * cases gather most.
 *
 * Known weakness: every answered port of a range is its exception, or none is.
 */
#include "judge/scan.h"

#include <math.h>
#include <stdlib.h>

#include "dnsgap/error.h"
#include "judge/again.h"
#include "judge/natural.h"
#include "judge/scan_passes.h"

/* Dead rate inside a fault. */
#define FAULT_RATE 0.97

/* Less dead weight, and fewer dead ports, are no range. */
#define LEAST_WEIGHT 1.5
#define LEAST_PORTS 2

/* A range without exceptions may hold so many answered cases. */
#define ALIVE_SHARE 0.05

/* Answered ports in a range that may be exceptions: so many, or this share of its ports. */
#define EXCEPTIONS 3
#define EXCEPTIONS_PART 20

#define NATURALS_TRIED 6
#define STRETCHES_TRIED 3
#define TRIED_MAX (NATURALS_TRIED + 2 * STRETCHES_TRIED)

/* Where clients use their ports in order, ranges are tested by passes, too: their share. */
#define PASSES_SHARE 0.2

/* Only where so much of all is dead, may everything but a range be. */
#define FLIP_RATE 0.4
#define FLIP_OUTSIDE_RATE 0.93
#define FLIP_OUTSIDE_CASES 3
/* The open range may lose so much. */
#define FLIP_INSIDE_RATE 0.4

struct trial_range {
	uint32_t first; /* port indexes */
	uint32_t last;
	double ln_weight;
	double score; /* how promising it is */
};

struct trial_ranges {
	struct trial_range list[TRIED_MAX];
	unsigned count;
};

static double
between(const double *sums, uint32_t first, uint32_t last)
{
	return sums[last + 1] - sums[first];
}

static bool
is_few(double count, uint32_t ports)
{
	return count <= fmax(EXCEPTIONS, ports / EXCEPTIONS_PART);
}

/* Keeps the best, in order of their scores; of the same score the earlier one. */
static void
keep_best(struct trial_ranges *r, const struct trial_range *one)
{
	unsigned at = r->count;

	while (at > 0 && r->list[at - 1].score < one->score)
		at--;
	if (at == NATURALS_TRIED)
		return;
	r->count += r->count < NATURALS_TRIED;
	for (unsigned i = r->count - 1; i > at; i--)
		r->list[i] = r->list[i - 1];
	r->list[at] = *one;
}

static void
try_natural(const struct dg_view *v, const struct dg_natural *n, double ln_weight,
    struct trial_ranges *r)
{
	uint32_t first = dg_view_from(v, n->first);
	int64_t end = dg_view_to(v, n->last);
	uint32_t last = (uint32_t)end;
	double dead, alive, expected, score = 0;
	uint32_t alive_ports;

	if (end < first)
		return;
	dead = between(v->sum_dead, first, last);
	alive = between(v->sum_alive, first, last);
	alive_ports = v->sum_alive_ports[last + 1] - v->sum_alive_ports[first];
	if (dead < LEAST_WEIGHT ||
	    (!is_few(alive_ports, last - first + 1) && alive > ALIVE_SHARE * (dead + alive)))
		return;
	expected = fmax(between(v->sum_expected, first, last), 1e-9);
	if (dead > expected)
		score = dead * log(dead / expected) - (dead - expected);
	keep_best(r, &(struct trial_range){first, last, ln_weight, score + ln_weight});
}

/* Ranges that were blamed before have half of all weight. */
static void
try_naturals(const struct dg_view *v, const struct dg_again *again, struct trial_ranges *r)
{
	size_t count;
	const struct dg_natural *naturals = dg_naturals(&count);
	double ln_half = again != NULL ? log(.5) : 0;

	for (unsigned i = 0; again != NULL && i < again->count; i++)
		try_natural(v, &again->list[i], again->list[i].ln_weight, r);
	for (size_t i = 0; i < count; i++)
		try_natural(v, &naturals[i], naturals[i].ln_weight + ln_half, r);
}

static void
add_stretch(const struct dg_view *v, const struct dg_stretch *s, double ln_half,
    unsigned naturals, struct trial_ranges *r)
{
	if (s->last == s->first)
		return;
	for (unsigned i = naturals; i < r->count; i++)
		if (r->list[i].first == s->first && r->list[i].last == s->last)
			return;
	r->list[r->count++] = (struct trial_range){
	    s->first, s->last, dg_ln_weight_of_stretch(v, s->first, s->last) + ln_half, 0};
}

static int
find_ranges(const struct dg_view *v, const struct dg_again *again, struct trial_ranges *r)
{
	struct dg_stretch stretches[STRETCHES_TRIED];
	double *scores = malloc((v->port_count + 1) * sizeof *scores);
	double rates[2] = {-1, fmax(v->dead / v->all / 4, 1 / v->all)};
	unsigned naturals;

	if (scores == NULL)
		return DNSGAP_ENOMEM;
	try_naturals(v, again, r);
	naturals = r->count;
	for (int i = 0; i < 2; i++) {
		unsigned found;

		dg_view_scores(v, FAULT_RATE, rates[i], true, scores);
		found = dg_best_stretches(scores, v->port_count, STRETCHES_TRIED, stretches);
		for (unsigned n = 0; n < found; n++)
			add_stretch(v, &stretches[n], again != NULL ? log(.5) : 0, naturals, r);
	}
	free(scores);
	return 0;
}

/* A range tested, with its answered ports as exceptions or without any. */
struct tested {
	double ln_score;
	double ln_tail;
	double cases;
	double dead;
	uint16_t exceptions[DG_VERDICT_EXCEPTIONS_MAX];
	unsigned exception_count;
};

/* The larger p of cases at random and of ports at random. */
static void
test(const struct dg_view *v, const struct trial_range *r, bool has_exceptions,
    struct tested *out)
{
	uint32_t ports = r->last - r->first + 1;

	out->exception_count = 0;
	dg_view_tail_begin(v);
	for (uint32_t port = r->first; port <= r->last; port++) {
		if (has_exceptions && v->port_alive[port] > 0)
			out->exceptions[out->exception_count++] = v->port[port];
		else
			dg_view_tail_add(v, v->start[port], v->start[port + 1]);
	}
	out->ln_tail = dg_view_tail_end(v, &out->cases, &out->dead);
	if (ports - out->exception_count > 1)
		out->ln_tail = fmax(out->ln_tail,
		    dg_ln_hypergeometric_tail(
			v->sum_dead_ports[r->last + 1] - v->sum_dead_ports[r->first],
			v->port_count, v->dead_port_count, ports - out->exception_count));
	out->ln_score = out->ln_tail - r->ln_weight -
	    dg_ln_weight_of_exceptions(out->exceptions, out->exception_count, ports);
}

/* Whether a range passes for a dead one; the better way to see it in *out. */
static bool
test_both(const struct dg_view *v, const struct trial_range *r, struct tested *out)
{
	uint32_t ports = r->last - r->first + 1;
	uint32_t alive_ports = v->sum_alive_ports[r->last + 1] - v->sum_alive_ports[r->first];
	double alive = between(v->sum_alive, r->first, r->last);
	double dead_cases = between(v->sum_dead_cases, r->first, r->last);
	struct tested with;
	bool is_found = alive <= ALIVE_SHARE * (alive + dead_cases);

	if (is_found)
		test(v, r, false, out);
	if (alive_ports == 0 || alive_ports >= ports ||
	    alive_ports > DG_VERDICT_EXCEPTIONS_MAX || !is_few(alive_ports, ports))
		return is_found;
	test(v, r, true, &with);
	if (with.dead >= LEAST_WEIGHT && (!is_found || with.ln_score < out->ln_score)) {
		*out = with;
		is_found = true;
	}
	return is_found;
}

static void
take_hard(const struct dg_view *v, const struct trial_range *r, const struct tested *t,
    struct dg_candidate *out)
{
	*out = (struct dg_candidate){
	    .is_found = true,
	    .shape = DG_SHAPE_HARD,
	    .ln_score = t->ln_score,
	    .ln_tail = t->ln_tail,
	    .ranges = {{v->port[r->first], v->port[r->last]}},
	    .range_count = 1,
	    .exception_count = t->exception_count,
	    .cases = t->cases,
	    .dead = t->dead,
	};
	for (unsigned i = 0; i < t->exception_count; i++)
		out->exceptions[i] = t->exceptions[i];
}

/* Tests a range by passes, if it has no answered port. */
static void
try_passes(const struct dg_unit *u, const struct dg_view *v, const struct dg_passes *p,
    const struct trial_range *r, struct dg_candidate *out)
{
	uint16_t first = v->port[r->first], last = v->port[r->last];
	struct tested t = {.exception_count = 0};

	if (between(v->sum_alive, r->first, r->last) > 0)
		return;
	t.ln_tail = dg_passes_tail(u, p, first, last);
	t.ln_score = t.ln_tail - r->ln_weight - log(PASSES_SHARE) -
	    dg_ln_weight_of_exceptions(NULL, 0, r->last - r->first + 1);
	t.cases = t.dead = between(v->sum_dead, r->first, r->last);
	if (t.ln_tail >= 0 || (out->is_found && t.ln_score >= out->ln_score))
		return;
	take_hard(v, r, &t, out);
	out->is_by_passes = true;
}

static void
try_range(const struct dg_unit *u, const struct dg_view *v, const struct dg_passes *p,
    const struct trial_range *r, struct dg_candidate *out)
{
	struct tested t;

	if (v->sum_dead_ports[r->last + 1] - v->sum_dead_ports[r->first] < LEAST_PORTS)
		return;
	if (test_both(v, r, &t)) {
		t.ln_score -= p->count > 0 ? log(1 - PASSES_SHARE) : 0;
		if (!out->is_found || t.ln_score < out->ln_score)
			take_hard(v, r, &t, out);
	}
	if (p->count > 0)
		try_passes(u, v, p, r, out);
}

int
dg_scan_hard(struct dg_unit *u, struct dg_candidate *out)
{
	const struct dg_view *v = dg_unit_view(u, DG_VIEW_WEIGHTED);
	struct trial_ranges ranges = {.count = 0};
	struct dg_passes passes;

	if (v == NULL || find_ranges(v, u->again, &ranges) != 0 ||
	    dg_passes_make(u, &passes) != 0)
		return DNSGAP_ENOMEM;
	for (unsigned i = 0; i < ranges.count; i++)
		try_range(u, v, &passes, &ranges.list[i], out);
	dg_passes_fini(&passes);
	return 0;
}

/* Dead is what a swapped view calls alive. */
static bool
is_dead_outside(
    const struct dg_view *swapped, const struct trial_range *r, double *cases, double *dead)
{
	uint32_t ports = swapped->port_count;

	*dead = swapped->sum_alive[ports] - between(swapped->sum_alive, r->first, r->last);
	*cases = *dead + swapped->sum_dead_cases[ports] -
	    between(swapped->sum_dead_cases, r->first, r->last);
	return *cases >= FLIP_OUTSIDE_CASES && *dead >= FLIP_OUTSIDE_RATE * *cases;
}

/* Whether a range passes for an open one; what it loses is loss, no exception. */
static bool
test_open(const struct dg_view *swapped, const struct trial_range *r, struct tested *out)
{
	double dead = between(swapped->sum_alive, r->first, r->last);
	double alive = between(swapped->sum_dead_cases, r->first, r->last);

	if (dead > FLIP_INSIDE_RATE * (dead + alive))
		return false;
	test(swapped, r, false, out);
	return true;
}

/* The ports below the open range and those above it. */
static void
take_flip(const struct dg_view *v, const struct trial_range *r, const struct tested *t,
    struct dg_candidate *out)
{
	*out = (struct dg_candidate){
	    .is_found = true,
	    .shape = DG_SHAPE_FLIP,
	    .ln_score = t->ln_score,
	    .ln_tail = t->ln_tail,
	};
	if (r->first > 0)
		out->ranges[out->range_count++] =
		    (struct dg_port_range){v->port[0], v->port[r->first - 1]};
	if (r->last + 1 < v->port_count)
		out->ranges[out->range_count++] =
		    (struct dg_port_range){v->port[r->last + 1], v->port[v->port_count - 1]};
}

static bool
is_mostly_dead(const struct dg_unit *u)
{
	size_t dead = 0;

	for (size_t n = 0; n < u->count; n++)
		dead += u->cases->list[u->ids[n]].is_dead;
	return (double)dead >= FLIP_RATE * (double)u->count;
}

int
dg_scan_flip(struct dg_unit *u, struct dg_candidate *out)
{
	const struct dg_view *v;
	struct trial_ranges ranges = {.count = 0};

	if (!is_mostly_dead(u))
		return 0;
	v = dg_unit_view(u, DG_VIEW_SWAPPED);
	if (v == NULL || find_ranges(v, u->again, &ranges) != 0)
		return DNSGAP_ENOMEM;
	for (unsigned i = 0; i < ranges.count; i++) {
		const struct trial_range *r = &ranges.list[i];
		struct tested t;
		double cases, dead;

		if (!is_dead_outside(v, r, &cases, &dead) || !test_open(v, r, &t) ||
		    (out->is_found && t.ln_score >= out->ln_score))
			continue;
		take_flip(v, r, &t, out);
		out->cases = cases;
		out->dead = dead;
	}
	return 0;
}
