/*
 * decode.c - one frame, one verdict: every rule of the headers of IP and UDP has a row.
 */
#include "decode/packet.h"

#include "frames.h"
#include "guard.h"
#include "pkt.h"
#include "rows.h"

#define V4 .ip = {.src = "192.0.2.1", .dst = "198.51.100.2"}
#define V6 .ip = {.src = "2001:db8::1", .dst = "2001:db8::2"}
#define QUERY .udp = {.sport = 4001, .dport = 53}, .dns = {.id = 7, .qname = "www.example"}

static const struct pkt_vlan nine_tags[9] = {{0, 1}, {0x88a8, 2}, {0x9100, 3}, {0x9200, 4}};

/* One overwritten byte of the frame. */
struct patch {
	size_t at;
	uint8_t value;
};

struct row {
	const char *name;
	struct pkt_facts facts;
	struct patch patches[4];
	size_t patch_count;
	enum dg_decoded decoded;
	enum dg_verdict verdict;
	size_t extra_bytes;   /* after the frame, as Ethernet pads */
	size_t payload_bytes; /* of UDP; 0 is not looked at */
};

#define IS_A(what, kind) .decoded = DG_DECODED_##what, .verdict = DG_VERDICT_##kind
#define UDP IS_A(UDP, UDP_OTHER)
#define IS(what) IS_A(OTHER, what)
#define QUERY_BYTES 29
#define LINK(k) .link = {.kind = PKT_LINK_##k}

static const uint8_t router_alert[4] = {0x94, 4, 0, 0};
static const uint8_t forty[40] = {1, 1, 1, 1};

#define ON_V4(...) .ip = {.src = "192.0.2.1", .dst = "198.51.100.2", __VA_ARGS__}
#define AS(number)                                                                             \
	.ip_payload = forty, .ip_payload_len = sizeof forty, ON_V4(.protocol = (number))
#define RAW LINK(RAW)

