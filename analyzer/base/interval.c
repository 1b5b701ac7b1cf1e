/*
 * interval.c - how far a ratio that was seen can be trusted.
 *
 * The incomplete beta function by its continued fraction (DLMF 8.17.22), summed by the modified
 * method of Lentz; its inverse between two ends that close in on it.
 */
#include "base/interval.h"

#include <math.h>

#define FRACTION_STEPS 10000
#define FRACTION_TINY 1e-300
/* More digits than any report prints. */
#define PRECISION 1e-10
#define PRECISION_OF_P 1e-12

/* ln B(a, b); lgamma_r, because lgamma writes a global. */
static double
log_beta(double a, double b)
{
	int sign;

	return lgamma_r(a, &sign) + lgamma_r(b, &sign) - lgamma_r(a + b, &sign);
}

static double
keep_off_zero(double x)
{
	return fabs(x) < FRACTION_TINY ? FRACTION_TINY : x;
}

/* The continued fraction; converges fast for x < (a + 1) / (a + b + 2). */
static double
fraction(double x, double a, double b)
{
	double c = 1, d = 1 / keep_off_zero(1 - (a + b) * x / (a + 1)), f = d;

	for (int m = 1; m < FRACTION_STEPS; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));

		d = 1 / keep_off_zero(1 + even * d);
		c = keep_off_zero(1 + even / c);
		f *= c * d;
		d = 1 / keep_off_zero(1 + odd * d);
		c = keep_off_zero(1 + odd / c);
		f *= c * d;
		if (fabs(c * d - 1) < 1e-15)
			break;
	}
	return f;
}

double
dg_beta_cdf(double x, double a, double b)
{
	double front;

	if (x <= 0)
		return 0;
	if (x >= 1)
		return 1;
	front = exp(a * log(x) + b * log1p(-x) - log_beta(a, b));
	if (x < (a + 1) / (a + b + 2))
		return front * fraction(x, a, b) / a;
	return 1 - front * fraction(1 - x, b, a) / b;
}

/*
 * Regula falsi in the Illinois form (Dowell and Jarratt, 1971), with a bisection
 * wherever it is slow: the root stays between the ends.
 */
static double
quantile(double p, double a, double b)
{
	double low = 0, high = 1, f_low = -p, f_high = 1 - p;
	int side = 0;

	for (int n = 1; high - low > PRECISION; n++) {
		double x = (low * f_high - high * f_low) / (f_high - f_low), f;

		if (n % 4 == 0 || x <= low || x >= high)
			x = (low + high) / 2;
		f = dg_beta_cdf(x, a, b) - p;
		if (fabs(f) < PRECISION_OF_P)
			return x;
		if (f < 0) {
			low = x;
			f_low = f;
			f_high = side < 0 ? f_high / 2 : f_high;
			side = -1;
		} else {
			high = x;
			f_high = f;
			f_low = side > 0 ? f_low / 2 : f_low;
			side = 1;
		}
	}
	return (low + high) / 2;
}

struct dg_interval
dg_interval_jeffreys(uint64_t hits, uint64_t count)
{
	struct dg_interval i = {0, 1};
	double a = (double)hits + 0.5, b = (double)(count - hits) + 0.5;

	if (hits > 0)
		i.low = quantile(0.025, a, b);
	if (hits < count)
		i.high = quantile(0.975, a, b);
	return i;
}
