/*
 * cryptopan.c - addresses by Crypto-PAn.
 *
 * A bit is turned when the first bit of AES of all bits before it, filled up with the pad, is
 * set.  No bit depends on the pseudonym of another, so all go through AES in one call: an IPv6
 * address costs one microsecond, which is why nothing is remembered.
 */
#include "anonymise/cryptopan.h"

#include <string.h>

#define BITS_MAX 128

int
dg_cryptopan_init(struct dg_cryptopan *c, const uint8_t key[2 * DG_BLOCK_BYTES])
{
	int error = dg_cipher_init(&c->cipher, key);

	if (error == 0)
		dg_cipher_blocks(&c->cipher, key + DG_BLOCK_BYTES, c->pad, 1);
	return error;
}

void
dg_cryptopan_fini(struct dg_cryptopan *c)
{
	dg_cipher_fini(&c->cipher);
	explicit_bzero(c->pad, sizeof c->pad);
}

void
dg_cryptopan(const struct dg_cryptopan *c, uint8_t *bytes, unsigned from, unsigned to)
{
	uint8_t blocks[BITS_MAX * DG_BLOCK_BYTES];
	uint8_t *block = blocks;

	if (from >= to)
		return;
	for (unsigned bit = from; bit < to; bit++, block += DG_BLOCK_BYTES) {
		uint8_t mask = (uint8_t)(0xff00u >> bit % 8);

		memcpy(block, c->pad, DG_BLOCK_BYTES);
		memcpy(block, bytes, bit / 8);
		block[bit / 8] = (uint8_t)((bytes[bit / 8] & mask) | (c->pad[bit / 8] & ~mask));
	}
	dg_cipher_blocks(&c->cipher, blocks, blocks, to - from);
	for (unsigned bit = from; bit < to; bit++) {
		uint8_t first = blocks[(bit - from) * DG_BLOCK_BYTES] >> 7;

		bytes[bit / 8] ^= (uint8_t)(first << (7 - bit % 8));
	}
}
