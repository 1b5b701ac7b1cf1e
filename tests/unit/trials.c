/*
 * trials.c - what is kept of trials depends on nothing but what was added.
 */
#include "tally/trials.h"
#include "base/pages.h"

#include <stdbool.h>

#include "base/hash.h"
#include "base/limits.h"
#include "rows.h"

#define SECOND INT64_C(1000000000)
#define START (INT64_C(1700000000) * SECOND)
#define TRANSACTIONS 4000
#define SERVERS 3
#define CLIENTS 2

static const uint64_t secrets[2] = {UINT64_C(0x1234567890abcdef), UINT64_C(0xfedcba0987654321)};
static const uint64_t other_secrets[2] = {5, 7};

static uint64_t
next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Transactions of few ports and seconds, or of many. */
static void
make(struct dg_trial *list, unsigned ports, unsigned seconds)
{
	uint64_t state = 88172645463325252;

	for (unsigned i = 0; i < TRANSACTIONS; i++) {
		bool is_reached = next(&state) % 3 != 0;
		uint16_t port = (uint16_t)(next(&state) % ports);
		uint32_t server = (uint32_t)(next(&state) % SERVERS);
		uint32_t client = (uint32_t)(next(&state) % CLIENTS);

		list[i] = (struct dg_trial){
		    .time_ns = START + (int64_t)(next(&state) % seconds) * SECOND +
			(int64_t)(next(&state) % SECOND),
		    .question = (uint32_t)(next(&state) % 50),
		    .frame = i + 1,
		    .file = (uint16_t)(i % 3),
		    .port = port,
		    .server = server,
		    .client = client,
		    .mark = (uint32_t)dg_hash_fold(server * 7 + client, port),
		    .reached = is_reached,
		    .dead = !is_reached,
		    .refused = !is_reached && port % 2 == 0,
		    .transport = port % 5 == 0 ? 6 : 17,
		};
	}
}

/* ---- slow and plain ---- */

static bool
is_same(const struct dg_trial *a, const struct dg_trial *b, unsigned bin_log2)
{
	return a->server == b->server && a->client == b->client && a->port == b->port &&
	    a->transport == b->transport &&
	    a->time_ns / SECOND >> bin_log2 == b->time_ns / SECOND >> bin_log2;
}

static unsigned
collapse(
    const struct dg_trial *from, unsigned bin_log2, unsigned sample_log2, struct dg_trial *to)
{
	unsigned count = 0;

	for (unsigned i = 0; i < TRANSACTIONS; i++) {
		const struct dg_trial *one = &from[i];
		unsigned at = 0;

		if (one->mark % (1u << sample_log2) != 0)
			continue;
		while (at < count && !is_same(&to[at], one, bin_log2))
			at++;
		if (at == count) {
			to[count++] = *one;
			continue;
		}
		if ((one->reached && !to[at].reached) ||
		    (!one->reached == !to[at].reached && one->time_ns < to[at].time_ns)) {
			to[at].time_ns = one->time_ns;
			to[at].question = one->question;
			to[at].frame = one->frame;
			to[at].file = one->file;
		}
		to[at].reached = (uint16_t)(to[at].reached + one->reached);
		to[at].dead = (uint16_t)(to[at].dead + one->dead);
		to[at].refused = (uint16_t)(to[at].refused + one->refused);
	}
	return count;
}

/* The least sizes at which all fits. */
static unsigned
keep(const struct dg_trial *from, uint32_t max, unsigned *bin_log2, unsigned *sample_log2,
    struct dg_trial *to)
{
	unsigned count;

	*bin_log2 = *sample_log2 = 0;
	while ((count = collapse(from, *bin_log2, *sample_log2, to)) > max) {
		if (*bin_log2 < DG_TRIAL_BIN_LOG2_MAX)
			*bin_log2 += DG_TRIAL_BIN_STEP;
		else
			++*sample_log2;
	}
	return count;
}

static int
compare(const void *a, const void *b)
{
	const struct dg_trial *x = a, *y = b;

	if (x->transport != y->transport)
		return x->transport == 17 ? -1 : 1;
	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	if (x->server != y->server)
		return x->server < y->server ? -1 : 1;
	return x->client < y->client ? -1 : x->client > y->client;
}

/* ---- the same in many ways ---- */

struct row {
	const char *name;
	unsigned ports;
	unsigned seconds;
	uint32_t max;
};

static const struct row rows[] = {
    {"all fit", 100, 10, 8192},
    {"just all fit", 16, 1, 96},
    {"one bin step", 20, 100, 1500},
    {"two bin steps", 20, 100, 300},
    {"sampled", 5000, 100, 1000},
    {"sampled much", 60000, 1000, 64},
    {"sampled very much", 60000, 1000, 16},
};

