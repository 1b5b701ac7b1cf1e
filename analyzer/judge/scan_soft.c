/*
 * scan_soft.c - ranges of which more is lost than elsewhere.
 *
 * A client that stays in a range for a while, and has a bad while, must not make it look bad:
 * so of every visit of a client to the range only the first case counts.  And what is lost must
 * be spread over the range: two dead ranges with a good one between them are not a bad one.
 */
#include <math.h>
#include <stdlib.h>

#include "dnsgap/error.h"
#include "judge/order.h"
#include "judge/pick.h"
#include "judge/scan.h"

/* Fewer dead cases in the unit, and in a range, say nothing of a rate. */
#define UNIT_DEAD_MIN 10
#define DEAD_MIN 8
#define PORTS_MIN 8
#define OUTSIDE_MIN 5
#define NATURALS_TRIED 5
/* A stretch at a dead rate is tried where the unit's is less by this factor. */
#define RATE_FACTOR 1.3
/* Inside and outside must differ by so much, and the odds by this factor. */
#define DIFFERENCE_MIN 0.1
#define ODDS_RATIO_MIN 2.0

/* A stretch of ports without loss, or of dead ones, that chance makes less often than this. */
#define LN_STRETCH log(1e-3)

struct search {
	const struct dg_view *v;
	/* Rank: the client's place, then time; at: index into the view.  Made when needed. */
	struct dg_ranked *by_client;
	struct dg_stratum *strata;
	struct dg_stratum *clients; /* of each client by itself, as many as there are cases */
	uint32_t *sum_bad_ports;    /* before a port index; made when needed, as both above */
	struct dg_candidate *out;
};

static bool
is_inside(const struct dg_view *v, const struct dg_pick *pick, size_t n)
{
	return n >= v->start[pick->first] && n < v->start[pick->last + 1];
}

/* Ports with more loss than the unit has. */
static void
count_bad_ports(const struct search *s)
{
	const struct dg_view *v = s->v;

	s->sum_bad_ports[0] = 0;
	for (uint32_t i = 0; i < v->port_count; i++) {
		double all = v->port_dead[i] + v->port_alive[i];
		bool is_bad = v->port_dead[i] / all > v->dead / v->all;

		s->sum_bad_ports[i + 1] = s->sum_bad_ports[i] + is_bad;
	}
}

/* What is needed once a range has raised loss at all.  0 or DNSGAP_ENOMEM. */
static int
prepare(struct search *s)
{
	const struct dg_view *v = s->v;

	if (s->by_client != NULL)
		return 0;
	s->by_client = malloc(2 * (v->count + 1) * sizeof *s->by_client);
	s->clients = malloc((v->count + 1) * sizeof *s->clients);
	s->sum_bad_ports = malloc((v->port_count + 1) * sizeof *s->sum_bad_ports);
	if (s->by_client == NULL || s->clients == NULL || s->sum_bad_ports == NULL)
		return DNSGAP_ENOMEM;
	count_bad_ports(s);
	for (size_t n = 0; n < v->count; n++)
		s->by_client[n] =
		    (struct dg_ranked){v->cases->client_rank[v->at[n]], (uint32_t)n};
	dg_order_ranked(s->by_client, s->by_client + v->count, v->count);
	return 0;
}

static void
count_visit(struct dg_stratum *stratum, bool is_dead, bool is_in)
{
	*(is_dead ? &stratum->dead : &stratum->alive) += 1;
	if (is_in)
		*(is_dead ? &stratum->dead_in : &stratum->alive_in) += 1;
}

/*
 * ln p of the dead among visits to the range; 0 when there are too few.  By strata, and by
 * single clients, for one with few cases may have a range and a loss of its own; the worse of
 * both.
 */
static double
tail_of_visits(const struct search *s, const struct dg_pick *pick)
{
	const struct dg_view *v = s->v;
	double visits_dead = 0;
	bool was_inside = false;
	uint32_t client = UINT32_MAX;
	size_t clients = 0;

	for (uint32_t i = 0; i < v->stratum_count; i++)
		s->strata[i] = (struct dg_stratum){0, 0, 0, 0};
	for (size_t i = 0; i < v->count; i++) {
		size_t n = s->by_client[i].at;
		bool is_in = is_inside(v, pick, n);
		uint32_t own = dg_view_case(v, n)->client;
		bool is_same = own == client;
		bool is_going_on = is_in && was_inside && is_same;

		was_inside = is_in;
		client = own;
		if (!is_same)
			s->clients[clients++] = (struct dg_stratum){0, 0, 0, 0};
		if (is_going_on)
			continue;
		count_visit(&s->strata[v->stratum[n]], v->is_dead[n], is_in);
		count_visit(&s->clients[clients - 1], v->is_dead[n], is_in);
		visits_dead += is_in && v->is_dead[n];
	}
	if (visits_dead < DEAD_MIN)
		return 0;
	return fmax(dg_ln_strata_tail(visits_dead, s->strata, v->stratum_count),
	    dg_ln_strata_tail(visits_dead, s->clients, clients));
}

