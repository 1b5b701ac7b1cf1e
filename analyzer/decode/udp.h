#ifndef DG_DECODE_UDP_H
#define DG_DECODE_UDP_H

#include "decode/packet.h"

/*
 * udp.h - UDP (RFC 768) and TCP (RFC 9293) headers.
 */

#define DG_UDP_HEADER_BYTES 8

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

/**
 * Reads packet->ip.payload: sets ports (the rest of UDP's is 0), tcp and payload.  A data
 * offset below 5, or past the packet, is malformed.  When the capture cut the options off,
 * nothing of the payload was captured.
 */
enum dg_udp_status dg_tcp_decode(struct dg_packet *packet);

/**
 * Read the transport header of the quoted packet quote->ip as far as it goes: ports and
 * payload, or ports and seq.  When not even the ports are there, has_ports is false.
 */
void dg_udp_decode_quote(struct dg_quote *quote);
void dg_tcp_decode_quote(struct dg_quote *quote);

#endif
