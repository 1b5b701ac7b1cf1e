/*
 * tally.c - counting transactions and ICMP errors.
 *
 * Rows are bounded; what finds no row is summed in the `other` counts, so that
 * servers and clients still sum to the transactions.
 */
#include "tally/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/copy.h"
#include "base/limits.h"
#include "dnsgap/error.h"

_Static_assert(sizeof(struct dg_server_key) == 20, "hashed as it lies");
_Static_assert(sizeof(struct dg_client_key) == 20, "hashed as it lies");
_Static_assert(sizeof(struct dg_icmp_key) == 36, "hashed as it lies");
_Static_assert(sizeof(struct dg_pieces_key) == 20, "hashed as it lies");

void
dg_tally_init(struct dg_tally *t, const struct dg_hash_key *secret)
{
	const uint64_t secrets[2] = {secret->k0, secret->k1};

	*t = (struct dg_tally){0};
	dg_trials_init(&t->trials, DG_TRIALS_MAX, secrets);
	dg_failures_init(&t->failures, DG_FAILURES_MAX);
	dg_map_init(&t->servers, sizeof(struct dg_server_key), sizeof(struct dg_server_row),
	    DG_SERVERS_MAX, secret);
	dg_map_init(&t->clients, sizeof(struct dg_client_key), sizeof(struct dg_client_row),
	    DG_CLIENTS_MAX, secret);
	dg_map_init(&t->icmp, sizeof(struct dg_icmp_key), sizeof(struct dg_icmp_row),
	    DG_ICMP_ROWS_MAX, secret);
	dg_map_init(&t->pieces, sizeof(struct dg_pieces_key), sizeof(struct dg_pieces_row),
	    DG_FRAGMENT_ROWS_MAX, secret);
	dg_map_init(&t->orphans, sizeof(struct dg_client_key), sizeof(struct dg_orphan_row),
	    DG_ORPHAN_SERVERS_MAX, secret);
}

void
dg_tally_fini(struct dg_tally *t)
{
	dg_side_fini(&t->other_servers);
	for (uint32_t i = 0; i < t->servers.count; i++) {
		struct dg_server_row *row = t->servers.rows[i];

		for (int s = 0; s < DG_SIDE_COUNT; s++) {
			if (row->sides[s] != NULL)
				dg_side_fini(row->sides[s]);
			free(row->sides[s]);
		}
		dg_zones_fini(&row->zones);
		dg_examples_fini(&row->examples);
		if (row->options != NULL)
			dg_options_fini(row->options);
		free(row->options);
	}
	for (uint32_t i = 0; i < t->clients.count; i++) {
		struct dg_client_row *row = t->clients.rows[i];

		dg_portset_fini(&row->ports);
	}
	dg_trials_fini(&t->trials);
	dg_failures_fini(&t->failures);
	dg_map_fini(&t->servers);
	dg_map_fini(&t->clients);
	dg_map_fini(&t->icmp);
	dg_map_fini(&t->pieces);
	dg_map_fini(&t->orphans);
}

static enum dg_side_name
side_of(const struct dg_transaction *x)
{
	return x->flow.transport == DG_TRANSPORT_TCP ? DG_SIDE_TCP : DG_SIDE_UDP;
}

static int
count_server(struct dg_tally *t, struct dg_server_row *row, const struct dg_transaction *x)
{
	enum dg_side_name side = side_of(x);
	int error = 0;

	if (row == NULL)
		return dg_side_add(&t->other_servers, x);
	if (x->qname != NULL)
		error = dg_zones_add(&row->zones, x->qname, x->qname_length);
	if (error == 0)
		error = dg_examples_add(&row->examples, x);
	return error != 0 ? error : dg_side_add(row->sides[side], x);
}

static int
count_client(struct dg_tally *t, struct dg_client_row *row, const struct dg_transaction *x)
{
	uint16_t port = x->flow.client_port;
	uint64_t square = (uint64_t)port * port;

	if (row == NULL) {
		t->other_clients[x->outcome]++;
		return 0;
	}
	if (!row->has_ports || port < row->lowest)
		row->lowest = port;
	if (port > row->highest)
		row->highest = port;
	row->has_ports = true;
	row->outcomes[x->outcome]++;
	row->port_sum += port;
	row->asked_again += x->resends_after_reply > 0;
	row->square_sum += square;
	row->square_carry += row->square_sum < square;
	return dg_portset_add(&row->ports, port);
}

