/*
 * ends.c - where ranges begin and end, and which ports inside are alive.
 */
#include "port_world.h"

/* Ports that were tried, in ascending order; those from `first` to `last` are dead, less the
 * exceptions. */
struct row {
	const char *name;
	uint32_t from, to, step; /* tried: from, from + step, ... up to `to` */
	uint16_t first, last;
	uint16_t exceptions[2];
	unsigned exception_count;
	uint16_t asked_first, asked_last; /* the candidate's range */
	struct dg_range_end begin, end;   /* probability: at least */
};

static const struct row rows[] = {
    {"every port was tried", 900, 1200, 1, 950, 1023, {0}, 0, 960, 1023, {950, 950, .9},
	{1023, 1023, .99}},
    {"an edge of 1023 in a gap", 10, 2000, 25, 0, 1023, {0}, 0, 10, 1010, {0, 10, .99},
	{1010, 1034, .99}},
    {"a range asked for too wide", 10, 2000, 10, 500, 800, {0}, 0, 400, 900, {491, 500, .85},
	{800, 809, .85}},
    {"a range asked for too narrow", 10, 2000, 10, 500, 800, {0}, 0, 600, 700, {491, 500, .85},
	{800, 809, .85}},
    {"two exceptions, 53 and 500", 1, 2000, 1, 1, 1023, {53, 500}, 2, 1, 1023, {0, 1, .99},
	{1023, 1023, .99}},
    {"to the last port", 60000, 65535, 41, 63000, 65535, {0}, 0, 63034, 65535,
	{62994, 63034, .9}, {65535, 65535, .99}},
};

static bool
is_dead(const struct row *row, uint32_t port)
{
	bool is_in = port >= row->first && port <= row->last;

	for (unsigned i = 0; i < row->exception_count; i++)
		is_in = is_in && port != row->exceptions[i];
	return is_in;
}

static struct dg_candidate
candidate(enum dg_shape shape, uint16_t first, uint16_t last)
{
	return (struct dg_candidate){
	    .is_found = true,
	    .shape = shape,
	    .ranges = {{first, last}},
	    .range_count = 1,
	};
}

/* Ports in an order that has nothing to do with time. */
static struct port_world
make(const struct row *row)
{
	struct port_world w = port_world_make(1, 1);
	uint32_t count = (row->to - row->from) / row->step + 1;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t port = row->from + i * row->step;

		port_world_add(
		    &w, 0, 0, port, port_world_random(&w, 100000), is_dead(row, port));
	}
	return w;
}

static void
assert_end(const struct dg_range_end *end, const struct dg_range_end *expected)
{
	assert_int_equal(end->least, expected->least);
	assert_int_equal(end->most, expected->most);
	assert_true(end->probability >= expected->probability && end->probability <= 1);
}

static void
finds_ends(void **state)
{
	const struct row *row = *state;
	struct port_world w = make(row);
	struct dg_candidate c = candidate(DG_SHAPE_HARD, row->asked_first, row->asked_last);
	struct dg_port_verdict v;

	port_world_open(&w);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_int_equal(v.shape, DG_SHAPE_HARD);
	assert_int_equal(v.range_count, 1);
	assert_end(&v.firsts[0], &row->begin);
	assert_end(&v.lasts[0], &row->end);
	assert_int_equal(v.ranges[0].first, row->begin.most);
	assert_int_equal(v.ranges[0].last, row->end.least);
	assert_int_equal(v.exception_count, row->exception_count);
	for (unsigned i = 0; i < row->exception_count; i++)
		assert_int_equal(v.exceptions[i], row->exceptions[i]);
	for (size_t i = 0; i < w.cases.count; i++) {
		const struct dg_case *x = &w.cases.list[i];

		assert_int_equal(dg_verdict_has_port(&v, x->port), x->is_dead);
	}
	free(v.units);
	port_world_close(&w);
}

/* Where neighbours are lost at random as well, the end is less sure. */
static void
loss_makes_ends_less_sure(void **state)
{
	const struct row *row = &rows[1];
	struct dg_candidate c = candidate(DG_SHAPE_HARD, row->asked_first, row->asked_last);
	double sure[2];

	(void)state;
	for (unsigned n = 0; n < 2; n++) {
		struct port_world w = make(row);
		struct dg_port_verdict v;

		for (uint32_t i = 0; n == 1 && i < w.count; i++) {
			/* The next port beyond the edge too, and some far away. */
			if (w.trials[i].port == 1035 || w.trials[i].port % 100 == 60) {
				w.trials[i].reached = 0;
				w.trials[i].dead = 1;
			}
		}
		port_world_open(&w);
		assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
		sure[n] = v.lasts[0].probability;
		free(v.units);
		port_world_close(&w);
	}
	assert_true(sure[0] > .99999);
	assert_true(sure[1] < .9999);
}

