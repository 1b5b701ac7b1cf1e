#ifndef DG_ANONYMISE_SUFFIX_H
#define DG_ANONYMISE_SUFFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * suffix.h - names that name nobody.
 */

/**
 * Whether a folded name in wire form is a public suffix of ICANN's domains ("com", "co.uk"), or
 * one that everybody uses: "localhost", "test", "in-addr.arpa", "version.bind".  What lies
 * above it must be known to stay.
 */
bool dg_suffix_stays(const uint8_t *wire, size_t length);

/* libpsl's version; static. */
const char *dg_suffix_library_version(void);

#endif
