#ifndef DG_BASE_HASH_H
#define DG_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/*
 * hash.h - SipHash-1-3 (Aumasson and Bernstein, 2012; the variant with one
 * compression and three finalisation rounds that hash tables use).
 *
 * Whoever sends packets must not be able to choose keys that collide, so
 * every table's hash is keyed with a secret of the run.
 */

struct dg_hash_key {
	uint64_t k0;
	uint64_t k1;
};

/* A key from the kernel's random numbers.  Never fails: getrandom(2) with no
 * flags gives 16 bytes or waits for them. */
struct dg_hash_key dg_hash_key_random(void);

uint64_t dg_hash(const struct dg_hash_key *key, const void *data, size_t size);

/*
 * Folds a small number into a hash that is already keyed.  Two numbers under
 * the same hash never give the same value, for the step is a bijection.
 */
static inline uint64_t
dg_hash_fold(uint64_t hash, uint64_t number)
{
	uint64_t x = hash + number * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

#endif
