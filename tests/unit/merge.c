/*
 * merge.c - verdicts about neighbouring ranges of one scope become one.
 */
#include "port_world.h"

struct row {
	const char *name;
	struct dg_port_range ranges[2];
	enum dg_shape shapes[2];
	uint32_t servers[2];
	size_t verdict_count; /* afterwards */
	enum dg_shape shape;
	unsigned range_count;
};

/* Answered are ports from 1000 on that end in 000; everything else is dead. */
static const struct row rows[] = {
    {"with nothing answered between them", {{100, 199}, {300, 399}},
	{DG_SHAPE_HARD, DG_SHAPE_HARD}, {0, 0}, 1, DG_SHAPE_HARD, 1},
    {"the later one first", {{300, 399}, {100, 199}}, {DG_SHAPE_HARD, DG_SHAPE_HARD}, {0, 0}, 1,
	DG_SHAPE_HARD, 1},
    {"with an answered port between them", {{100, 199}, {1100, 1199}},
	{DG_SHAPE_HARD, DG_SHAPE_HARD}, {0, 0}, 1, DG_SHAPE_HARD, 2},
    {"of two servers", {{100, 199}, {300, 399}}, {DG_SHAPE_HARD, DG_SHAPE_HARD}, {0, 1}, 2,
	DG_SHAPE_HARD, 1},
    {"a range and a partial one", {{100, 199}, {300, 399}}, {DG_SHAPE_HARD, DG_SHAPE_SOFT},
	{0, 0}, 2, DG_SHAPE_HARD, 1},
    {"two single ports", {{100, 100}, {300, 300}}, {DG_SHAPE_SINGLE, DG_SHAPE_SINGLE}, {0, 0},
	1, DG_SHAPE_LIST, 2},
    {"a single port and a range", {{100, 100}, {300, 399}}, {DG_SHAPE_SINGLE, DG_SHAPE_HARD},
	{0, 0}, 1, DG_SHAPE_HARD, 2},
};

static struct dg_port_verdict
verdict(const struct row *row, unsigned n)
{
	struct dg_port_verdict v = {
	    .shape = row->shapes[n],
	    .scope = DG_SCOPE_SERVER,
	    .units = calloc(1, sizeof *v.units),
	    .unit_count = 1,
	    .ranges = {row->ranges[n]},
	    .range_count = 1,
	    .exceptions = {(uint16_t)(row->ranges[n].first + 5)},
	    .exception_count = row->shapes[n] == DG_SHAPE_HARD,
	    .ln_p = n == 0 ? -20 : -30,
	    .inside_trials = 10,
	    .inside_dead = 10,
	    .outside_trials = 200 - 10 * n,
	    .outside_dead = 10 - 10 * n,
	};

	assert_non_null(v.units);
	v.units[0].server = row->servers[n];
	return v;
}

static void
merges(void **state)
{
	const struct row *row = *state;
	struct port_world w = port_world_make(2, 1);
	struct dg_port_verdict list[2] = {verdict(row, 0), verdict(row, 1)};
	size_t count = 2;

	for (uint32_t port = 50; port < 3000; port += 50)
		port_world_add(&w, 0, 0, port, port, port % 1000 != 0);
	port_world_open(&w);
	assert_int_equal(dg_verdicts_merge(&w.cases, list, &count), 0);
	assert_int_equal(count, row->verdict_count);
	assert_int_equal(list[0].shape, row->shape);
	assert_int_equal(list[0].range_count, row->range_count);
	if (count == 1) {
		assert_int_equal(list[0].ranges[0].first, 100);
		assert_true(list[0].ln_p == -30);
		assert_int_equal(list[0].inside_trials, 20);
		assert_int_equal(list[0].outside_trials, 190);
		assert_int_equal(list[0].outside_dead, 0);
		for (unsigned i = 1; i < list[0].range_count; i++)
			assert_true(list[0].ranges[i].first > list[0].ranges[i - 1].last);
		for (unsigned i = 1; i < list[0].exception_count; i++)
			assert_true(list[0].exceptions[i] > list[0].exceptions[i - 1]);
	}
	for (size_t i = 0; i < count; i++)
		free(list[i].units);
	port_world_close(&w);
}

