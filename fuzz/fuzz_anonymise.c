/*
 * fuzz_anonymise.c - a frame loses its hosts and persons.
 *
 * Input: one byte chooses the link type, two say how much more was on the wire,
 * the rest is the frame.
 */
#include <string.h>

#include "anonymise/frames.h"
#include "base/limits.h"
#include "decode/icmp.h"
#include "decode/link.h"
#include "decode/packet.h"
#include "dns/name.h"
#include "fuzz.h"

static const uint32_t linktypes[] = {
    DG_LINKTYPE_ETHERNET, DG_LINKTYPE_RAW, DG_LINKTYPE_LINUX_SLL, DG_LINKTYPE_LINUX_SLL2,
    DG_LINKTYPE_NULL, DG_LINKTYPE_IPV4, DG_LINKTYPE_IPV6, DG_LINKTYPE_PPP,
    147, /* not supported */
};

#define TYPE_OPT 41

struct result {
	struct dg_packet packet;
	enum dg_verdict verdict;
	enum dg_decoded decoded;
};

/* A message, and how far it was read. */
struct plain {
	const uint8_t *at;
	size_t size;
	size_t next;
};

static const struct dg_anonymiser *
anonymiser(void)
{
	static struct dg_anonymiser *a;
	uint8_t key[DG_ANONYMISER_KEY_BYTES];

	for (size_t i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)(3 * i + 1);
	if (a == NULL)
		FUZZ_CHECK(dg_anonymiser_new(key, &a) == 0);
	return a;
}

static struct result
decode(const struct dg_frame *frame)
{
	static struct dg_server_ports ports;
	struct result r;

	memset(&r, 0, sizeof r);
	dg_server_ports_add(&ports, 53);
	r.decoded = dg_decode(frame, &ports, &r.packet, &r.verdict);
	return r;
}

static void
check_addr(const struct dg_addr *in, const struct dg_addr *out, enum dg_family family)
{
	struct dg_addr wanted = *in;

	dg_anonymise_addr(anonymiser(), family, &wanted);
	FUZZ_CHECK(memcmp(&wanted, out, sizeof wanted) == 0);
}

static void
check_ip(const struct dg_ip *in, const struct dg_ip *out)
{
	FUZZ_CHECK(in->family == out->family && in->ttl == out->ttl && in->id == out->id);
	FUZZ_CHECK(in->is_fragment == out->is_fragment);
	check_addr(&in->source, &out->source, in->family);
	check_addr(&in->destination, &out->destination, in->family);
}

static bool
is_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] != 0)
			return false;
	}
	return true;
}

/* The names at both places; the second is the first one's pseudonym.  False at the end. */
static bool
check_name(struct plain *in, struct plain *out)
{
	uint8_t wanted[DG_NAME_WIRE_MAX];
	struct dg_name a, b;
	size_t length;

	if (dg_name_expand(out->at, out->size, out->next, &b, &out->next) != DG_NAME_OK)
		return false;
	FUZZ_CHECK(dg_name_expand(in->at, in->size, in->next, &a, &in->next) == DG_NAME_OK);
	length = dg_anonymise_name(anonymiser(), a.bytes, a.length, wanted);
	FUZZ_CHECK(length == b.length && memcmp(wanted, b.bytes, length) == 0);
	return true;
}

static bool
check_fixed(struct plain *in, struct plain *out, size_t size)
{
	if (out->size - out->next < size)
		return false;
	FUZZ_CHECK(in->size - in->next >= size);
	FUZZ_CHECK(memcmp(in->at + in->next, out->at + out->next, size) == 0);
	in->next += size;
	out->next += size;
	return true;
}

static void
check_options(const uint8_t *in, const uint8_t *out, size_t size)
{
	size_t at = 0;

	while (size - at >= 4) {
		size_t length = dg_be16(in + at + 2), shown;
		unsigned code = dg_be16(in + at);

		if (length > size - at - 4)
			break;
		shown = code == 15 && length >= 2 ? 2 : 0;
		FUZZ_CHECK(memcmp(in + at, out + at, 4 + shown) == 0);
		at += 4;
		if (code != 8)
			FUZZ_CHECK(is_zero(out + at + shown, length - shown));
		else if (length == 8 && dg_be16(in + at) == 1 && in[at + 2] == 32)
			check_addr(
			    &(struct dg_addr){{in[at + 4], in[at + 5], in[at + 6], in[at + 7]}},
			    &(struct dg_addr){
				{out[at + 4], out[at + 5], out[at + 6], out[at + 7]}},
			    DG_FAMILY_IP4);
		at += length;
	}
	FUZZ_CHECK(is_zero(out + at, size - at));
}

