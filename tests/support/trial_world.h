/* trial_world.h - trials made up for tests of the diagnosis. */

#ifndef TRIAL_WORLD_H
#define TRIAL_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "judge/ports.h"
#include "rows.h"

#define WORLD_TRIALS_MAX 8192
#define WORLD_NAMES_MAX 64

struct trial_world {
	struct dg_trial trials[WORLD_TRIALS_MAX];
	size_t count;
	uint32_t server_prefixes[WORLD_NAMES_MAX];
	uint32_t client_prefixes[WORLD_NAMES_MAX];
	size_t server_count;
	size_t client_count;
};

/* Prefixes hold `together` servers, or clients, each. */
static inline void
world_begin(struct trial_world *w, size_t servers, size_t clients, uint32_t together)
{
	w->count = 0;
	w->server_count = servers;
	w->client_count = clients;
	for (uint32_t i = 0; i < WORLD_NAMES_MAX; i++)
		w->server_prefixes[i] = w->client_prefixes[i] = i / together;
}

static inline struct dg_trial *
world_add(struct trial_world *w, int64_t time_ns, uint32_t server, uint32_t client,
    uint16_t port, bool is_dead)
{
	struct dg_trial *t = &w->trials[w->count++];

	if (w->count > WORLD_TRIALS_MAX || server >= w->server_count ||
	    client >= w->client_count)
		abort();
	*t = (struct dg_trial){
	    .time_ns = time_ns,
	    .question = (uint32_t)w->count,
	    .port = port,
	    .server = server,
	    .client = client,
	    .mark = (uint32_t)w->count * UINT32_C(2654435761),
	    .reached = !is_dead,
	    .dead = is_dead,
	};
	return t;
}

static inline struct dg_port_input
world_input(const struct trial_world *w)
{
	return (struct dg_port_input){
	    .trials = w->trials,
	    .trial_count = w->count,
	    .server_count = w->server_count,
	    .client_count = w->client_count,
	    .server_prefixes = w->server_prefixes,
	    .client_prefixes = w->client_prefixes,
	};
}

static inline void
world_shuffle(struct trial_world *w, uint64_t *seed)
{
	for (size_t i = w->count; i > 1; i--) {
		size_t other = rows_random(seed) % i;
		struct dg_trial t = w->trials[i - 1];

		w->trials[i - 1] = w->trials[other];
		w->trials[other] = t;
	}
}

/* One in `of`, in the long run. */
static inline bool
world_chance(uint64_t *seed, unsigned of)
{
	return (rows_random(seed) >> 20) % of == 0;
}

static inline uint16_t
world_port(uint64_t *seed, uint16_t first, uint16_t last)
{
	return (uint16_t)(first + (rows_random(seed) >> 20) % (last - first + 1u));
}

#endif
