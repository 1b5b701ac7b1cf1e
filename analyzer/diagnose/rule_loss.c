/*
 * rule_loss.c - what is lost and fits no other finding.
 */
#include <math.h>
#include <stdlib.h>

#include "diagnose/explained.h"
#include "diagnose/numbers.h"
#include "dnsgap/error.h"

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
	bool *is_unanswerable; /* by trial */
};

static void
rate(struct dg_finding *f)
{
	uint64_t lost = f->inside.transactions - f->inside.reached;

	if ((double)lost < SHARE_NOTED * (double)f->inside.transactions)
		f->severity = DG_NOTE;
}

/*
 * Questions that a server was asked twice or more and never answered: it is the question that
 * is not answered, and what is lost at random is lost beside them.
 */
static int
mark_questions(struct loss *x)
{
	const struct dg_summary *s = x->d->summary;
	uint32_t *ids = calloc(s->trial_count + 1, sizeof *ids);

	x->is_unanswerable = calloc(s->trial_count + 1, sizeof *x->is_unanswerable);
	if (ids == NULL || x->is_unanswerable == NULL) {
		free(ids);
		return DNSGAP_ENOMEM;
	}
	for (size_t i = 0; i < s->trial_count; i++)
		ids[i] = (uint32_t)i;
	if (dg_trials_sort(s, ids, s->trial_count, DG_BY_QUESTION) != 0) {
		free(ids);
		return DNSGAP_ENOMEM;
	}
	for (size_t at = 0, end; at < s->trial_count; at = end) {
		bool is_answered = s->trials[ids[at]].question == 0;

		end = dg_group_end(s, ids, s->trial_count, at, DG_BY_QUESTION);
		for (size_t i = at; i < end; i++)
			is_answered |= !dg_trial_is_dead(&s->trials[ids[i]]);
		for (size_t i = at; !is_answered && end - at >= ASKED_MIN && i < end; i++)
			x->is_unanswerable[ids[i]] = true;
	}
	free(ids);
	return 0;
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
	struct dg_tried r = {0};

	for (size_t i = from; i < to; i++)
		dg_tried_add(&r, &x->d->summary->trials[x->ids[i]]);
	return r;
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

/* What was refused is not lost, nor is what nobody answers. */
static int
take_left(struct loss *x, enum dg_trial_order order)
{
	const struct dg_trial *trials = x->d->summary->trials;
	size_t kept = 0;
	int error = dg_trials_left(x->d, order, &x->ids, &x->count);

	if (error != 0)
		return error;
	for (size_t i = 0; i < x->count; i++) {
		const struct dg_trial *t = &trials[x->ids[i]];

		if (!dg_trial_is_dead(t) || (t->refused == 0 && !x->is_unanswerable[x->ids[i]]))
			x->ids[kept++] = x->ids[i];
	}
	x->count = kept;
	return 0;
}

/* Servers, or clients, that lose much more than the others. */
static int
find_own(struct loss *x, enum dg_trial_order order)
{
	const struct dg_summary *s = x->d->summary;
	int error = take_left(x, order);

	if (error != 0)
		return error;
	x->order = order;
	x->named = 0;
	x->groups = 0;
	x->all = count_trials(x, 0, x->count);
	for (size_t at = 0; at < x->count; at = dg_group_end(s, x->ids, x->count, at, order))
		x->groups++;
	for (size_t at = 0, end; error == 0 && at < x->count; at = end) {
		struct dg_tried own;

		end = dg_group_end(s, x->ids, x->count, at, order);
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
	struct dg_finding *f;
	int error = take_left(x, DG_BY_TIME);

	if (error != 0)
		return error;
	x->all = count_trials(x, 0, x->count);
	if (x->all.dead >= DEAD_MIN) {
		f = dg_finding_new(DG_LOSS_RANDOM, DG_WARNING);
		error = f != NULL ? emit(x, x->ids, x->count, f) : DNSGAP_ENOMEM;
	}
	free(x->ids);
	return error;
}

int
dg_rule_loss(struct dg_diagnosis *d)
{
	struct loss x = {.d = d};
	int error = mark_questions(&x);

	if (error == 0)
		error = find_own(&x, DG_BY_SERVER);
	if (error == 0)
		error = find_own(&x, DG_BY_CLIENT);
	if (error == 0)
		error = find_rest(&x);
	free(x.is_unanswerable);
	return error;
}
