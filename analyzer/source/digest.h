#ifndef DG_SOURCE_DIGEST_H
#define DG_SOURCE_DIGEST_H

#include <stddef.h>

/*
 * digest.h - SHA-256 (FIPS 180-4) of the bytes that were read, by libcrypto.
 */

#define DG_DIGEST_TEXT_MAX 65

struct dg_digest;

/* NULL when memory ran out. */
struct dg_digest *dg_digest_new(void);
void dg_digest_free(struct dg_digest *d);
void dg_digest_add(struct dg_digest *d, const void *bytes, size_t size);
/* Writes 64 hexadecimal digits; the digest cannot be added to afterwards. */
void dg_digest_finish(struct dg_digest *d, char text[DG_DIGEST_TEXT_MAX]);

/* libcrypto's version; static. */
const char *dg_digest_library_version(void);

#endif
