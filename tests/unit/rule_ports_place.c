/*
 * rule_ports_place.c - whom findings by port are about, where the fault is, what the
 * others saw, and the frames to look at.
 */
#include "world.h"

static const struct where_row {
	const char *name;
	enum dg_scope scope;
	enum dg_others other_servers;
	enum dg_others other_clients;
	unsigned dead_prefixes;
	enum dg_where where;
} where_rows[] = {
    {"other servers answer: near the server", DG_SCOPE_SERVER, DG_OTHERS_ALIVE,
	DG_OTHERS_UNTESTED, 1, DG_WHERE_NEAR_SERVER},
    {"other servers answer, two prefixes are silent: near the servers", DG_SCOPE_SERVER,
	DG_OTHERS_ALIVE, DG_OTHERS_DEAD, 2, DG_WHERE_NEAR_SERVER},
    {"no other server was asked: unknown", DG_SCOPE_SERVER, DG_OTHERS_UNTESTED, DG_OTHERS_DEAD,
	1, DG_WHERE_UNKNOWN},
    {"other servers are silent, too, in two prefixes: near the observer", DG_SCOPE_SERVER,
	DG_OTHERS_DEAD, DG_OTHERS_UNTESTED, 2, DG_WHERE_NEAR_OBSERVER},
    {"a pair, and both have others that work: one client", DG_SCOPE_PAIR, DG_OTHERS_ALIVE,
	DG_OTHERS_ALIVE, 1, DG_WHERE_ONE_CLIENT},
    {"a pair, and nobody else asked the server: near the server", DG_SCOPE_PAIR,
	DG_OTHERS_ALIVE, DG_OTHERS_UNTESTED, 1, DG_WHERE_NEAR_SERVER},
    {"a pair, and the client asked no one else: unknown", DG_SCOPE_PAIR, DG_OTHERS_UNTESTED,
	DG_OTHERS_ALIVE, 1, DG_WHERE_UNKNOWN},
    {"other clients get answers: one client", DG_SCOPE_CLIENT, DG_OTHERS_DEAD, DG_OTHERS_ALIVE,
	2, DG_WHERE_ONE_CLIENT},
    {"two prefixes are silent to a client that is alone: near the observer", DG_SCOPE_CLIENT,
	DG_OTHERS_UNTESTED, DG_OTHERS_UNTESTED, 2, DG_WHERE_NEAR_OBSERVER},
    {"one prefix is silent to a client that is alone: unknown", DG_SCOPE_CLIENT,
	DG_OTHERS_UNTESTED, DG_OTHERS_UNTESTED, 1, DG_WHERE_UNKNOWN},
    {"all is silent at two prefixes: near the observer", DG_SCOPE_ALL, DG_OTHERS_UNTESTED,
	DG_OTHERS_UNTESTED, 2, DG_WHERE_NEAR_OBSERVER},
    {"all is one prefix: unknown", DG_SCOPE_ALL, DG_OTHERS_UNTESTED, DG_OTHERS_UNTESTED, 1,
	DG_WHERE_UNKNOWN},
};

static void
test_where(void **state)
{
	const struct where_row *row = *state;
	struct world *w = world_network();
	struct dg_port_verdict *v =
	    world_verdict(w, DG_SIDE_UDP, DG_SHAPE_HARD, row->scope, (struct dg_unit_id){0, 0});
	const struct dg_finding *f;

	v->other_servers = row->other_servers;
	v->other_clients = row->other_clients;
	v->dead_prefixes = row->dead_prefixes;
	world_try_range(w, 0, 0, 1, 1000, 3, false);
	world_try_range(w, 3, 0, 2000, 9000, 100, true);
	f = world_judge_low(w, v);
	assert_int_equal(f->where, row->where);
	assert_int_equal(f->untested != NULL && strstr(f->untested, "not known") != NULL,
	    row->where == DG_WHERE_UNKNOWN);
	world_free(w);
}

