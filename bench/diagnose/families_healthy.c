/*
 * families_healthy.c - captures in which no port is at fault, and much else may be: whoever
 * blames a port here is wrong.
 */
#include "sim.h"

static void
outage(struct sim_world *w, uint32_t client, uint32_t server, double seconds)
{
	const double from_s = sim_real(&w->rng, 0, .9) * w->length_s;

	sim_add_window(sim_add_series(w, client, server, 1), from_s, from_s + seconds);
}

/* Clients with a NAT's block of `size` ports each. */
static void
add_nat_blocks(struct sim_world *w, size_t count, uint32_t size, bool is_sequential)
{
	const uint32_t blocks = (65536 - 1024) / size;

	for (size_t i = 0; i < count; i++) {
		const uint32_t first = 1024 + (uint32_t)(i % blocks) * size;
		const uint16_t last = (uint16_t)(first + size - 1);

		(void)sim_add_client(w,
		    is_sequential ? sim_chooser_sequential(&w->rng, (uint16_t)first, last, 1, 0)
				  : sim_chooser_range((uint16_t)first, last));
	}
}

static void
add_sequential(struct sim_world *w, size_t count, unsigned hosts, double skip_mean)
{
	for (size_t i = 0; i < count; i++)
		(void)sim_add_client(
		    w, sim_chooser_sequential(&w->rng, 1024, 65535, hosts, skip_mean));
}

static uint32_t
any_server(struct sim_world *w)
{
	return sim_below(&w->rng, (uint32_t)w->server_count);
}

static void
one_server(struct sim_world *w)
{
	sim_add_clients(w, 1, SIM_ANY_SYSTEM);
	sim_add_servers(w, 1, 1, 0);
}

static void
twenty_servers(struct sim_world *w)
{
	sim_add_clients(w, 1, SIM_LOW);
	sim_add_servers(w, 20, 4, .5);
}

static void
three_hundred_servers(struct sim_world *w)
{
	sim_add_clients(w, 3, SIM_USER);
	sim_add_servers(w, 300, 3, 1);
}

static void
fifty_clients(struct sim_world *w)
{
	sim_add_clients(w, 50, SIM_ANY_SYSTEM);
	sim_group_clients(w, 10);
	sim_add_servers(w, 10, 2, .7);
}

static void
dead_server(struct sim_world *w)
{
	sim_add_clients(w, 10, SIM_ANY_SYSTEM);
	sim_add_servers(w, 8, 2, .5);
	w->servers[any_server(w)].is_dead = true;
}

static void
dropped_client(struct sim_world *w)
{
	add_nat_blocks(w, 20, 2048, false);
	sim_group_clients(w, 20);
	sim_add_servers(w, 4, 2, .5);
	w->clients[sim_below(&w->rng, 20)].is_dead = true;
}

static void
outage_random(struct sim_world *w)
{
	w->length_s = sim_log_real(&w->rng, 300, 3600);
	sim_add_clients(w, 3, SIM_ANY_SYSTEM);
	sim_add_servers(w, 3, 1, .5);
	outage(w, SIM_ALL, any_server(w), 30);
}

static void
outage_sequential(struct sim_world *w)
{
	w->length_s = sim_log_real(&w->rng, 300, 3600);
	add_sequential(w, 1, 1, 0);
	sim_add_servers(w, 3, 1, .5);
	outage(w, SIM_ALL, SIM_ALL, 30);
}

static void
outage_local(struct sim_world *w)
{
	w->length_s = sim_log_real(&w->rng, 300, 7200);
	sim_add_clients(w, 5, SIM_ANY_SYSTEM);
	sim_add_servers(w, 20, 4, .7);
	outage(w, SIM_ALL, SIM_ALL, sim_log_real(&w->rng, 10, w->length_s / 3));
}

