/*
 * looks.c - the cases in a verdict's ports, each with its ln likelihood ratio.
 */
#include "judge/looks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"

/* A server's dead rate outside the set is shrunk to that of all, as if by so many cases. */
#define SHRINK_CASES 10.0

void
dg_looks_fini(struct dg_looks *l)
{
	free(l->ids);
	free(l->ratios);
	free(l->has_server);
	free(l->has_client);
}

/* Dead rates of servers outside the set, as ln ratios of a dead and of an alive case. */
static void
rate_servers(const struct dg_cases *cases, const struct dg_port_verdict *v, const bool *is_in,
    double fault_rate, double *dead, double *all)
{
	double dead_sum = 0, all_sum = 0, mean;

	for (size_t i = 0; i < cases->count; i++) {
		const struct dg_case *x = &cases->list[i];

		if (!x->is_active || is_in[x->port] || !dg_verdict_has_time(v, x->time_ns))
			continue;
		all[x->server]++;
		dead[x->server] += x->is_dead;
		all_sum++;
		dead_sum += x->is_dead;
	}
	mean = (dead_sum + .5) / (all_sum + 1);
	for (size_t s = 0; s < cases->server_count; s++) {
		double rate = (dead[s] + SHRINK_CASES * mean) / (all[s] + SHRINK_CASES);

		rate = fmin(fmin(fmax(rate, 1e-5), .95), fault_rate * .9);
		dead[s] = log(fault_rate / rate);
		all[s] = log((1 - fault_rate) / (1 - rate));
	}
}

int
dg_looks_make(const struct dg_cases *cases, const struct dg_port_verdict *v, const bool *is_in,
    double fault_rate, struct dg_looks *l)
{
	double *dead = calloc(cases->server_count + 1, sizeof *dead);
	double *alive = calloc(cases->server_count + 1, sizeof *alive);

	memset(l, 0, sizeof *l);
	l->cases = cases;
	l->ids = malloc((cases->count + 1) * sizeof *l->ids);
	l->ratios = malloc((cases->count + 1) * sizeof *l->ratios);
	l->has_server = calloc(cases->server_count + 1, sizeof *l->has_server);
	l->has_client = calloc(cases->client_count + 1, sizeof *l->has_client);
	if (dead == NULL || alive == NULL || l->ids == NULL || l->ratios == NULL ||
	    l->has_server == NULL || l->has_client == NULL) {
		free(dead);
		free(alive);
		return DNSGAP_ENOMEM;
	}
	rate_servers(cases, v, is_in, fault_rate, dead, alive);
	for (size_t i = 0; i < cases->count; i++) {
		const struct dg_case *x = &cases->list[i];

		if (!x->is_active || !dg_verdict_has_time(v, x->time_ns))
			continue;
		l->servers += !l->has_server[x->server];
		l->clients += !l->has_client[x->client];
		l->has_server[x->server] = true;
		l->has_client[x->client] = true;
		if (!is_in[x->port])
			continue;
		l->ids[l->count] = (uint32_t)i;
		l->ratios[l->count++] = x->is_dead ? dead[x->server] : alive[x->server];
	}
	free(dead);
	free(alive);
	return 0;
}

static int
compare_numbers(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

/* Sorts the list; how many different numbers are in it. */
static size_t
count_different(uint32_t *list, size_t count)
{
	size_t different = 0;

	if (count > 0)
		qsort(list, count, sizeof *list, compare_numbers);
	for (size_t i = 0; i < count; i++)
		different += i == 0 || list[i] != list[i - 1];
	return different;
}

int
dg_count_prefixes(const bool *is_marked, const uint32_t *prefixes, size_t count, size_t *out)
{
	uint32_t *list = malloc((count + 1) * sizeof *list);
	size_t used = 0;

	if (list == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (is_marked[i])
			list[used++] = prefixes[i];
	}
	*out = count_different(list, used);
	free(list);
	return 0;
}
