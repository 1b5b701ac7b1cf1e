/*
 * rule_ports.c - verdicts become findings: the set that is named, its ends, its numbers, its
 * frames; UDP and TCP in one.
 */
#include "world.h"

/* A client asks from every port of 1-1023 and some above; the server is silent at low ones. */
static struct world *
incident(bool is_tcp_too)
{
	struct world *w = world_new();
	uint32_t bad = world_server(w, "198.51.100.53");
	uint32_t good = world_server(w, "203.0.113.53");
	uint32_t client = world_client(w, "192.0.2.1");

	for (int side = 0; side <= is_tcp_too; side++) {
		struct dg_port_verdict *v = world_verdict(w, (enum dg_side_name)side,
		    DG_SHAPE_HARD, DG_SCOPE_SERVER, (struct dg_unit_id){bad, 0});

		w->transport = side == DG_SIDE_TCP ? DG_TRANSPORT_TCP : DG_TRANSPORT_UDP;
		for (unsigned port = 1; port <= 1100; port++) {
			world_try(w, bad, client, port, port == 53 || port > 1023);
			world_try(w, good, client, port, true);
		}
		world_add_range(v, 1, 1023);
		v->exceptions[v->exception_count++] = 53;
		v->other_servers = DG_OTHERS_ALIVE;
		v->is_confirmed = true;
		v->inside_trials = v->inside_dead = 1022;
		v->ln_p = side == DG_SIDE_TCP ? -700 : -900;
	}
	return w;
}

static void
test_incident(void **state)
{
	struct world *w = incident(false);
	const struct dg_finding *f;

	(void)state;
	world_judge(w, dg_rule_ports);
	f = world_finding(w);
	assert_int_equal(f->code, DG_PORTS_SILENT);
	assert_int_equal(f->severity, DG_FAULT);
	assert_int_equal(f->where, DG_WHERE_NEAR_SERVER);
	assert_string_equal(f->ports, "1-52,54-1023");
	assert_string_equal(f->except, "53");
	assert_null(f->within);
	assert_null(f->untested);
	assert_int_equal(f->bound_count, 1);
	assert_int_equal(f->bounds[0].first_silent, 1);
	assert_int_equal(f->bounds[0].last_silent, 1023);
	assert_int_equal(f->bounds[0].nearest_answered_below, -1);
	assert_int_equal(f->bounds[0].nearest_answered_above, 1024);
	assert_true(f->bounds[0].first_probability == 0.9);
	assert_true(f->bounds[0].last_probability == 0.8);
	assert_true(f->inside.transactions == 1022 && f->inside.reached == 0);
	assert_true(f->outside.transactions == 78 && f->outside.reached == 78);
	assert_true(f->has_outside && f->has_p && f->ln_p == -900);
	assert_int_equal(f->ports_seen, 1022);
	assert_int_equal(f->ports_unseen, 0);
	assert_int_equal(f->server_count, 1);
	assert_int_equal(f->servers[0], 0);
	assert_true(f->servers_all == 1 && f->clients_all == 0 && !f->has_prefix);
	assert_true(f->transports[DG_SIDE_UDP] && !f->transports[DG_SIDE_TCP]);
	assert_int_equal(f->control_count, 1);
	assert_int_equal(f->controls[0].server, 1);
	assert_true(f->controls[0].reach.transactions == 1022);
	assert_true(f->controls[0].reach.reached == 1022);
	assert_true(world_has_words(&f->rivals, "Knot Resolver"));
	/* Frames count both servers' queries in turn. */
	assert_true(f->first_ns == WORLD_START);
	assert_true(f->last_ns == WORLD_START + 2 * 1022 * DG_NS_PER_S);
	world_free(w);
}

/* Port p's query is frame 2p - 1. */
static void
test_frames(void **state)
{
	static const uint16_t silent[] = {1023, 1, 1022, 2, 1021, 3, 1020, 4};
	struct world *w = incident(false);
	const struct dg_finding *f;

	(void)state;
	world_judge(w, dg_rule_ports);
	f = world_finding(w);
	assert_int_equal(f->silent_count, DG_FINDING_FRAMES_MAX);
	assert_int_equal(f->answered_count, DG_FINDING_FRAMES_MAX);
	for (unsigned i = 0; i < DG_FINDING_FRAMES_MAX; i++) {
		assert_int_equal(f->silent[i].frame, 2 * silent[i] - 1);
		assert_int_equal(f->answered[i].frame, 2 * (1024 + i) - 1);
	}
	world_free(w);
}