/* Offsets into a RAW frame: 2 total length, 6 fragment, 24 UDP length. */
static const struct row ip4_rows[] = {
    {"IPv4 without options", {RAW, V4, QUERY}, UDP, .payload_bytes = QUERY_BYTES},
    {"IPv4 with one option", {RAW, ON_V4(.options = router_alert, .option_len = 4), QUERY}, UDP,
	.payload_bytes = QUERY_BYTES},
    {"IPv4 with 40 bytes of options", {RAW, ON_V4(.options = forty, .option_len = 40), QUERY},
	UDP, .payload_bytes = QUERY_BYTES},
    {"P1: IHL 4 is malformed", {RAW, V4, QUERY}, .patches = {{0, 0x44}}, .patch_count = 1,
	IS(MALFORMED)},
    {"P1: IHL 0 is malformed", {RAW, V4, QUERY}, .patches = {{0, 0x40}}, .patch_count = 1,
	IS(MALFORMED)},
    {"P1: an IHL past the frame's end is malformed", {RAW, AS(6)},
	.patches = {{0, 0x4f}, {3, 60}}, .patch_count = 2, IS(MALFORMED)},
    {"P1: a total length below the header is malformed", {RAW, V4, QUERY}, .patches = {{3, 19}},
	.patch_count = 1, IS(MALFORMED)},
    {"a total length below the header with options is malformed",
	{RAW, ON_V4(.options = forty, .option_len = 40), QUERY}, .patches = {{3, 59}},
	.patch_count = 1, IS(MALFORMED)},
    {"a total length of the header alone leaves UDP short", {RAW, V4, QUERY},
	.patches = {{3, 20}}, .patch_count = 1, IS(MALFORMED)},
    {"a total length of 0 reaches to the frame's end", {RAW, V4, QUERY}, .patches = {{3, 0}},
	.patch_count = 1, UDP, .payload_bytes = QUERY_BYTES},
    {"a total length past the frame changes nothing", {RAW, V4, QUERY}, .patches = {{2, 1}},
	.patch_count = 1, UDP, .payload_bytes = QUERY_BYTES},
    {"a total length one past the frame changes nothing", {RAW, V4, QUERY},
	.patches = {{3, 58}}, .patch_count = 1, UDP, .payload_bytes = QUERY_BYTES},
    {"padding after IPv4 is not payload", {RAW, V4, QUERY}, UDP, .extra_bytes = 9,
	.payload_bytes = QUERY_BYTES},
    {"UDP of length 0 reaches to the end of IP", {RAW, V4, QUERY}, .patches = {{25, 0}},
	.patch_count = 1, UDP, .extra_bytes = 9, .payload_bytes = QUERY_BYTES},
    {"UDP of length 7 is malformed", {RAW, V4, QUERY}, .patches = {{25, 7}}, .patch_count = 1,
	IS(MALFORMED)},
    {"UDP of length 1 is malformed", {RAW, V4, QUERY}, .patches = {{25, 1}}, .patch_count = 1,
	IS(MALFORMED)},
    {"UDP of length 8 is empty", {RAW, V4, QUERY}, .patches = {{25, 8}}, .patch_count = 1, UDP},
    {"UDP of length 9 has one byte", {RAW, V4, QUERY}, .patches = {{25, 9}}, .patch_count = 1,
	UDP, .payload_bytes = 1},
    {"UDP longer than IP ends with IP", {RAW, V4, QUERY}, .patches = {{24, 0xff}},
	.patch_count = 1, UDP, .extra_bytes = 9, .payload_bytes = QUERY_BYTES},
    {"a wrong UDP checksum says nothing",
	{RAW, V4, .udp = {.sport = 1, .dport = 53, .checksum = PKT_CHECKSUM_WRONG},
	    .dns = {.qname = "www.example"}},
	UDP, .payload_bytes = QUERY_BYTES},
    {"TCP is TCP", {RAW, AS(6)}, .patches = {{32, 0x50}}, .patch_count = 1,
	IS_A(TCP, TCP_OTHER)},
    {"ESP is another protocol", {RAW, AS(50)}, IS(IP_OTHER)},
    {"L2TPv3 is a tunnel", {RAW, AS(115)}, IS(TUNNEL)},
    {"ICMPv6 over IPv4 is another protocol", {RAW, AS(58)}, IS(IP_OTHER)},
    {"a tunnel's port as the source is no tunnel",
	{RAW, V4, .udp = {.sport = 4789, .dport = 53}, .dns = {.qname = "x"}}, UDP},
    {"a first fragment of UDP has ports", {RAW, ON_V4(.is_more = true), QUERY},
	IS_A(FRAGMENT, FRAGMENT), .payload_bytes = QUERY_BYTES},
    {"a later fragment has no ports", {RAW, ON_V4(.fragment_offset = 8), QUERY},
	IS_A(FRAGMENT, FRAGMENT)},
    {"a later fragment with more to come has none",
	{RAW, ON_V4(.fragment_offset = 65528, .is_more = true), QUERY},
	IS_A(FRAGMENT, FRAGMENT)},
    {"a first fragment too small for UDP is a fragment",
	{RAW, .ip_payload = forty, .ip_payload_len = 4, ON_V4(.protocol = 17, .is_more = true)},
	IS_A(FRAGMENT, FRAGMENT)},
    {"a first fragment of TCP is a fragment",
	{RAW, .ip_payload = forty, .ip_payload_len = 40, ON_V4(.protocol = 6, .is_more = true)},
	IS_A(FRAGMENT, FRAGMENT)},
    {"a first fragment of ICMP is a fragment",
	{RAW, .ip_payload = forty, .ip_payload_len = 40, ON_V4(.protocol = 1, .is_more = true)},
	IS_A(FRAGMENT, FRAGMENT)},
    {"a first fragment of a tunnel is a fragment",
	{RAW, .ip_payload = forty, .ip_payload_len = 40,
	    ON_V4(.protocol = 47, .is_more = true)},
	IS_A(FRAGMENT, FRAGMENT)},
    {"DF alone makes no fragment", {RAW, ON_V4(.is_df = true), QUERY}, UDP},
    {"the reserved flag makes no fragment", {RAW, V4, QUERY}, .patches = {{6, 0x80}},
	.patch_count = 1, UDP},
};

static const uint8_t zeros[254];

#define EXT(t, n)                                                                              \
	{                                                                                      \
		.type = (t), .body_len = (n), .body = zeros                                    \
	}
static const struct pkt_ext hop[] = {EXT(0, 6)};
static const struct pkt_ext hop_long[] = {EXT(0, 254)};
static const struct pkt_ext routing[] = {EXT(43, 22)};
static const struct pkt_ext destination[] = {EXT(60, 14)};
static const struct pkt_ext auth_least[] = {EXT(51, 6)};
static const struct pkt_ext auth[] = {EXT(51, 22)};
static const struct pkt_ext auth_odd[] = {EXT(51, 10)};
static const struct pkt_ext all[] = {
    EXT(0, 6), EXT(60, 6), EXT(43, 6), EXT(51, 10), EXT(60, 14)};
