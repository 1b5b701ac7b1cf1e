/*
 * world.c - who there is in a simulated capture: clients, servers, and the scopes of faults.
 */
#include <math.h>
#include <stdlib.h>

#include "sim.h"

#define START_NS INT64_C(1700000000000000000)

void
sim_world_init(struct sim_world *w, uint64_t seed, size_t query_max, double base_loss)
{
	*w = (struct sim_world){
	    .query_max = query_max,
	    .base_loss = base_loss,
	    .start_ns = START_NS,
	    .name_count = 2000,
	    .dead_name_count = 20,
	    .copies = 1,
	};
	sim_rng_init(&w->rng, seed);
	w->length_s = sim_log_real(&w->rng, 120, 14400);
	w->start_ns += (int64_t)(sim_unit(&w->rng) * 1e9);
}

void
sim_world_fini(struct sim_world *w)
{
	for (size_t i = 0; i < w->series_count; i++)
		free(w->series[i].windows);
	free(w->clients);
	free(w->servers);
	free(w->queries);
}

static void *
grow(void *old, size_t count, size_t size)
{
	void *p = reallocarray(old, count, size);

	if (p == NULL) {
		fputs("diagnose: no memory\n", stderr);
		exit(1);
	}
	return p;
}

struct sim_client *
sim_add_client(struct sim_world *w, struct sim_chooser chooser)
{
	struct sim_client *c;

	w->clients = grow(w->clients, w->client_count + 1, sizeof *w->clients);
	c = &w->clients[w->client_count];
	*c = (struct sim_client){
	    .chooser = chooser,
	    .weight = 1,
	    .until = 1,
	    .prefix = (uint32_t)w->client_count,
	    .fault_bits = UINT32_MAX,
	};
	w->client_count++;
	return c;
}

size_t
sim_add_clients(struct sim_world *w, size_t count, enum sim_system system)
{
	const size_t first = w->client_count;

	for (size_t i = 0; i < count; i++)
		(void)sim_add_client(w, sim_chooser_of(&w->rng, system));
	return first;
}

void
sim_add_servers(struct sim_world *w, size_t count, size_t per_prefix, double zipf)
{
	const size_t first = w->server_count;
	uint32_t prefix = first > 0 ? w->servers[first - 1].prefix + 1 : 0;

	w->servers = grow(w->servers, first + count, sizeof *w->servers);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && i % per_prefix == 0)
			prefix++;
		w->servers[first + i] = (struct sim_server){
		    .weight = pow((double)(i + 1), -zipf),
		    .prefix = prefix,
		    .fault_bits = UINT32_MAX,
		};
	}
	w->server_count += count;
}

void
sim_group_clients(struct sim_world *w, size_t per_prefix)
{
	for (size_t i = 0; i < w->client_count; i++)
		w->clients[i].prefix = (uint32_t)(i / per_prefix);
}

void
sim_uneven_clients(struct sim_world *w, double zipf)
{
	for (size_t i = 0; i < w->client_count; i++)
		w->clients[i].weight = pow((double)(i + 1), -zipf);
}

struct sim_fault *
sim_add_fault(struct sim_world *w)
{
	struct sim_fault *f = &w->faults[w->fault_count++];

	*f = (struct sim_fault){.until = 1, .loss = 1, .hash_seed = sim_next(&w->rng)};
	return f;
}

void
sim_also_range(struct sim_fault *f, uint32_t first, uint32_t last)
{
	f->ranges[f->range_count++] =
	    (struct dg_port_range){.first = (uint16_t)first, .last = (uint16_t)last};
}

struct sim_fault *
sim_add_range(struct sim_world *w, uint32_t first, uint32_t last)
{
	struct sim_fault *f = sim_add_fault(w);

	sim_also_range(f, first, last);
	return f;
}

void
sim_except(struct sim_fault *f, uint16_t port)
{
	f->exceptions[f->exception_count++] = port;
}

static uint32_t
bit_of(const struct sim_world *w, const struct sim_fault *f)
{
	return UINT32_C(1) << (f - w->faults);
}

void
sim_at_servers(struct sim_world *w, const struct sim_fault *f, size_t first, size_t count)
{
	for (size_t i = 0; i < w->server_count; i++)
		if (i < first || i - first >= count)
			w->servers[i].fault_bits &= ~bit_of(w, f);
}

void
sim_at_clients(struct sim_world *w, const struct sim_fault *f, size_t first, size_t count)
{
	for (size_t i = 0; i < w->client_count; i++)
		if (i < first || i - first >= count)
			w->clients[i].fault_bits &= ~bit_of(w, f);
}

void
sim_at_server_prefix(struct sim_world *w, const struct sim_fault *f, uint32_t prefix)
{
	for (size_t i = 0; i < w->server_count; i++)
		if (w->servers[i].prefix != prefix)
			w->servers[i].fault_bits &= ~bit_of(w, f);
}

void
sim_at_client_prefix(struct sim_world *w, const struct sim_fault *f, uint32_t prefix)
{
	for (size_t i = 0; i < w->client_count; i++)
		if (w->clients[i].prefix != prefix)
			w->clients[i].fault_bits &= ~bit_of(w, f);
}
