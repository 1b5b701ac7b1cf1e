/*
 * numbers.c - tails against exact ones.
 *
 * The tables are exact to the last digit shown.  Each was made by python3 from whole numbers:
 *
 *   from math import comb, factorial
 *   from decimal import Decimal, getcontext
 *   getcontext().prec = 50
 *
 *   def hypergeometric(k, all, dead, drawn):
 *       some = sum(comb(dead, x) * comb(all - dead, drawn - x)
 *                  for x in range(k, min(dead, drawn) + 1))
 *       return (Decimal(some) / comb(all, drawn)).ln()
 *
 *   def descents(r, n):
 *       orders = [1]
 *       for i in range(2, n + 1):
 *           orders = [(m + 1) * (orders[m] if m < i - 1 else 0) +
 *                     (i - m) * (orders[m - 1] if m else 0) for m in range(i)]
 *       return (Decimal(sum(orders[:r + 1])) / factorial(n)).ln()
 */
#include "judge/numbers.h"

#include <math.h>

#include "rows.h"

#define LEN(table) (sizeof(table) / sizeof *(table))

/* Relative to the value, and no less than this. */
#define NEAR 1e-10

static void
assert_near(double said, double truth)
{
	if (fabs(said - truth) > NEAR * fmax(1, fabs(truth)))
		fail_msg("%.15g, not %.15g", said, truth);
}

static const struct {
	int64_t k, all, dead, drawn;
	double ln_p;
} hypergeometric[] = {
    {3, 10, 4, 5, -1.339774345485},
    {1, 20, 1, 1, -2.99573227355399},
    {5, 50, 5, 5, -14.5663415698638},
    {7, 100, 10, 20, -7.84497276604835},
    {40, 100, 50, 50, -20.617959956107},
    {3, 1000, 3, 12, -13.5348763183617},
    {30, 1000, 100, 60, -36.3835332730716},
    {220, 995, 229, 221, -480.841882028506},
    {500, 10000, 600, 700, -1300.69245962967},
    {120, 65536, 1000, 2000, -84.1851777643097},
    {2605, 2994, 2610, 2605, -1118.04795630518},
    {4000, 100000, 5000, 4000, -14291.6184143993},
    {12, 1000000, 20, 1024, -70.9367724236588},
    {60000, 200000, 90000, 60000, -64886.2142974465},
};

static const struct {
	int64_t r, n;
	double ln_p;
} descents[] = {
    {0, 2, -0.693147180559945},
    {0, 3, -1.79175946922805},
    {1, 3, -0.182321556793955},
    {1, 4, -0.693147180559945},
    {3, 10, -1.97398976034558},
    {0, 20, -42.3356164607535},
    {5, 20, -7.12709091535083},
    {4, 30, -26.4128444978426},
    {14, 30, -0.693147180559945},
};

/* Decimal(factorial(n)).ln() */
static const struct {
	double n;
	double ln;
} factorials[] = {
    {0, 0},
    {1, 0},
    {2, 0.69314718055994529},
    {5, 4.7874917427820458},
    {14, 25.19122118273868},
    {15, 27.89927138384089},
    {16, 30.671860106080672},
    {20, 42.335616460753485},
    {100, 363.73937555556347},
    {1000, 5912.128178488163},
    {65536, 661287.96212007443},
};

static void
test_hypergeometric(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(hypergeometric); i++)
		assert_near(
		    dg_ln_hypergeometric_tail(hypergeometric[i].k, hypergeometric[i].all,
			hypergeometric[i].dead, hypergeometric[i].drawn),
		    hypergeometric[i].ln_p);
}

static void
test_hypergeometric_edges(void **state)
{
	(void)state;
	/* more than there are; no more than there must be; not past the mean */
	assert_true(dg_ln_hypergeometric_tail(5, 10, 4, 6) <= DG_LN_ZERO);
	assert_true(dg_ln_hypergeometric_tail(2, 1000, 2, 1000) >= 0);
	assert_true(dg_ln_hypergeometric_tail(2, 10, 4, 5) >= 0);
	assert_true(dg_ln_hypergeometric_tail(0, 0, 0, 0) >= 0);
}

static void
test_descents(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(descents); i++)
		assert_near(
		    dg_ln_descents_tail(descents[i].r, descents[i].n), descents[i].ln_p);
	assert_true(dg_ln_descents_tail(-1, 8) <= DG_LN_ZERO);
	assert_true(dg_ln_descents_tail(0, 1) >= 0);
	assert_true(dg_ln_descents_tail(7, 8) >= 0);
	/* mean 49.5, variance 101 / 12 */
	assert_near(dg_ln_descents_tail(19, 100), -30.0 * 30 / (2 * 101.0 / 12));
	assert_true(dg_ln_descents_tail(60, 100) >= 0);
}

static void
test_factorials(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(factorials); i++)
		assert_near(dg_ln_gamma(factorials[i].n + 1), factorials[i].ln);
	assert_near(dg_ln_gamma(0.5), log(sqrt(acos(-1))));
	assert_near(dg_ln_choose(50, 5), log(2118760));
	assert_near(dg_ln_choose(7, 0), 0);
}

/* Cells of a small stratum: `all`, of which the first `in` lie in the set. */
struct small {
	int all, dead, in;
};

