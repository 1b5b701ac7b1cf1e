/*
 * datagram.c - a UDP packet is a message.
 */
#include "reassembly/message.h"

/* FNV-1a (Fowler, Noll and Vo) of the link-level header and the TTL: a label to
 * compare with the label of a copy, no key of a table. */
static uint32_t
path_mark(const struct dg_packet *packet, const struct dg_frame *frame)
{
	uint32_t mark = 2166136261u;

	for (uint32_t i = 0; i < packet->link_bytes; i++)
		mark = (mark ^ frame->data[i]) * 16777619u;
	return (mark ^ packet->ip.ttl) * 16777619u;
}

struct dg_message
dg_message_of_datagram(const struct dg_packet *packet, const struct dg_frame *frame)
{
	const struct dg_ip *ip = &packet->ip;
	const struct dg_ports *ports = &packet->ports;

	return (struct dg_message){
	    .data = packet->payload.at,
	    .captured = packet->payload.left,
	    .on_wire = packet->payload.wire,
	    .source = ip->source,
	    .destination = ip->destination,
	    .source_port = ports->source,
	    .destination_port = ports->destination,
	    .family = ip->family,
	    .transport = DG_TRANSPORT_UDP,
	    .is_fragment = ip->is_fragment,
	    .packet_mark = (uint64_t)ip->id << 32 | (uint64_t)ports->udp_length << 16 |
		ports->udp_checksum,
	    .path_mark = path_mark(packet, frame),
	    .time_ns = frame->time_ns,
	    .place = frame->place,
	};
}
