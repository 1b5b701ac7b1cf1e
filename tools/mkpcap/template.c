/*
 * template.c - frames built once and patched millions of times.
 *
 * The packet builder makes one frame for each zone, family, EDNS and kind of
 * message, with zeros where frames differ.  A frame is a copy of it with those
 * bytes filled in; each checksum is the template's sum plus the new words.
 *
 * Invariant: every patched word but the question's type lies at an even
 * offset of what the UDP checksum covers.  The first label has seven letters,
 * so that it fills, with its length byte, four whole words.
 */

#include "template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LABEL_LEN = 7,
	DNS_HEADER_LEN = 12,
	UDP_HEADER_LEN = 8,
};

static size_t
place_of(uint32_t zone, bool is_v6, enum mk_edns edns, enum mk_kind kind)
{
	size_t place = zone;

	place = place * 2 + is_v6;
	place = place * MK_EDNS_COUNT + (unsigned)edns;
	return place * MK_KIND_COUNT + (unsigned)kind;
}

/* Zones of several lengths, odd and even. */
static void
name_zone(char *out, size_t room, uint32_t zone)
{
	static const char *const forms[] = {
	    "\\000\\000\\000\\000\\000\\000\\000.zone-%u.example",
	    "\\000\\000\\000\\000\\000\\000\\000.mail%u.hosting.test",
	    "\\000\\000\\000\\000\\000\\000\\000.cdn.edge-%u.example",
	    "\\000\\000\\000\\000\\000\\000\\000.corp%u.internal.test",
	};

	snprintf(out, room, forms[zone % 4], (unsigned)zone);
}

static void
describe_message(struct pkt_dns *m, enum mk_edns edns, enum mk_kind kind)
{
	/* RFC 7873: the client's 8 bytes, and 8 more from the server. */
	static const uint8_t cookie[16] = {0x5a, 0x11, 0xc0, 0x0c, 0x1e, 0x77, 0x21, 0x09, 0x01,
	    0x00, 0x00, 0x00, 0x67, 0x3f, 0xa8, 0xd2};
	static const struct pkt_option asked = {.code = 10, .len = 8, .data = cookie};
	static const struct pkt_option given = {.code = 10, .len = 16, .data = cookie};
	static const uint16_t answer_counts[MK_KIND_COUNT] = {
	    [MK_ANSWER_1] = 1, [MK_ANSWER_2] = 2, [MK_ANSWER_4] = 4, [MK_ANSWER_8] = 8};
	bool is_query = kind == MK_QUERY;

	m->flags = PKT_RD;
	if (!is_query)
		m->flags |= PKT_QR | PKT_RA;
	if (kind == MK_TRUNCATED)
		m->flags |= PKT_TC;
	m->rcode = kind == MK_NXDOMAIN ? 3 : 0;
	m->answer_count = answer_counts[kind];
	m->has_opt = edns != MK_EDNS_NONE;
	m->option_count = edns == MK_EDNS_COOKIE;
	m->options = is_query ? &asked : &given;
}

/* Clears what the checksum must not hold, and sums the rest. */
static void
sum_template(struct mk_template *t, uint8_t *frame)
{
	size_t udp_len = (size_t)t->len - t->udp_at;
	uint8_t *ip = frame + t->ip_at;
	uint8_t *udp = frame + t->udp_at;

	memset(udp + 6, 0, 2);
	memset(frame + t->qtype_at, 0, 2);
	if (!t->is_v6)
		memset(ip + 10, 0, 2);
	t->is_qtype_odd = (t->qtype_at - t->udp_at) % 2 != 0;
	t->ip_sum = pkt_sum(0, ip, 20);
	t->udp_sum = pkt_sum(17u + (uint32_t)udp_len, udp, udp_len);
}

static void
build_template(struct mk_template *t, struct pkt_buf *bytes, const struct pkt_link *link,
    const char *qname, enum mk_edns edns, enum mk_kind kind)
{
	struct pkt_facts f = {.link = *link, .dns = {.qname = qname}};
	struct pkt_buf wire_name = {0};
	size_t first = bytes->len;

	f.link.packet_type = kind == MK_QUERY ? 4 : 0;
	f.ip.src_bytes.is_v6 = t->is_v6;
	f.ip.dst_bytes.is_v6 = t->is_v6;
	f.ip.ttl = kind == MK_QUERY ? 64 : 57;
	describe_message(&f.dns, edns, kind);
	pkt_link(bytes, &f.link, t->is_v6);
	t->ip_at = (uint16_t)(bytes->len - first);
	bytes->len = first;
	pkt_frame(bytes, &f);
	pkt_name(&wire_name, qname);
	t->len = (uint16_t)(bytes->len - first);
	t->udp_at = (uint16_t)(t->ip_at + (t->is_v6 ? 40 : 20));
	t->qtype_at = (uint16_t)(t->udp_at + UDP_HEADER_LEN + DNS_HEADER_LEN);
	t->qtype_at = (uint16_t)(t->qtype_at + wire_name.len);
	pkt_buf_fini(&wire_name);
	sum_template(t, bytes->at + first);
}

