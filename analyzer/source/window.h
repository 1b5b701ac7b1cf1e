#ifndef DG_SOURCE_WINDOW_H
#define DG_SOURCE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * window.h - how much memory packed data ask for: walks over zstd (RFC 8878) or xz
 * (the .xz file format 1.2.0) without unpacking, and finds each window and dictionary.
 */

/* The longest header that is looked at: of an xz block. */
#define DG_WINDOW_HEADER_MAX 1024

/* Zeroed before the first octets; is_xz and most_bytes are then set by the caller. */
struct dg_window {
	bool is_xz;
	uint64_t most_bytes;  /* windows up to this may pass */
	uint64_t found_bytes; /* the first that is larger, or 0 */
	unsigned state;
	bool is_lost; /* the data break the format: whoever unpacks them will say so */
	size_t want;  /* octets of a header that is being collected */
	size_t held;
	uint64_t skip; /* octets that may pass unseen, before the header */
	uint8_t header[DG_WINDOW_HEADER_MAX];
	uint8_t check_bytes; /* behind a zstd frame, or an xz block */
	uint8_t control;     /* xz: of the LZMA2 chunk at hand */
	uint64_t passed;     /* xz: octets since the block's header or the index began */
	uint64_t numbers;    /* xz: variable-length ones still to come in the index */
};

/*
 * Looks at the next octets.  How many of them may be unpacked: all, or those before a window
 * that is too large.
 */
size_t dg_window_see(struct dg_window *w, const uint8_t *bytes, size_t size);

#endif