/* An answer over TCP to what died over UDP is no pair of the same way. */
static void
test_join_pairs(void **state)
{
	struct world *w = incident(true);

	(void)state;
	for (size_t i = 0; i < w->summary.trial_count; i++) {
		struct dg_trial *t = &w->trials[i];
		bool is_tcp = t->transport == DG_TRANSPORT_TCP;

		if (t->port == (is_tcp ? 1090 : 700) && t->server == 0) {
			t->question = 5;
			t->time_ns = WORLD_START;
		}
	}
	world_judge(w, dg_rule_ports);
	assert_true(world_finding(w)->matched_pairs == 0);
	world_free(w);
}

static void
test_join(void **state)
{
	struct world *w = incident(true);
	const struct dg_finding *f;

	(void)state;
	world_judge(w, dg_rule_ports);
	f = world_finding(w);
	assert_true(f->transports[DG_SIDE_UDP] && f->transports[DG_SIDE_TCP]);
	assert_true(f->inside.transactions == 2 * 1022 && f->inside.reached == 0);
	assert_true(f->controls[0].reach.transactions == 2 * 1022);
	assert_string_equal(f->ports, "1-52,54-1023");
	assert_true(f->ln_p == -900);
	/* It ignores UDP only. */
	assert_false(world_has_words(&f->rivals, "Knot Resolver"));
	world_free(w);
}

/* What keeps UDP's and TCP's verdicts apart. */
enum apart {
	APART_ANSWERED,
	APART_SUBJECT,
	APART_RANGES,
	APART_WINDOW,
	APART_HASH,
};

static const struct apart_row {
	const char *name;
	enum apart apart;
} apart_rows[] = {
    {"a port of UDP's set that was answered over TCP keeps them apart", APART_ANSWERED},
    {"another server keeps them apart", APART_SUBJECT},
    {"ranges that do not touch keep them apart", APART_RANGES},
    {"a fault that began keeps them apart", APART_WINDOW},
    {"a hash keeps them apart", APART_HASH},
};

static void
test_apart(void **state)
{
	const struct apart_row *row = *state;
	struct world *w = incident(true);
	struct dg_port_verdict *v = &w->verdicts[DG_SIDE_TCP][0];

	switch (row->apart) {
	case APART_ANSWERED:
		world_try(w, 0, 0, 700, true);
		break;
	case APART_SUBJECT:
		v->units[0].server = 1;
		for (size_t i = 0; i < w->summary.trial_count; i++) {
			struct dg_trial *t = &w->trials[i];
			if (t->transport == DG_TRANSPORT_TCP && t->port < 1024 &&
			    t->server == 1) {
				t->dead = t->port != 53;
				t->reached = t->port == 53;
			}
		}
		break;
	case APART_RANGES:
		v->ranges[0] = (struct dg_port_range){40000, 40001};
		world_try_range(w, 0, 0, 40000, 40001, 1, false);
		break;
	case APART_WINDOW:
		v->has_window = true;
		v->after_ns = WORLD_START;
		v->before_ns = INT64_MAX;
		break;
	case APART_HASH:
		v->shape = DG_SHAPE_PARITY;
		v->range_count = 0;
		v->mask_count = 1;
		v->masks[0] = 1;
		break;
	}
	world_judge(w, dg_rule_ports);
	assert_true(w->diagnosis.findings.count == 2);
	for (unsigned i = 0; i < 2; i++)
		assert_true(w->diagnosis.findings.list[i]->transports[0] !=
		    w->diagnosis.findings.list[i]->transports[1]);
	world_free(w);
}

