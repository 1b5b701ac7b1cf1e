/*
 * udp.c - UDP headers and TCP ports.
 *
 * Checksums are not verified: at the sender they are mostly left to the
 * network card, so a wrong one says nothing.
 */
#include "decode/udp.h"

#define HEADER_BYTES 8
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
	const uint8_t *h = dg_cur_take(&c, HEADER_BYTES);

	if (h == NULL)
		return failed(&c);
	read_header(h, &packet->ports);
	if (packet->ports.udp_length != 0) {
		if (packet->ports.udp_length < HEADER_BYTES)
			return DG_UDP_MALFORMED;
		dg_cur_limit(&c, packet->ports.udp_length - HEADER_BYTES);
	}
	packet->payload = c;
	return DG_UDP_OK;
}

enum dg_udp_status
dg_tcp_decode(struct dg_packet *packet)
{
	struct dg_cur c = packet->ip.payload;
	const uint8_t *h = dg_cur_take(&c, PORTS_BYTES);

	if (h == NULL)
		return failed(&c);
	packet->ports.source = dg_be16(h);
	packet->ports.destination = dg_be16(h + 2);
	return DG_UDP_OK;
}

bool
dg_ports_quoted(struct dg_cur c, struct dg_ports *ports, struct dg_cur *payload)
{
	struct dg_cur begin = c;
	const uint8_t *h = dg_cur_take(&c, HEADER_BYTES);

	if (h == NULL) {
		h = dg_cur_take(&begin, PORTS_BYTES);
		if (h == NULL)
			return false;
		*ports = (struct dg_ports){.source = dg_be16(h), .destination = dg_be16(h + 2)};
		*payload = dg_cur_make(begin.at, 0, 0);
		return true;
	}
	read_header(h, ports);
	if (ports->udp_length >= HEADER_BYTES)
		dg_cur_limit(&c, ports->udp_length - HEADER_BYTES);
	*payload = c;
	return true;
}
