/*
 * pick.c - ranges that are worth a closer look.
 */
#include "judge/pick.h"

#include <math.h>
#include <stdlib.h>

#include "dnsgap/error.h"
#include "judge/natural.h"

/* Keeps a list of the best: of equal ones the earlier stays. */
static void
keep_best(struct dg_pick *picks, double *scores, unsigned *count, unsigned wanted,
    const struct dg_pick *pick, double score)
{
	unsigned at = *count;

	while (at > 0 && score > scores[at - 1])
		at--;
	if (at == wanted)
		return;
	if (*count < wanted)
		++*count;
	for (unsigned n = *count - 1; n > at; n--) {
		picks[n] = picks[n - 1];
		scores[n] = scores[n - 1];
	}
	picks[at] = *pick;
	scores[at] = score;
}

unsigned
dg_pick_naturals(const struct dg_view *v, double dead_min, uint32_t ports_min, unsigned wanted,
    struct dg_pick *out)
{
	double scores[DG_PICKS_MAX];
	size_t natural_count;
	const struct dg_natural *naturals = dg_naturals(&natural_count);
	unsigned count = 0;

	for (size_t n = 0; n < natural_count; n++) {
		uint32_t first = dg_view_from(v, naturals[n].first);
		int64_t last = dg_view_to(v, naturals[n].last);
		struct dg_pick pick = {first, (uint32_t)last, naturals[n].ln_weight};
		double dead, expected;

		if (last < (int64_t)first || last - first + 1 < (int64_t)ports_min)
			continue;
		dead = v->sum_dead[last + 1] - v->sum_dead[first];
		expected = fmax(v->sum_expected[last + 1] - v->sum_expected[first], 1e-9);
		if (dead < dead_min || dead <= expected)
			continue;
		keep_best(out, scores, &count, wanted, &pick,
		    dead * log(dead / expected) - (dead - expected) + pick.ln_weight);
	}
	return count;
}

int
dg_pick_stretches(const struct dg_view *v, double dead_rate, uint32_t ports_min,
    unsigned wanted, struct dg_pick *picks, unsigned *count)
{
	struct dg_stretch stretches[DG_PICKS_MAX];
	double *scores = malloc((v->port_count + 1) * sizeof *scores);
	unsigned found;

	if (scores == NULL)
		return DNSGAP_ENOMEM;
	dg_view_scores(v, dead_rate, -1, false, scores);
	found = dg_best_stretches(scores, v->port_count, wanted, stretches);
	for (unsigned n = 0; n < found && *count < DG_PICKS_MAX; n++) {
		uint32_t first = stretches[n].first, last = stretches[n].last;

		if (last - first + 1 < ports_min)
			continue;
		picks[(*count)++] =
		    (struct dg_pick){first, last, dg_ln_weight_of_stretch(v, first, last)};
	}
	free(scores);
	return 0;
}
