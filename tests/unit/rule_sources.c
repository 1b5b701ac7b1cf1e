/*
 * rule_sources.c - client ports that can be guessed or are low.
 */
#include "world.h"

static struct world *
one_client(void)
{
	struct world *w = world_new();

	world_server(w, "198.51.100.53");
	world_server(w, "203.0.113.53");
	world_client(w, "192.0.2.1");
	world_client(w, "192.0.2.2");
	return w;
}

/* How a client chooses its n-th port. */
enum choice {
	CHOICE_FIXED,
	CHOICE_RANDOM,   /* 1024-65535 */
	CHOICE_UP,       /* one after the other */
	CHOICE_DOWN,     /* in steps of three */
	CHOICE_ROUND,    /* up through 50 ports, again and again */
	CHOICE_NARROW,   /* at random among 100 */
	CHOICE_WIDE,     /* at random among 2000 */
	CHOICE_SHUFFLED, /* up, but every other one is random */
};

static unsigned
choose(enum choice choice, unsigned n, uint64_t *seed)
{
	unsigned random = (unsigned)(rows_random(seed) >> 20);

	switch (choice) {
	case CHOICE_FIXED:
		return 53;
	case CHOICE_UP:
		return 40000 + n;
	case CHOICE_DOWN:
		return 40000 - 3 * n;
	case CHOICE_ROUND:
		return 40000 + n % 50;
	case CHOICE_NARROW:
		return 40000 + random % 100;
	case CHOICE_WIDE:
		return 40000 + random % 2000;
	case CHOICE_SHUFFLED:
		return n % 2 == 0 ? 40000 + n : 1024 + random % 64512;
	default:
		return 1024 + random % 64512;
	}
}

static const struct habit_row {
	const char *name;
	enum choice choice;
	unsigned count;
	const char *ports; /* NULL: nothing is said */
	const char *words;
} habit_rows[] = {
    {"one port", CHOICE_FIXED, 20, "53",
	"192.0.2.1 sent all of 20 queries over UDP from port 53."},
    {"19 queries from one port say nothing", CHOICE_FIXED, 19, NULL, NULL},
    {"random ports", CHOICE_RANDOM, 5000, NULL, NULL},
    {"one port after the other", CHOICE_UP, 30, "40000-40029",
	"of 29 steps from one query to the next, 29 go up."},
    {"20 of them are one step short", CHOICE_UP, 20, "40000-40019", "standard deviation is 6"},
    {"21 of them are enough", CHOICE_UP, 21, "40000-40020", "20 go up"},
    {"a walk down", CHOICE_DOWN, 3000, "31003-40000", "go down."},
    {"a walk around", CHOICE_ROUND, 4000, "40000-40049", "go up."},
    {"a hundred ports", CHOICE_NARROW, 300, "40000-40099", "is rated poor"},
    {"two thousand ports are good enough", CHOICE_WIDE, 3000, NULL, NULL},
    {"every other port at random is no walk", CHOICE_SHUFFLED, 3000, NULL, NULL},
    {"30000 queries, of which a share is looked at", CHOICE_RANDOM, 30000, NULL, NULL},
    {"a long walk, of which a share is looked at", CHOICE_UP, 25000, "40000-64999", "go up."},
};

static void
test_habit(void **state)
{
	const struct habit_row *row = *state;
	struct world *w = one_client();
	const struct dg_finding *f;
	uint64_t seed = 3;

	for (unsigned n = 0; n < row->count; n++)
		world_try(w, n % 2, 0, choose(row->choice, n, &seed), true);
	world_judge(w, dg_rule_sources);
	if (row->ports == NULL) {
		assert_true(w->diagnosis.findings.count == 0);
		world_free(w);
		return;
	}
	f = world_finding(w);
	assert_int_equal(f->code, DG_SOURCE_PORTS_PREDICTABLE);
	assert_int_equal(f->severity, DG_NOTE);
	assert_int_equal(f->where, DG_WHERE_NONE);
	assert_string_equal(f->ports, row->ports);
	assert_true(world_has_words(&f->evidence, row->words));
	assert_true(f->clients_all == 1 && f->clients[0] == 0);
	assert_true(f->inside.transactions == row->count && f->inside.reached == row->count);
	assert_true(f->first_ns == WORLD_START);
	assert_true(f->last_ns == w->now_ns - w->step_ns);
	assert_true(f->transports[DG_SIDE_UDP] && !f->transports[DG_SIDE_TCP]);
	world_free(w);
}

