#ifndef DG_ANONYMISE_ADDRESSES_H
#define DG_ANONYMISE_ADDRESSES_H

#include <stdbool.h>

#include "anonymise/cryptopan.h"
#include "anonymise/keep.h"
#include "base/addr.h"

/*
 * addresses.h - which addresses get a pseudonym, and among which ones it lies.
 */

/*
 * Replaces the first `bits` bits of an address (all of them, or a prefix, as the names of
 * reverse zones tell one); what comes after them must be zero, and stays so.
 *
 * One-to-one: a pseudonym is never an address that is kept, or that has a meaning of its own.
 */
void dg_addresses_replace(const struct dg_cryptopan *c, const struct dg_keep *k,
    enum dg_family family, struct dg_addr *a, unsigned bits);

/* Whether the addresses that begin with these bits get their pseudonyms among themselves. */
bool dg_addresses_is_block(enum dg_family family, const struct dg_addr *a, unsigned bits);

#endif
