/*
 * tally_merge.c - tallies merged past their bounds: sums stay, and the limits say so.
 *
 * That merging is exact below them is proven on captures by tests/property/cuts.py.
 */
#include "tally/merge.h"

#include <stdlib.h>

#include "base/clock.h"
#include "rows.h"
#include "tally/summary.h"

#define START (INT64_C(1700000000) * DG_NS_PER_S)
#define PARTS 5

static const struct dg_hash_key secret = {
    UINT64_C(0x9d39247e33776d41), UINT64_C(0x2af7398005aaa5c7)};

struct world {
	const char *name;
	unsigned servers;
	unsigned clients;
	unsigned transactions;
	unsigned seconds; /* they lie in so many */
};

static const struct world worlds[] = {
    {"a few rows", 7, 5, 20000, 60},
    {"more servers than rows", DG_SERVERS_MAX + 900, 3, 150000, 60},
    {"more clients than rows", 2, DG_CLIENTS_MAX + 900, 300000, 60},
    {"more trials than fit", 3, 3, 600000, 4000},
};

static struct dg_addr
address(uint8_t net, unsigned n)
{
	return (struct dg_addr){{net, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n, 0}};
}

/* The n-th transaction: of as many servers and clients as there are, in turn. */
static struct dg_transaction
transaction(const struct world *w, unsigned n)
{
	static const uint8_t name[] = "\3www\7example";
	uint64_t seed = (n + 1) * UINT64_C(0x9e3779b97f4a7c15);
	uint64_t random = rows_random(&seed);
	bool is_answered = random % 5 != 0;

	return (struct dg_transaction){
	    .flow = {.client = address(10, n % w->clients),
		.server = address(198, n % w->servers),
		.client_port = (uint16_t)(random >> 20),
		.server_port = 53,
		.family = DG_FAMILY_IP4,
		.transport = n % 9 == 0 ? DG_TRANSPORT_TCP : DG_TRANSPORT_UDP},
	    .outcome = is_answered ? DG_OUTCOME_ANSWERED
		: n % 7 == 0       ? DG_OUTCOME_UNDECIDED
				   : DG_OUTCOME_UNANSWERED,
	    .has_reply = is_answered,
	    .has_question = true,
	    .qname = name,
	    .qname_length = sizeof name,
	    .qtype = (uint16_t)(1 + n % 3),
	    .qclass = 1,
	    .first_ns = START + (int64_t)(random % w->seconds) * DG_NS_PER_S,
	    .latency_ns = is_answered ? (int64_t)(random >> 34) : 0,
	    .query_place = {.file = 0, .frame = n + 1},
	    .ede_code = -1,
	};
}

struct sums {
	uint64_t transactions;
	uint64_t outcomes[DG_OUTCOME_COUNT];
	uint64_t clients[DG_OUTCOME_COUNT];
	uint64_t latencies;
	uint64_t decided_trials;
};

static struct sums
sums_of(const struct dg_summary *s)
{
	struct sums sums = {0};
	struct dg_counts all = dg_side_all(&s->all);

	sums.transactions = all.transactions;
	memcpy(sums.outcomes, all.outcomes, sizeof sums.outcomes);
	memcpy(sums.clients, s->other_clients.outcomes, sizeof sums.clients);
	for (size_t i = 0; i < s->client_count; i++) {
		for (int o = 0; o < DG_OUTCOME_COUNT; o++)
			sums.clients[o] += s->clients[i].counts.outcomes[o];
	}
	sums.latencies = s->all.latency.count;
	for (size_t i = 0; i < s->trial_count; i++)
		sums.decided_trials += s->trials[i].reached + s->trials[i].dead;
	return sums;
}

static void
check(const struct world *w, struct dg_tally *whole, struct dg_tally *merged)
{
	struct dg_summary *a, *b;
	struct sums x, y;

	assert_int_equal(dg_summary_make(whole, &a), 0);
	assert_int_equal(dg_summary_make(merged, &b), 0);
	x = sums_of(a);
	y = sums_of(b);
	assert_int_equal(x.transactions, w->transactions);
	assert_int_equal(y.transactions, w->transactions);
	assert_memory_equal(x.outcomes, y.outcomes, sizeof x.outcomes);
	assert_memory_equal(x.clients, y.clients, sizeof x.clients);
	assert_int_equal(x.latencies, y.latencies);
	assert_memory_equal(a->limits_hit, b->limits_hit, sizeof a->limits_hit);
	assert_int_equal(a->limits_hit[DG_LIMIT_SERVERS], w->servers > DG_SERVERS_MAX);
	assert_int_equal(a->limits_hit[DG_LIMIT_CLIENTS], w->clients > DG_CLIENTS_MAX);
	if (w->servers <= DG_SERVERS_MAX && w->clients <= DG_CLIENTS_MAX) {
		assert_int_equal(a->trial_count, b->trial_count);
		assert_int_equal(a->trial_bin_log2, b->trial_bin_log2);
		assert_int_equal(a->trial_sample_log2, b->trial_sample_log2);
		assert_int_equal(x.decided_trials, y.decided_trials);
	}
	dg_summary_free(a);
	dg_summary_free(b);
}

