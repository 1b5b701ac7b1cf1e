/*
 * look.c - what one frame is by itself.
 *
 * Without memory of other frames, so a later fragment has no ports here, and a TCP segment no
 * message: both are known by what they belong to.
 */
#include "evidence/look.h"

#include <string.h>

#include "base/cursor.h"
#include "decode/packet.h"
#include "dns/parse.h"

#define DNS_FLAGS_AT 2
#define DNS_QR 0x80u

/* Sets the flow of a packet with these ports, whose sender is the server or the client. */
static void
set_flow(struct dg_look *look, const struct dg_ip *ip, const struct dg_ports *ports,
    uint8_t transport, bool is_reply)
{
	look->is_reply = is_reply;
	look->flow = (struct dg_flow){
	    .client = is_reply ? ip->destination : ip->source,
	    .server = is_reply ? ip->source : ip->destination,
	    .client_port = is_reply ? ports->destination : ports->source,
	    .server_port = is_reply ? ports->source : ports->destination,
	    .family = ip->family,
	    .transport = transport,
	};
}

/* ID, question and RCODE, as far as they are there. */
static void
read_message(
    struct dg_look *look, const struct dg_cur *payload, const struct dg_hash_key *secret)
{
	struct dg_dns_view view;
	size_t wire = payload->wire > payload->left ? payload->wire : payload->left;

	look->has_id = payload->left >= 2;
	look->id = look->has_id ? dg_be16(payload->at) : 0;
	if (dg_dns_parse(payload->at, payload->left, wire, secret, &view) != DG_DNS_OK)
		return;
	look->has_question = view.has_question;
	look->question = view.has_question ? view.question_hash : 0;
	look->rcode = view.rcode;
}

/* Whether a message is a reply: its own word goes first, then the ports'. */
static bool
is_from_server(const struct dg_cur *payload, bool from_port, bool to_port)
{
	if (from_port && to_port && payload->left > DNS_FLAGS_AT)
		return (payload->at[DNS_FLAGS_AT] & DNS_QR) != 0;
	return from_port;
}

static void
look_at_datagram(struct dg_look *look, const struct dg_packet *p,
    const struct dg_server_ports *ports, const struct dg_hash_key *secret)
{
	bool from = dg_server_ports_has(ports, p->ports.source);
	bool to = dg_server_ports_has(ports, p->ports.destination);

	if (!from && !to)
		return;
	look->kind = DG_LOOK_MESSAGE;
	set_flow(
	    look, &p->ip, &p->ports, DG_TRANSPORT_UDP, is_from_server(&p->payload, from, to));
	look->mark = (uint64_t)p->ip.id << 32 | (uint64_t)p->ports.udp_length << 16 |
	    p->ports.udp_checksum;
	read_message(look, &p->payload, secret);
}

static void
look_at_segment(
    struct dg_look *look, const struct dg_packet *p, const struct dg_server_ports *ports)
{
	bool from = dg_server_ports_has(ports, p->ports.source);
	bool to = dg_server_ports_has(ports, p->ports.destination);
	bool is_answer =
	    (p->tcp.flags & (DG_TCP_SYN | DG_TCP_ACK)) == (DG_TCP_SYN | DG_TCP_ACK);

	if (!from && !to)
		return;
	look->kind = DG_LOOK_SEGMENT;
	look->tcp_flags = p->tcp.flags;
	look->has_payload = p->payload.wire > 0;
	set_flow(look, &p->ip, &p->ports, DG_TRANSPORT_TCP, from && (!to || is_answer));
}

static void
look_at_error(struct dg_look *look, const struct dg_packet *p,
    const struct dg_server_ports *ports, const struct dg_hash_key *secret)
{
	const struct dg_quote *q = &p->quote;
	bool is_udp, from, to;

	if (!p->has_quote || !q->has_ports)
		return;
	is_udp = q->ip.protocol == DG_PROTOCOL_UDP;
	from = dg_server_ports_has(ports, q->ports.source);
	to = dg_server_ports_has(ports, q->ports.destination);
	if ((!is_udp && q->ip.protocol != DG_PROTOCOL_TCP) || (!from && !to))
		return;
	look->kind = DG_LOOK_ICMP;
	set_flow(look, &q->ip, &q->ports, is_udp ? DG_TRANSPORT_UDP : DG_TRANSPORT_TCP,
	    is_from_server(&q->payload, from, to));
	if (is_udp)
		read_message(look, &q->payload, secret);
}

static void
look_at_fragment(struct dg_look *look, const struct dg_packet *p,
    const struct dg_server_ports *ports, const struct dg_hash_key *secret)
{
	look->is_fragment = true;
	look->datagram = (struct dg_datagram_key){
	    .source = p->ip.source,
	    .destination = p->ip.destination,
	    .id = p->ip.id,
	    .family = p->ip.family,
	};
	if (p->has_ports)
		look_at_datagram(look, p, ports, secret);
	else
		look->kind = DG_LOOK_PIECE;
}

void
dg_look_at(const struct dg_frame *frame, const struct dg_server_ports *ports,
    const struct dg_hash_key *secret, struct dg_look *look)
{
	struct dg_packet packet;
	enum dg_verdict verdict;
	enum dg_decoded decoded = dg_decode(frame, ports, &packet, &verdict);

	memset(look, 0, sizeof *look);
	if (decoded == DG_DECODED_OTHER)
		return;
	look->source = packet.ip.source;
	look->family = packet.ip.family;
	switch (decoded) {
	case DG_DECODED_UDP:
		look_at_datagram(look, &packet, ports, secret);
		break;
	case DG_DECODED_TCP:
		look_at_segment(look, &packet, ports);
		break;
	case DG_DECODED_ICMP:
		look_at_error(look, &packet, ports, secret);
		break;
	case DG_DECODED_FRAGMENT:
		look_at_fragment(look, &packet, ports, secret);
		break;
	case DG_DECODED_OTHER:
		break;
	}
}
