#ifndef DG_DECODE_UDP_H
#define DG_DECODE_UDP_H

#include "decode/packet.h"

/*
 * udp.h - UDP (RFC 768) headers, and the ports of TCP (RFC 9293), which lie in
 * the same place.
 */

enum dg_udp_status {
	DG_UDP_OK,
	DG_UDP_MALFORMED,
	DG_UDP_CUT,
};

/**
 * Reads packet->ip.payload: sets ports and payload.  A UDP length of 0 means
 * "up to the end of IP" (RFC 2675), one past it is cut back to it.
 */
enum dg_udp_status dg_udp_decode(struct dg_packet *packet);

/* Ports only; for TCP. */
enum dg_udp_status dg_tcp_decode(struct dg_packet *packet);

/**
 * Reads the transport header of a quoted packet as far as it goes.  False when not
 * even the ports are there.
 */
bool dg_ports_quoted(struct dg_cur c, struct dg_ports *ports, struct dg_cur *payload);

#endif
