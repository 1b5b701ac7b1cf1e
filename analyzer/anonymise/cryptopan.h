#ifndef DG_ANONYMISE_CRYPTOPAN_H
#define DG_ANONYMISE_CRYPTOPAN_H

#include <stdint.h>

#include "anonymise/cipher.h"

/*
 * cryptopan.h - addresses by Crypto-PAn (Xu, Fan, Ammar, Moon 2002): whatever two addresses
 * have in common at their beginning, their pseudonyms have in common, and no more.
 */

struct dg_cryptopan {
	struct dg_cipher cipher;
	uint8_t pad[DG_BLOCK_BYTES];
};

/* The key of the reference implementation: 16 octets of AES key, and 16 that make the pad.
 * Returns 0 or DNSGAP_ENOMEM. */
int dg_cryptopan_init(struct dg_cryptopan *c, const uint8_t key[2 * DG_BLOCK_BYTES]);
void dg_cryptopan_fini(struct dg_cryptopan *c);

/* Replaces the bits [from, to) of an address of at least `to` bits, at most 128; the ones
 * before them have their part in it, the ones after them have none. */
void dg_cryptopan(const struct dg_cryptopan *c, uint8_t *bytes, unsigned from, unsigned to);

#endif
