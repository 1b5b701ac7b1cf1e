#ifndef DG_DECODE_IP_H
#define DG_DECODE_IP_H

#include <stdbool.h>

#include "decode/packet.h"

/*
 * ip.h - IPv4 (RFC 791) and IPv6 (RFC 8200) headers.
 *
 * A quote inside an ICMP error is shorter than its own length field says;
 * `is_quote` makes that normal instead of wrong.
 */

enum dg_ip_status {
	DG_IP_OK,
	DG_IP_MALFORMED,
	DG_IP_CUT,
};

/* Both take the header and its options or extensions off the cursor. */
enum dg_ip_status dg_ip4_decode(struct dg_cur *c, bool is_quote, struct dg_ip *ip);
enum dg_ip_status dg_ip6_decode(struct dg_cur *c, bool is_quote, struct dg_ip *ip);

#endif
