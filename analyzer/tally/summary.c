/*
 * summary.c - a tally, frozen and put in order.
 */
#include "tally/summary.h"

#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "dnsgap/error.h"

static const char *const limit_names[DG_LIMIT_COUNT] = {
    [DG_LIMIT_TRANSACTIONS] = "max_transactions",
    [DG_LIMIT_SAME_ID] = "max_same_id",
    [DG_LIMIT_SERVERS] = "max_servers",
    [DG_LIMIT_CLIENTS] = "max_clients",
    [DG_LIMIT_ICMP] = "max_icmp_rows",
    [DG_LIMIT_CONNECTIONS] = "max_connections",
    [DG_LIMIT_FRAGMENTS] = "max_fragments",
    [DG_LIMIT_FRAGMENT_ROWS] = "max_fragment_rows",
    [DG_LIMIT_FLOW_LOOKS] = "max_flow_looks",
};

const char *
dg_limit_name(enum dg_limit limit)
{
	return limit_names[limit];
}

bool
dg_summary_hides_fragments(const struct dg_summary *s)
{
	const struct dg_frag_stats *f = &s->quality.fragments;
	bool has_first = false;

	for (size_t i = 0; i < s->piece_count; i++) {
		if (s->pieces[i]->key.about == DG_PIECES_UNKNOWN)
			return false;
		has_first = true;
	}
	return has_first && f->ends[DG_FRAG_WHOLE] + f->ends[DG_FRAG_REFUSED] == 0 &&
	    f->fragments - f->duplicates == f->datagrams;
}

struct dg_ratio
dg_ratio_make(const struct dg_counts *c)
{
	struct dg_ratio r = {
	    .reached = dg_counts_reached(c),
	    .decided = dg_counts_decided(c),
	};

	if (r.decided > 0)
		r.value = (double)r.reached / (double)r.decided;
	r.interval = dg_interval_jeffreys(r.reached, r.decided);
	return r;
}

/* One direction only, for all that can be known: silence says nothing. */
static bool
find_one_way(const struct dg_tally *t, const struct dg_counts *all)
{
	const struct dg_message_ledger *m = &t->quality.correlate.messages;
	uint64_t replies = m->replies + m->orphan_replies + m->duplicate_replies;
	struct dg_history history = dg_tally_history(t);

	if (all->transactions == 0)
		return replies > 0 && !history.saw_queries;
	return !history.saw_replies;
}

static void
forgive(uint64_t outcomes[DG_OUTCOME_COUNT])
{
	outcomes[DG_OUTCOME_UNDECIDED] +=
	    outcomes[DG_OUTCOME_UNANSWERED] + outcomes[DG_OUTCOME_TCP_NO_CONNECTION];
	outcomes[DG_OUTCOME_UNANSWERED] = outcomes[DG_OUTCOME_TCP_NO_CONNECTION] = 0;
}

static void
forgive_side(struct dg_side *side)
{
	for (int p = 0; p < DG_PART_COUNT; p++)
		forgive(side->outcomes[p]);
}

static int
make_server(struct dg_server_summary *server, const struct dg_server_row *row)
{
	int error = 0;

	server->key = row->key;
	server->zones = &row->zones;
	server->examples = &row->examples;
	server->options = row->options;
	server->number = row->number;
	for (int s = 0; s < DG_SIDE_COUNT; s++) {
		server->has_side[s] = row->sides[s] != NULL;
		if (server->has_side[s])
			server->sides[s] = *row->sides[s];
	}
	if (!server->has_side[DG_SIDE_TCP]) {
		server->all = server->sides[DG_SIDE_UDP];
		return 0;
	}
	server->owns_all = true;
	for (int s = 0; error == 0 && s < DG_SIDE_COUNT; s++) {
		if (server->has_side[s])
			error = dg_side_merge(&server->all, &server->sides[s]);
	}
	return error;
}

static void
make_client(struct dg_client_summary *client, const struct dg_client_row *row)
{
	client->key = row->key;
	client->number = row->number;
	client->profile = dg_profile_make(row);
	client->asked_again = row->asked_again;
	client->counts.transactions = client->profile.transactions;
	memcpy(client->counts.outcomes, row->outcomes, sizeof row->outcomes);
}

static int
compare_servers(const void *a, const void *b)
{
	const struct dg_server_key *x = &((const struct dg_server_summary *)a)->key;
	const struct dg_server_key *y = &((const struct dg_server_summary *)b)->key;
	int order = dg_addr_compare(&x->address, x->family, &y->address, y->family);

	return order != 0 ? order : (int)x->port - (int)y->port;
}

