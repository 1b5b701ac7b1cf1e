#ifndef DG_BASE_INTERVAL_H
#define DG_BASE_INTERVAL_H

#include <stdint.h>

/*
 * interval.h - how far a ratio that was seen can be trusted.
 */

struct dg_interval {
	double low;
	double high;
};

/**
 * The Jeffreys interval of 95 % for `hits` of `count` (Brown, Cai and DasGupta,
 * Statistical Science 16:2, 2001): quantiles of Beta(hits + 1/2, count - hits +
 * 1/2); the low end is 0 for no hits, the high end 1 for all hits.
 * 0..1 when count is 0.
 */
struct dg_interval dg_interval_jeffreys(uint64_t hits, uint64_t count);

/* The regularised incomplete beta function I_x(a, b), for a, b > 0, x in 0..1. */
double dg_beta_cdf(double x, double a, double b);

#endif
