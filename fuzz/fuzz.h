#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"

/*
 * fuzz.h - what the targets share.
 *
 * A target is one function.  clang links it with libFuzzer to search, any
 * compiler links it with replay.c to run the corpus again.  Targets keep nothing
 * between calls, and hash with a fixed key, so that a run repeats.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_KEY \
	((struct dg_hash_key){.k0 = 0x0706050403020100, .k1 = 0x0f0e0d0c0b0a0908})

/* Ends the program when a law is broken: both libFuzzer and replay.c notice. */
#define FUZZ_CHECK(law) \
	do { \
		if (!(law)) { \
			fprintf( \
			    stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #law); \
			abort(); \
		} \
	} while (0)

/* Input read from its beginning; past its end there are zeros. */
struct fuzz_in {
	const uint8_t *at;
	size_t left;
};

static inline uint8_t
fuzz_u8(struct fuzz_in *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->at++;
}

static inline uint16_t
fuzz_u16(struct fuzz_in *in)
{
	uint8_t high = fuzz_u8(in);

	return (uint16_t)(high << 8 | fuzz_u8(in));
}

#endif
