/*
 * link.c - which link has which header; those that are a few octets only.
 */
#include "decode/link.h"

#define SLL_BYTES 16
#define SLL2_BYTES 20
#define SLL_ARPHRD_NETLINK 824
#define SLL_LLC 4 /* the one type up to 1500 that can be IP */
#define PPI_MIN 8
#define PKTAP_MIN 12
#define HDLC_UNICAST 0x0f
#define HDLC_MULTICAST 0x8f
#define FRELAY_ADDRESS_MAX 4
#define NLPID_SNAP 0x80

/* BSD address families, as NULL and LOOP headers hold them; IPv6 has three. */
enum bsd_family {
	BSD_INET = 2,
	LINUX_INET6 = 10,
	BSD_INET6_NET = 24,
	BSD_INET6_FREE = 28,
	BSD_INET6_DARWIN = 30,
};

static enum dg_next
of_sll(uint16_t hardware, uint16_t type, struct dg_cur *c)
{
	if (hardware == SLL_ARPHRD_NETLINK)
		return DG_NEXT_NOTHING;
	return type == SLL_LLC ? dg_llc_strip(c) : dg_ethertype_strip(type, c);
}

/* Linux cooked capture: type of packet, device, address, then the protocol. */
static enum dg_next
strip_sll(struct dg_cur *c)
{
	const uint8_t *header = dg_cur_take(c, SLL_BYTES);

	return header != NULL ? of_sll(dg_be16(header + 2), dg_be16(header + 14), c)
			      : DG_NEXT_FAILED;
}

/* Its second version begins with the protocol and names the interface. */
static enum dg_next
strip_sll2(struct dg_cur *c)
{
	const uint8_t *header = dg_cur_take(c, SLL2_BYTES);

	return header != NULL ? of_sll(dg_be16(header + 8), dg_be16(header), c)
			      : DG_NEXT_FAILED;
}

/*
 * NULL holds the family in the byte order of the machine that captured, LOOP in
 * the network's.  The families fit in a byte, so whichever end is zero tells.
 */
static enum dg_next
strip_bsd(uint32_t linktype, struct dg_cur *c)
{
	uint32_t family = dg_cur_u32(c);

	if (dg_cur_failed(c))
		return DG_NEXT_FAILED;
	if (linktype == DG_LINKTYPE_NULL && family >= 0x10000)
		family = __builtin_bswap32(family);
	switch (family) {
	case BSD_INET:
		return DG_NEXT_IP4;
	case LINUX_INET6:
	case BSD_INET6_NET:
	case BSD_INET6_FREE:
	case BSD_INET6_DARWIN:
		return DG_NEXT_IP6;
	default:
		return DG_NEXT_NOTHING;
	}
}

/* Cisco's HDLC: address, control, EtherType. */
static enum dg_next
strip_hdlc(struct dg_cur *c)
{
	const uint8_t *h = dg_cur_take(c, 4);

	return h != NULL ? dg_ethertype_strip(dg_be16(h + 2), c) : DG_NEXT_FAILED;
}

static enum dg_next
strip_ppp_hdlc(struct dg_cur *c)
{
	struct dg_cur ahead = *c;
	uint8_t address = dg_cur_u8(&ahead);

	return address == HDLC_UNICAST || address == HDLC_MULTICAST ? strip_hdlc(c)
								    : dg_ppp_strip(c);
}

static enum dg_next
strip_ppp_ether(struct dg_cur *c, uint32_t *tunnels)
{
	enum dg_next next = dg_pppoe_strip(c, tunnels);

	return next == DG_NEXT_PPP ? dg_ppp_strip(c) : next;
}

/* Frame relay: an address of Q.922, then RFC 2427 or Cisco's EtherType. */
static enum dg_next
strip_frelay(struct dg_cur *c)
{
	uint8_t octet, nlpid;

	(void)dg_cur_u8(c);
	octet = dg_cur_u8(c);
	for (int n = 2; n < FRELAY_ADDRESS_MAX && (octet & 1) == 0; n++)
		octet = dg_cur_u8(c);
	octet = dg_cur_u8(c);
	nlpid = dg_cur_u8(c);
	if (dg_cur_failed(c))
		return DG_NEXT_FAILED;
	if (octet != 0x03) {
		/* Both octets are a type. */
		return dg_ethertype_strip((uint16_t)(octet << 8 | nlpid), c);
	}
	if (nlpid == 0)
		nlpid = dg_cur_u8(c); /* that was a pad octet */
	if (dg_cur_failed(c))
		return DG_NEXT_FAILED;
	return nlpid == NLPID_SNAP ? dg_snap_strip(c) : dg_nlpid_next(nlpid);
}

