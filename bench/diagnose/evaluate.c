/*
 * evaluate.c - asks the diagnosis about one simulated capture and holds its verdicts against
 * the truth.
 *
 * A verdict is right about a fault when it covers dead trials of it, when of the trials that it
 * covers in the fault's scope at least 90 % are at fault, and when most of the dead trials that
 * it covers anywhere are.  A fault is found when verdicts that are right about it cover half of
 * its dead trials; a run, when all its faults are.  A verdict is off the truth when most of the
 * dead trials that it covers have nothing to do with a fault.
 *
 * Scopes are held against each other over the pairs of client and server that the capture has:
 * a prefix of which one server was asked, and that server, are the same.  A scope that is
 * stated as confirmed is held against the truth over the pairs that asked from a port at fault.
 */
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "sim.h"

#define VERDICTS_MAX 32
#define SET_SHARE .9

struct evaluation {
	const struct sim_run *run;
	const struct dg_port_result *result;
	unsigned verdict_count;
	uint32_t *covers;             /* of each trial: the verdicts that it is in */
	uint32_t *scopes;             /* and those whose scope it is in */
	uint32_t right[VERDICTS_MAX]; /* faults that the verdict is right about */
	uint32_t hits[VERDICTS_MAX];  /* faults of which it covers dead trials */
	bool is_off[VERDICTS_MAX];
	uint32_t right_to[SIM_FAULTS_MAX]; /* verdicts that are right about the fault */
};

struct marks {
	bool is_found, is_off, is_scope_right, is_sure, is_sure_wrong;
	bool has_ends, has_classes, has_exceptions;
	bool is_ends_right, is_classed, is_exceptions_right;
};

static bool
has_unit(const struct dg_port_verdict *v, uint32_t server, uint32_t client)
{
	const uint64_t wanted = (uint64_t)server << 32 | client;
	size_t first = 0, last = v->unit_count;

	while (first < last) {
		const size_t mid = (first + last) / 2;
		const uint64_t at = (uint64_t)v->units[mid].server << 32 | v->units[mid].client;

		if (at == wanted)
			return true;
		if (at < wanted)
			first = mid + 1;
		else
			last = mid;
	}
	return false;
}

static bool
is_in_verdict_scope(
    const struct sim_world *w, const struct dg_port_verdict *v, const struct dg_trial *t)
{
	switch (v->scope) {
	case DG_SCOPE_SERVER:
		return has_unit(v, t->server, 0);
	case DG_SCOPE_SERVER_PREFIX:
		return has_unit(v, w->servers[t->server].prefix, 0);
	case DG_SCOPE_CLIENT:
		return has_unit(v, 0, t->client);
	case DG_SCOPE_CLIENT_PREFIX:
		return has_unit(v, 0, w->clients[t->client].prefix);
	case DG_SCOPE_PAIR:
		return has_unit(v, t->server, t->client);
	case DG_SCOPE_ALL:
	case DG_SCOPE_SITE: /* told as pairs */
	case DG_SCOPE_COUNT:
		break;
	}
	return true;
}

static bool
is_in_verdict_window(const struct dg_port_verdict *v, int64_t time_ns)
{
	return !v->has_window || (time_ns > v->after_ns && time_ns < v->before_ns);
}

static void
cover(struct evaluation *e)
{
	const struct sim_run *r = e->run;

	for (unsigned n = 0; n < e->verdict_count; n++) {
		const struct dg_port_verdict *v = &e->result->verdicts[n];

		for (size_t i = 0; i < r->trial_count; i++) {
			const struct dg_trial *t = &r->trials[i];

			if (!is_in_verdict_scope(&r->world, v, t))
				continue;
			e->scopes[i] |= UINT32_C(1) << n;
			if (is_in_verdict_window(v, t->time_ns) &&
			    dg_verdict_has_port(v, t->port))
				e->covers[i] |= UINT32_C(1) << n;
		}
	}
}