int
mk_templates_init(
    struct mk_templates *t, uint32_t zone_count, enum pkt_link_kind link_kind, uint16_t vlan)
{
	struct pkt_vlan tag = {.tci = vlan};
	struct pkt_link link = {.kind = link_kind, .vlan_count = vlan != 0, .vlans = &tag};
	size_t count = place_of(zone_count, false, MK_EDNS_NONE, MK_QUERY);
	uint8_t *frame;

	*t = (struct mk_templates){0};
	t->all = calloc(count, sizeof(*t->all));
	if (t->all == NULL)
		return -1;
	for (size_t i = 0; i < count; i++) {
		enum mk_kind kind = (enum mk_kind)(i % MK_KIND_COUNT);
		enum mk_edns edns = (enum mk_edns)(i / MK_KIND_COUNT % MK_EDNS_COUNT);
		size_t rest = i / MK_KIND_COUNT / MK_EDNS_COUNT;
		char qname[80];

		t->all[i].is_v6 = rest % 2 != 0;
		name_zone(qname, sizeof(qname), (uint32_t)(rest / 2));
		build_template(&t->all[i], &t->bytes, &link, qname, edns, kind);
	}
	/* The bytes have stopped moving. */
	frame = t->bytes.at;
	for (size_t i = 0; i < count; i++) {
		t->all[i].frame = frame;
		frame += t->all[i].len;
	}
	return 0;
}

void
mk_templates_fini(struct mk_templates *t)
{
	free(t->all);
	pkt_buf_fini(&t->bytes);
	*t = (struct mk_templates){0};
}

const struct mk_template *
mk_templates_find(const struct mk_templates *t, uint32_t zone, bool is_v6, enum mk_edns edns,
    enum mk_kind kind)
{
	return &t->all[place_of(zone, is_v6, edns, kind)];
}

static void
set16(uint8_t *at, unsigned v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static void
fill_v4(const struct mk_template *t, const struct mk_fill *fill, uint8_t *ip)
{
	set16(ip + 4, fill->ip_id);
	set16(ip + 10,
	    pkt_sum_fold(t->ip_sum + fill->ip_id + fill->src->v4_sum + fill->dst->v4_sum));
	memcpy(ip + 12, fill->src->v4, 4);
	memcpy(ip + 16, fill->dst->v4, 4);
}

void
mk_template_write(const struct mk_template *t, const struct mk_fill *fill, uint8_t *frame)
{
	uint8_t *ip = frame + t->ip_at;
	uint8_t *udp = frame + t->udp_at;
	uint8_t *dns = udp + UDP_HEADER_LEN;
	uint8_t *label = dns + DNS_HEADER_LEN;
	uint32_t sum = t->udp_sum + fill->sport + fill->dport + fill->dns_id;
	uint16_t checksum;

	memcpy(frame, t->frame, t->len);
	if (t->is_v6) {
		memcpy(ip + 8, fill->src->v6, 16);
		memcpy(ip + 24, fill->dst->v6, 16);
		sum += fill->src->v6_sum + fill->dst->v6_sum;
	} else {
		fill_v4(t, fill, ip);
		sum += fill->src->v4_sum + fill->dst->v4_sum;
	}
	set16(udp, fill->sport);
	set16(udp + 2, fill->dport);
	set16(dns, fill->dns_id);
	memcpy(label + 1, fill->label, LABEL_LEN);
	set16(frame + t->qtype_at, fill->qtype);
	/* The length byte is in the template's sum already. */
	sum = pkt_sum(sum, label, LABEL_LEN + 1) - (LABEL_LEN << 8);
	sum += t->is_qtype_odd ? (fill->qtype >> 8 | (fill->qtype & 0xffu) << 8) : fill->qtype;
	checksum = pkt_sum_fold(sum);
	set16(udp + 6, checksum != 0 ? checksum : 0xffff);
}

static struct mk_host
make_host(const char *v4, const char *v6, uint32_t number)
{
	struct mk_host h;
	struct pkt_addr a4 = pkt_addr(v4);
	struct pkt_addr a6 = pkt_addr(v6);

	memcpy(h.v4, a4.bytes, 4);
	memcpy(h.v6, a6.bytes, 16);
	/* Networks of /8 and /15 have room for a 17-bit or 24-bit number. */
	number++;
	h.v4[1] = (uint8_t)(h.v4[1] | number >> 16);
	set16(h.v4 + 2, number & 0xffff);
	set16(h.v6 + 12, number >> 16);
	set16(h.v6 + 14, number & 0xffff);
	h.v4_sum = pkt_sum(0, h.v4, 4);
	h.v6_sum = pkt_sum(0, h.v6, 16);
	return h;
}

struct mk_host
mk_host_client(uint32_t number)
{
	return make_host("10.0.0.0", "2001:db8:0:c::", number);
}

struct mk_host
mk_host_server(uint32_t number)
{
	return make_host("198.18.0.0", "2001:db8:0:5::", number);
}