static void
test_parts(void **state)
{
	const struct world *w = *state;
	static struct dg_tally whole, parts[PARTS];
	static const int order[PARTS - 1][2] = {{3, 1}, {4, 0}, {4, 2}, {3, 4}};

	dg_tally_init(&whole, &secret);
	for (int p = 0; p < PARTS; p++)
		dg_tally_init(&parts[p], &secret);
	for (unsigned n = 0; n < w->transactions; n++) {
		struct dg_transaction x = transaction(w, n);

		/* The last ones alone in a part: other rows come first in it. */
		struct dg_tally *part =
		    &parts[n > w->transactions - 2000 ? 4 : n * 2654435761u % (PARTS - 1)];

		assert_int_equal(dg_tally_transaction(&whole, &x), 0);
		assert_int_equal(dg_tally_transaction(part, &x), 0);
	}
	assert_int_equal(dg_tally_flush(&whole), 0);
	for (int p = 0; p < PARTS; p++)
		assert_int_equal(dg_tally_flush(&parts[p]), 0);
	for (int i = 0; i < PARTS - 1; i++)
		assert_int_equal(dg_tally_merge(&parts[order[i][0]], &parts[order[i][1]]), 0);
	check(w, &whole, &parts[3]);
	dg_tally_fini(&whole);
	for (int p = 0; p < PARTS; p++)
		dg_tally_fini(&parts[p]);
}

/* Squares of ports go round 2^64 and are carried. */
static void
test_carries(void **state)
{
	static struct dg_tally a, b;
	struct dg_client_key key = {.address = address(10, 1), .family = DG_FAMILY_IP4};
	struct dg_client_row *row, *other;

	(void)state;
	dg_tally_init(&a, &secret);
	dg_tally_init(&b, &secret);
	row = dg_tally_client(&a, &key);
	other = dg_tally_client(&b, &key);
	row->square_sum = UINT64_MAX - 5;
	row->square_carry = 2;
	other->square_sum = 7;
	other->square_carry = 1;
	other->has_ports = true;
	other->lowest = 9;
	other->highest = 12;
	assert_int_equal(dg_tally_merge(&a, &b), 0);
	assert_true(row->square_sum == 1);
	assert_int_equal(row->square_carry, 4);
	assert_int_equal(row->lowest, 9);
	assert_int_equal(row->highest, 12);
	assert_true(row->has_ports);
	dg_tally_fini(&a);
	dg_tally_fini(&b);
}

/* Peaks are no sums, and what was seen stays seen. */
static void
test_quality(void **state)
{
	static struct dg_tally a, b;

	(void)state;
	dg_tally_init(&a, &secret);
	dg_tally_init(&b, &secret);
	a.quality.frames = 3;
	b.quality.frames = 4;
	a.quality.correlate.messages.waiting = 2;
	b.quality.correlate.messages.waiting = (uint64_t)-2;
	a.quality.correlate.peak_remembered = 10;
	b.quality.correlate.peak_remembered = 7;
	a.quality.correlate.orphans_at_loss = 1;
	b.quality.correlate.orphans_at_loss = 2;
	b.quality.tcp.evicted = 5;
	b.quality.fragments.evicted = 6;
	b.quality.tunnels[DG_TUNNEL_COUNT - 1] = 8;
	b.history.saw_replies = true;
	assert_int_equal(dg_tally_merge(&a, &b), 0);
	assert_int_equal(a.quality.frames, 7);
	assert_int_equal(a.quality.correlate.messages.waiting, 0);
	assert_int_equal(a.quality.correlate.peak_remembered, 10);
	assert_int_equal(a.quality.correlate.orphans_at_loss, 3);
	assert_int_equal(a.quality.tcp.evicted, 5);
	assert_int_equal(a.quality.fragments.evicted, 6);
	assert_int_equal(a.quality.tunnels[DG_TUNNEL_COUNT - 1], 8);
	assert_true(a.history.saw_replies);
	assert_false(a.history.saw_queries);
	dg_tally_fini(&a);
	dg_tally_fini(&b);
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof worlds / sizeof *worlds; i++)
		rows_add(&r, rows_name("parts make the whole: %s", worlds[i].name), test_parts,
		    &worlds[i]);
	rows_add(&r, "squares carry", test_carries, NULL);
	rows_add(&r, "quality is summed, but for its peak", test_quality, NULL);
	return rows_run(&r, "tally_merge");
}
