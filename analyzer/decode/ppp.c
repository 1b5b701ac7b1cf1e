/*
 * ppp.c - PPP (RFC 1661, framed as RFC 1662 or not) and PPPoE sessions (RFC 2516).
 */
#include "decode/next.h"

#define PPPOE_BYTES 6
#define PPPOE_VERSION_TYPE 0x11

enum ppp_protocol {
	PPP_IP4 = 0x0021,
	PPP_IP6 = 0x0057,
	PPP_MPLS = 0x0281, /* RFC 3032 */
	PPP_MPLS_MULTICAST = 0x0283,
};

enum dg_next
dg_ppp_strip(struct dg_cur *c)
{
	unsigned protocol = dg_cur_u8(c);

	if (protocol == 0xff) {
		/* Address and control; a protocol 0xff there is not. */
		if (dg_cur_u8(c) != 0x03)
			return dg_cur_failed(c) ? DG_NEXT_FAILED : DG_NEXT_NOTHING;
		protocol = dg_cur_u8(c);
	}
	if ((protocol & 1) == 0) /* else it is sent in one octet */
		protocol = protocol << 8 | dg_cur_u8(c);
	if (dg_cur_failed(c))
		return DG_NEXT_FAILED;
	switch (protocol) {
	case PPP_IP4:
		return DG_NEXT_IP4;
	case PPP_IP6:
		return DG_NEXT_IP6;
	case PPP_MPLS:
	case PPP_MPLS_MULTICAST:
		return DG_NEXT_MPLS;
	default:
		return DG_NEXT_NOTHING;
	}
}

enum dg_next
dg_pppoe_strip(struct dg_cur *c, uint32_t *tunnels)
{
	const uint8_t *h = dg_cur_take(c, PPPOE_BYTES);

	if (h == NULL)
		return DG_NEXT_FAILED;
	if (h[0] != PPPOE_VERSION_TYPE || h[1] != 0)
		return dg_next_malformed(c);
	*tunnels |= 1u << DG_TUNNEL_PPPOE;
	return DG_NEXT_PPP;
}
