/*
 * refusals.c - who refused queries, as ICMP errors and RSTs say.
 *
 * A row of ICMP errors knows a server's address, not its port: two services of one address
 * share it, and only those with refused transactions are told by it.
 */
#include "diagnose/refusals.h"

#include <stdlib.h>

#include "dnsgap/error.h"

#define TYPE4_UNREACHABLE 3
#define CODE4_PORT 3
#define TYPE6_UNREACHABLE 1
#define CODE6_PORT 4

uint64_t
dg_icmp_row_transactions(const struct dg_icmp_row *row)
{
	uint64_t sum = 0;

	for (int r = 0; r < DG_RANGE_COUNT; r++)
		sum += row->transactions[r];
	return sum;
}

bool
dg_icmp_row_refuses_query(const struct dg_icmp_row *row)
{
	enum dg_icmp_kind kind =
	    dg_icmp_kind_of((enum dg_family)row->key.family, row->key.type, row->key.code);

	return row->key.about == DG_ABOUT_QUERY && dg_icmp_row_transactions(row) > 0 &&
	    kind != DG_ICMP_TOO_BIG && kind != DG_ICMP_REASSEMBLY;
}

static bool
is_port_closed(const struct dg_icmp_row *row)
{
	const struct dg_icmp_key *k = &row->key;
	bool is_port = k->family == DG_FAMILY_IP4
	    ? k->type == TYPE4_UNREACHABLE && k->code == CODE4_PORT
	    : k->type == TYPE6_UNREACHABLE && k->code == CODE6_PORT;

	return is_port && memcmp(&k->sender, &k->server, sizeof k->server) == 0;
}

void
dg_servers_of(const struct dg_summary *s, const struct dg_addr *address, uint8_t family,
    size_t *first, size_t *end)
{
	size_t low = 0, high = s->server_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct dg_server_key *k = &s->servers[middle].key;

		if (dg_addr_compare(&k->address, (enum dg_family)k->family, address,
			(enum dg_family)family) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*first = *end = low;
	while (*end < s->server_count && s->servers[*end].key.family == family &&
	    memcmp(&s->servers[*end].key.address, address, sizeof *address) == 0)
		++*end;
}

size_t
dg_client_of(const struct dg_summary *s, const struct dg_addr *address, uint8_t family)
{
	size_t low = 0, high = s->client_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct dg_client_key *k = &s->clients[middle].key;
		int order = dg_addr_compare(
		    &k->address, (enum dg_family)k->family, address, (enum dg_family)family);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return s->client_count;
}

void
dg_finding_note_row(struct dg_finding *f, const struct dg_icmp_row *row)
{
	f->has_sender = f->has_icmp = true;
	f->sender = row->key.sender;
	f->sender_family = row->key.family;
	f->icmp_type = row->key.type;
	f->icmp_code = row->key.code;
}

static void
note_row(const struct dg_summary *s, const struct dg_icmp_row *row, struct dg_refusals *out)
{
	enum dg_refusal refusal = is_port_closed(row) ? DG_REFUSAL_CLOSED : DG_REFUSAL_OTHER;
	size_t first, end;

	dg_servers_of(s, &row->key.server, row->key.family, &first, &end);
	for (size_t i = first; i < end; i++) {
		struct dg_counts c = dg_side_all(&s->servers[i].all);

		if (c.outcomes[DG_OUTCOME_ICMP_ERROR] == 0 || out->by_server[i] >= refusal)
			continue;
		out->by_server[i] = refusal;
		out->row[i] = row;
	}
}

int
dg_refusals_make(const struct dg_summary *s, struct dg_refusals *out)
{
	*out = (struct dg_refusals){
	    calloc(s->server_count + 1, sizeof *out->by_server),
	    calloc(s->server_count + 1, sizeof(*out->row)),
	};
	if (out->by_server == NULL || out->row == NULL) {
		dg_refusals_fini(out);
		return DNSGAP_ENOMEM;
	}
	for (size_t i = 0; i < s->icmp_count; i++) {
		if (dg_icmp_row_refuses_query(s->icmp[i]))
			note_row(s, s->icmp[i], out);
	}
	for (size_t i = 0; i < s->server_count; i++) {
		struct dg_counts c = dg_side_all(&s->servers[i].sides[DG_SIDE_TCP]);

		if (c.outcomes[DG_OUTCOME_TCP_REFUSED] > 0 &&
		    out->by_server[i] == DG_REFUSAL_NONE)
			out->by_server[i] = DG_REFUSAL_CLOSED;
	}
	return 0;
}

void
dg_refusals_fini(struct dg_refusals *r)
{
	free(r->by_server);
	free(r->row);
	*r = (struct dg_refusals){0};
}
