#ifndef DG_ANONYMISE_SUMS_H
#define DG_ANONYMISE_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * sums.h - Internet checksums (RFC 1071).
 *
 * A checksum that was wrong stays wrong, for that is evidence; but by how much is not told: a
 * sender that leaves sums to its card writes the sum of its addresses into the field.
 */

enum dg_sum_was {
	DG_SUM_RIGHT, /* or nobody could check it */
	DG_SUM_WRONG,
	DG_SUM_NONE, /* 0: there is none (UDP), or a card was to write it */
};

/* Adds octets as words in network order; only the last piece of several may be odd. */
uint64_t dg_sum_add(uint64_t sum, const uint8_t *bytes, size_t size);

/* How the sum of everything, its field with it, came out. */
enum dg_sum_was dg_sum_judge(uint64_t sum, const uint8_t field[2]);

/*
 * Writes the checksum of what sums up to `sum` while its field is 0; a wrong one when it was
 * wrong.  `has_none`: 0 means that there is none (UDP), so 0 is written as 0xffff.
 */
void dg_sum_write(uint8_t field[2], uint64_t sum, enum dg_sum_was was, bool has_none);

#endif