/* The whole way: two ranges of one server, found one after the other, are one verdict. */
static void
judge_merges(void **state)
{
	struct port_world w = port_world_make(2, 1);
	struct dg_port_input input;
	struct dg_port_result *results[2];

	(void)state;
	for (uint32_t i = 0; i < 4000; i++) {
		uint32_t port = port_world_random(&w, 65536);

		port_world_add(&w, i % 2, 0, port, i,
		    i % 2 == 1 && (port < 4096 || (port >= 40000 && port < 45000)));
	}
	for (unsigned n = 0; n < 2; n++) {
		input = (struct dg_port_input){w.trials, w.count, w.servers, w.clients,
		    w.server_prefixes, w.client_prefixes, 0, NULL};
		assert_int_equal(dg_ports_judge(&input, &results[n]), 0);
		port_world_reverse(&w);
	}
	for (unsigned n = 0; n < 2; n++) {
		const struct dg_port_verdict *v = results[n]->verdicts;

		assert_int_equal(results[n]->verdict_count, 1);
		assert_int_equal(v->shape, DG_SHAPE_HARD);
		assert_int_equal(v->scope, DG_SCOPE_SERVER);
		assert_int_equal(v->units[0].server, 1);
		assert_int_equal(v->range_count, 2);
		assert_in_range(v->ranges[0].last, 4000, 4095);
		assert_in_range(v->ranges[1].first, 40000, 40200);
		assert_in_range(v->ranges[1].last, 44800, 44999);
		/* The order of trials changes nothing. */
		assert_true(v->ln_p == results[0]->verdicts->ln_p);
		assert_memory_equal(v->ranges, results[0]->verdicts->ranges, sizeof v->ranges);
		assert_int_equal(v->inside_dead, results[0]->verdicts->inside_dead);
		assert_int_equal(v->outside_trials, results[0]->verdicts->outside_trials);
	}
	dg_ports_free(results[0]);
	dg_ports_free(results[1]);
	free(w.trials);
}

/* Three of five servers, behind one hash: one verdict about three, that counts them all. */
static void
judge_hash(void **state)
{
	struct port_world w = port_world_make(5, 3);
	struct dg_port_input input;
	struct dg_port_result *r;
	uint64_t dead = 0;

	(void)state;
	for (uint32_t i = 0; i < 5000; i++) {
		uint32_t port = 1024 + port_world_random(&w, 60000);
		bool is_dead = i % 5 < 3 && port % 2 == 0;

		dead += is_dead;
		port_world_add(&w, i % 5, port_world_random(&w, 3), port, i, is_dead);
	}
	input = (struct dg_port_input){w.trials, w.count, w.servers, w.clients,
	    w.server_prefixes, w.client_prefixes, 0, NULL};
	assert_int_equal(dg_ports_judge(&input, &r), 0);
	assert_int_equal(r->verdict_count, 1);
	assert_int_equal(r->verdicts->shape, DG_SHAPE_PARITY);
	assert_int_equal(r->verdicts->unit_count, 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(r->verdicts->units[i].server, i);
	assert_int_equal(r->verdicts->inside_dead, dead);
	assert_int_equal(r->verdicts->inside_trials, dead);
	assert_int_equal(r->verdicts->outside_trials, 3000 - dead);
	dg_ports_free(r);
	free(w.trials);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, merges);
	rows_add(&r, "two ranges of one server, in any order of trials", judge_merges, NULL);
	rows_add(&r, "a hash before three servers of five", judge_hash, NULL);
	return rows_run(&r, "merged verdicts");
}
