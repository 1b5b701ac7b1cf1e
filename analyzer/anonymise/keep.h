#ifndef DG_ANONYMISE_KEEP_H
#define DG_ANONYMISE_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/limits.h"

/*
 * keep.h - what keeps its address or name, as a person asked for.  Owns nothing: may be copied.
 */

struct dg_keep_prefix {
	struct dg_addr address; /* the bits past the prefix are zero */
	uint8_t family;
	uint8_t bits;
};

struct dg_keep_name {
	uint8_t length;
	uint8_t wire[DG_NAME_BYTES_MAX]; /* folded */
};

/* All zero is empty. */
struct dg_keep {
	struct dg_keep_prefix prefixes[DG_KEEP_MAX];
	unsigned prefix_count;
	struct dg_keep_name names[DG_KEEP_MAX];
	unsigned name_count;
};

/*
 * As dg_anonymiser_keep_address and _keep_name say.  Return 0 or DNSGAP_EINVAL: when the text
 * is none, when there are DG_KEEP_MAX already, and when single prefixes would take up more than
 * three quarters of all addresses (all of them, as 0.0.0.0/0, may be kept).
 */
int dg_keep_add_address(struct dg_keep *k, const char *text);
int dg_keep_add_name(struct dg_keep *k, const char *text);

/* Whether the first `bits` bits of two addresses are the same. */
bool dg_keep_is_same(const uint8_t *a, const uint8_t *b, unsigned bits);

/* Whether all addresses that begin with the first `bits` bits of this one are kept. */
bool dg_keep_has_address(
    const struct dg_keep *k, enum dg_family family, const struct dg_addr *a, unsigned bits);

/* Whether a folded name in wire form is one of the names; not those below them. */
bool dg_keep_has_name(const struct dg_keep *k, const uint8_t *wire, size_t length);

/* Whether it is one of them or lies above one. */
bool dg_keep_is_above(const struct dg_keep *k, const uint8_t *wire, size_t length);

#endif
