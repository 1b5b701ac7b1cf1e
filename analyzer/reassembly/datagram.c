/*
 * datagram.c - a UDP packet is a message.
 */
#include "base/hash.h"
#include "reassembly/message.h"

/* The way a packet came in a number: a label to compare with the label of a copy, no key of
 * a table. */
static uint32_t
path_mark(const struct dg_packet *packet)
{
	const uint8_t *header = packet->path;
	size_t size = packet->path_bytes;
	uint64_t mark = packet->outer_mark ^ (uint64_t)size << 8 ^ packet->ip.ttl, rest = 0;

	for (size_t at = 0; at + 8 <= size; at += 8)
		mark = dg_hash_fold(mark, dg_hash_load(header + at));
	for (size_t at = 0; size < 8 && at < size; at++)
		rest = rest << 8 | header[at];
	mark = dg_hash_fold(mark, size < 8 ? rest : dg_hash_load(header + size - 8));
	return (uint32_t)(mark >> 32) ^ (uint32_t)mark;
}

void
dg_message_of_datagram(
    const struct dg_packet *packet, const struct dg_frame *frame, struct dg_message *m)
{
	const struct dg_ip *ip = &packet->ip;
	const struct dg_ports *ports = &packet->ports;

	m->data = packet->payload.at;
	m->captured = packet->payload.left;
	m->on_wire = packet->payload.wire;
	m->source = ip->source;
	m->destination = ip->destination;
	m->source_port = ports->source;
	m->destination_port = ports->destination;
	m->family = ip->family;
	m->transport = DG_TRANSPORT_UDP;
	m->is_partial = ip->is_fragment;
	m->packet_mark =
	    (uint64_t)ip->id << 32 | (uint64_t)ports->udp_length << 16 | ports->udp_checksum;
	/* Only replies are asked for it: QR is the first bit of the third octet. */
	m->path_mark = m->captured > 2 && (m->data[2] & 0x80) != 0 ? path_mark(packet) : 0;
	m->time_ns = frame->time_ns;
	m->place = frame->place;
}
