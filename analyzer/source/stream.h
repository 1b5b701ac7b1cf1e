#ifndef DG_SOURCE_STREAM_H
#define DG_SOURCE_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fail.h"
#include "source/digest.h"

/*
 * stream.h - the bytes of a file, decompressed, and the SHA-256 of the file as
 * it lies on the disk.
 */

struct dg_stream;

/**
 * Opens a file, "-" for standard input.  Files of up to digest_max bytes get a digest.  Returns
 * 0, DNSGAP_EOPEN, _EFORMAT or _ENOMEM with a text in `fail`.
 */
int dg_stream_open(
    const char *path, uint64_t digest_max, struct dg_stream **out, struct dg_fail *fail);
void dg_stream_close(struct dg_stream *s);

/**
 * Reads up to `size` decompressed bytes.  0 at the end, and at the first trouble,
 * which dg_stream_problem then names.
 */
size_t dg_stream_read(struct dg_stream *s, void *bytes, size_t size);

/* What went wrong while reading, or NULL.  Lives as long as the stream. */
const char *dg_stream_problem(const struct dg_stream *s);

/* "gzip", "zstd", "xz" or NULL; static. */
const char *dg_stream_compression(const struct dg_stream *s);

/* Reads the file to its end, for the digest, and writes that; "" when there is none. */
void dg_stream_finish(struct dg_stream *s, char text[DG_DIGEST_TEXT_MAX]);

/* Bytes of the file read so far, as it lies on the disk. */
uint64_t dg_stream_bytes(const struct dg_stream *s);

#endif
