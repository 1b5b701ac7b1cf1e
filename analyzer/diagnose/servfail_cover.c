/*
 * servfail_cover.c - which queries in vain a finding explains already.
 */
#include <stdlib.h>
#include <string.h>

#include "diagnose/servfail_inner.h"

#define PORT_WORDS (65536 / 64)

/* Findings that say of certain queries that they get no answer, and why they alone. */
static bool
is_of_silence(const struct dg_finding *f)
{
	switch (f->code) {
	case DG_PORTS_SILENT:
	case DG_PORTS_REFUSED:
	case DG_PORTS_HASH:
	case DG_SERVER_SILENT:
	case DG_SERVER_PORT_CLOSED:
	case DG_SERVER_UNREACHABLE:
	case DG_OUTAGE:
	case DG_TCP_BLOCKED:
		return !f->is_suspected;
	default:
		return false;
	}
}

/* "1-52,54-1023" as bits; text of our own. */
static void
read_ports(const char *text, uint64_t ports[PORT_WORDS])
{
	memset(ports, 0, PORT_WORDS * sizeof *ports);
	while (*text != '\0') {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (unsigned long p = first; p <= last && p <= UINT16_MAX; p++)
			ports[p / 64] |= UINT64_C(1) << p % 64;
		if (*end != ',')
			break;
		text = end + 1;
	}
}

static bool
has_subject(const uint32_t *list, unsigned count, uint64_t all, uint32_t one)
{
	for (unsigned i = 0; i < count; i++) {
		if (list[i] == one)
			return true;
	}
	return all == 0 && count == 0;
}

static bool
has_prefix(const struct dg_finding *f, const struct dg_addr *address)
{
	unsigned bytes = f->prefix_bits / 8, rest = f->prefix_bits % 8;

	if (memcmp(&f->prefix, address, bytes) != 0)
		return false;
	return rest == 0 ||
	    ((f->prefix.bytes[bytes] ^ address->bytes[bytes]) >> (8 - rest)) == 0;
}

static bool
is_about(const struct dg_finding *f, const struct dg_upstream *u)
{
	const struct dg_failure *x = u->failure;
	bool has_server = has_subject(f->servers, f->server_count, f->servers_all, u->server);
	bool has_client = has_subject(f->clients, f->client_count, f->clients_all, u->resolver);
	enum dg_side_name side = x->transport == DG_TRANSPORT_TCP ? DG_SIDE_TCP : DG_SIDE_UDP;

	if (f->has_prefix && f->is_client_prefix)
		has_client |= has_prefix(f, &x->client);
	else if (f->has_prefix)
		has_server |= has_prefix(f, &x->server);
	if (!has_server || !has_client)
		return false;
	if (f->code == DG_OUTAGE && (x->first_ns < f->first_ns || x->first_ns > f->last_ns))
		return false;
	if (f->has_window && (x->first_ns <= f->after_ns || x->first_ns >= f->before_ns))
		return false;
	return f->transports[side] ||
	    (!f->transports[DG_SIDE_UDP] && !f->transports[DG_SIDE_TCP]);
}

static void
cover_by(struct dg_join *j, const struct dg_finding *f)
{
	uint64_t ports[PORT_WORDS];
	const char *text = f->within != NULL ? f->within : f->ports;

	if (text != NULL)
		read_ports(text, ports);
	for (uint32_t i = 0; i < j->upstream_count; i++) {
		struct dg_upstream *u = &j->upstream[i];
		uint16_t port = u->failure->client_port;

		if (text == NULL || (ports[port / 64] >> port % 64 & 1) != 0)
			u->is_covered |= is_about(f, u);
	}
}

void
dg_join_cover(struct dg_join *j, const struct dg_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		if (is_of_silence(findings->list[i]))
			cover_by(j, findings->list[i]);
	}
	for (uint32_t i = 0; i < j->upstream_count; i++)
		j->covered_sum[i + 1] = j->covered_sum[i] + j->upstream[i].is_covered;
}
