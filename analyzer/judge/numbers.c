/*
 * numbers.c - tail probabilities as natural logarithms.
 *
 * Nothing here is looked up in a table that must be made first: ln n! comes from Stirling's
 * series, which has all the digits of a double from 16 on.
 */
#include "judge/numbers.h"

#include <math.h>
#include <stdbool.h>

#define HALF_LN_TWO_PI 0.91893853320467274178

/* From here on the series is exact to the last digits of a double. */
#define SERIES_FROM 16.0

/* Terms of a sum end where they no longer change it. */
#define NEGLIGIBLE 1e-17

/* Orders of so many things are counted, longer ones bounded. */
#define EULERIAN_MAX 30

/* Up to so many dead cells in the set, several strata are convolved. */
#define CONVOLUTION_MAX 300

/* A convolution that gives less has lost its digits. */
#define CONVOLUTION_LEAST 1e-290

/* No bound is believed past this. */
#define LN_FLOOR (-690.0)

/* Sums of weights are whole numbers up to this. */
#define ROUNDING 1e-6

double
dg_ln_gamma(double x)
{
	double product = 1, inverse, square, series;

	while (x < SERIES_FROM)
		product *= x++;
	inverse = 1 / x;
	square = inverse * inverse;
	series = inverse *
	    (1.0 / 12 -
		square *
		    (1.0 / 360 -
			square * (1.0 / 1260 - square * (1.0 / 1680 - square / 1188))));
	return (x - 0.5) * log(x) - x + HALF_LN_TWO_PI + series - log(product);
}

static double
ln_factorial(double n)
{
	return dg_ln_gamma(n + 1);
}

double
dg_ln_choose(double n, double k)
{
	return ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k);
}

/* ln P(X = x) */
static double
ln_hypergeometric(double x, double all, double dead, double drawn)
{
	return dg_ln_choose(dead, x) + dg_ln_choose(all - dead, drawn - x) -
	    dg_ln_choose(all, drawn);
}

double
dg_ln_hypergeometric_tail(int64_t k, int64_t all, int64_t dead, int64_t drawn)
{
	int64_t most = dead < drawn ? dead : drawn;
	double sum = 1, term = 1, ln_p;

	if (k <= 0 || k <= drawn + dead - all ||
	    (double)k * (double)all <= (double)drawn * (double)dead)
		return 0;
	if (k > most)
		return DG_LN_ZERO;
	for (int64_t x = k; x < most && term > NEGLIGIBLE * sum; x++) {
		double up = (double)(dead - x) * (double)(drawn - x);
		double down = (double)(x + 1) * (double)(all - dead - drawn + x + 1);

		term *= up / down;
		sum += term;
	}
	ln_p =
	    ln_hypergeometric((double)k, (double)all, (double)dead, (double)drawn) + log(sum);
	return ln_p < 0 ? ln_p : 0;
}

double
dg_ln_descents_tail(int64_t r, int64_t n)
{
	double orders[EULERIAN_MAX] = {1}; /* of i things, by their descents */
	double some = 0, all = 0, z;

	if (r < 0)
		return DG_LN_ZERO;
	if (n <= 1 || r >= n - 1)
		return 0;
	if (n > EULERIAN_MAX) {
		z = ((double)r + 0.5 - (double)(n - 1) / 2) / sqrt((double)(n + 1) / 12);
		return z < 0 ? -z * z / 2 : 0;
	}
	for (int i = 2; i <= n; i++)
		for (int m = i - 1; m >= 0; m--)
			orders[m] = (m + 1) * orders[m] + (m > 0 ? (i - m) * orders[m - 1] : 0);
	for (int m = 0; m < n; m++) {
		all += orders[m];
		if (m <= r)
			some += orders[m];
	}
	return log(some / all);
}

double
dg_ln_bennett(double k, double e, double v)
{
	double u;

	if (k <= e)
		return 0;
	if (v <= 0)
		return DG_LN_ZERO;
	u = (k - e) / v;
	return -v * ((1 + u) * log1p(u) - u);
}

double
dg_ln_chernoff(double k, double n, double e)
{
	double p, q, divergence;

	if (n <= 0 || k <= e)
		return 0;
	if (e <= 0)
		return DG_LN_ZERO;
	p = k / n;
	q = e / n;
	divergence = p * log(p / q);
	if (p < 1)
		divergence += (1 - p) * log((1 - p) / (1 - q));
	return -n * divergence;
}

/* A stratum in whole cells. */
struct whole {
	double all;
	double dead;
	double drawn;
};