/* Marks are the same in every run, for they decide what is kept of too many trials. */
static uint32_t
mark_of(const void *key, size_t size)
{
	static const struct dg_hash_key fixed = {
	    UINT64_C(0x646e736761702074), UINT64_C(0x7269616c206d6172)};

	return (uint32_t)dg_hash(&fixed, key, size);
}

/* The row of a server, made if there is none: whoever asks first, it has its number. */
static struct dg_server_row *
server_row(struct dg_tally *t, const struct dg_server_key *key, uint64_t hash)
{
	uint32_t count = t->servers.count;
	struct dg_server_row *row = dg_map_add_hashed(&t->servers, key, hash);

	if (row != NULL && t->servers.count > count) {
		row->number = count;
		row->mark = mark_of(key, sizeof *key);
	}
	return row;
}

static struct dg_client_row *
client_row(struct dg_tally *t, const struct dg_client_key *key, uint64_t hash)
{
	uint32_t count = t->clients.count;
	struct dg_client_row *row = dg_map_add_hashed(&t->clients, key, hash);

	if (row != NULL && t->clients.count > count) {
		row->number = count;
		row->mark = mark_of(key, sizeof *key);
	}
	return row;
}

struct dg_server_row *
dg_tally_server(struct dg_tally *t, const struct dg_server_key *key)
{
	return server_row(t, key, dg_map_prefetch(&t->servers, key));
}

struct dg_client_row *
dg_tally_client(struct dg_tally *t, const struct dg_client_key *key)
{
	return client_row(t, key, dg_map_prefetch(&t->clients, key));
}

static int
add_rows(struct dg_tally *t, struct dg_pending *p)
{
	p->server = server_row(t, &p->server_key, p->server_hash);
	p->client = client_row(t, &p->client_key, p->client_hash);
	if ((p->server == NULL && !dg_map_is_full(&t->servers)) ||
	    (p->client == NULL && !dg_map_is_full(&t->clients)))
		return DNSGAP_ENOMEM;
	return 0;
}

/* The same in every run; who makes two questions alike only makes them count as one. */
static uint32_t
hash_question(const struct dg_transaction *x)
{
	uint64_t hash = (uint64_t)x->qtype << 16 | x->qclass;
	uint64_t word = 0;
	size_t at = 0;

	if (x->qname == NULL)
		return 0;
	for (; at + sizeof word <= x->qname_length; at += sizeof word) {
		memcpy(&word, x->qname + at, sizeof word);
		hash = dg_hash_multiply(hash ^ word, UINT64_C(0xa0761d6478bd642f));
	}
	word = 0;
	memcpy(&word, x->qname + at, x->qname_length - at);
	hash = dg_hash_multiply(
	    hash ^ word ^ (uint64_t)x->qname_length << 56, UINT64_C(0xe7037ed1a0b428db));
	hash ^= hash >> 32;
	return (uint32_t)hash != 0 ? (uint32_t)hash : 1;
}

static bool
is_refused(const struct dg_transaction *x)
{
	return x->outcome == DG_OUTCOME_ICMP_ERROR || x->outcome == DG_OUTCOME_TCP_REFUSED ||
	    (x->outcome == DG_OUTCOME_TCP_RESET && !x->is_end_by_client);
}

/* Hash of both addresses and ports. */
static uint32_t
mark_of_trial(const struct dg_pending *p)
{
	const struct dg_flow *flow = &p->transaction.flow;
	uint64_t parties = (uint64_t)p->server->mark << 32 | p->client->mark;

	return (uint32_t)dg_hash_fold(
	    parties, (uint64_t)flow->transport << 16 | flow->client_port);
}

