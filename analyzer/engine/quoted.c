/*
 * quoted.c - from a decoded ICMP error to what is correlated.
 */
#include "engine/quoted.h"

#include "decode/icmp.h"

/*
 * Tells one ICMP error from another.  The sender is in it, for two routers may number
 * their packets alike, and what is quoted, for IPv6
 * numbers fragments only.
 */
static uint64_t
mark_of_icmp(const struct dg_packet *packet, const struct dg_hash_key *secret)
{
	const struct dg_quote *quote = &packet->quote;
	uint32_t id = packet->ip.family == DG_FAMILY_IP4 ? packet->ip.id : 0;
	uint64_t own = (uint64_t)id << 32 | (uint64_t)packet->icmp_type << 24 |
	    (uint64_t)packet->icmp_code << 16 | packet->icmp_checksum;
	uint64_t quoted = (uint64_t)quote->ip.id << 32;

	if (quote->ip.protocol == DG_PROTOCOL_TCP)
		quoted |= quote->has_seq ? quote->seq : 0;
	else
		quoted |= (uint64_t)quote->ports.udp_checksum << 16 |
		    (quote->payload.left >= 2 ? dg_be16(quote->payload.at) : 0);
	own ^= dg_hash(secret, &packet->ip.source, sizeof packet->ip.source);
	return dg_hash_fold(own, quoted);
}

void
dg_icmp_error_of(const struct dg_packet *packet, const struct dg_frame *frame,
    const struct dg_server_ports *ports, const struct dg_hash_key *secret,
    struct dg_icmp_error *out)
{
	const struct dg_quote *quote = &packet->quote;
	bool is_udp = quote->ip.protocol == DG_PROTOCOL_UDP;
	bool to_server = dg_server_ports_has(ports, quote->ports.destination);
	bool from_server = dg_server_ports_has(ports, quote->ports.source);
	int qr = to_server && from_server && is_udp ? dg_quote_qr(quote) : -1;

	*out = (struct dg_icmp_error){
	    .sender = packet->ip.source,
	    .family = packet->ip.family,
	    .type = packet->icmp_type,
	    .code = packet->icmp_code,
	    .place = frame->place,
	    .has_seq = !is_udp && quote->has_seq,
	    .seq = is_udp ? 0 : quote->seq,
	    .packet_mark = mark_of_icmp(packet, secret),
	    .time_ns = frame->time_ns,
	    .may_be_query = to_server && qr != 1,
	    .may_be_reply = from_server && qr != 0,
	};
	if (out->may_be_query)
		dg_key_of_quote(quote, false, secret, &out->as_query);
	if (out->may_be_reply)
		dg_key_of_quote(quote, true, secret, &out->as_reply);
}
