/*
 * families_fault.c - captures in which some ports go unanswered, with what makes them hard to
 * see beside them.
 */
#include "sim.h"

static const uint16_t amplifiers[] = {17, 19, 69, 111, 123, 137, 161, 389, 520, 1194, 1434,
    1900, 3702, 5353, 10001, 11211, 20800, 27005};

static uint32_t
pick(struct sim_world *w, size_t count)
{
	return sim_below(&w->rng, (uint32_t)count);
}

/* A resolver and its like: one client with ports below 1024, and many servers. */
static void
resolver(struct sim_world *w, size_t clients, size_t servers)
{
	sim_add_clients(w, clients, SIM_LOW);
	sim_add_servers(w, servers, 3, .5);
}

/* A port that stays open is used by a client of its own, or by all now and then. */
static void
keep_open(struct sim_world *w, struct sim_fault *f, uint16_t port)
{
	sim_except(f, port);
	if (sim_chance(&w->rng, .5)) {
		sim_add_client(w, sim_chooser_range(port, port))->weight = .2;
		return;
	}
	for (size_t i = 0; i < w->client_count; i++) {
		struct sim_chooser *c = &w->clients[i].chooser;

		c->kept[c->kept_count++] = port;
		c->kept_share = .03;
	}
}

static void
low_but_53(struct sim_world *w, bool has_53)
{
	struct sim_fault *f = sim_add_range(w, 1, 1023);

	if (has_53)
		keep_open(w, f, 53);
}

static void
incident_prefix(struct sim_world *w)
{
	resolver(w, 8, 12);
	low_but_53(w, true);
	sim_at_server_prefix(w, &w->faults[0], pick(w, 2));
}

static void
incident_resolver(struct sim_world *w)
{
	resolver(w, 1, 30);
	low_but_53(w, true);
	sim_at_server_prefix(w, &w->faults[0], 0);
}

static void
incident_server(struct sim_world *w)
{
	resolver(w, 6, 1);
	low_but_53(w, true);
	sim_at_servers(w, &w->faults[0], 0, 1);
}

static void
incident_plain(struct sim_world *w)
{
	resolver(w, 8, 12);
	low_but_53(w, false);
	sim_at_server_prefix(w, &w->faults[0], pick(w, 2));
}

static void
list_fault(struct sim_world *w)
{
	const unsigned count = sizeof amplifiers / sizeof amplifiers[0];
	struct sim_fault *f = sim_add_fault(w);

	f->set = SIM_SET_LIST;
	for (unsigned i = 0; i < count; i++)
		sim_also_range(f, amplifiers[i], amplifiers[i]);
}

/* A list dies of few ports: clients on low ports mostly, as scanners and some NATs are. */
static void
amplifiers_local(struct sim_world *w)
{
	sim_add_clients(w, 2, SIM_USER);
	(void)sim_add_client(w, sim_chooser_range(1, 1023));
	(void)sim_add_client(w, sim_chooser_range(1, 30000));
	sim_add_servers(w, 8, 2, .5);
	list_fault(w);
}

static void
amplifiers_server(struct sim_world *w)
{
	amplifiers_local(w);
	sim_at_servers(w, &w->faults[0], 0, 1);
}

static void
single_11211(struct sim_world *w)
{
	struct sim_fault *f;

	sim_add_clients(w, 3, SIM_USER);
	sim_add_client(w, sim_chooser_pool(&w->rng, 11200, 11215, 12))->weight = .5;
	w->clients[3].chooser.state[0] = 11211;
	sim_add_servers(w, 4, 2, .5);
	f = sim_add_range(w, 11211, 11211);
	f->set = SIM_SET_LIST;
}

static void
block_of(struct sim_world *w, uint32_t size)
{
	const uint32_t block = 1 + pick(w, 65536 / size - 1);

	(void)sim_add_range(w, block * size, block * size + size - 1);
}

static void
nat_block_local(struct sim_world *w)
{
	sim_add_clients(w, 4, SIM_USER);
	sim_add_servers(w, 6, 2, .5);
	block_of(w, 2048);
}

static void
nat_block_server(struct sim_world *w)
{
	sim_add_clients(w, 4, SIM_USER);
	sim_add_servers(w, 2, 1, .5);
	block_of(w, 4096);
	sim_at_servers(w, &w->faults[0], pick(w, 2), 1);
}

static void
odd_range(struct sim_world *w, uint32_t least, uint32_t most)
{
	const uint32_t size = sim_between(&w->rng, least, most);
	const uint32_t first = sim_between(&w->rng, 1024, 65535 - size);

	(void)sim_add_range(w, first, first + size - 1);
}

