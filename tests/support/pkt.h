/* pkt.h - builds captured frames out of plain facts, for tests and mkpcap. */

#ifndef PKT_H
#define PKT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Every structure here means something useful when it is all zero, so that a
 * test names only the facts it is about:
 *
 *	struct pkt_buf frame = {0};
 *	pkt_frame(&frame, &(struct pkt_facts){
 *	    .ip = {.src = "10.0.0.1", .dst = "10.0.0.2"},
 *	    .udp = {.sport = 4001, .dport = 53},
 *	    .dns = {.id = 7, .flags = PKT_RD, .qname = "www.example"},
 *	});
 *	... frame.at, frame.len ...
 *	pkt_buf_fini(&frame);
 *
 * A mistake of the caller (an address that does not parse, a label of 64
 * bytes, no memory) prints a line and aborts: a test that built another packet
 * than it says proves nothing.
 */

/** Bytes that grow.  All zero is an empty one.  `at` moves when it grows. */
struct pkt_buf {
	uint8_t *at;
	size_t len;
	size_t room;
};

/** Frees the bytes; the buffer is empty and usable afterwards. */
void pkt_buf_fini(struct pkt_buf *b);

/** Empties it and keeps the memory. */
void pkt_buf_clear(struct pkt_buf *b);

/* Append, in network byte order.  pkt_set16 overwrites bytes already there. */
void pkt_put(struct pkt_buf *b, const void *bytes, size_t len);
void pkt_put8(struct pkt_buf *b, unsigned v);
void pkt_put16(struct pkt_buf *b, unsigned v);
void pkt_put32(struct pkt_buf *b, uint32_t v);
void pkt_set16(struct pkt_buf *b, size_t offset, unsigned v);

/** An address; IPv4 uses the first four bytes. */
struct pkt_addr {
	bool is_v6;
	uint8_t bytes[16];
};

/** Reads "10.0.0.1" or "2001:db8::1"; aborts on anything else. */
struct pkt_addr pkt_addr(const char *text);

/* The second 16 bits of a DNS header (RFC 1035 section 4.1.1). */
enum pkt_flags {
	PKT_QR = 0x8000,
	PKT_AA = 0x0400,
	PKT_TC = 0x0200,
	PKT_RD = 0x0100,
	PKT_RA = 0x0080,
	PKT_AD = 0x0020,
	PKT_CD = 0x0010,
};

/** One EDNS option (RFC 6891 section 6.1.2). */
struct pkt_option {
	uint16_t code;
	uint16_t len;
	const void *data;
};

/**
 * A DNS message.
 *
 * `flags` holds QR, so it says query or reply.  `qname` is in presentation
 * form with \DDD and \X; NULL leaves the question out.  `qtype` and `qclass`
 * zero mean A and IN.  An `rcode` above 15 needs `has_opt`.  The answers are A
 * records of the question's name, 192.0.2.1 and on, TTL 300.
 */
struct pkt_dns {
	uint16_t id;
	uint16_t flags;
	uint16_t rcode;
	uint16_t qtype;
	uint16_t qclass;
	uint16_t answer_count;
	const char *qname;
	bool has_opt;
	bool is_do;
	uint16_t udp_bytes; /* of the OPT; zero means 1232 */
	uint16_t option_count;
	const struct pkt_option *options;
};

/** Appends a name in wire form; a dot at the end changes nothing. */
void pkt_name(struct pkt_buf *b, const char *text);

/** Appends a DNS message. */
void pkt_dns(struct pkt_buf *b, const struct pkt_dns *m);

/** One IPv6 extension header; `body` follows the length byte and is padded. */
struct pkt_ext {
	uint8_t type;
	uint8_t body_len;
	const void *body;
};

/**
 * An IP header.  The version is that of the addresses, which are taken from
 * the text, or from the bytes where the text is NULL.
 *
 * IPv6 gets a fragment header when any of `fragment_offset`, `is_more` and
 * `is_fragment` is set; it is the last extension header.
 */