/* An outage beside a range does not widen it. */
static void
outage_is_left_out(void **state)
{
	const struct row *row = &rows[1];
	struct port_world w = make(row);
	struct dg_candidate c = candidate(DG_SHAPE_HARD, row->asked_first, row->asked_last);
	struct dg_port_verdict v;

	(void)state;
	for (uint32_t i = 0; i < 60; i++)
		port_world_add(&w, 0, 0, 1036 + i * 10, 200000 + i, true);
	port_world_open(&w);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_int_equal(v.ranges[0].last, row->end.least);
	free(v.units);
	port_world_close(&w);
}

/* Nor does it hide a port of the range that was tried during the outage only. */
static void
outage_keeps_ports_of_the_range(void **state)
{
	const struct row *row = &rows[1];
	struct port_world w = make(row);
	struct dg_candidate c = candidate(DG_SHAPE_HARD, 10, 985);
	struct dg_port_verdict v;

	(void)state;
	for (uint32_t i = 0; i < 60; i++)
		port_world_add(&w, 0, 0, 1036 + i * 10, 200000 + i, true);
	port_world_add(&w, 0, 0, 1020, 200060, true);
	port_world_open(&w);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_int_equal(v.ranges[0].last, 1020);
	free(v.units);
	port_world_close(&w);
}

/* A block that people choose ends where it does, though the next port was lost by chance; of
 * any other range nobody could say. */
static void
chosen_range_wins(void **state)
{
	static const uint16_t lasts[][2] = {{30719, 30702}, {30409, 30422}};

	(void)state;
	for (unsigned n = 0; n < 2; n++) {
		struct port_world w = port_world_make(1, 1);
		struct dg_candidate c = candidate(DG_SHAPE_HARD, 28700, 30300);
		struct dg_port_verdict v;

		for (uint32_t port = 20002, i = 0; port <= 40000; port += 20, i++)
			port_world_add(&w, 0, 0, port, port_world_random(&w, 100000),
			    (port >= 28672 && port <= lasts[n][0] + 20u) || i % 20 == 0);
		port_world_open(&w);
		assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
		assert_int_equal(v.ranges[0].first, 28682);
		assert_int_equal(v.ranges[0].last, lasts[n][1]);
		free(v.units);
		port_world_close(&w);
	}
}

/*
 * A client that has ports inside only never gets a reply, and was set aside: it tells where the
 * ends are.  One with a port elsewhere is dead for another reason.
 */
static void
recalls_silent_clients(enum dg_shape shape)
{
	struct port_world w = port_world_make(1, 3);
	struct dg_candidate c = candidate(shape, 600, 800);
	struct dg_port_result aside = {.verdict_count = 0};
	struct dg_port_verdict v;

	for (uint32_t port = 10; port <= 2000; port += 50)
		port_world_add(&w, 0, 0, port, port, port >= 500 && port <= 800);
	for (uint32_t i = 0; i < 4; i++) {
		port_world_add(&w, 0, 1, 770 + i * 10, 5000 + i, true);
		port_world_add(&w, 0, 2, 830 + i * 400, 6000 + i, true);
	}
	port_world_open(&w);
	assert_int_equal(dg_cases_set_aside(&w.cases, &aside), 0);
	assert_int_equal(aside.entity_count, 2);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_int_equal(v.shape, DG_SHAPE_HARD);
	assert_int_equal(v.ranges[0].first, 510);
	assert_int_equal(v.ranges[0].last, 800);
	free(aside.entities);
	free(v.units);
	port_world_close(&w);
}

static void
silent_clients_come_back(void **state)
{
	(void)state;
	recalls_silent_clients(DG_SHAPE_HARD);
	recalls_silent_clients(DG_SHAPE_SOFT);
}

/* An answered port beside the range, which 0-1023 would take in, is no end of it. */
static void
ends_are_dead_ports(void **state)
{
	struct port_world w = port_world_make(1, 1);
	struct dg_candidate c = candidate(DG_SHAPE_HARD, 100, 1000);
	struct dg_port_verdict v;

	(void)state;
	port_world_add(&w, 0, 0, 53, 9000, false);
	for (uint32_t port = 100; port <= 3000; port += 20)
		port_world_add(&w, 0, 0, port, port, port < 1024);
	port_world_open(&w);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_int_equal(v.ranges[0].first, 100);
	assert_int_equal(v.firsts[0].least, 0);
	assert_int_equal(v.exception_count, 1);
	assert_int_equal(v.exceptions[0], 53);
	free(v.units);
	port_world_close(&w);
}

