/*
 * fragment.c - what is known of a fragment, and how a datagram goes on that was put together.
 */
#include "decode/ip.h"

#include "frames.h"
#include "guard.h"

#define RAW 101
/* Total length, flags and offset. */
#define IP4(length, field, protocol)                                                           \
	"4500" length "abcd" field "40" protocol "0000 c0000201 c6336402 "
#define IP6(length, next)                                                                      \
	"60000000" length next "40 20010db800000000 0000000000000001 "                         \
	"20010db800000000 0000000000000002 "
#define UDP "0fa1 0035 0200 beef "
#define EIGHT "0007010000010000 "

static const struct fragment_row {
	const char *name;
	const char *hex;
	bool is_later;
	bool has_more;
	bool has_ports;
	uint8_t protocol; /* of the whole datagram's first header */
	uint32_t id;
	uint32_t offset;
	size_t at; /* where `fragment` begins */
	size_t bytes;
	size_t payload_bytes; /* when has_ports */
} rows[] = {
    {"a first fragment of UDP has ports", IP4("0024", "2000", "11") UDP EIGHT "ffff", false,
	true, true, 17, 0xabcd, 0, 20, 16, 8},
    {"a first fragment of UDP's header alone has ports", IP4("001c", "2000", "11") UDP, false,
	true, true, 17, 0xabcd, 0, 20, 8, 0},
    {"a first fragment too small for UDP has none", IP4("001b", "2000", "11") "0fa100350200be",
	false, true, false, 17, 0xabcd, 0, 20, 7, 0},
    {"a first fragment with a bad UDP length has none",
	IP4("0024", "2000", "11") "0fa1003500070000" EIGHT, false, true, false, 17, 0xabcd, 0,
	20, 16, 0},
    {"a fragment in the middle", IP4("001c", "20b9", "11") EIGHT, true, true, false, 17, 0xabcd,
	1480, 20, 8, 0},
    {"a last fragment of odd length", IP4("0017", "00b9", "11") "aabbcc", true, false, false,
	17, 0xabcd, 1480, 20, 3, 0},
    {"a fragment at the greatest offset", IP4("001c", "1fff", "11") EIGHT, true, false, false,
	17, 0xabcd, 65528, 20, 8, 0},
    {"a fragment of nothing", IP4("0014", "2001", "11"), true, true, false, 17, 0xabcd, 8, 20,
	0, 0},
    {"a fragment with IP options",
	"4600 0020 abcd 2000 4011 0000 c0000201 c6336402 94040000" UDP, false, true, true, 17,
	0xabcd, 0, 24, 8, 0},
    {"a fragment without a length reaches to the frame's end",
	IP4("0000", "2000", "11") UDP EIGHT, false, true, true, 17, 0xabcd, 0, 20, 16, 8},
    {"a first fragment of TCP has no ports for us", IP4("0024", "2000", "06") UDP EIGHT, false,
	true, false, 6, 0xabcd, 0, 20, 16, 0},
    {"a first fragment of ICMP", IP4("001c", "2000", "01") "0303000000000000", false, true,
	false, 1, 0xabcd, 0, 20, 8, 0},
    {"a first fragment of a tunnel is not looked into",
	IP4("0028", "2000", "04") IP4("0014", "0000", "11"), false, true, false, 4, 0xabcd, 0,
	20, 20, 0},
    {"behind AH a first fragment has ports",
	IP4("0028", "2000", "33") "1101000000000001 00000001" UDP, false, true, true, 51,
	0xabcd, 0, 20, 20, 0},
    {"AH past a first fragment's end is not wrong",
	IP4("001c", "2000", "33") "11ff000000000001", false, true, false, 51, 0xabcd, 0, 20, 8,
	0},
    {"a first fragment over IPv6", IP6("0018", "2c") "11000001 89abcdef" UDP EIGHT "ff", false,
	true, true, 17, 0x89abcdef, 0, 48, 16, 8},
    {"a later fragment over IPv6", IP6("0010", "2c") "110005a9 89abcdef" EIGHT, true, true,
	false, 17, 0x89abcdef, 1448, 48, 8, 0},
    {"a last fragment over IPv6", IP6("000b", "2c") "110005a8 89abcdef aabbcc", true, false,
	false, 17, 0x89abcdef, 1448, 48, 3, 0},
    {"reserved bits beside the offset say nothing", IP6("0010", "2c") "11ff0006 89abcdef" UDP,
	false, false, false, 0, 0, 0, 0, 0, 0},
    {"a fragment behind hop-by-hop options",
	IP6("0018", "00") "2c00010400000000"
			  "11000001 89abcdef" UDP,
	false, true, true, 17, 0x89abcdef, 0, 56, 8, 0},
    {"a first fragment with extensions behind its header",
	IP6("0018", "2c") "3c000001 89abcdef 1100010400000000" UDP, false, true, true, 60,
	0x89abcdef, 0, 48, 16, 0},
    {"a first fragment too small for its extensions is not wrong",
	IP6("0010", "2c") "3c000001 89abcdef 1101010400000000", false, true, false, 60,
	0x89abcdef, 0, 48, 8, 0},
    {"a later fragment's extensions are not followed",
	IP6("0010", "2c") "3c000009 89abcdef ffffffffffffffff", true, true, false, 60,
	0x89abcdef, 8, 48, 8, 0},
    {"an atomic fragment behind the first header does not undo it",
	IP6("0018", "2c") "2c000001 00000007 11000000 00000008" UDP, false, true, true, 44, 7,
	0, 48, 16, 0},
    {"a fragment in a fragment has no ports",
	IP6("0018", "2c") "2c000001 00000007 11000001 00000008" UDP, false, true, false, 44, 7,
	0, 48, 16, 0},
};

