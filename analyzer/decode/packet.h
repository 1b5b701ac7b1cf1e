#ifndef DG_DECODE_PACKET_H
#define DG_DECODE_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"
#include "base/frame.h"
#include "decode/ports.h"
#include "decode/verdict.h"

/*
 * packet.h - a frame taken apart down to its innermost transport's payload, by
 * the rules of docs/decoding.md.
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
	const uint8_t *header; /* its first octet */
	struct dg_addr source;
	struct dg_addr destination;
	struct dg_cur payload;  /* past all IP headers; ends where IP says */
	uint8_t family;         /* enum dg_family */
	uint8_t protocol;       /* of the payload, past extension headers */
	bool is_fragment;       /* part of a packet, first or not */
	bool is_later_fragment; /* its offset is not 0: no transport header */
	uint8_t ttl;            /* or hop limit */
	uint32_t id;            /* IPv4 identification; IPv6 fragment ID or 0 */

	/* Of a fragment only: what is to be put together. */
	struct dg_cur
	    fragment; /* its bytes: IPv4, past the header; IPv6, past the fragment header */
	uint32_t fragment_offset;  /* in octets */
	bool has_more;             /* it is not the last */
	uint8_t fragment_protocol; /* of the whole datagram's first header */
};

/* The ports of a UDP or TCP header, and the rest of UDP's. */
struct dg_ports {
	uint16_t source;
	uint16_t destination;
	uint16_t udp_length;
	uint16_t udp_checksum;
};

enum dg_tcp_flag {
	DG_TCP_FIN = 0x01,
	DG_TCP_SYN = 0x02,
	DG_TCP_RST = 0x04,
	DG_TCP_ACK = 0x10,
};

/* The rest of a TCP header. */
struct dg_tcp {
	uint32_t seq;
	uint32_t ack; /* meaningful with DG_TCP_ACK */
	uint8_t flags;
};

/* The packet that an ICMP error quotes, as far as the quote goes. */
struct dg_quote {
	struct dg_ip ip;
	struct dg_ports ports;
	bool has_ports;        /* UDP or TCP, first fragment, 4 bytes quoted at least */
	struct dg_cur payload; /* UDP: past its header; often nothing */
	bool has_seq;          /* TCP: 8 bytes quoted at least */
	uint32_t seq;
};

/* What a packet can travel in; counted in the report. */
enum dg_tunnel {
	DG_TUNNEL_MPLS,
	DG_TUNNEL_PPPOE,
	DG_TUNNEL_PBB,
	DG_TUNNEL_NSH,
	DG_TUNNEL_GRE,
	DG_TUNNEL_ERSPAN,
	DG_TUNNEL_VXLAN, /* and VXLAN-GPE */
	DG_TUNNEL_GENEVE,
	DG_TUNNEL_GTP,
	DG_TUNNEL_L2TP,
	DG_TUNNEL_IP4, /* IP in IPv4 */
	DG_TUNNEL_IP6, /* IP in IPv6 */
	DG_TUNNEL_COUNT
};

/* Its name in reports; static. */
const char *dg_tunnel_name(enum dg_tunnel tunnel);

struct dg_packet {
	/* The way it came: the outermost link header, or what tells ways apart in it. */
	const uint8_t *path;
	uint32_t path_bytes;
	uint64_t outer_mark;    /* of the outer IP headers' addresses; 0 without */
	uint32_t tunnels;       /* a bit for each enum dg_tunnel that it was in */
	uint32_t outer_headers; /* IP headers outside the innermost */

	struct dg_ip ip;       /* the innermost */
	struct dg_ports ports; /* UDP and TCP */
	struct dg_tcp tcp;
	struct dg_cur payload; /* UDP, TCP: past the header */
	uint8_t icmp_type;
	uint8_t icmp_code;
	uint16_t icmp_checksum;
	bool has_quote;
	struct dg_quote quote;
	bool has_ports; /* of a first fragment: UDP with its header whole; ports and payload are
			   set */
};

/* What decode found: the caller knows what follows and says the rest. */
enum dg_decoded {
	DG_DECODED_UDP,      /* ports and payload are set */
	DG_DECODED_TCP,      /* ports, tcp and payload are set */
	DG_DECODED_ICMP,     /* type and code; quote when has_quote */
	DG_DECODED_FRAGMENT, /* ip's facts of it; has_ports */
	DG_DECODED_OTHER,    /* the verdict says it all */
};

/**
 * Takes a frame apart.  A UDP packet with one of `server_ports` is never taken for a tunnel.
 *
 * `verdict` is set always; it is final when DG_DECODED_OTHER is returned, and a
 * proposal (UDP_OTHER, TCP_OTHER, ICMP_OTHER, FRAGMENT) otherwise.
 * Fields of `packet` that the result does not name are not set, but for the first
 * group: the way it came, which is set as soon as an IP header was reached.
 */
enum dg_decoded dg_decode(const struct dg_frame *frame,
    const struct dg_server_ports *server_ports, struct dg_packet *packet,
    enum dg_verdict *verdict);

/**
 * Goes on with a datagram that was put together: packet->ip is that of the
 * fragment that made it whole, with the first one's fragment_protocol and `fragment` now
 * holding all its bytes, and the other groups as dg_decode left them; tunnels inside are added
 * to packet->tunnels.  What comes out is no fragment (but may hold one, inside a tunnel).
 */
enum dg_decoded dg_decode_whole(const struct dg_server_ports *server_ports,
    struct dg_packet *packet, enum dg_verdict *verdict);

/* Whether frames of this link type can be taken apart. */
bool dg_decode_supports(uint32_t linktype);

#endif
