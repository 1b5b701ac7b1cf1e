/*
 * rule_ports.c - findings by client port: verdicts of UDP and TCP, with all that a person
 * needs to believe them.
 *
 * The set that is named holds no port that was answered: not even where the verdict's
 * statistics would have borne one.
 */
#include "diagnose/diagnose.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "diagnose/blame.h"
#include "diagnose/exemplars.h"
#include "diagnose/explained.h"
#include "diagnose/known.h"
#include "diagnose/place.h"
#include "diagnose/port_words.h"
#include "diagnose/witness.h"
#include "dnsgap/error.h"

/* Past it, a fault is one even where its place is not confirmed. */
#define LN_SURE (-6.907755278982137) /* 1 in 1000 */

/* What all findings by port share. */
struct world {
	struct dg_diagnosis *d;
	uint32_t *server_prefixes;
	uint32_t *client_prefixes;
	struct dg_witness witness;
};

static void
add_dead_time(const struct dg_trial *t, struct dg_finding *f)
{
	if (f->first_ns == DG_TIME_NONE || t->time_ns < f->first_ns)
		f->first_ns = t->time_ns;
	if (f->last_ns == DG_TIME_NONE || t->time_ns > f->last_ns)
		f->last_ns = t->time_ns;
}

static void
count_trials(const struct dg_blame *b, struct dg_finding *f)
{
	for (size_t i = 0; i < b->summary->trial_count; i++) {
		const struct dg_trial *t = &b->summary->trials[i];
		bool is_inside = dg_blame_is_inside(b, t->port);
		struct dg_reach *r = is_inside ? &f->inside : &f->outside;

		if (!dg_blame_has(b, t))
			continue;
		r->transactions += (uint64_t)t->reached + t->dead;
		r->reached += t->reached;
		if (!is_inside)
			continue;
		f->refused += t->refused;
		if (dg_trial_is_dead(t))
			add_dead_time(t, f);
	}
	f->has_outside = f->outside.transactions > 0;
}

static void
count_ports(const struct dg_blame *b, struct dg_finding *f)
{
	for (uint32_t port = 0; port < DG_PORTS_ALL; port++) {
		bool is_seen = b->flags[port] & (DG_PORT_DEAD | DG_PORT_ALIVE);

		if (!dg_blame_is_inside(b, (uint16_t)port))
			continue;
		if (is_seen)
			f->ports_seen++;
		else
			f->ports_unseen++;
	}
}

static void
add_bounds(const struct dg_blame *b, struct dg_finding *f)
{
	for (unsigned i = 0; i < b->range_count && i < DG_FINDING_BOUNDS_MAX; i++) {
		const struct dg_blame_range *r = &b->ranges[i];

		f->bounds[f->bound_count++] = (struct dg_bound){
		    .first_silent = r->seen.first,
		    .last_silent = r->seen.last,
		    .nearest_answered_below = dg_answered_below(b->flags, r->seen.first),
		    .nearest_answered_above = dg_answered_above(b->flags, r->seen.last),
		    .first_probability = r->first_probability,
		    .last_probability = r->last_probability,
		};
	}
}

/* Chance would have to do both; it does them at most as often as the rarer one. */
static void
add_certainty(const struct dg_blame *b, struct dg_finding *f)
{
	for (int side = 0; side < DG_SIDE_COUNT; side++) {
		const struct dg_port_verdict *v = b->parts[side];

		if (v == NULL)
			continue;
		f->transports[side] = true;
		f->ln_p = f->has_p ? fmin(f->ln_p, v->ln_p) : v->ln_p;
		f->has_p = true;
		if (v->has_window) {
			f->has_window = true;
			f->after_ns = v->after_ns;
			f->before_ns = v->before_ns;
		}
	}
}

static bool
is_confirmed(const struct dg_blame *b)
{
	for (int side = 0; side < DG_SIDE_COUNT; side++) {
		if (b->parts[side] != NULL && b->parts[side]->is_confirmed)
			return true;
	}
	return false;
}