/* TCP was tried at few ports, 53 not among them: the set is still one. */
static void
test_join_few(void **state)
{
	struct world *w = incident(false);
	struct dg_port_verdict *v;
	const struct dg_finding *f;

	(void)state;
	w->transport = DG_TRANSPORT_TCP;
	world_try_range(w, 0, 0, 40, 1000, 60, false);
	world_try_range(w, 0, 0, 2000, 9000, 500, true);
	v = world_verdict(
	    w, DG_SIDE_TCP, DG_SHAPE_HARD, DG_SCOPE_SERVER, (struct dg_unit_id){0, 0});
	world_add_range(v, 40, 1000);
	v->ln_p = -9;
	world_judge(w, dg_rule_ports);
	f = world_finding(w);
	assert_true(f->transports[DG_SIDE_UDP] && f->transports[DG_SIDE_TCP]);
	assert_string_equal(f->ports, "1-52,54-1023");
	assert_int_equal(f->bounds[0].nearest_answered_above, 1024);
	world_free(w);
}

static const struct set_row {
	const char *name;
	enum dg_shape shape;
	struct dg_port_range ranges[4];
	unsigned range_count;
	unsigned step;
	uint16_t answered[6];
	unsigned answered_count;
	const char *ports;
	const char *except; /* NULL: none */
} set_rows[] = {
    {"1-1020 silent, 1026 answered", DG_SHAPE_HARD, {{1, 1020}}, 1, 1, {1026}, 1, "1-1023",
	NULL},
    {"a range that nobody would choose", DG_SHAPE_HARD, {{20000, 20010}}, 1, 1, {19990, 20020},
	2, "20000-20010", NULL},
    {"two ranges", DG_SHAPE_HARD, {{1024, 4990}, {61005, 65530}}, 2, 5,
	{1023, 5003, 30000, 60990}, 4, "1024-4999,61000-65535", NULL},
    {"all but one range", DG_SHAPE_FLIP, {{1, 32767}, {61000, 65535}}, 2, 1,
	{32768, 40000, 60999}, 3, "1-32767,61000-65535", NULL},
    {"single ports are no blocks", DG_SHAPE_LIST, {{123, 123}, {161, 161}, {11211, 11211}}, 3,
	1, {100, 130, 9000, 12287}, 4, "123,161,11211", NULL},
    {"one port", DG_SHAPE_SINGLE, {{4791, 4791}}, 1, 1, {4000, 5000}, 2, "4791", NULL},
    {"an answered port that the verdict did not except", DG_SHAPE_HARD, {{1, 1023}}, 1, 2,
	{500, 1024}, 2, "1-499,501-1023", "500"},
    {"53 beside all that was seen", DG_SHAPE_HARD, {{71, 1022}}, 1, 3, {53, 1030}, 2,
	"1-52,54-1023", "53"},
};

static void
test_set(void **state)
{
	const struct set_row *row = *state;
	struct world *w = world_new();
	uint32_t server = world_server(w, "198.51.100.53");
	uint32_t client = world_client(w, "192.0.2.1");
	struct dg_port_verdict *v = world_verdict(
	    w, DG_SIDE_UDP, row->shape, DG_SCOPE_SERVER, (struct dg_unit_id){server, 0});
	const struct dg_finding *f;

	for (unsigned i = 0; i < row->range_count; i++) {
		world_try_range(w, server, client, row->ranges[i].first, row->ranges[i].last,
		    row->step, false);
		world_add_range(v, row->ranges[i].first, row->ranges[i].last);
	}
	for (unsigned i = 0; i < row->answered_count; i++)
		world_try(w, server, client, row->answered[i], true);
	world_judge(w, dg_rule_ports);
	f = world_finding(w);
	assert_string_equal(f->ports, row->ports);
	if (row->except != NULL)
		assert_string_equal(f->except, row->except);
	else
		assert_null(f->except);
	assert_int_equal(f->bound_count, row->range_count);
	world_free(w);
}

