/*
 * scan_list.c - ports of amplification lists, and single ports.
 */
#include "port_world.h"

static const uint16_t shut[] = {19, 389, 1900, 11211};

static bool
is_shut(uint32_t port)
{
	for (size_t i = 0; i < sizeof shut / sizeof *shut; i++) {
		if (shut[i] == port)
			return true;
	}
	return false;
}

/* Ports at random, of which few are lost; of the list, 123 and 5353 are open. */
static struct port_world
make_background(uint32_t trials)
{
	struct port_world w = port_world_make(1, 1);

	for (uint32_t i = 0; i < trials; i++) {
		uint32_t port = 30000 + port_world_random(&w, 30000);

		port_world_add(&w, 0, 0, port, i, port_world_random(&w, 100) < 2);
	}
	return w;
}

static void
list_is_found(void **state)
{
	static const uint16_t tried[] = {11211, 123, 1900, 19, 5353, 389};
	struct port_world w = make_background(600);
	struct dg_candidate c = {.is_found = false};

	(void)state;
	for (uint32_t i = 0; i < 12; i++)
		port_world_add(&w, 0, 0, tried[i % 6], 25 + 50 * i, is_shut(tried[i % 6]));
	port_world_open(&w);
	assert_int_equal(dg_scan_list(&w.unit, &c), 0);
	assert_true(c.is_found && c.ln_score < -15);
	assert_int_equal(c.shape, DG_SHAPE_LIST);
	assert_int_equal(c.range_count, 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(c.ranges[i].first, shut[i]);
		assert_int_equal(c.ranges[i].last, shut[i]);
	}
	assert_false(dg_candidate_has_port(&c, 123));
	port_world_close(&w);
}

static void
list_is_not_found_by_chance(void **state)
{
	struct port_world w = make_background(600);
	struct dg_candidate c = {.is_found = false};

	(void)state;
	for (uint32_t i = 0; i < 12; i++)
		port_world_add(&w, 0, 0, shut[i % 4], 50 * i, i == 6);
	port_world_open(&w);
	assert_int_equal(dg_scan_list(&w.unit, &c), 0);
	assert_false(c.is_found);
	port_world_close(&w);
}

static void
single_port_is_found(void **state)
{
	struct port_world w = make_background(600);
	struct dg_candidate c = {.is_found = false};

	(void)state;
	for (uint32_t i = 0; i < 7; i++)
		port_world_add(&w, 0, 0, 4444, 40 + 80 * i, true);
	port_world_open(&w);
	assert_int_equal(dg_scan_single(&w.unit, &c), 0);
	assert_true(c.is_found && c.ln_score < -10);
	assert_int_equal(c.shape, DG_SHAPE_SINGLE);
	assert_int_equal(c.ranges[0].first, 4444);
	assert_int_equal(c.ranges[0].last, 4444);
	port_world_close(&w);
}

/* A port of the list is likelier beforehand than another. */
static void
single_port_of_list_weighs_more(void **state)
{
	static const uint16_t ports[] = {4444, 11211};
	double scores[2];

	(void)state;
	for (unsigned n = 0; n < 2; n++) {
		struct port_world w = make_background(600);
		struct dg_candidate c = {.is_found = false};

		for (uint32_t i = 0; i < 7; i++)
			port_world_add(&w, 0, 0, ports[n], 40 + 80 * i, true);
		port_world_open(&w);
		assert_int_equal(dg_scan_single(&w.unit, &c), 0);
		scores[n] = c.ln_score;
		port_world_close(&w);
	}
	assert_true(scores[1] < scores[0] - 2);
}

/* Many dead ports here and there are a hash's work. */
static void
scattered_ports_are_not_single(void **state)
{
	struct port_world w = port_world_make(1, 1);
	struct dg_candidate c = {.is_found = false};

	(void)state;
	for (uint32_t i = 0; i < 600; i++)
		port_world_add(&w, 0, 0, 1024 + i % 100 * 600, i, i % 100 % 8 == 3);
	port_world_open(&w);
	assert_int_equal(dg_scan_single(&w.unit, &c), 0);
	assert_false(c.is_found);
	port_world_close(&w);
}

int
main(void)
{
	struct rows r = {0};

	rows_add(&r, "ports of the list that are dead are found", list_is_found, NULL);
	rows_add(&r, "one lost of twelve is no list", list_is_not_found_by_chance, NULL);
	rows_add(&r, "a single dead port is found", single_port_is_found, NULL);
	rows_add(&r, "a port of the list is likelier", single_port_of_list_weighs_more, NULL);
	rows_add(&r, "scattered ports are not single", scattered_ports_are_not_single, NULL);
	return rows_run(&r, "lists of ports");
}
