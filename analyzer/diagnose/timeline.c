/*
 * timeline.c - the scan along the axis of time.
 *
 * Candidates are segments of greatest score (Kadane's algorithm): ln odds of an outage against
 * the unit's own loss.  Their p is the exact one of the dead spread at random over each
 * stratum's moments, with a weight of 1 / (all x in x (in + 1)) for a window of `in` moments,
 * so that any number of windows may be tried.
 */
#include "diagnose/timeline.h"

#include <math.h>
#include <stdlib.h>

#include "dnsgap/error.h"
#include "judge/numbers.h"

#define COUNTED_MIN 4
/* Of queries that an outage swallows. */
#define OUTAGE_RATE 0.97

struct line {
	const struct dg_moment *list;
	size_t count;
	uint64_t counted; /* alive ones, and dead ones that are counted */
	uint64_t dead;    /* counted */
};

static bool
is_seen(const struct dg_moment *m)
{
	return !m->is_dead || m->is_counted;
}

/* The best segment for a loss of `rate` outside; false when no dead one is counted. */
static bool
best_segment(const struct line *l, double rate, size_t *first, size_t *last)
{
	double dead = log(OUTAGE_RATE / rate);
	double alive = log((1 - OUTAGE_RATE) / (1 - rate));
	double sum = 0, best = 0;
	size_t start = 0;

	for (size_t i = 0; i < l->count; i++) {
		if (!is_seen(&l->list[i]))
			continue;
		if (sum <= 0) {
			sum = 0;
			start = i;
		}
		sum += l->list[i].is_dead ? dead : alive;
		if (sum <= best)
			continue;
		best = sum;
		*first = start;
		*last = i;
	}
	return best > 0;
}

static void
count_strata(
    const struct line *l, const struct dg_stretch_of_time *w, struct dg_stratum *strata)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct dg_moment *m = &l->list[i];
		struct dg_stratum *s = &strata[m->stratum];
		bool is_inside = i >= w->first && i <= w->last;

		if (!is_seen(m))
			continue;
		s->dead += m->is_dead;
		s->alive += !m->is_dead;
		s->dead_in += is_inside && m->is_dead;
		s->alive_in += is_inside && !m->is_dead;
	}
}

static void
count_window(const struct line *l, struct dg_stretch_of_time *w)
{
	for (size_t i = w->first; i <= w->last; i++) {
		w->dead += l->list[i].is_dead;
		w->alive += !l->list[i].is_dead;
		w->counted += l->list[i].is_dead && l->list[i].is_counted;
	}
}

static int
weigh(const struct line *l, uint32_t stratum_count, struct dg_stretch_of_time *w)
{
	struct dg_stratum *strata = calloc((size_t)stratum_count + 1, sizeof *strata);
	size_t used = 0;
	double in;

	if (strata == NULL)
		return DNSGAP_ENOMEM;
	count_window(l, w);
	count_strata(l, w, strata);
	for (uint32_t i = 0; i < stratum_count; i++) {
		if (strata[i].alive + strata[i].dead > 0)
			strata[used++] = strata[i];
	}
	in = (double)(w->counted + w->alive);
	w->ln_p = dg_ln_strata_tail((double)w->counted, strata, used) +
	    log((double)l->counted) + log(in) + log(in + 1);
	free(strata);
	return 0;
}

int
dg_timeline_scan(const struct dg_moment *list, size_t count, uint32_t stratum_count,
    bool *found, struct dg_stretch_of_time *out)
{
	struct line l = {.list = list, .count = count};
	double rates[2];

	*found = false;
	for (size_t i = 0; i < count; i++) {
		l.counted += is_seen(&list[i]);
		l.dead += list[i].is_dead && list[i].is_counted;
	}
	if (l.dead < COUNTED_MIN)
		return 0;
	rates[0] = fmin((double)l.dead / (double)l.counted, 0.9);
	rates[1] = fmax(rates[0] / 4, 1 / ((double)l.counted + 1));
	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
		struct dg_stretch_of_time w = {0};
		int error;

		if (!best_segment(&l, rates[i], &w.first, &w.last))
			continue;
		error = weigh(&l, stratum_count, &w);
		if (error != 0)
			return error;
		if (w.counted < COUNTED_MIN || (*found && w.ln_p >= out->ln_p))
			continue;
		*found = true;
		*out = w;
	}
	return 0;
}
