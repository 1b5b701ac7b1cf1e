/*
 * interval.c - the interval against scipy 1.10.1:
 *
 *	b = scipy.stats.beta(hits + 0.5, count - hits + 0.5)
 *	low = b.ppf(0.025) if hits > 0 else 0
 *	high = b.ppf(0.975) if hits < count else 1
 *
 * The rows up to 1,000 agree with mpmath 1.2.1 (bisection of betainc with 40 digits).
 */
#include "base/interval.h"

#include <math.h>

#include "rows.h"

static const struct row {
	const char *name;
	uint64_t hits;
	uint64_t count;
	double low;
	double high;
} rows[] = {
    {"0 of 1", 0, 1, 0, 0.853253683690425},
    {"1 of 1", 1, 1, 0.146746316309575, 1},
    {"0 of 5", 0, 5, 0, 0.379377142299039},
    {"1 of 2", 1, 2, 0.0608302759200973, 0.939169724079903},
    {"1 of 10", 1, 10, 0.0110116737631611, 0.381314771066616},
    {"5 of 10", 5, 10, 0.223528670252705, 0.776471329747295},
    {"9 of 10", 9, 10, 0.618685228933384, 0.988988326236839},
    {"10 of 10", 10, 10, 0.782803732490789, 1},
    {"3 of 100", 3, 100, 0.00852028310740358, 0.0778875694264026},
    {"50 of 100", 50, 100, 0.403173950896418, 0.596826049103582},
    {"97 of 100", 97, 100, 0.922112430573597, 0.991479716892596},
    {"100 of 100", 100, 100, 0.97525472998473, 1},
    {"0 of 1000", 0, 1000, 0, 0.0025081643414223},
    {"999 of 1000", 999, 1000, 0.995335541191209, 0.999892081195319},
    {"1234 of 5678", 1234, 5678, 0.206748274238974, 0.228199907430849},
    {"999997 of 1000000", 999997, 1000000, 0.999991993639906, 0.99999915506471},
    {"1000000 of 1000000", 1000000, 1000000, 0.999997488060689, 1},
    {"500000 of 1000000", 500000, 1000000, 0.499020019193864, 0.500979980806136},
    {"1 of 1000000", 1, 1000000, 1.07897662465419e-07, 4.67419204672983e-06},
    {"500000000 of 1000000000", 500000000, 1000000000, 0.499969010248271, 0.500030989751729},
    {"999999990 of 1000000000", 999999990, 1000000000, 0.999999982260562, 0.999999994858551},
    {"333333333 of 1000000000", 333333333, 1000000000, 0.333304116064263, 0.333362550900506},
    {"5000000000 of 10000000000", UINT64_C(5000000000), UINT64_C(10000000000),
	0.499990200179266, 0.500009799820734},
    {"9500000000 of 10000000000", UINT64_C(9500000000), UINT64_C(10000000000),
	0.949995728227264, 0.950004271512249},
    {"500000000000 of 1000000000000", UINT64_C(500000000000), UINT64_C(1000000000000),
	0.499999020013337, 0.500000979986663},
    {"999999999000 of 1000000000000", UINT64_C(999999999000), UINT64_C(1000000000000),
	0.999999998936563, 0.999999999060542},
};

static void
test_jeffreys(void **state)
{
	const struct row *row = *state;
	struct dg_interval i = dg_interval_jeffreys(row->hits, row->count);
	double bound = 1e-9;

	if (!(fabs(i.low - row->low) <= bound && fabs(i.high - row->high) <= bound))
		print_error("%.12g..%.12g, expected %.12g..%.12g\n", i.low, i.high, row->low,
		    row->high);
	assert_true(fabs(i.low - row->low) <= bound);
	assert_true(fabs(i.high - row->high) <= bound);
}

static void
test_nothing(void **state)
{
	struct dg_interval i = dg_interval_jeffreys(0, 0);

	(void)state;
	assert_true(i.low == 0 && i.high == 1);
}

static void
test_holds_ratio(void **state)
{
	(void)state;
	for (uint64_t count = 1; count <= 60; count++) {
		for (uint64_t hits = 0; hits <= count; hits++) {
			struct dg_interval i = dg_interval_jeffreys(hits, count);
			double ratio = (double)hits / (double)count;

			assert_true(i.low <= ratio && ratio <= i.high);
			assert_true(i.low >= 0 && i.high <= 1);
		}
	}
}

static void
test_mirror(void **state)
{
	(void)state;
	for (uint64_t hits = 0; hits <= 200; hits++) {
		struct dg_interval a = dg_interval_jeffreys(hits, 200);
		struct dg_interval b = dg_interval_jeffreys(200 - hits, 200);

		assert_true(fabs(a.low - (1 - b.high)) < 2e-9);
	}
}

/* Cases that have a closed form (DLMF 8.17). */
static void
test_closed_forms(void **state)
{
	(void)state;
	for (int n = 0; n <= 100; n++) {
		double x = n / 100.0;

		assert_true(fabs(dg_beta_cdf(x, 1, 1) - x) < 1e-12);
		assert_true(fabs(dg_beta_cdf(x, 7, 1) - pow(x, 7)) < 1e-12);
		assert_true(fabs(dg_beta_cdf(x, 1, 7) - (1 - pow(1 - x, 7))) < 1e-12);
		assert_true(
		    fabs(dg_beta_cdf(x, 0.5, 0.5) - 2 / acos(-1) * asin(sqrt(x))) < 1e-12);
	}
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		rows_add(&r, rows_name("the interval of %s is scipy's", rows[i].name),
		    test_jeffreys, &rows[i]);
	rows_add(&r, "the interval of nothing is everything", test_nothing, NULL);
	rows_add(&r, "every interval holds the ratio that was seen", test_holds_ratio, NULL);
	rows_add(&r, "hits and misses exchanged mirror the interval", test_mirror, NULL);
	rows_add(
	    &r, "the incomplete beta function has its closed forms", test_closed_forms, NULL);
	return rows_run(&r, "interval");
}
