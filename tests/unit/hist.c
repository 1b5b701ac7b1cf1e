/*
 * hist.c - laws: a quantile is that of the sorted values, or above it by at most 1/32; merging
 * is adding; the order of values does not matter.
 */
#include "base/hist.h"

#include <math.h>

#include "rows.h"

#define VALUES_MAX 5000

static const double shares[] = {0, 0.001, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1};

enum shape {
	SHAPE_SAME,
	SHAPE_SMALL,
	SHAPE_EVEN,
	SHAPE_POWERS,
	SHAPE_LATENCY,
	SHAPE_ANY,
};

static const struct row {
	const char *name;
	enum shape shape;
	size_t count;
	uint64_t seed;
} rows[] = {
    {"of one value", SHAPE_ANY, 1, 1},
    {"of two values", SHAPE_ANY, 2, 2},
    {"of values that are all the same", SHAPE_SAME, 1000, 3},
    {"of values below 32", SHAPE_SMALL, 1000, 4},
    {"of values spread evenly", SHAPE_EVEN, 1000, 5},
    {"of powers of two and their neighbours", SHAPE_POWERS, 192, 6},
    {"of what latencies look like", SHAPE_LATENCY, VALUES_MAX, 7},
    {"of any 64 bits", SHAPE_ANY, VALUES_MAX, 8},
};

static uint64_t
value_of(enum shape shape, size_t i, uint64_t *seed)
{
	switch (shape) {
	case SHAPE_SAME:
		return 20123456;
	case SHAPE_SMALL:
		return rows_random(seed) % 32;
	case SHAPE_EVEN:
		return rows_random(seed) % 1000000;
	case SHAPE_POWERS:
		return (UINT64_C(1) << (i / 3)) + i % 3 - 1;
	case SHAPE_LATENCY:
		return (uint64_t)(2e6 * exp(2.5 * (double)(rows_random(seed) >> 11) / 0x1p53));
	case SHAPE_ANY:
		break;
	}
	return rows_random(seed) >> (rows_random(seed) % 64);
}

static void
fill(const struct row *row, uint64_t values[VALUES_MAX])
{
	uint64_t seed = row->seed;

	for (size_t i = 0; i < row->count; i++)
		values[i] = value_of(row->shape, i, &seed);
}

static int
compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static uint64_t
nearest_rank(const uint64_t *sorted, size_t count, double q)
{
	size_t rank = (size_t)ceil(q * (double)count);

	return sorted[rank == 0 ? 0 : rank - 1];
}

static void
test_quantiles(void **state)
{
	const struct row *row = *state;
	static uint64_t values[VALUES_MAX];
	struct dg_hist h = {0};

	fill(row, values);
	for (size_t i = 0; i < row->count; i++)
		assert_int_equal(dg_hist_add(&h, values[i]), 0);
	qsort(values, row->count, sizeof *values, compare);
	assert_true(h.count == row->count);
	assert_true(h.max_ns == values[row->count - 1]);
	for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
		uint64_t truth = nearest_rank(values, row->count, shares[i]);
		uint64_t said = dg_hist_quantile(&h, shares[i]);

		assert_true(said >= truth);
		assert_true(said - truth <= truth / 32);
		assert_true(said <= h.max_ns);
	}
	dg_hist_fini(&h);
}

static uint64_t
count_at(const struct dg_hist *h, uint32_t bucket)
{
	return bucket - h->first < h->span ? h->counts[bucket - h->first] : 0;
}

static void
assert_same(const struct dg_hist *a, const struct dg_hist *b)
{
	uint64_t sum = 0;

	assert_true(a->count == b->count);
	assert_true(a->max_ns == b->max_ns);
	for (uint32_t bucket = 0; bucket <= dg_hist_bucket(UINT64_MAX); bucket++) {
		assert_true(count_at(a, bucket) == count_at(b, bucket));
		sum += count_at(a, bucket);
	}
	assert_true(sum == a->count);
}

/* All in one, and dealt to three in reverse order and merged. */
static void
test_merge(void **state)
{
	const struct row *row = *state;
	static uint64_t values[VALUES_MAX];
	struct dg_hist one = {0}, merged = {0}, parts[3] = {{0}};

	fill(row, values);
	for (size_t i = 0; i < row->count; i++) {
		assert_int_equal(dg_hist_add(&one, values[i]), 0);
		assert_int_equal(dg_hist_add(&parts[i % 3], values[row->count - 1 - i]), 0);
	}
	for (int p = 2; p >= 0; p--) {
		assert_int_equal(dg_hist_merge(&merged, &parts[p]), 0);
		dg_hist_fini(&parts[p]);
	}
	assert_same(&one, &merged);
	dg_hist_fini(&one);
	dg_hist_fini(&merged);
}

