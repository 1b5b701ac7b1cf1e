/*
 * options.c - EDNS options are counted exactly, in bounded lists, however they are dealt out.
 */
#include "tally/options.h"

#include "rows.h"

#define REPLIES 4000
#define GROUPS_MAX 5

struct row {
	const char *name;
	unsigned codes; /* how many different ones */
	unsigned ids;
};

static const struct row rows[] = {
    {"few codes and names", 3, 2},
    {"as many as there is room for", DG_EDE_CODES_MAX, DG_NSIDS_MAX},
    {"one more than there is room for", DG_EDE_CODES_MAX + 1, DG_NSIDS_MAX + 1},
    {"many more than there is room for", 1000, 200},
};

static struct dg_edns
any(const struct row *row, uint64_t *seed)
{
	uint64_t n = rows_random(seed);
	struct dg_edns e = {
	    .ede_count = (uint8_t)(n % 3),
	    .has_nsid = (n >> 8 & 1) != 0,
	    .has_cookie = (n >> 9 & 1) != 0,
	    .has_subnet = (n >> 10 & 3) == 0,
	};

	for (unsigned i = 0; i < e.ede_count; i++)
		e.ede[i] = (uint16_t)((rows_random(seed) >> 20) % row->codes * 7);
	if (e.has_nsid) {
		unsigned id = (unsigned)(rows_random(seed) >> 20) % row->ids;

		e.nsid_length = (uint8_t)(1 + id % 3);
		e.nsid[0] = (uint8_t)(id / 3);
	}
	return e;
}

static void
assert_same(const struct dg_options *a, const struct dg_options *b)
{
	assert_int_equal(a->ede_count, b->ede_count);
	assert_int_equal(a->nsid_count, b->nsid_count);
	for (unsigned i = 0; i < a->ede_count; i++) {
		assert_int_equal(a->ede[i].code, b->ede[i].code);
		assert_true(a->ede[i].count == b->ede[i].count);
		assert_true(i == 0 || a->ede[i - 1].code < a->ede[i].code);
	}
	for (unsigned i = 0; i < a->nsid_count; i++) {
		assert_int_equal(a->nsid[i].length, b->nsid[i].length);
		assert_memory_equal(a->nsid[i].bytes, b->nsid[i].bytes, a->nsid[i].length);
		assert_true(a->nsid[i].count == b->nsid[i].count);
	}
	assert_true(a->other_ede == b->other_ede);
	assert_true(a->other_nsid == b->other_nsid);
	assert_true(a->cookies == b->cookies);
	assert_true(a->subnets == b->subnets);
}

/* Every code is counted, in its own place or among the others; the least ones in their own. */
static void
test_counts(void **state)
{
	const struct row *row = *state;
	static uint64_t codes[65536];
	struct dg_options o = {0};
	uint64_t seed = 11, all = 0, kept = 0, ids = 0, kept_ids = 0;
	unsigned distinct = 0;

	memset(codes, 0, sizeof codes);
	for (int i = 0; i < REPLIES; i++) {
		struct dg_edns e = any(row, &seed);

		for (unsigned n = 0; n < e.ede_count; n++)
			codes[e.ede[n]]++;
		all += e.ede_count;
		ids += e.has_nsid;
		assert_int_equal(dg_options_add(&o, &e), 0);
	}
	for (unsigned code = 0; code < 65536; code++) {
		if (codes[code] == 0)
			continue;
		if (distinct < DG_EDE_CODES_MAX) {
			assert_int_equal(o.ede[distinct].code, code);
			assert_true(o.ede[distinct].count == codes[code]);
			kept += codes[code];
		}
		distinct++;
	}
	assert_int_equal(
	    o.ede_count, distinct < DG_EDE_CODES_MAX ? distinct : DG_EDE_CODES_MAX);
	assert_true(o.other_ede == all - kept);
	for (unsigned i = 0; i < o.nsid_count; i++)
		kept_ids += o.nsid[i].count;
	assert_int_equal(o.nsid_count, row->ids < DG_NSIDS_MAX ? row->ids : DG_NSIDS_MAX);
	assert_true(o.other_nsid + kept_ids == ids);
	dg_options_fini(&o);
}

static void
test_any_grouping(void **state)
{
	for (unsigned groups = 1; groups <= GROUPS_MAX; groups++) {
		struct dg_options one = {0}, parts[GROUPS_MAX] = {{0}};
		uint64_t seed = 5, deal = 23 + groups;

		for (int i = 0; i < REPLIES; i++) {
			struct dg_edns e = any(*state, &seed);

			assert_int_equal(dg_options_add(&one, &e), 0);
			assert_int_equal(
			    dg_options_add(&parts[rows_random(&deal) % groups], &e), 0);
		}
		for (unsigned left = groups; left > 1; left--) {
			unsigned into = (unsigned)(rows_random(&deal) % (left - 1));

			assert_int_equal(dg_options_merge(&parts[into], &parts[left - 1]), 0);
			dg_options_fini(&parts[left - 1]);
		}
		assert_same(&one, &parts[0]);
		dg_options_fini(&one);
		dg_options_fini(&parts[0]);
	}
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rows_add(&r, rows_name("counted: %s", rows[i].name), test_counts, &rows[i]);
		rows_add(&r, rows_name("merged in any order and grouping: %s", rows[i].name),
		    test_any_grouping, &rows[i]);
	}
	return rows_run(&r, "options");
}
