#ifndef DG_BASE_HASH_H
#define DG_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

/* The state, and its steps, for keys that are already made of 64-bit words. */
struct dg_hash_state {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t
dg_hash_rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void
dg_hash_mix(struct dg_hash_state *s)
{
	s->v0 += s->v1;
	s->v1 = dg_hash_rotate(s->v1, 13) ^ s->v0;
	s->v0 = dg_hash_rotate(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = dg_hash_rotate(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = dg_hash_rotate(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = dg_hash_rotate(s->v1, 17) ^ s->v2;
	s->v2 = dg_hash_rotate(s->v2, 32);
}

static inline struct dg_hash_state
dg_hash_begin(const struct dg_hash_key *key)
{
	return (struct dg_hash_state){
	    key->k0 ^ UINT64_C(0x736f6d6570736575),
	    key->k1 ^ UINT64_C(0x646f72616e646f6d),
	    key->k0 ^ UINT64_C(0x6c7967656e657261),
	    key->k1 ^ UINT64_C(0x7465646279746573),
	};
}

static inline void
dg_hash_word(struct dg_hash_state *s, uint64_t word)
{
	s->v3 ^= word;
	dg_hash_mix(s);
	s->v0 ^= word;
}

static inline uint64_t
dg_hash_end(struct dg_hash_state *s)
{
	s->v2 ^= 0xff;
	dg_hash_mix(s);
	dg_hash_mix(s);
	dg_hash_mix(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/* Eight bytes as they lie in memory: a word to hash, not a number. */
static inline uint64_t
dg_hash_load(const void *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof word);
	return word;
}

__extension__ typedef unsigned __int128 dg_hash_product;

/*
 * Multiplies and folds the halves (the step of wyhash, Wang Yi 2019): one step of a quick
 * keyed hash, for labels that are compared and tables whose size is bounded.  Where
 * somebody on the wire could gain by collisions, it is SipHash.
 */
static inline uint64_t
dg_hash_multiply(uint64_t word, uint64_t secret)
{
	dg_hash_product product = (dg_hash_product)word * (secret | 1);

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

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
