/*
 * ip6.c - the IPv6 header and its extensions (RFC 8200; AH: RFC 4302).
 *
 * Known weakness: a jumbogram (RFC 2675: payload length 0 with a hop-by-hop header) is
 * read up to the frame's end; DNS never needs one.
 */
#include "base/limits.h"
#include "decode/ip.h"

#define HEADER_BYTES 40
#define QUOTE_MIN 8 /* of the payload; less is a spoilt length field */

static enum dg_ip_status
failed(const struct dg_cur *c)
{
	return c->is_cut ? DG_IP_CUT : DG_IP_MALFORMED;
}

/* One extension header: what follows it goes to ip->protocol. */
static enum dg_ip_status
take_extension(struct dg_cur *c, struct dg_ip *ip)
{
	const uint8_t *h = dg_cur_take(c, 8);
	size_t rest;

	if (h == NULL)
		return failed(c);
	if (ip->protocol == DG_PROTOCOL_FRAGMENT) {
		unsigned fragment = dg_be16(h + 2);

		/*
		 * Offset 0 and no more to come: an atomic fragment, whole (RFC 6946),
		 * unless a header before it said otherwise.
		 */
		ip->is_fragment |= (fragment & 0xfff9) != 0;
		ip->is_later_fragment = fragment >> 3 != 0;
		ip->id = dg_be32(h + 4);
		ip->protocol = h[0];
		return DG_IP_OK;
	}
	/* AH counts in 4 bytes, less 2; the others in 8 bytes past the first. */
	if (ip->protocol == DG_PROTOCOL_AH)
		rest = h[1] * 4u; /* (h[1] + 2) * 4 in all, 8 are taken */
	else
		rest = h[1] * 8u;
	if (dg_cur_take(c, rest) == NULL)
		return failed(c);
	ip->protocol = h[0];
	return DG_IP_OK;
}

static bool
is_extension(uint8_t protocol)
{
	return protocol == DG_PROTOCOL_HOP_BY_HOP || protocol == DG_PROTOCOL_ROUTING ||
	    protocol == DG_PROTOCOL_FRAGMENT || protocol == DG_PROTOCOL_AH ||
	    protocol == DG_PROTOCOL_DESTINATION;
}

enum dg_ip_status
dg_ip6_decode(struct dg_cur *c, bool is_quote, struct dg_ip *ip)
{
	const uint8_t *h = dg_cur_take(c, HEADER_BYTES);
	unsigned payload_length;

	if (h == NULL)
		return failed(c);
	if (h[0] >> 4 != 6)
		return DG_IP_MALFORMED;
	payload_length = dg_be16(h + 4);
	if (payload_length >= (is_quote ? QUOTE_MIN : 1u))
		dg_cur_limit(c, payload_length);
	ip->family = DG_FAMILY_IP6;
	ip->protocol = h[6];
	ip->ttl = h[7];
	ip->source = dg_addr_make(h + 8, DG_FAMILY_IP6);
	ip->destination = dg_addr_make(h + 24, DG_FAMILY_IP6);
	ip->id = 0;
	ip->is_fragment = false;
	ip->is_later_fragment = false;
	for (int n = 0; is_extension(ip->protocol) && !ip->is_later_fragment; n++) {
		enum dg_ip_status status;

		if (n == DG_IP6_EXTENSIONS_MAX)
			return DG_IP_MALFORMED;
		status = take_extension(c, ip);
		if (status != DG_IP_OK)
			return status;
	}
	ip->payload = *c;
	return DG_IP_OK;
}
