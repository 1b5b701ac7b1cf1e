#ifndef DG_SOURCE_RAW_H
#define DG_SOURCE_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/digest.h"
#include "source/stream.h"

/*
 * raw.h - the bytes of a file as they lie on the disk, and the two ways to
 * unpack them.  Only stream.c uses this, and whoever tells versions.
 */

#define DG_RAW_BYTES (128u * 1024)

struct dg_raw {
	int fd;
	bool at_end;
	bool is_regular;
	bool is_broken;             /* it ended before the file did */
	const struct dg_stop *stop; /* or NULL */
	uint64_t total;             /* bytes read so far */
	size_t at;
	size_t end;
	struct dg_digest *digest; /* NULL when none is wanted, or the file was too large */
	uint64_t digest_max;
	char problem[256]; /* empty while all is well */
	uint8_t bytes[DG_RAW_BYTES];
};

/* Reads once, with its troubles noted; 0 at the end and after trouble. */
size_t dg_raw_read(struct dg_raw *r, void *bytes, size_t size);

/* Reads more when nothing is left.  How many bytes now lie at bytes + at. */
size_t dg_raw_fill(struct dg_raw *r);

/* gzip (RFC 1952) by zlib; concatenated members are one stream. */
struct dg_gzip;
struct dg_gzip *dg_gzip_new(void);
/* zlib's version; static. */
const char *dg_gzip_library_version(void);
void dg_gzip_free(struct dg_gzip *g);
size_t dg_gzip_read(struct dg_gzip *g, struct dg_raw *r, void *bytes, size_t size);

/* zstd and xz by libarchive, with that one filter and no other. */
struct dg_unpack;
enum dg_unpack_kind {
	DG_UNPACK_ZSTD,
	DG_UNPACK_XZ,
};
/* NULL when memory ran out or libarchive was built without the filter. */
/* libarchive's version; static. */
const char *dg_unpack_library_version(void);
struct dg_unpack *dg_unpack_new(enum dg_unpack_kind kind);
void dg_unpack_free(struct dg_unpack *u);
size_t dg_unpack_read(struct dg_unpack *u, struct dg_raw *r, void *bytes, size_t size);

#endif
