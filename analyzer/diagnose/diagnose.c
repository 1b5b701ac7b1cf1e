/*
 * diagnose.c - the order of the rules.
 */
#include "diagnose/diagnose.h"

#include <stdlib.h>
#include <string.h>

#include "diagnose/known.h"
#include "dnsgap/error.h"

static int (*const rules[])(struct dg_diagnosis *d) = {
    dg_rule_capture,
    dg_rule_servers,
    dg_rule_refusals,
    dg_rule_time,
    dg_rule_ports,
    dg_rule_paths,
    dg_rule_servfail,
    dg_rule_loss,
    dg_rule_sources,
    dg_rule_weakened,
};

/* IPv4 is grouped by 24 bits, IPv6 by 48. */
#define PREFIX_BYTES_IP4 3
#define PREFIX_BYTES_IP6 6

static bool
is_same_prefix(const struct dg_addr *a, uint8_t family, const struct dg_addr *b, uint8_t other)
{
	size_t bytes = family == DG_FAMILY_IP4 ? PREFIX_BYTES_IP4 : PREFIX_BYTES_IP6;

	return family == other && memcmp(a, b, bytes) == 0;
}

/* Numbers prefixes; the lists are in the order of their addresses. */
uint32_t *
dg_server_prefixes(const struct dg_summary *s)
{
	uint32_t *numbers = calloc(s->server_count + 1, sizeof *numbers);

	for (size_t i = 1; numbers != NULL && i < s->server_count; i++) {
		const struct dg_server_key *a = &s->servers[i - 1].key;
		const struct dg_server_key *b = &s->servers[i].key;
		bool is_same = is_same_prefix(&a->address, a->family, &b->address, b->family);

		numbers[i] = numbers[i - 1] + !is_same;
	}
	return numbers;
}

uint32_t *
dg_client_prefixes(const struct dg_summary *s)
{
	uint32_t *numbers = calloc(s->client_count + 1, sizeof *numbers);

	for (size_t i = 1; numbers != NULL && i < s->client_count; i++) {
		const struct dg_client_key *a = &s->clients[i - 1].key;
		const struct dg_client_key *b = &s->clients[i].key;
		bool is_same = is_same_prefix(&a->address, a->family, &b->address, b->family);

		numbers[i] = numbers[i - 1] + !is_same;
	}
	return numbers;
}

/* Trials [from, to) in order of time, numbered from `from` on; the caller's.  NULL when memory
 * ran out. */
static uint32_t *
times_of(const struct dg_diagnosis *d, size_t from, size_t to)
{
	uint32_t *list = malloc((to - from + 1) * sizeof *list);
	size_t count = 0;

	for (size_t i = 0; list != NULL && i < d->summary->trial_count; i++) {
		uint32_t trial = d->orders.by_time[i];

		if (trial >= from && trial < to)
			list[count++] = (uint32_t)(trial - from);
	}
	return list;
}

static int
judge_side(struct dg_diagnosis *d, int side, size_t from, size_t to,
    const uint32_t *server_prefixes, const uint32_t *client_prefixes)
{
	const struct dg_summary *s = d->summary;
	uint32_t *by_time = times_of(d, from, to);
	struct dg_port_input input = {
	    .trials = s->trials + from,
	    .by_time = by_time,
	    .trial_count = to - from,
	    .server_count = s->server_count,
	    .client_count = s->client_count,
	    .server_prefixes = server_prefixes,
	    .client_prefixes = client_prefixes,
	};
	int error = by_time != NULL ? dg_ports_judge(&input, &d->ports[side]) : DNSGAP_ENOMEM;

	free(by_time);
	return error;
}

/* Trials are in the order of their transports. */
static int
judge_ports(struct dg_diagnosis *d)
{
	const struct dg_summary *s = d->summary;
	uint32_t *servers = dg_server_prefixes(s);
	uint32_t *clients = dg_client_prefixes(s);
	size_t from = 0, to = 0;
	int error = servers != NULL && clients != NULL ? 0 : DNSGAP_ENOMEM;

	for (int side = 0; error == 0 && side < DG_SIDE_COUNT; side++) {
		bool is_tcp = side == DG_SIDE_TCP;
		while (to < s->trial_count &&
		    (s->trials[to].transport == DG_TRANSPORT_TCP) == is_tcp)
			to++;
		if (to > from)
			error = judge_side(d, side, from, to, servers, clients);
		from = to;
	}
	free(servers);
	free(clients);
	return error;
}

static int
by_severity(const void *left, const void *right)
{
	const struct dg_finding *a = *(struct dg_finding *const *)left;
	const struct dg_finding *b = *(struct dg_finding *const *)right;

	if (a->severity != b->severity)
		return a->severity < b->severity ? -1 : 1;
	if (a->code != b->code)
		return a->code < b->code ? -1 : 1;
	if (a->inside.transactions != b->inside.transactions)
		return a->inside.transactions > b->inside.transactions ? -1 : 1;
	if (a->servers[0] != b->servers[0])
		return a->servers[0] < b->servers[0] ? -1 : 1;
	return a->clients[0] < b->clients[0] ? -1 : a->clients[0] > b->clients[0];
}

int
dg_diagnose(const struct dg_summary *summary, const struct dg_circumstances *circumstances,
    struct dg_diagnosis **out)
{
	struct dg_diagnosis *d = calloc(1, sizeof *d);
	int error;

	if (d == NULL)
		return DNSGAP_ENOMEM;
	d->summary = summary;
	d->circumstances = *circumstances;
	d->explained = calloc(summary->trial_count + 1, sizeof *d->explained);
	error = d->explained != NULL ? dg_orders_make(summary, &d->orders) : DNSGAP_ENOMEM;
	if (error == 0)
		error = judge_ports(d);
	if (error == 0)
		error = dg_known_complete(d);
	if (error == 0)
		error = dg_orders_complete(summary, &d->orders);
	for (size_t i = 0; error == 0 && i < sizeof rules / sizeof *rules; i++)
		error = rules[i](d);
	for (size_t i = 0; error == 0 && i < d->findings.count; i++)
		error = dg_finding_words(summary, d->findings.list[i]);
	if (error != 0) {
		dg_diagnosis_free(d);
		return error;
	}
	if (d->findings.count > 0)
		qsort(
		    d->findings.list, d->findings.count, sizeof *d->findings.list, by_severity);
	*out = d;
	return 0;
}

void
dg_diagnosis_free(struct dg_diagnosis *d)
{
	if (d == NULL)
		return;
	for (int side = 0; side < DG_SIDE_COUNT; side++)
		dg_ports_free(d->ports[side]);
	dg_findings_fini(&d->findings);
	free(d->explained);
	dg_orders_fini(&d->orders);
	dg_servfail_free(d->servfail);
	free(d);
}