static const struct subject_row {
	const char *name;
	enum dg_scope scope;
	struct dg_unit_id units[3];
	unsigned unit_count;
	bool is_sibling_tried; /* server 2 was asked from the set, and answered */
	const char *prefix;    /* NULL: none */
	unsigned bits;
	unsigned servers;
	unsigned clients;
} subject_rows[] = {
    {"a server", DG_SCOPE_SERVER, {{1, 0}}, 1, false, NULL, 0, 1, 0},
    {"servers of several prefixes are listed", DG_SCOPE_SERVER, {{0, 0}, {3, 0}}, 2, false,
	NULL, 0, 2, 0},
    {"all servers of a prefix that were asked are the prefix", DG_SCOPE_SERVER,
	{{0, 0}, {1, 0}}, 2, false, "198.51.100.0", 24, 2, 0},
    {"not where a third one answers", DG_SCOPE_SERVER, {{0, 0}, {1, 0}}, 2, true, NULL, 0, 2,
	0},
    {"a prefix of servers is named, with those that were asked", DG_SCOPE_SERVER_PREFIX,
	{{0, 0}}, 1, false, "198.51.100.0", 24, 2, 0},
    {"a prefix of IPv6", DG_SCOPE_SERVER_PREFIX, {{2, 0}}, 1, false, "2001:db8:1::", 48, 2, 0},
    {"two prefixes are a list", DG_SCOPE_SERVER_PREFIX, {{0, 0}, {1, 0}}, 2, false, NULL, 0, 3,
	0},
    {"a client", DG_SCOPE_CLIENT, {{0, 2}}, 1, false, NULL, 0, 0, 1},
    {"a prefix of clients", DG_SCOPE_CLIENT_PREFIX, {{0, 0}}, 1, false, "192.0.2.0", 24, 0, 2},
    {"pairs name each once", DG_SCOPE_PAIR, {{0, 0}, {0, 1}, {1, 0}}, 3, false, NULL, 0, 2, 2},
};

static void
test_subject(void **state)
{
	const struct subject_row *row = *state;
	struct world *w = world_network();
	struct dg_port_verdict *v =
	    world_verdict(w, DG_SIDE_UDP, DG_SHAPE_HARD, row->scope, row->units[0]);
	const struct dg_finding *f;
	char text[DG_ADDR_TEXT_MAX];

	for (unsigned i = 0; i < row->unit_count; i++)
		v->units[i] = row->units[i];
	v->unit_count = row->unit_count;
	v->dead_prefixes = 2;
	v->other_clients = DG_OTHERS_ALIVE;
	v->other_servers = DG_OTHERS_ALIVE;
	for (uint32_t server = 0; server < 6; server++) {
		for (uint32_t client = 0; client < 4 && server != 2; client++)
			world_try_range(w, server, client, 1, 1000, 9, false);
	}
	if (row->is_sibling_tried)
		world_try_range(w, 2, 0, 1, 1000, 9, true);
	f = world_judge_low(w, v);
	assert_int_equal(f->server_count, row->servers);
	assert_int_equal(f->client_count, row->clients);
	assert_true(f->servers_all == row->servers && f->clients_all == row->clients);
	assert_int_equal(f->has_prefix, row->prefix != NULL);
	if (row->prefix != NULL) {
		enum dg_family family = row->bits == 24 ? DG_FAMILY_IP4 : DG_FAMILY_IP6;

		assert_string_equal(dg_addr_text(&f->prefix, family, text), row->prefix);
		assert_int_equal(f->prefix_bits, row->bits);
		assert_int_equal(f->is_client_prefix, row->clients > 0);
	}
	world_free(w);
}

