#ifndef DG_ANONYMISE_CIPHER_H
#define DG_ANONYMISE_CIPHER_H

#include <stddef.h>
#include <stdint.h>

/*
 * cipher.h - AES-128 by blocks, and functions made of it.
 */

#define DG_BLOCK_BYTES 16

/* struct evp_cipher_ctx_st is libcrypto's. */
struct dg_cipher {
	struct evp_cipher_ctx_st *context;
};

/* Returns 0 or DNSGAP_ENOMEM; all zero is a cipher that may be ended. */
int dg_cipher_init(struct dg_cipher *c, const uint8_t key[DG_BLOCK_BYTES]);
void dg_cipher_fini(struct dg_cipher *c);

/* A key of its own for a purpose: the start of HMAC-SHA-256 under `secret`.  Returns 0 or
 * DNSGAP_ENOMEM. */
int dg_cipher_derive(
    const uint8_t *secret, size_t size, const char *purpose, uint8_t key[DG_BLOCK_BYTES]);

/* Each block by itself (ECB).  Should libcrypto fail, `out` is all zero: no input shows. */
void dg_cipher_blocks(
    const struct dg_cipher *c, const uint8_t *in, uint8_t *out, size_t block_count);

/* CBC-MAC of bytes behind a block that says what they are for and how many they are, so that
 * no input is the start of another. */
void dg_cipher_mac(const struct dg_cipher *c, uint8_t purpose, const uint8_t *bytes,
    size_t size, uint8_t mac[DG_BLOCK_BYTES]);

/* Takes `size` octets into a block: each 16 are added to it, and the block is enciphered. */
void dg_cipher_absorb(const struct dg_cipher *c, uint8_t block[DG_BLOCK_BYTES],
    const uint8_t *bytes, size_t size);

/* Numbers without end: the words of a block, of the block enciphered, and so on. */
struct dg_words_of_block {
	const struct dg_cipher *cipher;
	uint8_t block[DG_BLOCK_BYTES];
	unsigned at; /* the next word's first octet */
};

void dg_words_of_block_init(struct dg_words_of_block *w, const struct dg_cipher *c,
    const uint8_t block[DG_BLOCK_BYTES]);
uint64_t dg_words_of_block_next(struct dg_words_of_block *w);

#endif
