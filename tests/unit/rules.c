/*
 * rules.c - laws of the findings that are not by port: random loss is no fault, no outage and
 * no limit; what was made to happen is found, in the same words, whatever the order of trials.
 */
#include "diagnose/diagnose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "rows.h"

#define SERVERS 12
#define CLIENTS 4
#define TRIALS_MAX 6000
#define EPOCH_NS INT64_C(1700000000000000000)
/* Captures of each plain habit, and of the others. */
#define SEEDS 200
#define SEEDS_FEW 40

/* A small generator: the same numbers on every machine. */
struct dice {
	uint64_t state;
};

static uint64_t
throw_dice(struct dice *d)
{
	uint64_t x = d->state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static double
chance(struct dice *d)
{
	return (double)(throw_dice(d) >> 11) / 9007199254740992.0;
}

/* A capture made of trials only, with the counts that go with them. */
struct world {
	struct dg_summary summary;
	struct dg_server_summary servers[SERVERS];
	struct dg_client_summary clients[CLIENTS];
	struct dg_trial trials[TRIALS_MAX];
	size_t count;
};

static struct world *
world_new(void)
{
	struct world *w = calloc(1, sizeof *w);

	assert_non_null(w);
	for (unsigned i = 0; i < SERVERS; i++) {
		const uint8_t bytes[4] = {192, 0, (uint8_t)i, 53};

		w->servers[i].key = (struct dg_server_key){
		    .address = dg_addr_make(bytes, DG_FAMILY_IP4), .port = 53, .family = 4};
	}
	for (unsigned i = 0; i < CLIENTS; i++) {
		const uint8_t bytes[4] = {10, 0, 0, (uint8_t)(i + 1)};

		w->clients[i].key = (struct dg_client_key){
		    .address = dg_addr_make(bytes, DG_FAMILY_IP4), .family = 4};
	}
	w->summary.servers = w->servers;
	w->summary.server_count = SERVERS;
	w->summary.clients = w->clients;
	w->summary.client_count = CLIENTS;
	w->summary.trials = w->trials;
	return w;
}

static void
ask(struct world *w, double seconds, unsigned server, unsigned client, uint16_t port, bool dead)
{
	struct dg_trial *t = &w->trials[w->count];
	enum dg_outcome outcome = dead ? DG_OUTCOME_UNANSWERED : DG_OUTCOME_ANSWERED;
	enum dg_part part = dg_part_of(port);

	assert_true(w->count < TRIALS_MAX);
	*t = (struct dg_trial){
	    .time_ns = EPOCH_NS + (int64_t)(seconds * 1e9),
	    .question = (uint32_t)w->count + 1,
	    .frame = (uint32_t)w->count + 1,
	    .port = port,
	    .server = server,
	    .client = client,
	    .reached = !dead,
	    .dead = dead,
	    .transport = DG_TRANSPORT_UDP,
	};
	w->count++;
	w->servers[server].all.outcomes[part][outcome]++;
	w->servers[server].sides[DG_SIDE_UDP].outcomes[part][outcome]++;
	w->servers[server].has_side[DG_SIDE_UDP] = true;
	w->clients[client].counts.outcomes[outcome]++;
	w->clients[client].counts.transactions++;
	w->summary.all.outcomes[part][outcome]++;
}

static int
compare(const void *left, const void *right)
{
	const struct dg_trial *a = left, *b = right;

	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return a->question < b->question ? -1 : 1;
}

static struct dg_diagnosis *
diagnose(struct world *w)
{
	struct dg_circumstances c = {
	    .timeout_ns = 5 * DG_NS_PER_S,
	    .first_ns = EPOCH_NS,
	    .last_ns = EPOCH_NS + 1000 * DG_NS_PER_S,
	    .is_complete = true,
	};
	struct dg_diagnosis *d;

	w->summary.trial_count = w->count;
	qsort(w->trials, w->count, sizeof *w->trials, compare);
	assert_int_equal(dg_diagnose(&w->summary, &c, &d), 0);
	return d;
}

static unsigned
count_code(const struct dg_diagnosis *d, enum dg_code code)
{
	unsigned count = 0;

	for (size_t i = 0; i < d->findings.count; i++)
		count += d->findings.list[i]->code == code;
	return count;
}

static unsigned
count_faults(const struct dg_diagnosis *d)
{
	unsigned count = 0;

	for (size_t i = 0; i < d->findings.count; i++)
		count += d->findings.list[i]->severity == DG_FAULT;
	return count;
}

/* How a healthy capture goes about. */
struct habit {
	const char *name;
	double loss;
	unsigned queries;
	bool is_bursty;     /* most come in crowded seconds */
	bool is_sequential; /* ports count up */
	bool asks_again;    /* what is lost is asked again, from another port */
	bool is_in_bursts;  /* losses come together, for seconds: which are short outages */
};

static const struct habit habits[] = {
    {"nothing lost", 0, 800, false, false, false, false},
    {"1 % lost", 0.01, 800, false, false, false, false},
    {"5 % lost", 0.05, 800, false, false, false, false},
    {"20 % lost", 0.2, 800, false, false, false, false},
    {"5 % lost, in crowds", 0.05, 1500, true, false, false, false},
    {"20 % lost, in crowds", 0.2, 1500, true, false, false, false},
    {"5 % lost, ports in sequence", 0.05, 800, false, true, false, false},
    {"20 % lost and asked again", 0.2, 600, false, false, true, false},
    {"20 % lost of crowds and asked again", 0.2, 1000, true, false, true, false},
    {"few queries, 20 % lost", 0.2, 60, false, false, false, false},
    {"5 % lost, in bursts", 0.05, 800, false, false, false, true},
    {"20 % lost, in bursts", 0.2, 800, false, false, false, true},
    {"20 % lost, in bursts, and asked again", 0.2, 600, false, false, true, true},
    {"20 % lost, in bursts, in crowds", 0.2, 1500, true, false, false, true},
};

/* Some servers and clients have much of the traffic, and some hardly any. */
static unsigned
pick(struct dice *d, unsigned count)
{
	double x = chance(d);

	return (unsigned)(x * x * count);
}

static void
live(struct world *w, const struct habit *h, struct dice *d)
{
	double now = 0, burst_until = 0;

	for (unsigned i = 0; i < h->queries; i++) {
		bool is_crowd = h->is_bursty && i / 100 % 2 == 1;
		unsigned server = pick(d, SERVERS), client = pick(d, CLIENTS);
		double again = now;
		double gap = is_crowd ? 0.02 * chance(d) : 0.6 * chance(d);

		now += gap;
		again = now;
		if (now > burst_until && chance(d) < 0.07 * gap)
			burst_until = now + h->loss * 30 * chance(d);
		for (int n = 0; n < 3; n++, again += 0.3 + 0.2 * chance(d)) {
			uint16_t port = h->is_sequential
			    ? (uint16_t)(20000 + i)
			    : (uint16_t)(1024 + throw_dice(d) % 64512);
			double loss = !h->is_in_bursts ? h->loss
			    : again < burst_until      ? 0.9
						       : h->loss / 10;
			bool is_lost = chance(d) < loss;

			ask(w, again, server, client, port, is_lost);
			w->trials[w->count - 1].question = i + 1;
			if (!is_lost || !h->asks_again)
				break;
		}
	}
}

static void
test_healthy(void **state)
{
	const struct habit *h = *state;
	bool is_plain =
	    !h->is_bursty && !h->is_sequential && !h->asks_again && !h->is_in_bursts;

	for (uint64_t seed = 1; seed <= (is_plain ? SEEDS : SEEDS_FEW); seed++) {
		struct dice dice = {seed * 1000003};
		struct world *w = world_new();
		struct dg_diagnosis *d;

		live(w, h, &dice);
		d = diagnose(w);
		assert_int_equal(count_faults(d), 0);
		if (!h->is_in_bursts)
			assert_int_equal(count_code(d, DG_OUTAGE), 0);
		assert_int_equal(count_code(d, DG_RATE_LIMITED), 0);
		dg_diagnosis_free(d);
		free(w);
	}
}

/* 600 queries at random, of which `is_dead` says which are dead beyond chance. */
static struct world *
world_with(
    uint64_t seed, double loss, bool (*is_dead)(double now, unsigned server, unsigned client))
{
	struct dice dice = {seed * 7919};
	struct world *w = world_new();
	double now = 0;

	for (unsigned i = 0; i < 900; i++) {
		unsigned server = (unsigned)(throw_dice(&dice) % SERVERS);
		unsigned client = (unsigned)(throw_dice(&dice) % CLIENTS);
		uint16_t port = (uint16_t)(1024 + throw_dice(&dice) % 64512);
		bool is_lost = chance(&dice) < loss;

		now += 0.4 * chance(&dice);
		ask(w, now, server, client, port, is_lost || is_dead(now, server, client));
	}
	return w;
}

static bool
all_for_a_time(double now, unsigned server, unsigned client)
{
	(void)server;
	(void)client;
	return now > 60 && now < 75;
}

static bool
server_for_a_time(double now, unsigned server, unsigned client)
{
	(void)client;
	return server == 3 && now > 40 && now < 120;
}

static bool
client_for_a_time(double now, unsigned server, unsigned client)
{
	(void)server;
	return client == 2 && now > 60 && now < 90;
}

static bool
server_always(double now, unsigned server, unsigned client)
{
	(void)now;
	(void)client;
	return server == 5;
}

static bool
pair_always(double now, unsigned server, unsigned client)
{
	(void)now;
	return server == 5 && client == 1;
}

static const struct sickness {
	const char *name;
	bool (*is_dead)(double now, unsigned server, unsigned client);
	enum dg_code code;
	double loss;
	int server; /* -1: none named */
	int client;
	double first; /* what the window lies in, seconds; 0: not looked at */
	double last;
	enum dg_where where;
} sicknesses[] = {
    {"all are out for 15 s", all_for_a_time, DG_OUTAGE, 0.01, -1, -1, 60, 75,
	DG_WHERE_NEAR_OBSERVER},
    {"all are out for 15 s, 10 % lost", all_for_a_time, DG_OUTAGE, 0.1, -1, -1, 60, 75,
	DG_WHERE_NEAR_OBSERVER},
    {"a server is out for 80 s", server_for_a_time, DG_OUTAGE, 0.01, 3, -1, 40, 120,
	DG_WHERE_NEAR_SERVER},
    {"a client is out for 30 s", client_for_a_time, DG_OUTAGE, 0.01, -1, 2, 60, 90,
	DG_WHERE_ONE_CLIENT},
    {"a server is silent", server_always, DG_SERVER_SILENT, 0.05, 5, -1, 0, 0,
	DG_WHERE_NEAR_SERVER},
    {"a server is silent for one client", pair_always, DG_SERVER_SILENT, 0.05, 5, 1, 0, 0,
	DG_WHERE_ONE_CLIENT},
};

static void
assert_found(const struct dg_diagnosis *d, const struct sickness *k)
{
	const struct dg_finding *f = NULL;

	for (size_t i = 0; i < d->findings.count; i++) {
		if (d->findings.list[i]->code == k->code)
			f = d->findings.list[i];
	}
	assert_non_null(f);
	assert_int_equal(count_code(d, k->code), 1);
	assert_int_equal(count_faults(d), k->code == DG_SERVER_SILENT);
	assert_int_equal(f->server_count, k->server >= 0);
	assert_int_equal(f->client_count, k->client >= 0);
	assert_true(k->server < 0 || f->servers[0] == (uint32_t)k->server);
	assert_true(k->client < 0 || f->clients[0] == (uint32_t)k->client);
	assert_int_equal(f->where, k->where);
	assert_true(f->has_p && f->ln_p < 0);
	if (k->first <= 0)
		return;
	assert_true(f->first_ns >= EPOCH_NS + (int64_t)((k->first - 5) * 1e9));
	assert_true(f->last_ns <= EPOCH_NS + (int64_t)((k->last + 5) * 1e9));
	assert_true(f->last_ns - f->first_ns >= (int64_t)((k->last - k->first) * 0.6e9));
	assert_true(f->after_ns < f->first_ns && f->before_ns > f->last_ns);
	assert_int_equal(f->answered_count, 2);
}

static void
test_sick(void **state)
{
	const struct sickness *k = *state;

	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct world *w = world_with(seed, k->loss, k->is_dead);
		struct dg_diagnosis *d = diagnose(w);

		assert_found(d, k);
		dg_diagnosis_free(d);
		free(w);
	}
}