static void
make_trial(struct dg_tally *t, struct dg_pending *p)
{
	const struct dg_transaction *x = &p->transaction;
	const struct dg_flow *flow = &x->flow;
	bool is_reached = dg_outcome_is_reached(x->outcome);
	bool has_place = x->query_place.file <= UINT16_MAX;
	uint32_t mark;

	p->has_trial = false;
	if (p->server == NULL || p->client == NULL || x->outcome == DG_OUTCOME_UNDECIDED)
		return;
	mark = mark_of_trial(p);
	if (!dg_trials_take(&t->trials, mark))
		return;
	p->has_trial = true;
	p->trial = (struct dg_trial){
	    .time_ns = x->first_ns,
	    .question = hash_question(x),
	    .frame = has_place ? x->query_place.frame : 0,
	    .file = has_place ? (uint16_t)x->query_place.file : 0,
	    .port = flow->client_port,
	    .server = p->server->number,
	    .client = p->client->number,
	    .mark = mark,
	    .reached = is_reached,
	    .dead = !is_reached,
	    .refused = is_refused(x),
	    .transport = flow->transport,
	};
	p->trial_hash = dg_trials_prefetch(&t->trials, &p->trial);
}

/* The rows of a transaction; NULL where a table is full. */
static int
find_rows(struct dg_tally *t, struct dg_pending *p)
{
	enum dg_side_name side = side_of(&p->transaction);
	int error = add_rows(t, p);

	if (error != 0)
		return error;
	if (p->server != NULL && p->server->sides[side] == NULL) {
		p->server->sides[side] = calloc(1, sizeof(struct dg_side));
		if (p->server->sides[side] == NULL)
			return DNSGAP_ENOMEM;
	}
	if (p->client != NULL)
		dg_portset_prefetch(&p->client->ports, p->transaction.flow.client_port);
	if (p->server != NULL)
		dg_side_prefetch(p->server->sides[side], &p->transaction);
	make_trial(t, p);
	return 0;
}

DG_FETCH
prefetch_sets(const struct dg_tally *t, const struct dg_pending *p)
{
	const struct dg_side *side;

	if (p->has_trial)
		dg_trials_prefetch_row(&t->trials, p->trial_hash);
	if (p->server == NULL)
		return;
	side = p->server->sides[side_of(&p->transaction)];
	dg_portset_prefetch(&side->ports, p->transaction.flow.client_port);
	dg_hist_prefetch(&side->latency, (uint64_t)p->transaction.latency_ns);
}

/* A hash that was made in other bins is of no use. */
static int
add_trial(struct dg_tally *t, const struct dg_pending *p, unsigned bin_log2)
{
	if (t->trials.bin_log2 != bin_log2)
		return dg_trials_add(&t->trials, &p->trial);
	return dg_trials_add_hashed(&t->trials, &p->trial, p->trial_hash);
}

/*
 * Every step goes over the whole batch and fetches what the next one reads: a
 * transaction touches some ten lines of memory that are in no cache, and
 * waiting for them one after another would cost more than all the rest.
 */
int
dg_tally_flush(struct dg_tally *t)
{
	unsigned count = t->pending_count;
	unsigned bin_log2 = t->trials.bin_log2;
	int error = 0;

	t->pending_count = 0;
	for (unsigned i = 0; i < count; i++) {
		dg_map_prefetch_row(&t->servers, t->pending[i].server_hash);
		dg_map_prefetch_row(&t->clients, t->pending[i].client_hash);
	}
	for (unsigned i = 0; error == 0 && i < count; i++)
		error = find_rows(t, &t->pending[i]);
	for (unsigned i = 0; error == 0 && i < count; i++)
		prefetch_sets(t, &t->pending[i]);
	for (unsigned i = 0; error == 0 && i < count; i++) {
		const struct dg_pending *p = &t->pending[i];
		const struct dg_transaction *x = &p->transaction;

		error = count_server(t, p->server, x);
		if (error == 0)
			error = count_client(t, p->client, x);
		if (error == 0 && p->has_trial)
			error = add_trial(t, p, bin_log2);
		if (error == 0)
			error = dg_failures_add(&t->failures, x);
	}
	return error;
}