/* The same ports, asked by the same client, at servers beyond the subject. */
static void
test_controls(void **state)
{
	struct world *w = world_network();
	struct dg_port_verdict *v = world_verdict(
	    w, DG_SIDE_UDP, DG_SHAPE_HARD, DG_SCOPE_SERVER, (struct dg_unit_id){0, 0});
	const struct dg_finding *f;

	(void)state;
	v->other_servers = DG_OTHERS_ALIVE;
	world_try_range(w, 0, 0, 1, 1000, 10, false);
	world_try_range(w, 1, 0, 1, 500, 10, true);
	world_try_range(w, 3, 0, 1, 800, 10, true);
	world_try(w, 3, 0, 7, false);
	/* Another client, ports beyond the set, and a server that is silent: no controls. */
	world_try_range(w, 4, 1, 1, 1000, 10, true);
	world_try_range(w, 5, 0, 2000, 3000, 10, true);
	world_try_range(w, 2, 0, 1, 1000, 10, false);
	world_try(w, 0, 0, 1030, true);
	f = world_judge_low(w, v);
	assert_int_equal(f->control_count, 2);
	assert_true(f->controls_all == 2);
	assert_int_equal(f->controls[0].server, 3);
	assert_true(f->controls[0].reach.transactions == 81);
	assert_true(f->controls[0].reach.reached == 80);
	assert_int_equal(f->controls[1].server, 1);
	assert_true(f->controls[1].reach.transactions == 50);
	world_free(w);
}

static void
test_many_controls(void **state)
{
	struct world *w = world_new();
	struct dg_port_verdict *v = world_verdict(
	    w, DG_SIDE_UDP, DG_SHAPE_HARD, DG_SCOPE_SERVER, (struct dg_unit_id){0, 0});
	const struct dg_finding *f;

	(void)state;
	world_client(w, "192.0.2.1");
	for (unsigned i = 0; i < 24; i++)
		world_server(w, rows_name("203.0.113.%u", i + 1));
	world_try_range(w, 0, 0, 1, 1000, 10, false);
	/* Server 1 once, server 2 twice, ... */
	for (uint32_t server = 1; server < 24; server++)
		world_try_range(w, server, 0, 1, server, 1, true);
	f = world_judge_low(w, v);
	assert_true(f->controls_all == 23);
	assert_int_equal(f->control_count, DG_FINDING_CONTROLS_MAX);
	for (uint32_t i = 0; i < DG_FINDING_CONTROLS_MAX; i++) {
		assert_int_equal(f->controls[i].server, 23 - i);
		assert_true(f->controls[i].reach.transactions == 23 - i);
	}
	world_free(w);
}

static void
test_other_clients(void **state)
{
	struct world *w = world_network();
	struct dg_port_verdict *v = world_verdict(
	    w, DG_SIDE_UDP, DG_SHAPE_HARD, DG_SCOPE_CLIENT, (struct dg_unit_id){0, 1});
	const struct dg_finding *f;

	(void)state;
	v->other_clients = DG_OTHERS_ALIVE;
	world_try_range(w, 0, 1, 1, 1000, 10, false);
	world_try_range(w, 0, 0, 1, 500, 10, true);
	world_try_range(w, 0, 2, 1, 100, 10, true);
	f = world_judge_low(w, v);
	assert_int_equal(f->where, DG_WHERE_ONE_CLIENT);
	assert_int_equal(f->control_count, 0);
	assert_true(world_has_words(&f->evidence, "60 of 60 transactions were answered"));
	world_free(w);
}

/* A client's fault that was seen at one server only names the server, too. */
static void
test_only_server(void **state)
{
	struct world *w = world_network();
	struct dg_port_verdict *v = world_verdict(
	    w, DG_SIDE_UDP, DG_SHAPE_HARD, DG_SCOPE_CLIENT, (struct dg_unit_id){0, 1});
	const struct dg_finding *f;

	(void)state;
	world_try_range(w, 3, 1, 1, 1000, 10, false);
	world_try_range(w, 0, 1, 2000, 3000, 10, true);
	f = world_judge_low(w, v);
	assert_int_equal(f->where, DG_WHERE_UNKNOWN);
	assert_int_equal(f->server_count, 1);
	assert_int_equal(f->servers[0], 3);
	assert_int_equal(f->clients[0], 1);
	world_free(w);
}

/* ---- refusals ---- */

