/*
 * tally.c - what is counted beside transactions: datagrams in fragments, options,
 * and servers of which only replies are seen.
 */
#include "tally/tally.h"

#include "rows.h"
#include "tally/summary.h"

static const struct dg_hash_key secret = {3, 4};

static struct dg_addr
address(unsigned last)
{
	struct dg_addr a = {{192, 0, 2, 0}};

	a.bytes[3] = (uint8_t)last;
	return a;
}

struct row {
	const char *name;
	struct dg_frag_datagram datagram;
	bool is_counted;
	enum dg_pieces_about about;
	uint16_t port;
};

static const struct row rows[] = {
    {"from a server: about a reply",
	{.has_first = true, .has_ports = true, .source_port = 53, .destination_port = 4000},
	true, DG_PIECES_REPLY, 53},
    {"to a server: about a query",
	{.has_first = true, .has_ports = true, .source_port = 4000, .destination_port = 5353},
	true, DG_PIECES_QUERY, 5353},
    {"between two server ports, QR set: about a reply",
	{.has_first = true,
	    .has_ports = true,
	    .source_port = 53,
	    .destination_port = 5353,
	    .qr = 1},
	true, DG_PIECES_REPLY, 53},
    {"between two server ports, QR not set: about a query",
	{.has_first = true,
	    .has_ports = true,
	    .source_port = 53,
	    .destination_port = 5353,
	    .qr = 0},
	true, DG_PIECES_QUERY, 5353},
    {"between two server ports, QR not there: about a query",
	{.has_first = true,
	    .has_ports = true,
	    .source_port = 53,
	    .destination_port = 5353,
	    .qr = -1},
	true, DG_PIECES_QUERY, 5353},
    {"the first fragment was never seen: about nobody knows what", {.has_first = false}, true,
	DG_PIECES_UNKNOWN, 0},
    {"without a server port: not counted",
	{.has_first = true, .has_ports = true, .source_port = 4000, .destination_port = 4001},
	false, DG_PIECES_UNKNOWN, 0},
    {"without ports: not counted", {.has_first = true}, false, DG_PIECES_UNKNOWN, 0},
};

/* An incomplete one may lack what was lost here; any other end is certain. */
static void
test_datagram_at_loss(void **state)
{
	struct dg_server_ports ports = {{0}};
	struct dg_tally t;

	(void)state;
	dg_server_ports_add(&ports, 53);
	dg_tally_init(&t, &secret);
	for (unsigned end = 0; end < DG_FRAG_END_COUNT; end++) {
		struct dg_frag_datagram d = {.sender = address(1),
		    .family = DG_FAMILY_IP4,
		    .end = end,
		    .is_at_loss = true};

		assert_int_equal(dg_tally_datagram(&t, &d, &ports), 0);
	}
	assert_int_equal(t.pieces.count, 1);
	for (unsigned end = 0; end < DG_FRAG_END_COUNT; end++) {
		const struct dg_pieces_row *row = t.pieces.rows[0];

		assert_int_equal(row->ends[end], end != DG_FRAG_INCOMPLETE);
	}
	dg_tally_fini(&t);
}

static void
test_datagram(void **state)
{
	const struct row *row = *state;
	struct dg_server_ports ports = {{0}};

	dg_server_ports_add(&ports, 53);
	dg_server_ports_add(&ports, 5353);
	for (unsigned end = 0; end < DG_FRAG_END_COUNT; end++) {
		struct dg_frag_datagram d = row->datagram;
		const struct dg_pieces_row *counted;
		struct dg_tally t;

		dg_tally_init(&t, &secret);
		d.sender = address(1);
		d.family = DG_FAMILY_IP4;
		d.end = end;
		assert_int_equal(dg_tally_datagram(&t, &d, &ports), 0);
		assert_int_equal(dg_tally_datagram(&t, &d, &ports), 0);
		assert_int_equal(t.pieces.count, row->is_counted);
		if (row->is_counted) {
			counted = t.pieces.rows[0];
			assert_int_equal(counted->key.about, row->about);
			assert_int_equal(counted->key.port, row->port);
			for (unsigned other = 0; other < DG_FRAG_END_COUNT; other++)
				assert_true(counted->ends[other] == (other == end ? 2 : 0));
		}
		dg_tally_fini(&t);
	}
}