static const struct pkt_ext inner_fragment[] = {EXT(44, 6), EXT(60, 6)};
/* A first fragment's header, and behind it that of an atomic fragment. */
static const uint8_t more[6] = {0, 1, 0, 0, 0, 9};
static const struct pkt_ext more_then_atomic[] = {{44, 6, more}, EXT(44, 6)};
static const struct pkt_ext many[17] = {EXT(0, 6), EXT(60, 6), EXT(60, 6), EXT(60, 6),
    EXT(60, 6), EXT(60, 6), EXT(60, 6), EXT(60, 6), EXT(60, 6), EXT(60, 6), EXT(60, 6),
    EXT(60, 6), EXT(60, 6), EXT(60, 6), EXT(60, 6), EXT(60, 6), EXT(60, 6)};

#define ON_V6(...) .ip = {.src = "2001:db8::1", .dst = "2001:db8::2", __VA_ARGS__}
#define WITH(list) ON_V6(.exts = (list), .ext_count = sizeof(list) / sizeof *(list))
#define AS6(number)                                                                            \
	.ip_payload = forty, .ip_payload_len = sizeof forty, ON_V6(.protocol = (number))

/* Offsets into a RAW frame: 4 payload length, 6 next header, 40 the first extension. */
static const struct row ip6_rows[] = {
    {"IPv6 without extensions", {RAW, V6, QUERY}, UDP, .payload_bytes = QUERY_BYTES},
    {"hop-by-hop options", {RAW, WITH(hop), QUERY}, UDP, .payload_bytes = QUERY_BYTES},
    {"hop-by-hop options of 256 bytes", {RAW, WITH(hop_long), QUERY}, UDP,
	.payload_bytes = QUERY_BYTES},
    {"a routing header", {RAW, WITH(routing), QUERY}, UDP, .payload_bytes = QUERY_BYTES},
    {"destination options", {RAW, WITH(destination), QUERY}, UDP, .payload_bytes = QUERY_BYTES},
    {"AH of 8 bytes counts in 4", {RAW, WITH(auth_least), QUERY}, UDP,
	.payload_bytes = QUERY_BYTES},
    {"AH of 12 bytes counts in 4", {RAW, WITH(auth_odd), QUERY}, UDP,
	.payload_bytes = QUERY_BYTES},
    {"AH of 24 bytes counts in 4", {RAW, WITH(auth), QUERY}, UDP, .payload_bytes = QUERY_BYTES},
    {"every extension at once", {RAW, WITH(all), QUERY}, UDP, .payload_bytes = QUERY_BYTES},
    {"16 extensions are read", {RAW, ON_V6(.exts = many, .ext_count = 16), QUERY}, UDP,
	.payload_bytes = QUERY_BYTES},
    {"17 extensions are refused", {RAW, ON_V6(.exts = many, .ext_count = 17), QUERY},
	IS(MALFORMED)},
    {"an extension past the end is malformed", {RAW, WITH(hop), QUERY}, .patches = {{41, 0xff}},
	.patch_count = 1, IS(MALFORMED)},
    {"an extension that needs one byte more is malformed", {RAW, AS6(60)}, .patches = {{41, 5}},
	.patch_count = 1, IS(MALFORMED)},
    {"AH past the end is malformed", {RAW, WITH(auth), QUERY}, .patches = {{41, 0xff}},
	.patch_count = 1, IS(MALFORMED)},
    {"P1: no next header is another protocol", {RAW, AS6(59)}, IS(IP_OTHER)},
    {"ESP over IPv6 is another protocol", {RAW, AS6(50)}, IS(IP_OTHER)},
    {"ICMP over IPv6 is another protocol", {RAW, AS6(1)}, IS(IP_OTHER)},
    {"TCP over IPv6 is TCP", {RAW, AS6(6)}, .patches = {{52, 0x50}}, .patch_count = 1,
	IS_A(TCP, TCP_OTHER)},
    {"a payload length past the frame changes nothing", {RAW, V6, QUERY}, .patches = {{4, 1}},
	.patch_count = 1, UDP, .payload_bytes = QUERY_BYTES},
    {"a payload length one past the frame changes nothing", {RAW, V6, QUERY},
	.patches = {{5, 38}}, .patch_count = 1, UDP, .payload_bytes = QUERY_BYTES},
    {"a payload length of 7 leaves UDP short", {RAW, V6, QUERY}, .patches = {{5, 7}},
	.patch_count = 1, IS(MALFORMED)},
    {"a payload length of 0 reaches to the frame's end", {RAW, V6, QUERY}, .patches = {{5, 0}},
	.patch_count = 1, UDP, .payload_bytes = QUERY_BYTES},
    {"padding after IPv6 is not payload", {RAW, V6, QUERY}, UDP, .extra_bytes = 9,
	.payload_bytes = QUERY_BYTES},
    {"an atomic fragment is whole", {RAW, ON_V6(.is_fragment = true), QUERY}, UDP,
	.payload_bytes = QUERY_BYTES},
    {"a first fragment over IPv6 has ports", {RAW, ON_V6(.is_more = true), QUERY},
	IS_A(FRAGMENT, FRAGMENT), .payload_bytes = QUERY_BYTES},
    {"a later fragment over IPv6 has none", {RAW, ON_V6(.fragment_offset = 8), QUERY},
	IS_A(FRAGMENT, FRAGMENT)},
    {"extensions behind an atomic fragment are read", {RAW, WITH(inner_fragment), QUERY}, UDP,
	.payload_bytes = QUERY_BYTES},
    {"a second fragment header does not undo the first", {RAW, WITH(more_then_atomic), QUERY},
	IS_A(FRAGMENT, FRAGMENT)},
    {"a later fragment's extensions are not followed",
	{RAW, .ip_payload = forty, .ip_payload_len = 40,
	    ON_V6(.protocol = 60, .fragment_offset = 16)},
	IS_A(FRAGMENT, FRAGMENT)},
};

