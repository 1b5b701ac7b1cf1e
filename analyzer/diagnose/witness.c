/*
 * witness.c - what the same client did with the same question before and after.
 *
 * A trial tells of one transaction only, the earliest one; the others of its port and time are
 * not heard.  Among very many trials of one question only the nearest are looked at.
 */
#include "diagnose/witness.h"

#include <stdlib.h>

#include "dnsgap/error.h"

/* Neighbours that are looked at on either side. */
#define NEIGHBOURS_MAX 64

#define CONTENT_INSIDE_MIN 10
#define CONTENT_OUTSIDE_MIN 5

static int
by_question(const void *left, const void *right, void *context)
{
	const struct dg_trial *trials = context;
	uint32_t i = *(const uint32_t *)left, j = *(const uint32_t *)right;
	const struct dg_trial *a = &trials[i], *b = &trials[j];

	if (a->client != b->client)
		return a->client < b->client ? -1 : 1;
	if (a->question != b->question)
		return a->question < b->question ? -1 : 1;
	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return i < j ? -1 : i > j;
}

int
dg_witness_make(const struct dg_summary *s, struct dg_witness *out)
{
	struct dg_witness w = {.summary = s};

	w.order = malloc((s->trial_count + 1) * sizeof *w.order);
	if (w.order == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < s->trial_count; i++) {
		if (s->trials[i].question != 0)
			w.order[w.count++] = (uint32_t)i;
	}
	if (w.count > 0)
		qsort_r(w.order, w.count, sizeof *w.order, by_question,
		    (void *)(uintptr_t)s->trials);
	*out = w;
	return 0;
}

void
dg_witness_fini(struct dg_witness *w)
{
	free(w->order);
	*w = (struct dg_witness){0};
}

static const struct dg_trial *
trial_at(const struct dg_witness *w, size_t n)
{
	return &w->summary->trials[w->order[n]];
}

/* Whether `other` is the same question of the same client, near in time. */
static bool
is_near(const struct dg_trial *t, const struct dg_trial *other)
{
	return other->client == t->client && other->question == t->question &&
	    other->time_ns - t->time_ns <= DG_WITNESS_NS &&
	    t->time_ns - other->time_ns <= DG_WITNESS_NS;
}

static bool
is_retried(const struct dg_witness *w, size_t n)
{
	return n + 1 < w->count && is_near(trial_at(w, n), trial_at(w, n + 1));
}

static bool
is_match(const struct dg_blame *b, const struct dg_trial *t, const struct dg_trial *other)
{
	return other->reached > 0 && other->server == t->server &&
	    other->transport == t->transport && dg_blame_has(b, other) &&
	    !dg_blame_is_inside(b, other->port);
}

static bool
is_matched(const struct dg_witness *w, const struct dg_blame *b, size_t n)
{
	const struct dg_trial *t = trial_at(w, n);

	for (size_t i = n + 1; i < w->count && i <= n + NEIGHBOURS_MAX; i++) {
		if (!is_near(t, trial_at(w, i)))
			break;
		if (is_match(b, t, trial_at(w, i)))
			return true;
	}
	for (size_t i = n; i > 0 && i + NEIGHBOURS_MAX > n; i--) {
		if (!is_near(t, trial_at(w, i - 1)))
			break;
		if (is_match(b, t, trial_at(w, i - 1)))
			return true;
	}
	return false;
}

struct dg_testimony
dg_witness_hear(const struct dg_witness *w, const struct dg_blame *b)
{
	struct dg_testimony out = {0};

	for (size_t n = 0; n < w->count; n++) {
		const struct dg_trial *t = trial_at(w, n);

		if (!dg_trial_is_dead(t) || !dg_blame_has_time(b, t))
			continue;
		if (dg_blame_has(b, t) && dg_blame_is_inside(b, t->port)) {
			out.inside++;
			out.inside_retried += is_retried(w, n);
			out.inside_matched += is_matched(w, b, n);
		} else {
			out.outside++;
			out.outside_retried += is_retried(w, n);
		}
	}
	return out;
}

bool
dg_testimony_is_content(const struct dg_testimony *t)
{
	return t->inside >= CONTENT_INSIDE_MIN && t->inside_retried * 10 <= t->inside &&
	    t->outside >= CONTENT_OUTSIDE_MIN && t->outside_retried * 2 >= t->outside;
}
