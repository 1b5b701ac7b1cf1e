/*
 * members.c - what each server and each client says of a verdict.
 *
 * Others are asked at all times, since the verdict's first dead case, and until its last one;
 * and about all ranges that it may reach.
 */
#include "judge/members.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"
#include "judge/natural.h"
#include "judge/order.h"

void
dg_members_fini(struct dg_members *m)
{
	free(m->servers);
	free(m->clients);
	free(m->units);
	free(m->is_dead_server);
	free(m->is_dead_client);
}

static bool
is_exception(const struct dg_port_verdict *v, uint16_t port)
{
	for (unsigned i = 0; i < v->exception_count; i++) {
		if (v->exceptions[i] == port)
			return true;
	}
	return false;
}

/* Of a range, a port that filters often leave open tells nothing of others when it is answered:
 * they may have the same filter. */
static bool
is_telling(const struct dg_port_verdict *v, const struct dg_case *x)
{
	bool is_range = v->shape == DG_SHAPE_HARD || v->shape == DG_SHAPE_ONSET ||
	    v->shape == DG_SHAPE_SOFT;

	return x->is_dead || !is_range || !dg_is_kept_open(x->port);
}

static size_t
unit_of(const struct dg_cases *cases, const struct dg_port_verdict *v, const struct dg_case *x)
{
	struct dg_unit_id id = dg_unit_of(v->scope, dg_case_unit(cases, x, v->scope));
	const struct dg_unit_id *found;

	found = bsearch(&id, v->units, v->unit_count, sizeof id, dg_unit_compare);
	return found == NULL ? v->unit_count : (size_t)(found - v->units);
}

static void
sum_own(const struct dg_looks *l, const struct dg_port_verdict *v, struct dg_members *m)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct dg_case *x = &l->cases->list[l->ids[i]];
		struct dg_member *server = &m->servers[x->server];
		struct dg_member *client = &m->clients[x->client];
		size_t unit;

		if (!dg_verdict_has_unit(l->cases, v, x))
			continue;
		unit = unit_of(l->cases, v, x);
		server->own += l->ratios[i];
		client->own += l->ratios[i];
		m->units[unit].sum += l->ratios[i];
		if (!dg_verdict_has_port(v, x->port))
			continue; /* an exception speaks against its own client and server only
				   */
		server->is_own = client->is_own = true;
		server->dead += x->is_dead;
		server->all++;
		client->dead += x->is_dead;
		client->all++;
	}
}

/* What others say together at the verdict's ports, by what they share with it. */
static void
sum_others(const struct dg_looks *l, const struct dg_port_verdict *v, struct dg_members *m)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct dg_case *x = &l->cases->list[l->ids[i]];
		const struct dg_member *server = &m->servers[x->server];
		const struct dg_member *client = &m->clients[x->client];

		if (dg_verdict_has_unit(l->cases, v, x) || is_exception(v, x->port))
			continue;
		if (!dg_verdict_has_port(v, x->port) || !is_telling(v, x))
			continue;
		if (client->is_own && !server->is_own)
			m->servers_say += l->ratios[i];
		if (!client->is_own && server->is_own)
			m->clients_say += l->ratios[i];
	}
}

/* Others are asked: about the verdict's ports and one more reach, in order of time, until when
 * the verdict's first case died at the latest; or from when its last one did at the earliest.
 */
struct asked {
	struct dg_port_range reach;
	const struct dg_keyed *order; /* of the looks, by time */
	int64_t first_ns;
	int64_t last_ns;
};

static bool
is_asked(const struct dg_looks *l, const struct dg_port_verdict *v, const struct asked *asked,
    const struct dg_case *x)
{
	if (dg_verdict_has_unit(l->cases, v, x) || is_exception(v, x->port) ||
	    !is_telling(v, x))
		return false;
	return dg_verdict_has_port(v, x->port) ||
	    (x->port >= asked->reach.first && x->port <= asked->reach.last);
}

static void
keep_most(struct dg_member *m)
{
	m->around = fmax(m->around, m->reach);
}

static void
keep_all_most(const struct dg_looks *l, struct dg_members *m)
{
	for (size_t i = 0; i < l->cases->server_count; i++)
		keep_most(&m->servers[i]);
	for (size_t i = 0; i < l->cases->client_count; i++)
		keep_most(&m->clients[i]);
}

static void
forget_reach(const struct dg_looks *l, struct dg_members *m)
{
	for (size_t i = 0; i < l->cases->server_count; i++)
		m->servers[i].reach = 0;
	for (size_t i = 0; i < l->cases->client_count; i++)
		m->clients[i].reach = 0;
}