static int
compare_clients(const void *a, const void *b)
{
	const struct dg_client_key *x = &((const struct dg_client_summary *)a)->key;
	const struct dg_client_key *y = &((const struct dg_client_summary *)b)->key;

	return dg_addr_compare(&x->address, x->family, &y->address, y->family);
}

static int
compare_icmp(const void *a, const void *b)
{
	const struct dg_icmp_key *x = &(*(const struct dg_icmp_row *const *)a)->key;
	const struct dg_icmp_key *y = &(*(const struct dg_icmp_row *const *)b)->key;
	int order = dg_addr_compare(&x->sender, x->family, &y->sender, y->family);

	if (order == 0)
		order = (int)x->type - (int)y->type;
	if (order == 0)
		order = (int)x->code - (int)y->code;
	if (order == 0)
		order = (int)x->about - (int)y->about;
	return order != 0 ? order : memcmp(&x->server, &y->server, sizeof x->server);
}

static int
compare_pieces(const void *a, const void *b)
{
	const struct dg_pieces_key *x = &(*(const struct dg_pieces_row *const *)a)->key;
	const struct dg_pieces_key *y = &(*(const struct dg_pieces_row *const *)b)->key;
	int order = dg_addr_compare(&x->sender, x->family, &y->sender, y->family);
	bool is_known_x = x->about != DG_PIECES_UNKNOWN;
	bool is_known_y = y->about != DG_PIECES_UNKNOWN;

	if (order == 0)
		order = (int)is_known_x - (int)is_known_y;
	if (order == 0)
		order = (int)x->port - (int)y->port;
	return order != 0 ? order : (int)x->about - (int)y->about;
}

static int
compare_orphans(const void *a, const void *b)
{
	const struct dg_client_key *x = &(*(const struct dg_orphan_row *const *)a)->key;
	const struct dg_client_key *y = &(*(const struct dg_orphan_row *const *)b)->key;

	return dg_addr_compare(&x->address, x->family, &y->address, y->family);
}

/* Whether any of the servers, which are sorted, has the address. */
static bool
was_asked(const struct dg_summary *s, const struct dg_client_key *key)
{
	size_t first = 0, end = s->server_count;

	while (first < end) {
		size_t middle = first + (end - first) / 2;
		const struct dg_server_key *server = &s->servers[middle].key;
		int order = dg_addr_compare(
		    &server->address, server->family, &key->address, key->family);

		if (order == 0)
			return true;
		if (order < 0)
			first = middle + 1;
		else
			end = middle;
	}
	return false;
}

/* Servers without a row may have been asked: then nobody can tell. */
static int
fill_one_way(struct dg_summary *s, const struct dg_tally *t)
{
	s->one_way_servers = calloc(t->orphans.count + 1u, sizeof(*s->one_way_servers));
	if (s->one_way_servers == NULL)
		return DNSGAP_ENOMEM;
	if (dg_map_is_full(&t->servers))
		return 0;
	for (uint32_t i = 0; i < t->orphans.count; i++) {
		const struct dg_orphan_row *row = t->orphans.rows[i];

		if (!row->was_asked && !was_asked(s, &row->key))
			s->one_way_servers[s->one_way_count++] = row;
	}
	qsort(
	    s->one_way_servers, s->one_way_count, sizeof(*s->one_way_servers), compare_orphans);
	return 0;
}

static int
fill_lists(struct dg_summary *s, const struct dg_tally *t)
{
	s->servers = calloc(t->servers.count + 1u, sizeof *s->servers);
	s->clients = calloc(t->clients.count + 1u, sizeof *s->clients);
	s->icmp = calloc(t->icmp.count + 1u, sizeof(*s->icmp));
	s->pieces = calloc(t->pieces.count + 1u, sizeof(*s->pieces));
	if (s->servers == NULL || s->clients == NULL || s->icmp == NULL || s->pieces == NULL)
		return DNSGAP_ENOMEM;
	for (uint32_t i = 0; i < t->servers.count; i++) {
		int error = make_server(&s->servers[s->server_count++], t->servers.rows[i]);

		if (error != 0)
			return error;
	}
	for (uint32_t i = 0; i < t->clients.count; i++)
		make_client(&s->clients[s->client_count++], t->clients.rows[i]);
	for (uint32_t i = 0; i < t->icmp.count; i++)
		s->icmp[s->icmp_count++] = t->icmp.rows[i];
	for (uint32_t i = 0; i < t->pieces.count; i++)
		s->pieces[s->piece_count++] = t->pieces.rows[i];
	qsort(s->servers, s->server_count, sizeof *s->servers, compare_servers);
	qsort(s->clients, s->client_count, sizeof *s->clients, compare_clients);
	qsort(s->icmp, s->icmp_count, sizeof(*s->icmp), compare_icmp);
	qsort(s->pieces, s->piece_count, sizeof(*s->pieces), compare_pieces);
	return fill_one_way(s, t);
}

