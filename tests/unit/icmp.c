/*
 * icmp.c - what an ICMP error is called, and what can be read of the packet that it quotes.
 */
#include "decode/icmp.h"

#include "decode/ip.h"
#include "frames.h"
#include "guard.h"
#include "pkt.h"
#include "rows.h"

static const struct name_row {
	const char *name;
	enum dg_family family;
	uint8_t type;
	uint8_t code;
} name_rows[] = {
    {"network-unreachable", DG_FAMILY_IP4, 3, 0},
    {"host-unreachable", DG_FAMILY_IP4, 3, 1},
    {"protocol-unreachable", DG_FAMILY_IP4, 3, 2},
    {"port-unreachable", DG_FAMILY_IP4, 3, 3},
    {"fragmentation-needed", DG_FAMILY_IP4, 3, 4},
    {"source-route-failed", DG_FAMILY_IP4, 3, 5},
    {"network-prohibited", DG_FAMILY_IP4, 3, 9},
    {"host-prohibited", DG_FAMILY_IP4, 3, 10},
    {"administratively-prohibited", DG_FAMILY_IP4, 3, 13},
    {"precedence-cutoff", DG_FAMILY_IP4, 3, 15},
    {"other", DG_FAMILY_IP4, 3, 16},
    {"other", DG_FAMILY_IP4, 3, 255},
    {"hop-limit-exceeded", DG_FAMILY_IP4, 11, 0},
    {"reassembly-time-exceeded", DG_FAMILY_IP4, 11, 1},
    {"other", DG_FAMILY_IP4, 11, 2},
    {"parameter-problem", DG_FAMILY_IP4, 12, 0},
    {"other", DG_FAMILY_IP4, 0, 0},
    {"other", DG_FAMILY_IP4, 1, 4},
    {"no-route", DG_FAMILY_IP6, 1, 0},
    {"administratively-prohibited", DG_FAMILY_IP6, 1, 1},
    {"beyond-scope", DG_FAMILY_IP6, 1, 2},
    {"address-unreachable", DG_FAMILY_IP6, 1, 3},
    {"port-unreachable", DG_FAMILY_IP6, 1, 4},
    {"policy-failed", DG_FAMILY_IP6, 1, 5},
    {"route-rejected", DG_FAMILY_IP6, 1, 6},
    {"source-routing-error", DG_FAMILY_IP6, 1, 7},
    {"other", DG_FAMILY_IP6, 1, 8},
    {"packet-too-big", DG_FAMILY_IP6, 2, 0},
    {"hop-limit-exceeded", DG_FAMILY_IP6, 3, 0},
    {"reassembly-time-exceeded", DG_FAMILY_IP6, 3, 1},
    {"parameter-problem", DG_FAMILY_IP6, 4, 0},
    {"other", DG_FAMILY_IP6, 128, 0},
};

static void
test_name(void **state)
{
	const struct name_row *row = *state;

	assert_string_equal(dg_icmp_name(row->family, row->type, row->code), row->name);
}

static void
test_is_error(void **state)
{
	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		assert_int_equal(dg_icmp_is_error(DG_FAMILY_IP4, (uint8_t)type),
		    type == 3 || type == 11 || type == 12);
		assert_int_equal(
		    dg_icmp_is_error(DG_FAMILY_IP6, (uint8_t)type), type >= 1 && type <= 4);
	}
}

#define C4(...) .ip = {.src = "10.0.0.1", .dst = "192.0.2.53", __VA_ARGS__}
#define C6(...) .ip = {.src = "2001:db8::1", .dst = "2001:db8::53", __VA_ARGS__}
#define QUERY .udp = {.sport = 4001, .dport = 53}, .dns = {.id = 7, .qname = "www.example"}
#define QUERY_BYTES 29
#define AS(number) .ip_payload = some, .ip_payload_len = sizeof some, C4(.protocol = (number))

static const uint8_t some[16] = {0x0f, 0xa1, 0, 53};
static const uint8_t forty[40] = {1, 1, 1, 1};
static const uint8_t extension[12] = {0x20, 0, 0, 0, 0, 8, 1, 1};

/* What is quoted, how the error says so, and what can be read of it. */
struct row {
	const char *name;
	struct pkt_facts quoted;
	struct pkt_icmp icmp;
	bool is_v6;
	bool has_quote;
	bool has_ports;
	size_t payload_bytes;
	uint8_t protocol; /* of the quote; 17 when 0 */
	bool zero_udp_length;
	bool breaks_quote; /* its IP header says that it is shorter than itself */
};

#define WHOLE .has_quote = true, .has_ports = true, .payload_bytes = QUERY_BYTES