/* Ports whose bits 0 and 4 have an odd sum are dead. */
static void
test_hash(void **state)
{
	struct world *w = world_new();
	uint32_t server = world_server(w, "198.51.100.53");
	uint32_t client = world_client(w, "192.0.2.1");
	struct dg_port_verdict *v = world_verdict(
	    w, DG_SIDE_UDP, DG_SHAPE_PARITY, DG_SCOPE_SERVER, (struct dg_unit_id){server, 0});
	const struct dg_finding *f;

	(void)state;
	for (unsigned port = 40000; port < 40064; port++)
		world_try(w, server, client, port, (__builtin_popcount(port & 0x11) & 1) == 0);
	v->masks[0] = 0x11;
	v->parities[0] = true;
	v->mask_count = 1;
	v->share = 0.5;
	world_judge(w, dg_rule_ports);
	f = world_finding(w);
	assert_int_equal(f->code, DG_PORTS_HASH);
	assert_true(f->inside.transactions == 32 && f->inside.reached == 0);
	assert_true(f->outside.transactions == 32 && f->outside.reached == 32);
	assert_memory_equal(f->ports, "40001,40003,", 12);
	assert_null(f->except);
	assert_int_equal(f->bound_count, 0);
	assert_int_equal(f->ports_unseen, 0);
	assert_int_equal(f->silent_count, DG_FINDING_FRAMES_MAX);
	assert_int_equal(f->answered_count, DG_FINDING_FRAMES_MAX);
	/* From all over the set: the first is its least port, the last past its middle. */
	assert_int_equal(f->silent[0].frame, 2);
	assert_true(f->silent[7].frame > 48);
	assert_true(world_has_words(&f->evidence, "odd number of ones among the bits 0x0011"));
	assert_true(
	    world_has_words(&f->evidence, "32 of 64 ports that were tried are silent (50 %)"));
	assert_true(world_has_words(&f->rivals, "parallel paths"));
	world_free(w);
}

/* With nothing answered between its ports, a hash is not what was seen. */
static void
test_hash_without_gaps(void **state)
{
	struct world *w = world_new();
	uint32_t server = world_server(w, "198.51.100.53");
	uint32_t client = world_client(w, "192.0.2.1");
	struct dg_port_verdict *v = world_verdict(
	    w, DG_SIDE_UDP, DG_SHAPE_PARITY, DG_SCOPE_SERVER, (struct dg_unit_id){server, 0});
	const struct dg_finding *f;

	(void)state;
	world_try_range(w, server, client, 600, 638, 2, false);
	world_try(w, server, client, 590, true);
	world_try_range(w, server, client, 651, 30201, 100, true);
	v->masks[0] = 1;
	v->mask_count = 1;
	world_judge(w, dg_rule_ports);
	f = world_finding(w);
	assert_int_equal(f->code, DG_PORTS_SILENT);
	assert_string_equal(f->ports, "600-638");
	assert_int_equal(f->bounds[0].nearest_answered_above, 651);
	world_free(w);
}

static void
test_partial(void **state)
{
	struct world *w = world_new();
	uint32_t server = world_server(w, "198.51.100.53");
	uint32_t client = world_client(w, "192.0.2.1");
	struct dg_port_verdict *v = world_verdict(
	    w, DG_SIDE_UDP, DG_SHAPE_SOFT, DG_SCOPE_SERVER, (struct dg_unit_id){server, 0});
	const struct dg_finding *f;

	(void)state;
	for (unsigned port = 32768; port <= 60999; port += 37)
		world_try(w, server, client, port, port % 2 == 0);
	world_try(w, server, client, 32769, false);
	world_try(w, server, client, 60998, false);
	/* A port that was silent and answered is not in the set. */
	world_try(w, server, client, 32769, true);
	world_try_range(w, server, client, 1024, 32000, 100, true);
	world_try(w, server, client, 61005, true);
	world_add_range(v, 32769, 60998);
	v->firsts[0].least = 32001;
	v->lasts[0].most = 61004;
	world_judge(w, dg_rule_ports);
	f = world_finding(w);
	assert_int_equal(f->severity, DG_WARNING);
	assert_string_equal(f->within, "32768-60999");
	assert_memory_equal(f->ports, "32805,32879,", 12);
	assert_true(f->inside.reached > 350 && f->inside.transactions > 2 * 350);
	assert_true(f->outside.transactions == f->outside.reached);
	world_free(w);
}

