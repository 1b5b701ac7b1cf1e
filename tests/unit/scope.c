/*
 * scope.c - whose fault a set of ports is, and what the others say.
 */
#include "port_world.h"

#define PORTS 40

struct row {
	const char *name;
	uint32_t servers, clients;
	const char
	    *dead; /* by server, one letter for each client: x dead, . alive, - untried */
	uint32_t prefixes; /* servers in a prefix; 1: each its own */
	enum dg_scope scope;
	unsigned unit_count;
	struct dg_unit_id first; /* of the units */
	enum dg_others servers_say, clients_say;
	unsigned dead_prefixes;
	bool is_confirmed;
};

static const struct row rows[] = {
    {"one server of three", 3, 2, "..xx..", 1, DG_SCOPE_SERVER, 1, {1, 0}, DG_OTHERS_ALIVE,
	DG_OTHERS_UNTESTED, 1, true},
    {"two servers of six", 6, 2, "..xx....xx..", 1, DG_SCOPE_SERVER, 2, {1, 0}, DG_OTHERS_ALIVE,
	DG_OTHERS_UNTESTED, 2, true},
    {"all servers", 3, 2, "xxxxxx", 1, DG_SCOPE_ALL, 1, {0, 0}, DG_OTHERS_UNTESTED,
	DG_OTHERS_UNTESTED, 3, true},
    {"the only server and client", 1, 1, "x", 1, DG_SCOPE_ALL, 1, {0, 0}, DG_OTHERS_UNTESTED,
	DG_OTHERS_UNTESTED, 1, false},
    {"one client of three", 3, 3, ".x..x..x.", 1, DG_SCOPE_CLIENT, 1, {0, 1},
	DG_OTHERS_UNTESTED, DG_OTHERS_ALIVE, 3, true},
    {"one client at one server", 3, 3, "....x....", 1, DG_SCOPE_PAIR, 1, {1, 1},
	DG_OTHERS_ALIVE, DG_OTHERS_ALIVE, 1, true},
    {"a prefix of two servers", 6, 2,
	".."
	".."
	"xx"
	"xx"
	".."
	"..",
	2, DG_SCOPE_SERVER_PREFIX, 1, {1, 0}, DG_OTHERS_ALIVE, DG_OTHERS_UNTESTED, 1, true},
    {"one server of a prefix of two, the other alive", 6, 2,
	".."
	".."
	"xx"
	".."
	".."
	"..",
	2, DG_SCOPE_SERVER, 1, {2, 0}, DG_OTHERS_ALIVE, DG_OTHERS_UNTESTED, 1, true},
    {"one server of a prefix of two, the other untried", 6, 2,
	".."
	".."
	"xx"
	"--"
	".."
	"..",
	2, DG_SCOPE_SERVER, 1, {2, 0}, DG_OTHERS_ALIVE, DG_OTHERS_UNTESTED, 1, true},
    {"one server, the others untried", 3, 2, "--xx--", 1, DG_SCOPE_ALL, 1, {0, 0},
	DG_OTHERS_UNTESTED, DG_OTHERS_UNTESTED, 1, false},
};

/* Ports 100 to 100 + PORTS are as the row says, others are alive at all. */
static struct port_world
make(const struct row *row)
{
	struct port_world w = port_world_make(row->servers, row->clients);
	int64_t second = 0;

	for (uint32_t i = 0; i < row->servers; i++)
		w.server_prefixes[i] = i / row->prefixes;
	for (uint32_t n = 0; n < PORTS; n++) {
		for (uint32_t i = 0; i < row->servers * row->clients; i++) {
			uint32_t server = i / row->clients, client = i % row->clients;

			if (row->dead[i] != '-')
				port_world_add(
				    &w, server, client, 100 + n, second++, row->dead[i] == 'x');
			port_world_add(&w, server, client, 2000 + n, second++, false);
		}
	}
	return w;
}

static struct dg_candidate
hard_candidate(uint16_t first, uint16_t last)
{
	return (struct dg_candidate){
	    .is_found = true,
	    .shape = DG_SHAPE_HARD,
	    .ranges = {{first, last}},
	    .range_count = 1,
	};
}

static void
says_whose_fault(void **state)
{
	const struct row *row = *state;
	struct port_world w = make(row);
	struct dg_candidate c = hard_candidate(100, 100 + PORTS - 1);
	struct dg_port_verdict v;

	port_world_open(&w);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_int_equal(v.scope, row->scope);
	assert_int_equal(v.unit_count, row->unit_count);
	assert_int_equal(v.units[0].server, row->first.server);
	assert_int_equal(v.units[0].client, row->first.client);
	assert_int_equal(v.other_servers, row->servers_say);
	assert_int_equal(v.other_clients, row->clients_say);
	assert_int_equal(v.dead_prefixes, row->dead_prefixes);
	assert_int_equal(v.is_confirmed, row->is_confirmed);
	assert_int_equal(v.ranges[0].first, 100);
	assert_int_equal(v.ranges[0].last, 100 + PORTS - 1);
	assert_int_equal(v.inside_dead, v.inside_trials);
	assert_int_equal(v.outside_dead, 0);
	for (size_t i = 0; i < w.cases.count; i++)
		assert_int_equal(w.cases.list[i].is_active, !w.cases.list[i].is_dead);
	free(v.units);
	port_world_close(&w);
}

