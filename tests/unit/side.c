/*
 * side.c - counts merge exactly: however transactions are dealt out, the sum is the same.
 */
#include "tally/side.h"

#include "rows.h"

#define TRANSACTIONS 6000
#define GROUPS_MAX 7

static struct dg_transaction
any(uint64_t *seed)
{
	uint64_t n = rows_random(seed);
	struct dg_transaction t = {
	    .outcome = (enum dg_outcome)(n % DG_OUTCOME_COUNT),
	    .flow.client_port = (uint16_t)(n >> 16),
	    .resends = (uint32_t)(n >> 32 & 3),
	    .resends_after_reply = (uint32_t)(n >> 32 & 1),
	    .latency_ns = (int64_t)(rows_random(seed) >> (24 + n % 40)),
	};

	t.has_reply = t.outcome == DG_OUTCOME_ANSWERED || t.outcome == DG_OUTCOME_TRUNCATED ||
	    t.outcome == DG_OUTCOME_LATE;
	t.rcode = (uint16_t)((n >> 40) % 30);
	t.is_nodata = t.rcode == 0 && (n >> 50 & 1) != 0;
	return t;
}

static void
assert_same(const struct dg_side *a, const struct dg_side *b)
{
	assert_memory_equal(a->outcomes, b->outcomes, sizeof a->outcomes);
	assert_memory_equal(a->rcodes, b->rcodes, sizeof a->rcodes);
	assert_memory_equal(a->nodata, b->nodata, sizeof a->nodata);
	assert_true(a->resends == b->resends);
	assert_true(a->asked_again == b->asked_again);
	assert_int_equal(dg_portset_size(&a->ports), dg_portset_size(&b->ports));
	for (unsigned port = 0; port < 65536; port++)
		assert_int_equal(dg_portset_has(&a->ports, (uint16_t)port),
		    dg_portset_has(&b->ports, (uint16_t)port));
	assert_true(a->latency.count == b->latency.count);
	assert_true(a->latency.max_ns == b->latency.max_ns);
	for (int percent = 0; percent <= 100; percent++)
		assert_true(dg_hist_quantile(&a->latency, percent / 100.0) ==
		    dg_hist_quantile(&b->latency, percent / 100.0));
}

/* Dealt at random to so many groups, which are merged from the last to the first. */
static void
test_groups(void **state)
{
	int groups = *(const int *)*state;
	struct dg_side one = {0}, merged = {0}, parts[GROUPS_MAX] = {0};
	uint64_t seed = 3, deal = 17;

	for (int i = 0; i < TRANSACTIONS; i++) {
		struct dg_transaction t = any(&seed);

		assert_int_equal(dg_side_add(&one, &t), 0);
		assert_int_equal(
		    dg_side_add(&parts[rows_random(&deal) % (unsigned)groups], &t), 0);
	}
	for (int g = groups; g-- > 0;) {
		assert_int_equal(dg_side_merge(&merged, &parts[g]), 0);
		dg_side_fini(&parts[g]);
	}
	assert_same(&one, &merged);
	assert_true(dg_side_all(&merged).transactions == TRANSACTIONS);
	dg_side_fini(&one);
	dg_side_fini(&merged);
}

static void
test_sums(void **state)
{
	struct dg_side s = {0};
	struct dg_counts all, by_range = {0}, by_part = {0};
	uint64_t seed = 5;

	(void)state;
	for (int i = 0; i < TRANSACTIONS; i++) {
		struct dg_transaction t = any(&seed);

		assert_int_equal(dg_side_add(&s, &t), 0);
	}
	all = dg_side_all(&s);
	for (unsigned r = 0; r < DG_RANGE_COUNT; r++)
		by_range.transactions += dg_side_range(&s, r).transactions;
	for (unsigned p = 0; p < DG_PART_COUNT; p++) {
		struct dg_counts part = dg_side_part(&s, p);

		by_part.transactions += part.transactions;
		for (int o = 0; o < DG_OUTCOME_COUNT; o++)
			by_part.outcomes[o] += part.outcomes[o];
	}
	assert_true(by_range.transactions == TRANSACTIONS);
	assert_true(by_part.transactions == TRANSACTIONS);
	assert_memory_equal(by_part.outcomes, all.outcomes, sizeof all.outcomes);
	dg_side_fini(&s);
}

