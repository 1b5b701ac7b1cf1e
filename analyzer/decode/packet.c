/*
 * packet.c - the order in which a frame is taken apart.
 *
 * One loop: headers up to an IP header, that header, what it carries; and again, when that is
 * a tunnel.  Every turn takes at least the bytes of one header, and there are
 * DG_IP_HEADERS_MAX turns.
 */
#include "decode/packet.h"

#include "base/hash.h"
#include "base/limits.h"
#include "decode/icmp.h"
#include "decode/ip.h"
#include "decode/link.h"
#include "decode/udp.h"

static enum dg_decoded
other(enum dg_verdict *out, enum dg_verdict v)
{
	*out = v;
	return DG_DECODED_OTHER;
}

static enum dg_decoded
failed(enum dg_verdict *out, bool is_cut)
{
	return other(out, is_cut ? DG_VERDICT_CUT : DG_VERDICT_MALFORMED);
}

static enum dg_decoded
decode_fragment(struct dg_packet *packet, enum dg_verdict *verdict)
{
	const struct dg_ip *ip = &packet->ip;

	*verdict = DG_VERDICT_FRAGMENT;
	packet->has_ports = !ip->is_later_fragment && ip->protocol == DG_PROTOCOL_UDP &&
	    dg_udp_decode(packet) == DG_UDP_OK;
	/* The rest of the message is in other packets: cut, not wrong, as far as UDP says. */
	if (packet->has_ports)
		packet->payload.wire = packet->ports.udp_length != 0
		    ? packet->ports.udp_length - (size_t)DG_UDP_HEADER_BYTES
		    : SIZE_MAX;
	return DG_DECODED_FRAGMENT;
}

static enum dg_decoded
decode_tcp(struct dg_packet *packet, enum dg_verdict *verdict)
{
	enum dg_udp_status status = dg_tcp_decode(packet);

	if (status != DG_UDP_OK)
		return failed(verdict, status == DG_UDP_CUT);
	*verdict = DG_VERDICT_TCP_OTHER;
	return DG_DECODED_TCP;
}

static enum dg_decoded
decode_icmp(struct dg_packet *packet, enum dg_verdict *verdict)
{
	enum dg_icmp_status status = dg_icmp_decode(packet);

	if (status != DG_ICMP_OK)
		return failed(verdict, status == DG_ICMP_CUT);
	*verdict = DG_VERDICT_ICMP_OTHER;
	return DG_DECODED_ICMP;
}

/* How an IP header's payload goes on: with `next` NOTHING it is over, and `decoded` the result.
 */
struct turn {
	enum dg_decoded decoded;
	enum dg_next next;
};

static struct turn
over(enum dg_decoded decoded)
{
	return (struct turn){decoded, DG_NEXT_NOTHING};
}

static struct turn
go_on(enum dg_next next)
{
	return (struct turn){DG_DECODED_OTHER, next};
}

/* A tunnel by its protocol number. */
static struct turn
decode_tunnel(struct dg_packet *packet, enum dg_verdict *verdict)
{
	enum dg_tunnel ip_in =
	    packet->ip.family == DG_FAMILY_IP4 ? DG_TUNNEL_IP4 : DG_TUNNEL_IP6;

	switch (packet->ip.protocol) {
	case DG_PROTOCOL_IPIP:
		packet->tunnels |= 1u << ip_in;
		return go_on(DG_NEXT_IP4);
	case DG_PROTOCOL_IP6:
		packet->tunnels |= 1u << ip_in;
		return go_on(DG_NEXT_IP6);
	case DG_PROTOCOL_GRE:
		return go_on(DG_NEXT_GRE);
	case DG_PROTOCOL_MPLS:
		return go_on(DG_NEXT_MPLS);
	case DG_PROTOCOL_L2TP:
		return over(other(verdict, DG_VERDICT_TUNNEL));
	default:
		return over(other(verdict, DG_VERDICT_IP_OTHER));
	}
}

/* UDP: a server's port is asked for before a tunnel's. */
static struct turn
decode_udp(const struct dg_server_ports *server_ports, struct dg_packet *packet,
    struct dg_cur *c, enum dg_verdict *verdict)
{
	enum dg_udp_status status = dg_udp_decode(packet);

	if (status != DG_UDP_OK)
		return over(failed(verdict, status == DG_UDP_CUT));
	*verdict = DG_VERDICT_UDP_OTHER;
	if (dg_server_ports_has(server_ports, packet->ports.destination) ||
	    dg_server_ports_has(server_ports, packet->ports.source))
		return over(DG_DECODED_UDP);
	*c = packet->payload;
	return (struct turn){DG_DECODED_UDP, dg_overlay_next(&packet->ports, c)};
}

/* What the innermost IP header so far carries; when that is a tunnel, `c` stands at it. */
static struct turn
decode_transport(const struct dg_server_ports *server_ports, struct dg_packet *packet,
    struct dg_cur *c, enum dg_verdict *verdict)
{
	const struct dg_ip *ip = &packet->ip;

