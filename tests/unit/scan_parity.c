/*
 * scan_parity.c - linear hashes are found by their masks, and random loss is none.
 */
#include "port_world.h"

struct row {
	const char *name;
	uint16_t masks[DG_VERDICT_MASKS_MAX];
	bool parities[DG_VERDICT_MASKS_MAX];
	unsigned mask_count;
	uint32_t trials;
	uint32_t loss_per_mille; /* of the others */
	bool is_found;
};

/* Masks as they are told: the highest bit of each is in no other. */
static const struct row rows[] = {
    {"odd ports", {0x0001}, {true}, 1, 200, 0, true},
    {"odd parity of three bits", {0x0013}, {true}, 1, 400, 20, true},
    {"even parity of seven bits", {0x8d35}, {false}, 1, 400, 20, true},
    {"a path of four", {0x8d35, 0x1021}, {false, true}, 2, 400, 20, true},
    {"a path of eight", {0x8d35, 0x4a10, 0x1021}, {false, true, true}, 3, 700, 10, true},
    {"a path of eight by low bits", {0x0004, 0x0002, 0x0001}, {true, false, true}, 3, 130, 0,
	true},
    {"a path of eight by its octets XORed", {0x0404, 0x0202, 0x0101}, {true, false, true}, 3,
	130, 0, true},
    {"a path of eight by low bits, of few dead ports", {0x0004, 0x0002, 0x0001},
	{true, false, true}, 3, 48, 0, true},
    {"a path of four by low bits, with loss", {0x0002, 0x0001}, {true, false}, 2, 60, 100,
	true},
    {"a path of eight by its octets XORed, of few dead ports", {0x0404, 0x0202, 0x0101},
	{true, true, true}, 3, 48, 0, true},
    {"a path of eight by three bits, of as few dead ports", {0x0020, 0x0002, 0x0001}, {false},
	3, 48, 0, false},
    {"a path of sixteen", {0x8105, 0x4a10, 0x2802, 0x1020}, {true, true, false, true}, 4, 900,
	0, true},
    {"a tenth is lost, whatever the port", {0}, {false}, 0, 900, 100, false},
    {"a tenth of few is lost, whatever the port", {0}, {false}, 0, 60, 100, false},
    {"half is lost, whatever the port", {0}, {false}, 0, 900, 500, false},
};

static bool
is_in(const struct row *row, uint32_t port)
{
	for (unsigned i = 0; i < row->mask_count; i++) {
		if ((__builtin_popcount(port & row->masks[i]) & 1) != row->parities[i])
			return false;
	}
	return row->mask_count > 0;
}

static struct port_world
make(const struct row *row)
{
	struct port_world w = port_world_make(1, 1);

	for (uint32_t i = 0; i < row->trials; i++) {
		uint32_t port = port_world_random(&w, 65536);
		bool is_lost = port_world_random(&w, 1000) < row->loss_per_mille;

		port_world_add(&w, 0, 0, port, i, is_in(row, port) || is_lost);
	}
	return w;
}

/* Whether the find would be one after all corrections of a capture with one unit. */
static bool
is_sure(const struct dg_candidate *c)
{
	return c->is_found && c->ln_score < -6;
}

static void
finds_masks(void **state)
{
	const struct row *row = *state;
	struct port_world w = make(row);
	struct dg_candidate c = {.is_found = false};

	port_world_open(&w);
	assert_int_equal(dg_scan_parity(&w.unit, &c), 0);
	assert_int_equal(is_sure(&c), row->is_found);
	if (row->is_found) {
		assert_int_equal(c.shape, DG_SHAPE_PARITY);
		assert_int_equal(c.mask_count, row->mask_count);
		assert_memory_equal(c.masks, row->masks, sizeof c.masks);
		assert_memory_equal(c.parities, row->parities, sizeof c.parities);
		assert_true(c.dead == c.cases);
		for (uint32_t port = 0; port < 65536; port++)
			assert_int_equal(
			    dg_candidate_has_port(&c, (uint16_t)port), is_in(row, port));
	}
	port_world_close(&w);
}

