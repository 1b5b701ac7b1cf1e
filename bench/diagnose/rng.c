/*
 * rng.c - random numbers of the simulation: xoshiro256**, seeded by splitmix64.
 *
 * (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021.)  A run's
 * numbers depend on its seed only, so any run can be made again alone.
 */
#include <math.h>
#include <stdlib.h>

#include "sim.h"

static uint64_t
splitmix(uint64_t *x)
{
	uint64_t z = *x += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t
sim_mix(uint64_t a, uint64_t b)
{
	uint64_t x = a ^ UINT64_C(0xd1b54a32d192ed03);

	x = splitmix(&x) ^ b;
	return splitmix(&x);
}

void
sim_rng_init(struct sim_rng *r, uint64_t seed)
{
	for (size_t i = 0; i < 4; i++)
		r->s[i] = splitmix(&seed);
}

static uint64_t
rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

uint64_t
sim_next(struct sim_rng *r)
{
	uint64_t *s = r->s;
	const uint64_t result = rotate(s[1] * 5, 7) * 9;
	const uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

uint32_t
sim_below(struct sim_rng *r, uint32_t bound)
{
	return (uint32_t)(((sim_next(r) >> 32) * bound) >> 32);
}

uint32_t
sim_between(struct sim_rng *r, uint32_t least, uint32_t greatest)
{
	return least + sim_below(r, greatest - least + 1);
}

double
sim_unit(struct sim_rng *r)
{
	return (double)(sim_next(r) >> 11) * 0x1p-53;
}

double
sim_real(struct sim_rng *r, double least, double most)
{
	return least + (most - least) * sim_unit(r);
}

double
sim_log_real(struct sim_rng *r, double least, double most)
{
	return exp(sim_real(r, log(least), log(most)));
}

double
sim_exponential(struct sim_rng *r, double mean)
{
	return -mean * log(1 - sim_unit(r));
}

bool
sim_chance(struct sim_rng *r, double probability)
{
	return probability > 0 && sim_unit(r) < probability;
}

void *
sim_alloc(size_t count, size_t size)
{
	void *p = calloc(count > 0 ? count : 1, size);

	if (p == NULL) {
		fputs("diagnose: no memory\n", stderr);
		exit(1);
	}
	return p;
}
