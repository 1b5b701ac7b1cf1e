/*
 * overlay.c - tunnels over UDP: VXLAN (RFC 7348), VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe-12),
 * GENEVE (RFC 8926), GTP-U (3GPP TS 29.281), L2TPv2 (RFC 2661), and how each is known.
 *
 * A port alone proves little: any client may have it.  So the first bytes must agree.
 */
#include "decode/next.h"

#define VXLAN_BYTES 8
#define VXLAN_HAS_NEXT 0x04
#define GENEVE_BYTES 8
#define GTP_BYTES 8
#define GTP_MORE_BYTES 4
#define L2TP_IDS_BYTES 4

enum vxlan_next {
	VXLAN_IP4 = 1,
	VXLAN_IP6 = 2,
	VXLAN_ETHERNET = 3,
	VXLAN_NSH = 4,
	VXLAN_MPLS = 5,
};

enum gtp_flag {
	GTP_HAS_EXTENSION = 0x04,
	GTP_HAS_MORE = 0x07,
};

enum l2tp_flag {
	L2TP_HAS_LENGTH = 0x4000,
	L2TP_HAS_SEQUENCE = 0x0800,
	L2TP_HAS_OFFSET = 0x0200,
};

/* What the first two octets must be, and how many must be there. */
static const struct overlay {
	uint16_t port;
	uint16_t mask;
	uint16_t value;
	uint16_t bytes;
	enum dg_next header;
} overlays[] = {
    {1701, 0x800f, 0x0002, 2, DG_NEXT_L2TP}, /* not control, version 2 */
    {2152, 0xf0ff, 0x30ff, GTP_BYTES, DG_NEXT_GTP}, {4754, 0x0006, 0, 4, DG_NEXT_GRE},
    {4789, 0x0800, 0x0800, VXLAN_BYTES, DG_NEXT_VXLAN},
    {4790, 0x0800, 0x0800, VXLAN_BYTES, DG_NEXT_VXLAN_GPE},
    {6081, 0xc000, 0, GENEVE_BYTES, DG_NEXT_GENEVE}, {6635, 0, 0, 4, DG_NEXT_MPLS},
    {8472, 0x0800, 0x0800, VXLAN_BYTES, DG_NEXT_VXLAN}, /* Linux' own port */
};

static const struct overlay *
find(const struct dg_ports *ports)
{
	for (size_t i = 0; i < sizeof overlays / sizeof *overlays; i++) {
		if (overlays[i].port == ports->destination)
			return &overlays[i];
	}
	/* Both ends of L2TP may use its port, or only the one that was called. */
	return ports->source == overlays[0].port ? &overlays[0] : NULL;
}

enum dg_next
dg_overlay_next(const struct dg_ports *ports, struct dg_cur *c)
{
	const struct overlay *o = find(ports);
	struct dg_cur ahead = *c;
	const uint8_t *h;

	if (o == NULL)
		return DG_NEXT_NOTHING;
	h = dg_cur_take(&ahead, o->bytes);
	if (h != NULL)
		return (dg_be16(h) & o->mask) == o->value ? o->header : DG_NEXT_NOTHING;
	if (ahead.is_short)
		return DG_NEXT_NOTHING;
	*c = ahead;
	return DG_NEXT_FAILED;
}

enum dg_next
dg_vxlan_strip(struct dg_cur *c, bool is_gpe, uint32_t *tunnels)
{
	const uint8_t *h = dg_cur_take(c, VXLAN_BYTES);

	if (h == NULL)
		return DG_NEXT_FAILED;
	*tunnels |= 1u << DG_TUNNEL_VXLAN;
	if (!is_gpe || (h[0] & VXLAN_HAS_NEXT) == 0)
		return DG_NEXT_ETHERNET;
	switch (h[3]) {
	case VXLAN_IP4:
		return DG_NEXT_IP4;
	case VXLAN_IP6:
		return DG_NEXT_IP6;
	case VXLAN_ETHERNET:
		return DG_NEXT_ETHERNET;
	case VXLAN_NSH:
		return DG_NEXT_NSH;
	case VXLAN_MPLS:
		return DG_NEXT_MPLS;
	default:
		return DG_NEXT_NOTHING;
	}
}

enum dg_next
dg_geneve_strip(struct dg_cur *c, uint32_t *tunnels)
{
	const uint8_t *h = dg_cur_take(c, GENEVE_BYTES);

	if (h == NULL || dg_cur_take(c, (h[0] & 0x3fu) * 4) == NULL)
		return DG_NEXT_FAILED;
	*tunnels |= 1u << DG_TUNNEL_GENEVE;
	switch (dg_be16(h + 2)) {
	case DG_ETHERTYPE_ETHERNET:
		return DG_NEXT_ETHERNET;
	case DG_ETHERTYPE_IP4:
		return DG_NEXT_IP4;
	case DG_ETHERTYPE_IP6:
		return DG_NEXT_IP6;
	default:
		return DG_NEXT_NOTHING;
	}
}

/* Each says its length in words of 4 octets, and at its end what follows. */
static bool
take_gtp_extensions(struct dg_cur *c, uint8_t type)
{
	while (type != 0) {
		unsigned words = dg_cur_u8(c);
		const uint8_t *h;

		if (words == 0) {
			c->is_short |= !c->is_cut;
			return false;
		}
		h = dg_cur_take(c, words * 4 - 1);
		if (h == NULL)
			return false;
		type = h[words * 4 - 2];
	}
	return true;
}

enum dg_next
dg_gtp_strip(struct dg_cur *c, uint32_t *tunnels)
{
	const uint8_t *h = dg_cur_take(c, GTP_BYTES), *more;
	struct dg_cur ahead;
	unsigned nibble;

	if (h == NULL)
		return DG_NEXT_FAILED;
	dg_cur_limit(c, dg_be16(h + 2));
	if ((h[0] & GTP_HAS_MORE) != 0) {
		more = dg_cur_take(c, GTP_MORE_BYTES);
		if (more == NULL)
			return DG_NEXT_FAILED;
		if ((h[0] & GTP_HAS_EXTENSION) != 0 && !take_gtp_extensions(c, more[3]))
			return DG_NEXT_FAILED;
	}
	*tunnels |= 1u << DG_TUNNEL_GTP;
	ahead = *c;
	nibble = dg_cur_u8(&ahead) >> 4;
	if (dg_cur_failed(&ahead)) {
		*c = ahead;
		return DG_NEXT_FAILED;
	}
	return nibble == 4 || nibble == 6 ? DG_NEXT_IP : DG_NEXT_NOTHING;
}

enum dg_next
dg_l2tp_strip(struct dg_cur *c, uint32_t *tunnels)
{
	unsigned flags = dg_cur_u16(c);

	if ((flags & L2TP_HAS_LENGTH) != 0)
		(void)dg_cur_u16(c);
	(void)dg_cur_take(c, L2TP_IDS_BYTES);
	if ((flags & L2TP_HAS_SEQUENCE) != 0)
		(void)dg_cur_u32(c);
	if ((flags & L2TP_HAS_OFFSET) != 0)
		(void)dg_cur_take(c, dg_cur_u16(c));
	if (dg_cur_failed(c))
		return DG_NEXT_FAILED;
	*tunnels |= 1u << DG_TUNNEL_L2TP;
	return DG_NEXT_PPP;
}
