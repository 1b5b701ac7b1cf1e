/*
 * pkt.c - builds captured frames out of plain facts.
 *
 * Every layer is appended after its payload is known, so each function takes
 * the payload as bytes and copies it: plain, and slow.  Whoever needs millions
 * of packets builds one and patches it.
 *
 * Invariant: a frame built from sane facts has right lengths and checksums;
 * what is wrong in it was asked for.
 * Weak spot: names are never compressed, but for the answers' owner.
 */

#include "pkt.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PROTOCOL_ICMP = 1,
	PROTOCOL_UDP = 17,
	PROTOCOL_ICMPV6 = 58,
	EXT_AUTH = 51,
	EXT_FRAGMENT = 44,
	ETHERTYPE_V4 = 0x0800,
	ETHERTYPE_V6 = 0x86dd,
};

static _Noreturn void
die(const char *what, const char *about)
{
	fprintf(stderr, "pkt: %s: %s\n", what, about);
	abort();
}

void
pkt_buf_fini(struct pkt_buf *b)
{
	free(b->at);
	*b = (struct pkt_buf){0};
}

void
pkt_buf_clear(struct pkt_buf *b)
{
	b->len = 0;
}

void
pkt_put(struct pkt_buf *b, const void *bytes, size_t len)
{
	if (len == 0)
		return;
	if (len > b->room - b->len) {
		size_t room = 2 * b->room + len + 64;
		uint8_t *at = realloc(b->at, room);

		if (at == NULL)
			die("no memory", "growing a packet");
		b->at = at;
		b->room = room;
	}
	memcpy(b->at + b->len, bytes, len);
	b->len += len;
}

void
pkt_put8(struct pkt_buf *b, unsigned v)
{
	uint8_t byte = (uint8_t)v;

	pkt_put(b, &byte, 1);
}

void
pkt_put16(struct pkt_buf *b, unsigned v)
{
	pkt_put8(b, v >> 8);
	pkt_put8(b, v);
}

void
pkt_put32(struct pkt_buf *b, uint32_t v)
{
	pkt_put16(b, v >> 16);
	pkt_put16(b, v & 0xffff);
}

void
pkt_set16(struct pkt_buf *b, size_t offset, unsigned v)
{
	if (offset + 2 > b->len)
		die("pkt_set16", "beyond the end");
	b->at[offset] = (uint8_t)(v >> 8);
	b->at[offset + 1] = (uint8_t)v;
}

static void
put_zeros(struct pkt_buf *b, size_t count)
{
	while (count-- > 0)
		pkt_put8(b, 0);
}

struct pkt_addr
pkt_addr(const char *text)
{
	struct pkt_addr a = {0};

	a.is_v6 = strchr(text, ':') != NULL;
	if (inet_pton(a.is_v6 ? AF_INET6 : AF_INET, text, a.bytes) != 1)
		die("not an address", text);
	return a;
}

uint32_t
pkt_sum(uint32_t sum, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	for (; len > 1; len -= 2, p += 2)
		sum += (uint32_t)p[0] << 8 | p[1];
	if (len == 1)
		sum += (uint32_t)p[0] << 8;
	return sum;
}