static void
odd_block(struct sim_world *w)
{
	sim_add_clients(w, 3, SIM_USER);
	sim_add_servers(w, 5, 1, .5);
	odd_range(w, 3000, 12000);
}

static void
narrow_block(struct sim_world *w)
{
	sim_add_clients(w, 3, SIM_USER);
	sim_add_servers(w, 3, 1, .5);
	odd_range(w, 200, 1000);
}

static void
dynamic(struct sim_world *w)
{
	sim_add_clients(w, 5, SIM_LINUX);
	sim_add_servers(w, 6, 2, .5);
	(void)sim_add_range(w, 49152, 65535);
	sim_at_server_prefix(w, &w->faults[0], pick(w, 2));
}

static void
linux_range(struct sim_world *w)
{
	sim_add_clients(w, 5, SIM_ANY_SYSTEM);
	sim_add_clients(w, 2, SIM_USER);
	sim_add_servers(w, 2, 1, .5);
	(void)sim_add_range(w, 32768, 60999);
	sim_at_servers(w, &w->faults[0], 0, 1);
}

static void
local_1024(struct sim_world *w)
{
	sim_add_clients(w, 4, SIM_USER);
	sim_add_servers(w, 10, 2, .5);
	(void)sim_add_range(w, 1024, 4999);
}

static void
local_low(struct sim_world *w)
{
	resolver(w, 4, 10);
	low_but_53(w, false);
}

static void
two_ranges(struct sim_world *w)
{
	struct sim_fault *f;

	resolver(w, 4, 6);
	f = sim_add_range(w, 1, 1023);
	sim_also_range(f, 20000, sim_between(&w->rng, 24000, 32000));
	sim_at_servers(w, f, pick(w, 2), 1);
}

static void
two_exceptions(struct sim_world *w)
{
	resolver(w, 4, 2);
	low_but_53(w, true);
	keep_open(w, &w->faults[0], 123);
	sim_at_servers(w, &w->faults[0], pick(w, 2), 1);
}

static void
one_client(struct sim_world *w)
{
	sim_add_clients(w, 6, SIM_USER);
	sim_add_servers(w, 8, 2, .5);
	(void)sim_add_range(w, 1024, 32767);
	sim_at_clients(w, &w->faults[0], pick(w, 6), 1);
}

static void
one_pair(struct sim_world *w)
{
	sim_add_clients(w, 5, SIM_USER);
	sim_add_servers(w, 5, 1, .5);
	(void)sim_add_range(w, 1024, 32767);
	sim_at_clients(w, &w->faults[0], pick(w, 5), 1);
	sim_at_servers(w, &w->faults[0], pick(w, 3), 1);
}

static void
many_clients(struct sim_world *w)
{
	sim_add_clients(w, 150, SIM_ANY_SYSTEM);
	sim_add_clients(w, 50, SIM_LOW);
	sim_group_clients(w, 20);
	sim_add_servers(w, 1, 1, 0);
	low_but_53(w, false);
	sim_at_servers(w, &w->faults[0], 0, 1);
}

static void
two_servers(struct sim_world *w)
{
	resolver(w, 5, 9);
	low_but_53(w, false);
	sim_at_servers(w, &w->faults[0], 0, 5);
	for (size_t i = 1; i < 4; i++)
		w->servers[i].fault_bits = 0;
}

static void
soft(struct sim_world *w, double loss)
{
	sim_add_clients(w, 5, SIM_USER);
	sim_add_servers(w, 4, 1, .5);
	sim_add_range(w, 32768, 49151)->loss = loss;
	sim_at_servers(w, &w->faults[0], pick(w, 2), 1);
}

static void
soft_half(struct sim_world *w)
{
	soft(w, .5);
}

static void
soft_third(struct sim_world *w)
{
	soft(w, .33);
}

static void
begins(struct sim_world *w)
{
	resolver(w, 4, 1);
	low_but_53(w, false);
	w->faults[0].from = sim_real(&w->rng, .3, .7);
	sim_at_servers(w, &w->faults[0], 0, 1);
}

static void
ends(struct sim_world *w)
{
	sim_add_clients(w, 4, SIM_USER);
	sim_add_servers(w, 2, 1, .5);
	(void)sim_add_range(w, 1024, 16383);
	w->faults[0].until = sim_real(&w->rng, .3, .7);
	sim_at_servers(w, &w->faults[0], pick(w, 2), 1);
}

static void
beside_outage(struct sim_world *w)
{
	const double from_s = sim_real(&w->rng, 0, .8) * w->length_s;

	resolver(w, 4, 2);
	low_but_53(w, false);
	sim_at_servers(w, &w->faults[0], pick(w, 2), 1);
	sim_add_window(
	    sim_add_series(w, SIM_ALL, SIM_ALL, 1), from_s, from_s + w->length_s * .08);
}

