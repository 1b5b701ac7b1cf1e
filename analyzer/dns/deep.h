#ifndef DG_DNS_DEEP_H
#define DG_DNS_DEEP_H

#include <stddef.h>
#include <stdint.h>

/*
 * deep.h - the words of DNS, from ldns.
 *
 * ldns is fed numbers only, never packets: some of its printers crash on
 * hostile ones (docs/decisions/0003-ldns-for-words.md).
 */

#define DG_DNS_WORD_MAX 24

/* "SERVFAIL"; "RCODE24" where the number has no name.  Returns `text`. */
const char *dg_dns_rcode_text(uint16_t rcode, char text[DG_DNS_WORD_MAX]);

/* "AAAA"; "TYPE65280" (RFC 3597).  Returns `text`. */
const char *dg_dns_type_text(uint16_t type, char text[DG_DNS_WORD_MAX]);

/* "IN"; "CLASS255" (RFC 3597).  Returns `text`. */
const char *dg_dns_class_text(uint16_t class, char text[DG_DNS_WORD_MAX]);

/* ldns' version, static. */
const char *dg_dns_library_version(void);

#endif