static void
weigh_verdict(struct evaluation *e, unsigned n)
{
	const struct sim_run *r = e->run;
	uint64_t dead = 0, truth_dead = 0;
	uint64_t of[SIM_FAULTS_MAX] = {0}, at_fault[SIM_FAULTS_MAX] = {0};
	uint64_t hit[SIM_FAULTS_MAX] = {0};

	for (size_t i = 0; i < r->trial_count; i++) {
		const struct dg_trial *t = &r->trials[i];

		if ((e->covers[i] >> n & 1) == 0)
			continue;
		dead += sim_trial_is_dead(t);
		truth_dead += sim_trial_is_dead(t) && r->truth[i] != 0;
		for (size_t f = 0; f < r->world.fault_count; f++) {
			of[f] += sim_is_in_scope(
			    &r->world, &r->world.faults[f], t->server, t->client);
			at_fault[f] += r->truth[i] >> f & 1;
			hit[f] += sim_trial_is_dead(t) && (r->truth[i] >> f & 1);
		}
	}
	for (size_t f = 0; f < r->world.fault_count; f++)
		e->hits[n] |= hit[f] > 0 ? UINT32_C(1) << f : 0;
	e->is_off[n] = 2 * truth_dead < dead || dead == 0;
	for (size_t f = 0; f < r->world.fault_count && !e->is_off[n]; f++) {
		if (hit[f] == 0 || (double)at_fault[f] < SET_SHARE * (double)of[f])
			continue;
		e->right[n] |= UINT32_C(1) << f;
		e->right_to[f] |= UINT32_C(1) << n;
	}
}

static bool
is_fault_found(const struct evaluation *e, size_t f)
{
	const struct sim_run *r = e->run;
	uint64_t dead = 0, covered = 0;

	for (size_t i = 0; i < r->trial_count; i++) {
		if ((r->truth[i] >> f & 1) == 0 || !sim_trial_is_dead(&r->trials[i]))
			continue;
		dead++;
		covered += (e->covers[i] & e->right_to[f]) != 0;
	}
	return dead > 0 && 2 * covered >= dead;
}

/* Whether these verdicts' scopes together are these faults' scopes together, over the pairs
 * that the capture has, or those that it has with ports of the faults. */
static bool
is_same_scope(
    const struct evaluation *e, uint32_t verdicts, uint32_t faults, bool is_with_ports_only)
{
	const struct sim_run *r = e->run;

	for (size_t i = 0; i < r->trial_count; i++) {
		const struct dg_trial *t = &r->trials[i];
		bool is_in = false, has_port = !is_with_ports_only;

		for (size_t f = 0; f < r->world.fault_count; f++) {
			const struct sim_fault *fault = &r->world.faults[f];

			if ((faults >> f & 1) == 0)
				continue;
			is_in |= sim_is_in_scope(&r->world, fault, t->server, t->client);
			has_port |= sim_is_in_set(fault, t->server, t->client, t->port);
		}
		if (has_port && is_in != ((e->scopes[i] & verdicts) != 0))
			return false;
	}
	return true;
}

/* Of a confirmed verdict: its scope is that of its faults, alone or with the other verdicts
 * that are right about the same faults; one that is right about none is held against those that
 * it touches. */
static bool
is_sure_wrong(const struct evaluation *e, unsigned n)
{
	const size_t fault_count = e->run->world.fault_count;
	const uint32_t alone = UINT32_C(1) << n;
	uint32_t shared = alone, faults = e->right[n];

	if (!e->result->verdicts[n].is_confirmed)
		return false;
	for (size_t f = 0; f < fault_count; f++)
		shared |= faults >> f & 1 ? e->right_to[f] : 0;
	if (faults == 0)
		faults = e->hits[n];
	return e->is_off[n] ||
	    (!is_same_scope(e, alone, faults, true) && !is_same_scope(e, shared, faults, true));
}