static void
add_all(struct dg_trials *t, const struct dg_trial *list, unsigned first, unsigned step)
{
	for (unsigned i = 0; i < TRANSACTIONS; i++)
		assert_int_equal(dg_trials_add(t, &list[(first + i * step) % TRANSACTIONS]), 0);
}

static void
check(const struct dg_trials *t, const struct row *row, const struct dg_trial *list)
{
	static const uint32_t same[] = {0, 1, 2};
	struct dg_trial *want = calloc(TRANSACTIONS, sizeof *want);
	struct dg_trial *got = dg_trials_sorted(t, same, same);
	unsigned bin_log2, sample_log2, count;

	assert_non_null(want);
	assert_non_null(got);
	count = keep(list, row->max, &bin_log2, &sample_log2, want);
	qsort(want, count, sizeof *want, compare);
	assert_int_equal(t->bin_log2, bin_log2);
	assert_int_equal(t->sample_log2, sample_log2);
	assert_int_equal(t->count, count);
	for (unsigned i = 0; i < count; i++)
		assert_memory_equal(&got[i], &want[i], sizeof *got);
	free(want);
	dg_pages_free(got, dg_trials_bytes(t));
}

static void
test_orders(void **state)
{
	static const unsigned steps[] = {1, 7, 1999, 3999};
	const struct row *row = *state;
	struct dg_trial *list = calloc(TRANSACTIONS, sizeof *list);

	assert_non_null(list);
	make(list, row->ports, row->seconds);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct dg_trials t;

		dg_trials_init(&t, row->max, i % 2 == 0 ? secrets : other_secrets);
		add_all(&t, list, (unsigned)i * 17, steps[i]);
		check(&t, row, list);
		dg_trials_fini(&t);
	}
	free(list);
}

/* Parts whose rows have other numbers, merged from both ends. */
static void
test_merge(void **state)
{
	static const uint32_t same[] = {0, 1, 2}, turned[] = {2, 0, 1}, back[] = {1, 2, 0};
	static const uint32_t swapped[] = {1, 0};
	const struct row *row = *state;
	struct dg_trial *list = calloc(TRANSACTIONS, sizeof *list);

	assert_non_null(list);
	make(list, row->ports, row->seconds);
	for (unsigned is_reversed = 0; is_reversed < 2; is_reversed++) {
		struct dg_trials parts[3], all;

		dg_trials_init(&all, row->max, secrets);
		for (unsigned p = 0; p < 3; p++)
			dg_trials_init(&parts[p], row->max, p == 1 ? other_secrets : secrets);
		for (unsigned i = 0; i < TRANSACTIONS; i++) {
			struct dg_trial one = list[i];

			one.server = turned[one.server];
			one.client = swapped[one.client];
			/* The middle part is small: it has finer bins than the others. */
			assert_int_equal(
			    dg_trials_add(&parts[i % 100 == 0 ? 1 : i % 2 * 2], &one), 0);
		}
		for (unsigned p = 0; p < 3; p++) {
			unsigned which = is_reversed ? 2 - p : p;

			assert_int_equal(
			    dg_trials_merge(&all, &parts[which], back, swapped), 0);
		}
		check(&all, row, list);
		for (unsigned p = 0; p < 3; p++)
			dg_trials_fini(&parts[p]);
		dg_trials_init(&parts[0], row->max, secrets);
		assert_int_equal(dg_trials_merge(&parts[0], &all, same, same), 0);
		check(&parts[0], row, list);
		dg_trials_fini(&parts[0]);
		dg_trials_fini(&all);
	}
	free(list);
}

static void
test_counts_stay(void **state)
{
	struct dg_trial one = {.time_ns = START, .port = 53, .dead = 40000, .refused = 1};
	struct dg_trials t;

	(void)state;
	dg_trials_init(&t, 16, secrets);
	for (int i = 0; i < 3; i++)
		assert_int_equal(dg_trials_add(&t, &one), 0);
	assert_int_equal(t.count, 1);
	assert_int_equal(t.rows[0].dead, UINT16_MAX);
	assert_int_equal(t.rows[0].refused, 3);
	dg_trials_fini(&t);
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rows_add(
		    &r, rows_name("in any order: %s", rows[i].name), test_orders, &rows[i]);
		rows_add(&r, rows_name("merged: %s", rows[i].name), test_merge, &rows[i]);
	}
	rows_add(&r, "counts stay at their greatest", test_counts_stay, NULL);
	return rows_run(&r, "trials");
}
