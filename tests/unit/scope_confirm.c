/*
 * scope_confirm.c - what keeps a scope from being confirmed: ports that tell nothing, times
 * that tell nothing, and members who may have been unlucky.
 */
#include "port_world.h"

#define PORTS 40

static struct dg_port_verdict
judge(struct port_world *w)
{
	struct dg_candidate c = {
	    .is_found = true,
	    .shape = DG_SHAPE_HARD,
	    .ranges = {{100, 100 + PORTS - 1}},
	    .range_count = 1,
	};
	struct dg_port_verdict v;

	port_world_open(w);
	assert_int_equal(dg_verdict_make(&w->cases, &w->unit, &c, -20, &v), 0);
	free(v.units);
	port_world_close(w);
	return v;
}

/* Of six servers the first is dead in the range; the second is not tried there. */
static struct port_world
make_six(int64_t *second)
{
	struct port_world w = port_world_make(6, 1);

	*second = 1000;
	for (uint32_t n = 0; n < PORTS; n++) {
		for (uint32_t server = 0; server < 6; server++) {
			if (server != 1)
				port_world_add(
				    &w, server, 0, 100 + n, (*second)++, server == 0);
			port_world_add(&w, server, 0, 2000 + n, (*second)++, n % 10 == 3);
		}
	}
	return w;
}

/* The second server's port 53 is answered, and 700 is dead: it may have the same filter. */
static void
open_ports_do_not_speak_for_others(void **state)
{
	struct port_world w;
	struct dg_port_verdict v;
	int64_t second;

	(void)state;
	w = make_six(&second);
	port_world_add(&w, 1, 0, 53, second++, false);
	port_world_add(&w, 1, 0, 53, second++, false);
	v = judge(&w);
	assert_true(v.is_confirmed);
	w = make_six(&second);
	port_world_add(&w, 1, 0, 53, second++, false);
	port_world_add(&w, 1, 0, 53, second++, false);
	port_world_add(&w, 1, 0, 700, second++, true);
	v = judge(&w);
	assert_int_equal(v.scope, DG_SCOPE_SERVER);
	assert_false(v.is_confirmed);
}

/* The second server was answered in the range before the first one's first dead trial only (or
 * after its last one only), and is dead in between: the fault may have begun (or ended). */
static void
other_times_do_not_speak_for_others(void **state)
{
	bool is_before = *state != NULL;
	struct port_world w;
	struct dg_port_verdict v;
	int64_t second, other;

	w = make_six(&second);
	other = is_before ? 0 : second;
	for (uint32_t n = 0; n < 6; n++)
		port_world_add(&w, 1, 0, 101 + 2 * n, other++, false);
	v = judge(&w);
	assert_true(v.is_confirmed);
	w = make_six(&second);
	other = is_before ? 0 : second;
	for (uint32_t n = 0; n < 6; n++)
		port_world_add(&w, 1, 0, 101 + 2 * n, other++, false);
	port_world_add(&w, 1, 0, 110, 1100, true);
	v = judge(&w);
	assert_int_equal(v.scope, DG_SCOPE_SERVER);
	assert_false(v.is_confirmed);
}

/* Three clients, two servers.  Two clients get nothing at the first one's range; the third
 * asked there but once.  Where a third of all is lost it may have been unlucky, where nothing
 * is, not. */
static void
one_that_was_tried_once(void **state)
{
	bool is_lossy = *state != NULL;
	struct port_world w = port_world_make(2, 3);
	struct dg_port_verdict v;
	int64_t second = 0;

	for (uint32_t n = 0; n < PORTS; n++) {
		for (uint32_t i = 0; i < 6; i++) {
			if (i % 3 != 2 || n == 7)
				port_world_add(&w, i / 3, i % 3, 100 + n, second++,
				    i / 3 == 0 || (is_lossy && n % 3 == 0));
			port_world_add(
			    &w, i / 3, i % 3, 2000 + n, second++, is_lossy && (n + i) % 3 == 0);
		}
	}
	v = judge(&w);
	assert_int_equal(v.scope, DG_SCOPE_SERVER);
	assert_int_equal(v.unit_count, 1);
	assert_int_equal(v.is_confirmed, !is_lossy);
}

int
main(void)
{
	struct rows r = {0};

	rows_add(&r, "ports that filters leave open", open_ports_do_not_speak_for_others, NULL);
	rows_add(&r, "a time before the fault", other_times_do_not_speak_for_others, &r);
	rows_add(&r, "a time after the fault", other_times_do_not_speak_for_others, NULL);
	rows_add(&r, "one client that was tried once", one_that_was_tried_once, NULL);
	rows_add(&r, "one client that was tried once, amid loss", one_that_was_tried_once, &r);
	return rows_run(&r, "scopes are confirmed");
}
