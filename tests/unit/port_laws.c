/*
 * port_laws.c - what must hold of the diagnosis of ports, whatever the traffic.
 *
 * Worlds are drawn from seeds: clients of several habits, servers in two prefixes, loss, and
 * in the sick ones a server that answers no query from ports 1-1023 but 53.
 */
#include <stdbool.h>

#include "judge/ports.h"
#include "rows.h"

#define SECOND INT64_C(1000000000)
#define START (INT64_C(1700000000) * SECOND)
#define SERVERS_MAX 12
#define CLIENTS_MAX 4
/* The sanitizers make a world five times as dear, and see in a few what they see in many. */
#ifdef __SANITIZE_ADDRESS__
#define SEEDS 16
#else
#define SEEDS 60
#endif
/* With much loss, the next ports that were tried may be dead by chance. */
#define END_MAX 4096

struct world {
	struct dg_trial *trials;
	size_t count;
	uint32_t servers;
	uint32_t server_prefixes[SERVERS_MAX];
	uint32_t client_prefixes[CLIENTS_MAX];
	uint64_t state;
};

static uint64_t
next(struct world *w)
{
	w->state ^= w->state << 13;
	w->state ^= w->state >> 7;
	w->state ^= w->state << 17;
	return w->state;
}

static double
uniform(struct world *w)
{
	return (double)(next(w) >> 11) / 9007199254740992.0;
}

/* Habits: any port, Linux, IANA, half of all below 1024. */
static uint16_t
choose_port(struct world *w, uint32_t client)
{
	switch (client % 4) {
	case 0:
		return (
		    uint16_t)(next(w) % 2 == 0 ? 1 + next(w) % 1023 : 1024 + next(w) % 64512);
	case 1:
		return (uint16_t)(32768 + next(w) % 28232);
	case 2:
		return (uint16_t)(1 + next(w) % 65535);
	default:
		return (uint16_t)(next(w) % 3 == 0 ? 53 : 1 + next(w) % 1023);
	}
}

static bool
is_blocked(uint16_t port)
{
	return port >= 1 && port <= 1023 && port != 53;
}

static void
add_trials(struct world *w, size_t count, uint32_t first_server, double loss, bool is_sick)
{
	w->trials = realloc(w->trials, (w->count + count) * sizeof *w->trials);
	assert_non_null(w->trials);
	for (size_t i = 0; i < count; i++) {
		uint32_t client = (uint32_t)(next(w) % CLIENTS_MAX);
		uint32_t server =
		    first_server + (uint32_t)(next(w) % (w->servers - first_server));
		uint16_t port = choose_port(w, client);
		bool is_dead =
		    uniform(w) < loss || (is_sick && server == 0 && is_blocked(port));

		w->trials[w->count++] = (struct dg_trial){
		    .time_ns = START + (int64_t)i * SECOND / 10 + (int64_t)(next(w) % 1000),
		    .question = 1 + (uint32_t)(next(w) % 5000),
		    .frame = (uint32_t)w->count + 1,
		    .port = port,
		    .server = server,
		    .client = client,
		    .mark = (uint32_t)next(w),
		    .reached = !is_dead,
		    .dead = is_dead,
		    .transport = 17,
		};
	}
}