static const struct row rows[] = {
    {"port unreachable quotes a whole query", {C4(), QUERY}, {.type = 3, .code = 3}, WHOLE},
    {"an error over IPv6 quotes a whole query", {C6(), QUERY}, {.type = 1, .code = 4},
	.is_v6 = true, WHOLE},
    {"time exceeded quotes", {C4(), QUERY}, {.type = 11, .code = 0}, WHOLE},
    {"a parameter problem with its pointer quotes", {C4(), QUERY},
	{.type = 12, .code = 0, .word = 0x14000000}, WHOLE},
    {"fragmentation needed with an MTU quotes", {C4(), QUERY},
	{.type = 3, .code = 4, .word = 1500}, WHOLE},
    {"packet too big with an MTU quotes", {C6(), QUERY}, {.type = 2, .code = 0, .word = 1280},
	.is_v6 = true, WHOLE},
    {"packet too big with an MTU like a length quotes", {C6(), QUERY},
	{.type = 2, .code = 0, .word = 0x01000000}, .is_v6 = true, WHOLE},
    {"time exceeded over IPv6 quotes", {C6(), QUERY}, {.type = 3, .code = 0}, .is_v6 = true,
	WHOLE},
    {"a parameter problem over IPv6 with a pointer quotes", {C6(), QUERY},
	{.type = 4, .code = 0, .word = 0x01000000}, .is_v6 = true, WHOLE},
    {"a redirect is no error", {C4(), QUERY}, {.type = 5, .code = 1}, .has_quote = false},
    {"an echo is no error", {C4(), QUERY}, {.type = 8, .code = 0}, .has_quote = false},
    {"source quench is no error", {C4(), QUERY}, {.type = 4, .code = 0}, .has_quote = false},
    {"an echo over IPv6 is no error", {C6(), QUERY}, {.type = 128, .code = 0}, .is_v6 = true},
    {"a quote with IP options is read", {C4(.options = forty, .option_len = 40), QUERY},
	{.type = 3, .code = 3}, WHOLE},
    {"a quote of a later fragment has no ports", {C4(.fragment_offset = 64), QUERY},
	{.type = 3, .code = 3}, .has_quote = true},
    {"a quote of a first fragment has ports", {C4(.is_more = true), QUERY},
	{.type = 3, .code = 3}, WHOLE},
    {"a quote of a later fragment over IPv6 has none", {C6(.fragment_offset = 64), QUERY},
	{.type = 1, .code = 4}, .is_v6 = true, .has_quote = true},
    {"a quote of TCP has ports and says that it is TCP", {AS(6)}, {.type = 3, .code = 3},
	.has_quote = true, .has_ports = true, .protocol = 6},
    {"a quote of ICMP has no ports", {AS(1)}, {.type = 3, .code = 3}, .has_quote = true,
	.protocol = 1},
    {"a quote of ESP has no ports", {AS(50)}, {.type = 3, .code = 3}, .has_quote = true,
	.protocol = 50},
    {"a quote of 28 bytes has ports and no message", {C4(), QUERY},
	{.type = 3, .code = 3, .cut_len = 28}, .has_quote = true, .has_ports = true},
    {"a quote of 24 bytes has ports", {C4(), QUERY}, {.type = 3, .code = 3, .cut_len = 24},
	.has_quote = true, .has_ports = true},
    {"a quote of 23 bytes has no ports", {C4(), QUERY}, {.type = 3, .code = 3, .cut_len = 23},
	.has_quote = true},
    {"a quote of 19 bytes is none", {C4(), QUERY}, {.type = 3, .code = 3, .cut_len = 19},
	.has_quote = false},
    {"a quote whose options are cut is none", {C4(.options = forty, .option_len = 40), QUERY},
	{.type = 3, .code = 3, .cut_len = 59}, .has_quote = false},
    {"a quote over IPv6 of 44 bytes has ports", {C6(), QUERY},
	{.type = 1, .code = 4, .cut_len = 44}, .is_v6 = true, .has_quote = true,
	.has_ports = true},
    {"a quote over IPv6 of 39 bytes is none", {C6(), QUERY},
	{.type = 1, .code = 4, .cut_len = 39}, .is_v6 = true},
    {"RFC 4884: padding is not the message", {C4(), QUERY},
	{.type = 3, .code = 3, .has_length = true}, WHOLE},
    {"RFC 4884: extensions are not the message", {C4(), QUERY},
	{.type = 3, .code = 3, .has_length = true, .extension = extension, .extension_len = 12},
	WHOLE},
    {"RFC 4884: over IPv6, in words of 8", {C6(), QUERY},
	{.type = 1, .code = 4, .has_length = true, .extension = extension, .extension_len = 12},
	.is_v6 = true, WHOLE},
    {"RFC 4884: time exceeded over IPv6 has a length too", {C6(), QUERY},
	{.type = 3, .code = 0, .has_length = true, .extension = extension, .extension_len = 12},
	.is_v6 = true, WHOLE},
    {"RFC 4884: a length of 32 bytes ends the quote there", {C4(), QUERY},
	{.type = 3, .code = 3, .word = 8 << 16}, .has_quote = true, .has_ports = true,
	.payload_bytes = 4},
    {"RFC 4884: a length of 4 bytes leaves no quote", {C4(), QUERY},
	{.type = 3, .code = 3, .word = 1 << 16}, .has_quote = false},
    {"RFC 4884: a length past the error ends with it", {C4(), QUERY},
	{.type = 3, .code = 3, .word = 255 << 16}, WHOLE},
    {"RFC 4884: over IPv6 a length of 56 bytes", {C6(), QUERY},
	{.type = 1, .code = 4, .word = 7u << 24}, .is_v6 = true, .has_quote = true,
	.has_ports = true, .payload_bytes = 8},
    {"extensions without a length end with the quoted UDP", {C4(), QUERY},
	{.type = 3, .code = 3, .extension = extension, .extension_len = 12}, WHOLE},
    {"a quote of UDP of length 0 reaches to the end of IP", {C4(), QUERY},
	{.type = 3, .code = 3, .extension = extension, .extension_len = 12}, WHOLE,
	.zero_udp_length = true},
    {"a quote over the wrong family is none", {C6(), QUERY}, {.type = 3, .code = 3},
	.has_quote = false},
    {"a quote of IPv4 in ICMPv6 is none", {C4(), QUERY}, {.type = 1, .code = 4}, .is_v6 = true},
    {"a quoted length below the header is spoilt, and not believed", {C4(), QUERY},
	{.type = 3, .code = 3}, .breaks_quote = true, .has_quote = true, .has_ports = true,
	.payload_bytes = QUERY_BYTES},
};

