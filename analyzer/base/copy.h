#ifndef DG_BASE_COPY_H
#define DG_BASE_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * copy.h - few bytes, quickly.
 *
 * GCC 12 turns memcpy() of at most 255 bytes, and clearing of 256, into `rep movs` and
 * `rep stos`, which take some 50 ns to begin: more than all the rest that is done with a name.
 */

/* n bytes that do not overlap; meant for some dozens. */
static inline void
dg_copy_bytes(void *to, const void *from, size_t n)
{
	const uint8_t *source = from;
	uint8_t *target = to;

	if (n >= 16) {
		/* The last sixteen overlap those before, so that there is no rest. */
		for (size_t at = 0; at < n - 16; at += 16)
			memcpy(target + at, source + at, 16);
		memcpy(target + n - 16, source + n - 16, 16);
	} else if (n >= 8) {
		memcpy(target, source, 8);
		memcpy(target + n - 8, source + n - 8, 8);
	} else if (n >= 4) {
		memcpy(target, source, 4);
		memcpy(target + n - 4, source + n - 4, 4);
	} else {
		for (size_t at = 0; at < n; at++)
			target[at] = source[at];
	}
}

/* The first n bytes, 1 to 7, as a word that is filled up with zeros. */
static inline uint64_t
dg_load_few(const void *from, size_t n)
{
	uint8_t bytes[sizeof(uint64_t)] = {0};
	uint64_t word;

	for (size_t at = 0; at < n && at < sizeof bytes; at++)
		bytes[at] = ((const uint8_t *)from)[at];
	memcpy(&word, bytes, sizeof word);
	return word;
}

/*
 * The same of the last n bytes before `end`, when there are at least eight before it.
 */
static inline uint64_t
dg_load_last(const uint8_t *end, size_t n)
{
	uint64_t word;

	memcpy(&word, end - sizeof word, sizeof word);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return word >> 8 * (sizeof word - n);
#else
	return word << 8 * (sizeof word - n);
#endif
}

/* One line of the cache, 64 bytes, becomes zero. */
static inline void
dg_clear_line(void *line)
{
	static const uint8_t zeros[16];
	uint8_t *target = line;

	memcpy(target, zeros, 16);
	memcpy(target + 16, zeros, 16);
	memcpy(target + 32, zeros, 16);
	memcpy(target + 48, zeros, 16);
}

#endif