static void
beside_bursts(struct sim_world *w)
{
	sim_add_clients(w, 4, SIM_USER);
	sim_add_servers(w, 2, 1, .5);
	(void)sim_add_range(w, 1024, 8191);
	sim_at_servers(w, &w->faults[0], pick(w, 2), 1);
	sim_add_bursts(w, sim_add_series(w, SIM_ALL, SIM_ALL, .8), w->length_s / 60, .1);
}

static void
beside_resends(struct sim_world *w)
{
	resolver(w, 4, 2);
	low_but_53(w, false);
	sim_at_servers(w, &w->faults[0], pick(w, 2), 1);
	w->retry_share = .9;
	w->retry_max = 4;
	w->is_retry_same_port = true;
}

/* Ports one after the other, so that the dead range comes again and again. */
static void
sweep_one(struct sim_world *w)
{
	const double passes = sim_log_real(&w->rng, 2, 25);
	const double span = (double)w->query_max / passes;
	const uint32_t size = span < 16 ? 16 : span > 64000 ? 64000 : (uint32_t)span;
	const uint32_t first = 65536 - size;

	(void)sim_add_client(w, sim_chooser_sequential(&w->rng, (uint16_t)first, 65535, 1, 0));
	sim_add_servers(w, 3, 1, .5);
	(void)sim_add_range(w, first + size / 4, first + size / 2 - 1);
}

/* Other programs of the hosts take most of the ports in between. */
static void
sweep_many(struct sim_world *w)
{
	for (size_t i = 0; i < 12; i++)
		(void)sim_add_client(w,
		    sim_chooser_sequential(
			&w->rng, 1024, 65535, 1, sim_log_real(&w->rng, 10, 1000)));
	sim_add_servers(w, 2, 1, .5);
	(void)sim_add_range(w, 32768, 49151);
	sim_at_servers(w, &w->faults[0], pick(w, 2), 1);
}

static void
scanner(struct sim_world *w)
{
	struct sim_client *c;

	sim_add_clients(w, 4, SIM_ANY_SYSTEM);
	c = sim_add_client(w, sim_chooser_of(&w->rng, SIM_USER));
	c->scan_from = sim_real(&w->rng, .1, .8);
	c->scan_until = c->scan_from + .1;
	c->weight = 2;
	sim_add_servers(w, 2, 1, .5);
	low_but_53(w, false);
	sim_at_servers(w, &w->faults[0], 0, 1);
}

static void
icmp(struct sim_world *w)
{
	resolver(w, 4, 6);
	low_but_53(w, false);
	w->faults[0].refused_share = .9;
	sim_at_server_prefix(w, &w->faults[0], pick(w, 2));
}

/* Clients of every second prefix are led to the site that filters. */
static void
half_anycast(struct sim_world *w)
{
	struct sim_fault *f;

	sim_add_clients(w, 10, SIM_LOW);
	sim_group_clients(w, 5);
	sim_add_servers(w, 4, 1, .5);
	low_but_53(w, false);
	f = &w->faults[0];
	sim_at_servers(w, f, pick(w, 2), 1);
	sim_at_client_prefix(w, f, pick(w, 2));
}

static void
above_61000(struct sim_world *w)
{
	sim_add_clients(w, 4, SIM_USER);
	sim_add_clients(w, 2, SIM_IANA);
	sim_add_servers(w, 1, 1, .5);
	(void)sim_add_range(w, 61000, 65535);
	sim_at_servers(w, &w->faults[0], 0, 1);
}

static void
only_dynamic(struct sim_world *w)
{
	sim_add_clients(w, 4, SIM_USER);
	sim_add_servers(w, 1, 1, .5);
	(void)sim_add_range(w, 0, 49151);
	sim_at_servers(w, &w->faults[0], 0, 1);
}

static void
only_one_block(struct sim_world *w)
{
	const uint32_t first = 4096 * sim_between(&w->rng, 1, 14);
	struct sim_fault *f;

	sim_add_clients(w, 4, SIM_USER);
	sim_add_servers(w, 1, 1, .5);
	f = sim_add_range(w, 0, first - 1);
	sim_also_range(f, first + 4096, 65535);
	sim_at_servers(w, f, 0, 1);
}

static void
beside_dead_server(struct sim_world *w)
{
	resolver(w, 4, 6);
	low_but_53(w, false);
	sim_at_servers(w, &w->faults[0], 0, 1);
	w->servers[4].is_dead = true;
}

