/*
 * fuzz_frame.c - a frame is taken apart.
 *
 * Input: one byte chooses the link type, two say how much more was on the wire,
 * the rest is the frame.
 */
#include <string.h>

#include "base/limits.h"
#include "decode/icmp.h"
#include "decode/link.h"
#include "decode/packet.h"
#include "fuzz.h"
#include "reassembly/message.h"

static const uint32_t linktypes[] = {
    DG_LINKTYPE_ETHERNET,
    DG_LINKTYPE_RAW,
    DG_LINKTYPE_LINUX_SLL,
    DG_LINKTYPE_LINUX_SLL2,
    DG_LINKTYPE_NULL,
    DG_LINKTYPE_LOOP,
    DG_LINKTYPE_RAW_12,
    DG_LINKTYPE_RAW_14,
    DG_LINKTYPE_IPV4,
    DG_LINKTYPE_IPV6,
    147, /* not supported */
    DG_LINKTYPE_PPP,
    DG_LINKTYPE_PPP_HDLC,
    DG_LINKTYPE_PPP_ETHER,
    DG_LINKTYPE_C_HDLC,
    DG_LINKTYPE_IEEE802_11,
    DG_LINKTYPE_FRELAY,
    DG_LINKTYPE_IEEE802_11_PRISM,
    DG_LINKTYPE_IEEE802_11_RADIOTAP,
    DG_LINKTYPE_PKTAP_APPLE,
    DG_LINKTYPE_IEEE802_11_AVS,
    DG_LINKTYPE_PPI,
    DG_LINKTYPE_PPP_WITH_DIR,
    DG_LINKTYPE_NFLOG,
    DG_LINKTYPE_PKTAP,
};

struct result {
	struct dg_packet packet;
	enum dg_verdict verdict;
	enum dg_decoded decoded;
};

static const struct dg_server_ports *
server_ports(void)
{
	static struct dg_server_ports ports;

	dg_server_ports_add(&ports, 53);
	return &ports;
}

static bool
is_server(const struct dg_ports *ports)
{
	return ports->source == 53 || ports->destination == 53;
}

/* Whether a UDP packet would be VXLAN, if nothing else were known of it. */
static bool
is_tunnel(const struct dg_packet *p)
{
	return p->ports.destination == 4789 && p->payload.left >= 8 &&
	    (p->payload.at[0] & 0x08) != 0;
}

static struct result
decode(const struct dg_frame *frame, uint8_t fill)
{
	struct result r;

	/* What decode does not set must not be read: two fillings tell. */
	memset(&r, fill, sizeof r);
	r.decoded = dg_decode(frame, server_ports(), &r.packet, &r.verdict);
	return r;
}

static void
check_slice(const struct dg_frame *frame, const struct dg_cur *c)
{
	size_t offset = (size_t)(c->at - frame->data);

	FUZZ_CHECK(c->at >= frame->data);
	FUZZ_CHECK(offset <= frame->captured);
	FUZZ_CHECK(c->left <= frame->captured - offset);
	FUZZ_CHECK(c->wire >= c->left);
	FUZZ_CHECK(c->wire <= frame->on_wire - offset);
	FUZZ_CHECK(!dg_cur_failed(c));
}

static void
check_ip(const struct dg_frame *frame, const struct dg_ip *ip)
{
	FUZZ_CHECK(ip->family == DG_FAMILY_IP4 || ip->family == DG_FAMILY_IP6);
	FUZZ_CHECK(!ip->is_later_fragment || ip->is_fragment);
	check_slice(frame, &ip->payload);
	if (!ip->is_fragment)
		return;
	check_slice(frame, &ip->fragment);
	FUZZ_CHECK(ip->fragment_offset <= 65528 && ip->fragment_offset % 8 == 0);
	FUZZ_CHECK((ip->fragment_offset != 0) == ip->is_later_fragment);
	FUZZ_CHECK(ip->has_more || ip->is_later_fragment);
	FUZZ_CHECK(ip->fragment.at <= ip->payload.at);
}

/* The way it came is known whatever was found. */
static void
check_way(const struct dg_frame *frame, const struct dg_packet *p)
{
	FUZZ_CHECK(p->path >= frame->data);
	FUZZ_CHECK((size_t)(p->path - frame->data) + p->path_bytes <= frame->captured);
	FUZZ_CHECK(p->tunnels >> DG_TUNNEL_COUNT == 0);
	FUZZ_CHECK(p->outer_headers < DG_IP_HEADERS_MAX);
	FUZZ_CHECK(p->outer_headers > 0 || p->outer_mark == 0);
}

