/* world.h - small summaries for the diagnosis: servers, clients, and trials made by hand. */

#ifndef WORLD_H
#define WORLD_H

#include <arpa/inet.h>

#include "base/clock.h"
#include "diagnose/diagnose.h"
#include "rows.h"

#define WORLD_SERVERS_MAX 32
#define WORLD_CLIENTS_MAX 32
#define WORLD_TRIALS_MAX 70000
#define WORLD_VERDICTS_MAX 4
#define WORLD_START (INT64_C(1700000000) * DG_NS_PER_S)

struct world {
	struct dg_summary summary;
	struct dg_server_summary servers[WORLD_SERVERS_MAX];
	struct dg_client_summary clients[WORLD_CLIENTS_MAX];
	struct dg_trial trials[WORLD_TRIALS_MAX];
	struct dg_port_result results[DG_SIDE_COUNT];
	struct dg_port_verdict verdicts[DG_SIDE_COUNT][WORLD_VERDICTS_MAX];
	struct dg_unit_id units[DG_SIDE_COUNT][WORLD_VERDICTS_MAX][WORLD_SERVERS_MAX];
	struct dg_diagnosis diagnosis;
	uint8_t explained[WORLD_TRIALS_MAX];
	/* Of the next trials. */
	uint8_t transport; /* UDP after the start */
	int64_t step_ns;   /* between them */
	int64_t now_ns;
};

static inline struct world *
world_new(void)
{
	struct world *w = calloc(1, sizeof *w);

	if (w == NULL)
		abort();
	w->summary.servers = w->servers;
	w->summary.clients = w->clients;
	w->summary.trials = w->trials;
	w->transport = DG_TRANSPORT_UDP;
	w->step_ns = DG_NS_PER_S;
	w->now_ns = WORLD_START;
	w->diagnosis.summary = &w->summary;
	w->diagnosis.explained = w->explained;
	return w;
}

static inline void
world_free(struct world *w)
{
	dg_findings_fini(&w->diagnosis.findings);
	free(w);
}

static inline struct dg_addr
world_address(const char *text, uint8_t *family)
{
	struct dg_addr a = {{0}};

	*family = strchr(text, ':') != NULL ? DG_FAMILY_IP6 : DG_FAMILY_IP4;
	if (inet_pton(*family == DG_FAMILY_IP6 ? AF_INET6 : AF_INET, text, a.bytes) != 1)
		abort();
	return a;
}

/* In the order of their addresses; returns the index. */
static inline uint32_t
world_server(struct world *w, const char *address)
{
	struct dg_server_key *key = &w->servers[w->summary.server_count].key;

	key->address = world_address(address, &key->family);
	key->port = 53;
	return (uint32_t)w->summary.server_count++;
}

static inline uint32_t
world_client(struct world *w, const char *address)
{
	struct dg_client_key *key = &w->clients[w->summary.client_count].key;

	key->address = world_address(address, &key->family);
	return (uint32_t)w->summary.client_count++;
}

/* One transaction a trial.  Its frame is its number, from 1, in the order of trying. */
static inline struct dg_trial *
world_try(struct world *w, uint32_t server, uint32_t client, unsigned port, bool is_reached)
{
	struct dg_trial *t = &w->trials[w->summary.trial_count];

	if (w->summary.trial_count == WORLD_TRIALS_MAX)
		abort();
	*t = (struct dg_trial){
	    .time_ns = w->now_ns,
	    .frame = (uint32_t)++w->summary.trial_count,
	    .port = (uint16_t)port,
	    .server = server,
	    .client = client,
	    .mark = (uint32_t)(port * 2654435761u + server * 40503u + client),
	    .reached = is_reached,
	    .dead = !is_reached,
	    .transport = w->transport,
	};
	w->now_ns += w->step_ns;
	return t;
}

