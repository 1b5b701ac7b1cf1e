/*
 * again.c - what was blamed once is found elsewhere with less; and where nothing was blamed
 * nothing is easier.
 */
#include "judge/again.h"

#include <math.h>

#include "trial_world.h"

#define SECOND INT64_C(1000000000)

static struct trial_world world;

/* Eight servers that answer; the last one loses all of three low ports and five of thirty
 * others, and the first one forty low ones, if it is at fault. */
static struct dg_port_result *
judge(bool is_first_at_fault)
{
	struct dg_port_input input;
	struct dg_port_result *r;
	int64_t time = 0;

	world_begin(&world, 8, 1, 2);
	for (uint32_t n = 0; n < 40; n++) {
		uint32_t mixed = 17 * n % 40; /* ports in no order */

		for (uint32_t server = 0; server < 7; server++) {
			bool is_lost = server == 0 && is_first_at_fault;

			world_add(&world, time += SECOND, server, 0,
			    (uint16_t)(300 + 10 * mixed + server), is_lost);
			world_add(&world, time += SECOND, server, 0,
			    (uint16_t)(1500 + 1001 * mixed + server), false);
		}
		if (n % 8 < 6)
			world_add(&world, time += SECOND, 7, 0, (uint16_t)(2000 + 900 * mixed),
			    n % 11 == 3 || n == 10 || n == 20);
		if (n == 11 || n == 18 || n == 29)
			world_add(&world, time += SECOND, 7, 0,
			    (uint16_t)(n == 11 ? 120 : 920 - n), true);
	}
	input = world_input(&world);
	assert_int_equal(dg_ports_judge(&input, &r), 0);
	return r;
}

static void
test_elsewhere(void **state)
{
	struct dg_port_result *r = judge(true);
	bool is_found[8] = {false};

	(void)state;
	for (size_t i = 0; i < r->verdict_count; i++) {
		assert_int_equal(r->verdicts[i].shape, DG_SHAPE_HARD);
		assert_int_equal(r->verdicts[i].scope, DG_SCOPE_SERVER);
		for (uint32_t k = 0; k < r->verdicts[i].unit_count; k++)
			is_found[r->verdicts[i].units[k].server] = true;
	}
	for (int i = 0; i < 8; i++)
		assert_int_equal(is_found[i], i == 0 || i == 7);
	dg_ports_free(r);
}

static void
test_alone(void **state)
{
	struct dg_port_result *r = judge(false);

	(void)state;
	assert_int_equal(r->verdict_count, 0);
	dg_ports_free(r);
}

static struct dg_port_verdict
verdict(enum dg_scope scope, enum dg_shape shape)
{
	return (struct dg_port_verdict){
	    .shape = shape,
	    .scope = scope,
	    .ranges = {{187, 687}},
	    .firsts = {{20, 187, 1}},
	    .lasts = {{687, 2000, 1}},
	    .range_count = 1,
	};
}

/* The range as seen, and 0-1023 or what else fits best; half of all weight. */
static void
test_ranges(void **state)
{
	struct dg_port_verdict v = verdict(DG_SCOPE_SERVER, DG_SHAPE_HARD);
	struct dg_again again;

	(void)state;
	assert_true(dg_again_make(&v, 1, &again));
	assert_int_equal(again.count, 1); /* nothing that people choose begins in 20-187 */
	v.firsts[0].least = 0;
	assert_true(dg_again_make(&v, 1, &again));
	assert_int_equal(again.count, 2);
	assert_int_equal(again.list[0].first, 187);
	assert_int_equal(again.list[0].last, 687);
	assert_int_equal(again.list[1].first, 0);
	assert_int_equal(again.list[1].last, 1023);
	assert_true(
	    fabs(exp(again.list[0].ln_weight) + exp(again.list[1].ln_weight) - .5) < 1e-9);
	for (int scope = 0; scope < DG_SCOPE_COUNT; scope++)
		assert_int_equal(again.has_scope[scope], scope == DG_SCOPE_SERVER);
}

/* Where everybody is blamed there is nobody else, and other shapes are no ranges. */
static void
test_none(void **state)
{
	struct dg_port_verdict list[] = {
	    verdict(DG_SCOPE_ALL, DG_SHAPE_HARD),
	    verdict(DG_SCOPE_SERVER, DG_SHAPE_SOFT),
	    verdict(DG_SCOPE_CLIENT, DG_SHAPE_PARITY),
	};
	struct dg_again again;

	(void)state;
	assert_false(dg_again_make(list, 3, &again));
	assert_false(dg_again_make(list, 0, &again));
}

int
main(void)
{
	struct rows r = {0};

	rows_add(&r, "the same range at a server of few trials", test_elsewhere, NULL);
	rows_add(&r, "the same trials where nothing was blamed", test_alone, NULL);
	rows_add(&r, "ranges as seen and as people choose them", test_ranges, NULL);
	rows_add(&r, "nothing to look for", test_none, NULL);
	return rows_run(&r, "what was blamed once");
}
