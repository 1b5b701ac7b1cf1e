/* guard.h - bytes that end where memory ends, so that one read too many crashes. */

#ifndef GUARD_H
#define GUARD_H

#include <stddef.h>
#include <stdint.h>

/** The most bytes that fit: a UDP message of the greatest size, and a frame around it. */
#define GUARD_BYTES_MAX 131072

/**
 * Copies `size` bytes so that the byte after them cannot be read, and returns
 * where they lie.  They stay until the next call.  Aborts when there is no memory
 * or when they do not fit.
 */
uint8_t *guard_place(const void *bytes, size_t size);

#endif