static enum dg_severity
severity_of(const struct dg_blame *b, const struct dg_testimony *t, const struct dg_finding *f,
    bool is_habit)
{
	if (f->is_suspected || is_habit)
		return DG_NOTE;
	if (dg_testimony_is_content(t))
		return DG_WARNING;
	if (is_confirmed(b))
		return DG_FAULT;
	return b->shape != DG_SHAPE_SOFT && f->ln_p <= LN_SURE ? DG_FAULT : DG_WARNING;
}

static enum dg_code
code_of(const struct dg_blame *b, const struct dg_finding *f)
{
	uint64_t dead = f->inside.transactions - f->inside.reached;

	return dg_blame_is_hash(b)  ? DG_PORTS_HASH
	    : f->refused * 2 > dead ? DG_PORTS_REFUSED
				    : DG_PORTS_SILENT;
}

/* Numbers first: words are made of them. */
static int
fill(const struct world *w, const struct dg_blame *b, struct dg_finding *f)
{
	struct dg_testimony testimony;
	bool is_habit = false;
	int error;

	count_trials(b, f);
	if (f->inside.transactions == 0)
		return 0;
	count_ports(b, f);
	add_bounds(b, f);
	add_certainty(b, f);
	f->code = code_of(b, f);
	testimony = dg_witness_hear(&w->witness, b);
	f->matched_pairs = testimony.inside_matched;
	error = dg_port_texts(b, f);
	if (error == 0)
		error = dg_place_find(b, w->server_prefixes, w->client_prefixes, f);
	if (error == 0)
		error = dg_exemplars_pick(b, f);
	if (error == 0)
		error = dg_port_evidence(b, &testimony, f);
	if (error == 0)
		error = dg_port_rivals(b, &testimony, f);
	if (error == 0)
		error = dg_known_reasons(b, f, &is_habit);
	if (error == 0)
		error = dg_port_untested(b, f);
	f->severity = severity_of(b, &testimony, f, is_habit);
	return error;
}

static int
add_finding(const struct world *w, struct dg_blame *b, bool is_suspected)
{
	struct dg_finding *f = dg_finding_new(DG_PORTS_SILENT, DG_FAULT);
	int error;

	if (f == NULL)
		return DNSGAP_ENOMEM;
	dg_blame_settle(b);
	f->is_suspected = is_suspected;
	error = fill(w, b, f);
	if (error != 0 || f->inside.transactions == 0) {
		dg_finding_free(f);
		return error;
	}
	return dg_findings_add(&w->d->findings, f);
}

struct blames {
	struct dg_blame *list;
	size_t count;
};

/* TCP's are joined to UDP's where they say the same. */
static int
add_blame(const struct world *w, enum dg_side_name side, const struct dg_port_verdict *v,
    struct blames *all)
{
	struct dg_blame b;
	int error =
	    dg_blame_make(w->d->summary, v, side, w->server_prefixes, w->client_prefixes, &b);

	if (error != 0)
		return error;
	for (size_t i = 0; i < all->count; i++) {
		if (all->list[i].parts[side] == NULL && dg_blame_join(&all->list[i], &b))
			return 0;
	}
	all->list[all->count++] = b;
	return 0;
}

static int
add_verdicts(const struct world *w)
{
	struct blames all = {0};
	size_t room = 1;
	int error = 0;

	for (int side = 0; side < DG_SIDE_COUNT; side++)
		room += w->d->ports[side] != NULL ? w->d->ports[side]->verdict_count : 0;
	all.list = calloc(room, sizeof *all.list);
	if (all.list == NULL)
		return DNSGAP_ENOMEM;
	for (int side = 0; side < DG_SIDE_COUNT; side++) {
		const struct dg_port_result *r = w->d->ports[side];

		for (size_t i = 0; error == 0 && r != NULL && i < r->verdict_count; i++)
			error = add_blame(w, (enum dg_side_name)side, &r->verdicts[i], &all);
	}
	for (size_t i = 0; i < all.count; i++) {
		if (error == 0)
			error = add_finding(w, &all.list[i], false);
		dg_blame_fini(&all.list[i]);
	}
	free(all.list);
	return error;
}