static bool
has_end(const struct evaluation *e, size_t f, uint16_t port, bool is_first)
{
	for (unsigned n = 0; n < e->verdict_count; n++) {
		const struct dg_port_verdict *v = &e->result->verdicts[n];

		for (unsigned i = 0; (e->right_to[f] >> n & 1) && i < v->range_count; i++)
			if ((is_first ? v->ranges[i].first : v->ranges[i].last) == port)
				return true;
	}
	return false;
}

static bool
is_ends_right(const struct evaluation *e, size_t f)
{
	const struct sim_run *r = e->run;
	const struct sim_fault *fault = &r->world.faults[f];

	for (unsigned k = 0; k < fault->range_count; k++) {
		uint16_t first = UINT16_MAX, last = 0;
		bool is_seen = false;

		for (size_t i = 0; i < r->trial_count; i++) {
			const struct dg_trial *t = &r->trials[i];

			if ((r->truth[i] >> f & 1) == 0 || !sim_trial_is_dead(t) ||
			    t->port < fault->ranges[k].first || t->port > fault->ranges[k].last)
				continue;
			is_seen = true;
			first = t->port < first ? t->port : first;
			last = t->port > last ? t->port : last;
		}
		if (is_seen && (!has_end(e, f, first, true) || !has_end(e, f, last, false)))
			return false;
	}
	return true;
}

static bool
is_said(const struct evaluation *e, size_t f, uint16_t port)
{
	for (unsigned n = 0; n < e->verdict_count; n++)
		if ((e->right_to[f] >> n & 1) &&
		    dg_verdict_has_port(&e->result->verdicts[n], port))
			return true;
	return false;
}

/* In the fault's scope and time; and whether one of its exceptions was seen alive, and all of
 * these are outside of what is blamed. */
static void
class_ports(const struct evaluation *e, size_t f, struct marks *m)
{
	const struct sim_run *r = e->run;
	const struct sim_fault *fault = &r->world.faults[f];

	for (size_t i = 0; i < r->trial_count; i++) {
		const struct dg_trial *t = &r->trials[i];
		bool is_right, is_exception = false;

		if (!sim_is_in_scope(&r->world, fault, t->server, t->client) ||
		    !sim_is_in_window(&r->world, fault, t->time_ns))
			continue;
		is_right = is_said(e, f, t->port) == (r->truth[i] >> f & 1);
		m->is_classed &= is_right;
		for (unsigned k = 0; k < fault->exception_count; k++)
			is_exception |= t->port == fault->exceptions[k];
		if (is_exception && !sim_trial_is_dead(t)) {
			m->has_exceptions = true;
			m->is_exceptions_right &= is_right;
		}
	}
}

static struct marks
mark(struct evaluation *e)
{
	const struct sim_world *w = &e->run->world;
	struct marks m = {
	    .is_ends_right = true, .is_classed = true, .is_exceptions_right = true};
	uint32_t right = 0;

	for (unsigned n = 0; n < e->verdict_count; n++)
		weigh_verdict(e, n);
	m.is_found = w->fault_count > 0;
	for (size_t f = 0; f < w->fault_count; f++) {
		m.is_found &= is_fault_found(e, f);
		right |= e->right_to[f];
	}
	for (unsigned n = 0; n < e->verdict_count; n++) {
		m.is_off |= e->is_off[n];
		m.is_sure |= e->result->verdicts[n].is_confirmed;
		m.is_sure_wrong |= is_sure_wrong(e, n);
	}
	if (!m.is_found)
		return m;
	m.is_scope_right = is_same_scope(e, right, (UINT32_C(1) << w->fault_count) - 1, false);
	for (size_t f = 0; f < w->fault_count; f++) {
		if (w->faults[f].loss < 1 || w->faults[f].set == SIM_SET_HASH)
			continue;
		m.has_classes = true;
		class_ports(e, f, &m);
		if (!sim_is_range(&w->faults[f]))
			continue;
		m.has_ends = true;
		m.is_ends_right &= is_ends_right(e, f);
	}
	return m;
}

