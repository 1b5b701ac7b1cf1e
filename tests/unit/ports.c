/*
 * ports.c - simple worlds: what is broken in them is found, whole and alone, and where nothing
 * is broken by ports, nothing is blamed.
 */
#include "judge/ports.h"

#include <math.h>

#include "trial_world.h"

#define SECOND INT64_C(1000000000)

enum world_kind {
	WORLD_HEALTHY,
	WORLD_INCIDENT, /* 1-1023 but 53 are dead at server 0 */
	WORLD_FLIP,     /* only 20000-29999 is open, everywhere */
	WORLD_TWO,      /* the incident, and 32768-49151 dead at server 2 */
	WORLD_CLIENT,   /* client 1 gets nothing to 40000 and above, from anybody */
	WORLD_DEAD,     /* server 1 is dead */
	WORLD_OUTAGE,   /* nothing works for 20 s */
	WORLD_SWEEP,    /* the same, and each client's ports count up */
	WORLD_NAMES,    /* names that nobody answers, asked from some ports more than others */
	WORLD_LOSSY,    /* every third is lost at server 1, and client 2 has ports of its own */
};

static const struct row {
	const char *name;
	enum world_kind kind;
	size_t count;
	uint64_t seed;
	/* what is blamed */
	unsigned verdicts;
	enum dg_shape shape;
	enum dg_scope scope;
	struct dg_unit_id unit;
} rows[] = {
    {"nothing is blamed in a healthy world", WORLD_HEALTHY, 3000, 1, 0, 0, 0, {0, 0}},
    {"1-1023 but 53 at one of three servers", WORLD_INCIDENT, 3000, 2, 1, DG_SHAPE_HARD,
	DG_SCOPE_SERVER, {0, 0}},
    {"the same in few trials", WORLD_INCIDENT, 300, 3, 1, DG_SHAPE_HARD, DG_SCOPE_SERVER,
	{0, 0}},
    {"all but one range everywhere", WORLD_FLIP, 2000, 4, 1, DG_SHAPE_FLIP, DG_SCOPE_ALL,
	{0, 0}},
    {"two ranges at two servers", WORLD_TWO, 4000, 5, 2, DG_SHAPE_HARD, DG_SCOPE_SERVER,
	{0, 0}},
    {"one client at all servers", WORLD_CLIENT, 3000, 6, 1, DG_SHAPE_HARD, DG_SCOPE_CLIENT,
	{0, 1}},
    {"a dead server is no set of ports", WORLD_DEAD, 2000, 7, 0, 0, 0, {0, 0}},
    {"an outage is no set of ports", WORLD_OUTAGE, 3000, 8, 0, 0, 0, {0, 0}},
    {"an outage while ports count up is none", WORLD_SWEEP, 3000, 9, 0, 0, 0, {0, 0}},
    {"names that nobody answers are none", WORLD_NAMES, 3000, 10, 0, 0, 0, {0, 0}},
    {"loss at one server is none", WORLD_LOSSY, 3000, 11, 0, 0, 0, {0, 0}},
};

static struct trial_world world;

static bool
is_in(uint16_t port, uint16_t first, uint16_t last)
{
	return port >= first && port <= last;
}

/* Whether the world swallows it. */
static bool
is_swallowed(enum world_kind kind, const struct dg_trial *t, uint64_t *seed)
{
	bool is_low = is_in(t->port, 1, 1023) && t->port != 53;
	bool is_late = t->time_ns > 20 * SECOND && t->time_ns < 40 * SECOND;

	switch (kind) {
	case WORLD_HEALTHY:
		return false;
	case WORLD_INCIDENT:
		return t->server == 0 && is_low;
	case WORLD_FLIP:
		return !is_in(t->port, 20000, 29999);
	case WORLD_TWO:
		return (t->server == 0 && is_low) ||
		    (t->server == 2 && is_in(t->port, 32768, 49151));
	case WORLD_CLIENT:
		return t->client == 1 && t->port >= 40000;
	case WORLD_DEAD:
		return t->server == 1;
	case WORLD_OUTAGE:
	case WORLD_SWEEP:
		return is_late;
	case WORLD_NAMES:
		return t->question < 4;
	case WORLD_LOSSY:
		return t->server == 1 && world_chance(seed, 3);
	}
	return false;
}