static void
tell_transaction(struct dg_tally *t, unsigned server, enum dg_outcome outcome)
{
	struct dg_transaction x = {.outcome = outcome,
	    .has_reply = outcome == DG_OUTCOME_ANSWERED,
	    .flow = {.client = address(200),
		.server = address(server),
		.client_port = 4000,
		.server_port = 53,
		.family = DG_FAMILY_IP4,
		.transport = DG_TRANSPORT_UDP}};

	assert_int_equal(dg_tally_transaction(t, &x), 0);
}

static void
tell_orphan(struct dg_tally *t, unsigned server, unsigned port)
{
	struct dg_flow flow = {.server = address(server),
	    .server_port = (uint16_t)port,
	    .family = DG_FAMILY_IP4,
	    .transport = DG_TRANSPORT_UDP};

	assert_int_equal(dg_tally_orphan(t, &flow), 0);
}

static void
test_one_way_servers(void **state)
{
	struct dg_summary *s;
	struct dg_tally t;

	(void)state;
	dg_tally_init(&t, &secret);
	for (unsigned server = 10; server < 30; server += 2)
		tell_transaction(&t, server, DG_OUTCOME_ANSWERED);
	tell_orphan(&t, 27, 53);
	tell_orphan(&t, 12, 53);
	tell_orphan(&t, 12, 5353);
	tell_orphan(&t, 9, 53);
	tell_orphan(&t, 27, 53);
	assert_int_equal(dg_tally_flush(&t), 0);
	assert_int_equal(dg_summary_make(&t, &s), 0);
	assert_int_equal(s->one_way_count, 2);
	assert_int_equal(s->one_way_servers[0]->key.address.bytes[3], 9);
	assert_int_equal(s->one_way_servers[1]->key.address.bytes[3], 27);
	assert_true(s->one_way_servers[1]->count == 2);
	dg_summary_free(s);
	dg_tally_fini(&t);
}

static void
test_edns(void **state)
{
	struct dg_server_key key = {.address = address(7), .port = 53, .family = DG_FAMILY_IP4};
	struct dg_edns e = {.ede = {22}, .ede_count = 1, .has_cookie = true};
	struct dg_summary *s;
	struct dg_tally t;

	(void)state;
	dg_tally_init(&t, &secret);
	assert_int_equal(dg_tally_edns(&t, &key, &e), 0);
	tell_transaction(&t, 7, DG_OUTCOME_ANSWERED);
	tell_transaction(&t, 8, DG_OUTCOME_ANSWERED);
	assert_int_equal(dg_tally_flush(&t), 0);
	assert_int_equal(dg_tally_edns(&t, &key, &e), 0);
	assert_int_equal(dg_summary_make(&t, &s), 0);
	assert_int_equal(s->server_count, 2);
	assert_non_null(s->servers[0].options);
	assert_int_equal(s->servers[0].options->ede[0].code, 22);
	assert_true(s->servers[0].options->ede[0].count == 2);
	assert_true(s->servers[0].options->cookies == 2);
	assert_null(s->servers[1].options);
	dg_summary_free(s);
	dg_tally_fini(&t);
}

/* The tally hears of a reply's options before its transaction is over. */
static void
test_edns_first(void **state)
{
	struct dg_edns e = {.has_cookie = true};
	struct dg_tally t;

	(void)state;
	dg_tally_init(&t, &secret);
	for (unsigned server = 1; server < 4; server++) {
		struct dg_server_key key = {
		    .address = address(server), .port = 53, .family = DG_FAMILY_IP4};

		assert_int_equal(dg_tally_edns(&t, &key, &e), 0);
	}
	for (unsigned server = 1; server < 4; server++)
		tell_transaction(&t, server, DG_OUTCOME_ANSWERED);
	assert_int_equal(dg_tally_flush(&t), 0);
	assert_int_equal(t.trials.count, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(t.trials.rows[i].server, i);
		for (unsigned k = 0; k < i; k++)
			assert_int_not_equal(t.trials.rows[i].mark, t.trials.rows[k].mark);
	}
	dg_tally_fini(&t);
}

