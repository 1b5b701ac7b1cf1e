/*
 * cipher.c - AES-128 by blocks, by libcrypto.
 */
#include "anonymise/cipher.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "dnsgap/error.h"

int
dg_cipher_init(struct dg_cipher *c, const uint8_t key[DG_BLOCK_BYTES])
{
	c->context = EVP_CIPHER_CTX_new();
	if (c->context == NULL ||
	    EVP_EncryptInit_ex(c->context, EVP_aes_128_ecb(), NULL, key, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(c->context, 0) != 1) {
		dg_cipher_fini(c);
		return DNSGAP_ENOMEM;
	}
	return 0;
}

void
dg_cipher_fini(struct dg_cipher *c)
{
	EVP_CIPHER_CTX_free(c->context);
	c->context = NULL;
}

int
dg_cipher_derive(
    const uint8_t *secret, size_t size, const char *purpose, uint8_t key[DG_BLOCK_BYTES])
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (HMAC(EVP_sha256(), secret, (int)size, (const uint8_t *)purpose, strlen(purpose),
		digest, NULL) == NULL)
		return DNSGAP_ENOMEM;
	memcpy(key, digest, DG_BLOCK_BYTES);
	explicit_bzero(digest, sizeof digest);
	return 0;
}

void
dg_cipher_blocks(const struct dg_cipher *c, const uint8_t *in, uint8_t *out, size_t block_count)
{
	int size = (int)(block_count * DG_BLOCK_BYTES), done = 0;

	if (EVP_EncryptUpdate(c->context, out, &done, in, size) != 1 || done != size)
		memset(out, 0, (size_t)size);
}

void
dg_cipher_absorb(
    const struct dg_cipher *c, uint8_t block[DG_BLOCK_BYTES], const uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at < size; at += DG_BLOCK_BYTES) {
		for (size_t i = 0; i < DG_BLOCK_BYTES && at + i < size; i++)
			block[i] ^= bytes[at + i];
		dg_cipher_blocks(c, block, block, 1);
	}
}

void
dg_cipher_mac(const struct dg_cipher *c, uint8_t purpose, const uint8_t *bytes, size_t size,
    uint8_t mac[DG_BLOCK_BYTES])
{
	uint8_t head[DG_BLOCK_BYTES] = {purpose, (uint8_t)(size >> 24), (uint8_t)(size >> 16),
	    (uint8_t)(size >> 8), (uint8_t)size};

	memset(mac, 0, DG_BLOCK_BYTES);
	dg_cipher_absorb(c, mac, head, sizeof head);
	dg_cipher_absorb(c, mac, bytes, size);
}

void
dg_words_of_block_init(
    struct dg_words_of_block *w, const struct dg_cipher *c, const uint8_t block[DG_BLOCK_BYTES])
{
	w->cipher = c;
	memcpy(w->block, block, DG_BLOCK_BYTES);
	w->at = 0;
}

uint64_t
dg_words_of_block_next(struct dg_words_of_block *w)
{
	uint64_t word = 0;

	if (w->at == DG_BLOCK_BYTES) {
		dg_cipher_blocks(w->cipher, w->block, w->block, 1);
		w->at = 0;
	}
	for (unsigned end = w->at + 8; w->at < end; w->at++)
		word = word << 8 | w->block[w->at];
	return word;
}