static void
fill(const struct row *row)
{
	uint64_t seed = row->seed;

	world_begin(&world, 3, 4, 1);
	for (size_t i = 0; i < row->count; i++) {
		uint32_t server = (uint32_t)(rows_random(&seed) % 3);
		uint32_t client = (uint32_t)(rows_random(&seed) % 4);
		uint16_t port = world_chance(&seed, 4) ? world_port(&seed, 0, 1023)
						       : world_port(&seed, 1024, 65535);
		struct dg_trial *t;

		if (row->kind == WORLD_SWEEP)
			port = (uint16_t)(1000 + 15000 * client + i);
		if (row->kind == WORLD_LOSSY && client == 2)
			port = world_port(&seed, 30000, 31000);
		if (i < 12) /* one that is open in most worlds */
			port = 53;
		t = world_add(&world, (int64_t)i * SECOND / 50, server, client, port, false);
		t->question = (uint32_t)(10 + rows_random(&seed) % 5000);
		if (row->kind == WORLD_NAMES && is_in(port, 50000, 55000))
			t->question = (uint32_t)(1 + rows_random(&seed) % 6);
		t->dead = is_swallowed(row->kind, t, &seed) || world_chance(&seed, 100);
		t->reached = t->dead == 0;
	}
}

/* Ports of the world that its verdict must hold, and none else. */
static bool
is_truly_dead(enum world_kind kind, uint16_t port)
{
	switch (kind) {
	case WORLD_INCIDENT:
	case WORLD_TWO:
		return is_in(port, 1, 1023) && port != 53;
	case WORLD_FLIP:
		return !is_in(port, 20000, 29999);
	case WORLD_CLIENT:
		return port >= 40000;
	default:
		return false;
	}
}

/* Every port tried in the verdict's unit is rightly in its set, or rightly not. */
static void
check_ports(const struct row *row, const struct dg_port_verdict *v)
{
	for (size_t i = 0; i < world.count; i++) {
		const struct dg_trial *t = &world.trials[i];
		bool is_concerned = row->scope == DG_SCOPE_ALL ||
		    (row->scope == DG_SCOPE_SERVER ? t->server == row->unit.server
						   : t->client == row->unit.client);

		if (is_concerned &&
		    dg_verdict_has_port(v, t->port) != is_truly_dead(row->kind, t->port))
			fail_msg("port %u", t->port);
	}
}

static const struct dg_port_verdict *
find_verdict(const struct row *row, const struct dg_port_result *r)
{
	for (size_t i = 0; i < r->verdict_count; i++)
		if (r->verdicts[i].scope == row->scope && r->verdicts[i].unit_count == 1 &&
		    r->verdicts[i].units[0].server == row->unit.server &&
		    r->verdicts[i].units[0].client == row->unit.client)
			return &r->verdicts[i];
	return NULL;
}

static void
test_world(void **state)
{
	const struct row *row = *state;
	struct dg_port_input input;
	struct dg_port_result *r;
	const struct dg_port_verdict *v = NULL;

	fill(row);
	input = world_input(&world);
	assert_int_equal(dg_ports_judge(&input, &r), 0);
	assert_int_equal(r->verdict_count, row->verdicts);
	assert_false(r->is_all_dead);
	assert_int_equal(r->entity_count, row->kind == WORLD_DEAD);
	if (row->verdicts > 0) {
		v = find_verdict(row, r);
		assert_non_null(v);
		assert_int_equal(v->shape, row->shape);
		assert_true(v->ln_p <= log(DG_PORTS_ALPHA));
		check_ports(row, v);
	}
	if (row->kind == WORLD_INCIDENT) {
		assert_int_equal(v->exception_count, 1);
		assert_int_equal(v->exceptions[0], 53);
		assert_int_equal(v->other_servers, DG_OTHERS_ALIVE);
		assert_true(v->is_confirmed);
	}
	dg_ports_free(r);
}

static void
assert_same(const struct dg_port_verdict *a, const struct dg_port_verdict *b)
{
	assert_int_equal(a->shape, b->shape);
	assert_int_equal(a->scope, b->scope);
	assert_int_equal(a->unit_count, b->unit_count);
	assert_memory_equal(a->units, b->units, a->unit_count * sizeof *a->units);
	assert_int_equal(a->range_count, b->range_count);
	assert_memory_equal(a->ranges, b->ranges, sizeof a->ranges);
	assert_int_equal(a->exception_count, b->exception_count);
	assert_memory_equal(a->exceptions, b->exceptions, sizeof a->exceptions);
	assert_memory_equal(&a->ln_p, &b->ln_p, sizeof a->ln_p);
	assert_memory_equal(&a->ln_bayes, &b->ln_bayes, sizeof a->ln_bayes);
	assert_memory_equal(a->firsts, b->firsts, sizeof a->firsts[0] * a->range_count);
	assert_memory_equal(a->lasts, b->lasts, sizeof a->lasts[0] * a->range_count);
	assert_int_equal(a->inside_dead, b->inside_dead);
	assert_int_equal(a->outside_trials, b->outside_trials);
}