static void
test_tcp(void **state)
{
	struct world *w = one_client();

	(void)state;
	w->transport = DG_TRANSPORT_TCP;
	world_try_range(w, 0, 0, 40000, 41000, 1, true);
	world_judge(w, dg_rule_sources);
	assert_true(w->diagnosis.findings.count == 0);
	world_free(w);
}

/* A finding for each habit, not for each client. */
static void
test_clients(void **state)
{
	struct world *w = one_client();
	const struct dg_finding *f;

	(void)state;
	for (uint32_t client = 2; client < 30; client++)
		world_client(w, rows_name("192.0.2.%u", (unsigned)client + 1));
	for (uint32_t client = 0; client < 30; client++) {
		for (unsigned n = 0; n < 25; n++)
			world_try(w, 0, client, 5000 + client, n != 0);
	}
	world_judge(w, dg_rule_sources);
	f = world_finding(w);
	assert_true(f->clients_all == 30);
	assert_int_equal(f->client_count, DG_FINDING_SUBJECTS_MAX);
	assert_int_equal(f->clients[15], 15);
	assert_null(f->ports);
	assert_true(f->inside.transactions == 750 && f->inside.reached == 720);
	assert_int_equal(f->evidence.count, 8);
	world_free(w);
}

static void
test_low(void **state)
{
	struct world *w = one_client();
	const struct dg_finding *f;

	(void)state;
	/* The second client's two low queries are somebody's test. */
	world_try_range(w, 0, 1, 900, 901, 1, true);
	world_try(w, 0, 0, 0, false);
	world_try(w, 0, 0, 53, true);
	world_try(w, 0, 0, 590, false);
	world_try(w, 0, 0, 1023, true);
	world_try(w, 0, 0, 1024, true);
	w->transport = DG_TRANSPORT_TCP;
	world_try(w, 0, 0, 591, true);
	world_judge(w, dg_rule_sources);
	f = world_finding(w);
	assert_int_equal(f->code, DG_LOW_PORTS_IN_USE);
	assert_int_equal(f->severity, DG_NOTE);
	assert_string_equal(f->ports, "0,590-591,1023");
	assert_int_equal(f->ports_seen, 4);
	assert_int_equal(f->silent_count, 2);
	assert_int_equal(f->silent[0].frame, 3);
	assert_int_equal(f->silent[1].frame, 5);
	assert_int_equal(f->answered_count, 2);
	assert_int_equal(f->answered[0].frame, 6);
	assert_int_equal(f->answered[1].frame, 8);
	assert_true(f->clients_all == 1 && f->clients[0] == 0);
	assert_true(f->inside.transactions == 4 && f->inside.reached == 2);
	assert_true(f->outside.transactions == 2 && f->outside.reached == 2);
	assert_true(f->transports[DG_SIDE_UDP] && f->transports[DG_SIDE_TCP]);
	assert_true(f->first_ns == WORLD_START + 2 * DG_NS_PER_S);
	assert_true(f->last_ns == w->now_ns - DG_NS_PER_S);
	assert_true(world_has_words(&f->evidence,
	    "192.0.2.1 sent 4 of 6 transactions (66.7 %) from ports below 1024 other than 53; "
	    "2 of them were answered."));
	world_free(w);
}

static void
test_not_low(void **state)
{
	struct world *w = one_client();

	(void)state;
	for (unsigned n = 0; n < 10; n++)
		world_try(w, 0, 0, n % 2 == 0 ? 53 : 1024, true);
	world_try_range(w, 0, 0, 1, 2, 1, true);
	world_judge(w, dg_rule_sources);
	assert_true(w->diagnosis.findings.count == 0);
	world_free(w);
}

static void
test_nothing(void **state)
{
	struct world *w = world_new();

	(void)state;
	world_judge(w, dg_rule_sources);
	assert_true(w->diagnosis.findings.count == 0);
	world_free(w);
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof habit_rows / sizeof *habit_rows; i++)
		rows_add(&r, rows_name("a client uses %s", habit_rows[i].name), test_habit,
		    &habit_rows[i]);
	rows_add(&r, "ports of TCP are not rated", test_tcp, NULL);
	rows_add(&r, "clients with one habit are one finding", test_clients, NULL);
	rows_add(&r, "low ports other than 53, over both transports", test_low, NULL);
	rows_add(&r, "53, 1024, and two tries of low ports are no finding", test_not_low, NULL);
	rows_add(&r, "no trials, no finding", test_nothing, NULL);
	return rows_run(&r, "rule_sources");
}