static void
limit_rate(struct sim_world *w)
{
	w->rate_limit = (double)w->query_max / w->length_s / (double)w->client_count *
	    sim_real(&w->rng, .5, .95);
	w->rate_burst = sim_real(&w->rng, 5, 15);
	w->rate_slip = .25;
}

static void
rate_limit_random(struct sim_world *w)
{
	sim_add_clients(w, 5, SIM_ANY_SYSTEM);
	sim_uneven_clients(w, 1);
	sim_add_servers(w, 1, 1, 0);
	limit_rate(w);
	w->retry_share = .5;
	w->retry_max = 2;
}

static void
rate_limit_fixed(struct sim_world *w)
{
	sim_add_clients(w, 4, SIM_ANY_SYSTEM);
	sim_add_client(w, sim_chooser_range(53, 53))->weight = 3;
	sim_add_servers(w, 1, 1, 0);
	limit_rate(w);
}

static void
heavy_resends(struct sim_world *w)
{
	sim_add_clients(w, 5, SIM_ANY_SYSTEM);
	sim_add_servers(w, 5, 1, .5);
	sim_add_bursts(w, sim_add_series(w, SIM_ALL, any_server(w), .7), 20, .1);
	w->retry_share = .95;
	w->retry_max = 6;
	w->is_retry_same_port = true;
}

static void
dead_names(struct sim_world *w)
{
	sim_add_clients(w, 10, SIM_ANY_SYSTEM);
	sim_add_servers(w, 6, 2, .5);
	for (size_t i = 0; i < w->client_count; i++)
		w->clients[i].dead_name_share = .1;
}

static void
bursty_random(struct sim_world *w)
{
	sim_add_clients(w, 3, SIM_USER);
	sim_add_servers(w, 4, 2, .5);
	sim_add_bursts(w, sim_add_series(w, SIM_ALL, SIM_ALL, .8), w->length_s / 60, .1);
}

static void
bursty_sequential(struct sim_world *w)
{
	add_sequential(w, 3, 1, 2);
	sim_add_servers(w, 4, 2, .5);
	sim_add_bursts(w, sim_add_series(w, SIM_ALL, SIM_ALL, .8), w->length_s / 60, .1);
}

static void
in_flight(struct sim_world *w)
{
	w->length_s = sim_log_real(&w->rng, 10, 120);
	sim_add_clients(w, 2, SIM_USER);
	sim_add_client(w, sim_chooser_range(1, 1023))->from = .9;
	sim_add_servers(w, 3, 1, .5);
	outage(w, SIM_ALL, SIM_ALL, 0);
	sim_add_window(&w->series[0], w->length_s * .9, w->length_s * 2);
	w->undecided_s = w->length_s * .35;
}

static void
fixed_ports_outage(struct sim_world *w)
{
	for (int i = 0; i < 12; i++) {
		const uint16_t port = (uint16_t)sim_between(&w->rng, 1, 65535);

		(void)sim_add_client(w, sim_chooser_range(port, port));
	}
	sim_add_servers(w, 2, 1, 0);
	outage(w, SIM_ALL, SIM_ALL, w->length_s * sim_real(&w->rng, .02, .3));
}

static void
small_pool(struct sim_world *w)
{
	(void)sim_add_client(w, sim_chooser_pool(&w->rng, 1024, 65535, 8));
	(void)sim_add_client(w, sim_chooser_pool(&w->rng, 1, 65535, 16));
	sim_add_servers(w, 4, 2, .5);
}

static void
unlike_clients(struct sim_world *w)
{
	sim_add_clients(w, 4, SIM_LINUX);
	sim_add_clients(w, 4, SIM_IANA);
	(void)sim_add_client(w, sim_chooser_range(1025, 5000));
	(void)sim_add_client(w, sim_chooser_range(1, 1023));
	sim_add_servers(w, 5, 1, .5);
	for (size_t i = 0; i < w->client_count; i++)
		w->clients[i].loss = i >= 4 ? sim_real(&w->rng, 0, .5) : 0;
}