static void
assert_fragment(const struct fragment_row *row, const struct dg_packet *p, const uint8_t *frame,
    size_t captured)
{
	assert_true(p->ip.is_fragment);
	assert_int_equal(p->ip.is_later_fragment, row->is_later);
	assert_int_equal(p->ip.has_more, row->has_more);
	assert_int_equal(p->ip.fragment_protocol, row->protocol);
	assert_int_equal(p->ip.fragment_offset, row->offset);
	/* Too small for its own headers: there is no payload. */
	if (!p->ip.is_later_fragment && p->ip.protocol == DG_PROTOCOL_FRAGMENT)
		assert_int_equal(p->ip.payload.wire, 0);
	assert_true(p->ip.id == row->id);
	assert_ptr_equal(p->ip.fragment.at, frame + row->at);
	assert_int_equal(p->ip.fragment.wire, row->bytes);
	assert_int_equal(p->ip.fragment.left,
	    captured - row->at < row->bytes ? captured - row->at : row->bytes);
}

static void
test_row(void **state)
{
	const struct fragment_row *row = *state;
	uint8_t bytes[FRAMES_BYTES_MAX];
	size_t size = frames_bytes(row->hex, bytes);
	struct dg_packet p;
	enum dg_verdict verdict;
	enum dg_decoded decoded = frames_decode(RAW, bytes, size, size, &p, &verdict);

	if (row->at == 0) {
		assert_int_equal(decoded, DG_DECODED_UDP);
		return;
	}
	assert_int_equal(decoded, DG_DECODED_FRAGMENT);
	assert_int_equal(verdict, DG_VERDICT_FRAGMENT);
	assert_fragment(row, &p, guard_place(bytes, size), size);
	assert_int_equal(p.has_ports, row->has_ports);
	if (!row->has_ports)
		return;
	assert_int_equal(p.ports.source, 4001);
	assert_int_equal(p.ports.destination, 53);
	assert_int_equal(p.payload.left, row->payload_bytes);
	/* What follows is in other packets: cut, not wrong. */
	assert_true(p.payload.wire == p.ports.udp_length - 8u);
}

/* A fragment that the capture cut is one as soon as its own headers are there. */
static void
test_cut(void **state)
{
	const struct fragment_row *row = *state;
	uint8_t bytes[FRAMES_BYTES_MAX];
	size_t size = frames_bytes(row->hex, bytes);

	for (size_t n = 0; n < size && row->at != 0; n++) {
		struct dg_packet p;
		enum dg_verdict verdict;
		enum dg_decoded decoded = frames_decode(RAW, bytes, n, size, &p, &verdict);

		if (n < row->at) {
			assert_int_equal(verdict, DG_VERDICT_CUT);
			continue;
		}
		assert_int_equal(decoded, DG_DECODED_FRAGMENT);
		assert_true(row->has_ports || !p.has_ports);
		if (bytes[0] >> 4 == 6 || bytes[2] != 0 || bytes[3] != 0)
			assert_fragment(row, &p, guard_place(bytes, n), n);
	}
}

