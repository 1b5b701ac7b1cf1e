#ifndef DG_REASSEMBLY_MESSAGE_H
#define DG_REASSEMBLY_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/packet.h"

/*
 * message.h - one DNS message as it travelled, whatever carried it.
 */

struct dg_message {
	const uint8_t *data; /* borrowed from the frame */
	size_t captured;
	size_t on_wire;
	struct dg_addr source;
	struct dg_addr destination;
	uint16_t source_port;
	uint16_t destination_port;
	uint8_t family;    /* enum dg_family */
	uint8_t transport; /* enum dg_transport */
	bool is_fragment;  /* only the first fragment is here */
	/*
	 * Tells two sendings of one message from two sightings of one packet:
	 * IP ID, length and UDP checksum.  TTL is not in it, so a packet seen
	 * before and after a router is the same.
	 */
	uint64_t packet_mark;
	/* Tells the way a reply came: all that lies before IP, and the TTL.  0 for a query. */
	uint32_t path_mark;
	int64_t time_ns;
	struct dg_place place;
};

/* A UDP packet, or its first fragment, as a message. */
void dg_message_of_datagram(
    const struct dg_packet *packet, const struct dg_frame *frame, struct dg_message *m);

#endif
