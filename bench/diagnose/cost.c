/*
 * cost.c - the most that the diagnosis of ports may be given: every port at as many servers as
 * the tally's table of trials holds, with a fault in it.
 */
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/addr.h"
#include "base/limits.h"
#include "sim.h"

#define PORTS 65536u
#define CLIENTS 50u
#define LOSS .01

static double
cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
peak_mib(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_maxrss / 1024;
}

/* Every port in turn, each time at another server. */
static struct dg_trial *
make_trials(struct sim_rng *r, size_t count, uint32_t servers)
{
	struct dg_trial *trials = sim_alloc(count, sizeof *trials);

	for (size_t i = 0; i < count; i++) {
		const uint16_t port = (uint16_t)(i % PORTS);
		const uint32_t server = sim_below(r, servers);
		const bool is_dead = port < 1024 || sim_chance(r, LOSS);

		trials[i] = (struct dg_trial){
		    .time_ns = INT64_C(1700000000000000000) + (int64_t)i * 10000000,
		    .question = sim_between(r, 1, 100000),
		    .frame = (uint32_t)i + 1,
		    .port = port,
		    .server = server,
		    .client = sim_below(r, CLIENTS),
		    .mark = (uint32_t)sim_next(r),
		    .reached = !is_dead,
		    .dead = is_dead,
		    .transport = DG_TRANSPORT_UDP,
		};
	}
	return trials;
}

int
sim_cost(uint64_t seed, uint32_t servers)
{
	const size_t count = DG_TRIALS_MAX;
	uint32_t *server_prefixes = sim_alloc(servers, sizeof *server_prefixes);
	uint32_t *client_prefixes = sim_alloc(CLIENTS, sizeof *client_prefixes);
	struct dg_port_result *result = NULL;
	struct dg_trial *trials;
	struct sim_rng r;
	double before_s, before_mib;
	int error;

	sim_rng_init(&r, seed);
	for (uint32_t i = 0; i < servers; i++)
		server_prefixes[i] = i / 3;
	for (uint32_t i = 0; i < CLIENTS; i++)
		client_prefixes[i] = i / 10;
	trials = make_trials(&r, count, servers);
	before_mib = peak_mib();
	before_s = cpu_s();
	error = dg_ports_judge(&(struct dg_port_input){.trials = trials,
				   .trial_count = count,
				   .server_count = servers,
				   .client_count = CLIENTS,
				   .server_prefixes = server_prefixes,
				   .client_prefixes = client_prefixes},
	    &result);
	if (error == 0)
		printf("%u ports x %u servers x %u clients: %zu trials (as many as a tally "
		       "holds), "
		       "%zu verdicts, %.2f s of CPU, peak %.0f MiB, %.0f of them the trials\n",
		    PORTS, servers, CLIENTS, count, result->verdict_count, cpu_s() - before_s,
		    peak_mib(), before_mib);
	dg_ports_free(result);
	free(trials);
	free(server_prefixes);
	free(client_prefixes);
	return error == 0 ? 0 : 1;
}
