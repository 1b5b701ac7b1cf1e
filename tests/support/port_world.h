/*
 * port_world.h - small worlds of trials: who asked whom from which port, when, and with what
 * luck; and the unit of them all.
 */

#ifndef PORT_WORLD_H
#define PORT_WORLD_H

#include "base/addr.h"
#include "judge/scan.h"
#include "rows.h"

#define PORT_WORLD_MEMBERS 16

struct port_world {
	struct dg_trial *trials;
	size_t count;
	size_t room;
	size_t servers;
	size_t clients;
	uint32_t server_prefixes[PORT_WORLD_MEMBERS];
	uint32_t client_prefixes[PORT_WORLD_MEMBERS];
	uint64_t seed;
	struct dg_cases cases;
	uint32_t *ids;
	struct dg_unit unit;
};

/* Every server and client is in a prefix of its own. */
static inline struct port_world
port_world_make(size_t servers, size_t clients)
{
	struct port_world w = {.servers = servers, .clients = clients, .seed = 20};

	for (uint32_t i = 0; i < PORT_WORLD_MEMBERS; i++)
		w.server_prefixes[i] = w.client_prefixes[i] = i;
	return w;
}

/* A number in 0 to `below` - 1. */
static inline uint32_t
port_world_random(struct port_world *w, uint32_t below)
{
	return (uint32_t)((rows_random(&w->seed) >> 32) % below);
}

static inline void
port_world_add(struct port_world *w, uint32_t server, uint32_t client, uint32_t port,
    int64_t second, bool is_dead)
{
	if (w->count == w->room) {
		w->room = w->room == 0 ? 256 : 2 * w->room;
		w->trials = realloc(w->trials, w->room * sizeof *w->trials);
		if (w->trials == NULL)
			abort();
	}
	w->trials[w->count++] = (struct dg_trial){
	    .time_ns = second * INT64_C(1000000000),
	    .question = (uint32_t)w->count + 1,
	    .port = (uint16_t)port,
	    .server = server,
	    .client = client,
	    .reached = !is_dead,
	    .dead = is_dead,
	    .transport = DG_TRANSPORT_UDP,
	};
}

/* All trials are there: makes cases of them, and a unit of all cases. */
static inline void
port_world_open(struct port_world *w)
{
	struct dg_port_input input = {
	    .trials = w->trials,
	    .trial_count = w->count,
	    .server_count = w->servers,
	    .client_count = w->clients,
	    .server_prefixes = w->server_prefixes,
	    .client_prefixes = w->client_prefixes,
	};

	assert_int_equal(dg_cases_make(&input, &w->cases), 0);
	w->ids = malloc((w->count + 1) * sizeof *w->ids);
	assert_non_null(w->ids);
	for (size_t i = 0; i < w->count; i++)
		w->ids[i] = (uint32_t)i;
	w->unit = (struct dg_unit){.cases = &w->cases, .ids = w->ids, .count = w->cases.count};
}

/* Makes the unit one of a scope instead. */
static inline void
port_world_choose(struct port_world *w, enum dg_scope scope, uint64_t number)
{
	size_t count = 0;

	for (size_t i = 0; i < w->cases.count; i++) {
		if (dg_case_unit(&w->cases, &w->cases.list[i], scope) == number)
			w->ids[count++] = (uint32_t)i;
	}
	w->unit.scope = scope;
	w->unit.number = number;
	w->unit.count = count;
}

static inline void
port_world_close(struct port_world *w)
{
	dg_unit_fini(&w->unit);
	dg_cases_fini(&w->cases);
	free(w->ids);
	free(w->trials);
}

/* Trials in the other order. */
static inline void
port_world_reverse(struct port_world *w)
{
	for (size_t i = 0; i < w->count / 2; i++) {
		struct dg_trial one = w->trials[i];

		w->trials[i] = w->trials[w->count - 1 - i];
		w->trials[w->count - 1 - i] = one;
	}
}

#endif