static void
tell_verdict(const struct dg_port_verdict *v, FILE *out)
{
	static const char *const shapes[] = {
	    "hard", "flip", "onset", "list", "parity", "soft", "repeats", "single"};
	static const char *const scopes[] = {
	    "all", "server", "server prefix", "client", "client prefix", "pair"};

	fprintf(out, "%s ", shapes[v->shape]);
	for (unsigned i = 0; i < v->range_count && i < 4; i++)
		fprintf(out, "%u-%u ", v->ranges[i].first, v->ranges[i].last);
	for (unsigned i = 0; i < v->exception_count && i < 4; i++)
		fprintf(out, "but %u ", v->exceptions[i]);
	for (unsigned i = 0; i < v->mask_count; i++)
		fprintf(out, "mask %04x ", v->masks[i]);
	fprintf(out, "at %zu %s%s ln p %.1f; ", v->unit_count, scopes[v->scope],
	    v->is_confirmed ? " (sure)" : "", v->ln_p);
}

static void
tell(const struct evaluation *e, const struct marks *m, FILE *out)
{
	const struct sim_world *w = &e->run->world;
	const bool has_fault = w->fault_count > 0;

	if (has_fault && !m->is_found)
		fputs(" not-found", out);
	if (m->is_off)
		fputs(has_fault ? " off-truth" : " blamed", out);
	if (m->has_ends && !m->is_ends_right)
		fputs(" ends", out);
	if (m->has_classes && !m->is_classed)
		fputs(" classes", out);
	if (m->has_exceptions && !m->is_exceptions_right)
		fputs(" exceptions", out);
	if (m->is_found && !m->is_scope_right)
		fputs(" scope", out);
	if (m->is_sure_wrong)
		fputs(" sure-of-wrong-scope", out);
	fputs("; truth: ", out);
	for (size_t f = 0; f < w->fault_count; f++) {
		sim_tell_fault(w, &w->faults[f], out);
		fputs("; ", out);
	}
	fprintf(out, "oracle ln p %.1f; said: ", e->run->ln_oracle);
	for (unsigned n = 0; n < e->verdict_count && n < 4; n++)
		tell_verdict(&e->result->verdicts[n], out);
	for (unsigned n = 0; n < e->result->doubt_count && n < 2; n++)
		fprintf(out, "doubt %d shape %d scope %d %u-%u ln p %.1f; ",
		    (int)e->result->doubts[n].doubt, (int)e->result->doubts[n].shape,
		    (int)e->result->doubts[n].scope, e->result->doubts[n].range.first,
		    e->result->doubts[n].range.last, e->result->doubts[n].ln_p);
	fputs("\n", out);
}

static void
add_baselines(const struct sim_run *r, struct sim_scores *s, bool is_sure4, bool is_sure6)
{
	const struct sim_baseline t = sim_baseline_threshold(r), f = sim_baseline_fisher(r);
	const bool has_fault = r->world.fault_count > 0;
	const bool is_threshold = has_fault ? t.is_found : t.is_blamed;
	const bool is_fisher = has_fault ? f.is_found : f.is_blamed;

	s->n[SIM_THRESHOLD] += is_threshold;
	s->n[SIM_THRESHOLD_SURE4] += is_threshold && is_sure4;
	s->n[SIM_THRESHOLD_SURE6] += is_threshold && is_sure6;
	s->n[SIM_THRESHOLD_OFF] += t.is_off;
	s->n[SIM_FISHER] += is_fisher;
	s->n[SIM_FISHER_SURE4] += is_fisher && is_sure4;
	s->n[SIM_FISHER_SURE6] += is_fisher && is_sure6;
	s->n[SIM_FISHER_OFF] += f.is_off;
}

static void
add(const struct sim_run *r, const struct marks *m, unsigned verdict_count,
    struct sim_scores *s)
{
	const bool is_sure4 = r->ln_oracle <= log(1e-4), is_sure6 = r->ln_oracle <= log(1e-6);
	const bool is_sure9 = r->ln_oracle <= log(1e-9);

