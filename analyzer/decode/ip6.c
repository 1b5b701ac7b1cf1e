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
#define FLAG_MORE 0x0001
#define OFFSET_MASK 0xfff8

static enum dg_ip_status
failed(const struct dg_cur *c)
{
	return c->is_cut ? DG_IP_CUT : DG_IP_MALFORMED;
}

/*
 * The fragment header.  Offset 0 and no more to come is an atomic fragment, whole
 * (RFC 6946).  False when what follows cannot be read here: a later fragment, or a fragment
 * in a fragment.
 */
static bool
take_fragment(struct dg_cur *c, const uint8_t *h, struct dg_ip *ip)
{
	unsigned field = dg_be16(h + 2);
	bool is_atomic = (field & (FLAG_MORE | OFFSET_MASK)) == 0;

	if (ip->is_fragment)
		return is_atomic;
	ip->id = dg_be32(h + 4);
	if (is_atomic)
		return true;
	ip->is_fragment = true;
	ip->is_later_fragment = (field & OFFSET_MASK) != 0;
	ip->fragment = *c;
	ip->fragment_offset = field & OFFSET_MASK;
	ip->has_more = (field & FLAG_MORE) != 0;
	ip->fragment_protocol = h[0];
	return !ip->is_later_fragment;
}

/* One extension header: what follows it goes to ip->protocol.  False when it cannot be read. */
static bool
take_extension(struct dg_cur *c, struct dg_ip *ip)
{
	const uint8_t *h = dg_cur_take(c, 8);
	size_t rest;

	if (h == NULL)
		return false;
	if (ip->protocol == DG_PROTOCOL_FRAGMENT) {
		if (!take_fragment(c, h, ip))
			return false;
		ip->protocol = h[0];
		return true;
	}
	/* AH counts in 4 bytes, less 2; the others in 8 bytes past the first. */
	if (ip->protocol == DG_PROTOCOL_AH)
		rest = h[1] * 4u; /* (h[1] + 2) * 4 in all, 8 are taken */
	else
		rest = h[1] * 8u;
	if (dg_cur_take(c, rest) == NULL)
		return false;
	ip->protocol = h[0];
	return true;
}

static bool
is_extension(uint8_t protocol)
{
	return protocol == DG_PROTOCOL_HOP_BY_HOP || protocol == DG_PROTOCOL_ROUTING ||
	    protocol == DG_PROTOCOL_FRAGMENT || protocol == DG_PROTOCOL_AH ||
	    protocol == DG_PROTOCOL_DESTINATION;
}

static bool
take_extensions(struct dg_cur *c, struct dg_ip *ip)
{
	for (int n = 0; is_extension(ip->protocol); n++) {
		if (n == DG_IP6_EXTENSIONS_MAX || !take_extension(c, ip))
			return false;
	}
	return true;
}

/* From ip->protocol on to the payload. */
static enum dg_ip_status
decode_payload(struct dg_cur *c, struct dg_ip *ip)
{
	bool is_read = take_extensions(c, ip);

	if (is_read) {
		ip->payload = *c;
		return DG_IP_OK;
	}
	if (!ip->is_fragment)
		return failed(c);
	ip->payload = ip->fragment;
	ip->protocol = ip->fragment_protocol;
	if (!ip->is_later_fragment) {
		/* Too small for its headers (RFC 7112). */
		ip->protocol = DG_PROTOCOL_FRAGMENT;
		dg_cur_limit(&ip->payload, 0);
	}
	return DG_IP_OK;
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
	ip->header = h;
	ip->family = DG_FAMILY_IP6;
	ip->protocol = h[6];
	ip->ttl = h[7];
	ip->source = dg_addr_make(h + 8, DG_FAMILY_IP6);
	ip->destination = dg_addr_make(h + 24, DG_FAMILY_IP6);
	ip->id = 0;
	ip->is_fragment = false;
	ip->is_later_fragment = false;
	return decode_payload(c, ip);
}

enum dg_ip_status
dg_ip6_decode_whole(struct dg_ip *ip)
{
	struct dg_cur c = ip->fragment;
	struct dg_ip whole = *ip;
	enum dg_ip_status status;

	whole.is_fragment = false;
	whole.is_later_fragment = false;
	whole.protocol = ip->fragment_protocol;
	status = decode_payload(&c, &whole);
	/* A fragment in what was put together: nobody sends that. */
	if (status == DG_IP_OK && whole.is_fragment)
		return DG_IP_MALFORMED;
	whole.id = ip->id;
	*ip = whole;
	return status;
}