/* A datagram behind its IP header, as dg_frag_feed hands it on. */
static const struct whole_row {
	const char *name;
	const char *hex;
	bool is_v6;
	uint8_t protocol;
	enum dg_decoded decoded;
	enum dg_verdict verdict;
	bool is_query; /* HEX_QUERY4 or HEX_QUERY6 in a tunnel */
	uint32_t tunnels;
} whole_rows[] = {
    {"a whole UDP datagram", "0fa1 0035 0000 beef" EIGHT, false, 17, DG_DECODED_UDP,
	DG_VERDICT_UDP_OTHER, false, 0},
    {"a whole UDP datagram over IPv6", "0fa1 0035 0010 beef" EIGHT, true, 17, DG_DECODED_UDP,
	DG_VERDICT_UDP_OTHER, false, 0},
    {"a whole TCP segment", "0fa1 0035 00000001 00000002 50100000 00000000" EIGHT, false, 6,
	DG_DECODED_TCP, DG_VERDICT_TCP_OTHER, false, 0},
    {"a whole ICMP error", "0303 0000 00000000" HEX_QUERY4, false, 1, DG_DECODED_ICMP,
	DG_VERDICT_ICMP_OTHER, false, 0},
    {"a whole UDP datagram behind AH", "1101000000000001 00000001 0fa1 0035 0000 0000" EIGHT,
	false, 51, DG_DECODED_UDP, DG_VERDICT_UDP_OTHER, false, 0},
    {"a whole UDP datagram behind extensions",
	"2b00010400000000 1100000000000000 0fa1 0035 0000 0000" EIGHT, true, 60, DG_DECODED_UDP,
	DG_VERDICT_UDP_OTHER, false, 0},
    {"a whole datagram with an atomic fragment header",
	"1100000000000008 0fa100350000beef" EIGHT, true, 44, DG_DECODED_UDP,
	DG_VERDICT_UDP_OTHER, false, 0},
    {"a fragment in a whole datagram is malformed", "1100000100000008 0fa100350000beef" EIGHT,
	true, 44, DG_DECODED_OTHER, DG_VERDICT_MALFORMED, false, 0},
    {"a whole datagram that is too short is malformed", "0fa1 0035 0000", false, 17,
	DG_DECODED_OTHER, DG_VERDICT_MALFORMED, false, 0},
    {"a whole ESP packet is another protocol", EIGHT, false, 50, DG_DECODED_OTHER,
	DG_VERDICT_IP_OTHER, false, 0},
    {"a whole VXLAN packet is looked into",
	HEX_UDP("c350", "12b5") "08000000 00000700" HEX_ETHER("0800") HEX_QUERY4, false, 17,
	DG_DECODED_UDP, DG_VERDICT_UDP_OTHER, true, FRAMES_IN(VXLAN)},
    {"a whole GRE packet is looked into", "0000 86dd" HEX_QUERY6, true, 47, DG_DECODED_UDP,
	DG_VERDICT_UDP_OTHER, true, FRAMES_IN(GRE)},
    {"a whole packet in IPv4 is looked into", HEX_QUERY6, false, 41, DG_DECODED_UDP,
	DG_VERDICT_UDP_OTHER, true, FRAMES_IN(IP4)},
    {"a whole tunnel may hold a fragment",
	IP4("0020", "2000", "11") "0fa1003502000000"
				  "ffffffff",
	true, 4, DG_DECODED_FRAGMENT, DG_VERDICT_FRAGMENT, false, FRAMES_IN(IP6)},
};

static enum dg_decoded
go_on(const struct whole_row *row, size_t left, size_t wire, struct dg_packet *p,
    enum dg_verdict *verdict)
{
	uint8_t bytes[FRAMES_BYTES_MAX];
	uint8_t *at;

	(void)frames_bytes(row->hex, bytes);
	at = guard_place(bytes, left);
	memset(p, 0xa5, sizeof *p);
	p->path = at;
	p->path_bytes = 0;
	p->outer_mark = 7;
	p->tunnels = 0;
	p->outer_headers = 0;
	p->ip = (struct dg_ip){
	    .family = row->is_v6 ? DG_FAMILY_IP6 : DG_FAMILY_IP4,
	    .protocol = row->protocol,
	    .is_fragment = true,
	    .ttl = 33,
	    .id = 0x4321,
	    .payload = dg_cur_make(at, 0, 0),
	    .fragment = dg_cur_make(at, left, wire),
	    .has_more = true,
	    .fragment_protocol = row->protocol,
	};
	return dg_decode_whole(frames_server_ports(), p, verdict);
}