uint16_t
pkt_sum_fold(uint32_t sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* ---- DNS ---- */

/* Reads one character of a label; `*text` moves past it. */
static uint8_t
take_character(const char **text)
{
	const char *p = *text;
	unsigned v = 0;

	if (*p != '\\') {
		*text = p + 1;
		return (uint8_t)*p;
	}
	p++;
	if (*p < '0' || *p > '9') {
		if (*p == '\0')
			die("name ends in a backslash", *text);
		*text = p + 1;
		return (uint8_t)*p;
	}
	for (int i = 0; i < 3; i++, p++) {
		if (*p < '0' || *p > '9')
			die("\\DDD needs three digits", *text);
		v = 10 * v + (unsigned)(*p - '0');
	}
	if (v > 255)
		die("\\DDD above 255", *text);
	*text = p;
	return (uint8_t)v;
}

void
pkt_name(struct pkt_buf *b, const char *text)
{
	const char *whole = text;
	size_t first = b->len;

	if (strcmp(text, ".") == 0)
		text++;
	while (*text != '\0') {
		size_t label = b->len;

		pkt_put8(b, 0);
		while (*text != '\0' && *text != '.')
			pkt_put8(b, take_character(&text));
		if (b->len == label + 1 || b->len - label > 64)
			die("label is empty or too long", whole);
		b->at[label] = (uint8_t)(b->len - label - 1);
		if (*text == '.')
			text++;
	}
	pkt_put8(b, 0);
	if (b->len - first > 255)
		die("name is longer than 255 bytes", whole);
}

static void
put_opt(struct pkt_buf *b, const struct pkt_dns *m)
{
	size_t length_at;

	pkt_put8(b, 0);
	pkt_put16(b, 41);
	pkt_put16(b, m->udp_bytes != 0 ? m->udp_bytes : 1232);
	pkt_put8(b, m->rcode >> 4); /* RFC 6891 section 6.1.3 */
	pkt_put8(b, 0);
	pkt_put16(b, m->is_do ? 0x8000 : 0);
	length_at = b->len;
	pkt_put16(b, 0);
	for (unsigned i = 0; i < m->option_count; i++) {
		pkt_put16(b, m->options[i].code);
		pkt_put16(b, m->options[i].len);
		pkt_put(b, m->options[i].data, m->options[i].len);
	}
	pkt_set16(b, length_at, (unsigned)(b->len - length_at - 2));
}

void
pkt_dns(struct pkt_buf *b, const struct pkt_dns *m)
{
	if (m->rcode > 15 && !m->has_opt)
		die("pkt_dns", "an rcode above 15 needs an OPT");
	pkt_put16(b, m->id);
	pkt_put16(b, m->flags | (m->rcode & 15));
	pkt_put16(b, m->qname != NULL);
	pkt_put16(b, m->answer_count);
	pkt_put16(b, 0);
	pkt_put16(b, m->has_opt);
	if (m->qname != NULL) {
		pkt_name(b, m->qname);
		pkt_put16(b, m->qtype != 0 ? m->qtype : 1);
		pkt_put16(b, m->qclass != 0 ? m->qclass : 1);
	}
	for (unsigned i = 0; i < m->answer_count; i++) {
		if (m->qname != NULL)
			pkt_put16(b, 0xc00c);
		else
			pkt_put8(b, 0);
		pkt_put16(b, 1);
		pkt_put16(b, 1);
		pkt_put32(b, 300);
		pkt_put16(b, 4);
		pkt_put32(b, 0xc0000201u + i);
	}
	if (m->has_opt)
		put_opt(b, m);
}

/* ---- UDP, ICMP, IP ---- */

static struct pkt_addr
source_of(const struct pkt_ip *ip)
{
	return ip->src != NULL ? pkt_addr(ip->src) : ip->src_bytes;
}

static struct pkt_addr
destination_of(const struct pkt_ip *ip)
{
	return ip->dst != NULL ? pkt_addr(ip->dst) : ip->dst_bytes;
}

/* RFC 768 and RFC 8200 section 8.1. */
static uint32_t
sum_pseudo_header(const struct pkt_ip *ip, unsigned protocol, size_t len)
{
	struct pkt_addr src = source_of(ip);
	struct pkt_addr dst = destination_of(ip);
	size_t addr_len = src.is_v6 ? 16 : 4;
	uint32_t sum = protocol + (uint32_t)(len >> 16) + (uint32_t)(len & 0xffff);

	sum = pkt_sum(sum, src.bytes, addr_len);
	return pkt_sum(sum, dst.bytes, addr_len);
}

void
pkt_udp(struct pkt_buf *b, const struct pkt_udp *udp, const struct pkt_ip *ip,
    const void *payload, size_t payload_len)
{
	size_t first = b->len;
	size_t len = payload_len + 8;
	uint16_t checksum = 0;

	pkt_put16(b, udp->sport);
	pkt_put16(b, udp->dport);
	pkt_put16(b, udp->length != 0 ? udp->length : (unsigned)len);
	pkt_put16(b, 0);
	pkt_put(b, payload, payload_len);
	if (udp->checksum != PKT_CHECKSUM_ZERO) {
		uint32_t sum = sum_pseudo_header(ip, PROTOCOL_UDP, len);

		checksum = pkt_sum_fold(pkt_sum(sum, b->at + first, len));
		if (checksum == 0)
			checksum = 0xffff; /* zero would mean that there is none */
	}
	if (udp->checksum == PKT_CHECKSUM_WRONG)
		checksum ^= 0x5555;
	pkt_set16(b, first + 6, checksum);
}

void
pkt_icmp(struct pkt_buf *b, const struct pkt_icmp *icmp, const struct pkt_ip *ip)
{
	bool is_v6 = source_of(ip).is_v6;
	size_t unit = is_v6 ? 8 : 4;
	size_t first = b->len;
	size_t len = icmp->quoted_len;
	uint32_t sum;

	if (icmp->cut_len != 0 && icmp->cut_len < len)
		len = icmp->cut_len;
	pkt_put8(b, icmp->type);
	pkt_put8(b, icmp->code);
	pkt_put16(b, 0);
	pkt_put32(b, icmp->word);
	pkt_put(b, icmp->quoted, len);
	if (icmp->has_length) {
		size_t padded = (len + unit - 1) / unit * unit;

		if (icmp->extension_len != 0 && padded < 128)
			padded = 128;
		put_zeros(b, padded - len);
		b->at[first + (is_v6 ? 4 : 5)] = (uint8_t)(padded / unit);
	}
	pkt_put(b, icmp->extension, icmp->extension_len);
	len = b->len - first;
	sum = is_v6 ? sum_pseudo_header(ip, PROTOCOL_ICMPV6, len) : 0;
	pkt_set16(b, first + 2, pkt_sum_fold(pkt_sum(sum, b->at + first, len)));
}

static void
put_ipv4(struct pkt_buf *b, const struct pkt_ip *ip, uint8_t protocol, size_t payload_len)
{
	size_t first = b->len;
	size_t header_len = 20u + ip->option_len;

	if (ip->option_len % 4 != 0 || ip->option_len > 40)
		die("IPv4 options", "not a multiple of 4, or above 40 bytes");
	pkt_put8(b, 0x40 | (unsigned)(header_len / 4));
	pkt_put8(b, ip->tos);
	pkt_put16(b, (unsigned)(header_len + payload_len));
	pkt_put16(b, ip->id & 0xffff);
	pkt_put16(b,
	    (ip->is_df ? 0x4000u : 0) | (ip->is_more ? 0x2000u : 0) | ip->fragment_offset / 8u);
	pkt_put8(b, ip->ttl != 0 ? ip->ttl : 64);
	pkt_put8(b, protocol);
	pkt_put16(b, 0);
	pkt_put(b, source_of(ip).bytes, 4);
	pkt_put(b, destination_of(ip).bytes, 4);
	pkt_put(b, ip->options, ip->option_len);
	pkt_set16(b, first + 10, pkt_sum_fold(pkt_sum(0, b->at + first, header_len)));
}

/* `next` is the type of what follows this header. */
static void
put_ext(struct pkt_buf *b, const struct pkt_ext *ext, uint8_t next)
{
	/* AH alone counts units of 4 bytes, less 2 (RFC 4302 section 2.2). */
	size_t unit = ext->type == EXT_AUTH ? 4 : 8;
	size_t len = (ext->body_len + 2u + unit - 1) / unit * unit;
	size_t count = ext->type == EXT_AUTH ? len / 4 - 2 : len / 8 - 1;

	pkt_put8(b, next);
	pkt_put8(b, (unsigned)count);
	pkt_put(b, ext->body, ext->body_len);
	put_zeros(b, len - 2 - ext->body_len);
}

static void
put_ipv6(struct pkt_buf *b, const struct pkt_ip *ip, uint8_t protocol, size_t payload_len)
{
	bool has_fragment = ip->fragment_offset != 0 || ip->is_more || ip->is_fragment;
	size_t first = b->len;
	uint8_t last = has_fragment ? EXT_FRAGMENT : protocol;

	pkt_put32(b, 6u << 28 | (uint32_t)ip->tos << 20);
	pkt_put16(b, 0);
	pkt_put8(b, ip->ext_count != 0 ? ip->exts[0].type : last);
	pkt_put8(b, ip->ttl != 0 ? ip->ttl : 64);
	pkt_put(b, source_of(ip).bytes, 16);
	pkt_put(b, destination_of(ip).bytes, 16);
	for (unsigned i = 0; i < ip->ext_count; i++) {
		bool is_last = i + 1u == ip->ext_count;

		put_ext(b, &ip->exts[i], is_last ? last : ip->exts[i + 1].type);
	}
	if (has_fragment) {
		pkt_put8(b, protocol);
		pkt_put8(b, 0);
		pkt_put16(b, (ip->fragment_offset & 0xfff8u) | ip->is_more);
		pkt_put32(b, ip->id);
	}
	pkt_set16(b, first + 4, (unsigned)(b->len - first - 40 + payload_len));
}

void
pkt_ip(struct pkt_buf *b, const struct pkt_ip *ip, uint8_t protocol, const void *payload,
    size_t payload_len)
{
	if (source_of(ip).is_v6 != destination_of(ip).is_v6)
		die("pkt_ip", "one address is IPv4, the other IPv6");
	if (ip->fragment_offset % 8 != 0)
		die("pkt_ip", "fragment offset is not a multiple of 8");
	if (ip->protocol != 0)
		protocol = ip->protocol;
	if (source_of(ip).is_v6)
		put_ipv6(b, ip, protocol, payload_len);
	else
		put_ipv4(b, ip, protocol, payload_len);
	pkt_put(b, payload, payload_len);
}

/* ---- link and frame ---- */

static const uint8_t link_addresses[12] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};