/* A bucket's greatest value, shown by a histogram whose greatest value is elsewhere. */
static const struct edge_row {
	const char *name;
	uint64_t value;
	uint64_t edge;
} edge_rows[] = {
    {"0 has a bucket of its own", 0, 0},
    {"31 has a bucket of its own", 31, 31},
    {"32 has a bucket of its own", 32, 32},
    {"63 has a bucket of its own", 63, 63},
    {"64 shares a bucket with 65", 64, 65},
    {"65 is the edge of its bucket", 65, 65},
    {"66 begins the next bucket", 66, 67},
    {"1 ms is shown at most 1/32 higher", 1000000, 1015807},
    {"the last bucket ends at the greatest number", UINT64_C(0xfc00000000000000), UINT64_MAX},
    {"the last but one ends before it", UINT64_C(0xfbffffffffffffff),
	UINT64_C(0xfbffffffffffffff)},
};

static void
test_edge(void **state)
{
	const struct edge_row *row = *state;
	struct dg_hist h = {0};

	assert_int_equal(dg_hist_add(&h, row->value), 0);
	assert_int_equal(dg_hist_add(&h, UINT64_MAX), 0);
	assert_true(dg_hist_quantile(&h, 0.5) == row->edge);
	dg_hist_fini(&h);
}

/* One value: whatever its bucket, the greatest value seen is never passed. */
static void
test_max(void **state)
{
	(void)state;
	for (int bit = 0; bit < 64; bit++) {
		uint64_t value = UINT64_C(1) << bit;
		struct dg_hist h = {0};

		assert_int_equal(dg_hist_add(&h, value), 0);
		assert_true(dg_hist_quantile(&h, 0) == value);
		assert_true(dg_hist_quantile(&h, 0.5) == value);
		assert_true(dg_hist_quantile(&h, 1) == value);
		dg_hist_fini(&h);
	}
}

static void
test_empty(void **state)
{
	struct dg_hist a = {0}, b = {0};

	(void)state;
	assert_true(dg_hist_quantile(&a, 0.5) == 0);
	assert_int_equal(dg_hist_merge(&a, &b), 0);
	assert_true(a.count == 0 && a.span == 0);
	dg_hist_fini(&a);
	dg_hist_fini(&a);
}

/*
 * The values 1 to n, which have a bucket each: the rank is the least whole number that is
 * not below the share, computed without fractions.
 */
static void
test_ranks(void **state)
{
	static const struct {
		double q;
		uint64_t percent;
	} asked[] = {{0.5, 50}, {0.9, 90}, {0.95, 95}, {0.99, 99}};
	struct dg_hist h = {0};

	(void)state;
	for (uint64_t n = 1; n <= 63; n++) {
		assert_int_equal(dg_hist_add(&h, n), 0);
		for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
			assert_true(dg_hist_quantile(&h, asked[i].q) ==
			    (asked[i].percent * n + 99) / 100);
	}
	dg_hist_fini(&h);
}

/* Counted one by one, at every edge that is exact, of values on both sides of each. */
static void
test_count_to(void **state)
{
	struct dg_hist h = {0}, other = {0}, all = {0};
	uint64_t sum = 0, count[64] = {0};

	(void)state;
	assert_int_equal(dg_hist_count_to(&h, UINT64_MAX), 0);
	for (unsigned bit = 0; bit < 40; bit++) {
		for (uint64_t i = 0; i < 5; i++) {
			uint64_t ns = (UINT64_C(1) << bit) - 1 + i;

			assert_int_equal(dg_hist_add(bit % 3 ? &h : &other, ns), 0);
			sum += ns;
			for (unsigned edge = 0; edge < 64; edge++)
				count[edge] += ns <= (UINT64_C(1) << edge) - 1;
		}
	}
	assert_int_equal(dg_hist_merge(&all, &h), 0);
	assert_int_equal(dg_hist_merge(&all, &other), 0);
	for (unsigned edge = 0; edge < 64; edge++)
		assert_true(dg_hist_count_to(&all, (UINT64_C(1) << edge) - 1) == count[edge]);
	assert_true(all.sum_ns == sum);
	dg_hist_fini(&h);
	dg_hist_fini(&other);
	dg_hist_fini(&all);
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rows_add(&r, rows_name("quantiles %s are those of sorting", rows[i].name),
		    test_quantiles, &rows[i]);
		rows_add(
		    &r, rows_name("merging %s is adding", rows[i].name), test_merge, &rows[i]);
	}
	ROWS_ADD_TABLE(&r, edge_rows, test_edge);
	rows_add(&r, "no quantile passes the greatest value", test_max, NULL);
	rows_add(&r, "an empty histogram has quantiles of 0 and merges", test_empty, NULL);
	rows_add(
	    &r, "the 50th to 99th percentile are nearest ranks, exactly", test_ranks, NULL);
	rows_add(&r, "values up to a power of two are counted exactly, and summed",
	    test_count_to, NULL);
	return rows_run(&r, "hist");
}
