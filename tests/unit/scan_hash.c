/*
 * scan_hash.c - ports that are dead again and again, without structure.
 */
#include "port_world.h"

#define POOL 150
#define TRIES 6

struct row {
	const char *name;
	uint32_t dead_ports;     /* of the pool, for good */
	uint32_t loss_per_mille; /* of the others */
	int64_t seconds_between; /* two tries of a port */
	bool is_found;
};

static const struct row rows[] = {
    {"an eighth of the ports is dead for good", POOL / 8, 20, 100, true},
    {"a fifth is lost at random", 0, 200, 100, false},
    {"tries that follow at once are not repeats", POOL / 8, 20, 1, false},
};

static struct port_world
make(const struct row *row)
{
	struct port_world w = port_world_make(1, 1);
	uint16_t pool[POOL];

	for (unsigned i = 0; i < POOL; i++)
		pool[i] = (uint16_t)(1024 + i * 400 + port_world_random(&w, 400));
	for (unsigned n = 0; n < TRIES; n++) {
		for (unsigned i = 0; i < POOL; i++) {
			/* Which ports are dead has nothing to do with their numbers or times.
			 */
			bool is_dead = i * 67 % POOL < row->dead_ports;
			bool is_lost = port_world_random(&w, 1000) < row->loss_per_mille;
			unsigned at = row->seconds_between < 30 ? i * TRIES + n : n * POOL + i;

			port_world_add(&w, 0, 0, pool[i], at, is_dead || is_lost);
		}
	}
	return w;
}

static void
finds_repeats(void **state)
{
	const struct row *row = *state;
	struct port_world w = make(row);
	struct dg_candidate c = {.is_found = false};

	port_world_open(&w);
	assert_int_equal(dg_scan_repeats(&w.unit, &c), 0);
	assert_int_equal(c.is_found && c.ln_score < -10, row->is_found);
	if (row->is_found) {
		assert_int_equal(c.shape, DG_SHAPE_REPEATS);
		assert_true(c.share > .09 && c.share < .16);
	}
	port_world_close(&w);
}

/* The ports that are told are those never alive; nothing of the unit is left. */
static void
verdict_lists_ports(void **state)
{
	struct port_world w = make(&rows[0]);
	struct dg_candidate c = {.is_found = false};
	struct dg_port_verdict v;
	size_t dead_trials = 0;

	(void)state;
	port_world_open(&w);
	assert_int_equal(dg_scan_repeats(&w.unit, &c), 0);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_int_equal(v.port_count, POOL / 8);
	assert_int_equal(v.inside_trials, POOL / 8 * TRIES);
	assert_int_equal(v.inside_dead, v.inside_trials);
	for (size_t i = 0; i < w.cases.count; i++) {
		assert_false(w.cases.list[i].is_active);
		dead_trials += dg_verdict_has_port(&v, w.cases.list[i].port);
	}
	assert_int_equal(dead_trials, v.inside_trials);
	for (size_t i = 1; i < v.port_count; i++)
		assert_true(v.ports[i] > v.ports[i - 1]);
	free(v.units);
	free(v.ports);
	port_world_close(&w);
}

/* Two clients at two servers; an eighth of the ports is dead at the second server, for the
 * first client or for both. */
static struct port_world
make_four(bool is_both)
{
	struct port_world w = port_world_make(2, 2);

	for (unsigned n = 0; n < TRIES; n++) {
		for (unsigned i = 0; i < 4 * POOL; i++) {
			uint32_t server = i & 1, client = i >> 1 & 1, port = 2000 + i / 4 * 90;
			bool is_dead = server == 1 && (is_both || client == 0) &&
			    i / 4 * 67 % POOL < POOL / 8;

			port_world_add(
			    &w, server, client, port, (int64_t)n * 4 * POOL + i, is_dead);
		}
	}
	return w;
}

/* Where no client of the server is healthy, nothing tells the hash from loss: left open. */
static void
verdict_of_all_pairs_is_left_open(void **state)
{
	struct port_world w = make_four(true);
	struct dg_candidate c = {.is_found = false};
	struct dg_port_verdict v;

	(void)state;
	port_world_open(&w);
	port_world_choose(&w, DG_SCOPE_SERVER, 1);
	assert_int_equal(dg_scan_repeats(&w.unit, &c), 0);
	assert_true(c.is_found);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_int_equal(v.scope, DG_SCOPE_SERVER);
	assert_false(v.is_confirmed);
	free(v.units);
	free(v.ports);
	port_world_close(&w);
}

/* The other client's ports at this server live: it is a matter of the one client there. */
static void
verdict_is_of_the_pair(void **state)
{
	struct port_world w = make_four(false);
	struct dg_candidate c = {.is_found = false};
	struct dg_port_verdict v;

	(void)state;
	port_world_open(&w);
	port_world_choose(&w, DG_SCOPE_SERVER, 1);
	assert_int_equal(dg_scan_repeats(&w.unit, &c), 0);
	assert_true(c.is_found);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_int_equal(v.scope, DG_SCOPE_PAIR);
	assert_int_equal(v.unit_count, 1);
	assert_int_equal(v.units[0].server, 1);
	assert_int_equal(v.units[0].client, 0);
	assert_true(v.is_confirmed);
	assert_int_equal(v.port_count, POOL / 8);
	assert_int_equal(v.inside_dead, v.inside_trials);
	for (size_t i = 0; i < w.cases.count; i++) {
		const struct dg_case *x = &w.cases.list[i];

		assert_int_equal(x->is_active, x->server != 1 || x->client != 0);
	}
	free(v.units);
	free(v.ports);
	port_world_close(&w);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, finds_repeats);
	rows_add(
	    &r, "a verdict lists the ports that were never alive", verdict_lists_ports, NULL);
	rows_add(&r, "a verdict is of the client and server concerned", verdict_is_of_the_pair,
	    NULL);
	rows_add(
	    &r, "a verdict of all pairs is left open", verdict_of_all_pairs_is_left_open, NULL);
	return rows_run(&r, "ports that are dead again");
}