/* A record's data, of a few types as they must be; of most, nothing may be left. */
static void
check_data(unsigned type, unsigned class, struct plain in, size_t in_size, struct plain out,
    size_t out_size)
{
	const uint8_t *a = in.at + in.next, *b = out.at + out.next;

	switch (type) {
	case 1:
	case 28:
		if (in_size == (type == 1 ? 4 : 16) && (class & 0x7fff) == 1) {
			enum dg_family family = type == 1 ? DG_FAMILY_IP4 : DG_FAMILY_IP6;
			struct dg_addr x = dg_addr_make(a, family), y = dg_addr_make(b, family);

			check_addr(&x, &y, family);
		} else if (in_size != (type == 1 ? 4 : 16)) {
			FUZZ_CHECK(is_zero(b, out_size));
		}
		break;
	case 2:
	case 5:
	case 12:
	case 39: {
		size_t end = in.next + in_size;
		struct dg_name name;
		size_t past;

		if (dg_name_expand(in.at, in.size, in.next, &name, &past) == DG_NAME_OK &&
		    past == end)
			FUZZ_CHECK(check_name(&in, &out));
		else
			FUZZ_CHECK(is_zero(b, out_size));
		break;
	}
	case TYPE_OPT:
		FUZZ_CHECK(in_size == out_size);
		check_options(a, b, in_size);
		break;
	case 10:
	case 16:
	case 99:
	case 257:
	case 65534:
		FUZZ_CHECK(in_size == out_size && is_zero(b, out_size));
		break;
	default:
		break;
	}
}

static bool
check_record(struct plain *in, struct plain *out)
{
	size_t in_size, out_size;
	unsigned type, class;

	if (!check_name(in, out) || !check_fixed(in, out, 8))
		return false;
	if (out->size - out->next < 2)
		return false;
	type = dg_be16(in->at + in->next - 8);
	class = dg_be16(in->at + in->next - 6);
	in_size = dg_be16(in->at + in->next);
	out_size = dg_be16(out->at + out->next);
	in->next += 2;
	out->next += 2;
	FUZZ_CHECK(out_size <= out->size - out->next);
	FUZZ_CHECK(in_size <= in->size - in->next);
	check_data(type, class, *in, in_size, *out, out_size);
	in->next += in_size;
	out->next += out_size;
	return true;
}

/* What is shown of a message stands for what was there, record by record. */
static void
check_message(const struct dg_cur *before, const struct dg_cur *after)
{
	struct plain in = {.at = before->at, .size = before->left};
	struct plain out = {.at = after->at, .size = after->left};
	size_t questions, records;

	if (!check_fixed(&in, &out, 12)) {
		FUZZ_CHECK(after->left == 0);
		return;
	}
	questions = dg_be16(in.at + 4);
	records = (size_t)dg_be16(in.at + 6) + dg_be16(in.at + 8) + dg_be16(in.at + 10);
	while (questions > 0 && out.next < out.size) {
		FUZZ_CHECK(check_name(&in, &out) && check_fixed(&in, &out, 4));
		questions--;
	}
	while (records > 0 && out.next < out.size) {
		FUZZ_CHECK(check_record(&in, &out));
		records--;
	}
	FUZZ_CHECK(is_zero(out.at + out.next, out.size - out.next));
	/* A message that was not cut before and is not now has the same in it. */
	if (after->left == after->wire && after->left > 0 && before->left == before->wire)
		FUZZ_CHECK((questions == 0 && records == 0) || in.next == in.size);
}

static void
check_tcp(const struct dg_cur *before, const struct dg_cur *after)
{
	size_t at = 0;

	FUZZ_CHECK(after->left <= before->left);
	while (after->left - at > 2) {
		size_t size = dg_be16(after->at + at), here = after->left - at - 2;
		size_t there = before->left - at - 2;
		struct dg_cur in, out;

		FUZZ_CHECK(size == dg_be16(before->at + at));
		in = dg_cur_make(before->at + at + 2, there < size ? there : size, size);
		out = dg_cur_make(after->at + at + 2, here < size ? here : size, size);
		check_message(&in, &out);
		at += 2 + (here < size ? here : size);
	}
	FUZZ_CHECK(at == after->left);
}

static void
check_icmp(const struct dg_packet *in, const struct dg_packet *out)
{
	FUZZ_CHECK(in->icmp_type == out->icmp_type && in->icmp_code == out->icmp_code);
	if (!out->has_quote)
		return;
	FUZZ_CHECK(in->has_quote);
	check_ip(&in->quote.ip, &out->quote.ip);
	if (!out->quote.has_ports)
		return;
	FUZZ_CHECK(in->quote.has_ports);
	FUZZ_CHECK(in->quote.ports.source == out->quote.ports.source);
	FUZZ_CHECK(in->quote.ports.destination == out->quote.ports.destination);
	if (in->quote.ip.protocol == DG_PROTOCOL_UDP)
		check_message(&in->quote.payload, &out->quote.payload);
}