/*
 * A suspicion is worth a note where nothing else was blamed: one range, or one port, too few
 * of whose queries were seen; or a range whose ports were used one after the other.
 */
static const struct dg_port_doubt *
find_suspicion(const struct dg_port_result *r)
{
	const struct dg_port_doubt *best = NULL;

	for (unsigned i = 0; r->verdict_count == 0 && i < r->doubt_count; i++) {
		const struct dg_port_doubt *x = &r->doubts[i];
		bool is_useful = (x->doubt == DG_DOUBT_NONE && x->shape == DG_SHAPE_SINGLE) ||
		    ((x->doubt == DG_DOUBT_NONE || x->doubt == DG_DOUBT_SEQUENCE) &&
			x->shape == DG_SHAPE_HARD);

		is_useful &= x->scope != DG_SCOPE_SITE; /* no subject of a finding */
		if (is_useful && (best == NULL || x->ln_p < best->ln_p))
			best = x;
	}
	return best;
}

/* What was lost on a walk through ports is not lost at random, whatever the reason. */
static int
add_walk(const struct world *w, enum dg_side_name side, const struct dg_port_verdict *v)
{
	struct dg_findings *all = &w->d->findings;

	dg_explain_verdict(w->d, side, v, w->server_prefixes, w->client_prefixes);
	return dg_words_add(&all->list[all->count - 1]->rivals,
	    "The ports were used one after the other: silence for that moment explains it as "
	    "well");
}

static int
add_suspicion(const struct world *w, enum dg_side_name side)
{
	const struct dg_port_result *r = w->d->ports[side];
	const struct dg_port_doubt *x = r != NULL ? find_suspicion(r) : NULL;
	struct dg_port_verdict v = {0};
	struct dg_unit_id unit;
	struct dg_blame b;
	int error;

	if (x == NULL)
		return 0;
	unit = x->unit;
	v.shape = x->shape;
	v.scope = x->scope;
	v.units = &unit;
	v.unit_count = 1;
	v.ranges[0] = x->range;
	v.range_count = 1;
	v.ln_p = x->ln_p;
	error =
	    dg_blame_make(w->d->summary, &v, side, w->server_prefixes, w->client_prefixes, &b);
	if (error != 0)
		return error;
	error = add_finding(w, &b, true);
	dg_blame_fini(&b);
	if (error == 0 && x->doubt == DG_DOUBT_SEQUENCE)
		error = add_walk(w, side, &v);
	return error;
}

/* Whether an earlier rule blamed something for silence. */
static bool
is_explained(const struct dg_diagnosis *d)
{
	for (size_t i = 0; i < d->findings.count; i++) {
		enum dg_code code = d->findings.list[i]->code;

		if (code == DG_SERVER_SILENT || code == DG_SERVER_PORT_CLOSED ||
		    code == DG_SERVER_UNREACHABLE || code == DG_OUTAGE ||
		    code == DG_RATE_LIMITED || code == DG_CAPTURE_ONE_WAY)
			return true;
	}
	return false;
}

static bool
has_work(const struct dg_diagnosis *d)
{
	for (int side = 0; side < DG_SIDE_COUNT; side++) {
		const struct dg_port_result *r = d->ports[side];

		if (r != NULL && (r->verdict_count > 0 || find_suspicion(r) != NULL))
			return true;
	}
	return false;
}

int
dg_rule_ports(struct dg_diagnosis *d)
{
	struct world w = {.d = d};
	bool is_quiet = is_explained(d);
	int error = DNSGAP_ENOMEM;

	if (!has_work(d))
		return 0;
	w.server_prefixes = dg_server_prefixes(d->summary);
	w.client_prefixes = dg_client_prefixes(d->summary);
	if (w.server_prefixes != NULL && w.client_prefixes != NULL)
		error = dg_witness_make(d->summary, &w.witness);
	if (error == 0)
		error = add_verdicts(&w);
	for (int side = 0; error == 0 && !is_quiet && side < DG_SIDE_COUNT; side++)
		error = add_suspicion(&w, (enum dg_side_name)side);
	dg_witness_fini(&w.witness);
	free(w.server_prefixes);
	free(w.client_prefixes);
	return error;
}
