#ifndef DG_DECODE_TUNNEL_H
#define DG_DECODE_TUNNEL_H

#include "decode/packet.h"

/*
 * tunnel.h - packets inside packets.  They are recognised and named; what they
 * carry is not looked at.
 */

/* IP in IP (RFC 2003), 6in4 (RFC 4213), GRE (RFC 2784), L2TPv3, MPLS in IP. */
bool dg_tunnel_is_ip(uint8_t protocol);

/* VXLAN (RFC 7348), GENEVE (RFC 8926) and GTP-U, by their registered ports. */
bool dg_tunnel_is_udp(const struct dg_ports *ports);

#endif
