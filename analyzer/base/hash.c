/*
 * hash.c - SipHash-1-3.
 */
#include "base/hash.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

static inline uint64_t
load_le64(const uint8_t *p)
{
	uint64_t x = dg_hash_load(p);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	return x;
}

uint64_t
dg_hash(const struct dg_hash_key *key, const void *data, size_t size)
{
	struct dg_hash_state s = dg_hash_begin(key);
	const uint8_t *p = data;
	uint64_t last = (uint64_t)size << 56;
	size_t left;

	for (left = size; left >= 8; left -= 8, p += 8)
		dg_hash_word(&s, load_le64(p));
	for (size_t i = 0; i < left; i++)
		last |= (uint64_t)p[i] << (8 * i);
	dg_hash_word(&s, last);
	return dg_hash_end(&s);
}

struct dg_hash_key
dg_hash_key_random(void)
{
	struct dg_hash_key key;

	while (getrandom(&key, sizeof key, 0) < 0 && errno == EINTR)
		continue;
	return key;
}