/*
 * Rounds a stratum; what the sum of the rounded ones lacks goes to one of them.  False when
 * nothing in it is left to chance: then the dead among the drawn are added to *fixed.
 */
static bool
round_stratum(const struct dg_stratum *s, double lacking, struct whole *out, double *fixed)
{
	double dead_in = rint(s->dead_in) + lacking;

	dead_in = dead_in > 0 ? dead_in : 0;
	out->dead = rint(s->dead);
	if (out->dead < dead_in)
		out->dead = dead_in;
	out->all = s->alive + out->dead;
	out->drawn = s->alive_in + dead_in;
	if (out->drawn <= 0 || out->dead <= 0)
		return false;
	if (out->dead < out->all)
		return true;
	*fixed += out->drawn;
	return false;
}

struct distribution {
	double p[CONVOLUTION_MAX + 1];
	int most;
};

static void
convolve(struct distribution *d, const struct whole *w)
{
	struct distribution old = *d;
	int most = (int)fmin(w->dead, w->drawn);
	int least = (int)fmax(0, w->drawn + w->dead - w->all);

	d->most = old.most + most;
	for (int n = 0; n <= d->most; n++)
		d->p[n] = 0;
	for (int x = least; x <= most; x++) {
		double p = exp(ln_hypergeometric(x, w->all, w->dead, w->drawn));

		for (int n = 0; n <= old.most; n++)
			d->p[n + x] += old.p[n] * p;
	}
}

/* What all strata together say before any is convolved. */
struct moments {
	struct whole one; /* the last that is left to chance */
	size_t count;     /* of those that are */
	double mean;
	double variance;
	double drawn;
	double most; /* dead cells that may be drawn */
	double fixed;
};

static void
add_moments(struct moments *m, const struct whole *w)
{
	double others = w->all > 1 ? w->all - 1 : 1;

	m->one = *w;
	m->count++;
	m->mean += w->drawn * w->dead / w->all;
	m->variance += w->drawn * w->dead * (w->all - w->dead) * (w->all - w->drawn) /
	    (w->all * w->all * others);
	m->drawn += w->drawn;
	m->most += fmin(w->dead, w->drawn);
}

/* The first stratum that holds the most dead weight of the set; *sum: of all, rounded. */
static size_t
find_heaviest(const struct dg_stratum *strata, size_t count, double *sum)
{
	size_t heaviest = 0;

	*sum = 0;
	for (size_t i = 0; i < count; i++) {
		*sum += rint(strata[i].dead_in);
		if (rint(strata[i].dead_in) > rint(strata[heaviest].dead_in))
			heaviest = i;
	}
	return heaviest;
}

static double
whole_tail(double k, const struct dg_stratum *strata, size_t count)
{
	struct moments m = {.count = 0};
	struct distribution d = {.p = {1}};
	struct whole w;
	double rounded, tail = 0, ignored;
	size_t heaviest = find_heaviest(strata, count, &rounded);
	double lacking = k - rounded;

	for (size_t i = 0; i < count; i++)
		if (round_stratum(&strata[i], i == heaviest ? lacking : 0, &w, &m.fixed))
			add_moments(&m, &w);
	k -= m.fixed;
	if (k <= 0 || m.count == 0 || k <= m.mean)
		return 0;
	if (m.count == 1)
		return dg_ln_hypergeometric_tail(
		    (int64_t)k, (int64_t)m.one.all, (int64_t)m.one.dead, (int64_t)m.one.drawn);
	for (size_t i = 0; m.most <= CONVOLUTION_MAX && i < count; i++)
		if (round_stratum(&strata[i], i == heaviest ? lacking : 0, &w, &ignored))
			convolve(&d, &w);
	for (int n = d.most; n >= (int)fmin(k, CONVOLUTION_MAX + 1); n--)
		tail += d.p[n];
	if (tail > CONVOLUTION_LEAST)
		return fmin(0, log(tail));
	return fmax(LN_FLOOR,
	    fmin(dg_ln_bennett(k, m.mean, m.variance), dg_ln_chernoff(k, m.drawn, m.mean)));
}

double
dg_ln_strata_tail(double k, const struct dg_stratum *strata, size_t count)
{
	double below = floor(k + ROUNDING);
	double part = k - below;

	if (count == 0)
		return 0;
	if (part <= ROUNDING)
		return whole_tail(below, strata, count);
	return (1 - part) * whole_tail(below, strata, count) +
	    part * fmax(LN_FLOOR, whole_tail(below + 1, strata, count));
}
