/*
 * scan_range.c - one range that is dead, and all but one: what is found, and how unlikely.
 */
#include <math.h>

#include "judge/natural.h"
#include "judge/scan.h"
#include "trial_world.h"

#define SECOND INT64_C(1000000000)

static struct trial_world world;

/* Every port in steps, alive but for one range; `open` inside it is alive. */
static void
fill(uint16_t first, uint16_t last, unsigned step, uint16_t open, bool is_flipped)
{
	uint64_t seed = 3;
	unsigned i = 0;

	world_begin(&world, 1, 1, 1);
	for (uint32_t port = 0; port < 65536; port += step, i++) {
		bool is_in = port >= first && port <= last && port != open;

		world_add(&world, 0, 0, 0, (uint16_t)port, is_in != is_flipped);
	}
	for (size_t k = 0; k < world.count; k++) { /* times in no order of ports */
		size_t other = rows_random(&seed) % world.count;
		int64_t time_ns = world.trials[other].time_ns;

		world.trials[other].time_ns = world.trials[k].time_ns + (int64_t)k * SECOND;
		world.trials[k].time_ns = time_ns;
	}
}

static void
scan(int (*look)(struct dg_unit *u, struct dg_candidate *out), struct dg_candidate *found)
{
	static uint32_t ids[WORLD_TRIALS_MAX];
	struct dg_port_input input = world_input(&world);
	struct dg_cases c;
	struct dg_unit u;

	*found = (struct dg_candidate){.is_found = false};
	assert_int_equal(dg_cases_make(&input, &c), 0);
	for (uint32_t i = 0; i < c.count; i++)
		ids[i] = i;
	u = (struct dg_unit){.cases = &c, .scope = DG_SCOPE_ALL, .ids = ids, .count = c.count};
	assert_int_equal(look(&u, found), 0);
	dg_unit_fini(&u);
	dg_cases_fini(&c);
}

static void
test_hard(void **state)
{
	struct dg_candidate found;

	(void)state;
	fill(0, 1023, 32, 1, false);
	scan(dg_scan_hard, &found);
	assert_true(found.is_found);
	assert_int_equal(found.shape, DG_SHAPE_HARD);
	assert_int_equal(found.range_count, 1);
	assert_int_equal(found.ranges[0].first, 0);
	assert_int_equal(found.ranges[0].last, 992);
	assert_int_equal(found.exception_count, 0);
	/* 0-1023 weighs .27, no exceptions .6; the ports are the weaker evidence */
	assert_true(found.ln_tail >= dg_ln_hypergeometric_tail(32, 2048, 32, 32) - 1e-9);
	assert_true(fabs(found.ln_score - (found.ln_tail - log(0.2739) - log(0.6))) < 0.01);
}

static void
test_exception(void **state)
{
	struct dg_candidate found;
	double weight;

	(void)state;
	fill(0, 511, 53, 53, false);
	scan(dg_scan_hard, &found);
	assert_true(found.is_found);
	assert_int_equal(found.ranges[0].first, 0);
	assert_int_equal(found.ranges[0].last, 477);
	assert_int_equal(found.exception_count, 1);
	assert_int_equal(found.exceptions[0], 53);
	/* one of twelve that are kept open, which have .3 of the weight */
	weight = log(0.30 * 0.025 + 0.15 / 7 / 128) + log(0.3 / 12);
	assert_true(fabs(found.ln_score - (found.ln_tail - weight)) < 1e-9);
	assert_true(found.ln_score < -30);
}

/* Where an exception would cost more than it explains, there is none yet. */
static void
test_odd_exception(void **state)
{
	struct dg_candidate found;

	(void)state;
	fill(20001, 30004, 53, 24963, false);
	scan(dg_scan_hard, &found);
	assert_true(found.is_found);
	assert_int_equal(found.ranges[0].first, 20034);
	assert_int_equal(found.ranges[0].last, 29998);
	assert_int_equal(found.exception_count, 0);
	assert_true(found.ln_score < -100);
}

/* Lost ports here and there are no range; nor is a single one. */
static void
test_scattered(void **state)
{
	struct dg_candidate found;

	(void)state;
	fill(0, 0, 32, 0, false);
	for (size_t i = 5; i < world.count; i += 97)
		world.trials[i].reached = !(world.trials[i].dead = 1);
	scan(dg_scan_hard, &found);
	assert_true(!found.is_found || found.ln_score > -1);
	fill(32000, 32000, 32, 0, false);
	scan(dg_scan_hard, &found);
	assert_false(found.is_found);
}

static void
test_flip(void **state)
{
	struct dg_candidate found;

	(void)state;
	fill(20001, 30004, 53, 0, true);
	scan(dg_scan_flip, &found);
	assert_true(found.is_found);
	assert_int_equal(found.shape, DG_SHAPE_FLIP);
	assert_int_equal(found.range_count, 2);
	assert_int_equal(found.ranges[0].first, 0);
	assert_int_equal(found.ranges[0].last, 19981);
	assert_int_equal(found.ranges[1].first, 30051);
	assert_int_equal(found.ranges[1].last, 65508);
	assert_true(found.dead >= found.cases && found.cases > 1000);
	/* where most is alive, nothing is said of all but one range */
	fill(20001, 30004, 53, 0, false);
	scan(dg_scan_flip, &found);
	assert_false(found.is_found);
}

/* The open range loses a sixth: that is loss, and no exception.  Loss alone opens no range. */
static void
test_lossy_flip(void **state)
{
	struct dg_candidate found;

	(void)state;
	fill(20001, 30004, 530, 0, true);
	for (size_t i = 0; i < world.count; i++)
		if (world.trials[i].reached && i % 6 == 4)
			world.trials[i].reached = !(world.trials[i].dead = 1);
	scan(dg_scan_flip, &found);
	assert_true(found.is_found);
	assert_int_equal(found.range_count, 2);
	assert_int_equal(found.ranges[0].last, 19610);
	assert_int_equal(found.ranges[1].first, 30210);
	/* 16 of its 19 ports, and no other of 124; past the level, flip's share and the scope's
	 */
	assert_true(found.ln_tail >= dg_ln_hypergeometric_tail(16, 124, 16, 19) - 1e-9);
	assert_true(found.ln_score < log(0.1 * 0.05 * 0.25));
	fill(0, 65535, 53, 0, false);
	for (size_t i = 5; i < world.count; i += 97)
		world.trials[i].dead = !(world.trials[i].reached = 1);
	scan(dg_scan_flip, &found);
	assert_true(!found.is_found || found.ln_score > -1);
}

/* Only low ports are open: one range is left of it. */
static void
test_one_sided(void **state)
{
	struct dg_candidate found;

	(void)state;
	fill(0, 1023, 32, 1, true);
	scan(dg_scan_flip, &found);
	assert_true(found.is_found);
	assert_int_equal(found.range_count, 1);
	assert_int_equal(found.ranges[0].first, 1024);
	assert_int_equal(found.ranges[0].last, 65504);
}

int
main(void)
{
	struct rows r = {0};

	rows_add(&r, "a dead range is found whole", test_hard, NULL);
	rows_add(&r, "an answered port in it is its exception", test_exception, NULL);
	rows_add(&r, "an odd one costs too much here", test_odd_exception, NULL);
	rows_add(&r, "scattered losses are no range", test_scattered, NULL);
	rows_add(&r, "all but one range", test_flip, NULL);
	rows_add(&r, "all but one range, which loses some", test_lossy_flip, NULL);
	rows_add(&r, "all but a range at the end", test_one_sided, NULL);
	return rows_run(&r, "scan_range");
}
