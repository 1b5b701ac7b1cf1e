/*
 * datagram.c - a UDP packet is a message, and its path mark tells the way it came.
 */
#include "reassembly/message.h"
#include "rows.h"

#define PATH_MAX_BYTES 40

static const uint8_t reply[12] = {0, 7, 0x80};

struct way {
	uint8_t path[PATH_MAX_BYTES];
	uint32_t size;
	uint64_t outer_mark;
	uint8_t ttl;
};

static struct dg_message
message_of(const struct way *w, const uint8_t *data, size_t captured)
{
	struct dg_packet packet = {
	    .path = w->path,
	    .path_bytes = w->size,
	    .outer_mark = w->outer_mark,
	    .ip = {.family = DG_FAMILY_IP4, .ttl = w->ttl, .id = 0x1234},
	    .ports = {.source = 53, .destination = 4001, .udp_length = 20, .udp_checksum = 9},
	    .payload = dg_cur_make(data, captured, captured),
	};
	struct dg_frame frame = {.time_ns = 5};
	struct dg_message m;

	dg_message_of_datagram(&packet, &frame, &m);
	return m;
}

static uint32_t
mark_of(const struct way *w)
{
	return message_of(w, reply, sizeof reply).path_mark;
}

/* Every bit of every byte, whatever the length. */
static void
test_every_byte(void **state)
{
	(void)state;
	for (uint32_t size = 0; size <= PATH_MAX_BYTES; size++) {
		struct way w = {.size = size, .ttl = 64};
		uint32_t mark = mark_of(&w);

		for (uint32_t bit = 0; bit < size * 8; bit++) {
			w.path[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_true(mark_of(&w) != mark);
			w.path[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		assert_true(mark_of(&w) == mark);
	}
}

static void
test_length(void **state)
{
	(void)state;
	for (uint32_t size = 1; size <= PATH_MAX_BYTES; size++) {
		struct way w = {.size = size}, shorter = {.size = size - 1};

		assert_true(mark_of(&w) != mark_of(&shorter));
	}
}

static void
test_rest(void **state)
{
	struct way w = {.size = 14, .ttl = 64}, other = w;

	(void)state;
	other.ttl = 63;
	assert_true(mark_of(&w) != mark_of(&other));
	other = w;
	other.outer_mark = 1;
	assert_true(mark_of(&w) != mark_of(&other));
}

/* Only replies are asked for it. */
static void
test_query(void **state)
{
	static const uint8_t query[12] = {0, 7};
	struct way w = {.size = 14, .ttl = 64};

	(void)state;
	assert_int_equal(message_of(&w, query, sizeof query).path_mark, 0);
	assert_int_equal(message_of(&w, reply, 2).path_mark, 0);
}

static void
test_facts(void **state)
{
	struct way w = {.size = 14, .ttl = 64};
	struct dg_message m = message_of(&w, reply, sizeof reply);

	(void)state;
	assert_int_equal(m.transport, DG_TRANSPORT_UDP);
	assert_int_equal(m.source_port, 53);
	assert_int_equal(m.destination_port, 4001);
	assert_int_equal(m.captured, sizeof reply);
	assert_int_equal(m.on_wire, sizeof reply);
	assert_true(m.packet_mark == UINT64_C(0x123400140009));
	assert_true(m.time_ns == 5);
	assert_false(m.is_partial);
}

int
main(void)
{
	struct rows r = {0};

	rows_add(&r, "every byte of a path counts", test_every_byte, NULL);
	rows_add(&r, "so does its length", test_length, NULL);
	rows_add(&r, "so do the outer addresses and the TTL", test_rest, NULL);
	rows_add(&r, "queries have no path mark", test_query, NULL);
	rows_add(&r, "a message has the packet's facts", test_facts, NULL);
	return rows_run(&r, "datagram");
}