static void
forgive_all(struct dg_summary *s)
{
	forgive_side(&s->all);
	forgive_side(&s->other_servers);
	forgive(s->other_clients.outcomes);
	for (size_t i = 0; i < s->server_count; i++) {
		forgive_side(&s->servers[i].all);
		for (int side = 0; side < DG_SIDE_COUNT; side++)
			forgive_side(&s->servers[i].sides[side]);
	}
	for (size_t i = 0; i < s->client_count; i++)
		forgive(s->clients[i].counts.outcomes);
}

static void
note_limits(struct dg_summary *s)
{
	const struct dg_correlate_stats *c = &s->quality.correlate;

	s->limits_hit[DG_LIMIT_TRANSACTIONS] = c->evicted_transactions + c->retries_evicted +
		c->messages.evicted - c->waiting_refused >
	    0;
	s->limits_hit[DG_LIMIT_SAME_ID] =
	    c->evicted_same_id + c->retries_dropped + c->waiting_refused > 0;
	s->limits_hit[DG_LIMIT_SERVERS] = dg_side_all(&s->other_servers).transactions > 0;
	s->limits_hit[DG_LIMIT_CLIENTS] = s->other_clients.transactions > 0;
	s->limits_hit[DG_LIMIT_ICMP] = s->other_icmp > 0;
	s->limits_hit[DG_LIMIT_CONNECTIONS] = s->quality.tcp.evicted > 0;
	s->limits_hit[DG_LIMIT_FRAGMENTS] = s->quality.fragments.evicted > 0;
	s->limits_hit[DG_LIMIT_FRAGMENT_ROWS] = s->other_pieces > 0;
	s->limits_hit[DG_LIMIT_FLOW_LOOKS] = c->icmp_cut_short > 0;
}

/* Silence in one direction only says nothing of ports. */
static int
fill_trials(struct dg_summary *s, const struct dg_tally *t)
{
	uint32_t *servers = calloc(s->server_count + 1, sizeof *servers);
	uint32_t *clients = calloc(s->client_count + 1, sizeof *clients);

	s->trial_bin_log2 = t->trials.bin_log2;
	s->trial_sample_log2 = t->trials.sample_log2;
	for (uint32_t i = 0; servers != NULL && i < s->server_count; i++)
		servers[s->servers[i].number] = i;
	for (uint32_t i = 0; clients != NULL && i < s->client_count; i++)
		clients[s->clients[i].number] = i;
	if (servers != NULL && clients != NULL)
		s->trials = dg_trials_sorted(&t->trials, servers, clients);
	s->trial_bytes = dg_trials_bytes(&t->trials);
	free(servers);
	free(clients);
	if (s->trials == NULL)
		return DNSGAP_ENOMEM;
	s->trial_count = s->is_one_way ? 0 : t->trials.count;
	return 0;
}

int
dg_summary_make(const struct dg_tally *t, struct dg_summary **out)
{
	struct dg_summary *s = calloc(1, sizeof *s);
	struct dg_counts all;
	int error = 0;

	if (s == NULL)
		return DNSGAP_ENOMEM;
	error = fill_lists(s, t);
	for (size_t i = 0; error == 0 && i < s->server_count; i++)
		error = dg_side_merge(&s->all, &s->servers[i].all);
	if (error == 0)
		error = dg_side_merge(&s->all, &t->other_servers);
	if (error != 0) {
		dg_summary_free(s);
		return error;
	}
	s->other_servers = t->other_servers;
	memcpy(s->other_clients.outcomes, t->other_clients, sizeof t->other_clients);
	for (int o = 0; o < DG_OUTCOME_COUNT; o++)
		s->other_clients.transactions += t->other_clients[o];
	s->other_icmp = t->other_icmp;
	s->other_pieces = t->other_pieces;
	s->quality = t->quality;
	s->failures = &t->failures;
	note_limits(s);
	all = dg_side_all(&s->all);
	s->is_one_way = find_one_way(t, &all);
	if (s->is_one_way)
		forgive_all(s);
	if (fill_trials(s, t) != 0) {
		dg_summary_free(s);
		return DNSGAP_ENOMEM;
	}
	*out = s;
	return 0;
}

void
dg_summary_free(struct dg_summary *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; s->servers != NULL && i < s->server_count; i++) {
		if (s->servers[i].owns_all)
			dg_side_fini(&s->servers[i].all);
	}
	dg_side_fini(&s->all);
	free(s->servers);
	free(s->clients);
	free(s->icmp);
	free(s->pieces);
	free(s->one_way_servers);
	dg_pages_free(s->trials, s->trial_bytes);
	free(s);
}