/* Every `step`-th port of a range. */
static inline void
world_try_range(struct world *w, uint32_t server, uint32_t client, unsigned first,
    unsigned last, unsigned step, bool is_reached)
{
	for (unsigned port = first; port <= last; port += step)
		world_try(w, server, client, port, is_reached);
}

/* A verdict about one unit, or about all; more ranges, units and numbers are added to it. */
static inline struct dg_port_verdict *
world_verdict(struct world *w, enum dg_side_name side, enum dg_shape shape, enum dg_scope scope,
    struct dg_unit_id unit)
{
	size_t n = w->results[side].verdict_count++;
	struct dg_port_verdict *v = &w->verdicts[side][n];

	if (n == WORLD_VERDICTS_MAX)
		abort();
	w->results[side].verdicts = w->verdicts[side];
	w->units[side][n][0] = unit;
	*v = (struct dg_port_verdict){
	    .shape = shape,
	    .scope = scope,
	    .units = w->units[side][n],
	    .unit_count = 1,
	    .ln_p = -20,
	};
	return v;
}

static inline void
world_add_range(struct dg_port_verdict *v, unsigned first, unsigned last)
{
	v->ranges[v->range_count] = (struct dg_port_range){(uint16_t)first, (uint16_t)last};
	v->firsts[v->range_count] = (struct dg_range_end){
	    .least = (uint16_t)first, .most = (uint16_t)first, .probability = 0.9};
	v->lasts[v->range_count] = (struct dg_range_end){
	    .least = (uint16_t)last, .most = (uint16_t)last, .probability = 0.8};
	v->range_count++;
}

static inline int
world_compare(const void *left, const void *right)
{
	const struct dg_trial *a = left, *b = right;

	if (a->transport != b->transport)
		return a->transport == DG_TRANSPORT_TCP ? 1 : -1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	if (a->server != b->server)
		return a->server < b->server ? -1 : 1;
	return a->client < b->client ? -1 : a->client > b->client;
}

/* Puts the trials in order and lets a rule judge. */
static inline void
world_judge(struct world *w, int (*rule)(struct dg_diagnosis *d))
{
	if (w->summary.trial_count > 0)
		qsort(w->trials, w->summary.trial_count, sizeof *w->trials, world_compare);
	for (int side = 0; side < DG_SIDE_COUNT; side++)
		w->diagnosis.ports[side] = &w->results[side];
	assert_int_equal(dg_orders_make(&w->summary, &w->diagnosis.orders), 0);
	assert_int_equal(dg_orders_complete(&w->summary, &w->diagnosis.orders), 0);
	assert_int_equal(rule(&w->diagnosis), 0);
	dg_orders_fini(&w->diagnosis.orders);
}

/* The only finding. */
static inline const struct dg_finding *
world_finding(const struct world *w)
{
	assert_true(w->diagnosis.findings.count == 1);
	return w->diagnosis.findings.list[0];
}

/* Whether a text holds a word. */
static inline bool
world_has_words(const struct dg_words *w, const char *part)
{
	for (unsigned i = 0; i < w->count; i++) {
		if (strstr(w->texts[i], part) != NULL)
			return true;
	}
	return false;
}

/* Six servers in three prefixes, four clients in two. */
static inline struct world *
world_network(void)
{
	struct world *w = world_new();

	world_server(w, "198.51.100.1");
	world_server(w, "198.51.100.2");
	world_server(w, "198.51.100.3");
	world_server(w, "203.0.113.1");
	world_server(w, "2001:db8:1::1");
	world_server(w, "2001:db8:1::2");
	world_client(w, "192.0.2.1");
	world_client(w, "192.0.2.2");
	world_client(w, "198.18.0.1");
	world_client(w, "2001:db8:f::1");
	return w;
}

/* A verdict about 1-1000. */
static inline const struct dg_finding *
world_judge_low(struct world *w, struct dg_port_verdict *v)
{
	world_add_range(v, 1, 1000);
	world_judge(w, dg_rule_ports);
	return world_finding(w);
}

#endif
