#ifndef DG_DECODE_PACKET_H
#define DG_DECODE_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"
#include "base/frame.h"
#include "decode/verdict.h"

/*
 * packet.h - a frame taken apart down to its transport's payload.
 *
 * Everything borrows from the frame.  Decoding is pure: no allocation, no
 * state, no failure but a verdict.
 */

enum dg_protocol {
	DG_PROTOCOL_HOP_BY_HOP = 0,
	DG_PROTOCOL_ICMP = 1,
	DG_PROTOCOL_IPIP = 4,
	DG_PROTOCOL_TCP = 6,
	DG_PROTOCOL_UDP = 17,
	DG_PROTOCOL_IP6 = 41,
	DG_PROTOCOL_ROUTING = 43,
	DG_PROTOCOL_FRAGMENT = 44,
	DG_PROTOCOL_GRE = 47,
	DG_PROTOCOL_ESP = 50,
	DG_PROTOCOL_AH = 51,
	DG_PROTOCOL_ICMP6 = 58,
	DG_PROTOCOL_NONE = 59,
	DG_PROTOCOL_DESTINATION = 60,
	DG_PROTOCOL_L2TP = 115,
	DG_PROTOCOL_MPLS = 137,
};

/* An IP header and what it carries. */
struct dg_ip {
	struct dg_addr source;
	struct dg_addr destination;
	struct dg_cur payload;  /* past all IP headers; ends where IP says */
	uint8_t family;         /* enum dg_family */
	uint8_t protocol;       /* of the payload, past extension headers */
	bool is_fragment;       /* part of a packet, first or not */
	bool is_later_fragment; /* its offset is not 0: no transport header */
	uint8_t ttl;            /* or hop limit */
	uint32_t id;            /* IPv4 identification; IPv6 fragment ID or 0 */
};

/* The ports of a UDP or TCP header, and the rest of UDP's. */
struct dg_ports {
	uint16_t source;
	uint16_t destination;
	uint16_t udp_length;
	uint16_t udp_checksum;
};

/* The packet that an ICMP error quotes, as far as the quote goes. */
struct dg_quote {
	struct dg_ip ip;
	struct dg_ports ports;
	bool has_ports;        /* UDP or TCP, first fragment, 4 bytes quoted at least */
	struct dg_cur payload; /* past the UDP header; often nothing */
};

struct dg_packet {
	uint32_t link_bytes; /* what lies before the IP header */
	struct dg_ip ip;
	struct dg_ports ports; /* UDP and TCP */
	struct dg_cur payload; /* UDP: past its header */
	uint8_t icmp_type;
	uint8_t icmp_code;
	uint16_t icmp_checksum;
	bool has_quote;
	struct dg_quote quote;
};

/* What decode found: the caller knows the server ports and says the rest. */
enum dg_decoded {
	DG_DECODED_UDP,            /* ports and payload are set */
	DG_DECODED_TCP,            /* ports are set */
	DG_DECODED_ICMP,           /* type and code; quote when has_quote */
	DG_DECODED_FIRST_FRAGMENT, /* of UDP: ports and the payload's beginning */
	DG_DECODED_OTHER,          /* the verdict says it all */
};

/**
 * Takes a frame apart.
 *
 * `verdict` is set always; it is final when DG_DECODED_OTHER is returned, and a
 * proposal (UDP_OTHER, TCP_OTHER, ICMP_OTHER, FRAGMENT) otherwise.
 * Fields of `packet` that the result does not name are not set.
 */
enum dg_decoded dg_decode(
    const struct dg_frame *frame, struct dg_packet *packet, enum dg_verdict *verdict);

/* Whether frames of this link type can be taken apart. */
bool dg_decode_supports(uint32_t linktype);

#endif
