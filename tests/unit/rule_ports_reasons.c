/*
 * rule_ports_reasons.c - what else would explain a finding by port, what clients did, and how
 * much it is worth.
 */
#include "diagnose/known.h"
#include "world.h"

static const struct known_row {
	const char *name;
	enum dg_scope scope;
	struct dg_port_range dead[4];
	unsigned dead_count;
	uint16_t answered[3];
	unsigned answered_count;
	const char *rival; /* NULL: none of those below */
	enum dg_severity severity;
} known_rows[] = {
    {"BIND's four ports are its habit", DG_SCOPE_SERVER, {{7, 7}, {13, 13}, {19, 19}, {37, 37}},
	4, {11, 1024}, 2, "BIND", DG_NOTE},
    {"two of them, too", DG_SCOPE_SERVER, {{7, 7}, {37, 37}}, 2, {11, 1024}, 2, "BIND",
	DG_NOTE},
    {"not when 19 was answered", DG_SCOPE_SERVER, {{7, 7}, {13, 13}}, 2, {19, 1024}, 2,
	"amplification", DG_FAULT},
    {"not with a fifth port", DG_SCOPE_SERVER, {{7, 7}, {13, 13}, {19, 19}, {38, 38}}, 4,
	{11, 1024}, 2, NULL, DG_FAULT},
    {"not at one client", DG_SCOPE_CLIENT, {{7, 7}, {37, 37}}, 2, {11, 1024}, 2, NULL,
	DG_FAULT},
    {"port 0 is dropped by several servers", DG_SCOPE_SERVER, {{0, 0}}, 1, {1, 1024}, 2,
	"port 0 is reserved", DG_NOTE},
    {"1-1023 is Knot's habit and a fault", DG_SCOPE_SERVER, {{1, 1023}}, 1, {1024}, 1,
	"Knot Resolver", DG_FAULT},
    {"so it is with 53 answered", DG_SCOPE_SERVER, {{54, 1023}}, 1, {53, 1024}, 2,
	"Knot Resolver", DG_FAULT},
    {"not with 600 answered", DG_SCOPE_SERVER, {{512, 599}}, 1, {600, 1024}, 2, NULL, DG_FAULT},
    {"amplifiers are a fault", DG_SCOPE_SERVER, {{123, 123}, {161, 161}, {11211, 11211}}, 3,
	{200, 1024}, 2, "amplification", DG_FAULT},
    {"4791 is some network card's", DG_SCOPE_SERVER, {{4791, 4791}}, 1, {4790, 4792}, 2, "RoCE",
	DG_FAULT},
    {"below 32768", DG_SCOPE_SERVER, {{1, 32767}}, 1, {32768}, 1, "from 32768 up only",
	DG_FAULT},
    {"32768 and above", DG_SCOPE_SERVER, {{32768, 65535}}, 1, {32767}, 1, "16 bits with a sign",
	DG_FAULT},
    {"below 49152", DG_SCOPE_SERVER, {{1024, 49151}}, 1, {1023, 49152}, 2, "from 49152 up only",
	DG_FAULT},
};

/* A server that answers others at these ports has no such habit. */
static void
test_no_habit(void **state)
{
	struct world *w = world_network();
	struct dg_port_verdict *v = world_verdict(
	    w, DG_SIDE_UDP, DG_SHAPE_HARD, DG_SCOPE_PAIR, (struct dg_unit_id){0, 0});
	const struct dg_finding *f;

	(void)state;
	v->other_servers = v->other_clients = DG_OTHERS_ALIVE;
	world_try_range(w, 0, 0, 1, 1000, 10, false);
	world_try_range(w, 0, 1, 1, 1000, 10, true);
	f = world_judge_low(w, v);
	assert_int_equal(f->where, DG_WHERE_ONE_CLIENT);
	assert_false(world_has_words(&f->rivals, "Knot Resolver"));
	world_free(w);
}