static void
test_whole(void **state)
{
	const struct whole_row *row = *state;
	uint8_t bytes[FRAMES_BYTES_MAX];
	size_t size = frames_bytes(row->hex, bytes);
	struct dg_packet p;
	enum dg_verdict verdict;
	enum dg_decoded decoded = go_on(row, size, size, &p, &verdict);

	assert_int_equal(decoded, row->decoded);
	assert_string_equal(dg_verdict_name(verdict), dg_verdict_name(row->verdict));
	assert_int_equal(p.tunnels, row->tunnels);
	assert_int_equal(p.outer_headers, row->tunnels != 0);
	assert_int_equal(p.outer_mark != 7, row->tunnels != 0);
	if (row->is_query)
		frames_assert_query(decoded, &p);
	if (row->tunnels == 0 && decoded != DG_DECODED_OTHER) {
		assert_false(p.ip.is_fragment);
		assert_int_equal(p.ip.id, 0x4321);
		assert_int_equal(p.ip.ttl, 33);
	}
	if (row->tunnels == 0 && (decoded == DG_DECODED_UDP || decoded == DG_DECODED_TCP)) {
		assert_int_equal(p.ports.source, 4001);
		assert_int_equal(p.ports.destination, 53);
		assert_int_equal(p.payload.left, 8);
		assert_int_equal(p.payload.wire, 8);
	}
	if (decoded == DG_DECODED_ICMP)
		assert_true(p.has_quote);
}

/* Some fragment was cut by the capture: the datagram ends there. */
static void
test_whole_cut(void **state)
{
	const struct whole_row *row = *state;
	uint8_t bytes[FRAMES_BYTES_MAX];
	size_t size = frames_bytes(row->hex, bytes);

	for (size_t n = 0; n < size; n++) {
		struct dg_packet p;
		enum dg_verdict verdict;

		(void)go_on(row, n, size, &p, &verdict);
		assert_true(verdict == DG_VERDICT_CUT || verdict == row->verdict);
		(void)go_on(row, n, n, &p, &verdict);
		assert_int_not_equal(verdict, DG_VERDICT_CUT);
	}
}

/* The way it came, the outer headers too, is known before what a fragment holds. */
static void
test_in_tunnel(void **state)
{
	uint8_t bytes[FRAMES_BYTES_MAX];
	size_t size = frames_bytes(
	    HEX_OUTER6("2f") "0000 0800" IP4("0024", "2000", "11") UDP EIGHT, bytes);
	struct dg_packet p;
	enum dg_verdict verdict;

	(void)state;
	assert_int_equal(
	    frames_decode(RAW, bytes, size, size, &p, &verdict), DG_DECODED_FRAGMENT);
	assert_int_equal(p.outer_headers, 1);
	assert_int_equal(p.tunnels, FRAMES_IN(GRE));
	assert_int_equal(p.ip.family, DG_FAMILY_IP4);
	assert_true(p.has_ports);
	size = frames_bytes(IP4("0030", "2000", "29") HEX_QUERY6, bytes);
	assert_int_equal(
	    frames_decode(RAW, bytes, size, size, &p, &verdict), DG_DECODED_FRAGMENT);
	assert_int_equal(p.outer_headers, 0);
	assert_int_equal(p.tunnels, 0);
	assert_int_equal(p.ip.family, DG_FAMILY_IP4);
	assert_int_equal(p.ip.fragment_protocol, 41);
}

/* The limit of IP headers holds through a datagram that was put together. */
static void
test_whole_depth(void **state)
{
	static const struct whole_row row = {.hex = HEX_QUERY4, .protocol = 4};
	struct dg_packet p;
	enum dg_verdict verdict;

	(void)state;
	(void)go_on(&row, 57, 57, &p, &verdict);
	assert_int_equal(verdict, DG_VERDICT_UDP_OTHER);
	p.outer_headers = 14;
	p.ip.is_fragment = true;
	p.ip.fragment = p.ip.payload;
	p.ip.fragment_protocol = 4;
	assert_int_equal(
	    dg_decode_whole(frames_server_ports(), &p, &verdict), DG_DECODED_OTHER);
	assert_int_equal(verdict, DG_VERDICT_MALFORMED); /* UDP as IP */
	(void)go_on(&row, 57, 57, &p, &verdict);
	p.outer_headers = 15;
	p.ip.is_fragment = true;
	p.ip.fragment = p.ip.payload;
	p.ip.fragment_protocol = 4;
	(void)dg_decode_whole(frames_server_ports(), &p, &verdict);
	assert_int_equal(verdict, DG_VERDICT_TUNNEL);
	assert_int_equal(p.outer_headers, 15);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, test_row);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		rows_add(
		    &r, rows_name("cut by the capture: %s", rows[i].name), test_cut, &rows[i]);
	ROWS_ADD_TABLE(&r, whole_rows, test_whole);
	for (size_t i = 0; i < sizeof whole_rows / sizeof *whole_rows; i++)
		rows_add(&r, rows_name("cut by the capture: %s", whole_rows[i].name),
		    test_whole_cut, &whole_rows[i]);
	rows_add(
	    &r, "a fragment in a tunnel, and a tunnel in a fragment", test_in_tunnel, NULL);
	rows_add(&r, "a whole datagram counts the headers around it", test_whole_depth, NULL);
	return rows_run(&r, "fragment");
}