static void
lossy_hour(struct sim_world *w)
{
	struct sim_series *s;

	w->length_s = 4 * 3600;
	add_sequential(w, 2, 1, 1);
	sim_add_servers(w, 4, 2, .5);
	s = sim_add_series(w, SIM_ALL, SIM_ALL, .4);
	sim_add_window(s, 3600, 7200);
}

static void
flapping(struct sim_world *w)
{
	struct sim_series *s;

	sim_add_clients(w, 3, SIM_ANY_SYSTEM);
	add_sequential(w, 1, 1, 0);
	sim_add_servers(w, 4, 2, .5);
	s = sim_add_series(w, SIM_ALL, any_server(w), 1);
	for (double at_s = 0; at_s < w->length_s; at_s += w->length_s / 20)
		sim_add_window(s, at_s, at_s + w->length_s / 40);
}

static void
answers_missing(struct sim_world *w)
{
	sim_add_clients(w, 5, SIM_ANY_SYSTEM);
	sim_add_clients(w, 1, SIM_LOW);
	sim_add_servers(w, 6, 2, .5);
	w->answer_lost = .5;
}

static void
thousand_clients(struct sim_world *w)
{
	sim_add_clients(w, 1000, SIM_ANY_SYSTEM);
	sim_uneven_clients(w, .6);
	sim_group_clients(w, 100);
	sim_add_servers(w, 5, 1, .5);
}

static void
outages_sequential(struct sim_world *w)
{
	add_sequential(w, 40, 1, 0);
	sim_add_servers(w, 5, 1, .5);
	for (int i = 0; i < 4; i++)
		outage(w, SIM_ALL, i % 2 ? any_server(w) : SIM_ALL,
		    w->length_s * sim_real(&w->rng, .01, .1));
}

static void
lossy_servers(struct sim_world *w)
{
	sim_add_servers(w, 6, 1, .3);
	for (uint32_t i = 0; i < 6; i++) {
		const uint16_t first = (uint16_t)(8192 + i * 8192);
		struct sim_client *c =
		    sim_add_client(w, sim_chooser_range(first, (uint16_t)(first + 8191)));

		c->favourite = i;
		c->favourite_share = .85;
		w->servers[i].loss = i % 3 == 0 ? sim_real(&w->rng, .2, .6) : 0;
	}
}

static void
dead_name_tool(struct sim_world *w)
{
	struct sim_client *c;

	sim_add_clients(w, 5, SIM_ANY_SYSTEM);
	c = sim_add_client(w, sim_chooser_range(1, 1023));
	c->weight = .3;
	c->dead_name_share = .9;
	sim_add_servers(w, 3, 1, .5);
	w->dead_name_count = 3;
}

static void
dead_zone_retries(struct sim_world *w)
{
	sim_add_clients(w, 5, SIM_LOW);
	sim_add_servers(w, 3, 1, .5);
	w->clients[0].dead_name_share = .2;
	w->dead_name_count = 4;
	w->retry_share = .9;
	w->retry_max = 4;
}

/* Names above the live ones are asked with a type that nobody answers. */
static void
type_ranges(struct sim_world *w)
{
	const size_t first = sim_add_clients(w, 6, SIM_LINUX);

	for (size_t i = 0; i < 4; i++)
		sim_add_client(w, sim_chooser_range(49152, 65535))->dead_name_share = .3;
	w->clients[first].dead_name_share = .02;
	sim_add_servers(w, 4, 2, .5);
	w->dead_name_count = 500;
}

static void
night_ports(struct sim_world *w)
{
	struct sim_client *c;

	w->length_s = 12 * 3600;
	sim_add_clients(w, 8, SIM_LINUX);
	c = sim_add_client(w, sim_chooser_range(1, 1023));
	c->weight = 2;
	c->from = .6;
	sim_add_servers(w, 4, 2, .5);
	sim_add_window(
	    sim_add_series(w, SIM_ALL, SIM_ALL, .5), .6 * w->length_s, w->length_s * 2);
}

