#ifndef DG_DECODE_LINK_H
#define DG_DECODE_LINK_H

#include <stdint.h>

#include "base/cursor.h"

/*
 * link.h - link-level headers (https://www.tcpdump.org/linktypes.html).
 */

enum dg_linktype {
	DG_LINKTYPE_NULL = 0,
	DG_LINKTYPE_ETHERNET = 1,
	DG_LINKTYPE_RAW_12 = 12,
	DG_LINKTYPE_RAW_14 = 14,
	DG_LINKTYPE_RAW = 101,
	DG_LINKTYPE_LOOP = 108,
	DG_LINKTYPE_LINUX_SLL = 113,
	DG_LINKTYPE_IPV4 = 228,
	DG_LINKTYPE_IPV6 = 229,
	DG_LINKTYPE_LINUX_SLL2 = 276,
};

enum dg_network {
	DG_NETWORK_IP4,
	DG_NETWORK_IP6,
	DG_NETWORK_IP,     /* 4 or 6: the first nibble tells */
	DG_NETWORK_TUNNEL, /* MPLS, PPPoE and others that carry IP further in */
	DG_NETWORK_OTHER,
	DG_NETWORK_UNSUPPORTED,
	DG_NETWORK_FAILED, /* the cursor says how */
};

/* Takes the link's headers, VLAN tags too, off the cursor; says what follows. */
enum dg_network dg_link_strip(uint32_t linktype, struct dg_cur *c);

#endif