static void
put_sll(struct pkt_buf *b, const struct pkt_link *link, unsigned ethertype)
{
	pkt_put16(b, link->packet_type);
	pkt_put16(b, 1);
	pkt_put16(b, 6);
	pkt_put(b, link_addresses + 6, 6);
	pkt_put16(b, 0);
	pkt_put16(b, ethertype);
}

static void
put_sll2(struct pkt_buf *b, const struct pkt_link *link, unsigned ethertype)
{
	pkt_put16(b, ethertype);
	pkt_put16(b, 0);
	pkt_put32(b, link->ifindex);
	pkt_put16(b, 1);
	pkt_put8(b, link->packet_type);
	pkt_put8(b, 6);
	pkt_put(b, link_addresses + 6, 6);
	pkt_put16(b, 0);
}

static unsigned
tag_type(const struct pkt_vlan *tag)
{
	return tag->tpid != 0 ? tag->tpid : 0x8100;
}

/* The tags take the place of the EtherType, which follows them. */
static unsigned
first_ethertype(const struct pkt_link *link, unsigned ethertype)
{
	if (link->vlan_count == 0)
		return ethertype;
	return tag_type(&link->vlans[0]);
}

static void
put_tags(struct pkt_buf *b, const struct pkt_link *link, unsigned ethertype)
{
	for (unsigned i = 0; i < link->vlan_count; i++) {
		bool is_last = i + 1u == link->vlan_count;

		pkt_put16(b, link->vlans[i].tci);
		pkt_put16(b, is_last ? ethertype : tag_type(&link->vlans[i + 1]));
	}
}

