/*
 * plain.c - the frame that nearly all frames are: Ethernet, IP without options or extensions,
 * UDP from or to a server's port, all of it captured, in one piece.
 *
 * It gives the message that the long way gives (decode/packet.c, datagram.c), and says no to
 * whatever is unusual in the least: tests/unit/plain.c holds the two ways against each other.
 * Fields are read at fixed places after one look at the length; nothing goes through memory
 * in small pieces that would be read again as a large one.
 */
#include "base/hash.h"
#include "decode/link.h"
#include "decode/next.h"
#include "decode/udp.h"
#include "reassembly/message.h"

#define ETHERNET_BYTES 14
#define TYPE_AT 12
#define IP4_BYTES 20
#define IP6_BYTES 40
#define IP4_PLAIN 0x45    /* version 4, five words */
#define IP4_PIECES 0x3fff /* more to come, or an offset */

/* What lies between Ethernet and UDP. */
struct between {
	size_t bytes;         /* of the IP header */
	size_t payload_bytes; /* as IP says */
	uint32_t id;
	uint8_t ttl;
	uint8_t protocol;
};

static bool
read_ip4(const uint8_t *h, struct between *b)
{
	size_t total = dg_be16(h + 2);

	if (h[0] != IP4_PLAIN || (dg_be16(h + 6) & IP4_PIECES) != 0 || total < IP4_BYTES)
		return false;
	*b = (struct between){
	    .bytes = IP4_BYTES,
	    .payload_bytes = total - IP4_BYTES,
	    .id = dg_be16(h + 4),
	    .ttl = h[8],
	    .protocol = h[9],
	};
	return true;
}

static bool
read_ip6(const uint8_t *h, struct between *b)
{
	if (h[0] >> 4 != 6)
		return false;
	*b = (struct between){
	    .bytes = IP6_BYTES,
	    .payload_bytes = dg_be16(h + 4),
	    .ttl = h[7],
	    .protocol = h[6],
	};
	return true;
}

/* As datagram.c makes it, of an Ethernet header. */
static uint32_t
path_mark(const uint8_t *ethernet, uint8_t ttl)
{
	uint64_t mark = (uint64_t)ETHERNET_BYTES << 8 ^ ttl;

	mark = dg_hash_fold(mark, dg_hash_load(ethernet));
	mark = dg_hash_fold(mark, dg_hash_load(ethernet + ETHERNET_BYTES - 8));
	return (uint32_t)(mark >> 32) ^ (uint32_t)mark;
}

bool
dg_message_of_plain_frame(const struct dg_frame *frame,
    const struct dg_server_ports *server_ports, struct dg_message *m)
{
	const uint8_t *ethernet = frame->data, *ip = ethernet + ETHERNET_BYTES, *udp;
	struct between b;
	size_t udp_length;
	uint16_t type;
	bool is_ip4;

	if (frame->linktype != DG_LINKTYPE_ETHERNET ||
	    frame->captured < ETHERNET_BYTES + IP6_BYTES + DG_UDP_HEADER_BYTES)
		return false;
	type = dg_be16(ethernet + TYPE_AT);
	is_ip4 = type == DG_ETHERTYPE_IP4;
	if (!is_ip4 && type != DG_ETHERTYPE_IP6)
		return false;
	if (!(is_ip4 ? read_ip4(ip, &b) : read_ip6(ip, &b)) || b.protocol != DG_PROTOCOL_UDP)
		return false;
	udp = ip + b.bytes;
	udp_length = dg_be16(udp + 4);
	if (udp_length < DG_UDP_HEADER_BYTES || udp_length > b.payload_bytes ||
	    ETHERNET_BYTES + b.bytes + b.payload_bytes > frame->captured)
		return false;
	m->source_port = dg_be16(udp);
	m->destination_port = dg_be16(udp + 2);
	if (!dg_server_ports_has(server_ports, m->destination_port) &&
	    !dg_server_ports_has(server_ports, m->source_port))
		return false;
	m->source = is_ip4 ? dg_addr_of_ip4(ip + 12) : dg_addr_of_ip6(ip + 8);
	m->destination = is_ip4 ? dg_addr_of_ip4(ip + 16) : dg_addr_of_ip6(ip + 24);
	m->family = is_ip4 ? DG_FAMILY_IP4 : DG_FAMILY_IP6;
	m->transport = DG_TRANSPORT_UDP;
	m->is_partial = false;
	m->data = udp + DG_UDP_HEADER_BYTES;
	m->captured = m->on_wire = udp_length - DG_UDP_HEADER_BYTES;
	m->packet_mark = (uint64_t)b.id << 32 | (uint64_t)udp_length << 16 | dg_be16(udp + 6);
	m->path_mark =
	    m->captured > 2 && (m->data[2] & 0x80) != 0 ? path_mark(ethernet, b.ttl) : 0;
	m->time_ns = frame->time_ns;
	m->place = frame->place;
	return true;
}
