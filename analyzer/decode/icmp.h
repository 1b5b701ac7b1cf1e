#ifndef DG_DECODE_ICMP_H
#define DG_DECODE_ICMP_H

#include "decode/packet.h"

/*
 * icmp.h - ICMP (RFC 792) and ICMPv6 (RFC 4443) errors and what they quote.
 */

enum dg_icmp_status {
	DG_ICMP_OK,
	DG_ICMP_MALFORMED,
	DG_ICMP_CUT,
};

/**
 * Sets type, code, checksum, and for an error the quote of packet->ip.payload,
 * as far as it goes.  A quote that cannot be read leaves has_quote false.
 */
enum dg_icmp_status dg_icmp_decode(struct dg_packet *packet);

/**
 * The name of an error in reports ("port-unreachable"), the same for both
 * families where the meaning is the same; static.  "type T" errors that have no
 * name give "other".
 */
const char *dg_icmp_name(enum dg_family family, uint8_t type, uint8_t code);

/* Whether the type is an error that says a packet was not delivered. */
bool dg_icmp_is_error(enum dg_family family, uint8_t type);

#endif