void
pkt_link(struct pkt_buf *b, const struct pkt_link *link, bool is_v6)
{
	unsigned ethertype = is_v6 ? ETHERTYPE_V6 : ETHERTYPE_V4;
	uint32_t family = link->family != 0 ? link->family : (is_v6 ? 30u : 2u);

	switch (link->kind) {
	case PKT_LINK_ETHERNET:
		pkt_put(b, link_addresses, sizeof(link_addresses));
		pkt_put16(b, first_ethertype(link, ethertype));
		break;
	case PKT_LINK_SLL:
		put_sll(b, link, first_ethertype(link, ethertype));
		break;
	case PKT_LINK_SLL2:
		put_sll2(b, link, first_ethertype(link, ethertype));
		break;
	case PKT_LINK_NULL:
		pkt_put32(b, __builtin_bswap32(family));
		return;
	case PKT_LINK_LOOP:
		pkt_put32(b, family);
		return;
	case PKT_LINK_RAW:
	case PKT_LINK_NONE:
		return;
	}
	put_tags(b, link, ethertype);
}

int
pkt_linktype(enum pkt_link_kind kind)
{
	switch (kind) {
	case PKT_LINK_ETHERNET:
		return 1;
	case PKT_LINK_NULL:
		return 0;
	case PKT_LINK_LOOP:
		return 108;
	case PKT_LINK_SLL:
		return 113;
	case PKT_LINK_SLL2:
		return 276;
	case PKT_LINK_RAW:
	case PKT_LINK_NONE:
		break;
	}
	return 101;
}

/* Appends what the IP header carries and returns its protocol. */
static uint8_t
put_transport(struct pkt_buf *b, const struct pkt_facts *f, bool is_v6)
{
	struct pkt_buf message = {0};

	if (f->ip_payload != NULL) {
		pkt_put(b, f->ip_payload, f->ip_payload_len);
		return f->ip.protocol;
	}
	if (f->icmp != NULL) {
		pkt_icmp(b, f->icmp, &f->ip);
		return is_v6 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP;
	}
	if (f->udp_payload != NULL)
		pkt_put(&message, f->udp_payload, f->udp_payload_len);
	else
		pkt_dns(&message, &f->dns);
	pkt_udp(b, &f->udp, &f->ip, message.at, message.len);
	pkt_buf_fini(&message);
	return PROTOCOL_UDP;
}

void
pkt_frame(struct pkt_buf *out, const struct pkt_facts *f)
{
	bool is_v6 = source_of(&f->ip).is_v6;
	struct pkt_buf payload = {0};
	uint8_t protocol = put_transport(&payload, f, is_v6);

	pkt_link(out, &f->link, is_v6);
	pkt_ip(out, &f->ip, protocol, payload.at, payload.len);
	pkt_buf_fini(&payload);
}