/* One transaction, and what it must show in. */
static const struct row {
	const char *name;
	enum dg_outcome outcome;
	bool is_reached;
	bool is_decided;
	bool is_silent;
	bool has_latency;
} rows[] = {
    {"answered is reached and has a latency", DG_OUTCOME_ANSWERED, 1, 1, 0, 1},
    {"truncated is reached and has a latency", DG_OUTCOME_TRUNCATED, 1, 1, 0, 1},
    {"late is reached and has no latency", DG_OUTCOME_LATE, 1, 1, 0, 0},
    {"unanswered is decided and silent", DG_OUTCOME_UNANSWERED, 0, 1, 1, 0},
    {"an ICMP error is decided and not silent", DG_OUTCOME_ICMP_ERROR, 0, 1, 0, 0},
    {"TCP refused is decided and not silent", DG_OUTCOME_TCP_REFUSED, 0, 1, 0, 0},
    {"no TCP connection is silent", DG_OUTCOME_TCP_NO_CONNECTION, 0, 1, 1, 0},
    {"TCP reset is decided and not silent", DG_OUTCOME_TCP_RESET, 0, 1, 0, 0},
    {"TCP closed is decided and not silent", DG_OUTCOME_TCP_CLOSED, 0, 1, 0, 0},
    {"undecided is neither", DG_OUTCOME_UNDECIDED, 0, 0, 0, 0},
};

static void
test_outcome(void **state)
{
	const struct row *row = *state;
	struct dg_transaction t = {
	    .outcome = row->outcome, .latency_ns = 5000000, .flow.client_port = 53};
	struct dg_side s = {0};
	struct dg_counts c;

	assert_int_equal(dg_side_add(&s, &t), 0);
	c = dg_side_part(&s, DG_PART_53);
	assert_true(c.transactions == 1);
	assert_true(dg_counts_reached(&c) == row->is_reached);
	assert_true(dg_counts_decided(&c) == row->is_decided);
	assert_true(dg_counts_silent(&c) == row->is_silent);
	assert_true(s.latency.count == row->has_latency);
	dg_side_fini(&s);
}

static void
test_rcodes(void **state)
{
	struct dg_side s = {0};

	(void)state;
	for (uint32_t rcode = 0; rcode < 4096; rcode++) {
		struct dg_transaction t = {.outcome = DG_OUTCOME_ANSWERED,
		    .has_reply = true,
		    .rcode = (uint16_t)rcode,
		    .flow.client_port = 50000};

		assert_int_equal(dg_side_add(&s, &t), 0);
	}
	for (unsigned slot = 0; slot < DG_RCODES_COUNTED; slot++)
		assert_true(s.rcodes[DG_RANGE_EPHEMERAL][slot] == 1);
	assert_true(
	    s.rcodes[DG_RANGE_EPHEMERAL][DG_RCODES_COUNTED] == 4096 - DG_RCODES_COUNTED);
	dg_side_fini(&s);
}

/* A SYN that was sent again is no query sent again. */
static void
test_resends(void **state)
{
	struct dg_side s = {0};
	struct dg_transaction query = {.outcome = DG_OUTCOME_UNANSWERED, .resends = 2};
	struct dg_transaction attempt = {
	    .outcome = DG_OUTCOME_TCP_NO_CONNECTION, .resends = 5, .is_attempt = true};

	(void)state;
	assert_int_equal(dg_side_add(&s, &query), 0);
	assert_int_equal(dg_side_add(&s, &attempt), 0);
	assert_true(s.resends == 2);
	assert_true(dg_side_all(&s).transactions == 2);
	dg_side_fini(&s);
}

/* However often a client asks again, it is one transaction. */
static void
test_asked_again(void **state)
{
	struct dg_side s = {0};
	struct dg_transaction again = {
	    .outcome = DG_OUTCOME_ANSWERED, .resends = 3, .resends_after_reply = 2};
	struct dg_transaction before = {.outcome = DG_OUTCOME_ANSWERED, .resends = 2};

	(void)state;
	assert_int_equal(dg_side_add(&s, &again), 0);
	assert_int_equal(dg_side_add(&s, &before), 0);
	assert_true(s.resends == 5);
	assert_true(s.asked_again == 1);
	dg_side_fini(&s);
}

int
main(void)
{
	static const int groups[] = {1, 2, 3, 7};
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, test_outcome);
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		rows_add(&r, rows_name("%d groups merge to the whole", groups[i]), test_groups,
		    &groups[i]);
	rows_add(&r, "ranges and parts sum to all", test_sums, NULL);
	rows_add(&r, "rcodes from 24 on share a count", test_rcodes, NULL);
	rows_add(&r, "resends are those of queries, not of SYNs", test_resends, NULL);
	rows_add(&r, "a transaction is asked again once", test_asked_again, NULL);
	return rows_run(&r, "side");
}
