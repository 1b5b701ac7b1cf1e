/*
 * ports.c - the choice of the best explanation, round after round.
 *
 * Each round takes the best find that nothing but ports explains, makes a verdict of it, and
 * leaves its cases out.  What is in doubt is told only if no verdict explains it: by the last
 * round.
 */
#include "judge/ports.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "dnsgap/error.h"
#include "judge/scan.h"
#include "judge/units.h"

/* Less likely than this, but not sure enough to blame: suspected. */
#define LEVEL_SUSPECTED 0.5

/* What is likelier than this is first looked for by what was blamed before: the same range at
 * others is surer than that. */
#define LEVEL_PLAIN 0.01

/* Of the dead cases of a range with raised loss, one that began to lose all must keep this. */
#define ONSET_KEEPS 0.9

static void
add_doubt(struct dg_port_result *result, const struct dg_choice *choice, enum dg_doubt doubt)
{
	const struct dg_candidate *c = choice->candidate;
	struct dg_port_doubt *d = &result->doubts[result->doubt_count];

	/* The last place is for what is suspected. */
	if (result->doubt_count >= DG_DOUBTS_MAX - (doubt != DG_DOUBT_NONE))
		return;
	*d = (struct dg_port_doubt){
	    .doubt = doubt,
	    .shape = c->shape,
	    .scope = choice->scope,
	    .unit = dg_unit_of(choice->scope, choice->slot->number),
	    .range = {0, UINT16_MAX},
	    .ln_p = choice->ln_p,
	};
	for (unsigned i = 0; i < c->range_count; i++) {
		const struct dg_port_range *r = &c->ranges[i];

		if (i == 0)
			d->range = *r;
		d->range.first = r->first < d->range.first ? r->first : d->range.first;
		d->range.last = r->last > d->range.last ? r->last : d->range.last;
	}
	result->doubt_count++;
}

/*
 * A range that loses part of its cases may be one that began to lose all: if a time divides it
 * and leaves out few of the dead, it is that.  Both are past the least p that is told apart
 * where cases are many.
 */
static int
prefer_onset(const struct dg_search *s, const struct dg_choice *choices, size_t count,
    const struct dg_choice **blamed)
{
	const struct dg_choice *soft = *blamed;

	if (soft->candidate->shape != DG_SHAPE_SOFT)
		return 0;
	for (size_t i = 0; i < count; i++) {
		const struct dg_choice *c = &choices[i];
		struct dg_unit u;
		enum dg_doubt doubt;
		int error;

		if (c->slot != soft->slot || c->candidate->shape != DG_SHAPE_ONSET ||
		    c->ln_p > s->ln_alpha ||
		    c->candidate->dead < ONSET_KEEPS * soft->candidate->dead)
			continue;
		u = dg_search_unit(s, c->scope, c->slot);
		error = dg_doubt_of(&u, c->candidate, c->ln_p, s->ln_alpha, &doubt);
		dg_unit_fini(&u);
		if (error == 0 && doubt == DG_DOUBT_NONE)
			*blamed = c;
		return error;
	}
	return 0;
}

/* The first of the choices that nothing else explains; *blamed: NULL when there is none. */
static int
choose(const struct dg_search *s, const struct dg_choice *choices, size_t count,
    struct dg_port_result *result, const struct dg_choice **blamed)
{
	const struct dg_choice *suspected = NULL;

	result->doubt_count = 0;
	*blamed = NULL;
	for (size_t i = 0; i < count; i++) {
		const struct dg_choice *c = &choices[i];
		struct dg_unit u = dg_search_unit(s, c->scope, c->slot);
		enum dg_doubt doubt;
		int error;

		if (c->ln_p > s->ln_alpha) {
			if (c->scope != DG_SCOPE_SITE &&
			    (suspected == NULL || c->ln_p < suspected->ln_p))
				suspected = c;
			continue;
		}
		error = dg_doubt_of(&u, c->candidate, c->ln_p, s->ln_alpha, &doubt);
		dg_unit_fini(&u);
		if (error != 0)
			return error;
		if (doubt == DG_DOUBT_NONE) {
			*blamed = c;
			return prefer_onset(s, choices, count, blamed);
		}
		add_doubt(result, c, doubt);
	}
	if (suspected != NULL)
		add_doubt(result, suspected, DG_DOUBT_NONE);
	return 0;
}

