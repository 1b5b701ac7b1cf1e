/*
 * baseline.c - what a simpler program would say: rates of IANA's three ranges, over the whole
 * capture.
 *
 * Threshold: a range is blamed when less than half of its trials were answered, more than 80 %
 * of another range's were, and each has at least 5 trials.
 * Fisher: a range is blamed when its trials are dead more often than the others', by Fisher's
 * exact test at 1 %, divided by three tests.
 */
#include <math.h>

#include "sim.h"

#define RANGES 3
#define TRIALS_MIN 5
#define BAD_RATIO .5
#define GOOD_RATIO .8
#define LEVEL .01

struct counts {
	uint64_t trials[RANGES];
	uint64_t dead[RANGES];
	uint64_t truth_dead[RANGES];
};

static struct counts
count(const struct sim_run *r)
{
	struct counts c = {0};

	for (size_t i = 0; i < r->trial_count; i++) {
		const struct dg_trial *t = &r->trials[i];
		const int at = t->port < 1024 ? 0 : t->port < 49152 ? 1 : 2;

		c.trials[at]++;
		if (!sim_trial_is_dead(t))
			continue;
		c.dead[at]++;
		c.truth_dead[at] += r->truth[i] != 0;
	}
	return c;
}

/* Found: the blamed ranges hold half of the truth's dead trials, and these are most of what
 * is dead in them. */
static struct sim_baseline
judge(const struct counts *c, const bool is_blamed[RANGES])
{
	struct sim_baseline b = {0};
	uint64_t dead = 0, truth_dead = 0, truth_all = 0;

	for (int i = 0; i < RANGES; i++) {
		truth_all += c->truth_dead[i];
		if (!is_blamed[i])
			continue;
		b.is_blamed = true;
		b.is_off |= 2 * c->truth_dead[i] < c->dead[i];
		dead += c->dead[i];
		truth_dead += c->truth_dead[i];
	}
	b.is_found = truth_all > 0 && 2 * truth_dead >= truth_all && 2 * truth_dead >= dead;
	return b;
}

struct sim_baseline
sim_baseline_threshold(const struct sim_run *r)
{
	const struct counts c = count(r);
	bool is_blamed[RANGES] = {false};
	double best = 0;

	for (int i = 0; i < RANGES; i++)
		if (c.trials[i] >= TRIALS_MIN)
			best = fmax(best, 1 - (double)c.dead[i] / (double)c.trials[i]);
	for (int i = 0; i < RANGES; i++)
		is_blamed[i] = best > GOOD_RATIO && c.trials[i] >= TRIALS_MIN &&
		    1 - (double)c.dead[i] / (double)c.trials[i] < BAD_RATIO;
	return judge(&c, is_blamed);
}

struct sim_baseline
sim_baseline_fisher(const struct sim_run *r)
{
	const struct counts c = count(r);
	const uint64_t dead = c.dead[0] + c.dead[1] + c.dead[2];
	bool is_blamed[RANGES];

	for (int i = 0; i < RANGES; i++)
		is_blamed[i] = sim_ln_fisher(c.dead[i], r->trial_count, dead, c.trials[i]) <
		    log(LEVEL / RANGES);
	return judge(&c, is_blamed);
}