static void
build(const struct row *row, struct pkt_buf *frame)
{
	pkt_frame(frame, &row->facts);
	for (size_t i = 0; i < row->patch_count; i++)
		frame->at[row->patches[i].at] = row->patches[i].value;
	pkt_put(frame, zeros, row->extra_bytes);
}

static enum dg_decoded
decode(const struct row *row, size_t captured, size_t on_wire, const uint8_t *bytes,
    struct dg_packet *packet, enum dg_verdict *verdict)
{
	struct dg_frame f = {
	    .data = guard_place(bytes, captured),
	    .captured = (uint32_t)captured,
	    .on_wire = (uint32_t)on_wire,
	    .linktype = (uint32_t)pkt_linktype(row->facts.link.kind),
	};

	return dg_decode(&f, frames_server_ports(), packet, verdict);
}

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct pkt_buf frame = {0};
	struct dg_packet packet;
	enum dg_verdict verdict;

	build(row, &frame);
	assert_int_equal(
	    decode(row, frame.len, frame.len, frame.at, &packet, &verdict), row->decoded);
	assert_string_equal(dg_verdict_name(verdict), dg_verdict_name(row->verdict));
	if (row->payload_bytes != 0)
		assert_int_equal(packet.payload.left, row->payload_bytes);
	if (row->decoded == DG_DECODED_UDP && row->facts.ip_payload == NULL) {
		assert_int_equal(packet.ports.source, row->facts.udp.sport);
		assert_int_equal(packet.ports.destination, row->facts.udp.dport);
	}
	pkt_buf_fini(&frame);
}

/*
 * Every prefix of a frame, ending where memory ends.  Cut by the capture it is never
 * malformed unless the whole is; as all there was on the wire it is never cut.
 */
static void
test_prefixes_cut(void **state)
{
	const struct row *row = *state;
	struct pkt_buf frame = {0};
	struct dg_packet packet;
	enum dg_verdict verdict;

	build(row, &frame);
	for (size_t n = 0; n < frame.len; n++) {
		(void)decode(row, n, frame.len, frame.at, &packet, &verdict);
		if (verdict != DG_VERDICT_CUT && verdict != row->verdict)
			print_error("prefix of %zu: %s\n", n, dg_verdict_name(verdict));
		assert_true(verdict == DG_VERDICT_CUT || verdict == row->verdict);
	}
	pkt_buf_fini(&frame);
}

static void
test_prefixes_short(void **state)
{
	const struct row *row = *state;
	struct pkt_buf frame = {0};
	struct dg_packet packet;
	enum dg_verdict verdict;

	build(row, &frame);
	for (size_t n = 0; n < frame.len; n++) {
		(void)decode(row, n, n, frame.at, &packet, &verdict);
		if (verdict != DG_VERDICT_MALFORMED && verdict != row->verdict)
			print_error("prefix of %zu: %s\n", n, dg_verdict_name(verdict));
		assert_true(verdict == DG_VERDICT_MALFORMED || verdict == row->verdict);
	}
	pkt_buf_fini(&frame);
}

