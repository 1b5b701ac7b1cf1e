#ifndef DG_ANONYMISE_ANONYMISE_H
#define DG_ANONYMISE_ANONYMISE_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

/*
 * anonymise.h - pseudonyms: the same key gives the same ones, in reports and in frames.
 *
 * Addresses keep their prefixes in common (Crypto-PAn: Xu, Fan, Ammar, Moon 2002); names are
 * replaced label by label, by as many octets, down to the public suffix, which stays.
 */

#define DG_ANONYMISER_KEY_BYTES 32

struct dg_anonymiser;

/* `key` is copied.  Returns 0 or DNSGAP_ENOMEM; the caller frees it. */
int dg_anonymiser_new(const uint8_t key[DG_ANONYMISER_KEY_BYTES], struct dg_anonymiser **out);
void dg_anonymiser_free(struct dg_anonymiser *a);

/*
 * What stays as it is: an address or a prefix ("10.0.0.2", "2001:db8::/32"), and a name with
 * all below it ("example.com"; so do the names above it).  Returns 0, DNSGAP_EINVAL when it is
 * none, or DNSGAP_ENOMEM.
 */
int dg_anonymiser_keep_address(struct dg_anonymiser *a, const char *text);
int dg_anonymiser_keep_name(struct dg_anonymiser *a, const char *text);

/* The same, checked and listed before (keep.h); copied, in place of what it kept before. */
struct dg_keep;
void dg_anonymiser_keep(struct dg_anonymiser *a, const struct dg_keep *keep);

/*
 * In place.  Unspecified, loopback, multicast and broadcast addresses stay: they name nobody.
 * Link-local ones stay link-local.  IPv4 addresses within IPv6 ones (IPv4-mapped, 64:ff9b::/96)
 * are replaced as IPv4 addresses are.  One-to-one, what is kept included.
 */
void dg_anonymise_addr(
    const struct dg_anonymiser *a, enum dg_family family, struct dg_addr *addr);

#define DG_NAME_WIRE_MAX 255

/*
 * The first `bits` bits of an address, of which the rest must be zero and stays so: what the
 * pseudonyms of all addresses below them begin with (a few aside, see addresses.c).
 */
void dg_anonymise_prefix(
    const struct dg_anonymiser *a, enum dg_family family, struct dg_addr *addr, unsigned bits);

/*
 * A name in wire form, uncompressed, whole or the end of one (names that are too long are kept
 * from their end).  Case is folded where `name` is folded, else kept octet by octet.  Labels of
 * in-addr.arpa and ip6.arpa become those of the address's pseudonym; names of services, as
 * "_tcp", stay.  Returns the length in `out`, or 0 when it is no name in wire form.
 *
 * The length is that of `name`, but below in-addr.arpa: the numbers of an address may become
 * longer or shorter (and where 255 octets do not hold them, they are labels like any).
 */
size_t dg_anonymise_name(const struct dg_anonymiser *a, const uint8_t *name, size_t length,
    uint8_t out[DG_NAME_WIRE_MAX]);

/* Any other octets that may name somebody (NSID, text): in place, by letters and digits.  Equal
 * octets give equal ones; short ones that differ may, too. */
void dg_anonymise_bytes(const struct dg_anonymiser *a, uint8_t *bytes, size_t length);

#endif
