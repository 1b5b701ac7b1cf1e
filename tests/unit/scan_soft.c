/*
 * scan_soft.c - ranges of which more is lost than elsewhere.
 */
#include "port_world.h"

struct row {
	const char *name;
	uint16_t first, last;
	uint32_t per_cent; /* lost of the range, and of the others */
	uint32_t other_per_cent;
	bool is_found;
};

static const struct row rows[] = {
    {"half of an eighth of the ports", 8192, 16383, 50, 2, true},
    {"a third of a range that no one names", 20123, 31000, 33, 1, true},
    {"as much as elsewhere", 8192, 16383, 20, 20, false},
    {"a little more than elsewhere", 8192, 16383, 25, 20, false},
};

static struct port_world
make(const struct row *row)
{
	struct port_world w = port_world_make(1, 1);

	for (uint32_t i = 0; i < 2000; i++) {
		uint32_t port = port_world_random(&w, 65536);
		bool is_in = port >= row->first && port <= row->last;

		port_world_add(&w, 0, 0, port, i,
		    port_world_random(&w, 100) < (is_in ? row->per_cent : row->other_per_cent));
	}
	return w;
}

static void
finds_loss(void **state)
{
	const struct row *row = *state;
	struct port_world w = make(row);
	struct dg_candidate c = {.is_found = false};

	port_world_open(&w);
	assert_int_equal(dg_scan_soft(&w.unit, &c), 0);
	assert_int_equal(c.is_found && c.ln_score < -10, row->is_found);
	if (row->is_found) {
		assert_int_equal(c.shape, DG_SHAPE_SOFT);
		assert_in_range(c.ranges[0].first, row->first - 600, row->first + 600);
		assert_in_range(c.ranges[0].last, row->last - 600, row->last + 600);
	}
	port_world_close(&w);
}

/* A bad while that a client spends in a range is one case, however long it is. */
static void
bad_visit_counts_once(void **state)
{
	struct port_world w = port_world_make(1, 1);
	struct dg_candidate c = {.is_found = false};

	(void)state;
	for (uint32_t i = 0; i < 4000; i++) {
		uint32_t port = 1024 + i * 16 % 64000;
		bool is_bad = i >= 2000 && i < 2500 && i % 2 == 0;

		port_world_add(&w, 0, 0, port, i, is_bad);
	}
	port_world_open(&w);
	assert_int_equal(dg_scan_soft(&w.unit, &c), 0);
	assert_false(c.is_found);
	port_world_close(&w);
}

/* Two dead ranges with a good one between them are not one bad one. */
static void
dead_ranges_are_not_partial(void **state)
{
	struct port_world w = port_world_make(1, 1);
	struct dg_candidate c = {.is_found = false};

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		uint32_t port = port_world_random(&w, 65536);

		port_world_add(&w, 0, 0, port, i,
		    (port >= 32768 && port < 40000) || (port >= 46000 && port < 51000));
	}
	port_world_open(&w);
	assert_int_equal(dg_scan_soft(&w.unit, &c), 0);
	assert_false(c.is_found && c.dead < c.cases * .95);
	port_world_close(&w);
}

static void
verdict_takes_all_of_the_range(void **state)
{
	struct port_world w = make(&rows[0]);
	struct dg_candidate c = {.is_found = false};
	struct dg_port_verdict v;

	(void)state;
	port_world_open(&w);
	assert_int_equal(dg_scan_soft(&w.unit, &c), 0);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_int_equal(v.shape, DG_SHAPE_SOFT);
	assert_int_equal(v.exception_count, 0);
	assert_true(v.inside_dead * 10 > v.inside_trials * 4);
	assert_true(v.inside_dead * 10 < v.inside_trials * 6);
	assert_true(v.ln_bayes > 10);
	for (size_t i = 0; i < w.cases.count; i++) {
		const struct dg_case *x = &w.cases.list[i];

		assert_int_equal(x->is_active, !dg_verdict_has_port(&v, x->port));
	}
	free(v.units);
	port_world_close(&w);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, finds_loss);
	rows_add(&r, "a bad visit to a range counts once", bad_visit_counts_once, NULL);
	rows_add(&r, "dead ranges are not a partial one", dead_ranges_are_not_partial, NULL);
	rows_add(&r, "a verdict takes all of the range", verdict_takes_all_of_the_range, NULL);
	return rows_run(&r, "partial loss");
}
