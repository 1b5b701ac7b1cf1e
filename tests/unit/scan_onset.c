/*
 * scan_onset.c - ranges that are dead from some time on, or until some time.
 */
#include "port_world.h"

#define SECOND INT64_C(1000000000)
#define SECONDS 1000

struct row {
	const char *name;
	uint16_t first, last;  /* of ports */
	int64_t after, before; /* seconds between which they are dead */
	uint16_t kept_open;    /* a port that is not; 0: none */
	bool is_found;
};

static const struct row rows[] = {
    {"the low ports from a time on", 0, 1023, 500, SECONDS, 0, true},
    {"the low ports until a time", 0, 1023, -1, 400, 0, true},
    {"the low ports but 53", 0, 1023, 500, SECONDS, 53, true},
    {"a range that no one names", 21111, 23222, 600, SECONDS, 0, true},
    {"all ports: that is no fault of ports", 0, 65535, 500, SECONDS, 0, false},
    {"none", 0, 0, 2 * SECONDS, 2 * SECONDS, 0, false},
};

static bool
is_dead(const struct row *row, uint32_t port, int64_t second)
{
	return port >= row->first && port <= row->last && second > row->after &&
	    second < row->before && (port != row->kept_open || port == 0);
}

static struct port_world
make(const struct row *row)
{
	struct port_world w = port_world_make(1, 1);

	for (int64_t second = 0; second < SECONDS; second++) {
		uint32_t high = 1024 + port_world_random(&w, 65536 - 1024);
		uint32_t low = port_world_random(&w, 1024);

		port_world_add(&w, 0, 0, high, second, is_dead(row, high, second));
		if (second % 5 == 0)
			port_world_add(&w, 0, 0, low, second, is_dead(row, low, second));
		if (second % 50 == 1)
			port_world_add(&w, 0, 0, 53, second, is_dead(row, 53, second));
	}
	return w;
}

static void
finds_onsets(void **state)
{
	const struct row *row = *state;
	struct port_world w = make(row);
	struct dg_candidate c = {.is_found = false};

	port_world_open(&w);
	assert_int_equal(dg_scan_onset(&w.unit, &c), 0);
	assert_int_equal(c.is_found && c.ln_score < -10, row->is_found);
	if (row->is_found) {
		assert_int_equal(c.shape, DG_SHAPE_ONSET);
		assert_int_equal(c.range_count, 1);
		assert_true(c.ranges[0].first >= row->first && c.ranges[0].last <= row->last);
		assert_true(c.has_window);
		/* One end is open; the other is the last answer before, or the first after. */
		if (row->after < 0) {
			assert_true(c.after_ns == INT64_MIN);
			assert_true(c.before_ns >= row->before * SECOND &&
			    c.before_ns < (row->before + 200) * SECOND);
		} else {
			assert_true(c.before_ns == INT64_MAX);
			assert_true(c.after_ns <= row->after * SECOND &&
			    c.after_ns > (row->after - 200) * SECOND);
		}
		assert_true(c.dead > 15 && c.dead == c.cases);
	}
	port_world_close(&w);
}

/* The verdict's counts are of its window, and what is outside it stays. */
static void
verdict_keeps_to_its_window(void **state)
{
	struct port_world w = make(&rows[2]);
	struct dg_candidate c = {.is_found = false};
	struct dg_port_verdict v;

	(void)state;
	port_world_open(&w);
	assert_int_equal(dg_scan_onset(&w.unit, &c), 0);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_true(v.has_window);
	assert_int_equal(v.exception_count, 1);
	assert_int_equal(v.exceptions[0], 53);
	assert_int_equal(v.inside_dead, v.inside_trials);
	assert_true(v.inside_trials + v.outside_trials < 650);
	for (size_t i = 0; i < w.cases.count; i++) {
		const struct dg_case *x = &w.cases.list[i];

		if (x->time_ns <= v.after_ns)
			assert_true(x->is_active);
	}
	free(v.units);
	port_world_close(&w);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, finds_onsets);
	rows_add(&r, "a verdict keeps to its window", verdict_keeps_to_its_window, NULL);
	return rows_run(&r, "faults that begin or end");
}
