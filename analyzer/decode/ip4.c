/*
 * ip4.c - the IPv4 header (RFC 791).
 */
#include "decode/ip.h"

#define HEADER_MIN 20
#define AH_MIN 8
#define QUOTE_MIN 8 /* RFC 792: what a quote holds of the payload */
#define FLAG_MORE 0x2000
#define OFFSET_MASK 0x1fff

static enum dg_ip_status
failed(const struct dg_cur *c)
{
	return c->is_cut ? DG_IP_CUT : DG_IP_MALFORMED;
}

/* Authentication headers (RFC 4302), which leave what follows readable. */
static bool
take_ah(struct dg_cur *c, uint8_t *protocol)
{
	while (*protocol == DG_PROTOCOL_AH) {
		const uint8_t *h = dg_cur_take(c, AH_MIN);

		if (h == NULL || dg_cur_take(c, h[1] * 4u) == NULL)
			return false;
		*protocol = h[0];
	}
	return true;
}

/* A fragment's facts, and as much of the first one's payload as can be found. */
static void
set_fragment(struct dg_cur c, unsigned field, struct dg_ip *ip)
{
	ip->is_fragment = true;
	ip->is_later_fragment = (field & OFFSET_MASK) != 0;
	ip->fragment = c;
	ip->fragment_offset = (field & OFFSET_MASK) * 8;
	ip->has_more = (field & FLAG_MORE) != 0;
	ip->fragment_protocol = ip->protocol;
	ip->payload = c;
	if (ip->is_later_fragment)
		return;
	if (take_ah(&c, &ip->protocol)) {
		ip->payload = c;
	} else {
		ip->protocol = DG_PROTOCOL_FRAGMENT;
		dg_cur_limit(&ip->payload, 0);
	}
}

enum dg_ip_status
dg_ip4_decode(struct dg_cur *c, bool is_quote, struct dg_ip *ip)
{
	const uint8_t *h = dg_cur_take(c, HEADER_MIN);
	unsigned header_length, total_length, fragment;

	if (h == NULL)
		return failed(c);
	header_length = (h[0] & 15u) * 4;
	total_length = dg_be16(h + 2);
	fragment = dg_be16(h + 6);
	if (h[0] >> 4 != 4 || header_length < HEADER_MIN)
		return DG_IP_MALFORMED;
	/*
	 * A length of 0 is a packet that the sender's card was to cut up (TSO); one past
	 * the frame's end changes nothing: what is there can be read.
	 * In a quote, some routers spoil the field.
	 */
	if (is_quote ? total_length >= header_length + QUOTE_MIN : total_length != 0) {
		if (total_length < header_length)
			return DG_IP_MALFORMED;
		dg_cur_limit(c, total_length - HEADER_MIN);
	}
	if (dg_cur_take(c, header_length - HEADER_MIN) == NULL)
		return failed(c);
	ip->header = h;
	ip->family = DG_FAMILY_IP4;
	ip->protocol = h[9];
	ip->ttl = h[8];
	ip->source = dg_addr_make(h + 12, DG_FAMILY_IP4);
	ip->destination = dg_addr_make(h + 16, DG_FAMILY_IP4);
	ip->id = dg_be16(h + 4);
	if ((fragment & (FLAG_MORE | OFFSET_MASK)) != 0) {
		set_fragment(*c, fragment, ip);
		return DG_IP_OK;
	}
	ip->is_fragment = false;
	ip->is_later_fragment = false;
	if (!take_ah(c, &ip->protocol))
		return failed(c);
	ip->payload = *c;
	return DG_IP_OK;
}

enum dg_ip_status
dg_ip4_decode_whole(struct dg_ip *ip)
{
	struct dg_cur c = ip->fragment;

	ip->is_fragment = false;
	ip->is_later_fragment = false;
	ip->protocol = ip->fragment_protocol;
	if (!take_ah(&c, &ip->protocol))
		return failed(&c);
	ip->payload = c;
	return DG_IP_OK;
}
