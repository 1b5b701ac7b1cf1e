/*
 * digest.c - SHA-256 by libcrypto; its only user.
 */
#include "source/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>

struct dg_digest *
dg_digest_new(void)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	if (context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
		EVP_MD_CTX_free(context);
		context = NULL;
	}
	return (struct dg_digest *)context;
}

void
dg_digest_free(struct dg_digest *d)
{
	EVP_MD_CTX_free((EVP_MD_CTX *)d);
}

void
dg_digest_add(struct dg_digest *d, const void *bytes, size_t size)
{
	(void)EVP_DigestUpdate((EVP_MD_CTX *)d, bytes, size);
}

void
dg_digest_finish(struct dg_digest *d, char text[DG_DIGEST_TEXT_MAX])
{
	unsigned char hash[EVP_MAX_MD_SIZE] = {0};
	unsigned size = 0;

	(void)EVP_DigestFinal_ex((EVP_MD_CTX *)d, hash, &size);
	for (unsigned i = 0; i < (DG_DIGEST_TEXT_MAX - 1) / 2; i++)
		snprintf(text + 2 * i, 3, "%02x", hash[i]);
}

const char *
dg_digest_library_version(void)
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}
