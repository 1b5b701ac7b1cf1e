/*
 * tcp.c - TCP headers (RFC 9293 3.1).
 */
#include "decode/udp.h"

#define HEADER_MIN 20
#define SEQ_BYTES 8 /* ports and sequence number */
#define PORTS_BYTES 4

enum dg_udp_status
dg_tcp_decode(struct dg_packet *packet)
{
	struct dg_cur c = packet->ip.payload;
	const uint8_t *h = dg_cur_take(&c, HEADER_MIN);
	size_t options;

	if (h == NULL)
		return c.is_cut ? DG_UDP_CUT : DG_UDP_MALFORMED;
	packet->ports = (struct dg_ports){.source = dg_be16(h), .destination = dg_be16(h + 2)};
	packet->tcp.seq = dg_be32(h + 4);
	packet->tcp.ack = dg_be32(h + 8);
	packet->tcp.flags = h[13];
	if (h[12] >> 4 < HEADER_MIN / 4)
		return DG_UDP_MALFORMED;
	options = (h[12] >> 4) * 4u - HEADER_MIN;
	if (options > c.wire)
		return DG_UDP_MALFORMED;
	if (options > c.left)
		c = dg_cur_make(c.at + c.left, 0, c.wire - options);
	else
		(void)dg_cur_take(&c, options);
	packet->payload = c;
	return DG_UDP_OK;
}

void
dg_tcp_decode_quote(struct dg_quote *quote)
{
	struct dg_cur c = quote->ip.payload;
	const uint8_t *h = dg_cur_take(&c, PORTS_BYTES);

	quote->has_ports = h != NULL;
	if (h == NULL)
		return;
	quote->ports = (struct dg_ports){.source = dg_be16(h), .destination = dg_be16(h + 2)};
	quote->has_seq = dg_cur_take(&c, SEQ_BYTES - PORTS_BYTES) != NULL;
	if (quote->has_seq)
		quote->seq = dg_be32(h + 4);
	quote->payload = dg_cur_make(h + PORTS_BYTES, 0, 0);
}
