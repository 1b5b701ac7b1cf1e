/*
 * natural.c - port ranges that people and machines choose, ends of ranges, lists of ports.
 *
 * The table of ranges is made by tools/make-naturals; nothing is computed at run time, so that
 * threads share it as it is.
 */
#include "judge/natural.h"

#include <math.h>

#define PORTS 65536

#define COUNT_OF(list) (sizeof(list) / sizeof *(list))

/* Of a range's end: the share of ends at places that people choose; the others lie anywhere. */
#define CHOSEN_SHARE 0.6

/* No place is impossible. */
#define LEAST_SHARE 1e-12

static const struct dg_natural naturals[] = {
#include "judge/natural_table.inc"
};

static const struct {
	int32_t port;
	double share;
} atoms[] = {
    {0, .10},
    {1, .10},
    {1024, .20},
    {1025, .01},
    {5000, .02},
    {10000, .02},
    {20000, .01},
    {32768, .06},
    {40000, .01},
    {49152, .08},
    {50000, .01},
    {60000, .01},
    {61000, .03},
    {65536, .15},
};

/* Multiples of `step` share evenly; `count` of them lie in 0 to 65536. */
static const struct {
	int32_t step;
	double share;
	double count;
} combs[] = {
    {4096, .10, 17},
    {1024, .05, 65},
    {256, .02, 257},
    {1000, .02, 66},
};

static const uint16_t kept_open[DG_KEPT_OPEN_COUNT] = {
    53, 67, 68, 88, 123, 137, 138, 161, 443, 500, 514, 853};

static const uint16_t amplifiers[] = {0, 7, 13, 17, 19, 69, 111, 123, 137, 161, 162, 389, 520,
    1194, 1434, 1900, 3283, 3389, 3478, 3702, 5060, 5093, 5351, 5353, 5683, 10001, 11211, 20800,
    27005, 27015, 37810};

const struct dg_natural *
dg_naturals(size_t *count)
{
	*count = COUNT_OF(naturals);
	return naturals;
}

/* Multiples of `step` from 0 up to `at`. */
static int32_t
count_multiples(int32_t step, int32_t at)
{
	return at < 0 ? 0 : at / step + 1;
}

double
dg_ln_edge_prior(int32_t below, int32_t at)
{
	double share = 0;

	for (size_t i = 0; i < COUNT_OF(atoms); i++)
		if (atoms[i].port > below && atoms[i].port <= at)
			share += atoms[i].share;
	for (size_t i = 0; i < COUNT_OF(combs); i++) {
		int32_t step = combs[i].step;
		int32_t inside = count_multiples(step, at) - count_multiples(step, below);

		share += combs[i].share * inside / combs[i].count;
	}
	share = share * CHOSEN_SHARE + (1 - CHOSEN_SHARE) * (at - below) / (PORTS + 1);
	return log(share > LEAST_SHARE ? share : LEAST_SHARE);
}

bool
dg_is_kept_open(uint16_t port)
{
	if (port > kept_open[DG_KEPT_OPEN_COUNT - 1])
		return false;
	for (size_t i = 0; i < DG_KEPT_OPEN_COUNT; i++)
		if (kept_open[i] == port)
			return true;
	return false;
}

bool
dg_is_amplifier(uint16_t port)
{
	size_t low = 0, high = COUNT_OF(amplifiers);

	while (low < high) { /* they ascend */
		size_t middle = low + (high - low) / 2;

		if (amplifiers[middle] < port)
			low = middle + 1;
		else
			high = middle;
	}
	return low < COUNT_OF(amplifiers) && amplifiers[low] == port;
}

const uint16_t *
dg_amplifiers(size_t *count)
{
	*count = COUNT_OF(amplifiers);
	return amplifiers;
}