static void
check_icmp(const struct dg_frame *frame, const struct dg_packet *p)
{
	const struct dg_quote *q = &p->quote;

	FUZZ_CHECK(dg_icmp_name(p->ip.family, p->icmp_type, p->icmp_code) != NULL);
	if (!p->has_quote)
		return;
	FUZZ_CHECK(dg_icmp_is_error(p->ip.family, p->icmp_type));
	FUZZ_CHECK(q->ip.family == p->ip.family);
	check_ip(frame, &q->ip);
	FUZZ_CHECK(q->has_ports || !q->has_seq);
	FUZZ_CHECK(!q->has_seq || q->ip.protocol == DG_PROTOCOL_TCP);
	if (q->has_ports) {
		FUZZ_CHECK(!q->ip.is_later_fragment);
		check_slice(frame, &q->payload);
	}
}

static void
check_fragment(const struct dg_frame *frame, const struct dg_packet *p)
{
	FUZZ_CHECK(p->ip.is_fragment);
	if (!p->has_ports)
		return;
	FUZZ_CHECK(!p->ip.is_later_fragment && p->ip.protocol == DG_PROTOCOL_UDP);
	if (p->ports.udp_length == 0)
		FUZZ_CHECK(p->payload.wire == SIZE_MAX);
	else
		FUZZ_CHECK(p->payload.wire == p->ports.udp_length - 8u);
	FUZZ_CHECK(p->payload.at >= frame->data && p->payload.left <= p->payload.wire);
	FUZZ_CHECK(p->payload.at + p->payload.left <= frame->data + frame->captured);
}

static void
check_found(const struct dg_frame *frame, const struct result *r)
{
	const struct dg_packet *p = &r->packet;

	FUZZ_CHECK(r->verdict < DG_VERDICT_COUNT);
	FUZZ_CHECK(dg_verdict_name(r->verdict) != NULL);
	FUZZ_CHECK(r->verdict != DG_VERDICT_CUT || frame->captured < frame->on_wire);
	check_way(frame, p);
	switch (r->decoded) {
	case DG_DECODED_UDP:
		FUZZ_CHECK(r->verdict == DG_VERDICT_UDP_OTHER && !p->ip.is_fragment);
		check_slice(frame, &p->payload);
		FUZZ_CHECK(is_server(&p->ports) || !is_tunnel(p));
		break;
	case DG_DECODED_FRAGMENT:
		FUZZ_CHECK(r->verdict == DG_VERDICT_FRAGMENT);
		check_fragment(frame, p);
		break;
	case DG_DECODED_TCP:
		FUZZ_CHECK(r->verdict == DG_VERDICT_TCP_OTHER && !p->ip.is_fragment);
		check_slice(frame, &p->payload);
		break;
	case DG_DECODED_ICMP:
		FUZZ_CHECK(r->verdict == DG_VERDICT_ICMP_OTHER && !p->ip.is_fragment);
		check_icmp(frame, p);
		break;
	case DG_DECODED_OTHER:
		FUZZ_CHECK(r->verdict > DG_VERDICT_ICMP_ERROR);
		FUZZ_CHECK(r->verdict != DG_VERDICT_FRAGMENT);
		FUZZ_CHECK(r->verdict != DG_VERDICT_NOT_IP || p->outer_headers == 0);
		return;
	}
	check_ip(frame, &p->ip);
}

static void
check_verdict(const struct dg_frame *frame, const struct result *r)
{
	bool is_refused = r->verdict == DG_VERDICT_LINK_UNSUPPORTED;

	check_found(frame, r);
	FUZZ_CHECK(is_refused || dg_decode_supports(frame->linktype));
	/* PPI and PKTAP may hold a link that nobody knows. */
	FUZZ_CHECK(!is_refused || !dg_decode_supports(frame->linktype) ||
	    frame->linktype == DG_LINKTYPE_PPI || frame->linktype == DG_LINKTYPE_PKTAP ||
	    frame->linktype == DG_LINKTYPE_PKTAP_APPLE);
}

/*
 * A fragment as if it were a whole datagram: what comes out lies in it, and is no fragment
 * unless it was in a tunnel.
 */