/* Adds a look, and keeps the sums when it is at or past the verdict's first (last) dead case.
 */
static void
ask_one(const struct dg_looks *l, const struct dg_port_verdict *v, const struct asked *asked,
    uint32_t look, bool is_backward, struct dg_members *m)
{
	const struct dg_case *x = &l->cases->list[l->ids[look]];
	struct dg_member *server = &m->servers[x->server];
	struct dg_member *client = &m->clients[x->client];
	bool is_past = is_backward ? x->time_ns < asked->first_ns : x->time_ns > asked->last_ns;

	if (!is_asked(l, v, asked, x))
		return;
	if (client->is_own || v->scope != DG_SCOPE_PAIR)
		server->reach += l->ratios[look];
	if (server->is_own || v->scope != DG_SCOPE_PAIR)
		client->reach += l->ratios[look];
	if (is_past) {
		keep_most(server);
		keep_most(client);
	}
}

/* Whether the one before in order was not past yet, and this one is. */
static bool
crosses(const struct dg_looks *l, const struct asked *asked, size_t i, bool is_backward)
{
	const struct dg_case *x = &l->cases->list[l->ids[asked->order[i].at]];

	return is_backward ? x->time_ns < asked->first_ns : x->time_ns > asked->last_ns;
}

/* The fault may have begun at any time until the verdict's first dead case, or ended since its
 * last one: each server and client says the most that it could. */
static void
ask_times(const struct dg_looks *l, const struct dg_port_verdict *v, const struct asked *asked,
    struct dg_members *m)
{
	for (int direction = 0; direction < 2; direction++) {
		bool is_backward = direction == 0, is_past = false;

		for (size_t i = 0; i < l->count; i++) {
			size_t at = is_backward ? l->count - 1 - i : i;

			if (!is_past && crosses(l, asked, at, is_backward)) {
				is_past = true;
				keep_all_most(l, m);
			}
			ask_one(l, v, asked, asked->order[at].at, is_backward, m);
		}
		keep_all_most(l, m);
		forget_reach(l, m);
	}
}

/* Whether one of the verdict's ranges may reach as far as one that people often choose. */
bool
dg_may_reach(const struct dg_port_verdict *v, unsigned range, const struct dg_natural *n)
{
	return n->ln_weight >= log(DG_WEIGHT_OFTEN) && n->first >= v->firsts[range].least &&
	    n->first <= v->ranges[range].first && n->last >= v->ranges[range].last &&
	    n->last <= v->lasts[range].most;
}

/* The times of the verdict's first and last dead case. */
static void
find_times(const struct dg_looks *l, const struct dg_port_verdict *v, struct asked *asked)
{
	asked->first_ns = INT64_MAX;
	asked->last_ns = INT64_MIN;
	for (size_t i = 0; i < l->count; i++) {
		const struct dg_case *x = &l->cases->list[l->ids[i]];

		if (!x->is_dead || !dg_verdict_has_port(v, x->port) ||
		    !dg_verdict_has_unit(l->cases, v, x))
			continue;
		if (x->time_ns < asked->first_ns)
			asked->first_ns = x->time_ns;
		if (x->time_ns > asked->last_ns)
			asked->last_ns = x->time_ns;
	}
}

/* Others may look dead just where a range reaches, for all that is known: each reach is asked
 * by itself, for who is alive in a wide one may be dead in a narrow one. */
static int
ask_reaches(const struct dg_looks *l, const struct dg_port_verdict *v, struct dg_members *m)
{
	struct dg_keyed *order = malloc(2 * (l->count + 1) * sizeof *order);
	struct asked asked = {.reach = {1, 0}, .order = order};
	size_t count;
	const struct dg_natural *naturals = dg_naturals(&count);

	if (order == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < l->count; i++)
		order[i] = (struct dg_keyed){l->cases->rank[l->ids[i]], (uint32_t)i};
	dg_order(order, order + l->count + 1, l->count);
	find_times(l, v, &asked);
	ask_times(l, v, &asked, m);
	for (size_t n = 0; n < count; n++) {
		for (unsigned i = 0; i < v->range_count; i++) {
			if (!dg_may_reach(v, i, &naturals[n]))
				continue;
			asked.reach =
			    (struct dg_port_range){naturals[n].first, naturals[n].last};
			ask_times(l, v, &asked, m);
		}
	}
	free(order);
	return 0;
}