	if (ip->is_fragment)
		return over(decode_fragment(packet, verdict));
	if (ip->protocol == DG_PROTOCOL_UDP)
		return decode_udp(server_ports, packet, c, verdict);
	if (ip->protocol == DG_PROTOCOL_TCP)
		return over(decode_tcp(packet, verdict));
	if (ip->protocol ==
	    (ip->family == DG_FAMILY_IP4 ? DG_PROTOCOL_ICMP : DG_PROTOCOL_ICMP6))
		return over(decode_icmp(packet, verdict));
	*c = ip->payload;
	return decode_tunnel(packet, verdict);
}

/* Another IP header inside the one that was taken apart last.  False when it is one too many.
 */
static bool
go_inside(struct dg_packet *packet)
{
	const struct dg_ip *ip = &packet->ip;
	uint64_t mark = packet->outer_mark;

	if (packet->outer_headers + 1 == DG_IP_HEADERS_MAX)
		return false;
	for (size_t at = 0; at < sizeof ip->source.bytes; at += 8) {
		mark = dg_hash_fold(mark, dg_hash_load(ip->source.bytes + at));
		mark = dg_hash_fold(mark, dg_hash_load(ip->destination.bytes + at));
	}
	packet->outer_mark = mark;
	packet->outer_headers++;
	return true;
}

static enum dg_ip_status
decode_ip(enum dg_next next, struct dg_cur *c, struct dg_ip *ip)
{
	if (next == DG_NEXT_IP) {
		/* With no byte captured, IPv4 will say how it failed. */
		unsigned version = c->left > 0 ? c->at[0] >> 4 : 4;

		if (version != 4 && version != 6)
			return DG_IP_MALFORMED;
		next = version == 6 ? DG_NEXT_IP6 : DG_NEXT_IP4;
	}
	return next == DG_NEXT_IP6 ? dg_ip6_decode(c, false, ip) : dg_ip4_decode(c, false, ip);
}

/* There is no IP header to come. */
static enum dg_decoded
end(enum dg_next next, const struct dg_cur *c, bool is_inside, enum dg_verdict *verdict)
{
	switch (next) {
	case DG_NEXT_NOTHING:
		return other(verdict, is_inside ? DG_VERDICT_IP_OTHER : DG_VERDICT_NOT_IP);
	case DG_NEXT_OPAQUE:
		return other(verdict, DG_VERDICT_TUNNEL);
	case DG_NEXT_UNSUPPORTED:
		return other(verdict, DG_VERDICT_LINK_UNSUPPORTED);
	default:
		return failed(verdict, c->is_cut);
	}
}

/* The loop, from any header on; `is_inside` when there is an IP header around it. */
static enum dg_decoded
walk(enum dg_next next, struct dg_cur *c, bool is_inside,
    const struct dg_server_ports *server_ports, struct dg_packet *packet,
    enum dg_verdict *verdict)
{
	struct turn turn;

	do {
		enum dg_ip_status status;

		while (next >= DG_NEXT_ETHERNET)
			next = dg_next_strip(next, c, &packet->tunnels);
		if (next > DG_NEXT_IP)
			return end(next, c, is_inside, verdict);
		if (is_inside && !go_inside(packet))
			return other(verdict, DG_VERDICT_TUNNEL);
		status = decode_ip(next, c, &packet->ip);
		if (status != DG_IP_OK)
			return failed(verdict, status == DG_IP_CUT);
		is_inside = true;
		turn = decode_transport(server_ports, packet, c, verdict);
		next = turn.next;
	} while (next != DG_NEXT_NOTHING);
	return turn.decoded;
}

enum dg_decoded
dg_decode(const struct dg_frame *frame, const struct dg_server_ports *server_ports,
    struct dg_packet *packet, enum dg_verdict *verdict)
{
	struct dg_cur c = dg_cur_make(frame->data, frame->captured, frame->on_wire);
	enum dg_next next;

	packet->outer_mark = 0;
	packet->tunnels = 0;
	packet->outer_headers = 0;
	next = dg_link_strip(frame->linktype, &c, packet);
	return walk(next, &c, false, server_ports, packet, verdict);
}

enum dg_decoded
dg_decode_whole(const struct dg_server_ports *server_ports, struct dg_packet *packet,
    enum dg_verdict *verdict)
{
	struct dg_cur c;
	struct turn turn;
	enum dg_ip_status status = packet->ip.family == DG_FAMILY_IP6
	    ? dg_ip6_decode_whole(&packet->ip)
	    : dg_ip4_decode_whole(&packet->ip);

	if (status != DG_IP_OK)
		return failed(verdict, status == DG_IP_CUT);
	turn = decode_transport(server_ports, packet, &c, verdict);
	if (turn.next == DG_NEXT_NOTHING)
		return turn.decoded;
	return walk(turn.next, &c, true, server_ports, packet, verdict);
}

bool
dg_decode_supports(uint32_t linktype)
{
	struct dg_cur nothing = dg_cur_make((const uint8_t *)"", 0, 0);
	struct dg_packet packet;

	packet.tunnels = 0;
	return dg_link_strip(linktype, &nothing, &packet) != DG_NEXT_UNSUPPORTED;
}
