/*
 * limit.c - what nobody could find, whatever the method.
 *
 * Somebody is told all of a fault but which ports it takes, and weighs the fault against loss
 * at random of the same rate in the same scope.  A test that is wrong about one healthy capture
 * of 1,000 finds no more than the captures in which the odds are 10 : 1, and one of 100 beside
 * (Neyman and Pearson; 10 times 1 in 1,000).
 *
 * Of a hash without structure a port that was tried once says nothing: the odds come from those
 * that were tried again.  Of parities each set of masks is as likely as any other: the odds are
 * those of the oracle's p, divided by the number of sets.
 *
 * The end of a range is hidden when all tries at the next port outside were lost by chance: it
 * looks like one more port of the range.
 */
#include <math.h>
#include <stdlib.h>

#include "sim.h"

#define LN_ODDS 2.303 /* 10 : 1 */
#define NUMBERS 65536

/* Tries of each port, of the trials that a fault may concern. */
struct tries {
	uint32_t all[NUMBERS];
	uint32_t dead[NUMBERS];
};

static void
count_tries(const struct sim_run *r, const struct sim_fault *f, struct tries *out)
{
	for (size_t i = 0; i < r->trial_count; i++) {
		const struct dg_trial *t = &r->trials[i];

		if (!sim_is_in_scope(&r->world, f, t->server, t->client) ||
		    !sim_is_in_window(&r->world, f, t->time_ns))
			continue;
		out->all[t->port]++;
		out->dead[t->port] += sim_trial_is_dead(t);
	}
}

/* Each port is dead for good with the share of one path, against each trial by itself. */
static double
ln_odds_of_repeats(const struct sim_run *r, const struct sim_fault *f, const struct tries *c)
{
	const double share = 1.0 / f->bucket_count;
	const double loss = fmax(r->world.base_loss, 1e-9);
	const double rate = share + (1 - share) * loss;
	double sum = 0;

	for (uint32_t port = 0; port < NUMBERS; port++) {
		const double n = c->all[port], k = c->dead[port];
		const double gone = c->all[port] == c->dead[port] ? share : 0;

		sum += log(gone + (1 - share) * pow(loss, k) * pow(1 - loss, n - k)) -
		    k * log(rate) - (n - k) * log(1 - rate);
	}
	return sum;
}

/* Sets of ports that as many masks make: parts of GF(2)^16 that are closed under XOR, and what
 * they leave.  Masks of the lowest bits begin with one of two. */
static double
ln_parity_sets(const struct sim_fault *f)
{
	double sum = f->mask_count * log(2);

	if (f->masks[0] == 1 || f->masks[0] == 0x0101)
		return sum + log(2);
	for (unsigned i = 0; i < f->mask_count; i++)
		sum += log((NUMBERS - (double)(1u << i)) /
		    ((double)(1u << f->mask_count) - (double)(1u << i)));
	return sum;
}

static bool
is_hidden_at(const struct sim_fault *f, const struct tries *c, int64_t from, int step)
{
	for (int64_t port = from; port >= 0 && port < NUMBERS; port += step) {
		if (c->all[port] == 0)
			continue;
		for (unsigned i = 0; i < f->range_count; i++)
			if (port >= f->ranges[i].first && port <= f->ranges[i].last)
				return false;
		return c->all[port] == c->dead[port];
	}
	return false;
}

static bool
has_hidden_end(const struct sim_fault *f, const struct tries *c)
{
	for (unsigned i = 0; i < f->range_count; i++)
		if (is_hidden_at(f, c, (int64_t)f->ranges[i].first - 1, -1) ||
		    is_hidden_at(f, c, (int64_t)f->ranges[i].last + 1, 1))
			return true;
	return false;
}

void
sim_limit_add(const struct sim_run *r, struct sim_scores *s)
{
	struct tries *c = sim_alloc(1, sizeof *c);
	const struct sim_fault *f = r->world.fault_count == 1 ? &r->world.faults[0] : NULL;
	bool is_knowable = true;

	if (f != NULL && r->ln_oracle <= log(1e-4)) {
		count_tries(r, f, c);
		if (f->set == SIM_SET_HASH)
			is_knowable = ln_odds_of_repeats(r, f, c) >= LN_ODDS;
		if (f->set == SIM_SET_PARITY)
			is_knowable = -r->ln_oracle - ln_parity_sets(f) >= LN_ODDS;
		if (sim_is_range(f) && f->loss >= 1) {
			s->n[SIM_ENDS_TOLD]++;
			s->n[SIM_ENDS_HIDDEN] += has_hidden_end(f, c);
		}
	}
	s->n[SIM_KNOWABLE4] += is_knowable && r->ln_oracle <= log(1e-4);
	s->n[SIM_KNOWABLE6] += is_knowable && r->ln_oracle <= log(1e-6);
	free(c);
}
