/*
 * tunnel.c - packets inside packets, recognised.
 */
#include "decode/tunnel.h"

enum tunnel_port {
	PORT_GTP_U = 2152,
	PORT_VXLAN = 4789,
	PORT_GENEVE = 6081,
};

bool
dg_tunnel_is_ip(uint8_t protocol)
{
	switch (protocol) {
	case DG_PROTOCOL_IPIP:
	case DG_PROTOCOL_IP6:
	case DG_PROTOCOL_GRE:
	case DG_PROTOCOL_L2TP:
	case DG_PROTOCOL_MPLS:
		return true;
	default:
		return false;
	}
}

bool
dg_tunnel_is_udp(const struct dg_ports *ports)
{
	return ports->destination == PORT_VXLAN || ports->destination == PORT_GENEVE ||
	    ports->destination == PORT_GTP_U;
}
