/*
 * gre.c - GRE (RFC 2784, RFC 2890), PPTP's GRE (RFC 2637), and ERSPAN in it
 * (draft-foschiano-erspan-03).
 */
#include "decode/next.h"

#define HEADER_BYTES 4
#define FIELD_BYTES 4
#define TYPE_EOIP 0x6400 /* MikroTik's Ethernet over IP: nobody says what it is */
#define ERSPAN_2_BYTES 8
#define ERSPAN_3_BYTES 12
#define ERSPAN_3_MORE_BYTES 8

enum gre_flag {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_ACKNOWLEDGEMENT = 0x0080, /* PPTP only */
	GRE_VERSION = 0x0007,
};

/* What ERSPAN type III holds (octet 10). */
enum erspan_frame {
	ERSPAN_FRAME_MASK = 0x7c,
	ERSPAN_FRAME_ETHERNET = 0x00,
	ERSPAN_FRAME_IP = 0x08,
};

static enum dg_next
of_type(uint16_t type, unsigned flags)
{
	switch (type) {
	case DG_ETHERTYPE_IP4:
		return DG_NEXT_IP4;
	case DG_ETHERTYPE_IP6:
		return DG_NEXT_IP6;
	case DG_ETHERTYPE_MPLS:
	case DG_ETHERTYPE_MPLS_MULTICAST:
		return DG_NEXT_MPLS;
	case DG_ETHERTYPE_PPP:
		return DG_NEXT_PPP;
	case DG_ETHERTYPE_ETHERNET:
		return DG_NEXT_ETHERNET;
	case DG_ETHERTYPE_NSH:
		return DG_NEXT_NSH;
	case DG_ETHERTYPE_ERSPAN:
		return (flags & GRE_SEQUENCE) != 0 ? DG_NEXT_ERSPAN_2 : DG_NEXT_ETHERNET;
	case DG_ETHERTYPE_ERSPAN_3:
		return DG_NEXT_ERSPAN_3;
	default:
		return DG_NEXT_NOTHING;
	}
}

/* The fields that the flags announce: checksum, key and the rest, 4 octets each. */
static size_t
fields_bytes(unsigned flags)
{
	unsigned present = flags & (GRE_CHECKSUM | GRE_KEY | GRE_SEQUENCE);

	if ((flags & GRE_VERSION) == 1)
		present |= flags & GRE_ACKNOWLEDGEMENT;
	return FIELD_BYTES * (size_t)__builtin_popcount(present);
}

enum dg_next
dg_gre_strip(struct dg_cur *c, uint32_t *tunnels)
{
	const uint8_t *h = dg_cur_take(c, HEADER_BYTES);
	unsigned flags;
	uint16_t type;

	if (h == NULL)
		return DG_NEXT_FAILED;
	flags = dg_be16(h);
	type = dg_be16(h + 2);
	if ((flags & GRE_ROUTING) != 0 || (flags & GRE_VERSION) > 1)
		return DG_NEXT_OPAQUE;
	if ((flags & GRE_VERSION) == 1 && type == TYPE_EOIP)
		return DG_NEXT_OPAQUE;
	if ((flags & GRE_VERSION) == 1 && ((flags & GRE_KEY) == 0 || type != DG_ETHERTYPE_PPP))
		return dg_next_malformed(c);
	if (dg_cur_take(c, fields_bytes(flags)) == NULL)
		return DG_NEXT_FAILED;
	*tunnels |= 1u << DG_TUNNEL_GRE;
	if ((flags & GRE_VERSION) == 1)
		return (flags & GRE_SEQUENCE) != 0 ? DG_NEXT_PPP : DG_NEXT_NOTHING;
	if (type == DG_ETHERTYPE_ERSPAN && (flags & GRE_SEQUENCE) == 0)
		*tunnels |= 1u << DG_TUNNEL_ERSPAN; /* type I has no header of its own */
	return of_type(type, flags);
}

enum dg_next
dg_erspan2_strip(struct dg_cur *c, uint32_t *tunnels)
{
	if (dg_cur_take(c, ERSPAN_2_BYTES) == NULL)
		return DG_NEXT_FAILED;
	*tunnels |= 1u << DG_TUNNEL_ERSPAN;
	return DG_NEXT_ETHERNET;
}

enum dg_next
dg_erspan3_strip(struct dg_cur *c, uint32_t *tunnels)
{
	const uint8_t *h = dg_cur_take(c, ERSPAN_3_BYTES);

	if (h == NULL)
		return DG_NEXT_FAILED;
	if ((h[11] & 0x01) != 0 && dg_cur_take(c, ERSPAN_3_MORE_BYTES) == NULL)
		return DG_NEXT_FAILED;
	*tunnels |= 1u << DG_TUNNEL_ERSPAN;
	switch (h[10] & ERSPAN_FRAME_MASK) {
	case ERSPAN_FRAME_ETHERNET:
		return DG_NEXT_ETHERNET;
	case ERSPAN_FRAME_IP:
		return DG_NEXT_IP;
	default:
		return DG_NEXT_NOTHING;
	}
}