/* 0 to 8 tags are looked through, 9 are refused, on every link that can have them. */
static void
test_vlan_depth(void **state)
{
	static const enum pkt_link_kind kinds[] = {
	    PKT_LINK_ETHERNET, PKT_LINK_SLL, PKT_LINK_SLL2};
	uint8_t tags = *(const uint8_t *)*state;

	for (size_t k = 0; k < 3; k++) {
		struct row row = {
		    .facts = {.link = {kinds[k], tags, 0, 0, 0, nine_tags}, V4, QUERY},
		    .decoded = tags < 9 ? DG_DECODED_UDP : DG_DECODED_OTHER,
		    .verdict = tags < 9 ? DG_VERDICT_UDP_OTHER : DG_VERDICT_MALFORMED,
		};
		void *one = &row;

		test_row(&one);
		test_prefixes_cut(&one);
		test_prefixes_short(&one);
	}
}

static void
test_fields(void **state)
{
	struct row row = {.facts = {RAW, ON_V4(.id = 0xabcd, .ttl = 33), QUERY}};
	struct pkt_buf frame = {0};
	struct dg_packet packet;
	enum dg_verdict verdict;
	char text[DG_ADDR_TEXT_MAX];

	(void)state;
	build(&row, &frame);
	(void)decode(&row, frame.len, frame.len, frame.at, &packet, &verdict);
	assert_int_equal(packet.path_bytes, 0);
	assert_int_equal(packet.ip.ttl, 33);
	assert_int_equal(packet.ip.id, 0xabcd);
	assert_int_equal(packet.ip.family, DG_FAMILY_IP4);
	assert_string_equal(dg_addr_text(&packet.ip.source, DG_FAMILY_IP4, text), "192.0.2.1");
	assert_string_equal(
	    dg_addr_text(&packet.ip.destination, DG_FAMILY_IP4, text), "198.51.100.2");
	assert_int_equal(packet.ports.udp_length, 37);
	assert_int_equal(packet.ports.udp_checksum, dg_be16(frame.at + 26));
	pkt_buf_fini(&frame);
}

static void
test_fields6(void **state)
{
	struct row row = {
	    .facts = {RAW, ON_V6(.id = 0x89abcdef, .is_more = true, .ttl = 34), QUERY}};
	struct pkt_buf frame = {0};
	struct dg_packet packet;
	enum dg_verdict verdict;
	char text[DG_ADDR_TEXT_MAX];

	(void)state;
	build(&row, &frame);
	(void)decode(&row, frame.len, frame.len, frame.at, &packet, &verdict);
	assert_int_equal(packet.ip.ttl, 34);
	assert_true(packet.ip.id == UINT32_C(0x89abcdef));
	assert_int_equal(packet.ip.family, DG_FAMILY_IP6);
	assert_string_equal(
	    dg_addr_text(&packet.ip.source, DG_FAMILY_IP6, text), "2001:db8::1");
	assert_string_equal(
	    dg_addr_text(&packet.ip.destination, DG_FAMILY_IP6, text), "2001:db8::2");
	assert_int_equal(packet.payload.wire, QUERY_BYTES); /* as UDP says */
	pkt_buf_fini(&frame);
}

static void
test_verdict_names(void **state)
{
	(void)state;
	for (int a = 0; a < DG_VERDICT_COUNT; a++) {
		assert_non_null(dg_verdict_name(a));
		for (int b = 0; b < a; b++)
			assert_string_not_equal(dg_verdict_name(a), dg_verdict_name(b));
	}
}

static void
add(struct rows *r, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		rows_add(r, rows[i].name, test_row, &rows[i]);
		rows_add(r,
		    rows_name("no prefix that the capture cut is malformed: %s", rows[i].name),
		    test_prefixes_cut, &rows[i]);
		rows_add(r,
		    rows_name("no prefix that was all there was is cut: %s", rows[i].name),
		    test_prefixes_short, &rows[i]);
	}
}

#define ADD(r, table) add(r, table, sizeof(table) / sizeof *(table))

int
main(void)
{
	static const uint8_t depths[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
	struct rows r = {0};

	ADD(&r, ip4_rows);
	ADD(&r, ip6_rows);
	for (size_t i = 0; i < sizeof depths; i++)
		rows_add(&r,
		    rows_name("%u VLAN tags are %s", depths[i],
			depths[i] < 9 ? "looked through" : "refused"),
		    test_vlan_depth, &depths[i]);
	rows_add(&r, "IPv4 and UDP fields are what was sent", test_fields, NULL);
	rows_add(&r, "IPv6 fields are what was sent", test_fields6, NULL);
	rows_add(&r, "verdicts have names of their own", test_verdict_names, NULL);
	return rows_run(&r, "decode");
}