static void
check_whole(const struct dg_frame *frame, const struct result *fragment)
{
	struct result r = *fragment, again = *fragment;

	if (r.decoded != DG_DECODED_FRAGMENT)
		return;
	r.decoded = dg_decode_whole(server_ports(), &r.packet, &r.verdict);
	check_found(frame, &r);
	FUZZ_CHECK(r.packet.outer_headers >= fragment->packet.outer_headers);
	FUZZ_CHECK(r.decoded != DG_DECODED_FRAGMENT ||
	    r.packet.outer_headers > fragment->packet.outer_headers);
	FUZZ_CHECK((r.packet.tunnels & fragment->packet.tunnels) == fragment->packet.tunnels);
	again.decoded = dg_decode_whole(server_ports(), &again.packet, &again.verdict);
	FUZZ_CHECK(again.decoded == r.decoded && again.verdict == r.verdict);
}

static void
check_repeats(const struct dg_frame *frame, const struct result *a)
{
	struct result b = decode(frame, 0xff);

	FUZZ_CHECK(a->decoded == b.decoded && a->verdict == b.verdict);
	FUZZ_CHECK(a->packet.path == b.packet.path);
	FUZZ_CHECK(a->packet.path_bytes == b.packet.path_bytes);
	FUZZ_CHECK(a->packet.outer_mark == b.packet.outer_mark);
	FUZZ_CHECK(a->packet.outer_headers == b.packet.outer_headers);
	FUZZ_CHECK(a->packet.tunnels == b.packet.tunnels);
	if (a->decoded == DG_DECODED_OTHER)
		return;
	FUZZ_CHECK(memcmp(&a->packet.ip.source, &b.packet.ip.source, 32) == 0);
	FUZZ_CHECK(a->packet.ip.id == b.packet.ip.id);
	FUZZ_CHECK(a->packet.ip.payload.at == b.packet.ip.payload.at);
	if (a->decoded == DG_DECODED_ICMP) {
		FUZZ_CHECK(a->packet.has_quote == b.packet.has_quote);
		if (a->packet.has_quote)
			FUZZ_CHECK(a->packet.quote.has_ports == b.packet.quote.has_ports);
	} else if (a->decoded == DG_DECODED_FRAGMENT) {
		FUZZ_CHECK(a->packet.has_ports == b.packet.has_ports);
		FUZZ_CHECK(a->packet.ip.fragment_protocol == b.packet.ip.fragment_protocol);
	} else {
		FUZZ_CHECK(a->packet.ports.source == b.packet.ports.source);
		FUZZ_CHECK(a->packet.ports.destination == b.packet.ports.destination);
	}
}

/* A capture that holds less of a frame knows less of it, and nothing else. */
static void
check_cuts(const struct dg_frame *frame, const struct result *whole)
{
	uint32_t step = frame->captured / 128 + 1;

	for (uint32_t n = 0; n < frame->captured; n += step) {
		struct dg_frame cut = *frame;
		struct result r;

		cut.captured = n;
		r = decode(&cut, 0);
		check_verdict(&cut, &r);
		FUZZ_CHECK(r.verdict == whole->verdict || r.verdict == DG_VERDICT_CUT);
	}
}

static bool
is_tag(const uint8_t *type)
{
	return memcmp(type, "\x81\x00", 2) == 0 || memcmp(type, "\x88\xa8", 2) == 0 ||
	    memcmp(type, "\x91\x00", 2) == 0 || memcmp(type, "\x92\x00", 2) == 0;
}

/* A VLAN tag changes nothing, as long as there are not too many. */
static void
check_vlan(const struct dg_frame *frame, const struct result *plain)
{
	static const uint8_t tag[] = {0x81, 0x00, 0x00, 0x07};
	struct dg_frame tagged = *frame;
	struct result r;
	uint8_t *bytes;

	if (frame->linktype != DG_LINKTYPE_ETHERNET || frame->captured < 14)
		return;
	for (uint32_t at = 12, tags = 0; at + 2 <= frame->captured && is_tag(frame->data + at);
	     at += 4) {
		if (++tags == DG_VLAN_TAGS_MAX)
			return;
	}
	bytes = malloc(frame->captured + sizeof tag);
	FUZZ_CHECK(bytes != NULL);
	memcpy(bytes, frame->data, 12);
	memcpy(bytes + 12, tag, sizeof tag);
	memcpy(bytes + 12 + sizeof tag, frame->data + 12, frame->captured - 12);
	tagged.data = bytes;
	tagged.captured += sizeof tag;
	tagged.on_wire += sizeof tag;
	r = decode(&tagged, 0);
	check_verdict(&tagged, &r);
	FUZZ_CHECK(r.verdict == plain->verdict && r.decoded == plain->decoded);
	free(bytes);
}