static void
begin(struct world *w, uint64_t seed, uint32_t servers)
{
	*w = (struct world){
	    .servers = servers, .state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
	for (uint32_t s = 0; s < SERVERS_MAX; s++)
		w->server_prefixes[s] = s / 2;
	for (uint32_t c = 0; c < CLIENTS_MAX; c++)
		w->client_prefixes[c] = c;
	for (int i = 0; i < 8; i++)
		next(w);
}

static struct dg_port_result *
judge(const struct world *w)
{
	struct dg_port_input input = {
	    .trials = w->trials,
	    .trial_count = w->count,
	    .server_count = w->servers,
	    .client_count = CLIENTS_MAX,
	    .server_prefixes = w->server_prefixes,
	    .client_prefixes = w->client_prefixes,
	};
	struct dg_port_result *r;

	assert_int_equal(dg_ports_judge(&input, &r), 0);
	return r;
}

/* The verdict about low ports at server 0. */
static const struct dg_port_verdict *
find_true(const struct dg_port_result *r)
{
	for (size_t i = 0; i < r->verdict_count; i++) {
		const struct dg_port_verdict *v = &r->verdicts[i];

		if (v->scope == DG_SCOPE_SERVER && v->unit_count == 1 &&
		    v->units[0].server == 0 && v->range_count == 1 &&
		    v->ranges[0].first < 100 && v->ranges[0].last > 900 &&
		    v->ranges[0].last < END_MAX && !dg_verdict_has_port(v, 53) &&
		    dg_verdict_has_port(v, 512))
			return v;
	}
	return NULL;
}

static const double losses[] = {0, 0.01, 0.05, 0.2};

static void
test_healthy_is_silent(void **state)
{
	const double *loss = *state;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct dg_port_result *r;
		struct world w;

		begin(&w, seed, 1 + (uint32_t)seed % 6);
		add_trials(&w, 100 + 60 * seed, 0, *loss, false);
		r = judge(&w);
		if (r->verdict_count != 0)
			fail_msg("seed %u: blamed", (unsigned)seed);
		dg_ports_free(r);
		free(w.trials);
	}
}

/* Whether a client asked server 0 from blocked ports only once or twice: then it may have been
 * unlucky, and it is left open whether all clients are concerned. */
static bool
has_thin_client(const struct world *w)
{
	unsigned asked[CLIENTS_MAX] = {0};
	bool is_thin = false;

	for (size_t i = 0; i < w->count; i++)
		asked[w->trials[i].client] +=
		    w->trials[i].server == 0 && is_blocked(w->trials[i].port);
	for (size_t c = 0; c < CLIENTS_MAX; c++)
		is_thin |= asked[c] == 1 || asked[c] == 2;
	return is_thin;
}

static void
test_sick_is_found(void **state)
{
	const double *loss = *state;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		const struct dg_port_verdict *v;
		struct dg_port_result *r;
		struct world w;

		begin(&w, seed, 4);
		add_trials(&w, 2000, 0, *loss, true);
		r = judge(&w);
		v = find_true(r);
		if (v == NULL || r->verdict_count != 1)
			fail_msg("seed %u: %zu verdicts", (unsigned)seed, r->verdict_count);
		assert_int_equal(v->shape, DG_SHAPE_HARD);
		assert_int_equal(v->other_servers, DG_OTHERS_ALIVE);
		assert_true(v->is_confirmed || has_thin_client(&w));
		assert_true(v->inside_dead <= v->inside_trials);
		dg_ports_free(r);
		free(w.trials);
	}
}

static bool
is_same(const struct dg_port_verdict *a, const struct dg_port_verdict *b)
{
	return a->shape == b->shape && a->scope == b->scope && a->unit_count == b->unit_count &&
	    a->range_count == b->range_count &&
	    memcmp(a->ranges, b->ranges, a->range_count * sizeof *a->ranges) == 0 &&
	    a->exception_count == b->exception_count &&
	    memcmp(a->exceptions, b->exceptions, a->exception_count * sizeof *a->exceptions) ==
	    0 &&
	    memcmp(&a->ln_p, &b->ln_p, sizeof a->ln_p) == 0 &&
	    a->inside_trials == b->inside_trials && a->inside_dead == b->inside_dead;
}

static void
shuffle(struct world *w)
{
	for (size_t i = w->count - 1; i > 0; i--) {
		size_t j = next(w) % (i + 1);
		struct dg_trial other = w->trials[i];

		w->trials[i] = w->trials[j];
		w->trials[j] = other;
	}
}