/* A port that others keep open as well says nothing against a fault there. */
static void
exceptions_do_not_speak(void **state)
{
	struct port_world w = make(&rows[0]);
	struct dg_candidate c = hard_candidate(50, 100 + PORTS - 1);
	struct dg_port_verdict v;

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		port_world_add(&w, 1, 0, 53, 10000 + i, false);
	port_world_add(&w, 1, 0, 52, 10010, true);
	port_world_add(&w, 1, 1, 50, 10011, true);
	port_world_open(&w);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_int_equal(v.scope, DG_SCOPE_SERVER);
	assert_int_equal(v.exception_count, 1);
	assert_int_equal(v.exceptions[0], 53);
	assert_int_equal(v.ranges[0].first, 50);
	assert_int_equal(v.dead_prefixes, 1);
	free(v.units);
	port_world_close(&w);
}

/* Ports of which half are lost at a server, but all of it by one of two clients: whoever says
 * that it is the server is not sure. */
static void
divided_clients_leave_it_open(void **state)
{
	struct dg_candidate c = hard_candidate(100, 100 + PORTS - 1);
	struct port_world w = port_world_make(2, 2);
	struct dg_port_verdict v;

	(void)state;
	c.shape = DG_SHAPE_SOFT;
	c.cases = 2;
	c.dead = 1;
	for (uint32_t n = 0; n < 12; n++) {
		for (uint32_t i = 0; i < 4; i++) {
			port_world_add(&w, i / 2, i % 2, 100 + 3 * n, 10 * n + i, i == 2);
			port_world_add(&w, i / 2, i % 2, 2000 + n, 1000 + 10 * n + i, false);
		}
	}
	port_world_open(&w);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_int_equal(v.other_servers, DG_OTHERS_ALIVE);
	assert_int_equal(v.is_confirmed, v.scope == DG_SCOPE_PAIR);
	free(v.units);
	port_world_close(&w);
}

/* Half of the range is lost at the first of two servers, of four trials by each of six clients:
 * all that clients 0, 2 and 4 ask, or every second one.  The former are told as pairs. */
static void
divided_server_is_pairs(void **state)
{
	const bool is_divided = *state != NULL;
	struct dg_candidate c = hard_candidate(100, 100 + PORTS - 1);
	struct port_world w = port_world_make(2, 6);
	struct dg_port_verdict v;
	int64_t second = 0;

	c.shape = DG_SHAPE_SOFT;
	c.cases = 2;
	c.dead = 1;
	for (uint32_t n = 0; n < PORTS; n++) {
		for (uint32_t i = 0; i < 12; i++) {
			bool is_lost = i < 6 && (is_divided ? i : n / 10 + i) % 2 == 0;

			if (n % 10 == i / 2)
				port_world_add(&w, i / 6, i % 6, 100 + n, second++, is_lost);
			port_world_add(&w, i / 6, i % 6, 2000 + n, second++, n % 20 == i);
		}
	}
	port_world_open(&w);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_int_equal(v.shape, is_divided ? DG_SHAPE_HARD : DG_SHAPE_SOFT);
	assert_int_equal(v.scope, is_divided ? DG_SCOPE_PAIR : DG_SCOPE_SERVER);
	assert_int_equal(v.unit_count, is_divided ? 3 : 1);
	for (uint32_t i = 0; i < v.unit_count; i++) {
		assert_int_equal(v.units[i].server, 0);
		assert_int_equal(v.units[i].client, 2 * i);
	}
	free(v.units);
	port_world_close(&w);
}

/* Server 0 is dead in the range, 2 to 5 are alive; of server 1 little was tried, and it may be
 * alive just behind 0-1023.  A tenth is lost elsewhere. */
static struct dg_port_verdict
judge_beside(uint32_t port, bool is_dead, bool is_alive_behind)
{
	struct dg_candidate c = hard_candidate(100, 100 + PORTS - 1);
	struct port_world w = port_world_make(6, 1);
	struct dg_port_verdict v;
	int64_t second = 0;

	for (uint32_t n = 0; n < PORTS; n++) {
		for (uint32_t server = 0; server < 6; server++) {
			if (server != 1)
				port_world_add(&w, server, 0, 100 + n, second++, server == 0);
			port_world_add(&w, server, 0, 2000 + n, second++, n % 10 == 3);
		}
	}
	port_world_add(&w, 1, 0, port, second++, is_dead);
	if (is_alive_behind)
		port_world_add(&w, 1, 0, 1024, second, false);
	port_world_open(&w);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_int_equal(v.scope, DG_SCOPE_SERVER);
	assert_int_equal(v.unit_count, 1);
	assert_int_equal(v.other_servers, DG_OTHERS_ALIVE);
	free(v.units);
	port_world_close(&w);
	return v;
}

