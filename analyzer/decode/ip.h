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

/**
 * Both take the header and its options or extensions off the cursor.  What lies behind the
 * header of a fragment cannot be wrong: when the extensions of a first one are not all there,
 * `protocol` is DG_PROTOCOL_FRAGMENT and the payload is empty.
 */
enum dg_ip_status dg_ip4_decode(struct dg_cur *c, bool is_quote, struct dg_ip *ip);
enum dg_ip_status dg_ip6_decode(struct dg_cur *c, bool is_quote, struct dg_ip *ip);

/**
 * Both go on behind the header of a datagram that was put together: ip->fragment holds all its
 * bytes.  They set protocol and payload, and that it is no fragment.
 */
enum dg_ip_status dg_ip4_decode_whole(struct dg_ip *ip);
enum dg_ip_status dg_ip6_decode_whole(struct dg_ip *ip);

#endif