static void
test_known(void **state)
{
	static const char *const all[] = {"BIND", "port 0 is reserved", "Knot Resolver",
	    "amplification", "RoCE", "from 32768 up only", "16 bits with a sign",
	    "from 49152 up only"};
	const struct known_row *row = *state;
	bool is_list = row->dead_count > 1;
	struct world *w = world_network();
	struct dg_port_verdict *v = world_verdict(w, DG_SIDE_UDP,
	    is_list ? DG_SHAPE_LIST : DG_SHAPE_HARD, row->scope, (struct dg_unit_id){0, 0});
	const struct dg_finding *f;

	for (unsigned i = 0; i < row->dead_count; i++) {
		world_try_range(w, 0, 0, row->dead[i].first, row->dead[i].last, 1, false);
		world_add_range(v, row->dead[i].first, row->dead[i].last);
	}
	for (unsigned i = 0; i < row->answered_count; i++)
		world_try(w, 0, 0, row->answered[i], true);
	world_judge(w, dg_rule_ports);
	f = world_finding(w);
	for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
		assert_int_equal(world_has_words(&f->rivals, all[i]),
		    row->rival != NULL && strcmp(all[i], row->rival) == 0);
	assert_int_equal(f->severity, row->severity);
	world_free(w);
}

/* The scan knows 7, 13 and 19 as amplifiers; 37 was tried too seldom to stand alone. */
static void
test_habit_completed(void **state)
{
	struct world *w = world_network();
	struct dg_port_verdict *v = world_verdict(
	    w, DG_SIDE_UDP, DG_SHAPE_LIST, DG_SCOPE_SERVER, (struct dg_unit_id){0, 0});
	const struct dg_finding *f;

	(void)state;
	world_try(w, 0, 0, 7, false);
	world_try(w, 0, 0, 13, false);
	world_try(w, 0, 0, 20, true);
	world_try(w, 0, 0, 37, false);
	world_try(w, 0, 0, 38, false);
	world_add_range(v, 7, 7);
	world_add_range(v, 13, 13);
	w->diagnosis.ports[DG_SIDE_UDP] = &w->results[DG_SIDE_UDP];
	assert_int_equal(dg_known_complete(&w->diagnosis), 0);
	world_judge(w, dg_rule_ports);
	f = world_finding(w);
	assert_string_equal(f->ports, "7,13,37");
	assert_int_equal(f->bound_count, 3);
	assert_int_equal(f->bounds[2].nearest_answered_below, 20);
	assert_true(f->inside.transactions == 3);
	assert_int_equal(f->severity, DG_NOTE);
	world_free(w);
}

/* What keeps port 37 out: it was answered, the verdict is about other ports, too, or about one
 * of the habit's only. */
static void
test_habit_not_completed(void **state)
{
	static const uint16_t blamed[][2] = {{7, 13}, {7, 14}, {7, 7}};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct world *w = world_network();
		struct dg_port_verdict *v = world_verdict(
		    w, DG_SIDE_UDP, DG_SHAPE_LIST, DG_SCOPE_SERVER, (struct dg_unit_id){0, 0});

		for (unsigned port = 7; port <= 14; port++)
			world_try(w, 0, 0, port, port != 7 && port != 13 && port != 14);
		world_try(w, 0, 0, 37, false);
		if (i == 0)
			world_try(w, 0, 0, 37, true);
		world_add_range(v, blamed[i][0], blamed[i][0]);
		if (i < 2)
			world_add_range(v, blamed[i][1], blamed[i][1]);
		w->diagnosis.ports[DG_SIDE_UDP] = &w->results[DG_SIDE_UDP];
		assert_int_equal(dg_known_complete(&w->diagnosis), 0);
		assert_int_equal(v->range_count, i < 2 ? 2 : 1);
		world_free(w);
	}
}

/* ---- what clients do ---- */