/* In how many ways the dead of two strata lie so that the set holds k of them or more. */
static double
enumerate(const struct small s[2], int k)
{
	double some = 0, every = 0;

	for (int a = 0; a < 1 << s[0].all; a++)
		for (int b = 0; b < 1 << s[1].all; b++) {
			int in = __builtin_popcount((unsigned)a & ((1u << s[0].in) - 1)) +
			    __builtin_popcount((unsigned)b & ((1u << s[1].in) - 1));

			if (__builtin_popcount((unsigned)a) != s[0].dead ||
			    __builtin_popcount((unsigned)b) != s[1].dead)
				continue;
			every++;
			some += in >= k;
		}
	return log(some / every);
}

static double
ask_small(const struct small s[2], int k)
{
	struct dg_stratum strata[2];

	for (int i = 0, left = k; i < 2; i++) {
		int dead_in = left < s[i].dead ? left : s[i].dead;

		dead_in = dead_in < s[i].in ? dead_in : s[i].in;
		strata[i] = (struct dg_stratum){
		    s[i].all - s[i].dead, s[i].dead, s[i].in - dead_in, dead_in};
		left -= dead_in;
	}
	return dg_ln_strata_tail(k, strata, 2);
}

static void
test_strata(void **state)
{
	static const struct small rows[][2] = {
	    {{6, 3, 3}, {7, 3, 2}},
	    {{8, 2, 4}, {5, 4, 3}},
	    {{4, 4, 2}, {8, 3, 3}},
	    {{5, 1, 5}, {9, 4, 4}},
	    {{7, 3, 0}, {7, 3, 3}},
	};
	int compared = 0;

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct small *s = rows[i];
		double mean = (double)s[0].dead * s[0].in / s[0].all +
		    (double)s[1].dead * s[1].in / s[1].all;
		int most = (s[0].dead < s[0].in ? s[0].dead : s[0].in) +
		    (s[1].dead < s[1].in ? s[1].dead : s[1].in);

		for (int k = (int)mean + 1; k <= most; k++) {
			assert_near(ask_small(s, k), enumerate(s, k));
			compared++;
		}
	}
	assert_true(compared > 10);
}

/* A weight between two whole numbers has a tail between theirs, nearer to the nearer. */
static void
test_fractions(void **state)
{
	double four = dg_ln_hypergeometric_tail(4, 104, 4, 4);
	double five = dg_ln_hypergeometric_tail(5, 105, 5, 5);
	struct dg_stratum s = {100, 4.25, 0, 4.25};

	(void)state;
	assert_near(dg_ln_strata_tail(4.25, &s, 1), 0.75 * four + 0.25 * five);
	s = (struct dg_stratum){100, 4 - 1e-9, 0, 4 - 1e-9};
	assert_near(dg_ln_strata_tail(4 - 1e-9, &s, 1), four);
	s = (struct dg_stratum){100, 4 + 1e-9, 0, 4 + 1e-9};
	assert_near(dg_ln_strata_tail(4 + 1e-9, &s, 1), four);
	assert_true(dg_ln_strata_tail(0, &s, 0) >= 0);
}

/* Bounds are above the exact tail, and used where the sum is too large for it. */
static void
test_bounds(void **state)
{
	static const double dead[] = {10, 40, 90};
	struct dg_stratum s[2];
	double mean, variance;

	(void)state;
	for (size_t i = 0; i < LEN(dead); i++)
		for (double k = dead[i] / 5 + 2; k <= dead[i]; k += 3) {
			double exact =
			    dg_ln_hypergeometric_tail((int64_t)k, 1000, (int64_t)dead[i], 100);

			mean = dead[i] * 100 / 1000;
			variance = mean * (1000 - dead[i]) / 1000 * (1000.0 - 100) / (1000 - 1);
			assert_true(dg_ln_bennett(k, mean, variance) >= exact);
			assert_true(dg_ln_chernoff(k, 100, mean) >= exact);
		}
	assert_true(dg_ln_bennett(3, 3, 1) >= 0);
	assert_true(dg_ln_bennett(3, 2, 0) <= DG_LN_ZERO);
	assert_true(dg_ln_chernoff(3, 0, 0) >= 0);
	assert_near(dg_ln_chernoff(8, 8, 2), 8 * log(0.25));
	assert_near(dg_ln_bennett(3, 1, 2), -2 * (2 * log(2) - 1));
	/* two strata with 400 of 5,400 dead, and half of them in the set */
	for (int i = 0; i < 2; i++)
		s[i] = (struct dg_stratum){5000, 400, 350, 200};
	mean = 2 * 550.0 * 400 / 5400;
	variance = mean * 5000 / 5400 * (5400.0 - 550) / 5399;
	assert_near(dg_ln_strata_tail(400, s, 2),
	    fmin(dg_ln_bennett(400, mean, variance), dg_ln_chernoff(400, 1100, mean)));
	s[0].dead_in = s[1].dead_in = 400;
	assert_near(dg_ln_strata_tail(800, s, 2), -690);
}

int
main(void)
{
	struct rows r = {0};

	rows_add(&r, "hypergeometric tails are exact", test_hypergeometric, NULL);
	rows_add(&r, "hypergeometric tails at their edges", test_hypergeometric_edges, NULL);
	rows_add(
	    &r, "orders by their descents are exact to 30, then bounded", test_descents, NULL);
	rows_add(&r, "factorials are exact", test_factorials, NULL);
	rows_add(&r, "strata are exact in small sums", test_strata, NULL);
	rows_add(&r, "weights that are not whole are interpolated", test_fractions, NULL);
	rows_add(&r, "bounds are above what is exact", test_bounds, NULL);
	return rows_run(&r, "numbers");
}
