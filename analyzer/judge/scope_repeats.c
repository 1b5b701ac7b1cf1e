/*
 * scope_repeats.c - whose fault ports are that are dead for good without structure.
 *
 * A hash takes addresses in, so every client has dead ports of its own at every server, and
 * the same ports elsewhere say nothing.  What tells is how many ports of each client at each
 * server were dead whenever they were tried.
 */
#include <math.h>
#include <stdlib.h>

#include "dnsgap/error.h"
#include "judge/order.h"
#include "judge/verdict.h"

/* So much later a try of the same port is one of its own. */
#define REPEAT_NS (INT64_C(30) * 1000000000)
/* ln ratio past which a client at a server is healthy; and past which, either way, it is sure.
 */
#define LN_HEALTHY 2.0
#define LN_SURE 9.2
/* Tries of a port that count; more would make a single port decide. */
#define TRIES_MAX 4
/* Ports of a pair below which its share of dead ones is not used. */
#define PORTS_FOR_SHARE 20

/* A client at a server. */
struct pair {
	uint64_t unit; /* DG_SCOPE_PAIR */
	double ports;
	double dead_ports; /* never answered */
	double ln_ratio;   /* at fault against not */
};

struct pairs {
	struct dg_keyed *order; /* cases by unit, port and time */
	size_t case_count;
	struct pair *list;
	size_t count;
	bool has_servers; /* several, in all of the capture */
	bool has_clients;
};

/* What one port of a pair did: cases [from, to) of the order. */
struct port_tries {
	size_t to;
	unsigned tries; /* at different times */
	double cases;
	double dead;
};

static struct port_tries
try_port(const struct dg_cases *cases, const struct pairs *p, size_t from)
{
	const struct dg_case *first = &cases->list[p->order[from].at];
	struct port_tries t = {from, 0, 0, 0};
	int64_t latest = 0;

	for (; t.to < p->case_count; t.to++) {
		const struct dg_case *x = &cases->list[p->order[t.to].at];

		if (p->order[t.to].key != p->order[from].key || x->port != first->port)
			break;
		if (t.tries == 0 || x->time_ns - latest >= REPEAT_NS) {
			t.tries++;
			latest = x->time_ns;
		}
		t.cases++;
		t.dead += x->is_dead;
	}
	return t;
}

/* Loss of ports that are not dead for good: of those tried again that answered once. */
static double
loss_of(const struct dg_cases *cases, const struct pairs *p)
{
	double dead = 0, all = 0;
	struct port_tries t;

	for (size_t from = 0; from < p->case_count; from = t.to) {
		t = try_port(cases, p, from);
		if (t.tries < 2 || t.dead >= t.cases)
			continue;
		dead += t.dead;
		all += t.cases;
	}
	return fmin(.5, (dead + .5) / (all + 10));
}

static void
count_ports(const struct dg_cases *cases, struct pairs *p)
{
	struct port_tries t;

	for (size_t from = 0; from < p->case_count; from = t.to) {
		t = try_port(cases, p, from);
		if (p->count == 0 || p->list[p->count - 1].unit != p->order[from].key)
			p->list[p->count++] = (struct pair){p->order[from].key, 0, 0, 0};
		p->list[p->count - 1].ports++;
		p->list[p->count - 1].dead_ports += t.dead >= t.cases;
	}
}

/* Of ports that are dead for good where the fault is; `share`: in all of the verdict's unit. */
static double
share_of(const struct pairs *p, double share, double loss)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct pair *pair = &p->list[i];

		if (pair->ports >= PORTS_FOR_SHARE)
			share = fmax(share, pair->dead_ports / pair->ports - loss);
	}
	return fmin(.95, share);
}

static void
find_ratios(const struct dg_cases *cases, double share, double loss, struct pairs *p)
{
	struct pair *pair = p->list;
	struct port_tries t;

	for (size_t from = 0; from < p->case_count; from = t.to) {
		double by_chance;

		pair += pair->unit != p->order[from].key;
		t = try_port(cases, p, from);
		by_chance = pow(loss, t.tries < TRIES_MAX ? t.tries : TRIES_MAX);
		pair->ln_ratio += t.dead < t.cases
		    ? log(1 - share)
		    : log((share + (1 - share) * by_chance) / by_chance);
	}
}

/* Gives the verdict those pairs that are at fault, if others are not. */
static int
narrow(const struct pairs *p, struct dg_port_verdict *v, bool *is_sure)
{
	enum dg_scope scope = DG_SCOPE_PAIR;
	struct dg_unit_id *units = malloc((p->count + 1) * sizeof *units);
	size_t healthy = 0, used = 0;

	if (units == NULL)
		return DNSGAP_ENOMEM;
	if (!p->has_clients)
		scope = DG_SCOPE_SERVER;
	else if (!p->has_servers)
		scope = DG_SCOPE_CLIENT;
	*is_sure = true;
	for (size_t i = 0; i < p->count; i++) {
		double ratio = p->list[i].ln_ratio;

		healthy += ratio < -LN_HEALTHY;
		*is_sure = *is_sure && fabs(ratio) > LN_SURE;
		if (ratio <= 0)
			continue;
		units[used] = dg_unit_of(DG_SCOPE_PAIR, p->list[i].unit);
		if (scope == DG_SCOPE_SERVER)
			units[used].client = 0;
		else if (scope == DG_SCOPE_CLIENT)
			units[used].server = 0;
		used++;
	}
	if (healthy == 0 || used == 0) {
		/* Loss at the server looks alike for all of its clients: nobody was left to
		 * tell them from loss. */
		*is_sure = *is_sure && p->count == 1;
		free(units);
		return 0;
	}
	free(v->units);
	v->units = units;
	v->unit_count = used;
	v->scope = scope;
	return 0;
}

static void
list_cases(const struct dg_cases *cases, const struct dg_port_verdict *v, struct pairs *p)
{
	const struct dg_case *first = NULL;

	for (size_t i = 0; i < cases->count; i++) {
		const struct dg_case *x = &cases->list[i];

		if (!x->is_active)
			continue;
		first = first == NULL ? x : first;
		p->has_servers |= x->server != first->server;
		p->has_clients |= x->client != first->client;
		if (dg_verdict_has_unit(cases, v, x))
			p->order[p->case_count++] = (struct dg_keyed){
			    dg_case_unit(cases, x, DG_SCOPE_PAIR), (uint32_t)i};
	}
}

int
dg_scope_of_repeats(const struct dg_cases *cases, struct dg_port_verdict *v, bool *is_sure)
{
	struct pairs p = {.count = 0};
	double loss;
	int error = DNSGAP_ENOMEM;

	*is_sure = false;
	p.order = malloc((2 * cases->count + 1) * sizeof *p.order);
	p.list = malloc((cases->count + 1) * sizeof *p.list);
	if (p.order != NULL && p.list != NULL) {
		list_cases(cases, v, &p);
		dg_order(p.order, p.order + p.case_count, p.case_count);
		count_ports(cases, &p);
		loss = loss_of(cases, &p);
		find_ratios(cases, share_of(&p, v->share, loss), loss, &p);
		error = narrow(&p, v, is_sure);
	}
	free(p.order);
	free(p.list);
	return error;
}