static void
nat_uneven(struct sim_world *w)
{
	add_nat_blocks(w, 200, 256, false);
	sim_uneven_clients(w, .7);
	sim_group_clients(w, 50);
	sim_add_servers(w, 4, 2, .5);
	for (size_t i = 0; i < w->client_count; i++)
		w->clients[i].loss = sim_chance(&w->rng, .2) ? sim_real(&w->rng, .1, .6) : 0;
}

static void
microbursts(struct sim_world *w)
{
	add_sequential(w, 5, 1, 0);
	sim_add_servers(w, 3, 1, .5);
	w->burst_mean = 12;
	sim_add_bursts(w, sim_add_series(w, SIM_ALL, SIM_ALL, .9), w->length_s / 200, .08);
}

static void
nat_sequential(struct sim_world *w)
{
	add_nat_blocks(w, 30, 1024, true);
	sim_group_clients(w, 10);
	add_sequential(w, 2, 8, 0);
	sim_add_servers(w, 4, 2, .5);
	outage(w, SIM_ALL, any_server(w), w->length_s * .05);
	outage(w, sim_below(&w->rng, 30), SIM_ALL, w->length_s * .2);
}

static const struct sim_family families[] = {
    {"one-server", "one client, one server", one_server},
    {"twenty-servers", "one client with some low ports, 20 servers", twenty_servers},
    {"300-servers", "3 clients, 300 servers by Zipf's law", three_hundred_servers},
    {"fifty-clients", "50 clients with their systems' port ranges", fifty_clients},
    {"dead-server", "one server of 8 is dead", dead_server},
    {"dropped-client", "NAT blocks, one client dropped", dropped_client},
    {"outage-random", "30 s without one server, random ports", outage_random},
    {"outage-sequential", "30 s without answers, sequential ports", outage_sequential},
    {"outage-local", "a time without answers from any of 20 servers", outage_local},
    {"rate-limit-random", "a token bucket for each client, random ports", rate_limit_random},
    {"rate-limit-fixed", "the same, and a busy client on port 53", rate_limit_fixed},
    {"heavy-resends", "asked again and again from the same port", heavy_resends},
    {"dead-names", "a tenth of the queries for names nobody answers", dead_names},
    {"bursty-random", "loss in bursts, random ports", bursty_random},
    {"bursty-sequential", "loss in bursts, sequential ports", bursty_sequential},
    {"in-flight", "low ports at the end only, still undecided", in_flight},
    {"fixed-ports-outage", "12 clients with a port each, and an outage", fixed_ports_outage},
    {"small-pool", "pools of 8 and 16 ports", small_pool},
    {"unlike-clients", "clients of unlike ports and loss", unlike_clients},
    {"lossy-hour", "an hour of loss, sequential ports", lossy_hour},
    {"flapping", "a server that comes and goes", flapping},
    {"answers-missing", "the capture misses half of the answers", answers_missing},
    {"thousand-clients", "1,000 clients", thousand_clients},
    {"outages-sequential", "outages under 40 sequential clients", outages_sequential},
    {"lossy-servers", "lossy servers, asked from a range each", lossy_servers},
    {"dead-name-tool", "a tool on low ports asks dead names", dead_name_tool},
    {"dead-zone-retries", "dead names asked again from new ports", dead_zone_retries},
    {"type-ranges", "clients of one range ask a type nobody answers", type_ranges},
    {"night-ports", "low ports at night only, and loss at night", night_ports},
    {"nat-uneven", "200 clients in NAT blocks with uneven loss", nat_uneven},
    {"microbursts", "bursts from sequential ports, bursts of loss", microbursts},
    {"nat-sequential", "sequential in NAT blocks, outages", nat_sequential},
};

const struct sim_family *
sim_families_healthy(size_t *count)
{
	*count = sizeof families / sizeof families[0];
	return families;
}
