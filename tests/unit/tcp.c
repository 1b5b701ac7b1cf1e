/*
 * tcp.c - TCP headers: fields, data offsets, options that are cut off; and quoted ones.
 */
#include "decode/udp.h"

#include "frames.h"

#define RAW 101
#define PORTS "0fa1 0035 "
#define NUMBERS "89abcdef 01234567 "
/* Data offset in octet 12, then flags, window, checksum, urgent pointer. */
#define TCP(offset, flags) PORTS NUMBERS offset flags "ffff 1234 0000 "
#define TIMESTAMPS "0101080a 00000001 00000002 "

static const struct tcp_row {
	const char *name;
	const char *hex; /* of the segment */
	enum dg_verdict verdict;
	uint8_t flags;
	size_t payload_bytes;
	size_t header_bytes;
} rows[] = {
    {"a segment without payload", TCP("50", "10"), DG_VERDICT_TCP_OTHER, 0x10, 0, 20},
    {"a segment with payload", TCP("50", "18") "001d0007", DG_VERDICT_TCP_OTHER, 0x18, 4, 20},
    {"a segment with options", TCP("80", "10") TIMESTAMPS "001d0007", DG_VERDICT_TCP_OTHER,
	0x10, 4, 32},
    {"a SYN", TCP("60", "02") "020405b4", DG_VERDICT_TCP_OTHER, 0x02, 0, 24},
    {"a segment with all options",
	TCP("f0", "11") TIMESTAMPS TIMESTAMPS TIMESTAMPS "01010101 07", DG_VERDICT_TCP_OTHER,
	0x11, 1, 60},
    {"an RST", TCP("50", "04"), DG_VERDICT_TCP_OTHER, 0x04, 0, 20},
    {"reserved bits beside the offset say nothing", TCP("5f", "10") "07", DG_VERDICT_TCP_OTHER,
	0x10, 1, 20},
    {"a data offset of 4 is malformed", TCP("40", "10"), DG_VERDICT_MALFORMED, 0, 0, 0},
    {"a data offset of 0 is malformed", TCP("00", "10"), DG_VERDICT_MALFORMED, 0, 0, 0},
    {"a data offset past the packet is malformed", TCP("60", "10") "020405",
	DG_VERDICT_MALFORMED, 0, 0, 0},
    {"a segment of 19 octets is malformed", PORTS NUMBERS "5010 ffff 1234 00",
	DG_VERDICT_MALFORMED, 0, 0, 0},
    {"a segment of no octets is malformed", "", DG_VERDICT_MALFORMED, 0, 0, 0},
};

static size_t
build(const char *segment, bool is_v6, uint8_t *bytes)
{
	size_t size = frames_bytes(is_v6 ? HEX_INNER6("06") : HEX_INNER4("06"), bytes);

	size += frames_bytes(segment, bytes + size);
	if (is_v6) {
		bytes[4] = (uint8_t)((size - 40) >> 8);
		bytes[5] = (uint8_t)(size - 40);
	} else {
		bytes[2] = (uint8_t)(size >> 8);
		bytes[3] = (uint8_t)size;
	}
	return size;
}

static void
check_row(const struct tcp_row *row, bool is_v6)
{
	uint8_t bytes[2 * FRAMES_BYTES_MAX];
	size_t size = build(row->hex, is_v6, bytes);
	struct dg_packet p;
	enum dg_verdict verdict;
	/* 6 octets more, as Ethernet pads. */
	enum dg_decoded decoded = frames_decode(RAW, bytes, size + 6, size + 6, &p, &verdict);

	assert_string_equal(dg_verdict_name(verdict), dg_verdict_name(row->verdict));
	if (row->verdict == DG_VERDICT_MALFORMED) {
		assert_int_equal(decoded, DG_DECODED_OTHER);
		return;
	}
	assert_int_equal(decoded, DG_DECODED_TCP);
	assert_int_equal(p.ports.source, 4001);
	assert_int_equal(p.ports.destination, 53);
	assert_true(p.tcp.seq == UINT32_C(0x89abcdef));
	assert_true(p.tcp.ack == UINT32_C(0x01234567));
	assert_int_equal(p.tcp.flags, row->flags);
	assert_ptr_equal(p.payload.at, p.ip.payload.at + row->header_bytes);
	assert_int_equal(p.payload.left, row->payload_bytes);
	assert_int_equal(p.payload.wire, row->payload_bytes);
}

static void
test_row(void **state)
{
	check_row(*state, false);
	check_row(*state, true);
}

