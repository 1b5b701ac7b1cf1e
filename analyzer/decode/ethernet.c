/*
 * ethernet.c - Ethernet, VLAN tags, and what EtherTypes, LLC (IEEE 802.2) and SNAP announce.
 */
#include "base/limits.h"
#include "decode/next.h"

#define HEADER_BYTES 14
#define TYPE_AT 12
#define LLC_BYTES 3
#define SNAP_BYTES 5

/* Organisations of SNAP whose types are EtherTypes (RFC 1042; IEEE 802.1H). */
#define SNAP_ETHERNET 0x000000u
#define SNAP_BRIDGE 0x0000f8u

enum nlpid {
	NLPID_IP6 = 0x8e,
	NLPID_IP4 = 0xcc,
};

static inline bool
is_tag(uint16_t type)
{
	return type == DG_ETHERTYPE_VLAN || type == DG_ETHERTYPE_QINQ ||
	    type == DG_ETHERTYPE_QINQ_1 || type == DG_ETHERTYPE_QINQ_2;
}

/* VLAN tags (IEEE 802.1Q).  Returns the type behind them; 0 when the cursor failed. */
static uint16_t
take_tags(uint16_t type, struct dg_cur *c)
{
	for (int tags = 0; is_tag(type); tags++) {
		if (tags == DG_VLAN_TAGS_MAX) {
			c->is_short = true;
			return 0;
		}
		(void)dg_cur_u16(c); /* priority and VLAN number */
		type = dg_cur_u16(c);
	}
	return type;
}

static enum dg_next
of_type(uint16_t type)
{
	switch (type) {
	case DG_ETHERTYPE_IP4:
		return DG_NEXT_IP4;
	case DG_ETHERTYPE_IP6:
		return DG_NEXT_IP6;
	case DG_ETHERTYPE_MPLS:
	case DG_ETHERTYPE_MPLS_MULTICAST:
		return DG_NEXT_MPLS;
	case DG_ETHERTYPE_PPPOE:
		return DG_NEXT_PPPOE;
	case DG_ETHERTYPE_PBB:
		return DG_NEXT_PBB;
	case DG_ETHERTYPE_NSH:
		return DG_NEXT_NSH;
	default:
		return DG_NEXT_NOTHING;
	}
}

enum dg_next
dg_ethernet_strip(struct dg_cur *c)
{
	const uint8_t *header = dg_cur_take(c, HEADER_BYTES);
	uint16_t type;

	if (header == NULL)
		return DG_NEXT_FAILED;
	type = dg_be16(header + TYPE_AT);
	if (type == DG_ETHERTYPE_IP4)
		return DG_NEXT_IP4;
	type = take_tags(type, c);
	if (dg_cur_failed(c))
		return DG_NEXT_FAILED;
	return type <= DG_ETHERTYPE_LENGTH_MAX ? dg_llc_strip(c) : of_type(type);
}

enum dg_next
dg_ethertype_strip(uint16_t type, struct dg_cur *c)
{
	bool is_tagged = is_tag(type);

	type = take_tags(type, c);
	if (dg_cur_failed(c))
		return DG_NEXT_FAILED;
	if (is_tagged && type <= DG_ETHERTYPE_LENGTH_MAX)
		return dg_llc_strip(c);
	return of_type(type);
}

enum dg_next
dg_nlpid_next(uint8_t nlpid)
{
	if (nlpid == NLPID_IP4)
		return DG_NEXT_IP4;
	return nlpid == NLPID_IP6 ? DG_NEXT_IP6 : DG_NEXT_NOTHING;
}

enum dg_next
dg_snap_strip(struct dg_cur *c)
{
	const uint8_t *h = dg_cur_take(c, SNAP_BYTES);
	uint32_t organisation;

	if (h == NULL)
		return DG_NEXT_FAILED;
	organisation = dg_be32(h) >> 8;
	if (organisation != SNAP_ETHERNET && organisation != SNAP_BRIDGE)
		return DG_NEXT_NOTHING;
	return dg_ethertype_strip(dg_be16(h + 3), c);
}

enum dg_next
dg_llc_strip(struct dg_cur *c)
{
	const uint8_t *h = dg_cur_take(c, LLC_BYTES);

	if (h == NULL)
		return DG_NEXT_FAILED;
	if (h[2] != 0x03) /* unnumbered information */
		return DG_NEXT_NOTHING;
	if (h[0] == 0xaa && h[1] == 0xaa)
		return dg_snap_strip(c);
	if (h[0] == 0xfe && h[1] == 0xfe) {
		h = dg_cur_take(c, 1);
		return h != NULL ? dg_nlpid_next(h[0]) : DG_NEXT_FAILED;
	}
	return DG_NEXT_NOTHING;
}
