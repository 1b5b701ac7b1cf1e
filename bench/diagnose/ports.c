/*
 * ports.c - how the simulated clients choose their ports.
 *
 * The ranges are those of docs/diagnosis.md: Linux 32768-60999, IANA's dynamic ports, all
 * unprivileged ports, and, for what stands behind some NATs, ports below 1024 too.
 */
#include <math.h>

#include "sim.h"

struct sim_chooser
sim_chooser_range(uint16_t first, uint16_t last)
{
	return (struct sim_chooser){.kind = SIM_RANDOM, .first = first, .last = last};
}

struct sim_chooser
sim_chooser_of(struct sim_rng *r, enum sim_system system)
{
	static const enum sim_system common[] = {
	    SIM_LINUX, SIM_LINUX, SIM_LINUX, SIM_IANA, SIM_IANA, SIM_USER};
	struct sim_chooser c;

	switch (system) {
	case SIM_LINUX:
		return sim_chooser_range(32768, 60999);
	case SIM_IANA:
		return sim_chooser_range(49152, 65535);
	case SIM_FULL:
		return sim_chooser_range(1, 65535);
	case SIM_LOW:
		c = sim_chooser_range(1024, 65535);
		c.low_share = sim_real(r, .01, .12);
		return c;
	case SIM_ANY_SYSTEM:
		return sim_chooser_of(r, common[sim_below(r, 6)]);
	case SIM_USER:
		break;
	}
	return sim_chooser_range(1024, 65535);
}

struct sim_chooser
sim_chooser_sequential(
    struct sim_rng *r, uint16_t first, uint16_t last, unsigned hosts, double skip_mean)
{
	struct sim_chooser c = {.kind = SIM_SEQUENTIAL,
	    .first = first,
	    .last = last,
	    .skip_mean = skip_mean,
	    .state_count = hosts < SIM_STATE_MAX ? hosts : SIM_STATE_MAX};

	for (unsigned i = 0; i < c.state_count; i++)
		c.state[i] = (uint16_t)sim_between(r, first, last);
	return c;
}

struct sim_chooser
sim_chooser_pool(struct sim_rng *r, uint16_t first, uint16_t last, unsigned count)
{
	struct sim_chooser c = sim_chooser_sequential(r, first, last, count, 0);

	c.kind = SIM_POOL;
	return c;
}

static uint16_t
sequential(struct sim_rng *r, struct sim_chooser *c)
{
	uint16_t *state = &c->state[sim_below(r, c->state_count)];
	const uint32_t span = (uint32_t)(c->last - c->first) + 1;
	uint32_t step = 1;

	if (c->skip_mean > 0)
		step += (uint32_t)floor(sim_exponential(r, c->skip_mean));
	*state = (uint16_t)(c->first + (*state - c->first + step) % span);
	return *state;
}

uint16_t
sim_choose(struct sim_rng *r, struct sim_chooser *c)
{
	if (sim_chance(r, c->kept_share))
		return c->kept[sim_below(r, c->kept_count)];
	if (sim_chance(r, c->low_share))
		return (uint16_t)sim_between(r, 1, 1023);
	switch (c->kind) {
	case SIM_SEQUENTIAL:
		return sequential(r, c);
	case SIM_POOL:
		return c->state[sim_below(r, c->state_count)];
	case SIM_RANDOM:
		break;
	}
	return (uint16_t)sim_between(r, c->first, c->last);
}
