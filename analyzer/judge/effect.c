/*
 * effect.c - what a verdict counts: dead trials inside the set and outside it.
 */
#include <math.h>
#include <stdlib.h>

#include "dnsgap/error.h"
#include "judge/verdict.h"

/* ln of the beta function at k + 1/2, n - k + 1/2: Jeffreys' prior and k dead of n. */
static double
ln_evidence(double dead, double all)
{
	double none = 2 * lgamma(.5);

	return lgamma(dead + .5) + lgamma(all - dead + .5) - lgamma(all + 1) - none;
}

double
dg_ln_bayes(const struct dg_port_verdict *v)
{
	double k = (double)v->inside_dead, n = (double)v->inside_trials;
	double k_out = (double)v->outside_dead, n_out = (double)v->outside_trials;

	return ln_evidence(k, n) + ln_evidence(k_out, n_out) -
	    ln_evidence(k + k_out, n + n_out);
}

int
dg_effect_count(
    const struct dg_cases *cases, const struct dg_owned *owned, struct dg_port_verdict *v)
{
	bool *is_in = malloc(DG_PORT_NUMBERS * sizeof *is_in);

	if (is_in == NULL)
		return DNSGAP_ENOMEM;
	dg_verdict_fill(v, is_in);
	v->inside_trials = v->inside_dead = v->inside_refused = 0;
	v->outside_trials = v->outside_dead = 0;
	for (size_t i = 0; i < owned->count; i++) {
		const struct dg_case *x = &cases->list[owned->ids[i]];

		if (is_in[x->port]) {
			v->inside_trials++;
			v->inside_dead += x->is_dead;
			v->inside_refused += x->is_dead && x->is_refused;
		} else {
			v->outside_trials++;
			v->outside_dead += x->is_dead;
		}
	}
	v->ln_bayes = dg_ln_bayes(v);
	free(is_in);
	return 0;
}
