/*
 * plain.c - the short way takes plain frames, and finds what the long way finds.
 */
#include "reassembly/message.h"

#include "frames.h"

/* Lengths as senders write them: the short way takes no others. */
#define IP4(total, piece, protocol)                                                            \
	"4500" total " 1234" piece " 40" protocol "0000 c0000201 c6336402 "
#define IP6(length, next)                                                                      \
	"60000000 " length next "40 20010db800000000 0000000000000001 "                        \
	"20010db800000000 0000000000000002 "
#define UDP(source, destination, length) source destination length "abcd "
#define QUERY "0007 0100 0001 0000 0000 0000 03777777 076578616d706c65 00 0001 0001 "
#define REPLY "0007 8180 0001 0000 0000 0000 03777777 076578616d706c65 00 0001 0001 "
#define PLAIN4 HEX_ETHER("0800") IP4("0039", "4000", "11") UDP("0fa1", "0035", "0025") QUERY
#define PLAIN6 HEX_ETHER("86dd") IP6("0025", "11") UDP("0fa1", "0035", "0025") QUERY

struct row {
	const char *name;
	const char *hex;
	bool is_plain;
};

static const struct row rows[] = {
    {"a query over IPv4", PLAIN4, true},
    {"a query over IPv6", PLAIN6, true},
    {"a reply over IPv4",
	HEX_ETHER("0800") IP4("0039", "0000", "11") UDP("0035", "0fa1", "0025") REPLY, true},
    {"a reply over IPv6", HEX_ETHER("86dd") IP6("0025", "11") UDP("0035", "0fa1", "0025") REPLY,
	true},
    {"octets behind the packet, as Ethernet pads", PLAIN4 "00000000 0000", true},
    {"octets of IP behind UDP's",
	HEX_ETHER("0800") IP4("003d", "0000", "11") UDP("0fa1", "0035", "0025") QUERY
	"01020304",
	true},
    {"a VLAN tag is not plain", HEX_ETHER("8100") "0005 0800 " HEX_QUERY4, false},
    {"lengths of 0 are not", HEX_ETHER("0800") HEX_QUERY4, false},
    {"nor are options of IP",
	HEX_ETHER("0800") "4600003d 12340000 40110000 c0000201 c6336402 94040000 " UDP(
	    "0fa1", "0035", "0025") QUERY,
	false},
    {"nor are fragments",
	HEX_ETHER("0800") IP4("0039", "2000", "11") UDP("0fa1", "0035", "0025") QUERY, false},
    {"nor are later ones",
	HEX_ETHER("0800") IP4("0039", "0001", "11") UDP("0fa1", "0035", "0025") QUERY, false},
    {"nor is TCP", HEX_ETHER("0800") IP4("0039", "0000", "06") HEX_DNS "00000000", false},
    {"nor are ports of others",
	HEX_ETHER("0800") IP4("0039", "0000", "11") UDP("0fa1", "0036", "0025") QUERY, false},
    {"nor is a UDP length past IP's",
	HEX_ETHER("0800") IP4("0038", "0000", "11") UDP("0fa1", "0035", "0025") QUERY, false},
    {"nor is an IP length past the frame's end",
	HEX_ETHER("0800") IP4("003a", "0000", "11") UDP("0fa1", "0035", "0025") QUERY, false},
    {"nor is a version that the type does not say",
	HEX_ETHER("0800") IP6("0025", "11") UDP("0fa1", "0035", "0025") QUERY, false},
};

/* Both ways; returns whether the short one took the frame. */
static bool
hold_together(const struct dg_frame *frame)
{
	struct dg_packet packet;
	struct dg_message is, should;
	enum dg_verdict verdict;

	memset(&is, 0xa5, sizeof is);
	memset(&should, 0x5a, sizeof should);
	if (!dg_message_of_plain_frame(frame, frames_server_ports(), &is))
		return false;
	assert_int_equal(
	    dg_decode(frame, frames_server_ports(), &packet, &verdict), DG_DECODED_UDP);
	dg_message_of_datagram(&packet, frame, &should);
	assert_ptr_equal(is.data, should.data);
	assert_int_equal(is.captured, should.captured);
	assert_int_equal(is.on_wire, should.on_wire);
	assert_memory_equal(&is.source, &should.source, sizeof is.source);
	assert_memory_equal(&is.destination, &should.destination, sizeof is.destination);
	assert_int_equal(is.source_port, should.source_port);
	assert_int_equal(is.destination_port, should.destination_port);
	assert_int_equal(is.family, should.family);
	assert_int_equal(is.transport, should.transport);
	assert_int_equal(is.is_partial, should.is_partial);
	assert_true(is.packet_mark == should.packet_mark);
	assert_int_equal(is.path_mark, should.path_mark);
	assert_true(is.time_ns == should.time_ns);
	assert_memory_equal(&is.place, &should.place, sizeof is.place);
	assert_int_equal(packet.tunnels, 0);
	return true;
}

static struct dg_frame
frame_of(const uint8_t *bytes, size_t captured, size_t on_wire)
{
	return (struct dg_frame){
	    .data = guard_place(bytes, captured),
	    .captured = (uint32_t)captured,
	    .on_wire = (uint32_t)on_wire,
	    .time_ns = 5,
	    .linktype = 1,
	    .place = {.file = 3, .frame = 4},
	};
}

static void
test_row(void **state)
{
	const struct row *row = *state;
	uint8_t bytes[FRAMES_BYTES_MAX];
	size_t size = frames_bytes(row->hex, bytes);
	struct dg_frame frame = frame_of(bytes, size, size);

	assert_int_equal(hold_together(&frame), row->is_plain);
	frame.linktype = 113;
	assert_false(hold_together(&frame));
}

/* What is cut off is looked for nowhere, and what both ways take is the same. */
static void
test_prefixes(void **state)
{
	const struct row *row = *state;
	uint8_t bytes[FRAMES_BYTES_MAX];
	size_t size = frames_bytes(row->hex, bytes);

	for (size_t n = 0; n < size; n++) {
		struct dg_frame frame = frame_of(bytes, n, size), all = frame_of(bytes, n, n);

		(void)hold_together(&frame);
		(void)hold_together(&all);
	}
}

/* Every value of every octet. */
static void
test_octets(void **state)
{
	const struct row *row = *state;
	uint8_t bytes[FRAMES_BYTES_MAX];
	size_t size = frames_bytes(row->hex, bytes), taken = 0;

	for (size_t at = 0; at < size; at++) {
		uint8_t kept = bytes[at];

		for (unsigned value = 0; value < 256; value++) {
			struct dg_frame frame;

			bytes[at] = (uint8_t)value;
			frame = frame_of(bytes, size, size);
			taken += hold_together(&frame);
		}
		bytes[at] = kept;
	}
	assert_true(!row->is_plain || taken > size * 256 / 2);
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rows_add(&r, rows[i].name, test_row, &rows[i]);
		rows_add(&r, rows_name("prefixes: %s", rows[i].name), test_prefixes, &rows[i]);
		rows_add(&r, rows_name("every octet: %s", rows[i].name), test_octets, &rows[i]);
	}
	return rows_run(&r, "plain");
}
