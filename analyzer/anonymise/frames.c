/*
 * frames.c - a captured frame becomes an IP packet that names nobody.
 *
 * decode/ finds the innermost IP header; from there on every layer is written anew (ip.c,
 * transport.c, quote.c, message.c), and nothing is copied that is not known to be harmless.
 */
#include "anonymise/frames.h"

#include <string.h>

#include "anonymise/message.h"
#include "anonymise/shown.h"
#include "decode/link.h"
#include "decode/packet.h"

#define DNS_PORT 53

/* Tunnels over UDP are known by ports that a client may have, too. */
#define OVER_UDP                                                                               \
	(1u << DG_TUNNEL_VXLAN | 1u << DG_TUNNEL_GENEVE | 1u << DG_TUNNEL_GTP |                \
	    1u << DG_TUNNEL_L2TP | 1u << DG_TUNNEL_GRE | 1u << DG_TUNNEL_MPLS)

static const struct dg_server_ports dns_port = {
    .words = {[DNS_PORT / 64] = UINT64_C(1) << (DNS_PORT % 64)}};

/* The innermost IP header, with what is behind it; NULL when there is none. */
static const uint8_t *
find_header(const struct dg_frame *in, const struct dg_server_ports *ports,
    struct dg_packet *packet, enum dg_decoded *decoded)
{
	enum dg_verdict verdict;

	packet->ip.header = NULL;
	*decoded = dg_decode(in, ports, packet, &verdict);
	return packet->ip.header;
}

/* As if no UDP port were a tunnel's: a message that is one in every octet is no tunnel. */
static const uint8_t *
find_message(const struct dg_anonymiser *a, const struct dg_frame *in, uint8_t *scratch)
{
	struct dg_server_ports all;
	struct dg_packet packet;
	struct dg_message_out m;
	struct dg_message_in message = {.trust = DG_TRUST_NOTHING};
	enum dg_decoded decoded;
	const uint8_t *header;

	memset(&all, 0xff, sizeof all);
	header = find_header(in, &all, &packet, &decoded);
	if (header == NULL || decoded != DG_DECODED_UDP)
		return NULL;
	message.at = packet.payload.at;
	message.size = packet.payload.left;
	message.wire = packet.payload.wire;
	if (message.size != message.wire ||
	    !dg_anonymise_message(a, &message, scratch, DG_ANONYMISED_BYTES_MAX, &m))
		return NULL;
	return header;
}

bool
dg_anonymise_frame(const struct dg_anonymiser *a, const struct dg_frame *in,
    uint8_t bytes[DG_ANONYMISED_BYTES_MAX], struct dg_frame *out)
{
	struct dg_packet packet;
	enum dg_decoded decoded;
	const uint8_t *header = find_header(in, &dns_port, &packet, &decoded), *message = NULL;
	struct dg_layer l = {.a = a,
	    .out = bytes,
	    .room = DG_ANONYMISED_BYTES_MAX,
	    .growth = DG_ANONYMISED_BYTES_MAX};
	struct dg_shown shown;
	size_t before;

	if (header != NULL && (packet.tunnels & OVER_UDP) != 0)
		message = find_message(a, in, bytes);
	if (message != NULL)
		header = message;
	if (header == NULL)
		return false;
	before = (size_t)(header - in->data);
	l.in = dg_cur_make(header, in->captured - before, in->on_wire - before);
	shown = dg_anonymise_ip(&l);
	if (shown.captured == 0)
		return false;
	*out = (struct dg_frame){
	    .data = bytes,
	    .captured = (uint32_t)shown.captured,
	    .on_wire = (uint32_t)shown.wire,
	    .time_ns = in->time_ns,
	    .linktype = DG_LINKTYPE_RAW,
	    .place = in->place,
	};
	return true;
}
