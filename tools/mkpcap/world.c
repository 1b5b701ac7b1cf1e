/*
 * world.c - the clients, servers and delays of one capture.
 *
 * Delays come from a table of equally likely values, which is faster than
 * two logarithms for each reply and has no tail beyond one in 8192.
 */

#include "world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double DELAY_LEAST_NS = 100e3;
/* Below hold less the time of the last copy: no reply becomes an orphan. */
static const double DELAY_MOST_NS = 4e9;
static const double LOGNORMAL_SIGMA = 0.6;
static const double SERVER_SIGMA = 0.4;

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * The quantiles of the distribution.  Those of a normal distribution have no
 * closed form; sorted draws of its own dice serve as well.
 */
static void
fill_delays(struct mk_world *w)
{
	const struct mk_options *o = w->options;
	double sum = 0;

	for (int i = 0; i < MK_DELAY_STEPS; i++) {
		double d = o->is_latency_exponential
		    ? mk_random_exponential(&w->random)
		    : exp(LOGNORMAL_SIGMA * mk_random_normal(&w->random));

		w->delays_ns[i] = d;
		sum += d;
	}
	for (int i = 0; i < MK_DELAY_STEPS; i++)
		w->delays_ns[i] *= o->latency_mean_ns * MK_DELAY_STEPS / sum;
	qsort(w->delays_ns, MK_DELAY_STEPS, sizeof(w->delays_ns[0]), compare_doubles);
}

static int
apply_drop(struct mk_server *s, const struct mk_drop *drop)
{
	if (s->dropped == NULL)
		s->dropped = calloc(1, sizeof(drop->ports));
	if (s->dropped == NULL)
		return -1;
	for (size_t i = 0; i < sizeof(drop->ports); i++)
		s->dropped[i] |= drop->ports[i];
	return 0;
}

static int
fill_server(struct mk_world *w, uint32_t number)
{
	const struct mk_options *o = w->options;
	struct mk_server *s = &w->servers[number];
	double half_variance = SERVER_SIGMA * SERVER_SIGMA / 2;

	s->host = mk_host_server(number);
	s->delay_scale = exp(SERVER_SIGMA * mk_random_normal(&w->random) - half_variance);
	for (size_t i = 0; i < o->icmp_count; i++)
		if (o->icmp_servers[i] == 0 || o->icmp_servers[i] == number + 1)
			s->is_refusing = true;
	for (size_t i = 0; i < o->drop_count; i++) {
		uint32_t server = o->drops[i].server;

		if ((server == 0 || server == number + 1) && apply_drop(s, &o->drops[i]) != 0)
			return -1;
	}
	return 0;
}

int
mk_world_init(struct mk_world *w, const struct mk_options *options)
{
	*w = (struct mk_world){.options = options};
	mk_random_init(&w->random, options->seed);
	w->clients = calloc(options->client_count, sizeof(*w->clients));
	w->servers = calloc(options->server_count, sizeof(*w->servers));
	if (w->clients == NULL || w->servers == NULL)
		goto fail;
	if (mk_zipf_init(&w->popularity, options->server_count) != 0)
		goto fail;
	if (mk_templates_init(
		&w->templates, options->zone_count, options->link, options->vlan) != 0)
		goto fail;
	fill_delays(w);
	for (uint32_t i = 0; i < options->client_count; i++) {
		w->clients[i].host = mk_host_client(i);
		w->clients[i].key = (uint32_t)mk_random_next(&w->random);
	}
	for (uint32_t i = 0; i < options->server_count; i++)
		if (fill_server(w, i) != 0)
			goto fail;
	return 0;
fail:
	mk_world_fini(w);
	return -1;
}

void
mk_world_fini(struct mk_world *w)
{
	for (uint32_t i = 0; w->servers != NULL && i < w->options->server_count; i++)
		free(w->servers[i].dropped);
	free(w->servers);
	free(w->clients);
	mk_templates_fini(&w->templates);
	mk_zipf_fini(&w->popularity);
	w->servers = NULL;
	w->clients = NULL;
}

int64_t
mk_world_delay_ns(struct mk_world *w, const struct mk_server *s)
{
	uint64_t bits = mk_random_next(&w->random);
	double d = w->delays_ns[bits % MK_DELAY_STEPS] * s->delay_scale;

	/* Up to 1 per mille more, so that no two delays of a server are equal. */
	d += d * (double)(bits >> 44) * 0x1p-30;
	d = fmin(fmax(d, DELAY_LEAST_NS), DELAY_MOST_NS);
	return (int64_t)d;
}

uint16_t
mk_world_port(struct mk_world *w, const struct mk_client *c)
{
	const struct mk_ports *p = &w->options->ports;
	uint32_t count = p->highest - p->lowest + 1;

	if (p->mode == MK_PORTS_SEQUENTIAL)
		return (uint16_t)(p->lowest + (c->key + c->asked) % count);
	return (uint16_t)(p->lowest + mk_random_below(&w->random, count));
}

bool
mk_world_is_dropped(const struct mk_server *s, uint16_t port)
{
	return s->dropped != NULL && (s->dropped[port / 8] >> port % 8 & 1) != 0;
}