static void
test_order_is_nothing(void **state)
{
	const double *loss = *state;

	for (uint64_t seed = 1; seed <= SEEDS / 4; seed++) {
		struct dg_port_result *r, *again;
		struct world w;

		begin(&w, seed, 4);
		add_trials(&w, 1500, 0, *loss, true);
		r = judge(&w);
		shuffle(&w);
		again = judge(&w);
		assert_int_equal(r->verdict_count, again->verdict_count);
		for (size_t i = 0; i < r->verdict_count; i++)
			assert_true(is_same(&r->verdicts[i], &again->verdicts[i]));
		dg_ports_free(r);
		dg_ports_free(again);
		free(w.trials);
	}
}

/* Turns the ports strictly inside the range round its middle. */
static void
mirror_ports(struct world *w, uint16_t first, uint16_t last)
{
	for (size_t i = 0; i < w->count; i++) {
		uint16_t port = w->trials[i].port;
		uint16_t turned = (uint16_t)(first + last - port);

		if (port > first && port < last && port != 53 && turned != 53)
			w->trials[i].port = turned;
	}
}

static void
test_ports_inside_are_alike(void **state)
{
	const double *loss = *state;

	for (uint64_t seed = 1; seed <= SEEDS / 2; seed++) {
		const struct dg_port_verdict *v, *u;
		struct dg_port_result *r, *turned;
		struct world w;

		begin(&w, seed, 4);
		add_trials(&w, 2000, 0, *loss, true);
		r = judge(&w);
		v = find_true(r);
		assert_non_null(v);
		mirror_ports(&w, v->ranges[0].first, v->ranges[0].last);
		turned = judge(&w);
		u = find_true(turned);
		assert_non_null(u);
		assert_int_equal(v->ranges[0].first, u->ranges[0].first);
		assert_int_equal(v->ranges[0].last, u->ranges[0].last);
		assert_int_equal(v->exception_count, u->exception_count);
		dg_ports_free(r);
		dg_ports_free(turned);
		free(w.trials);
	}
}

static void
test_healthy_servers_take_nothing_away(void **state)
{
	const double *loss = *state;

	for (uint64_t seed = 1; seed <= SEEDS / 2; seed++) {
		struct dg_port_result *r;
		struct world w;

		begin(&w, seed, 3);
		add_trials(&w, 2000, 0, *loss, true);
		r = judge(&w);
		assert_non_null(find_true(r));
		dg_ports_free(r);
		w.servers = SERVERS_MAX;
		add_trials(&w, 6000, 4, 0.001, false);
		r = judge(&w);
		assert_non_null(find_true(r));
		dg_ports_free(r);
		free(w.trials);
	}
}

static void
test_more_is_surer(void **state)
{
	const double *loss = *state;

	for (uint64_t seed = 1; seed <= SEEDS / 2; seed++) {
		const struct dg_port_verdict *v, *u;
		struct dg_port_result *r, *twice;
		struct world w;

		begin(&w, seed, 4);
		add_trials(&w, 1200, 0, *loss, true);
		r = judge(&w);
		v = find_true(r);
		add_trials(&w, w.count, 0, *loss, true);
		twice = judge(&w);
		u = find_true(twice);
		if (v != NULL) {
			assert_non_null(u);
			assert_true(u->ln_p <= v->ln_p);
		}
		dg_ports_free(r);
		dg_ports_free(twice);
		free(w.trials);
	}
}

int
main(void)
{
	static const struct {
		const char *name;
		CMUnitTestFunction function;
	} laws[] = {
	    {"healthy traffic is not blamed", test_healthy_is_silent},
	    {"low ports that a server ignores are found", test_sick_is_found},
	    {"the order of trials changes nothing", test_order_is_nothing},
	    {"which ports inside the range were tried changes nothing",
		test_ports_inside_are_alike},
	    {"healthy servers take no fault away", test_healthy_servers_take_nothing_away},
	    {"as much traffic again makes it surer", test_more_is_surer},
	};
	struct rows r = {0};

	for (size_t l = 0; l < sizeof laws / sizeof *laws; l++) {
		for (size_t i = 0; i < sizeof losses / sizeof *losses; i++)
			rows_add(&r, rows_name("%s, loss %g", laws[l].name, losses[i]),
			    laws[l].function, &losses[i]);
	}
	return rows_run(&r, "port laws");
}
