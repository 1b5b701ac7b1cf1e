/*
 * link.c - link-level headers: Ethernet with VLAN tags, Linux cooked capture
 * (both versions), BSD loopback, raw IP.
 */
#include "decode/link.h"

#include "base/limits.h"

enum ethertype {
	TYPE_IP4 = 0x0800,
	TYPE_IP6 = 0x86dd,
	TYPE_VLAN = 0x8100,
	TYPE_QINQ = 0x88a8,   /* IEEE 802.1ad */
	TYPE_QINQ_1 = 0x9100, /* older, still met */
	TYPE_QINQ_2 = 0x9200,
	TYPE_MPLS = 0x8847,
	TYPE_MPLS_MULTICAST = 0x8848,
	TYPE_PPPOE_SESSION = 0x8864,
	TYPE_PBB = 0x88e7,
	TYPE_NSH = 0x894f,
	TYPE_TEB = 0x6558,
	TYPE_ERSPAN = 0x88be,
	TYPE_LENGTH_MAX = 1500, /* up to here it is a length: IEEE 802.3 */
};

/* BSD address families, as NULL and LOOP headers hold them; IPv6 has three. */
enum bsd_family {
	BSD_INET = 2,
	LINUX_INET6 = 10,
	BSD_INET6_NET = 24,
	BSD_INET6_FREE = 28,
	BSD_INET6_DARWIN = 30,
};

#define SLL_ARPHRD_NETLINK 824

static enum dg_network
from_ethertype(uint16_t type, struct dg_cur *c)
{
	for (int tags = 0; type == TYPE_VLAN || type == TYPE_QINQ || type == TYPE_QINQ_1 ||
	     type == TYPE_QINQ_2;
	     tags++) {
		if (tags == DG_VLAN_TAGS_MAX) {
			c->is_short = true;
			return DG_NETWORK_FAILED;
		}
		(void)dg_cur_u16(c); /* priority and VLAN number */
		type = dg_cur_u16(c);
		if (dg_cur_failed(c))
			return DG_NETWORK_FAILED;
	}
	switch (type) {
	case TYPE_IP4:
		return DG_NETWORK_IP4;
	case TYPE_IP6:
		return DG_NETWORK_IP6;
	case TYPE_MPLS:
	case TYPE_MPLS_MULTICAST:
	case TYPE_PPPOE_SESSION:
	case TYPE_PBB:
	case TYPE_NSH:
	case TYPE_TEB:
	case TYPE_ERSPAN:
		return DG_NETWORK_TUNNEL;
	default:
		return DG_NETWORK_OTHER;
	}
}

static enum dg_network
strip_ethernet(struct dg_cur *c)
{
	const uint8_t *header = dg_cur_take(c, 14);

	if (header == NULL)
		return DG_NETWORK_FAILED;
	return from_ethertype(dg_be16(header + 12), c);
}

/* Linux cooked capture: type of packet, device, address, then the protocol. */
static enum dg_network
strip_sll(struct dg_cur *c)
{
	const uint8_t *header = dg_cur_take(c, 16);

	if (header == NULL)
		return DG_NETWORK_FAILED;
	if (dg_be16(header + 2) == SLL_ARPHRD_NETLINK)
		return DG_NETWORK_OTHER;
	return from_ethertype(dg_be16(header + 14), c);
}

/* Its second version begins with the protocol and names the interface. */
static enum dg_network
strip_sll2(struct dg_cur *c)
{
	const uint8_t *header = dg_cur_take(c, 20);

	if (header == NULL)
		return DG_NETWORK_FAILED;
	if (dg_be16(header + 8) == SLL_ARPHRD_NETLINK)
		return DG_NETWORK_OTHER;
	return from_ethertype(dg_be16(header), c);
}

/*
 * NULL holds the family in the byte order of the machine that captured, LOOP in
 * the network's.  The families fit in a byte, so whichever end is zero tells.
 */
static enum dg_network
strip_bsd(struct dg_cur *c)
{
	const uint8_t *header = dg_cur_take(c, 4);
	uint32_t family;

	if (header == NULL)
		return DG_NETWORK_FAILED;
	family = dg_be32(header);
	if (family >= 0x10000)
		family = __builtin_bswap32(family);
	switch (family) {
	case BSD_INET:
		return DG_NETWORK_IP4;
	case LINUX_INET6:
	case BSD_INET6_NET:
	case BSD_INET6_FREE:
	case BSD_INET6_DARWIN:
		return DG_NETWORK_IP6;
	default:
		return DG_NETWORK_OTHER;
	}
}

enum dg_network
dg_link_strip(uint32_t linktype, struct dg_cur *c)
{
	switch (linktype) {
	case DG_LINKTYPE_ETHERNET:
		return strip_ethernet(c);
	case DG_LINKTYPE_LINUX_SLL:
		return strip_sll(c);
	case DG_LINKTYPE_LINUX_SLL2:
		return strip_sll2(c);
	case DG_LINKTYPE_NULL:
	case DG_LINKTYPE_LOOP:
		return strip_bsd(c);
	case DG_LINKTYPE_RAW:
	case DG_LINKTYPE_RAW_12:
	case DG_LINKTYPE_RAW_14:
		return DG_NETWORK_IP;
	case DG_LINKTYPE_IPV4:
		return DG_NETWORK_IP4;
	case DG_LINKTYPE_IPV6:
		return DG_NETWORK_IP6;
	default:
		return DG_NETWORK_UNSUPPORTED;
	}
}
