/*
 * scan_passes.c - ranges that die in each pass of ports in order, and what an outage looks
 * like.
 */
#include "diagnose/scan_passes.h"

#include <math.h>

#include "port_world.h"

#define SPAN 40
#define FIRST 2000
#define NEAR 1e-9

/* One pass through SPAN ports: of these, `count` from number `dead` on are dead. */
static void
pass(struct port_world *w, uint32_t client, int64_t second, uint32_t dead, uint32_t count)
{
	for (uint32_t i = 0; i < SPAN; i++)
		port_world_add(
		    w, 0, client, FIRST + i, second + i, i >= dead && i < dead + count);
}

static void
assert_near(double is, double wanted)
{
	assert_true(fabs(is - wanted) < NEAR);
}

/* ln p of ports 10 to 14 of the span; closes the world. */
static double
tail_of(struct port_world *w, size_t *passes)
{
	struct dg_passes p;
	double ln_p;

	port_world_open(w);
	assert_non_null(dg_unit_view(&w->unit, DG_VIEW_WEIGHTED));
	assert_int_equal(dg_passes_make(&w->unit, &p), 0);
	ln_p = dg_passes_tail(&w->unit, &p, FIRST + 10, FIRST + 14);
	*passes = p.count;
	dg_passes_fini(&p);
	port_world_close(w);
	return ln_p;
}

static void
each_pass_counts(void **state)
{
	struct port_world w = port_world_make(1, 1);
	size_t passes;

	(void)state;
	for (int64_t n = 0; n < 5; n++)
		pass(&w, 0, n * 1000, 10, 5);
	assert_near(tail_of(&w, &passes), 5 * log(1.0 / SPAN));
	assert_int_equal(passes, 5);
}

/* Where two more are dead beside the range, it might have been in three places; and of the run
 * at the server, 5 of 7 are in it. */
static void
longer_runs_count_less(void **state)
{
	struct port_world w = port_world_make(1, 1);
	size_t passes;

	(void)state;
	for (int64_t n = 0; n < 5; n++)
		pass(&w, 0, n * 1000, 9, 7);
	assert_near(tail_of(&w, &passes), 5 * (5.0 / 7) * log(3.0 / SPAN));
}

static void
few_passes_say_nothing(void **state)
{
	struct port_world w = port_world_make(1, 1);
	size_t passes;

	(void)state;
	pass(&w, 0, 0, 10, 5);
	pass(&w, 0, 1000, 10, 5);
	assert_near(tail_of(&w, &passes), 0);
	assert_int_equal(passes, 2);
}

static void
one_living_pass_refutes(void **state)
{
	struct port_world w = port_world_make(1, 1);
	size_t passes;

	(void)state;
	for (int64_t n = 0; n < 5; n++)
		pass(&w, 0, n * 1000, 10, n == 3 ? 4 : 5);
	assert_near(tail_of(&w, &passes), 0);
}

/* Clients in step, and one outage: it counts once, not once for each. */
static void
one_outage_counts_once(void **state)
{
	struct port_world w = port_world_make(1, 6);
	size_t passes;

	(void)state;
	for (uint32_t client = 0; client < 6; client++)
		pass(&w, client, 0, 10, 5);
	assert_near(tail_of(&w, &passes), log(1.0 / SPAN));
	assert_int_equal(passes, 6);
}

static void
ports_at_random_make_no_passes(void **state)
{
	struct port_world w = port_world_make(1, 1);
	size_t passes;

	(void)state;
	for (int64_t n = 0; n < 400; n++)
		port_world_add(
		    &w, 0, 0, FIRST + port_world_random(&w, SPAN), n * 10, n % 7 == 0);
	assert_near(tail_of(&w, &passes), 0);
	assert_int_equal(passes, 0);
}

/* As ports alone, 5 of 40 in a row are not enough; nor is time, by runs that count once. */
static void
range_is_found_by_passes(void **state)
{
	struct port_world w = port_world_make(1, 1);
	struct dg_candidate found = {.is_found = false};

	(void)state;
	for (int64_t n = 0; n < 12; n++)
		pass(&w, 0, n * 1000, 10, 5);
	port_world_open(&w);
	assert_int_equal(dg_scan_hard(&w.unit, &found), 0);
	assert_true(found.is_found);
	assert_true(found.is_by_passes);
	assert_int_equal(found.ranges[0].first, FIRST + 10);
	assert_int_equal(found.ranges[0].last, FIRST + 14);
	assert_near(found.ln_tail, 12 * log(1.0 / SPAN));
	port_world_close(&w);
}

int
main(void)
{
	struct rows r = {0};

	rows_add(&r, "each pass counts", each_pass_counts, NULL);
	rows_add(&r, "longer runs count less", longer_runs_count_less, NULL);
	rows_add(&r, "few passes say nothing", few_passes_say_nothing, NULL);
	rows_add(&r, "one living pass refutes", one_living_pass_refutes, NULL);
	rows_add(&r, "one outage counts once", one_outage_counts_once, NULL);
	rows_add(&r, "ports at random make no passes", ports_at_random_make_no_passes, NULL);
	rows_add(&r, "a range is found by passes", range_is_found_by_passes, NULL);
	return rows_run(&r, "passes");
}