/*
 * A tunnel around a frame changes nothing but the way it came: GRE around Ethernet, or another
 * IP header around IPv4.
 */
static void
check_tunnel(const struct dg_frame *frame, const struct result *plain)
{
	static const uint8_t ip[] = {
	    0x45, 0, 0, 0, 0, 1, 0, 0, 64, DG_PROTOCOL_IPIP, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};
	static const uint8_t gre[] = {0, 0, 0x65, 0x58};
	bool is_ethernet = frame->linktype == DG_LINKTYPE_ETHERNET;
	size_t around = sizeof ip + (is_ethernet ? sizeof gre : 0);
	struct dg_frame outer = *frame;
	struct result r;
	uint8_t *bytes;

	if (!is_ethernet && frame->linktype != DG_LINKTYPE_IPV4)
		return;
	bytes = malloc(around + frame->captured);
	FUZZ_CHECK(bytes != NULL);
	memcpy(bytes, ip, sizeof ip);
	if (is_ethernet) {
		bytes[9] = DG_PROTOCOL_GRE;
		memcpy(bytes + sizeof ip, gre, sizeof gre);
	}
	if (frame->captured > 0)
		memcpy(bytes + around, frame->data, frame->captured);
	outer.data = bytes;
	outer.captured += (uint32_t)around;
	outer.on_wire += (uint32_t)around;
	outer.linktype = DG_LINKTYPE_RAW;
	r = decode(&outer, 0);
	check_verdict(&outer, &r);
	if (r.verdict == DG_VERDICT_TUNNEL) {
		/* It may be one IP header too many now. */
		FUZZ_CHECK(plain->verdict == DG_VERDICT_TUNNEL ||
		    r.packet.outer_headers == DG_IP_HEADERS_MAX - 1);
	} else if (plain->verdict == DG_VERDICT_NOT_IP) {
		FUZZ_CHECK(r.verdict == DG_VERDICT_IP_OTHER);
	} else {
		FUZZ_CHECK(r.verdict == plain->verdict && r.decoded == plain->decoded);
		FUZZ_CHECK(r.decoded == DG_DECODED_OTHER ||
		    r.packet.outer_headers == plain->packet.outer_headers + 1);
	}
	free(bytes);
}

/* The short way takes nothing that the long way would not take for the same message. */
static void
check_plain(const struct dg_frame *frame, const struct result *r)
{
	struct dg_message is, should;

	if (!dg_message_of_plain_frame(frame, server_ports(), &is))
		return;
	FUZZ_CHECK(r->decoded == DG_DECODED_UDP && is_server(&r->packet.ports));
	dg_message_of_datagram(&r->packet, frame, &should);
	FUZZ_CHECK(is.data == should.data && is.captured == should.captured &&
	    is.on_wire == should.on_wire && is.packet_mark == should.packet_mark &&
	    is.path_mark == should.path_mark && is.family == should.family);
	FUZZ_CHECK(memcmp(&is.source, &should.source, sizeof is.source) == 0);
	FUZZ_CHECK(memcmp(&is.destination, &should.destination, sizeof is.source) == 0);
	FUZZ_CHECK(is.source_port == should.source_port &&
	    is.destination_port == should.destination_port && r->packet.tunnels == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = {data, size};
	unsigned link = fuzz_u8(&in);
	uint32_t more = fuzz_u16(&in);
	struct dg_frame frame = {
	    .data = in.at,
	    .captured = (uint32_t)in.left,
	    .on_wire = (uint32_t)in.left + more,
	    .linktype = linktypes[link % (sizeof linktypes / sizeof *linktypes)],
	};
	struct result r;

	if (in.left > DG_FRAME_BYTES_MAX)
		return 0;
	r = decode(&frame, 0);
	check_verdict(&frame, &r);
	check_repeats(&frame, &r);
	check_cuts(&frame, &r);
	check_vlan(&frame, &r);
	check_whole(&frame, &r);
	check_tunnel(&frame, &r);
	check_plain(&frame, &r);
	return 0;
}