static void
build(const struct row *row, struct pkt_buf *frame)
{
	struct pkt_buf quoted = {0};
	struct pkt_facts quoted_facts = row->quoted, outer = {0};
	struct pkt_icmp icmp = row->icmp;

	quoted_facts.link.kind = PKT_LINK_NONE;
	pkt_frame(&quoted, &quoted_facts);
	if (row->zero_udp_length)
		pkt_set16(&quoted, 24, 0);
	if (row->breaks_quote)
		pkt_set16(&quoted, 2, 19);
	icmp.quoted = quoted.at;
	icmp.quoted_len = quoted.len;
	outer.link.kind = PKT_LINK_RAW;
	outer.ip.src = row->is_v6 ? "2001:db8::53" : "192.0.2.53";
	outer.ip.dst = row->is_v6 ? "2001:db8::1" : "10.0.0.1";
	outer.icmp = &icmp;
	pkt_frame(frame, &outer);
	pkt_buf_fini(&quoted);
}

static enum dg_decoded
decode(const struct pkt_buf *frame, size_t captured, size_t on_wire, struct dg_packet *packet,
    enum dg_verdict *verdict)
{
	struct dg_frame f = {
	    .data = guard_place(frame->at, captured),
	    .captured = (uint32_t)captured,
	    .on_wire = (uint32_t)on_wire,
	    .linktype = 101,
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
	    decode(&frame, frame.len, frame.len, &packet, &verdict), DG_DECODED_ICMP);
	assert_int_equal(verdict, DG_VERDICT_ICMP_OTHER);
	assert_int_equal(packet.icmp_type, row->icmp.type);
	assert_int_equal(packet.icmp_code, row->icmp.code);
	assert_int_equal(packet.icmp_checksum, dg_be16(frame.at + (row->is_v6 ? 42 : 22)));
	assert_int_equal(packet.has_quote, row->has_quote);
	if (row->has_quote) {
		assert_int_equal(packet.quote.has_ports, row->has_ports);
		assert_int_equal(
		    packet.quote.ip.protocol, row->protocol != 0 ? row->protocol : 17);
	}
	if (row->has_quote && row->has_ports) {
		assert_int_equal(packet.quote.ports.source, 4001);
		assert_int_equal(packet.quote.ports.destination, 53);
		assert_int_equal(packet.quote.payload.left, row->payload_bytes);
	}
	pkt_buf_fini(&frame);
}

/* Every prefix, both as cut by the capture and as all there was. */
static void
test_prefixes(void **state)
{
	const struct row *row = *state;
	struct pkt_buf frame = {0};
	struct dg_packet packet;
	enum dg_verdict verdict;

	build(row, &frame);
	for (size_t n = 0; n < frame.len; n++) {
		(void)decode(&frame, n, frame.len, &packet, &verdict);
		assert_true(verdict == DG_VERDICT_CUT || verdict == DG_VERDICT_ICMP_OTHER);
		(void)decode(&frame, n, n, &packet, &verdict);
		assert_true(
		    verdict == DG_VERDICT_MALFORMED || verdict == DG_VERDICT_ICMP_OTHER);
	}
	pkt_buf_fini(&frame);
}

