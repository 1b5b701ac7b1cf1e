/*
 * outage.c - times in which nothing was answered: by anybody, to a client, by a server.
 *
 * All first, and clients before servers: a server with one client that was cut off looks down.
 */
#include "diagnose/outage.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/pages.h"
#include "diagnose/rule_time.h"
#include "dnsgap/error.h"

/* Windows of one line that are looked at. */
#define WINDOWS_MAX 8
#define DEAD_MIN 4

struct lines {
	struct dg_diagnosis *d;
	uint32_t *strata; /* by server or client: 1 + its number in the line; 0: none yet */
	unsigned named[DG_LINE_COUNT];
	uint32_t *everything;
	size_t everything_count;
};

/* Numbers the strata of a line from 0; gives how many there are. */
static uint32_t
number_strata(struct lines *x, struct dg_line *l)
{
	const struct dg_orders *o = &x->d->orders;
	const uint32_t *keys = l->of == DG_LINE_SERVER ? o->clients : o->servers;
	uint32_t count = 0;

	for (size_t i = 0; i < l->count; i++) {
		uint32_t *number = &x->strata[keys[l->list[i].trial]];

		if (*number == 0)
			*number = ++count;
		l->list[i].stratum = *number - 1;
	}
	for (size_t i = 0; i < l->count; i++)
		x->strata[keys[l->list[i].trial]] = 0;
	return count;
}

/* Takes a window's moments off the line. */
static void
cut_out(struct dg_line *l, const struct dg_stretch_of_time *w)
{
	size_t behind = l->count - w->last - 1;

	for (size_t i = 0; i < behind; i++)
		l->list[w->first + i] = l->list[w->last + 1 + i];
	l->count -= w->last - w->first + 1;
}

static void
explain_window(struct dg_line *l, const struct dg_stretch_of_time *w)
{
	for (size_t i = w->first; i <= w->last; i++) {
		if (l->list[i].is_dead)
			dg_explain(l->d, l->list[i].trial, DG_OUTAGE);
	}
}

static int
scan_line(struct lines *x, struct dg_line *l)
{
	double ln_alpha = DG_LN_CHANCE - log(DG_LINE_COUNT) - log(l->units);
	uint32_t strata = number_strata(x, l);

	for (int n = 0; n < WINDOWS_MAX; n++) {
		struct dg_stretch_of_time w;
		struct dg_finding *f;
		bool found;
		int error = dg_timeline_scan(l->list, l->count, strata, &found, &w);

		if (error != 0)
			return error;
		if (!found || w.ln_p >= ln_alpha)
			return 0;
		error = dg_outage_judge(l, &w, &f);
		if (error == 0 && f != NULL) {
			explain_window(l, &w);
			x->named[l->of]++;
			error = dg_findings_add(&x->d->findings, f);
		}
		if (error != 0)
			return error;
		cut_out(l, &w);
	}
	return 0;
}

/* A question that a server never answers counts once, when it was asked first. */
static bool
is_counted(const struct dg_diagnosis *d, uint32_t trial)
{
	return !(d->orders.traits[trial] & DG_TRAIT_AGAIN);
}

/* Whether there are dead enough, and something alive. */
static bool
is_worth_a_look(const struct dg_diagnosis *d, const uint32_t *ids, size_t count)
{
	size_t counted = 0;

	for (size_t i = 0; i < count; i++) {
		bool is_dead = d->orders.traits[ids[i]] & DG_TRAIT_DEAD;

		counted += is_dead && is_counted(d, ids[i]);
	}
	return counted >= DEAD_MIN && counted < count;
}

static void
fill_line(struct dg_line *l, const uint32_t *ids, size_t count)
{
	const struct dg_orders *o = &l->d->orders;

	l->count = count;
	l->server = count > 0 ? o->servers[ids[0]] : 0;
	l->client = count > 0 ? o->clients[ids[0]] : 0;
	for (size_t i = 0; i < count; i++) {
		l->list[i] = (struct dg_moment){
		    .trial = ids[i],
		    .is_dead = o->traits[ids[i]] & DG_TRAIT_DEAD,
		    .is_counted = is_counted(l->d, ids[i]),
		};
	}
}

/* The lines of a sort that have dead enough and something alive. */
static int
scan_groups(struct lines *x, struct dg_line *l, const uint32_t *ids, size_t count,
    enum dg_trial_order order)
{
	int error = 0;

	l->units = 1;
	for (int pass = 0; pass < 2; pass++) {
		double units = 0;

		for (size_t at = 0, end; error == 0 && at < count; at = end) {
			end = dg_group_end(x->d, ids, count, at, order);
			if (!is_worth_a_look(x->d, ids + at, end - at))
				continue;
			units++;
			if (pass == 0 || x->named[l->of] >= DG_FINDINGS_NAMED_MAX)
				continue;
			fill_line(l, ids + at, end - at);
			error = scan_line(x, l);
		}
		l->units = units;
	}
	return error;
}

static int
scan_sort(struct lines *x, enum dg_line_of of)
{
	static const enum dg_trial_order orders[DG_LINE_COUNT] = {
	    [DG_LINE_ALL] = DG_BY_TIME,
	    [DG_LINE_CLIENT] = DG_BY_CLIENT,
	    [DG_LINE_SERVER] = DG_BY_SERVER,
	};
	struct dg_line l = {
	    .d = x->d,
	    .of = of,
	    .everything = x->everything,
	    .everything_count = x->everything_count,
	};
	uint32_t *ids;
	size_t count;
	int error = dg_trials_left(x->d, orders[of], &ids, &count);

	if (error != 0)
		return error;
	l.list = dg_pages_new((count + 1) * sizeof *l.list);
	error = l.list != NULL ? scan_groups(x, &l, ids, count, orders[of]) : DNSGAP_ENOMEM;
	dg_pages_free(l.list, (count + 1) * sizeof *l.list);
	free(ids);
	return error;
}

int
dg_find_outages(struct dg_diagnosis *d)
{
	const struct dg_summary *s = d->summary;
	struct lines x = {.d = d};
	int error;

	x.strata =
	    calloc((s->server_count > s->client_count ? s->server_count : s->client_count) + 1,
		sizeof *x.strata);
	error = x.strata != NULL
	    ? dg_trials_left(d, DG_BY_TIME, &x.everything, &x.everything_count)
	    : DNSGAP_ENOMEM;
	for (int of = 0; error == 0 && of < DG_LINE_COUNT; of++)
		error = scan_sort(&x, (enum dg_line_of)of);
	free(x.everything);
	free(x.strata);
	return error;
}