/* Two ranges of dead ports are nearly a coset, but they are told as two ranges. */
static void
ranges_are_no_coset(void **state)
{
	struct port_world w = port_world_make(1, 1);
	struct dg_port_input input;
	struct dg_port_result *result;

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		uint32_t port = port_world_random(&w, 65536);

		port_world_add(
		    &w, 0, 0, port, i, port < 4096 || (port >= 40960 && port < 46080));
	}
	input = (struct dg_port_input){w.trials, w.count, w.servers, w.clients,
	    w.server_prefixes, w.client_prefixes, 0, NULL};
	assert_int_equal(dg_ports_judge(&input, &result), 0);
	assert_int_equal(result->verdict_count, 1);
	assert_int_equal(result->verdicts[0].shape, DG_SHAPE_HARD);
	assert_int_equal(result->verdicts[0].range_count, 2);
	dg_ports_free(result);
	port_world_close(&w);
}

/* A verdict takes out the cases of its ports, alive or dead, and keeps its unit. */
static void
verdict_takes_its_ports_out(void **state)
{
	struct port_world w = make(&rows[3]);
	struct dg_candidate c = {.is_found = false};
	struct dg_port_verdict v;

	(void)state;
	port_world_open(&w);
	assert_int_equal(dg_scan_parity(&w.unit, &c), 0);
	assert_int_equal(dg_verdict_make(&w.cases, &w.unit, &c, -20, &v), 0);
	assert_int_equal(v.scope, DG_SCOPE_ALL);
	assert_int_equal(v.unit_count, 1);
	assert_int_equal(v.range_count, 0);
	assert_true(v.inside_trials > 50 && v.inside_dead == v.inside_trials);
	assert_int_equal(v.inside_trials + v.outside_trials, w.count);
	for (size_t i = 0; i < w.cases.count; i++) {
		const struct dg_case *x = &w.cases.list[i];

		assert_int_equal(dg_verdict_has_port(&v, x->port), is_in(&rows[3], x->port));
		assert_int_equal(x->is_active, !is_in(&rows[3], x->port));
	}
	free(v.units);
	free(v.ports);
	port_world_close(&w);
}

/* Odd ports are dead at server 0.  What a second client says of it decides. */
static void
asks_the_other_client(void **state)
{
	const bool is_shared = *state != NULL;
	struct port_world w = port_world_make(2, 2);
	struct dg_port_input input;
	struct dg_port_result *result;

	for (uint32_t i = 0; i < 800; i++) {
		uint32_t port = port_world_random(&w, 65536);
		uint32_t server = i % 2, client = i / 2 % 2;

		/* Who does not share it did not ask from odd ports. */
		if (server == 0 && client == 1 && !is_shared)
			port &= ~1u;
		port_world_add(&w, server, client, port, i, server == 0 && port % 2 == 1);
	}
	input = (struct dg_port_input){w.trials, w.count, w.servers, w.clients,
	    w.server_prefixes, w.client_prefixes, 0, NULL};
	assert_int_equal(dg_ports_judge(&input, &result), 0);
	assert_int_equal(result->verdict_count, 1);
	assert_int_equal(result->verdicts[0].shape, DG_SHAPE_PARITY);
	assert_int_equal(result->verdicts[0].scope, DG_SCOPE_SERVER);
	assert_int_equal(result->verdicts[0].is_confirmed, is_shared);
	dg_ports_free(result);
	port_world_close(&w);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, finds_masks);
	rows_add(&r, "two ranges are no coset", ranges_are_no_coset, NULL);
	rows_add(
	    &r, "a verdict takes the coset's cases out", verdict_takes_its_ports_out, NULL);
	rows_add(&r, "a server's clients share a hash", asks_the_other_client, &r);
	rows_add(&r, "one of a server's clients met a hash", asks_the_other_client, NULL);
	return rows_run(&r, "parities of ports");
}
