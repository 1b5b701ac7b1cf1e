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
	const uint8_t
	    *data; /* borrowed from the frame, or from reassembly until its next call */
	size_t captured;
	size_t on_wire;
	struct dg_addr source;
	struct dg_addr destination;
	uint16_t source_port;
	uint16_t destination_port;
	uint8_t family;    /* enum dg_family */
	uint8_t transport; /* enum dg_transport */
	bool is_partial;   /* the first fragment of a datagram: only its beginning is here */
	/*
	 * Tells two sendings of one message from two sightings of one packet:
	 * IP ID, length and UDP checksum.  TTL is not in it, so a packet seen
	 * before and after a router is the same.  0 over TCP.
	 */
	uint64_t packet_mark;
	/* Tells the way a reply came (docs/decoding.md).  0 for a query, and over TCP. */
	uint32_t path_mark;
	int64_t time_ns; /* of the frame with which it was complete, as is its place */
	struct dg_place place;
};

/* A UDP packet as a message; or a first fragment, with its header whole, as a partial one. */
void dg_message_of_datagram(
    const struct dg_packet *packet, const struct dg_frame *frame, struct dg_message *m);

/**
 * The message of a frame that is plain: Ethernet, IP, UDP with one of `server_ports`, nothing
 * around, between or missing.  False for every other frame, which says nothing about it: it
 * must be taken apart.  Then `m` holds anything.
 */
bool dg_message_of_plain_frame(const struct dg_frame *frame,
    const struct dg_server_ports *server_ports, struct dg_message *m);

#endif