/* Only so many are answered in each second; every tenth second is crowded. */
static void
test_limit(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct dice dice = {seed};
		struct world *w = world_new();
		struct dg_diagnosis *d;

		for (unsigned second = 0; second < 120; second++) {
			unsigned queries = second % 10 == 0 ? 100 : 2 + second % 3;

			for (unsigned i = 0; i < queries; i++) {
				double now = second + (double)i / queries;
				uint16_t port = (uint16_t)(1024 + throw_dice(&dice) % 64512);

				ask(w, now, 0, 0, port, i >= 20);
			}
		}
		ask(w, 3, 1, 0, 4001, false);
		d = diagnose(w);
		assert_int_equal(count_code(d, DG_RATE_LIMITED), 1);
		assert_int_equal(count_code(d, DG_OUTAGE), 0);
		assert_int_equal(count_code(d, DG_LOSS_RANDOM), 0);
		assert_int_equal(count_faults(d), 0);
		dg_diagnosis_free(d);
		free(w);
	}
}

/* While all is out, every client asks five times as often. */
static void
test_retries(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct dice dice = {seed};
		struct world *w = world_new();
		struct dg_diagnosis *d;

		for (unsigned second = 0; second < 120; second++) {
			bool is_out = second >= 50 && second < 70;

			for (unsigned i = 0; i < (is_out ? 25 : 5); i++)
				ask(w, second + i / 30.0, i % 3, i % 2,
				    (uint16_t)(1024 + throw_dice(&dice) % 64512), is_out);
		}
		d = diagnose(w);
		assert_int_equal(count_code(d, DG_RATE_LIMITED), 0);
		assert_int_equal(count_code(d, DG_OUTAGE), 1);
		assert_int_equal(count_faults(d), 0);
		dg_diagnosis_free(d);
		free(w);
	}
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, habits, test_healthy);
	ROWS_ADD_TABLE(&r, sicknesses, test_sick);
	rows_add(&r, "only so many are answered in a second", test_limit, NULL);
	rows_add(&r, "asking again in an outage is no limit", test_retries, NULL);
	return rows_run(&r, "rules");
}
