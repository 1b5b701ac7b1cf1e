#ifndef DG_DECODE_VERDICT_H
#define DG_DECODE_VERDICT_H

/*
 * verdict.h - what became of a frame.  Every frame gets exactly one.
 */

enum dg_verdict {
	DG_VERDICT_DNS,           /* holds a DNS message to or from a server port */
	DG_VERDICT_DNS_MALFORMED, /* server port, but the payload is no DNS message */
	DG_VERDICT_DNS_CUT,       /* the capture cut the message before its question's end */
	DG_VERDICT_ICMP_ERROR,    /* quotes a UDP packet to or from a server port */
	DG_VERDICT_ICMP_OTHER,    /* any other ICMP or ICMPv6 */
	DG_VERDICT_UDP_OTHER,     /* no server port */
	DG_VERDICT_TCP_DNS,       /* TCP to or from a server port */
	DG_VERDICT_TCP_OTHER,
	DG_VERDICT_FRAGMENT, /* of an IP packet, first or not */
	DG_VERDICT_TUNNEL,   /* a packet inside a packet */
	DG_VERDICT_NOT_IP,
	DG_VERDICT_IP_OTHER,  /* another protocol over IP */
	DG_VERDICT_MALFORMED, /* a header that breaks its own rules */
	DG_VERDICT_CUT,       /* the capture cut a header */
	DG_VERDICT_LINK_UNSUPPORTED,
	DG_VERDICT_COUNT
};

/* The verdict's name in reports; static. */
const char *dg_verdict_name(enum dg_verdict v);

#endif
