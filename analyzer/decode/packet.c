/*
 * packet.c - the order in which a frame is taken apart.
 */
#include "decode/packet.h"

#include "decode/icmp.h"
#include "decode/ip.h"
#include "decode/link.h"
#include "decode/tunnel.h"
#include "decode/udp.h"

static enum dg_decoded
other(enum dg_verdict *out, enum dg_verdict v)
{
	*out = v;
	return DG_DECODED_OTHER;
}

static enum dg_decoded
decode_fragment(struct dg_packet *packet, enum dg_verdict *verdict)
{
	const struct dg_ip *ip = &packet->ip;

	*verdict = DG_VERDICT_FRAGMENT;
	packet->has_ports = !ip->is_later_fragment && ip->protocol == DG_PROTOCOL_UDP &&
	    dg_udp_decode(packet) == DG_UDP_OK;
	/* The rest of the message is in other packets: cut, not wrong. */
	if (packet->has_ports)
		packet->payload.wire = SIZE_MAX;
	return DG_DECODED_FRAGMENT;
}

static enum dg_decoded
decode_udp(struct dg_packet *packet, enum dg_verdict *verdict)
{
	enum dg_udp_status status = dg_udp_decode(packet);

	if (status != DG_UDP_OK)
		return other(
		    verdict, status == DG_UDP_CUT ? DG_VERDICT_CUT : DG_VERDICT_MALFORMED);
	*verdict = dg_tunnel_is_udp(&packet->ports) ? DG_VERDICT_TUNNEL : DG_VERDICT_UDP_OTHER;
	return DG_DECODED_UDP;
}

static enum dg_decoded
decode_tcp(struct dg_packet *packet, enum dg_verdict *verdict)
{
	enum dg_udp_status status;

	status = dg_tcp_decode(packet);
	if (status != DG_UDP_OK)
		return other(
		    verdict, status == DG_UDP_CUT ? DG_VERDICT_CUT : DG_VERDICT_MALFORMED);
	*verdict = DG_VERDICT_TCP_OTHER;
	return DG_DECODED_TCP;
}

static enum dg_decoded
decode_icmp(struct dg_packet *packet, enum dg_verdict *verdict)
{
	enum dg_icmp_status status;

	status = dg_icmp_decode(packet);
	if (status != DG_ICMP_OK)
		return other(
		    verdict, status == DG_ICMP_CUT ? DG_VERDICT_CUT : DG_VERDICT_MALFORMED);
	*verdict = DG_VERDICT_ICMP_OTHER;
	return DG_DECODED_ICMP;
}

static enum dg_decoded
decode_transport(struct dg_packet *packet, enum dg_verdict *verdict)
{
	const struct dg_ip *ip = &packet->ip;

	if (ip->is_fragment)
		return decode_fragment(packet, verdict);
	if (ip->protocol == DG_PROTOCOL_UDP)
		return decode_udp(packet, verdict);
	if (ip->protocol == DG_PROTOCOL_TCP)
		return decode_tcp(packet, verdict);
	if ((ip->protocol == DG_PROTOCOL_ICMP && ip->family == DG_FAMILY_IP4) ||
	    (ip->protocol == DG_PROTOCOL_ICMP6 && ip->family == DG_FAMILY_IP6))
		return decode_icmp(packet, verdict);
	if (dg_tunnel_is_ip(ip->protocol))
		return other(verdict, DG_VERDICT_TUNNEL);
	return other(verdict, DG_VERDICT_IP_OTHER);
}

static enum dg_decoded
decode_ip(struct dg_cur *c, enum dg_network network, struct dg_packet *packet,
    enum dg_verdict *verdict)
{
	enum dg_ip_status status;

	if (network == DG_NETWORK_IP) {
		/* With no byte captured, IPv4 will say how it failed. */
		unsigned version = c->left > 0 ? c->at[0] >> 4 : 4;

		if (version != 4 && version != 6)
			return other(verdict, DG_VERDICT_MALFORMED);
		network = version == 6 ? DG_NETWORK_IP6 : DG_NETWORK_IP4;
	}
	status = network == DG_NETWORK_IP6 ? dg_ip6_decode(c, false, &packet->ip)
					   : dg_ip4_decode(c, false, &packet->ip);
	if (status == DG_IP_CUT)
		return other(verdict, DG_VERDICT_CUT);
	if (status == DG_IP_MALFORMED)
		return other(verdict, DG_VERDICT_MALFORMED);
	return decode_transport(packet, verdict);
}

enum dg_decoded
dg_decode(const struct dg_frame *frame, const struct dg_server_ports *server_ports,
    struct dg_packet *packet, enum dg_verdict *verdict)
{
	struct dg_cur c = dg_cur_make(frame->data, frame->captured, frame->on_wire);
	enum dg_network network = dg_link_strip(frame->linktype, &c);

	(void)server_ports;
	packet->outer_mark = 0;
	packet->tunnels = 0;
	packet->outer_headers = 0;
	packet->path = frame->data;
	packet->path_bytes = (uint32_t)(c.at - frame->data);
	switch (network) {
	case DG_NETWORK_IP4:
	case DG_NETWORK_IP6:
	case DG_NETWORK_IP:
		return decode_ip(&c, network, packet, verdict);
	case DG_NETWORK_TUNNEL:
		return other(verdict, DG_VERDICT_TUNNEL);
	case DG_NETWORK_OTHER:
		return other(verdict, DG_VERDICT_NOT_IP);
	case DG_NETWORK_UNSUPPORTED:
		return other(verdict, DG_VERDICT_LINK_UNSUPPORTED);
	case DG_NETWORK_FAILED:
		break;
	}
	return other(verdict, c.is_cut ? DG_VERDICT_CUT : DG_VERDICT_MALFORMED);
}

enum dg_decoded
dg_decode_whole(const struct dg_server_ports *server_ports, struct dg_packet *packet,
    enum dg_verdict *verdict)
{
	enum dg_ip_status status = packet->ip.family == DG_FAMILY_IP6
	    ? dg_ip6_decode_whole(&packet->ip)
	    : dg_ip4_decode_whole(&packet->ip);

	(void)server_ports;
	if (status != DG_IP_OK)
		return other(
		    verdict, status == DG_IP_CUT ? DG_VERDICT_CUT : DG_VERDICT_MALFORMED);
	return decode_transport(packet, verdict);
}

bool
dg_decode_supports(uint32_t linktype)
{
	struct dg_cur nothing = dg_cur_make((const uint8_t *)"", 0, 0);

	return dg_link_strip(linktype, &nothing) != DG_NETWORK_UNSUPPORTED;
}