static void
test_pairs(void **state)
{
	struct world *w = world_network();
	struct dg_port_verdict *v = world_verdict(
	    w, DG_SIDE_UDP, DG_SHAPE_HARD, DG_SCOPE_SERVER, (struct dg_unit_id){0, 0});
	const struct dg_finding *f;
	struct dg_trial *t;

	(void)state;
	w->step_ns = 0;
	for (uint32_t n = 0; n < 6; n++) {
		world_try(w, 0, 0, 100 + n, false)->question = n + 1;
		t = world_try(w, 0, 0, 40000 + n, true);
		t->question = n + 1;
		/* The second is too late, the third at another server, the fourth by another
		 * client, the fifth over TCP, the sixth just in time, and before. */
		if (n == 1)
			t->time_ns += 10 * DG_NS_PER_S + 1;
		t->server = n == 2 ? 1 : 0;
		t->client = n == 3 ? 1 : 0;
		t->transport = n == 4 ? DG_TRANSPORT_TCP : DG_TRANSPORT_UDP;
		if (n == 5)
			t->time_ns -= 10 * DG_NS_PER_S;
		w->now_ns += 60 * DG_NS_PER_S;
	}
	world_add_range(v, 100, 105);
	world_judge(w, dg_rule_ports);
	f = world_finding(w);
	assert_true(f->matched_pairs == 2);
	assert_true(world_has_words(&f->evidence, "2 of 6 tries without an answer got one"));
	world_free(w);
}

static const struct content_row {
	const char *name;
	unsigned inside_retried; /* of 20 */
	unsigned outside_retried;
	unsigned outside;
	bool is_content;
} content_rows[] = {
    {"clients that ask again only elsewhere got their replies", 1, 6, 8, true},
    {"clients that ask again did not", 10, 6, 8, false},
    {"clients that never ask again say nothing", 0, 1, 8, false},
    {"few dead queries elsewhere say nothing", 0, 4, 4, false},
};

static void
try_retried(struct world *w, uint32_t server, unsigned port, uint32_t question, bool is_retried)
{
	world_try(w, server, 0, port, false)->question = question;
	if (is_retried)
		world_try(w, server, 0, port + 30000, true)->question = question;
	w->now_ns += 60 * DG_NS_PER_S;
}

static void
test_content(void **state)
{
	const struct content_row *row = *state;
	struct world *w = world_network();
	struct dg_port_verdict *v = world_verdict(
	    w, DG_SIDE_UDP, DG_SHAPE_HARD, DG_SCOPE_SERVER, (struct dg_unit_id){0, 0});
	const struct dg_finding *f;

	for (unsigned i = 0; i < 20; i++)
		try_retried(w, 0, 100 + i, 1000 + i, i < row->inside_retried);
	for (unsigned i = 0; i < row->outside; i++)
		try_retried(w, 1, 20000 + i, 2000 + i, i < row->outside_retried);
	world_add_range(v, 100, 119);
	world_judge(w, dg_rule_ports);
	f = world_finding(w);
	assert_int_equal(
	    world_has_words(&f->rivals, "The capture misses the replies"), row->is_content);
	assert_int_equal(f->severity, row->is_content ? DG_WARNING : DG_FAULT);
	world_free(w);
}

/* ---- how sure ---- */

static const struct severity_row {
	const char *name;
	double ln_p;
	bool is_confirmed;
	enum dg_severity severity;
} severity_rows[] = {
    {"p of 5 % is a warning", -3, false, DG_WARNING},
    {"p of 5 % with the place confirmed is a fault", -3, true, DG_FAULT},
    {"p of 1 in 1000 is a fault", -7, false, DG_FAULT},
};

static void
test_severity(void **state)
{
	const struct severity_row *row = *state;
	struct world *w = world_network();
	struct dg_port_verdict *v = world_verdict(
	    w, DG_SIDE_UDP, DG_SHAPE_HARD, DG_SCOPE_SERVER, (struct dg_unit_id){0, 0});

	v->ln_p = row->ln_p;
	v->is_confirmed = row->is_confirmed;
	world_try_range(w, 0, 0, 1, 1000, 10, false);
	assert_int_equal(world_judge_low(w, v)->severity, row->severity);
	world_free(w);
}

