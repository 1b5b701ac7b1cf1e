/*
 * tally.c - counting transactions and ICMP errors.
 *
 * Rows are bounded; what finds no row is summed in the `other` counts, so that
 * servers and clients still sum to the transactions.
 */
#include "tally/tally.h"

#include <stdlib.h>

#include "base/limits.h"
#include "dnsgap/error.h"

_Static_assert(sizeof(struct dg_server_key) == 20, "hashed as it lies");
_Static_assert(sizeof(struct dg_client_key) == 20, "hashed as it lies");
_Static_assert(sizeof(struct dg_icmp_key) == 36, "hashed as it lies");

void
dg_tally_init(struct dg_tally *t, const struct dg_hash_key *secret)
{
	*t = (struct dg_tally){0};
	dg_map_init(&t->servers, sizeof(struct dg_server_key), sizeof(struct dg_server_row),
	    DG_SERVERS_MAX, secret);
	dg_map_init(&t->clients, sizeof(struct dg_client_key), sizeof(struct dg_client_row),
	    DG_CLIENTS_MAX, secret);
	dg_map_init(&t->icmp, sizeof(struct dg_icmp_key), sizeof(struct dg_icmp_row),
	    DG_ICMP_ROWS_MAX, secret);
}

void
dg_tally_fini(struct dg_tally *t)
{
	for (int s = 0; s < DG_SIDE_COUNT; s++)
		dg_side_fini(&t->sides[s]);
	dg_side_fini(&t->other_servers);
	for (uint32_t i = 0; i < t->servers.count; i++) {
		struct dg_server_row *row = t->servers.rows[i];

		for (int s = 0; s < DG_SIDE_COUNT; s++) {
			if (row->sides[s] != NULL)
				dg_side_fini(row->sides[s]);
			free(row->sides[s]);
		}
		dg_zones_fini(&row->zones);
	}
	for (uint32_t i = 0; i < t->clients.count; i++) {
		struct dg_client_row *row = t->clients.rows[i];

		dg_portset_fini(&row->ports);
	}
	dg_map_fini(&t->servers);
	dg_map_fini(&t->clients);
	dg_map_fini(&t->icmp);
}

static int
count_server(struct dg_tally *t, enum dg_side_name side, const struct dg_transaction *x)
{
	struct dg_server_key key = {
	    .address = x->flow.server, .port = x->flow.server_port, .family = x->flow.family};
	struct dg_server_row *row = dg_map_add(&t->servers, &key);
	int error = 0;

	if (row == NULL)
		return dg_map_is_full(&t->servers) ? dg_side_add(&t->other_servers, x)
						   : DNSGAP_ENOMEM;
	if (row->sides[side] == NULL) {
		row->sides[side] = calloc(1, sizeof *row->sides[side]);
		if (row->sides[side] == NULL)
			return DNSGAP_ENOMEM;
	}
	if (x->qname != NULL)
		error = dg_zones_add(&row->zones, x->qname, x->qname_length);
	return error != 0 ? error : dg_side_add(row->sides[side], x);
}

static int
count_client(struct dg_tally *t, const struct dg_transaction *x)
{
	struct dg_client_key key = {.address = x->flow.client, .family = x->flow.family};
	struct dg_client_row *row = dg_map_add(&t->clients, &key);
	uint16_t port = x->flow.client_port;
	uint64_t square = (uint64_t)port * port;

	if (row == NULL) {
		if (!dg_map_is_full(&t->clients))
			return DNSGAP_ENOMEM;
		t->other_clients[x->outcome]++;
		return 0;
	}
	if (row->ports.count == 0 || port < row->lowest)
		row->lowest = port;
	if (port > row->highest)
		row->highest = port;
	row->outcomes[x->outcome]++;
	row->port_sum += port;
	row->square_sum += square;
	row->square_carry += row->square_sum < square;
	return dg_portset_add(&row->ports, port);
}

int
dg_tally_transaction(void *context, const struct dg_transaction *x)
{
	struct dg_tally *t = context;
	enum dg_side_name side = x->flow.transport == DG_TRANSPORT_TCP ? DG_SIDE_TCP : DG_SIDE_UDP;
	int error = dg_side_add(&t->sides[side], x);

	if (error == 0)
		error = count_server(t, side, x);
	if (error == 0)
		error = count_client(t, x);
	return error;
}

int
dg_tally_icmp(void *context, const struct dg_icmp_event *e)
{
	struct dg_tally *t = context;
	struct dg_icmp_key key = {
	    .sender = e->sender,
	    .server = e->flow.server,
	    .family = e->flow.family,
	    .type = e->type,
	    .code = e->code,
	    .about = (uint8_t)e->about,
	};
	struct dg_icmp_row *row = dg_map_add(&t->icmp, &key);

	if (row == NULL) {
		if (!dg_map_is_full(&t->icmp))
			return DNSGAP_ENOMEM;
		t->other_icmp++;
		return 0;
	}
	row->count++;
	row->unmatched += !e->is_matched;
	if (e->is_first)
		row->transactions[dg_range_of(e->flow.client_port)]++;
	return 0;
}
