#ifndef DG_JUDGE_NUMBERS_H
#define DG_JUDGE_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

/*
 * numbers.h - tail probabilities, all as natural logarithms: values of -9000 occur.
 */

/* Stands for the logarithm of 0. */
#define DG_LN_ZERO (-1e300)

/* ln of the gamma function, of x > 0: ln (x - 1)! */
double dg_ln_gamma(double x);

/* ln C(n, k). */
double dg_ln_choose(double n, double k);

/*
 * ln P(X >= k), X hypergeometric: `drawn` of `all` cells, `dead` of them dead.  0 when k is not
 * past the mean: only the upper tail is of interest.
 */
double dg_ln_hypergeometric_tail(int64_t k, int64_t all, int64_t dead, int64_t drawn);

/* ln P(a random order of n things has at most r descents): Eulerian numbers to n = 30, then
 * a bound by the normal distribution. */
double dg_ln_descents_tail(int64_t r, int64_t n);

/* Bounds of ln P(X >= k) for a sum of independent 0/1 variables: with mean e and variance v
 * (Bennett 1962), with n variables and mean e (Chernoff; Hoeffding 1963 theorem 1). */
double dg_ln_bennett(double k, double e, double v);
double dg_ln_chernoff(double k, double n, double e);

/* One stratum: cells alive and dead in it, and how many of each lie in the set. */
struct dg_stratum {
	double alive;
	double dead;
	double alive_in;
	double dead_in;
};

/*
 * ln P(dead weight in the set >= k) when every stratum's dead are spread at random over its
 * cells: exact for one stratum and for small sums, else the better of both bounds, not below
 * -690.  Weights that are not whole are interpolated.  Changes nothing.
 */
double dg_ln_strata_tail(double k, const struct dg_stratum *strata, size_t count);

#endif
