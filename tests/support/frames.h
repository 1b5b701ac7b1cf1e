/* frames.h - frames written in hex, and what must become of them. */

#ifndef FRAMES_H
#define FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/packet.h"
#include "rows.h"

/*
 * Pieces of frames.  A length of 0 in IPv4, IPv6 and UDP reaches to what is around it, so
 * pieces can be put one behind the other as they are.
 */
#define HEX_ETHER(type) "020000000002 020000000001 " type " "
#define HEX_OUTER4(protocol) "45000000 00090000 20" protocol "0000 0a000001 0a000002 "
#define HEX_OUTER6(protocol)                                                                   \
	"60000000 0000" protocol "20 20010db8000a0000 0000000000000001 "                       \
	"20010db8000a0000 0000000000000002 "
#define HEX_INNER4(protocol) "45000000 12340000 40" protocol "0000 c0000201 c6336402 "
#define HEX_INNER6(protocol)                                                                   \
	"60000000 0000" protocol "40 20010db800000000 0000000000000001 "                       \
	"20010db800000000 0000000000000002 "
#define HEX_UDP(source, destination) source destination "0000 0000 "
/* From port 4001 to 53, of the message FRAMES_MESSAGE_BYTES long. */
#define HEX_DNS                                                                                \
	HEX_UDP("0fa1", "0035")                                                                \
	"0007 0100 0001 0000 0000 0000 03777777 076578616d706c65 00 0001 0001 "
#define HEX_QUERY4 HEX_INNER4("11") HEX_DNS
#define HEX_QUERY6 HEX_INNER6("11") HEX_DNS
/* In a tunnel over UDP, from port 50000. */
#define HEX_OVER_UDP(port) HEX_OUTER4("11") HEX_UDP("c350", port)

#define FRAMES_MESSAGE_BYTES 29
#define FRAMES_BYTES_MAX 4096

/* A tunnel's bit in dg_packet.tunnels. */
#define FRAMES_IN(what) (1u << DG_TUNNEL_##what)

struct frames_row {
	const char *name;
	uint32_t linktype;
	const char *hex;
	enum dg_verdict verdict;
	bool is_query;          /* HEX_QUERY4 or HEX_QUERY6 is what is found */
	uint32_t tunnels;       /* bits; looked at always */
	uint32_t outer_headers; /* of a query */
	uint32_t path_at;       /* offset of the path; looked at with path_bytes */
	uint32_t path_bytes;
	/* What a frame that ended early may be, besides malformed and `verdict`; 0: nothing. */
	enum dg_verdict early;
};

/* Writes the bytes and returns how many; blanks are passed over. */
size_t frames_bytes(const char *hex, uint8_t bytes[FRAMES_BYTES_MAX]);

/* Port 53. */
const struct dg_server_ports *frames_server_ports(void);

/* Takes apart bytes that end where memory ends. */
enum dg_decoded frames_decode(uint32_t linktype, const uint8_t *bytes, size_t captured,
    size_t on_wire, struct dg_packet *packet, enum dg_verdict *verdict);

/**
 * Adds three tests for each row: what it says; no prefix that the capture cut is malformed;
 * no prefix that was all there was is cut.
 */
void frames_add(struct rows *r, const struct frames_row *rows, size_t count);

#define FRAMES_ADD(r, table) frames_add(r, table, sizeof(table) / sizeof *(table))

/* Asserts that HEX_QUERY4 or HEX_QUERY6 was found. */
void frames_assert_query(enum dg_decoded decoded, const struct dg_packet *packet);

#endif
