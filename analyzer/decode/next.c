/*
 * next.c - which header is taken by whom; the tunnels' names.
 */
#include "decode/next.h"

enum dg_next
dg_next_strip(enum dg_next header, struct dg_cur *c, uint32_t *tunnels)
{
	switch (header) {
	case DG_NEXT_ETHERNET:
		return dg_ethernet_strip(c);
	case DG_NEXT_PPP:
		return dg_ppp_strip(c);
	case DG_NEXT_PPPOE:
		return dg_pppoe_strip(c, tunnels);
	case DG_NEXT_PBB:
		return dg_pbb_strip(c, tunnels);
	case DG_NEXT_NSH:
		return dg_nsh_strip(c, tunnels);
	case DG_NEXT_MPLS:
		return dg_mpls_strip(c, tunnels);
	case DG_NEXT_GRE:
		return dg_gre_strip(c, tunnels);
	case DG_NEXT_ERSPAN_2:
		return dg_erspan2_strip(c, tunnels);
	case DG_NEXT_ERSPAN_3:
		return dg_erspan3_strip(c, tunnels);
	case DG_NEXT_VXLAN:
		return dg_vxlan_strip(c, false, tunnels);
	case DG_NEXT_VXLAN_GPE:
		return dg_vxlan_strip(c, true, tunnels);
	case DG_NEXT_GENEVE:
		return dg_geneve_strip(c, tunnels);
	case DG_NEXT_GTP:
		return dg_gtp_strip(c, tunnels);
	case DG_NEXT_L2TP:
		return dg_l2tp_strip(c, tunnels);
	default:
		return header;
	}
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
