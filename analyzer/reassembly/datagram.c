/*
 * datagram.c - a UDP packet is a message.
 */
#include "base/hash.h"
#include "reassembly/message.h"

/*
 * The link-level header and the TTL in a number: a label to compare with the
 * label of a copy, no key of a table.
 */
static uint32_t
path_mark(const struct dg_packet *packet, const struct dg_frame *frame)
{
	const uint8_t *header = frame->data;
	size_t size = packet->link_bytes;
	uint64_t mark = packet->ip.ttl;

	for (size_t at = 0; at + 8 <= size; at += 8)
		mark = dg_hash_fold(mark, dg_hash_load(header + at));
	if (size >= 8)
		mark = dg_hash_fold(mark, dg_hash_load(header + size - 8));
	else if (size >= 4)
		mark = dg_hash_fold(mark, dg_be32(header));
	return (uint32_t)(mark >> 32) ^ (uint32_t)mark;
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
