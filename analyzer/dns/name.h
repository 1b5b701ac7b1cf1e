#ifndef DG_DNS_NAME_H
#define DG_DNS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/limits.h"

/*
 * name.h - domain names on the wire (RFC 1035 3.1, 4.1.4; RFC 9267).
 *
 * Wire form: labels, each a length octet and that many octets, ended by a zero
 * octet; at most 255 octets in all.
 */

enum dg_name_status {
	DG_NAME_OK,
	DG_NAME_MALFORMED,
	DG_NAME_CUT,
};

struct dg_name {
	uint8_t bytes[DG_NAME_BYTES_MAX + 1]; /* wire form, no pointers */
	uint8_t length;                   /* 1..255 */
};

/**
 * Reads the name at the cursor, which must not be compressed (the first
 * question has nothing before it that a pointer could mean), with ASCII
 * letters turned to lower case (RFC 4343).
 */
enum dg_name_status dg_name_fold(struct dg_cur *c, struct dg_name *name);

/* Bytes past the name up to the next multiple of eight are zero after dg_name_fold. */
#define DG_NAME_WORDS(length) (((length) + 7u) / 8)

/**
 * Reads the name at `offset` of a message of `size` bytes, following
 * compression pointers.  A pointer must lead to before the labels that it ends,
 * and past the header.  Letters keep their case.
 *
 * `end`: where the message goes on after the name.
 */
enum dg_name_status dg_name_expand(const uint8_t *message, size_t size, size_t offset,
    struct dg_name *name, size_t *end);

/*
 * Moves past a name without looking at where its pointer leads.  One that the capture
 * cut off marks the cursor as cut, as a read would.
 */
enum dg_name_status dg_name_skip(struct dg_cur *c);

/**
 * Writes the name as text: labels with dots between and none at the end, "." for
 * the root; every octet that is not a printable ASCII character, and dots,
 * backslashes, quotes and others that a zone file gives a meaning, as \DDD or \C (RFC 1035 5.1).
 * `length` is that of a whole name.  Returns `text`.
 */
const char *dg_name_text(const uint8_t *wire, size_t length, char text[DG_NAME_TEXT_MAX]);

#endif
