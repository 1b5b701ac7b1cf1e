/* random.h - numbers that look random and are the same for the same seed. */

#ifndef MK_RANDOM_H
#define MK_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/** xoshiro256**; see random.c for its source. */
struct mk_random {
	uint64_t state[4];
};

void mk_random_init(struct mk_random *r, uint64_t seed);

static inline uint64_t
mk_random_rotate(uint64_t v, int by)
{
	return v << by | v >> (64 - by);
}

/** 64 random bits. */
static inline uint64_t
mk_random_next(struct mk_random *r)
{
	uint64_t *s = r->state;
	uint64_t result = mk_random_rotate(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = mk_random_rotate(s[3], 45);
	return result;
}

/** A number below `limit`; the bias of 2^-32 does not matter here. */
static inline uint32_t
mk_random_below(struct mk_random *r, uint32_t limit)
{
	return (uint32_t)((mk_random_next(r) >> 32) * limit >> 32);
}

/** A number in [0, 1). */
static inline double
mk_random_unit(struct mk_random *r)
{
	return (double)(mk_random_next(r) >> 11) * 0x1p-53;
}

/** True in `share` of all calls. */
static inline bool
mk_random_chance(struct mk_random *r, double share)
{
	return mk_random_unit(r) < share;
}

/** Exponential with mean 1. */
double mk_random_exponential(struct mk_random *r);

/** Normal with mean 0 and deviation 1. */
double mk_random_normal(struct mk_random *r);

/** Draws 0 ... count-1, where i has the weight 1 / (i + 1). */
struct mk_zipf {
	uint32_t count;
	uint32_t *alias;
	double *keep;
};

/** 0, or -1 when there is no memory. */
int mk_zipf_init(struct mk_zipf *z, uint32_t count);
void mk_zipf_fini(struct mk_zipf *z);
uint32_t mk_zipf_next(const struct mk_zipf *z, struct mk_random *r);

#endif
