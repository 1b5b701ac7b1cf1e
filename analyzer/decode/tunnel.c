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

static const char *const names[DG_TUNNEL_COUNT] = {
    [DG_TUNNEL_MPLS] = "mpls",
    [DG_TUNNEL_PPPOE] = "pppoe",
    [DG_TUNNEL_PBB] = "pbb",
    [DG_TUNNEL_NSH] = "nsh",
    [DG_TUNNEL_GRE] = "gre",
    [DG_TUNNEL_ERSPAN] = "erspan",
    [DG_TUNNEL_VXLAN] = "vxlan",
    [DG_TUNNEL_GENEVE] = "geneve",
    [DG_TUNNEL_GTP] = "gtp",
    [DG_TUNNEL_L2TP] = "l2tp",
    [DG_TUNNEL_IP4] = "ip-in-ipv4",
    [DG_TUNNEL_IP6] = "ip-in-ipv6",
};

const char *
dg_tunnel_name(enum dg_tunnel tunnel)
{
	return names[tunnel];
}
