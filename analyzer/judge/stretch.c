/*
 * stretch.c - where in the ports a view's dead cases gather: scores, the best stretches of
 * them, and what a stretch that was searched for costs.
 */
#include "judge/view.h"

#include <math.h>

#include "judge/natural.h"

#define RATE_LEAST 1e-6
#define RATE_MOST 0.999

/* What an answered port inside a range may cost, and one that is known to be kept open. */
#define FLOOR (-7.0)
#define FLOOR_KEPT_OPEN (-2.5)

/* Of a port in a stretch that is already taken. */
#define TAKEN (-50.0)

/* Shares of the weight of all ranges. */
#define SHARE_ANY 0.30
#define SHARE_ONE_SIDED 0.10

/* Shares of exception sets: none, all known to be kept open, any others. */
#define SHARE_WITHOUT 0.6
#define SHARE_KEPT_OPEN 0.3
#define SHARE_OTHERS 0.1
#define SHARE_EACH_OTHER 0.02

unsigned
dg_best_stretches(double *scores, uint32_t count, unsigned wanted, struct dg_stretch *out)
{
	unsigned found = 0;

	for (; found < wanted; found++) {
		struct dg_stretch best = {0, 0, 0};
		double sum = 0, least = 0;
		uint32_t from = 0;

		for (uint32_t i = 0; i < count; i++) {
			if (sum <= least) {
				least = sum;
				from = i;
			}
			sum += scores[i];
			if (sum - least > best.score)
				best = (struct dg_stretch){from, i, sum - least};
		}
		if (best.score <= 0)
			break;
		out[found] = best;
		for (uint32_t i = best.first; i <= best.last; i++)
			scores[i] = TAKEN;
	}
	return found;
}

static double
score_port(const struct dg_view *v, uint32_t port)
{
	double sum = 0;

	for (uint32_t n = v->start[port]; n < v->start[port + 1]; n++) {
		const struct dg_stratum *s = &v->strata[v->stratum[n]];

		sum += v->is_dead[n] ? v->weight[n] * s->dead_in : s->alive_in;
	}
	return sum;
}

void
dg_view_scores(
    const struct dg_view *v, double dead_rate, double other_rate, bool is_floored, double *out)
{
	for (uint32_t s = 0; s < v->stratum_count; s++) {
		double all = v->stratum_alive[s] + v->stratum_dead[s];
		double rate = all > 0 ? v->stratum_dead[s] / all : 0;

		if (other_rate >= 0)
			rate = fmin(rate, other_rate);
		rate = fmin(RATE_MOST, fmax(RATE_LEAST, rate));
		v->strata[s].dead_in = log(dead_rate / rate);
		v->strata[s].alive_in = log((1 - dead_rate) / (1 - rate));
	}
	for (uint32_t port = 0; port < v->port_count; port++) {
		double floor = dg_is_kept_open(v->port[port]) ? FLOOR_KEPT_OPEN : FLOOR;

		out[port] = score_port(v, port);
		if (is_floored)
			out[port] = fmax(out[port], floor);
	}
}

double
dg_ln_weight_of_stretch(const struct dg_view *v, uint32_t first, uint32_t last)
{
	double ports = last - first + 1, all = v->port_count;
	double weight = SHARE_ANY / (all * ports * (log(all) + 1));

	if (first == 0 || last == v->port_count - 1)
		weight = fmax(weight, SHARE_ONE_SIDED / (2 * all));
	return log(weight);
}

double
dg_ln_weight_of_exceptions(const uint16_t *exceptions, unsigned count, uint32_t ports)
{
	bool is_known = true;

	if (count == 0)
		return log(SHARE_WITHOUT);
	for (unsigned i = 0; i < count; i++)
		is_known = is_known && dg_is_kept_open(exceptions[i]);
	if (is_known)
		return log(SHARE_KEPT_OPEN) - dg_ln_choose(DG_KEPT_OPEN_COUNT, count) -
		    (count - 1) * log(2);
	return log(SHARE_OTHERS) + count * log(SHARE_EACH_OTHER) - dg_ln_choose(ports, count);
}