/* Many others that are alive do not outvote one that looks dead: in the range, or where it
 * would reach were it 0-1023. */
static void
one_dead_other_leaves_it_open(void **state)
{
	(void)state;
	assert_true(judge_beside(110, false, false).is_confirmed);
	assert_false(judge_beside(110, true, false).is_confirmed);
	assert_false(judge_beside(700, true, false).is_confirmed);
	assert_false(judge_beside(700, true, true).is_confirmed);
	assert_true(judge_beside(3000, true, false).is_confirmed);
}

/* Clients 0 and 1 lose all from 100 on at server 0.  Below, client 2 was answered, and whether
 * clients 0 and 1 were as well decides: else they may lose all of 0-1023, and client 2 nothing.
 */
static void
cut_by_another_client_leaves_it_open(void **state)
{
	const bool is_cut_by_all = *state != NULL;
	struct dg_candidate c = hard_candidate(100, 100 + PORTS - 1);
	struct port_world w = port_world_make(3, 3);
	struct dg_port_verdict v;
	int64_t second = 0;

	for (uint32_t n = 0; n < PORTS; n++) {
		for (uint32_t i = 0; i < 9; i++) {
			if (i % 3 < 2)
				port_world_add(&w, i / 3, i % 3, 100 + n, second++, i / 3 == 0);
			port_world_add(&w, i / 3, i % 3, 2000 + n, second++, false);
		}
	}
	for (uint32_t i = 0; i < 3; i++) {
		port_world_add(&w, 0, 2, 90 + i, second++, false);
		for (uint32_t client = 0; client < 2 && is_cut_by_all; client++)
			port_world_add(&w, 0, client, 93 + i, second++, false);
	}
	port_world_open(&w);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_int_equal(v.scope, DG_SCOPE_SERVER);
	assert_int_equal(v.unit_count, 1);
	assert_int_equal(v.is_confirmed, is_cut_by_all);
	free(v.units);
	port_world_close(&w);
}

/* Server 0 loses all of clients 0 to 2, which share a prefix, and nothing of the others: it is
 * their pairs, client 2's as well, which was not tried there; but where only client 0 was, it
 * alone. */
static void
site_is_pairs(void **state)
{
	const bool is_one = *state != NULL;
	struct dg_candidate c = hard_candidate(100, 100 + PORTS - 1);
	struct port_world w = port_world_make(3, 6);
	struct dg_port_verdict v;
	int64_t second = 0;

	for (uint32_t i = 0; i < 6; i++)
		w.client_prefixes[i] = i / 3;
	for (uint32_t n = 0; n < PORTS / 8; n++) {
		for (uint32_t i = 0; i < 18; i++) {
			uint32_t server = i / 6, client = i % 6;

			if (server > 0 || client == 0 || client > 2 || (client == 1 && !is_one))
				port_world_add(&w, server, client, 100 + 8 * n, second++,
				    server == 0 && client < 3);
			port_world_add(&w, server, client, 2000 + n, second++, false);
		}
	}
	port_world_open(&w);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_int_equal(v.scope, DG_SCOPE_PAIR);
	assert_int_equal(v.unit_count, is_one ? 1 : 3);
	for (uint32_t i = 0; i < v.unit_count; i++) {
		assert_int_equal(v.units[i].server, 0);
		assert_int_equal(v.units[i].client, i);
	}
	free(v.units);
	port_world_close(&w);
}

/* A scope is not surer than the fault is. */
static void
weak_fault_leaves_it_open(void **state)
{
	struct port_world w = make(&rows[0]);
	struct dg_candidate c = hard_candidate(100, 100 + PORTS - 1);
	struct dg_port_verdict v;

	(void)state;
	port_world_open(&w);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -4, &v), 0);
	assert_int_equal(v.scope, DG_SCOPE_SERVER);
	assert_false(v.is_confirmed);
	free(v.units);
	port_world_close(&w);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, says_whose_fault);
	rows_add(&r, "exceptions do not speak", exceptions_do_not_speak, NULL);
	rows_add(&r, "clients that differ leave it open", divided_clients_leave_it_open, NULL);
	rows_add(&r, "half of a server's clients lose all", divided_server_is_pairs, &r);
	rows_add(&r, "all of a server's clients lose half", divided_server_is_pairs, NULL);
	rows_add(&r, "one dead other leaves it open", one_dead_other_leaves_it_open, NULL);
	rows_add(&r, "who is answered next to a range did not ask inside",
	    cut_by_another_client_leaves_it_open, NULL);
	rows_add(
	    &r, "all are answered next to a range", cut_by_another_client_leaves_it_open, &r);
	rows_add(&r, "a server's clients of one prefix", site_is_pairs, NULL);
	rows_add(&r, "one of a server's clients of one prefix was tried", site_is_pairs, &r);
	rows_add(&r, "a weak fault leaves it open", weak_fault_leaves_it_open, NULL);
	return rows_run(&r, "scopes");
}