/*
 * PPI and PKTAP put a header of their own before the link's and name its type.  Returns
 * that; when the cursor failed, any.
 */
static uint32_t
strip_container(uint32_t linktype, struct dg_cur *c)
{
	bool is_ppi = linktype == DG_LINKTYPE_PPI;
	size_t least = is_ppi ? PPI_MIN : PKTAP_MIN, length;
	const uint8_t *h = dg_cur_take(c, least);

	if (h == NULL)
		return linktype;
	length = is_ppi ? dg_le16(h + 2) : dg_le32(h);
	if (length < least) {
		c->is_short = true;
		return linktype;
	}
	(void)dg_cur_take(c, length - least);
	return dg_le32(h + (is_ppi ? 4 : 8));
}

static enum dg_next
strip(uint32_t linktype, struct dg_cur *c, uint32_t *tunnels)
{
	switch (linktype) {
	case DG_LINKTYPE_ETHERNET:
		return dg_ethernet_strip(c);
	case DG_LINKTYPE_LINUX_SLL:
		return strip_sll(c);
	case DG_LINKTYPE_LINUX_SLL2:
		return strip_sll2(c);
	case DG_LINKTYPE_NULL:
	case DG_LINKTYPE_LOOP:
		return strip_bsd(linktype, c);
	case DG_LINKTYPE_RAW:
	case DG_LINKTYPE_RAW_12:
	case DG_LINKTYPE_RAW_14:
		return DG_NEXT_IP;
	case DG_LINKTYPE_IPV4:
		return DG_NEXT_IP4;
	case DG_LINKTYPE_IPV6:
		return DG_NEXT_IP6;
	case DG_LINKTYPE_PPP_WITH_DIR:
		(void)dg_cur_u8(c);
		return dg_cur_failed(c) ? DG_NEXT_FAILED : dg_ppp_strip(c);
	case DG_LINKTYPE_PPP:
		return dg_ppp_strip(c);
	case DG_LINKTYPE_PPP_HDLC:
		return strip_ppp_hdlc(c);
	case DG_LINKTYPE_PPP_ETHER:
		return strip_ppp_ether(c, tunnels);
	case DG_LINKTYPE_C_HDLC:
		return strip_hdlc(c);
	case DG_LINKTYPE_FRELAY:
		return strip_frelay(c);
	case DG_LINKTYPE_NFLOG:
		return dg_nflog_strip(c);
	default:
		return DG_NEXT_UNSUPPORTED;
	}
}

/* A link whose own header is the first. */
static enum dg_next
strip_plain(uint32_t linktype, struct dg_cur *c, struct dg_packet *packet)
{
	enum dg_next next = strip(linktype, c, &packet->tunnels);

	packet->path_bytes = (uint32_t)(c->at - packet->path);
	return next;
}

/* What may hold a header before the link's: radio headers, PPI, PKTAP. */
static enum dg_next
strip_more(uint32_t linktype, struct dg_cur *c, struct dg_packet *packet)
{
	switch (linktype) {
	case DG_LINKTYPE_PPI:
	case DG_LINKTYPE_PKTAP:
	case DG_LINKTYPE_PKTAP_APPLE:
		linktype = strip_container(linktype, c);
		packet->path = c->at;
		if (dg_cur_failed(c))
			return DG_NEXT_FAILED;
		break;
	default:
		break;
	}
	switch (linktype) {
	case DG_LINKTYPE_IEEE802_11:
	case DG_LINKTYPE_IEEE802_11_RADIOTAP:
	case DG_LINKTYPE_IEEE802_11_PRISM:
	case DG_LINKTYPE_IEEE802_11_AVS:
		return dg_wifi_strip(linktype, c, packet);
	default:
		return strip_plain(linktype, c, packet);
	}
}

enum dg_next
dg_link_strip(uint32_t linktype, struct dg_cur *c, struct dg_packet *packet)
{
	enum dg_next next;

	packet->path = c->at;
	packet->path_bytes = 0;
	/* Most frames are Ethernet: nothing else is asked before. */
	if (linktype != DG_LINKTYPE_ETHERNET)
		return strip_more(linktype, c, packet);
	next = dg_ethernet_strip(c);
	packet->path_bytes = (uint32_t)(c->at - packet->path);
	return next;
}