static bool
is_raised(double cases, double dead, double all, double all_dead)
{
	double inside = dead / cases;
	double outside = (all_dead - dead + .5) / (all - cases + 1);

	return all - cases >= OUTSIDE_MIN && dead >= DEAD_MIN &&
	    inside >= outside + DIFFERENCE_MIN &&
	    inside * (1 - outside) >= ODDS_RATIO_MIN * outside * (1 - inside);
}

/* Whether the longest stretch of ports of one kind is longer than chance makes it, when so many
 * of `ports` are of that kind. */
static bool
is_too_long(uint32_t longest, uint32_t of_kind, uint32_t ports)
{
	double share = (double)of_kind / ports;

	return of_kind < ports && of_kind > 0 && log(ports) + longest * log(share) < LN_STRETCH;
}

static bool
is_spread(const struct dg_view *v, const struct dg_pick *pick)
{
	uint32_t good = 0, good_now = 0, good_longest = 0;
	uint32_t dead = 0, dead_now = 0, dead_longest = 0;
	uint32_t ports = pick->last - pick->first + 1;

	for (uint32_t i = pick->first; i <= pick->last; i++) {
		bool is_good = v->port_dead_cases[i] <= 0;

		good += is_good;
		good_now = is_good ? good_now + 1 : 0;
		good_longest = good_now > good_longest ? good_now : good_longest;
		dead += v->is_dead_port[i];
		dead_now = v->is_dead_port[i] ? dead_now + 1 : 0;
		dead_longest = dead_now > dead_longest ? dead_now : dead_longest;
	}
	return !is_too_long(good_longest, good, ports) &&
	    !is_too_long(dead_longest, dead, ports);
}

/* 0 or DNSGAP_ENOMEM. */
static int
try_pick(struct search *s, const struct dg_pick *pick)
{
	const struct dg_view *v = s->v;
	double dead = v->sum_dead[pick->last + 1] - v->sum_dead[pick->first];
	double cases = dead + v->sum_alive[pick->last + 1] - v->sum_alive[pick->first];
	uint32_t ports = pick->last - pick->first + 1;
	uint32_t bad;
	double ln_p, ln_score;

	if (!is_raised(cases, dead, v->all, v->dead) || !is_spread(v, pick))
		return 0;
	if (prepare(s) != 0)
		return DNSGAP_ENOMEM;
	bad = s->sum_bad_ports[pick->last + 1] - s->sum_bad_ports[pick->first];
	ln_p = fmax(tail_of_visits(s, pick),
	    dg_ln_hypergeometric_tail(
		bad, v->port_count, s->sum_bad_ports[v->port_count], ports));
	ln_score = ln_p - pick->ln_weight;
	if (ln_p >= 0 || (s->out->is_found && ln_score >= s->out->ln_score))
		return 0;
	*s->out = (struct dg_candidate){
	    .is_found = true,
	    .shape = DG_SHAPE_SOFT,
	    .ln_score = ln_score,
	    .ln_tail = ln_p,
	    .ranges = {{v->port[pick->first], v->port[pick->last]}},
	    .range_count = 1,
	    .cases = cases,
	    .dead = dead,
	};
	return 0;
}

static int
try_picks(struct search *s)
{
	const struct dg_view *v = s->v;
	double mean = v->dead / v->all;
	const double rates[] = {.6, .3, fmin(.9, 3 * mean)};
	struct dg_pick picks[DG_PICKS_MAX];
	unsigned count = dg_pick_naturals(v, DEAD_MIN, PORTS_MIN, NATURALS_TRIED, picks);
	int error = 0;

	for (size_t i = 0; error == 0 && i < sizeof rates / sizeof *rates; i++) {
		if (rates[i] > mean * RATE_FACTOR)
			error = dg_pick_stretches(v, rates[i], PORTS_MIN, 1, picks, &count);
	}
	for (unsigned i = 0; error == 0 && i < count; i++)
		error = try_pick(s, &picks[i]);
	return error;
}

int
dg_scan_soft(struct dg_unit *u, struct dg_candidate *out)
{
	const struct dg_view *v = dg_unit_view(u, DG_VIEW_REPRESENTATIVES);
	struct search s = {.v = v, .out = out};
	int error = DNSGAP_ENOMEM;

	if (v == NULL)
		return DNSGAP_ENOMEM;
	if (v->dead < UNIT_DEAD_MIN)
		return 0;
	s.strata = malloc((v->stratum_count + 1) * sizeof *s.strata);
	if (s.strata != NULL)
		error = try_picks(&s);
	free(s.by_client);
	free(s.strata);
	free(s.clients);
	free(s.sum_bad_ports);
	return error;
}