	s->n[SIM_RUNS]++;
	s->n[SIM_BLAMED] += verdict_count > 0;
	s->n[SIM_FOUND] += m->is_found;
	s->n[SIM_ORACLE] += r->ln_oracle <= log(.01);
	s->n[SIM_SURE4] += is_sure4;
	s->n[SIM_SURE4_FOUND] += is_sure4 && m->is_found;
	s->n[SIM_SURE6] += is_sure6;
	s->n[SIM_SURE6_FOUND] += is_sure6 && m->is_found;
	s->n[SIM_SURE9] += is_sure9;
	s->n[SIM_SURE9_FOUND] += is_sure9 && m->is_found;
	s->n[SIM_OFF] += m->is_off;
	s->n[SIM_ENDS_OF] += m->has_ends;
	s->n[SIM_ENDS] += m->has_ends && m->is_ends_right;
	s->n[SIM_CLASSED_OF] += m->has_classes;
	s->n[SIM_CLASSED] += m->has_classes && m->is_classed;
	s->n[SIM_EXCEPTIONS_OF] += m->has_exceptions;
	s->n[SIM_EXCEPTIONS] += m->has_exceptions && m->is_exceptions_right;
	s->n[SIM_SCOPE] += m->is_scope_right;
	s->n[SIM_SCOPE_SURE] += m->is_sure;
	s->n[SIM_SCOPE_SURE_WRONG] += m->is_sure_wrong;
	add_baselines(r, s, is_sure4, is_sure6);
}

static struct dg_port_result *
judge(const struct sim_run *r, struct sim_scores *s)
{
	const struct sim_world *w = &r->world;
	uint32_t *server_prefixes = sim_alloc(w->server_count, sizeof *server_prefixes);
	uint32_t *client_prefixes = sim_alloc(w->client_count, sizeof *client_prefixes);
	struct dg_port_result *result = NULL;
	struct timespec from, until;

	for (size_t i = 0; i < w->server_count; i++)
		server_prefixes[i] = w->servers[i].prefix;
	for (size_t i = 0; i < w->client_count; i++)
		client_prefixes[i] = w->clients[i].prefix;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	if (dg_ports_judge(&(struct dg_port_input){.trials = r->trials,
			       .trial_count = r->trial_count,
			       .server_count = w->server_count,
			       .client_count = w->client_count,
			       .server_prefixes = server_prefixes,
			       .client_prefixes = client_prefixes},
		&result) != 0) {
		fputs("diagnose: no memory\n", stderr);
		exit(1);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &until);
	s->n[SIM_MICROSECONDS] += (uint64_t)((until.tv_sec - from.tv_sec) * 1000000 +
	    (until.tv_nsec - from.tv_nsec) / 1000);
	free(server_prefixes);
	free(client_prefixes);
	return result;
}

bool
sim_evaluate(struct sim_run *r, struct sim_scores *s, FILE *out)
{
	struct dg_port_result *result = judge(r, s);
	struct evaluation e = {.run = r, .result = result};
	struct marks m;
	bool is_fine;

	e.verdict_count =
	    (unsigned)(result->verdict_count < VERDICTS_MAX ? result->verdict_count
							    : VERDICTS_MAX);
	e.covers = sim_alloc(r->trial_count, sizeof *e.covers);
	e.scopes = sim_alloc(r->trial_count, sizeof *e.scopes);
	cover(&e);
	m = mark(&e);
	add(r, &m, e.verdict_count, s);
	is_fine = !m.is_off && !m.is_sure_wrong && (!m.has_ends || m.is_ends_right) &&
	    (!m.has_classes || m.is_classed) && (!m.is_found || m.is_scope_right) &&
	    (m.is_found || r->ln_oracle > log(1e-6));
	if (out != NULL && !is_fine)
		tell(&e, &m, out);
	free(e.covers);
	free(e.scopes);
	dg_ports_free(result);
	return is_fine;
}
