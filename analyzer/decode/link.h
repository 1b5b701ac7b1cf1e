#ifndef DG_DECODE_LINK_H
#define DG_DECODE_LINK_H

#include "decode/next.h"

/*
 * link.h - link-level headers (https://www.tcpdump.org/linktypes.html).
 */

enum dg_linktype {
	DG_LINKTYPE_NULL = 0,
	DG_LINKTYPE_ETHERNET = 1,
	DG_LINKTYPE_PPP = 9,
	DG_LINKTYPE_RAW_12 = 12,
	DG_LINKTYPE_RAW_14 = 14,
	DG_LINKTYPE_PPP_HDLC = 50,
	DG_LINKTYPE_PPP_ETHER = 51,
	DG_LINKTYPE_RAW = 101,
	DG_LINKTYPE_C_HDLC = 104,
	DG_LINKTYPE_IEEE802_11 = 105,
	DG_LINKTYPE_FRELAY = 107,
	DG_LINKTYPE_LOOP = 108,
	DG_LINKTYPE_LINUX_SLL = 113,
	DG_LINKTYPE_IEEE802_11_PRISM = 119,
	DG_LINKTYPE_IEEE802_11_RADIOTAP = 127,
	DG_LINKTYPE_PKTAP_APPLE = 149, /* DLT_USER2: what Apple's own tools write */
	DG_LINKTYPE_IEEE802_11_AVS = 163,
	DG_LINKTYPE_PPI = 192,
	DG_LINKTYPE_PPP_WITH_DIR = 204,
	DG_LINKTYPE_IPV4 = 228,
	DG_LINKTYPE_IPV6 = 229,
	DG_LINKTYPE_NFLOG = 239,
	DG_LINKTYPE_PKTAP = 258,
	DG_LINKTYPE_LINUX_SLL2 = 276,
};

/**
 * Takes the link's header off the cursor and says what follows.  Sets path, path_bytes and,
 * for a link that is a tunnel itself (PPPoE), tunnels.
 */
enum dg_next dg_link_strip(uint32_t linktype, struct dg_cur *c, struct dg_packet *packet);

/**
 * Data frames of IEEE 802.11, behind radiotap (http://www.radiotap.org), Prism's or AVS' radio
 * headers.  Sets path and path_bytes to the three first addresses.
 */
enum dg_next dg_wifi_strip(uint32_t linktype, struct dg_cur *c, struct dg_packet *packet);

/* Linux' netfilter log: values with type and length, one of them the packet. */
enum dg_next dg_nflog_strip(struct dg_cur *c);

/* Numbers in the byte order of little-endian machines, as capturing software writes them. */
static inline uint16_t
dg_le16(const uint8_t *p)
{
	return (uint16_t)(p[1] << 8 | p[0]);
}

static inline uint32_t
dg_le32(const uint8_t *p)
{
	return __builtin_bswap32(dg_be32(p));
}

#endif