static void
test_window(void **state)
{
	struct world *w = world_new();
	uint32_t server = world_server(w, "198.51.100.53");
	uint32_t client = world_client(w, "192.0.2.1");
	struct dg_port_verdict *v = world_verdict(
	    w, DG_SIDE_UDP, DG_SHAPE_ONSET, DG_SCOPE_SERVER, (struct dg_unit_id){server, 0});
	const struct dg_finding *f;

	(void)state;
	world_try_range(w, server, client, 1, 1000, 10, true);
	v->has_window = true;
	v->after_ns = w->now_ns - w->step_ns;
	v->before_ns = INT64_MAX;
	world_try_range(w, server, client, 2, 1000, 10, false);
	world_try(w, server, client, 1024, true);
	world_add_range(v, 2, 992);
	world_judge(w, dg_rule_ports);
	f = world_finding(w);
	assert_string_equal(f->ports, "1-1023");
	assert_true(f->inside.transactions == 100 && f->inside.reached == 0);
	assert_true(f->outside.transactions == 1);
	assert_true(f->has_window && f->after_ns == v->after_ns && f->before_ns == INT64_MAX);
	assert_true(f->first_ns == v->after_ns + w->step_ns);
	assert_true(world_has_words(&f->evidence,
	    "It began after 2023-11-14T22:14:59.000000000Z: before, 100 of 100 "
	    "transactions from the same ports were answered."));
	world_free(w);
}

static void
test_untested(void **state)
{
	struct world *w = world_new();
	uint32_t server = world_server(w, "198.51.100.53");
	uint32_t client = world_client(w, "192.0.2.1");
	struct dg_port_verdict *v = world_verdict(
	    w, DG_SIDE_UDP, DG_SHAPE_HARD, DG_SCOPE_ALL, (struct dg_unit_id){0, 0});
	const struct dg_finding *f;

	(void)state;
	world_try_range(w, server, client, 1, 400, 1, false);
	world_try_range(w, server, client, 402, 600, 1, false);
	world_try_range(w, server, client, 611, 1023, 1, false);
	world_try_range(w, server, client, 1024, 1100, 1, true);
	world_add_range(v, 1, 1023);
	world_judge(w, dg_rule_ports);
	f = world_finding(w);
	assert_string_equal(f->ports, "1-1023");
	assert_int_equal(f->ports_seen, 1012);
	assert_int_equal(f->ports_unseen, 11);
	assert_string_equal(f->untested,
	    "11 of 1023 ports of the range were never tried: 401,601-610; the widest gap is "
	    "601-610. Where it happens is not known: capture queries from the same ports to "
	    "another server, and from another client to this one.");
	/* All is one server. */
	assert_int_equal(f->server_count, 1);
	assert_int_equal(f->where, DG_WHERE_UNKNOWN);
	world_free(w);
}

/* ---- laws ---- */

/* Reads "1-52,54-1023". */
static void
mark_text(const char *text, bool *is_in)
{
	memset(is_in, 0, 65536 * sizeof *is_in);
	while (text != NULL && *text != '\0') {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (; first <= last; first++)
			is_in[first] = true;
		text = *end == ',' ? end + 1 : end;
	}
}

static void
make_random_verdict(struct world *w, uint64_t *seed)
{
	static const enum dg_shape shapes[] = {DG_SHAPE_HARD, DG_SHAPE_FLIP, DG_SHAPE_LIST,
	    DG_SHAPE_SOFT, DG_SHAPE_PARITY, DG_SHAPE_SINGLE};
	struct dg_port_verdict *v = world_verdict(w, DG_SIDE_UDP, shapes[rows_random(seed) % 6],
	    DG_SCOPE_SERVER, (struct dg_unit_id){0, 0});
	uint16_t ports[8];

	v->masks[0] = (uint16_t)(rows_random(seed) % 65535 + 1);
	v->mask_count = v->shape == DG_SHAPE_PARITY;
	for (unsigned i = 0; v->mask_count == 0 && i < 8; i++) {
		unsigned at = i;

		ports[i] = w->trials[rows_random(seed) % w->summary.trial_count].port;
		for (; at > 0 && ports[at - 1] > ports[at]; at--) {
			uint16_t port = ports[at];
			ports[at] = ports[at - 1];
			ports[at - 1] = port;
		}
	}
	for (unsigned i = 0; v->mask_count == 0 && i < 8; i += 2) {
		if (i == 0 || ports[i] > v->ranges[v->range_count - 1].last)
			world_add_range(v, ports[i], ports[i + 1]);
	}
}