struct pkt_ip {
	const char *src;
	const char *dst;
	struct pkt_addr src_bytes;
	struct pkt_addr dst_bytes;
	uint32_t id;              /* of the IPv6 fragment header too */
	uint8_t ttl;              /* or hop limit; zero means 64 */
	uint8_t tos;              /* or traffic class */
	uint8_t protocol;         /* zero: what the payload is */
	bool is_df;               /* IPv4 only */
	bool is_more;             /* more fragments follow */
	bool is_fragment;         /* IPv6: an atomic fragment */
	uint16_t fragment_offset; /* in bytes, a multiple of 8 */
	uint8_t option_len;       /* IPv4, a multiple of 4, at most 40 */
	uint8_t ext_count;        /* IPv6 */
	const void *options;
	const struct pkt_ext *exts;
};

/** Appends an IP header and `payload`; `protocol` counts if `ip` names none. */
void pkt_ip(struct pkt_buf *b, const struct pkt_ip *ip, uint8_t protocol, const void *payload,
    size_t payload_len);

enum pkt_checksum {
	PKT_CHECKSUM_RIGHT,
	PKT_CHECKSUM_ZERO,
	PKT_CHECKSUM_WRONG,
};

struct pkt_udp {
	uint16_t sport;
	uint16_t dport;
	uint16_t length; /* what the header claims; zero means the truth */
	enum pkt_checksum checksum;
};

/** Appends a UDP header and `payload`; `ip` is for the checksum only. */
void pkt_udp(struct pkt_buf *b, const struct pkt_udp *udp, const struct pkt_ip *ip,
    const void *payload, size_t payload_len);

/**
 * An ICMP or ICMPv6 error (by the family of the addresses around it).
 *
 * `quoted` is an IP packet, cut to `cut_len` bytes (zero: not cut).  `word` is
 * the header's second 32 bits: an MTU, a pointer.  `has_length` writes the
 * length of RFC 4884 section 4 and pads the quote to its unit, and to 128
 * bytes when `extension` (whole, with its own header) follows it.
 */
struct pkt_icmp {
	uint8_t type;
	uint8_t code;
	bool has_length;
	uint32_t word;
	const void *quoted;
	size_t quoted_len;
	size_t cut_len;
	const void *extension;
	size_t extension_len;
};

/** Appends an ICMP message; `ip` chooses the family and enters the checksum. */
void pkt_icmp(struct pkt_buf *b, const struct pkt_icmp *icmp, const struct pkt_ip *ip);

enum pkt_link_kind {
	PKT_LINK_ETHERNET,
	PKT_LINK_RAW,
	PKT_LINK_NULL, /* the family is in little-endian order */
	PKT_LINK_LOOP,
	PKT_LINK_SLL,
	PKT_LINK_SLL2,
	PKT_LINK_NONE, /* no header: the bytes of an IP packet, to be quoted */
};

struct pkt_vlan {
	uint16_t tpid; /* zero means 0x8100 */
	uint16_t tci;
};

/** What lies in front of the IP header.  VLAN tags: outermost first. */
struct pkt_link {
	enum pkt_link_kind kind;
	uint8_t vlan_count;
	uint8_t packet_type; /* SLL and SLL2: 0 to us ... 4 sent by us */
	uint32_t ifindex;    /* SLL2 */
	uint32_t family;     /* NULL and LOOP; zero means 2, or 30 for IPv6 */
	const struct pkt_vlan *vlans;
};

/** Appends the link header of a packet of the given family. */
void pkt_link(struct pkt_buf *b, const struct pkt_link *link, bool is_v6);

/** The LINKTYPE_ number that a capture file names for this header. */
int pkt_linktype(enum pkt_link_kind kind);

/**
 * One frame.  The first of these that is set is what the IP header carries:
 *
 *	ip_payload	these bytes, under ip.protocol
 *	icmp		an error that quotes a packet
 *	udp_payload	UDP with these bytes
 *	dns		UDP with this message
 */
struct pkt_facts {
	struct pkt_link link;
	struct pkt_ip ip;
	struct pkt_udp udp;
	struct pkt_dns dns;
	const struct pkt_icmp *icmp;
	const void *udp_payload;
	size_t udp_payload_len;
	const void *ip_payload;
	size_t ip_payload_len;
};

/** Appends the frame.  Nothing in `f` may point into `out`. */
void pkt_frame(struct pkt_buf *out, const struct pkt_facts *f);

/**
 * One's complement sum of `bytes` upon `sum` (RFC 1071), not folded, not
 * inverted.  Only the last piece of several may have an odd length.
 */
uint32_t pkt_sum(uint32_t sum, const void *bytes, size_t len);

/** Folds and inverts: the checksum. */
uint16_t pkt_sum_fold(uint32_t sum);

#endif
