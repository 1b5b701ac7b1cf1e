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

static const uint32_t linktypes[] = {
    DG_LINKTYPE_ETHERNET, DG_LINKTYPE_RAW, DG_LINKTYPE_LINUX_SLL, DG_LINKTYPE_LINUX_SLL2,
    DG_LINKTYPE_NULL, DG_LINKTYPE_LOOP, DG_LINKTYPE_RAW_12, DG_LINKTYPE_RAW_14,
    DG_LINKTYPE_IPV4, DG_LINKTYPE_IPV6, 127, /* radiotap: not supported */
};

struct result {
	struct dg_packet packet;
	enum dg_verdict verdict;
	enum dg_decoded decoded;
};

static struct result
decode(const struct dg_frame *frame, uint8_t fill)
{
	struct result r;

	/* What decode does not set must not be read: two fillings tell. */
	memset(&r, fill, sizeof r);
	r.decoded = dg_decode(frame, &r.packet, &r.verdict);
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
	FUZZ_CHECK(c->wire <= frame->on_wire - offset || c->wire == SIZE_MAX);
	FUZZ_CHECK(!dg_cur_failed(c));
}

static void
check_ip(const struct dg_frame *frame, const struct dg_ip *ip)
{
	FUZZ_CHECK(ip->family == DG_FAMILY_IP4 || ip->family == DG_FAMILY_IP6);
	FUZZ_CHECK(!ip->is_later_fragment || ip->is_fragment);
	check_slice(frame, &ip->payload);
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
	if (q->has_ports) {
		FUZZ_CHECK(!q->ip.is_later_fragment);
		check_slice(frame, &q->payload);
	}
}

static void
check_verdict(const struct dg_frame *frame, const struct result *r)
{
	FUZZ_CHECK(r->verdict < DG_VERDICT_COUNT);
	FUZZ_CHECK(dg_verdict_name(r->verdict) != NULL);
	FUZZ_CHECK(r->verdict != DG_VERDICT_CUT || frame->captured < frame->on_wire);
	FUZZ_CHECK((r->verdict == DG_VERDICT_LINK_UNSUPPORTED) ==
		   !dg_decode_supports(frame->linktype));
	switch (r->decoded) {
	case DG_DECODED_UDP:
		FUZZ_CHECK(r->verdict == DG_VERDICT_UDP_OTHER ||
			   r->verdict == DG_VERDICT_TUNNEL);
		FUZZ_CHECK(!r->packet.ip.is_fragment);
		check_slice(frame, &r->packet.payload);
		break;
	case DG_DECODED_FIRST_FRAGMENT:
		FUZZ_CHECK(r->verdict == DG_VERDICT_FRAGMENT);
		FUZZ_CHECK(r->packet.ip.is_fragment && !r->packet.ip.is_later_fragment);
		check_slice(frame, &r->packet.payload);
		break;
	case DG_DECODED_TCP:
		FUZZ_CHECK(r->verdict == DG_VERDICT_TCP_OTHER);
		break;
	case DG_DECODED_ICMP:
		FUZZ_CHECK(r->verdict == DG_VERDICT_ICMP_OTHER);
		check_icmp(frame, &r->packet);
		break;
	case DG_DECODED_OTHER:
		FUZZ_CHECK(r->verdict > DG_VERDICT_ICMP_ERROR);
		return;
	}
	check_ip(frame, &r->packet.ip);
}

static void
check_repeats(const struct dg_frame *frame, const struct result *a)
{
	struct result b = decode(frame, 0xff);

	FUZZ_CHECK(a->decoded == b.decoded && a->verdict == b.verdict);
	if (a->decoded == DG_DECODED_OTHER)
		return;
	FUZZ_CHECK(memcmp(&a->packet.ip.source, &b.packet.ip.source, 32) == 0);
	FUZZ_CHECK(a->packet.ip.id == b.packet.ip.id);
	FUZZ_CHECK(a->packet.ip.payload.at == b.packet.ip.payload.at);
	if (a->decoded == DG_DECODED_ICMP) {
		FUZZ_CHECK(a->packet.has_quote == b.packet.has_quote);
		if (a->packet.has_quote)
			FUZZ_CHECK(a->packet.quote.has_ports == b.packet.quote.has_ports);
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
	for (uint32_t at = 12, tags = 0;
	     at + 2 <= frame->captured && is_tag(frame->data + at); at += 4) {
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
	return 0;
}
