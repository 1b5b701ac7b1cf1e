/*
 * rule_loss.c - what is lost and fits no other finding.
 */
#include <math.h>
#include <stdlib.h>

#include "diagnose/explained.h"
#include "dnsgap/error.h"
#include "judge/numbers.h"

/* Fewer dead trials are left alone. */
#define DEAD_MIN 3
/* A server or client of its own: so many, and so many times the loss of the others. */
#define OWN_DEAD_MIN 5
#define OWN_RATIO_MIN 2
/* A question that is never answered, when it was asked so often. */
#define ASKED_MIN 2
/* Less than this is a note. */
#define SHARE_NOTED 0.02

struct loss {
	struct dg_diagnosis *d;
	enum dg_trial_order order;
	uint32_t *ids;
	size_t count;
	struct dg_tried all;
	double groups;
	unsigned named;
};

static void
rate(struct dg_finding *f)
{
	uint64_t lost = f->inside.transactions - f->inside.reached;

	if ((double)lost < SHARE_NOTED * (double)f->inside.transactions)
		f->severity = DG_NOTE;
}

/*
 * Whether a trial is left that says something of loss.  What was refused is not lost.  Of
 * questions that a server was asked twice or more and never answered, it is the question that
 * is not answered, and what is lost at random is lost beside them.
 */
static bool
is_left(const struct dg_diagnosis *d, uint32_t trial)
{
	return !dg_is_explained(d, trial) &&
	    !(d->orders.traits[trial] & (DG_TRAIT_REFUSED | DG_TRAIT_UNANSWERED));
}

static int
emit(struct loss *x, const uint32_t *ids, size_t count, struct dg_finding *f)
{
	for (size_t i = 0; i < count; i++) {
		dg_finding_count(f, &x->d->summary->trials[ids[i]]);
		dg_explain(x->d, ids[i], DG_LOSS_RANDOM);
	}
	rate(f);
	return dg_findings_add(&x->d->findings, f);
}

static struct dg_tried
count_trials(const struct loss *x, size_t from, size_t to)
{
	size_t dead = dg_count_traits(x->d, x->ids + from, to - from, DG_TRAIT_DEAD);

	return (struct dg_tried){.trials = to - from, .dead = dead};
}

/* ln p that chance gives a group so many of all the dead. */
static double
ln_p_of(const struct loss *x, const struct dg_tried *own)
{
	return dg_ln_hypergeometric_tail((int64_t)own->dead, (int64_t)x->all.trials,
		   (int64_t)x->all.dead, (int64_t)own->trials) +
	    log(2 * x->groups);
}

static bool
is_own(const struct loss *x, const struct dg_tried *own)
{
	uint64_t other_dead = x->all.dead - own->dead;
	uint64_t others = x->all.trials - own->trials;

	return own->dead >= OWN_DEAD_MIN && others > 0 && ln_p_of(x, own) < DG_LN_CHANCE &&
	    (double)own->dead / (double)own->trials >=
	    OWN_RATIO_MIN * (double)other_dead / (double)others;
}

static int
emit_group(struct loss *x, size_t from, size_t to, const struct dg_tried *own)
{
	const struct dg_trial *t = &x->d->summary->trials[x->ids[from]];
	struct dg_finding *f = dg_finding_new(DG_LOSS_RANDOM, DG_WARNING);

	if (f == NULL)
		return DNSGAP_ENOMEM;
	x->named++;
	f->has_p = true;
	f->ln_p = fmin(0, ln_p_of(x, own));
	for (size_t i = 0; i < x->count; i++) {
		if (i < from || i >= to)
			dg_finding_contrast(f, &x->d->summary->trials[x->ids[i]]);
	}
	if (x->order == DG_BY_SERVER)
		dg_finding_add_server(f, t->server);
	else
		dg_finding_add_client(f, t->client);
	f->where = x->order == DG_BY_SERVER ? DG_WHERE_NEAR_SERVER : DG_WHERE_ONE_CLIENT;
	return emit(x, x->ids + from, to - from, f);
}

static int
take_left(struct loss *x, enum dg_trial_order order)
{
	size_t kept = 0;
	int error = dg_trials_left(x->d, order, &x->ids, &x->count);

	if (error != 0)
		return error;
	for (size_t i = 0; i < x->count; i++) {
		x->ids[kept] = x->ids[i];
		kept += is_left(x->d, x->ids[i]);
	}
	x->count = kept;
	return 0;
}

/* Servers, or clients, that lose much more than the others. */
static int
find_own(struct loss *x, enum dg_trial_order order)
{
	int error = take_left(x, order);

	if (error != 0)
		return error;
	x->order = order;
	x->named = 0;
	x->groups = 0;
	x->all = count_trials(x, 0, x->count);
	for (size_t at = 0; at < x->count; at = dg_group_end(x->d, x->ids, x->count, at, order))
		x->groups++;
	for (size_t at = 0, end; error == 0 && at < x->count; at = end) {
		struct dg_tried own;

		end = dg_group_end(x->d, x->ids, x->count, at, order);
		own = count_trials(x, at, end);
		if (x->named < DG_FINDINGS_NAMED_MAX && is_own(x, &own))
			error = emit_group(x, at, end, &own);
	}
	free(x->ids);
	return error;
}

static int
find_rest(struct loss *x)
{
	const struct dg_diagnosis *d = x->d;
	const struct dg_trial *trials = d->summary->trials;
	const uint32_t *by_time = d->orders.by_time;
	struct dg_finding *f;
	size_t dead = 0;

	for (uint32_t i = 0; i < d->summary->trial_count; i++)
		dead += (d->orders.traits[i] & DG_TRAIT_DEAD) && is_left(d, i);
	if (dead < DEAD_MIN)
		return 0;
	f = dg_finding_new(DG_LOSS_RANDOM, DG_WARNING);
	if (f == NULL)
		return DNSGAP_ENOMEM;
	for (size_t n = 0; n < d->summary->trial_count; n++) {
		bool is_dead = d->orders.traits[by_time[n]] & DG_TRAIT_DEAD;

		if ((is_dead || f->answered_count < DG_FINDING_FRAMES_MAX) &&
		    is_left(d, by_time[n]))
			dg_finding_show(f, &trials[by_time[n]]);
	}
	for (uint32_t i = 0; i < d->summary->trial_count; i++) {
		if (!is_left(d, i))
			continue;
		dg_finding_sum(f, &trials[i]);
		dg_explain(x->d, i, DG_LOSS_RANDOM);
	}
	rate(f);
	return dg_findings_add(&x->d->findings, f);
}

int
dg_rule_loss(struct dg_diagnosis *d)
{
	struct loss x = {.d = d};
	int error = find_own(&x, DG_BY_SERVER);

	if (error == 0)
		error = find_own(&x, DG_BY_CLIENT);
	if (error == 0)
		error = find_rest(&x);
	return error;
}