static const struct suspect_row {
	const char *name;
	enum dg_doubt doubt;
	enum dg_shape shape;
	enum dg_code before; /* found by an earlier rule; DG_CODE_COUNT: nothing */
	bool is_verdict_there;
	bool is_told;
} suspect_rows[] = {
    {"a suspicion is a note", DG_DOUBT_NONE, DG_SHAPE_HARD, DG_CODE_COUNT, false, true},
    {"what time explains is none", DG_DOUBT_TIME, DG_SHAPE_HARD, DG_CODE_COUNT, false, false},
    {"what questions explain is none", DG_DOUBT_QUESTIONS, DG_SHAPE_HARD, DG_CODE_COUNT, false,
	false},
    {"what a walk explains is one", DG_DOUBT_SEQUENCE, DG_SHAPE_HARD, DG_CODE_COUNT, false,
	true},
    {"a walk that looks like a hash is none", DG_DOUBT_SEQUENCE, DG_SHAPE_PARITY, DG_CODE_COUNT,
	false, false},
    {"a suspected hash is not told", DG_DOUBT_NONE, DG_SHAPE_PARITY, DG_CODE_COUNT, false,
	false},
    {"nor one beside a verdict", DG_DOUBT_NONE, DG_SHAPE_HARD, DG_CODE_COUNT, true, false},
    {"nor one beside a silent server", DG_DOUBT_NONE, DG_SHAPE_HARD, DG_SERVER_SILENT, false,
	false},
    {"but one beside a late reply's refusal is", DG_DOUBT_NONE, DG_SHAPE_HARD,
	DG_CLIENT_REFUSES_REPLIES, false, true},
};

static void
test_suspicion(void **state)
{
	const struct suspect_row *row = *state;
	struct world *w = world_network();
	struct dg_port_result *r = &w->results[DG_SIDE_UDP];
	struct dg_findings *all = &w->diagnosis.findings;
	unsigned others, told = 0;

	world_try_range(w, 0, 0, 10, 900, 200, false);
	world_try_range(w, 0, 0, 30000, 30020, 1, true);
	r->doubts[r->doubt_count++] = (struct dg_port_doubt){
	    .doubt = row->doubt,
	    .shape = row->shape,
	    .scope = DG_SCOPE_SERVER,
	    .range = {10, 810},
	    .ln_p = -2,
	};
	if (row->before != DG_CODE_COUNT)
		assert_int_equal(
		    dg_findings_add(all, dg_finding_new(row->before, DG_FAULT)), 0);
	if (row->is_verdict_there) {
		world_try(w, 0, 0, 50000, false);
		world_add_range(world_verdict(w, DG_SIDE_UDP, DG_SHAPE_SINGLE, DG_SCOPE_SERVER,
				    (struct dg_unit_id){0, 0}),
		    50000, 50000);
	}
	others = (unsigned)(row->before != DG_CODE_COUNT) + row->is_verdict_there;
	world_judge(w, dg_rule_ports);
	for (size_t i = 0; i < all->count; i++) {
		if (!all->list[i]->is_suspected)
			continue;
		told++;
		assert_int_equal(all->list[i]->severity, DG_NOTE);
		assert_string_equal(all->list[i]->ports, "1-1023");
		assert_true(all->list[i]->ln_p == -2);
	}
	assert_int_equal(told, row->is_told);
	assert_true(all->count == others + row->is_told);
	world_free(w);
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof known_rows / sizeof *known_rows; i++)
		rows_add(&r, rows_name("reasons: %s", known_rows[i].name), test_known,
		    &known_rows[i]);
	rows_add(&r, "reasons: no habit of a server that answers others", test_no_habit, NULL);
	rows_add(&r, "a habit's other port that was seen dead belongs to it",
	    test_habit_completed, NULL);
	rows_add(&r, "not when it was answered, or the verdict is not the habit's",
	    test_habit_not_completed, NULL);
	rows_add(&r, "matched pairs: same question, client, server and transport within 10 s",
	    test_pairs, NULL);
	ROWS_ADD_TABLE(&r, content_rows, test_content);
	ROWS_ADD_TABLE(&r, severity_rows, test_severity);
	ROWS_ADD_TABLE(&r, suspect_rows, test_suspicion);
	return rows_run(&r, "rule_ports_reasons");
}