static void
sign_error(struct sim_world *w)
{
	sim_add_clients(w, 2, SIM_USER);
	sim_add_servers(w, 6, 2, .5);
	(void)sim_add_range(w, 32768, 65535);
}

static void
one_of_300(struct sim_world *w)
{
	sim_add_clients(w, 3, SIM_LOW);
	sim_add_servers(w, 300, 3, .8);
	low_but_53(w, false);
	sim_at_servers(w, &w->faults[0], pick(w, 60), 1);
}

static void
client_prefix(struct sim_world *w)
{
	sim_add_clients(w, 12, SIM_LOW);
	sim_group_clients(w, 3);
	sim_add_servers(w, 8, 2, .5);
	low_but_53(w, false);
	sim_at_client_prefix(w, &w->faults[0], pick(w, 4));
}

static void
two_faults(struct sim_world *w)
{
	resolver(w, 4, 6);
	low_but_53(w, false);
	sim_at_servers(w, &w->faults[0], 0, 1);
	(void)sim_add_range(w, 40960, 49151);
	sim_at_server_prefix(w, &w->faults[1], 1);
}

static void
beside_lossy_server(struct sim_world *w)
{
	resolver(w, 4, 5);
	low_but_53(w, false);
	sim_at_servers(w, &w->faults[0], 0, 1);
	w->servers[1].loss = .4;
}

static const struct sim_family families[] = {
    {"incident-prefix", "1-1023 but 53, near a provider's prefix", incident_prefix},
    {"incident-resolver", "the same, seen at one resolver", incident_resolver},
    {"incident-server", "the same, at one server", incident_server},
    {"incident-plain", "1-1023 near a prefix", incident_plain},
    {"amplifiers-local", "a list of amplifiers' ports, at all servers", amplifiers_local},
    {"amplifiers-server", "the same, at one server", amplifiers_server},
    {"single-11211", "port 11211 alone", single_11211},
    {"nat-block-local", "an aligned block of 2,048, at all servers", nat_block_local},
    {"nat-block-server", "an aligned block of 4,096, at one server", nat_block_server},
    {"odd-block", "3,000 to 12,000 ports somewhere", odd_block},
    {"narrow-block", "200 to 1,000 ports somewhere", narrow_block},
    {"dynamic", "49152-65535, near a prefix", dynamic},
    {"linux-range", "32768-60999, at one server", linux_range},
    {"local-1024", "1024-4999, at all servers", local_1024},
    {"local-low", "1-1023, at all servers", local_low},
    {"two-ranges", "1-1023 and some from 20000, at one server", two_ranges},
    {"two-exceptions", "1-1023 but 53 and 123, at one server", two_exceptions},
    {"one-client", "1024-32767, one client at all servers", one_client},
    {"one-pair", "1024-32767, one client at one server", one_pair},
    {"many-clients", "1-1023 at one server, 200 clients", many_clients},
    {"two-servers", "1-1023 at two servers of unlike prefixes", two_servers},
    {"soft-half", "half of 32768-49151 lost at one server", soft_half},
    {"soft-third", "a third of them", soft_third},
    {"begins", "1-1023 at one server, from a time on", begins},
    {"ends", "1024-16383 at one server, until a time", ends},
    {"beside-outage", "1-1023 at one server, and an outage", beside_outage},
    {"beside-bursts", "1024-8191 at one server, and loss in bursts", beside_bursts},
    {"beside-resends", "1-1023 at one server, asked again from the port", beside_resends},
    {"sweep-one", "one sequential client passes a dead range", sweep_one},
    {"sweep-many", "12 sequential clients", sweep_many},
    {"scanner", "low ports in one short burst", scanner},
    {"icmp", "1-1023 near a prefix, refused by ICMP", icmp},
    {"half-anycast", "1-1023 at one server for half of the clients", half_anycast},
    {"above-61000", "61000-65535 at one server", above_61000},
    {"only-dynamic", "all but 49152-65535, at one server", only_dynamic},
    {"only-one-block", "all but an aligned block, at one server", only_one_block},
    {"beside-dead-server", "1-1023 at one server, another one dead", beside_dead_server},
    {"sign-error", "32768-65535 at all servers", sign_error},
    {"one-of-300", "1-1023 at one server of 300", one_of_300},
    {"client-prefix", "1-1023, a prefix of clients", client_prefix},
    {"two-faults", "1-1023 at a server, 40960-49151 at a prefix", two_faults},
    {"beside-lossy", "1-1023 at one server, another one lossy", beside_lossy_server},
};

const struct sim_family *
sim_families_fault(size_t *count)
{
	*count = sizeof families / sizeof families[0];
	return families;
}
