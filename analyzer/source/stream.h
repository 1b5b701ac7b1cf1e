#ifndef DG_SOURCE_STREAM_H
#define DG_SOURCE_STREAM_H

#include <stdbool.h>
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

/* Asked while a pipe or a device has nothing to give: shall reading end? */
struct dg_stop {
	bool (*is_wanted)(void *context);
	void *context;
};

/**
 * Opens a file, "-" for standard input.  Files of up to digest_max bytes get a digest.
 * `stop` may be NULL and must outlive the stream.  Returns 0, DNSGAP_EOPEN, _EFORMAT or
 * _ENOMEM with a text in `fail`.
 */
int dg_stream_open(const char *path, uint64_t digest_max, const struct dg_stop *stop,
    struct dg_stream **out, struct dg_fail *fail);
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

/* The packing that such bytes begin, as dg_stream_compression has it, or NULL. */
const char *dg_stream_packing(const uint8_t *bytes, size_t size);

/**
 * Reads the file to its end, for the digest, and writes that.  What is no file may have no
 * end: of a damaged one the rest is not waited for.  Without the whole file, and above
 * digest_max, it is "".
 */
void dg_stream_finish(struct dg_stream *s, bool is_damaged, char text[DG_DIGEST_TEXT_MAX]);

/* Bytes of the file read so far, as it lies on the disk. */
uint64_t dg_stream_bytes(const struct dg_stream *s);

#endif
