#ifndef DG_JUDGE_VIEW_H
#define DG_JUDGE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "judge/cases.h"
#include "judge/numbers.h"
#include "judge/roll.h"

/*
 * view.h - the active cases of one unit (all, a server, a client, ...), weighted so that an
 * unbroken run of dead cases counts no more than chance makes of one, in strata of equal loss,
 * with sums over ports.
 */

/* Which cases a view holds, and how they weigh. */
enum dg_view_kind {
	DG_VIEW_WEIGHTED,        /* all; dead ones by the lengths of their runs */
	DG_VIEW_REPRESENTATIVES, /* one case of every run; all weigh 1 */
	DG_VIEW_SWAPPED,         /* weighted, with dead and alive exchanged */
	DG_VIEW_PLAIN,           /* all, and all weigh 1 */
};

struct dg_view {
	void *block; /* owned; holds all that follows */
	size_t bytes;
	const struct dg_cases *cases;
	size_t count;
	uint32_t *at;   /* index into cases->list; ascending, so by port and time */
	bool *is_dead;  /* exchanged in a swapped view */
	double *weight; /* 1 for what is alive */
	uint32_t *stratum;
	uint32_t stratum_count;
	double *stratum_alive;
	double *stratum_dead;
	struct dg_stratum *strata; /* the same; what is in a set is for whoever tests one */
	double dead;               /* weight of all dead cases */
	double all;                /* and of all cases */

	/* By different ports, ascending. */
	uint32_t port_count;
	uint32_t dead_port_count; /* never alive, dead once or more */
	uint16_t *port;
	uint32_t *start;    /* of its cases, port_count + 1 of them */
	double *port_dead;  /* weight */
	double *port_alive; /* cases */
	double *port_dead_cases;
	bool *is_dead_port;

	/* Sums over the ports before, port_count + 1 of each. */
	double *sum_dead;
	double *sum_alive;
	double *sum_dead_cases;
	double *sum_expected; /* weight x its stratum's dead rate */
	uint32_t *sum_alive_ports;
	uint32_t *sum_dead_ports;
};

/*
 * `ids`: the unit's cases, ascending indexes into cases->list; copied.  Returns 0 or
 * DNSGAP_ENOMEM.
 */
int dg_view_make(const struct dg_cases *cases, const uint32_t *ids, size_t count,
    enum dg_view_kind kind, struct dg_view *out);
void dg_view_fini(struct dg_view *v);

/* The same by a roll of these cases, which several views may share. */
int dg_view_make_by(const struct dg_cases *cases, const uint32_t *ids,
    const struct dg_roll *roll, enum dg_view_kind kind, struct dg_view *out);

/* What a weighted view of these cases would hold; quicker.  Returns 0 or DNSGAP_ENOMEM. */
int dg_view_margins(const struct dg_cases *cases, const uint32_t *ids, size_t count,
    double *alive, double *dead);

/* A case's stratum's dead rate. */
static inline double
dg_view_rate(const struct dg_view *v, size_t n)
{
	uint32_t s = v->stratum[n];
	double all = v->stratum_alive[s] + v->stratum_dead[s];

	return all > 0 ? v->stratum_dead[s] / all : 0;
}

static inline const struct dg_case *
dg_view_case(const struct dg_view *v, size_t n)
{
	return &v->cases->list[v->at[n]];
}

/* The first port index at or past `port`, and the last at or below it (-1: none). */
uint32_t dg_view_from(const struct dg_view *v, uint32_t port);
int64_t dg_view_to(const struct dg_view *v, uint32_t port);

/* A stretch of ports by its scores: the best disjoint ones (Kadane; ties as docs/diagnosis.md
 * says), the best first.  Gives how many there were.  `scores` is overwritten. */
struct dg_stretch {
	uint32_t first; /* port indexes */
	uint32_t last;
	double score;
};

unsigned dg_best_stretches(
    double *scores, uint32_t count, unsigned wanted, struct dg_stretch *out);

/*
 * ln likelihood ratio of fault against none for every port: `dead_rate` inside the fault;
 * outside, the stratum's rate, or `other_rate` if that is less (negative: not used).
 * `is_floored`: a port costs 7 at most, one that is kept open 2.5.  `out`: port_count scores.
 */
void dg_view_scores(
    const struct dg_view *v, double dead_rate, double other_rate, bool is_floored, double *out);

/* ln p of the set of cases `in[n]` by strata: the dead weight it holds, or more. */
double dg_view_tail(const struct dg_view *v, const bool *in);

/* The same in steps: empty the set, add cases [from, to), and ask. */
void dg_view_tail_begin(const struct dg_view *v);
void dg_view_tail_add(const struct dg_view *v, size_t from, size_t to);
double dg_view_tail_end(const struct dg_view *v, double *cases, double *dead);

/* ln weight of a range of ports by index that comes from the scan: any, or one-sided. */
double dg_ln_weight_of_stretch(const struct dg_view *v, uint32_t first, uint32_t last);

/* ln weight of an exception set of `count` among `ports` ports of a range. */
double dg_ln_weight_of_exceptions(const uint16_t *exceptions, unsigned count, uint32_t ports);

#endif