/* The same to the last bit. */
static void
test_order(void **state)
{
	const struct row *row = *state;
	uint64_t seed = 77;
	struct dg_port_input input;
	struct dg_port_result *r, *other;

	fill(row);
	input = world_input(&world);
	assert_int_equal(dg_ports_judge(&input, &r), 0);
	for (int i = 0; i < 3; i++) {
		world_shuffle(&world, &seed);
		input = world_input(&world);
		assert_int_equal(dg_ports_judge(&input, &other), 0);
		assert_int_equal(r->verdict_count, other->verdict_count);
		for (size_t k = 0; k < r->verdict_count; k++)
			assert_same(&r->verdicts[k], &other->verdicts[k]);
		assert_int_equal(r->doubt_count, other->doubt_count);
		for (unsigned k = 0; k < r->doubt_count; k++)
			assert_memory_equal(&r->doubts[k].ln_p, &other->doubts[k].ln_p,
			    sizeof r->doubts[k].ln_p);
		dg_ports_free(other);
	}
	dg_ports_free(r);
}

static void
test_nothing(void **state)
{
	struct dg_port_input input;
	struct dg_port_result *r;

	(void)state;
	world_begin(&world, 1, 1, 1);
	for (int count = 0; count < 5; count++) {
		input = world_input(&world);
		assert_int_equal(dg_ports_judge(&input, &r), 0);
		assert_int_equal(r->verdict_count, 0);
		assert_int_equal(r->is_all_dead, count > 0);
		dg_ports_free(r);
		world_add(&world, count, 0, 0, (uint16_t)count, true);
	}
}

/* A stricter level blames less, and says that it suspects. */
static void
test_level(void **state)
{
	struct dg_port_input input;
	struct dg_port_result *r;
	double ln_p;

	(void)state;
	fill(&rows[2]);
	input = world_input(&world);
	assert_int_equal(dg_ports_judge(&input, &r), 0);
	assert_int_equal(r->verdict_count, 1);
	ln_p = r->verdicts[0].ln_p;
	dg_ports_free(r);
	input.alpha = exp(ln_p - 5); /* fewer units reach it, and share it */
	assert_int_equal(dg_ports_judge(&input, &r), 0);
	assert_int_equal(r->verdict_count, 0);
	assert_int_equal(r->doubt_count, 1);
	assert_int_equal(r->doubts[0].doubt, DG_DOUBT_NONE);
	assert_true(r->doubts[0].ln_p > ln_p - 5 && r->doubts[0].ln_p <= ln_p);
	dg_ports_free(r);
}

/* Each server drops other ports; `servers` of them. */
static bool
is_cut_with(uint32_t servers)
{
	struct dg_port_input input;
	struct dg_port_result *r;
	uint64_t seed = 5;
	bool is_cut;

	world_begin(&world, servers, 3, 1);
	for (uint32_t i = 0; i < servers * 300; i++) {
		uint32_t server = i % servers;
		uint16_t port = world_port(&seed, 1024, 65535);
		bool is_dead = port >= 3000 * server + 2000 && port < 3000 * server + 4500;

		world_add(
		    &world, i, server, (uint32_t)(rows_random(&seed) >> 20) % 3, port, is_dead);
	}
	input = world_input(&world);
	assert_int_equal(dg_ports_judge(&input, &r), 0);
	assert_true(r->verdict_count > 0);
	is_cut = r->is_cut;
	dg_ports_free(r);
	return is_cut;
}

static void
test_cut(void **state)
{
	(void)state;
	assert_false(is_cut_with(4));
	assert_true(is_cut_with(20));
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, test_world);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		rows_add(&r, rows_name("in any order: %s", rows[i].name), test_order, &rows[i]);
	rows_add(&r, "a search with more to find says so", test_cut, NULL);
	rows_add(&r, "no trials, and dead ones only", test_nothing, NULL);
	rows_add(&r, "what is not sure enough is suspected", test_level, NULL);
	return rows_run(&r, "ports");
}
