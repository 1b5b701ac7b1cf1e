#ifndef DG_DECODE_NEXT_H
#define DG_DECODE_NEXT_H

#include "decode/packet.h"

/*
 * next.h - headers that stand before IP, by the rules of docs/decoding.md.
 *
 * Each function takes one header off the cursor and says what follows; packet.c goes on with
 * that, in a loop.  Every one of them takes at least one byte, or says what is IP, or an end.
 */

enum dg_next {
	DG_NEXT_IP4,
	DG_NEXT_IP6,
	DG_NEXT_IP, /* 4 or 6: the first nibble tells */

	/* Ends. */
	DG_NEXT_NOTHING, /* no IP */
	DG_NEXT_OPAQUE,  /* a tunnel that nobody can look into */
	DG_NEXT_UNSUPPORTED,
	DG_NEXT_FAILED, /* the cursor says how */

	/* Headers for dg_next_strip. */
	DG_NEXT_ETHERNET,
	DG_NEXT_PPP,
	DG_NEXT_PPPOE,
	DG_NEXT_PBB,
	DG_NEXT_NSH,
	DG_NEXT_MPLS,
	DG_NEXT_GRE,
	DG_NEXT_ERSPAN_2,
	DG_NEXT_ERSPAN_3,
	DG_NEXT_VXLAN,
	DG_NEXT_VXLAN_GPE,
	DG_NEXT_GENEVE,
	DG_NEXT_GTP,
	DG_NEXT_L2TP,
};

enum dg_ethertype {
	DG_ETHERTYPE_IP4 = 0x0800,
	DG_ETHERTYPE_ERSPAN_3 = 0x22eb,
	DG_ETHERTYPE_ETHERNET = 0x6558,
	DG_ETHERTYPE_VLAN = 0x8100,
	DG_ETHERTYPE_IP6 = 0x86dd,
	DG_ETHERTYPE_PPP = 0x880b,
	DG_ETHERTYPE_MPLS = 0x8847,
	DG_ETHERTYPE_MPLS_MULTICAST = 0x8848,
	DG_ETHERTYPE_PPPOE = 0x8864,
	DG_ETHERTYPE_QINQ = 0x88a8, /* IEEE 802.1ad */
	DG_ETHERTYPE_ERSPAN = 0x88be,
	DG_ETHERTYPE_PBB = 0x88e7, /* IEEE 802.1ah */
	DG_ETHERTYPE_NSH = 0x894f,
	DG_ETHERTYPE_QINQ_1 = 0x9100, /* older, still met */
	DG_ETHERTYPE_QINQ_2 = 0x9200,
};

/* Up to here an EtherType is a length (IEEE 802.3). */
#define DG_ETHERTYPE_LENGTH_MAX 1500

/* One header of those for dg_next_strip; sets its bit in `tunnels`. */
enum dg_next dg_next_strip(enum dg_next header, struct dg_cur *c, uint32_t *tunnels);

/* A header breaks its own rules. */
static inline enum dg_next
dg_next_malformed(struct dg_cur *c)
{
	c->is_short = true;
	return DG_NEXT_FAILED;
}

/* ethernet.c.  Addresses, type, VLAN tags, LLC. */
enum dg_next dg_ethernet_strip(struct dg_cur *c);
/* VLAN tags, from the type on that was read already; one up to 1500 is no length there. */
enum dg_next dg_ethertype_strip(uint16_t type, struct dg_cur *c);
/* IEEE 802.2, with SNAP. */
enum dg_next dg_llc_strip(struct dg_cur *c);
/* An organisation and a type, as SNAP has them. */
enum dg_next dg_snap_strip(struct dg_cur *c);
/* An NLPID (ISO/IEC TR 9577) that was read already. */
enum dg_next dg_nlpid_next(uint8_t nlpid);

/* ppp.c */
enum dg_next dg_ppp_strip(struct dg_cur *c);
enum dg_next dg_pppoe_strip(struct dg_cur *c, uint32_t *tunnels);

/* shim.c.  MPLS (RFC 3032), PBB's I-TAG (IEEE 802.1ah), NSH (RFC 8300). */
enum dg_next dg_mpls_strip(struct dg_cur *c, uint32_t *tunnels);
enum dg_next dg_pbb_strip(struct dg_cur *c, uint32_t *tunnels);
enum dg_next dg_nsh_strip(struct dg_cur *c, uint32_t *tunnels);

/* gre.c */
enum dg_next dg_gre_strip(struct dg_cur *c, uint32_t *tunnels);
enum dg_next dg_erspan2_strip(struct dg_cur *c, uint32_t *tunnels);
enum dg_next dg_erspan3_strip(struct dg_cur *c, uint32_t *tunnels);

/* overlay.c.  What rides on UDP. */
enum dg_next dg_vxlan_strip(struct dg_cur *c, bool is_gpe, uint32_t *tunnels);
enum dg_next dg_geneve_strip(struct dg_cur *c, uint32_t *tunnels);
enum dg_next dg_gtp_strip(struct dg_cur *c, uint32_t *tunnels);
enum dg_next dg_l2tp_strip(struct dg_cur *c, uint32_t *tunnels);

/**
 * What a UDP packet without a server port carries, by its ports and its first bytes; `c` is its
 * payload, of which nothing is taken.  DG_NEXT_NOTHING when it is no tunnel.
 */
enum dg_next dg_overlay_next(const struct dg_ports *ports, struct dg_cur *c);

#endif