struct dg_transaction *
dg_tally_room(void *context)
{
	struct dg_tally *t = context;

	return &t->pending[t->pending_count].transaction;
}

int
dg_tally_transaction(void *context, const struct dg_transaction *x)
{
	struct dg_tally *t = context;
	struct dg_pending *p = &t->pending[t->pending_count++];

	if (x != &p->transaction)
		p->transaction = *x;
	if (x->qname != NULL) {
		dg_copy_bytes(p->qname, x->qname, x->qname_length);
		p->transaction.qname = p->qname;
	}
	p->server_key = (struct dg_server_key){
	    .address = x->flow.server, .port = x->flow.server_port, .family = x->flow.family};
	p->client_key =
	    (struct dg_client_key){.address = x->flow.client, .family = x->flow.family};
	p->server_hash = dg_map_prefetch(&t->servers, &p->server_key);
	p->client_hash = dg_map_prefetch(&t->clients, &p->client_key);
	return t->pending_count == DG_TALLY_BATCH ? dg_tally_flush(t) : 0;
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

int
dg_tally_edns(struct dg_tally *t, const struct dg_server_key *server, const struct dg_edns *e)
{
	struct dg_server_row *row = dg_tally_server(t, server);

	if (row == NULL)
		return dg_map_is_full(&t->servers) ? 0 : DNSGAP_ENOMEM;
	if (row->options == NULL) {
		row->options = calloc(1, sizeof *row->options);
		if (row->options == NULL)
			return DNSGAP_ENOMEM;
	}
	return dg_options_add(row->options, e);
}

int
dg_tally_datagram(
    void *context, const struct dg_frag_datagram *d, const struct dg_server_ports *server_ports)
{
	struct dg_tally *t = context;
	struct dg_pieces_key key = {.sender = d->sender, .family = d->family};
	struct dg_pieces_row *row;
	bool from_server, to_server;

	if (d->has_first && !d->has_ports)
		return 0;
	/* The rest of it may be among lost frames: that says nothing about its sender. */
	if (d->end == DG_FRAG_INCOMPLETE && d->is_at_loss)
		return 0;
	from_server = d->has_ports && dg_server_ports_has(server_ports, d->source_port);
	to_server = d->has_ports && dg_server_ports_has(server_ports, d->destination_port);
	if (d->has_ports && !from_server && !to_server)
		return 0;
	if (to_server && (!from_server || d->qr != 1)) {
		key.about = DG_PIECES_QUERY;
		key.port = d->destination_port;
	} else if (from_server) {
		key.about = DG_PIECES_REPLY;
		key.port = d->source_port;
	}
	row = dg_map_add(&t->pieces, &key);
	if (row == NULL && !dg_map_is_full(&t->pieces))
		return DNSGAP_ENOMEM;
	if (row == NULL)
		t->other_pieces++;
	else
		row->ends[d->end]++;
	return 0;
}

int
dg_tally_orphan(void *context, const struct dg_flow *flow)
{
	struct dg_tally *t = context;
	struct dg_client_key key = {.address = flow->server, .family = flow->family};
	struct dg_orphan_row *row = dg_map_add(&t->orphans, &key);

	if (row != NULL)
		row->count++;
	return row != NULL || dg_map_is_full(&t->orphans) ? 0 : DNSGAP_ENOMEM;
}

/* Matched or not: whatever speaks of a query came from the servers' side. */
static bool
has_query_errors(const struct dg_tally *t)
{
	for (uint32_t i = 0; i < t->icmp.count; i++) {
		const struct dg_icmp_row *row = t->icmp.rows[i];

		if (row->key.about == DG_ABOUT_QUERY)
			return true;
	}
	return t->other_icmp > 0;
}

struct dg_history
dg_tally_history(const struct dg_tally *t)
{
	const struct dg_message_ledger *m = &t->quality.correlate.messages;
	uint64_t replies = m->replies + m->orphan_replies + m->duplicate_replies;
	struct dg_history h = t->history;

	h.saw_queries |= m->queries > 0;
	h.saw_replies |=
	    replies > 0 || t->quality.tcp.server_segments > 0 || has_query_errors(t);
	return h;
}