/* Every second port inside answers: the loss is partial. */
static void
many_exceptions_make_it_soft(void **state)
{
	struct port_world w = port_world_make(1, 1);
	struct dg_candidate c = candidate(DG_SHAPE_HARD, 1000, 1399);
	struct dg_port_verdict v;

	(void)state;
	for (uint32_t port = 200; port < 4000; port++)
		port_world_add(&w, 0, 0, port, port_world_random(&w, 100000),
		    port >= 1000 && port < 1400 && port % 3 != 0);
	port_world_open(&w);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_int_equal(v.shape, DG_SHAPE_SOFT);
	assert_int_equal(v.exception_count, 0);
	free(v.units);
	port_world_close(&w);
}

/* A range of a partial loss in which nothing is alive, once it is looked at, is total. */
static void
nothing_alive_makes_it_hard(void **state)
{
	struct port_world w = make(&rows[3]);
	struct dg_candidate c = candidate(DG_SHAPE_SOFT, 500, 800);
	struct dg_port_verdict v;

	(void)state;
	c.cases = 31;
	c.dead = 30;
	port_world_open(&w);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_int_equal(v.shape, DG_SHAPE_HARD);
	assert_int_equal(v.ranges[0].first, 500);
	assert_int_equal(v.ranges[0].last, 800);
	free(v.units);
	port_world_close(&w);
}

/* All but one range is dead: two ranges, which do not run into each other. */
static void
flip_has_two_ranges(void **state)
{
	struct port_world w = port_world_make(1, 1);
	struct dg_candidate c = candidate(DG_SHAPE_FLIP, 10, 29990);
	struct dg_port_verdict v;

	(void)state;
	c.ranges[1] = (struct dg_port_range){40010, 65510};
	c.range_count = 2;
	for (uint32_t port = 10; port < 65536; port += 100)
		port_world_add(&w, 0, 0, port, port_world_random(&w, 100000),
		    port < 30000 || port > 40000);
	port_world_open(&w);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_int_equal(v.range_count, 2);
	assert_int_equal(v.ranges[0].first, 10);
	assert_int_equal(v.ranges[0].last, 29910);
	assert_int_equal(v.lasts[0].most, 30009);
	assert_int_equal(v.firsts[1].least, 39911);
	assert_int_equal(v.ranges[1].first, 40010);
	assert_int_equal(v.lasts[1].most, 65535);
	free(v.units);
	port_world_close(&w);
}

/* All up to 40000 is dead; ports near the other end of what is open were lost by chance,
 * `*state` of them side by side. */
static void
flip_keeps_no_thin_side(void **state)
{
	const uint32_t lost = *(const uint32_t *)*state;
	struct port_world w = port_world_make(1, 1);
	struct dg_candidate c = candidate(DG_SHAPE_FLIP, 10, 39910);
	struct dg_port_verdict v;

	c.ranges[1] = (struct dg_port_range){(uint16_t)(65510 - 100 * (lost - 1)), 65510};
	c.range_count = 2;
	for (uint32_t port = 10; port < 65536; port += 100)
		port_world_add(&w, 0, 0, port, port_world_random(&w, 100000),
		    port < 40000 || port >= c.ranges[1].first || port == 45010);
	port_world_open(&w);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_int_equal(v.range_count, lost > 1 ? 2 : 1);
	assert_int_equal(v.ranges[0].first, 10);
	assert_int_equal(v.ranges[0].last, 39910);
	assert_int_equal(dg_verdict_has_port(&v, 65510), lost > 1);
	free(v.units);
	port_world_close(&w);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, finds_ends);
	rows_add(&r, "loss makes ends less sure", loss_makes_ends_less_sure, NULL);
	rows_add(&r, "an outage is left out", outage_is_left_out, NULL);
	rows_add(&r, "an outage keeps ports", outage_keeps_ports_of_the_range, NULL);
	rows_add(&r, "a chosen range wins", chosen_range_wins, NULL);
	rows_add(&r, "silent clients come back", silent_clients_come_back, NULL);
	rows_add(&r, "ends are dead ports", ends_are_dead_ports, NULL);
	rows_add(&r, "many exceptions make it soft", many_exceptions_make_it_soft, NULL);
	rows_add(&r, "nothing alive makes it hard", nothing_alive_makes_it_hard, NULL);
	rows_add(&r, "a flip has two ranges", flip_has_two_ranges, NULL);
	rows_add(&r, "a flip's side is no port lost by chance", flip_keeps_no_thin_side,
	    &(uint32_t){1});
	rows_add(&r, "a flip's side is ten ports", flip_keeps_no_thin_side, &(uint32_t){10});
	return rows_run(&r, "ends of ranges");
}