/* Of each prefix that is blamed, what its loudest member says. */
static void
find_most(const struct dg_looks *l, const struct dg_port_verdict *v, struct dg_members *m)
{
	bool is_client = v->scope == DG_SCOPE_CLIENT_PREFIX;

	if (!is_client && v->scope != DG_SCOPE_SERVER_PREFIX)
		return;
	for (size_t i = 0; i < l->count; i++) {
		const struct dg_case *x = &l->cases->list[l->ids[i]];
		double sum = is_client ? m->clients[x->client].own : m->servers[x->server].own;
		struct dg_unit_sum *unit;

		if (!dg_verdict_has_unit(l->cases, v, x))
			continue;
		unit = &m->units[unit_of(l->cases, v, x)];
		unit->most = fmax(unit->most, sum);
	}
}

static void
look_outside_window(const struct dg_cases *cases, const struct dg_port_verdict *v,
    const bool *is_in, struct dg_members *m)
{
	for (size_t i = 0; v->has_window && i < cases->count; i++) {
		const struct dg_case *x = &cases->list[i];

		if (!x->is_active || x->is_dead || !is_in[x->port] ||
		    dg_verdict_has_time(v, x->time_ns) || !dg_verdict_has_unit(cases, v, x))
			continue;
		m->servers[x->server].was_alive = true;
		m->clients[x->client].was_alive = true;
	}
}

/* The member of a scope that a case belongs to is one that shares a pair's server or client. */
static bool
is_beside(const struct dg_port_verdict *v, const struct dg_members *m, const struct dg_case *x)
{
	return v->scope != DG_SCOPE_PAIR || m->servers[x->server].is_own ||
	    m->clients[x->client].is_own;
}

/* Of those that were set aside as silent: whether half of what one asked, or more, lies where a
 * range may reach.  Then it may belong to the verdict, or to its kind. */
static int
ask_aside(const struct dg_cases *cases, const struct dg_port_verdict *v, const bool *is_in,
    struct dg_members *m)
{
	struct dg_keyed *order = malloc(2 * (cases->count + 1) * sizeof *order);

	if (order == NULL)
		return DNSGAP_ENOMEM;
	for (int scope = 0; scope < DG_SCOPE_COUNT; scope++) {
		size_t count = 0;

		for (size_t i = 0; i < cases->count; i++) {
			const struct dg_case *x = &cases->list[i];

			if (x->aside == scope + 1 && !dg_verdict_has_unit(cases, v, x) &&
			    is_beside(v, m, x))
				order[count++] = (struct dg_keyed){
				    dg_case_unit(cases, x, (enum dg_scope)scope), (uint32_t)i};
		}
		dg_order(order, order + count, count);
		for (size_t from = 0, to; from < count; from = to) {
			size_t inside = 0;

			for (to = from; to < count && order[to].key == order[from].key; to++)
				inside += is_in[cases->list[order[to].at].port];
			m->has_aside |= inside > 0 && 2 * inside >= to - from;
		}
	}
	free(order);
	return 0;
}

int
dg_members_make(const struct dg_looks *l, const struct dg_port_verdict *v, const bool *is_in,
    struct dg_members *m)
{
	size_t servers = l->cases->server_count + 1, clients = l->cases->client_count + 1;

	*m = (struct dg_members){
	    .servers = calloc(servers, sizeof *m->servers),
	    .clients = calloc(clients, sizeof *m->clients),
	    .units = calloc(v->unit_count + 1, sizeof *m->units),
	    .is_dead_server = calloc(servers, sizeof *m->is_dead_server),
	    .is_dead_client = calloc(clients, sizeof *m->is_dead_client),
	};
	if (m->servers == NULL || m->clients == NULL || m->units == NULL ||
	    m->is_dead_server == NULL || m->is_dead_client == NULL)
		return DNSGAP_ENOMEM;
	sum_own(l, v, m);
	sum_others(l, v, m);
	if (ask_reaches(l, v, m) != 0 || ask_aside(l->cases, v, is_in, m) != 0)
		return DNSGAP_ENOMEM;
	find_most(l, v, m);
	look_outside_window(l->cases, v, is_in, m);
	for (size_t s = 0; s < l->cases->server_count; s++)
		m->is_dead_server[s] = m->servers[s].own > DG_LN_SURE;
	for (size_t c = 0; c < l->cases->client_count; c++)
		m->is_dead_client[c] = m->clients[c].own > DG_LN_SURE;
	return 0;
}
