/*
 * random.c - the generator's dice.
 *
 * xoshiro256** 1.0 and splitmix64 are by David Blackman and Sebastiano Vigna
 * (https://prng.di.unimi.it/, public domain); the alias method is Walker's in
 * the form of Vose (1991).
 *
 * Invariant: nothing but the seed decides what comes out.
 * Weak spot: log, cos and exp come from libm, so another libm may move a
 * packet by one unit of time.
 */

#include "random.h"

#include <math.h>
#include <stdlib.h>

static uint64_t
splitmix(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

void
mk_random_init(struct mk_random *r, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		r->state[i] = splitmix(&seed);
}

double
mk_random_exponential(struct mk_random *r)
{
	return -log(1 - mk_random_unit(r));
}

double
mk_random_normal(struct mk_random *r)
{
	double radius = sqrt(2 * mk_random_exponential(r));

	return radius * cos(6.283185307179586 * mk_random_unit(r));
}

/*
 * Vose's method: every column keeps `keep` of its own weight and gives the
 * rest to one other.  `small` and `large` share one stack from both ends.
 */
static void
fill_columns(struct mk_zipf *z, double *weight, uint32_t *stack)
{
	uint32_t small = 0, large = z->count;

	for (uint32_t i = 0; i < z->count; i++) {
		if (weight[i] < 1)
			stack[small++] = i;
		else
			stack[--large] = i;
	}
	while (small > 0 && large < z->count) {
		uint32_t less = stack[--small];
		uint32_t more = stack[large++];

		z->keep[less] = weight[less];
		z->alias[less] = more;
		weight[more] -= 1 - weight[less];
		if (weight[more] < 1)
			stack[small++] = more;
		else
			stack[--large] = more;
	}
	while (large < z->count)
		z->keep[stack[large++]] = 1;
	while (small > 0)
		z->keep[stack[--small]] = 1;
}

int
mk_zipf_init(struct mk_zipf *z, uint32_t count)
{
	double *weight = calloc(count, sizeof(*weight));
	uint32_t *stack = calloc(count, sizeof(*stack));
	double sum = 0;
	int result = -1;

	*z = (struct mk_zipf){.count = count};
	z->alias = calloc(count, sizeof(*z->alias));
	z->keep = calloc(count, sizeof(*z->keep));
	if (weight == NULL || stack == NULL || z->alias == NULL || z->keep == NULL)
		goto out;
	for (uint32_t i = 0; i < count; i++)
		sum += 1.0 / (i + 1.0);
	for (uint32_t i = 0; i < count; i++)
		weight[i] = count / (sum * (i + 1.0));
	fill_columns(z, weight, stack);
	result = 0;
out:
	free(stack);
	free(weight);
	if (result != 0)
		mk_zipf_fini(z);
	return result;
}

void
mk_zipf_fini(struct mk_zipf *z)
{
	free(z->alias);
	free(z->keep);
	*z = (struct mk_zipf){0};
}

uint32_t
mk_zipf_next(const struct mk_zipf *z, struct mk_random *r)
{
	uint32_t column = mk_random_below(r, z->count);

	return mk_random_unit(r) < z->keep[column] ? column : z->alias[column];
}