static void
test_refused(void **state)
{
	struct world *w = world_network();
	struct dg_port_verdict *v = world_verdict(
	    w, DG_SIDE_UDP, DG_SHAPE_HARD, DG_SCOPE_SERVER, (struct dg_unit_id){0, 0});
	uint8_t family;
	struct dg_icmp_row row = {.key = {.sender = world_address("192.0.2.254", &family),
				      .server = w->servers[0].key.address,
				      .family = DG_FAMILY_IP4,
				      .about = DG_ABOUT_QUERY}};
	struct dg_icmp_row other = {.key = {.sender = world_address("192.0.2.253", &family),
					.server = w->servers[1].key.address,
					.family = DG_FAMILY_IP4,
					.about = DG_ABOUT_QUERY}};
	const struct dg_icmp_row *list[] = {&row, &other};
	const struct dg_finding *f;

	(void)state;
	w->summary.icmp = list;
	w->summary.icmp_count = 2;
	for (unsigned port = 1; port <= 1000; port += 10)
		world_try(w, 0, 0, port, false)->refused = port % 3 != 0;
	v->inside_refused = 67;
	f = world_judge_low(w, v);
	assert_int_equal(f->code, DG_PORTS_REFUSED);
	assert_true(f->refused == 67);
	assert_true(f->has_sender);
	assert_memory_equal(&f->sender, &row.key.sender, sizeof f->sender);
	world_free(w);
}

static void
test_few_refused(void **state)
{
	struct world *w = world_network();
	struct dg_port_verdict *v = world_verdict(
	    w, DG_SIDE_UDP, DG_SHAPE_HARD, DG_SCOPE_SERVER, (struct dg_unit_id){0, 0});
	const struct dg_finding *f;

	(void)state;
	for (unsigned port = 1; port <= 1000; port += 10)
		world_try(w, 0, 0, port, false)->refused = port <= 491;
	f = world_judge_low(w, v);
	assert_true(f->refused == 50 && f->inside.transactions == 100);
	assert_int_equal(f->code, DG_PORTS_SILENT);
	assert_false(f->has_sender);
	world_free(w);
}

/* Both ends have an answered neighbour: the upper one first, then in turn. */
static void
test_frames(void **state)
{
	static const uint32_t silent[] = {17, 7, 16, 8};
	static const uint32_t answered[] = {18, 6, 19, 5};
	struct world *w = world_network();
	struct dg_port_verdict *v = world_verdict(
	    w, DG_SIDE_UDP, DG_SHAPE_HARD, DG_SCOPE_SERVER, (struct dg_unit_id){0, 0});
	const struct dg_finding *f;

	(void)state;
	/* Frames 1 to 6, 7 to 17, 18 to 23. */
	world_try_range(w, 0, 0, 19990, 19995, 1, true);
	world_try_range(w, 0, 0, 20000, 20010, 1, false);
	world_try_range(w, 0, 0, 20020, 20025, 1, true);
	world_add_range(v, 20000, 20010);
	world_judge(w, dg_rule_ports);
	f = world_finding(w);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(f->silent[i].frame, silent[i]);
		assert_int_equal(f->answered[i].frame, answered[i]);
	}
	world_free(w);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, where_rows, test_where);
	for (size_t i = 0; i < sizeof subject_rows / sizeof *subject_rows; i++)
		rows_add(&r, rows_name("about: %s", subject_rows[i].name), test_subject,
		    &subject_rows[i]);
	rows_add(&r, "controls: the same client, the same ports, the most tried first",
	    test_controls, NULL);
	rows_add(&r, "controls: those with most tries are kept, all are counted",
	    test_many_controls, NULL);
	rows_add(&r, "what other clients got is evidence", test_other_clients, NULL);
	rows_add(&r, "the only server a client's fault was seen at is named", test_only_server,
	    NULL);
	rows_add(&r, "frames: both ends in turn, the upper one first", test_frames, NULL);
	rows_add(&r, "refused by ICMP: the sender is named", test_refused, NULL);
	rows_add(&r, "half refused is silent", test_few_refused, NULL);
	return rows_run(&r, "rule_ports_place");
}