/* Whatever the verdict says: no port of the set was answered, and all is counted once. */
static void
check_laws(const struct world *w, const struct dg_finding *f)
{
	static bool is_set[65536], is_except[65536];
	uint64_t inside = 0, all = 0, ports = 0;

	mark_text(f->ports, is_set);
	mark_text(f->except, is_except);
	for (size_t i = 0; i < w->summary.trial_count; i++) {
		const struct dg_trial *t = &w->trials[i];

		if (t->server != 0)
			continue;
		assert_false(is_set[t->port] && t->reached > 0);
		inside += is_set[t->port];
		all++;
	}
	assert_true(f->inside.transactions + f->outside.transactions == all);
	for (unsigned port = 0; port < 65536; port++) {
		assert_false(is_set[port] && is_except[port]);
		ports += is_set[port];
	}
	if (f->within != NULL)
		return;
	assert_true(f->inside.transactions == inside && f->inside.reached == 0);
	assert_true(ports == (uint64_t)f->ports_seen + f->ports_unseen);
}

static void
test_laws(void **state)
{
	uint64_t seed = 77;
	unsigned found = 0;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		struct world *w = world_new();

		world_server(w, "198.51.100.53");
		world_server(w, "203.0.113.53");
		world_client(w, "192.0.2.1");
		for (unsigned i = 0; i < 200; i++) {
			unsigned port =
			    (unsigned)(rows_random(&seed) % 65536) >> rows_random(&seed) % 8;
			world_try(w, (uint32_t)(rows_random(&seed) % 2), 0, port,
			    rows_random(&seed) % 3 == 0);
		}
		make_random_verdict(w, &seed);
		world_judge(w, dg_rule_ports);
		assert_true(w->diagnosis.findings.count <= 1);
		if (w->diagnosis.findings.count == 1)
			check_laws(w, w->diagnosis.findings.list[0]);
		found += (unsigned)w->diagnosis.findings.count;
		world_free(w);
	}
	assert_true(found > 200);
}

static void
test_silence(void **state)
{
	struct world *w = incident(false);

	(void)state;
	w->results[DG_SIDE_UDP].verdict_count = 0;
	world_judge(w, dg_rule_ports);
	assert_true(w->diagnosis.findings.count == 0);
	world_free(w);
}

int
main(void)
{
	struct rows r = {0};

	rows_add(&r, "low ports but 53: the set, its ends, its numbers", test_incident, NULL);
	rows_add(&r, "frames: the last silent port and the nearest answered one first",
	    test_frames, NULL);
	rows_add(&r, "no pair of UDP and TCP is matched", test_join_pairs, NULL);
	rows_add(&r, "UDP and TCP that say the same are one finding", test_join, NULL);
	rows_add(&r, "few tries over TCP join what UDP says", test_join_few, NULL);
	ROWS_ADD_TABLE(&r, apart_rows, test_apart);
	for (size_t i = 0; i < sizeof set_rows / sizeof *set_rows; i++)
		rows_add(
		    &r, rows_name("the set: %s", set_rows[i].name), test_set, &set_rows[i]);
	rows_add(&r, "a hash: the ports seen dead, and its masks in words", test_hash, NULL);
	rows_add(&r, "a hash without answered ports between is a range", test_hash_without_gaps,
	    NULL);
	rows_add(&r, "raised loss: the range, and its ports that were never answered",
	    test_partial, NULL);
	rows_add(&r, "a fault that began: only what came after counts", test_window, NULL);
	rows_add(
	    &r, "untested: ports, the widest gap, and what would tell", test_untested, NULL);
	rows_add(&r, "no set holds an answered port, and all is counted once", test_laws, NULL);
	rows_add(&r, "no verdict, no finding", test_silence, NULL);
	return rows_run(&r, "rule_ports");
}