/* Keeps a verdict, unless its ends moved away from all that was dead: then it says nothing. */
static void
keep(struct dg_port_result *result, const struct dg_port_verdict *v)
{
	if (v->inside_dead > 0) {
		result->verdicts[result->verdict_count++] = *v;
		return;
	}
	free(v->units);
	free(v->ports);
}

static int judge_again(
    struct dg_cases *cases, double ln_alpha, struct dg_port_result *result, bool *has_blamed);

/* Makes a verdict of what is to blame, if anything is. */
static int
judge_round(struct dg_cases *cases, struct dg_search *s, struct dg_port_result *result,
    bool *has_blamed)
{
	struct dg_choice *choices = NULL;
	const struct dg_choice *blamed = NULL;
	size_t count;
	int error = dg_search_run(s);

	if (error == 0)
		error = dg_search_list(s, log(LEVEL_SUSPECTED), &choices, &count);
	if (error == 0)
		error = choose(s, choices, count, result, &blamed);
	*has_blamed = false;
	if (error == 0 && blamed != NULL && s->again == NULL && blamed->ln_p > log(LEVEL_PLAIN))
		error = judge_again(cases, s->ln_alpha, result, has_blamed);
	if (error == 0 && blamed != NULL && !*has_blamed) {
		struct dg_unit u = dg_search_unit(s, blamed->scope, blamed->slot);
		struct dg_port_verdict v;

		error = dg_verdict_make(cases, &u, blamed->candidate, blamed->ln_p, &v);
		if (error == 0)
			keep(result, &v);
		dg_unit_fini(&u);
	}
	*has_blamed |= blamed != NULL;
	free(choices);
	return error;
}

/* Looks once for what the verdicts make likely; doubts stay those of the search before. */
static int
judge_again(
    struct dg_cases *cases, double ln_alpha, struct dg_port_result *result, bool *has_blamed)
{
	struct dg_port_result kept = *result;
	struct dg_again again;
	struct dg_search s;
	int error;

	*has_blamed = false;
	if (!dg_again_make(result->verdicts, result->verdict_count, &again))
		return 0;
	error = dg_search_make(cases, &again, ln_alpha, &s);
	if (error != 0)
		return error;
	error = judge_round(cases, &s, result, has_blamed);
	dg_search_fini(&s);
	memcpy(result->doubts, kept.doubts, sizeof result->doubts);
	result->doubt_count = kept.doubt_count;
	return error;
}

/* Round after round; when nothing more is found, what was found may help. */
static int
judge_all(struct dg_cases *cases, struct dg_search *s, struct dg_port_result *result)
{
	bool has_blamed = true;
	int error = 0;

	for (int round = 0; error == 0 && has_blamed && round < DG_PORT_VERDICTS_MAX; round++) {
		error = judge_round(cases, s, result, &has_blamed);
		if (error == 0 && !has_blamed)
			error = judge_again(cases, s->ln_alpha, result, &has_blamed);
	}
	result->is_cut = has_blamed;
	return error;
}

static int
judge(struct dg_cases *cases, double alpha, struct dg_port_result *result)
{
	struct dg_search s;
	int error = dg_cases_set_aside(cases, result);

	if (error != 0)
		return error;
	result->verdicts = calloc(DG_PORT_VERDICTS_MAX, sizeof *result->verdicts);
	if (result->verdicts == NULL)
		return DNSGAP_ENOMEM;
	error = dg_search_make(cases, NULL, log(alpha > 0 ? alpha : DG_PORTS_ALPHA), &s);
	if (error != 0)
		return error;
	error = judge_all(cases, &s, result);
	dg_search_fini(&s);
	if (error == 0)
		error = dg_verdicts_merge(cases, result->verdicts, &result->verdict_count);
	if (error == 0)
		dg_verdicts_compare(result->verdicts, result->verdict_count);
	return error;
}

int
dg_ports_judge(const struct dg_port_input *input, struct dg_port_result **out)
{
	struct dg_port_result *result = calloc(1, sizeof *result);
	struct dg_cases cases;
	int error = DNSGAP_ENOMEM;

	if (result != NULL)
		error = dg_cases_make(input, &cases);
	if (error == 0) {
		error = judge(&cases, input->alpha, result);
		dg_cases_fini(&cases);
	}
	if (error != 0) {
		dg_ports_free(result);
		return error;
	}
	*out = result;
	return 0;
}

void
dg_ports_free(struct dg_port_result *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->verdict_count; i++) {
		free(r->verdicts[i].units);
		free(r->verdicts[i].ports);
	}
	free(r->verdicts);
	free(r->entities);
	free(r);
}