/* Whether the header's checksum comes out; plain, and only for IPv4. */
static bool
is_header_right(const struct dg_ip *ip)
{
	const uint8_t *h = ip->header;
	uint32_t sum = 0;

	for (size_t at = 0; at < (h[0] & 15u) * 4; at += 2)
		sum += dg_be16(h + at);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

static void
check_found(const struct result *in, const struct result *out)
{
	const struct dg_packet *a = &in->packet, *b = &out->packet;

	check_ip(&a->ip, &b->ip);
	if (a->ip.family == DG_FAMILY_IP4)
		FUZZ_CHECK(is_header_right(&a->ip) == is_header_right(&b->ip));
	if (in->decoded != out->decoded) {
		FUZZ_CHECK(out->verdict == DG_VERDICT_CUT);
		return;
	}
	switch (in->decoded) {
	case DG_DECODED_UDP:
	case DG_DECODED_TCP:
		FUZZ_CHECK(a->ports.source == b->ports.source);
		FUZZ_CHECK(a->ports.destination == b->ports.destination);
		if (in->decoded == DG_DECODED_TCP) {
			FUZZ_CHECK(memcmp(&a->tcp, &b->tcp, sizeof a->tcp) == 0);
			check_tcp(&a->payload, &b->payload);
		} else {
			check_message(&a->payload, &b->payload);
		}
		break;
	case DG_DECODED_ICMP:
		check_icmp(a, b);
		break;
	case DG_DECODED_FRAGMENT:
		FUZZ_CHECK(a->ip.fragment_offset == b->ip.fragment_offset);
		FUZZ_CHECK(a->ip.has_more == b->ip.has_more);
		FUZZ_CHECK(!a->ip.is_later_fragment || b->ip.fragment.left == 0);
		if (a->has_ports && b->has_ports)
			check_message(&a->payload, &b->payload);
		break;
	default:
		break;
	}
}

static void
check_same(const struct dg_frame *in, const struct dg_frame *first)
{
	uint8_t *bytes = malloc(DG_ANONYMISED_BYTES_MAX);
	struct dg_frame again;

	FUZZ_CHECK(bytes != NULL);
	/* What is not written must not be shown: another filling tells. */
	memset(bytes, 0x5a, DG_ANONYMISED_BYTES_MAX);
	FUZZ_CHECK(dg_anonymise_frame(anonymiser(), in, bytes, &again));
	FUZZ_CHECK(again.captured == first->captured && again.on_wire == first->on_wire);
	FUZZ_CHECK(memcmp(again.data, first->data, again.captured) == 0);
	free(bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in input = {data, size};
	unsigned link = fuzz_u8(&input);
	uint32_t more = fuzz_u16(&input);
	struct dg_frame frame = {
	    .data = input.at,
	    .captured = (uint32_t)input.left,
	    .on_wire = (uint32_t)input.left + more,
	    .linktype = linktypes[link % (sizeof linktypes / sizeof *linktypes)],
	};
	struct dg_frame out;
	struct result before, after;
	uint8_t *bytes;

	if (input.left > DG_FRAME_BYTES_MAX)
		return 0;
	bytes = malloc(DG_ANONYMISED_BYTES_MAX);
	FUZZ_CHECK(bytes != NULL);
	memset(bytes, 0xa5, DG_ANONYMISED_BYTES_MAX);
	before = decode(&frame);
	if (!dg_anonymise_frame(anonymiser(), &frame, bytes, &out)) {
		/* Whatever was understood of a frame is shown. */
		FUZZ_CHECK(before.decoded == DG_DECODED_OTHER);
		free(bytes);
		return 0;
	}
	FUZZ_CHECK(out.data == bytes && out.linktype == DG_LINKTYPE_RAW);
	FUZZ_CHECK(out.captured > 0 && out.captured <= out.on_wire);
	FUZZ_CHECK(out.captured <= DG_ANONYMISED_BYTES_MAX);
	check_same(&frame, &out);
	after = decode(&out);
	FUZZ_CHECK(after.packet.ip.header == bytes || after.verdict == DG_VERDICT_CUT ||
	    after.packet.tunnels != 0);
	/* What looks like a message and like a tunnel may look like another tunnel now. */
	FUZZ_CHECK(before.verdict == DG_VERDICT_MALFORMED || before.packet.tunnels != 0 ||
	    after.verdict != DG_VERDICT_MALFORMED);
	/* A message to a tunnel's port is one after all. */
	if (before.decoded != DG_DECODED_OTHER &&
	    (before.packet.tunnels == 0 || after.packet.tunnels == 0) &&
	    before.packet.ip.family == after.packet.ip.family &&
	    before.packet.outer_headers == 0)
		check_found(&before, &after);
	free(bytes);
	return 0;
}
