/*
 * frames.c - frames written in hex: their bytes, and the three tests of each.
 */
#include "frames.h"

#include "guard.h"

static const uint8_t source4[4] = {192, 0, 2, 1};
static const uint8_t destination4[4] = {198, 51, 100, 2};
static const uint8_t source6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
static const uint8_t destination6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 2};

static unsigned
nibble(char digit)
{
	const char *digits = "0123456789abcdef";
	const char *found = digit != '\0' ? strchr(digits, digit) : NULL;

	assert_non_null(found);
	return (unsigned)(found - digits);
}

size_t
frames_bytes(const char *hex, uint8_t bytes[FRAMES_BYTES_MAX])
{
	size_t count = 0;

	for (; *hex != '\0'; hex++) {
		if (*hex == ' ')
			continue;
		assert_true(count < FRAMES_BYTES_MAX);
		bytes[count++] = (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1]));
		hex++;
	}
	return count;
}

const struct dg_server_ports *
frames_server_ports(void)
{
	static struct dg_server_ports ports;

	dg_server_ports_add(&ports, 53);
	return &ports;
}

enum dg_decoded
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

void
frames_assert_query(enum dg_decoded decoded, const struct dg_packet *packet)
{
	static const uint8_t begin[4] = {0, 7, 1, 0};
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

static void
test_row(void **state)
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

static void
assert_one_of(enum dg_verdict v, enum dg_verdict a, enum dg_verdict b, size_t n)
{
	if (v != a && v != b)
		print_error("prefix of %zu: %s\n", n, dg_verdict_name(v));
	assert_true(v == a || v == b);
}

static void
test_prefixes_cut(void **state)
{
	const struct frames_row *row = *state;
	uint8_t bytes[FRAMES_BYTES_MAX];
	size_t size = frames_bytes(row->hex, bytes);
	struct dg_packet packet;
	enum dg_verdict verdict;

	for (size_t n = 0; n < size; n++) {
		(void)frames_decode(row->linktype, bytes, n, size, &packet, &verdict);
		assert_one_of(verdict, DG_VERDICT_CUT, row->verdict, n);
		assert_int_equal(packet.tunnels & ~row->tunnels, 0);
	}
}

static void
test_prefixes_short(void **state)
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
		assert_one_of(verdict, DG_VERDICT_MALFORMED, row->verdict, n);
		assert_int_equal(packet.tunnels & ~row->tunnels, 0);
	}
}

void
frames_add(struct rows *r, const struct frames_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *name = rows[i].name;

		rows_add(r, name, test_row, &rows[i]);
		rows_add(r, rows_name("no prefix that the capture cut is malformed: %s", name),
		    test_prefixes_cut, &rows[i]);
		rows_add(r, rows_name("no prefix that was all there was is cut: %s", name),
		    test_prefixes_short, &rows[i]);
	}
}
