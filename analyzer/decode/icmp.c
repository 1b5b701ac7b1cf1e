/*
 * icmp.c - ICMP and ICMPv6 errors and the packet they quote.
 *
 * A quote may end after 8 bytes of transport header (RFC 792).  RFC 4884 puts
 * the quote's length into the header, so that extensions after it are not
 * taken for the quote.
 */
#include "decode/icmp.h"

#include "decode/ip.h"
#include "decode/udp.h"

enum icmp_type {
	TYPE_UNREACHABLE = 3,
	TYPE_TIME_EXCEEDED = 11,
	TYPE_PARAMETER = 12,
};

enum icmp6_type {
	TYPE6_UNREACHABLE = 1,
	TYPE6_TOO_BIG = 2,
	TYPE6_TIME_EXCEEDED = 3,
	TYPE6_PARAMETER = 4,
};

static const char *const unreachable_names[] = {
    "network-unreachable",
    "host-unreachable",
    "protocol-unreachable",
    "port-unreachable",
    "fragmentation-needed",
    "source-route-failed",
    "network-unknown",
    "host-unknown",
    "host-isolated",
    "network-prohibited",
    "host-prohibited",
    "network-unreachable-for-service",
    "host-unreachable-for-service",
    "administratively-prohibited",
    "host-precedence-violation",
    "precedence-cutoff",
};

static const char *const unreachable6_names[] = {
    "no-route",
    "administratively-prohibited",
    "beyond-scope",
    "address-unreachable",
    "port-unreachable",
    "policy-failed",
    "route-rejected",
    "source-routing-error",
};

static const char *const exceeded_names[] = {"hop-limit-exceeded", "reassembly-time-exceeded"};

#define PICK(list, code) ((code) < sizeof(list) / sizeof *(list) ? (list)[code] : "other")

const char *
dg_icmp_name(enum dg_family family, uint8_t type, uint8_t code)
{
	if (family == DG_FAMILY_IP4) {
		switch (type) {
		case TYPE_UNREACHABLE:
			return PICK(unreachable_names, code);
		case TYPE_TIME_EXCEEDED:
			return PICK(exceeded_names, code);
		case TYPE_PARAMETER:
			return "parameter-problem";
		default:
			return "other";
		}
	}
	switch (type) {
	case TYPE6_UNREACHABLE:
		return PICK(unreachable6_names, code);
	case TYPE6_TOO_BIG:
		return "packet-too-big";
	case TYPE6_TIME_EXCEEDED:
		return PICK(exceeded_names, code);
	case TYPE6_PARAMETER:
		return "parameter-problem";
	default:
		return "other";
	}
}

bool
dg_icmp_is_error(enum dg_family family, uint8_t type)
{
	if (family == DG_FAMILY_IP4)
		return type == TYPE_UNREACHABLE || type == TYPE_TIME_EXCEEDED ||
		    type == TYPE_PARAMETER;
	return type >= TYPE6_UNREACHABLE && type <= TYPE6_PARAMETER;
}

/*
 * How long the quote is (RFC 4884 4.1 to 4.3): in words of 4 bytes for IPv4, of 8 for
 * IPv6; 0 means to the end.  Only some types have the field.
 */
static size_t
quote_bytes(enum dg_family family, uint8_t type, const uint8_t *header)
{
	if (family == DG_FAMILY_IP4)
		return header[5] * 4u;
	if (type == TYPE6_UNREACHABLE || type == TYPE6_TIME_EXCEEDED)
		return header[4] * 8u;
	return 0;
}

static void
decode_quote(struct dg_packet *packet, struct dg_cur c)
{
	struct dg_quote *q = &packet->quote;
	enum dg_ip_status status;

	status = packet->ip.family == DG_FAMILY_IP4 ? dg_ip4_decode(&c, true, &q->ip)
						    : dg_ip6_decode(&c, true, &q->ip);
	if (status != DG_IP_OK)
		return;
	packet->has_quote = true;
	q->has_ports = false;
	q->has_seq = false;
	if (q->ip.is_later_fragment)
		return;
	if (q->ip.protocol == DG_PROTOCOL_UDP)
		dg_udp_decode_quote(q);
	else if (q->ip.protocol == DG_PROTOCOL_TCP)
		dg_tcp_decode_quote(q);
}

enum dg_icmp_status
dg_icmp_decode(struct dg_packet *packet)
{
	struct dg_cur c = packet->ip.payload;
	enum dg_family family = packet->ip.family;
	const uint8_t *header;
	size_t quoted;

	packet->has_quote = false;
	header = dg_cur_take(&c, 4);
	if (header == NULL)
		return c.is_cut ? DG_ICMP_CUT : DG_ICMP_MALFORMED;
	packet->icmp_type = header[0];
	packet->icmp_code = header[1];
	packet->icmp_checksum = dg_be16(header + 2);
	if (!dg_icmp_is_error(family, header[0]))
		return DG_ICMP_OK;
	if (dg_cur_take(&c, 4) == NULL)
		return c.is_cut ? DG_ICMP_CUT : DG_ICMP_MALFORMED;
	quoted = quote_bytes(family, header[0], header);
	if (quoted != 0)
		dg_cur_limit(&c, quoted);
	decode_quote(packet, c);
	return DG_ICMP_OK;
}
