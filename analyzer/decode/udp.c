/*
 * udp.c - UDP headers.
 *
 * Checksums are not verified: at the sender they are mostly left to the
 * network card, so a wrong one says nothing.
 */
#include "decode/udp.h"

#define PORTS_BYTES 4

static enum dg_udp_status
failed(const struct dg_cur *c)
{
	return c->is_cut ? DG_UDP_CUT : DG_UDP_MALFORMED;
}

static void
read_header(const uint8_t *h, struct dg_ports *ports)
{
	ports->source = dg_be16(h);
	ports->destination = dg_be16(h + 2);
	ports->udp_length = dg_be16(h + 4);
	ports->udp_checksum = dg_be16(h + 6);
}

enum dg_udp_status
dg_udp_decode(struct dg_packet *packet)
{
	struct dg_cur c = packet->ip.payload;
	const uint8_t *h = dg_cur_take(&c, DG_UDP_HEADER_BYTES);

	if (h == NULL)
		return failed(&c);
	read_header(h, &packet->ports);
	if (packet->ports.udp_length != 0) {
		if (packet->ports.udp_length < DG_UDP_HEADER_BYTES)
			return DG_UDP_MALFORMED;
		dg_cur_limit(&c, packet->ports.udp_length - DG_UDP_HEADER_BYTES);
	}
	packet->payload = c;
	return DG_UDP_OK;
}

void
dg_udp_decode_quote(struct dg_quote *quote)
{
	struct dg_cur c = quote->ip.payload;
	struct dg_cur begin = c;
	struct dg_ports *ports = &quote->ports;
	const uint8_t *h = dg_cur_take(&c, DG_UDP_HEADER_BYTES);

	if (h == NULL) {
		h = dg_cur_take(&begin, PORTS_BYTES);
		quote->has_ports = h != NULL;
		if (h == NULL)
			return;
		*ports = (struct dg_ports){.source = dg_be16(h), .destination = dg_be16(h + 2)};
		quote->payload = dg_cur_make(begin.at, 0, 0);
		return;
	}
	quote->has_ports = true;
	read_header(h, ports);
	if (ports->udp_length >= DG_UDP_HEADER_BYTES)
		dg_cur_limit(&c, ports->udp_length - DG_UDP_HEADER_BYTES);
	quote->payload = c;
}