/*
 * Cut by the capture: below 20 octets nobody can tell; from there on the fields are known,
 * and so is how much payload the wire had.
 */
static void
test_cut(void **state)
{
	const struct tcp_row *row = *state;
	uint8_t bytes[2 * FRAMES_BYTES_MAX];
	size_t size = build(row->hex, false, bytes), payload_at = 20 + row->header_bytes;

	for (size_t n = 20; n < size; n++) {
		struct dg_packet p;
		enum dg_verdict verdict;
		enum dg_decoded decoded = frames_decode(RAW, bytes, n, size, &p, &verdict);

		if (n < 40 && size >= 40) {
			assert_int_equal(verdict, DG_VERDICT_CUT);
		} else if (row->verdict == DG_VERDICT_MALFORMED) {
			assert_true(
			    verdict == DG_VERDICT_MALFORMED || verdict == DG_VERDICT_CUT);
		} else {
			assert_int_equal(decoded, DG_DECODED_TCP);
			assert_true(p.tcp.seq == UINT32_C(0x89abcdef));
			assert_int_equal(p.payload.left, n > payload_at ? n - payload_at : 0);
			assert_int_equal(p.payload.wire, row->payload_bytes);
		}
	}
}

/* All there was on the wire: never cut. */
static void
test_short(void **state)
{
	const struct tcp_row *row = *state;
	uint8_t bytes[2 * FRAMES_BYTES_MAX];
	size_t size = build(row->hex, false, bytes), payload_at = 20 + row->header_bytes;

	for (size_t n = 0; n < size; n++) {
		struct dg_packet p;
		enum dg_verdict verdict;

		(void)frames_decode(RAW, bytes, n, n, &p, &verdict);
		assert_int_equal(verdict,
		    row->verdict == DG_VERDICT_MALFORMED || n < payload_at
			? DG_VERDICT_MALFORMED
			: DG_VERDICT_TCP_OTHER);
	}
}

/* An error that quotes `quoted` octets of a segment, from the client or the server. */
static void
test_quote(void **state)
{
	uint8_t bytes[2 * FRAMES_BYTES_MAX];
	size_t begin = frames_bytes(HEX_OUTER4("01") "0303 0000 00000000", bytes);
	size_t whole = begin;

	(void)state;
	whole +=
	    frames_bytes(HEX_INNER4("06") TCP("80", "10") TIMESTAMPS "001d", bytes + begin);
	for (size_t size = begin + 20; size <= whole; size++) {
		size_t quoted = size - begin - 20;
		struct dg_packet p;
		enum dg_verdict verdict;

		assert_int_equal(
		    frames_decode(RAW, bytes, size, size, &p, &verdict), DG_DECODED_ICMP);
		assert_true(p.has_quote);
		assert_int_equal(p.quote.ip.protocol, DG_PROTOCOL_TCP);
		assert_int_equal(p.quote.has_ports, quoted >= 4);
		assert_int_equal(p.quote.has_seq, quoted >= 8);
		if (p.quote.has_ports) {
			assert_int_equal(p.quote.ports.source, 4001);
			assert_int_equal(p.quote.ports.destination, 53);
			assert_int_equal(p.quote.ports.udp_length, 0);
			assert_int_equal(p.quote.ports.udp_checksum, 0);
			assert_int_equal(p.quote.payload.left, 0);
		}
		if (p.quote.has_seq)
			assert_true(p.quote.seq == UINT32_C(0x89abcdef));
	}
}

static void
test_quote_of_udp(void **state)
{
	uint8_t bytes[2 * FRAMES_BYTES_MAX];
	size_t size = frames_bytes(HEX_OUTER4("01") "0303 0000 00000000" HEX_QUERY4, bytes);
	struct dg_packet p;
	enum dg_verdict verdict;

	(void)state;
	assert_int_equal(frames_decode(RAW, bytes, size, size, &p, &verdict), DG_DECODED_ICMP);
	assert_true(p.has_quote && p.quote.has_ports);
	assert_false(p.quote.has_seq);
	assert_int_equal(p.quote.payload.left, FRAMES_MESSAGE_BYTES);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, test_row);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rows_add(
		    &r, rows_name("cut by the capture: %s", rows[i].name), test_cut, &rows[i]);
		rows_add(&r, rows_name("ended early: %s", rows[i].name), test_short, &rows[i]);
	}
	rows_add(&r, "a quote of 8 octets has the sequence number", test_quote, NULL);
	rows_add(&r, "a quote of UDP has none", test_quote_of_udp, NULL);
	return rows_run(&r, "tcp");
}