/* The quote cut at every byte, by whom it may: what can be read follows from its length. */
static void
assert_quote_of(const struct dg_packet *packet, size_t quoted, bool is_v6)
{
	size_t ip = is_v6 ? 40 : 20;

	assert_int_equal(packet->has_quote, quoted >= ip);
	if (!packet->has_quote)
		return;
	assert_int_equal(packet->quote.has_ports, quoted >= ip + 4);
	if (packet->quote.has_ports)
		assert_int_equal(
		    packet->quote.payload.left, quoted > ip + 8 ? quoted - ip - 8 : 0);
}

static void
test_every_cut(void **state)
{
	bool is_v6 = *state != NULL;
	struct row row = {.quoted = {C4(), QUERY}, .icmp = {.type = 3, .code = 3}};
	struct row row6 = {
	    .quoted = {C6(), QUERY}, .icmp = {.type = 1, .code = 4}, .is_v6 = true};
	struct pkt_buf whole = {0};
	size_t headers = is_v6 ? 48 : 28;
	struct dg_packet packet;
	enum dg_verdict verdict;

	build(is_v6 ? &row6 : &row, &whole);
	for (size_t quoted = 1; quoted <= whole.len - headers; quoted++) {
		struct pkt_buf frame = {0};

		row.icmp.cut_len = row6.icmp.cut_len = quoted;
		build(is_v6 ? &row6 : &row, &frame);
		assert_int_equal(frame.len, headers + quoted);
		(void)decode(&frame, frame.len, frame.len, &packet, &verdict);
		assert_quote_of(&packet, quoted, is_v6);
		pkt_buf_fini(&frame);
		(void)decode(&whole, headers + quoted, whole.len, &packet, &verdict);
		assert_quote_of(&packet, quoted, is_v6);
	}
	pkt_buf_fini(&whole);
}

/* ICMP messages of 0 to 8 bytes. */
static const struct size_row {
	const char *name;
	size_t size;
	uint8_t type;
	enum dg_verdict verdict;
} size_rows[] = {
    {"ICMP of no bytes is malformed", 0, 3, DG_VERDICT_MALFORMED},
    {"ICMP of 3 bytes is malformed", 3, 3, DG_VERDICT_MALFORMED},
    {"an echo of 4 bytes is an echo", 4, 8, DG_VERDICT_ICMP_OTHER},
    {"an error of 4 bytes is malformed", 4, 3, DG_VERDICT_MALFORMED},
    {"an error of 7 bytes is malformed", 7, 11, DG_VERDICT_MALFORMED},
    {"an error of 8 bytes quotes nothing", 8, 12, DG_VERDICT_ICMP_OTHER},
};

static void
test_size(void **state)
{
	const struct size_row *row = *state;
	const uint8_t bytes[8] = {row->type};
	struct pkt_buf frame = {0};
	struct dg_packet packet = {.has_quote = true};
	enum dg_verdict verdict;

	pkt_frame(&frame,
	    &(struct pkt_facts){
		.link = {.kind = PKT_LINK_RAW},
		C4(.protocol = 1),
		.ip_payload = bytes,
		.ip_payload_len = row->size,
	    });
	(void)decode(&frame, frame.len, frame.len, &packet, &verdict);
	assert_int_equal(verdict, row->verdict);
	if (verdict == DG_VERDICT_ICMP_OTHER)
		assert_false(packet.has_quote);
	pkt_buf_fini(&frame);
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof name_rows / sizeof *name_rows; i++)
		rows_add(&r,
		    rows_name("type %u code %u of IPv%d is %s", name_rows[i].type,
			name_rows[i].code, name_rows[i].family, name_rows[i].name),
		    test_name, &name_rows[i]);
	rows_add(&r, "errors are types 3, 11, 12, and 1 to 4 of ICMPv6", test_is_error, NULL);
	ROWS_ADD_TABLE(&r, rows, test_row);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		rows_add(&r, rows_name("every prefix has its verdict: %s", rows[i].name),
		    test_prefixes, &rows[i]);
	ROWS_ADD_TABLE(&r, size_rows, test_size);
	rows_add(&r, "a quote cut at any byte gives what it holds", test_every_cut, NULL);
	rows_add(
	    &r, "a quote over IPv6 cut at any byte gives what it holds", test_every_cut, "6");
	return rows_run(&r, "icmp");
}
