/* frames.h - frames written in hex, and what must become of them. */

#ifndef FRAMES_H
#define FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/packet.h"
#include "guard.h"
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

static inline unsigned
frames_nibble(char digit)
{
	const char *digits = "0123456789abcdef";
	const char *found = digit != '\0' ? strchr(digits, digit) : NULL;

	assert_non_null(found);
	return (unsigned)(found - digits);
}

/* Writes the bytes and returns how many; blanks are passed over. */
static inline size_t
frames_bytes(const char *hex, uint8_t bytes[FRAMES_BYTES_MAX])
{
	size_t count = 0;

	for (; *hex != '\0'; hex++) {
		if (*hex == ' ')
			continue;
		assert_true(count < FRAMES_BYTES_MAX);
		bytes[count++] = (uint8_t)(frames_nibble(hex[0]) << 4 | frames_nibble(hex[1]));
		hex++;
	}
	return count;
}

/* Port 53. */
static inline const struct dg_server_ports *
frames_server_ports(void)
{
	static struct dg_server_ports ports;

	dg_server_ports_add(&ports, 53);
	return &ports;
}

/* Takes apart bytes that end where memory ends. */
static inline enum dg_decoded
frames_decode(uint32_t linktype, const uint8_t *bytes, size_t captured, size_t on_wire,
    struct dg_packet *packet, enum dg_verdict *verdict)
{
	struct dg_frame f = {
	    .data = guard_place(bytes, captured),
	    .captured = (uint32_t)captured,
	    .on_wire = (uint32_t)on_wire,
	    .linktype = linktype,
	};
	enum dg_decoded decoded;

	/* What is not set must not be looked at. */
	memset(packet, 0xa5, sizeof *packet);
	decoded = dg_decode(&f, frames_server_ports(), packet, verdict);
	assert_true(packet->path >= f.data);
	assert_true((size_t)(packet->path - f.data) + packet->path_bytes <= captured);
	assert_true(packet->outer_headers < 16);
	assert_int_equal(packet->tunnels >> DG_TUNNEL_COUNT, 0);
	return decoded;
}

/* Asserts that HEX_QUERY4 or HEX_QUERY6 was found. */
static inline void
frames_assert_query(enum dg_decoded decoded, const struct dg_packet *packet)
{
	static const uint8_t begin[4] = {0, 7, 1, 0};
	static const uint8_t source4[4] = {192, 0, 2, 1};
	static const uint8_t destination4[4] = {198, 51, 100, 2};
	static const uint8_t source6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
	static const uint8_t destination6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 2};
	bool is_v6 = packet->ip.family == DG_FAMILY_IP6;

	assert_int_equal(decoded, DG_DECODED_UDP);
	assert_memory_equal(packet->ip.source.bytes, is_v6 ? source6 : source4, is_v6 ? 16 : 4);
	assert_memory_equal(
	    packet->ip.destination.bytes, is_v6 ? destination6 : destination4, is_v6 ? 16 : 4);
	assert_int_equal(packet->ip.ttl, 64);
	assert_int_equal(packet->ip.id, is_v6 ? 0 : 0x1234);
	assert_int_equal(packet->ports.source, 4001);
	assert_int_equal(packet->ports.destination, 53);
	assert_int_equal(packet->payload.left, FRAMES_MESSAGE_BYTES);
	assert_int_equal(packet->payload.wire, FRAMES_MESSAGE_BYTES);
	assert_memory_equal(packet->payload.at, begin, sizeof begin);
}

static inline void
frames_test_row(void **state)
{
	const struct frames_row *row = *state;
	uint8_t bytes[FRAMES_BYTES_MAX];
	size_t size = frames_bytes(row->hex, bytes);
	struct dg_packet packet;
	enum dg_verdict verdict;
	enum dg_decoded decoded =
	    frames_decode(row->linktype, bytes, size, size, &packet, &verdict);

	assert_string_equal(dg_verdict_name(verdict), dg_verdict_name(row->verdict));
	assert_int_equal(packet.tunnels, row->tunnels);
	if (row->is_query) {
		frames_assert_query(decoded, &packet);
		assert_int_equal(packet.outer_headers, row->outer_headers);
		assert_int_equal(packet.outer_mark != 0, row->outer_headers != 0);
	}
	if (row->path_bytes != 0) {
		/* guard_place puts the last frame at the same end of memory. */
		assert_ptr_equal(packet.path, guard_place(bytes, size) + row->path_at);
		assert_int_equal(packet.path_bytes, row->path_bytes);
	}
}

static inline void
frames_assert_one_of(enum dg_verdict v, enum dg_verdict a, enum dg_verdict b, size_t n)
{
	if (v != a && v != b)
		print_error("prefix of %zu: %s\n", n, dg_verdict_name(v));
	assert_true(v == a || v == b);
}

static inline void
frames_test_prefixes_cut(void **state)
{
	const struct frames_row *row = *state;
	uint8_t bytes[FRAMES_BYTES_MAX];
	size_t size = frames_bytes(row->hex, bytes);
	struct dg_packet packet;
	enum dg_verdict verdict;

	for (size_t n = 0; n < size; n++) {
		(void)frames_decode(row->linktype, bytes, n, size, &packet, &verdict);
		frames_assert_one_of(verdict, DG_VERDICT_CUT, row->verdict, n);
		assert_int_equal(packet.tunnels & ~row->tunnels, 0);
	}
}

static inline void
frames_test_prefixes_short(void **state)
{
	const struct frames_row *row = *state;
	uint8_t bytes[FRAMES_BYTES_MAX];
	size_t size = frames_bytes(row->hex, bytes);
	struct dg_packet packet;
	enum dg_verdict verdict;

	for (size_t n = 0; n < size; n++) {
		(void)frames_decode(row->linktype, bytes, n, n, &packet, &verdict);
		if (row->early != 0 && verdict == row->early)
			continue;
		frames_assert_one_of(verdict, DG_VERDICT_MALFORMED, row->verdict, n);
		assert_int_equal(packet.tunnels & ~row->tunnels, 0);
	}
}

/**
 * Adds three tests for each row: what it says; no prefix that the capture cut is malformed;
 * no prefix that was all there was is cut.
 */
static inline void
frames_add(struct rows *r, const struct frames_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *name = rows[i].name;

		rows_add(r, name, frames_test_row, &rows[i]);
		rows_add(r, rows_name("no prefix that the capture cut is malformed: %s", name),
		    frames_test_prefixes_cut, &rows[i]);
		rows_add(r, rows_name("no prefix that was all there was is cut: %s", name),
		    frames_test_prefixes_short, &rows[i]);
	}
}

#define FRAMES_ADD(r, table) frames_add(r, table, sizeof(table) / sizeof *(table))

#endif