/* Sender, then port with none first, then what it is about. */
static void
test_order(void **state)
{
	static const struct {
		unsigned sender;
		uint16_t source;
		uint16_t destination;
	} told[] = {{2, 53, 9}, {1, 9, 5353}, {1, 5353, 9}, {1, 53, 9}, {1, 0, 0}, {2, 0, 0}};
	static const struct {
		unsigned sender;
		uint16_t port;
		enum dg_pieces_about about;
	} wanted[] = {{1, 0, DG_PIECES_UNKNOWN}, {1, 53, DG_PIECES_REPLY},
	    {1, 5353, DG_PIECES_QUERY}, {1, 5353, DG_PIECES_REPLY}, {2, 0, DG_PIECES_UNKNOWN},
	    {2, 53, DG_PIECES_REPLY}};
	struct dg_server_ports ports = {{0}};
	struct dg_summary *s;
	struct dg_tally t;

	(void)state;
	dg_server_ports_add(&ports, 53);
	dg_server_ports_add(&ports, 5353);
	dg_tally_init(&t, &secret);
	for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
		struct dg_frag_datagram d = {.sender = address(told[i].sender),
		    .family = DG_FAMILY_IP4,
		    .has_first = told[i].source != 0,
		    .has_ports = told[i].source != 0,
		    .source_port = told[i].source,
		    .destination_port = told[i].destination};

		assert_int_equal(dg_tally_datagram(&t, &d, &ports), 0);
	}
	assert_int_equal(dg_summary_make(&t, &s), 0);
	assert_int_equal(s->piece_count, sizeof wanted / sizeof *wanted);
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		const struct dg_pieces_key *k = &s->pieces[i]->key;

		assert_int_equal(k->sender.bytes[3], wanted[i].sender);
		assert_int_equal(k->port, wanted[i].port);
		assert_int_equal(k->about, wanted[i].about);
	}
	dg_summary_free(s);
	dg_tally_fini(&t);
}

static void
test_rows_bound(void **state)
{
	struct dg_server_ports ports = {{0}};
	struct dg_summary *s;
	struct dg_tally t;

	(void)state;
	dg_tally_init(&t, &secret);
	for (unsigned i = 0; i < DG_FRAGMENT_ROWS_MAX + 3; i++) {
		struct dg_frag_datagram d = {.family = DG_FAMILY_IP4};

		memcpy(d.sender.bytes, &i, sizeof i);
		assert_int_equal(dg_tally_datagram(&t, &d, &ports), 0);
	}
	assert_int_equal(dg_summary_make(&t, &s), 0);
	assert_int_equal(s->piece_count, DG_FRAGMENT_ROWS_MAX);
	assert_true(s->other_pieces == 3);
	assert_true(s->limits_hit[DG_LIMIT_FRAGMENT_ROWS]);
	dg_summary_free(s);
	dg_tally_fini(&t);
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		rows_add(&r, rows_name("a datagram in fragments %s", rows[i].name),
		    test_datagram, &rows[i]);
	rows_add(&r, "incomplete while frames were lost, it is not counted",
	    test_datagram_at_loss, NULL);
	rows_add(&r, "rows of fragments are sorted", test_order, NULL);
	rows_add(&r, "rows of fragments are bounded, and what is lost is counted",
	    test_rows_bound, NULL);
	rows_add(&r, "servers of which replies only are seen are told, those asked are not",
	    test_one_way_servers, NULL);
	rows_add(
	    &r, "options are a server's, before and after its transactions", test_edns, NULL);
	rows_add(&r, "servers whose options come first are told apart by trials",
	    test_edns_first, NULL);
	return rows_run(&r, "tally");
}
