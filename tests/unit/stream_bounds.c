/*
 * stream_bounds.c - streams of many segments, many connections, and what is handed on.
 */
#include "reassembly/stream_inner.h"

#include "dnsgap/error.h"
#include "stream_run.h"

/* --- what takes a loop ------------------------------------------------------ */

static const struct row plain = {.name = "plain"};

static void
feed_octets(struct run *r, bool is_server, uint32_t from, uint32_t wire)
{
	struct step s = {.is_server = is_server,
	    .flags = is_server ? 0 : DG_TCP_ACK,
	    .from = from,
	    .wire = wire,
	    .captured = wire};

	feed(r, &s);
}

static void
test_byte_a_segment(void **state)
{
	static struct run r;

	(void)state;
	begin_run(&r, &plain);
	feed_text(&r, OPEN);
	for (uint32_t at = 0; at < 90; at++) {
		feed_octets(&r, true, at, 1);
		feed_octets(&r, false, at, 1);
	}
	check_told(&r, OPENED "r1 q1 r2 q2 r3 q3");
	check_stats(dg_stream_stats(r.table), "resent=0 out_of_order=0 holes=0");
	dg_stream_table_free(r.table);
}

static void
test_byte_a_segment_backwards(void **state)
{
	static struct run r;

	(void)state;
	begin_run(&r, &plain);
	feed_text(&r, OPEN);
	for (uint32_t at = 60; at-- > 0;)
		feed_octets(&r, true, at, 1);
	check_told(&r, OPENED "r1 r2");
	check_stats(dg_stream_stats(r.table), "resent=0 out_of_order=59 holes=0");
	dg_stream_table_free(r.table);
}

static void
test_65535_octets_a_byte_a_segment(void **state)
{
	static const struct row row = {.name = "long", LENGTHS(2, 65535, 28)};
	static struct run r;

	(void)state;
	begin_run(&r, &row);
	feed_text(&r, OPEN);
	for (uint32_t at = 0; at < 2 + 65535 + 30; at++)
		feed_octets(&r, true, at, 1);
	check_told(&r, OPENED "r1 r2");
	assert_int_equal(r.table->pieces.used, 0);
	dg_stream_table_free(r.table);
}

/* Octets 30 and on are missing; every second segment behind them is there. */
static void
test_64_segments_wait(void **state)
{
	static struct run r;

	(void)state;
	begin_run(&r, &plain);
	feed_text(&r, OPEN "s 0+30 | ");
	for (uint32_t i = 0; i < DG_STREAM_SEGMENTS_MAX - 1; i++)
		feed_octets(&r, true, 60 + 4 * i, 2);
	check_told(&r, OPENED "r1");
	check_stats(dg_stream_stats(r.table), "out_of_order=63 holes=0");
	feed_octets(&r, true, 60 + 4 * (DG_STREAM_SEGMENTS_MAX - 1), 2);
	assert_int_equal(dg_stream_stats(r.table)->holes, 1);
	assert_int_equal(dg_stream_stats(r.table)->skipped, DG_STREAM_SEGMENTS_MAX);
	assert_int_equal(r.table->pieces.used, 0);
	dg_stream_table_free(r.table);
}

static void
test_forget(void **state)
{
	static struct run r;

	(void)state;
	begin_run(&r, &plain);
	feed_text(&r, OPEN "c 0+12 a0 | s 30+30 | ");
	assert_int_equal(r.table->pieces.used, 2);
	dg_stream_forget(r.table);
	assert_int_equal(r.table->pieces.used, 0);
	r.frame.time_ns = 0;
	feed_text(&r, "c 0+30 a0");
	check_told(&r, OPENED "stands q1");
	check_stats(dg_stream_stats(r.table), "connections=2 under_way=1 evicted=0");
	dg_stream_table_free(r.table);
}

/* --- many connections ------------------------------------------------------- */

/* Connections are told apart by the client's address: 2^24 of them. */
static void
feed_from(struct run *r, uint32_t client, const struct step *s)
{
	struct dg_packet p = make_packet(r, s);
	struct dg_addr *a = s->is_server ? &p.ip.destination : &p.ip.source;

	a->bytes[0] = 10;
	a->bytes[1] = (uint8_t)(client >> 16);
	a->bytes[2] = (uint8_t)(client >> 8);
	a->bytes[3] = (uint8_t)client;
	r->frame.time_ns += 1000;
	assert_int_equal(dg_stream_feed(r->table, &p, &r->frame), 0);
}

struct counts {
	uint64_t turns[DG_STREAM_LOST + 1];
};

static int
count_event(void *context, const struct dg_stream_event *e)
{
	struct counts *c = context;

	c->turns[e->turn]++;
	return 0;
}

static size_t
memory_of(const struct dg_pool *pool)
{
	return ((size_t)pool->chunk_count << DG_POOL_CHUNK_BITS) * pool->slot_bytes;
}

static void
test_million_half_open(void **state)
{
	static struct run r;
	struct counts counts = {0};
	struct step syn = {.flags = DG_TCP_SYN};

	(void)state;
	begin_run(&r, &plain);
	r.table->sink = (struct dg_stream_sink){&counts, count_event};
	for (uint32_t i = 0; i < 1000000; i++)
		feed_from(&r, i, &syn);
	assert_int_equal(counts.turns[DG_STREAM_SYN], 1000000);
	assert_int_equal(counts.turns[DG_STREAM_LOST], 0);
	assert_int_equal(
	    dg_stream_stats(r.table)->evicted, 1000000 - DG_STREAM_CONNECTIONS_MAX);
	assert_int_equal(r.table->connections.pool.used, DG_STREAM_CONNECTIONS_MAX);
	assert_true(memory_of(&r.table->connections.pool) +
		sizeof(uint32_t) * (r.table->connections.mask + 1) +
		memory_of(&r.table->pieces) <
	    40u << 20);
	dg_stream_table_free(r.table);
}

static void
test_silent_longest_goes_first(void **state)
{
	static struct run r;
	struct counts counts = {0};
	struct step syn = {.flags = DG_TCP_SYN}, answer = {.flags = DG_TCP_SYN | DG_TCP_ACK};

	(void)state;
	begin_run(&r, &plain);
	r.table->sink = (struct dg_stream_sink){&counts, count_event};
	answer.is_server = true;
	for (uint32_t i = 0; i < DG_STREAM_CONNECTIONS_MAX; i++)
		feed_from(&r, i, &syn);
	feed_from(&r, 0, &answer);
	feed_from(&r, 1 << 23, &syn);
	assert_int_equal(dg_stream_stats(r.table)->evicted, 1);
	assert_int_equal(counts.turns[DG_STREAM_STANDS], 1);
	/* 0 was heard last but one, 1 is gone, 2 is there. */
	feed_from(&r, 2, &answer);
	feed_from(&r, 0, &answer);
	assert_int_equal(dg_stream_stats(r.table)->under_way, 0);
	assert_int_equal(dg_stream_stats(r.table)->connections, DG_STREAM_CONNECTIONS_MAX + 1);
	feed_from(&r, 1, &answer);
	assert_int_equal(dg_stream_stats(r.table)->connections, DG_STREAM_CONNECTIONS_MAX + 2);
	dg_stream_table_free(r.table);
}

static void
test_standing_is_lost_when_evicted(void **state)
{
	static struct run r;
	struct counts counts = {0};
	struct step syn = {.flags = DG_TCP_SYN}, ack = {.flags = DG_TCP_ACK},
		    reset = {.flags = DG_TCP_RST};

	(void)state;
	begin_run(&r, &plain);
	r.table->sink = (struct dg_stream_sink){&counts, count_event};
	feed_from(&r, 0, &ack);
	feed_from(&r, 1, &ack);
	feed_from(&r, 1, &reset);
	for (uint32_t i = 2; i < DG_STREAM_CONNECTIONS_MAX; i++)
		feed_from(&r, i, &syn);
	assert_int_equal(counts.turns[DG_STREAM_LOST], 0);
	feed_from(&r, 1 << 23, &syn);
	assert_int_equal(counts.turns[DG_STREAM_LOST], 1);
	feed_from(&r, 1 << 22, &syn);
	assert_int_equal(counts.turns[DG_STREAM_LOST], 1);
	assert_int_equal(dg_stream_stats(r.table)->evicted, 2);
	dg_stream_table_free(r.table);
}

/* Each connection holds 64 KiB behind a hole; one of them says nothing and holds nothing. */
static void
test_bytes_are_bounded(void **state)
{
	static const struct row row = {.name = "long", LENGTHS(2, 65535, 28)};
	static struct run r;
	struct counts counts = {0};
	struct step syn = {.flags = DG_TCP_SYN};
	struct step answer = {.is_server = true, .flags = DG_TCP_SYN | DG_TCP_ACK};
	struct step ahead = {.is_server = true, .from = 2, .wire = 65535, .captured = 65535};

	(void)state;
	begin_run(&r, &row);
	r.table->sink = (struct dg_stream_sink){&counts, count_event};
	feed_from(&r, 1 << 23, &syn);
	for (uint32_t i = 0; i < 1000; i++) {
		feed_from(&r, i, &answer);
		feed_from(&r, i, &ahead);
		assert_true(memory_of(&r.table->pieces) <= DG_STREAM_BYTES_MAX);
	}
	assert_true(dg_stream_stats(r.table)->evicted > 0);
	assert_int_equal(counts.turns[DG_STREAM_LOST], dg_stream_stats(r.table)->evicted);
	assert_int_equal(
	    r.table->connections.pool.used, 1001 - dg_stream_stats(r.table)->evicted);
	feed_from(&r, 1 << 23, &answer);
	assert_int_equal(dg_stream_stats(r.table)->connections, 1001);
	/* The youngest is whole. */
	ahead = (struct step){.is_server = true, .wire = 2, .captured = 2};
	feed_from(&r, 999, &ahead);
	assert_int_equal(counts.turns[DG_STREAM_MESSAGE], 1);
	dg_stream_table_free(r.table);
}

/* Segments that a card was yet to cut up, 64 a side. */
static void
test_a_connection_alone_never_fills_it(void **state)
{
	static uint8_t zeros[DG_FRAME_BYTES_MAX];
	static struct run r;
	struct step s = {0};

	(void)state;
	begin_run(&r, &plain);
	feed_text(&r, OPEN);
	for (uint32_t i = 0; i < 2 * DG_STREAM_SEGMENTS_MAX - 2; i++) {
		struct dg_packet p;

		s.is_server = i & 1;
		s.from = 100 + i / 2 * 2 * DG_FRAME_BYTES_MAX;
		p = make_packet(&r, &s);
		p.payload = dg_cur_make(zeros, sizeof zeros, sizeof zeros);
		assert_int_equal(dg_stream_feed(r.table, &p, &r.frame), 0);
	}
	check_stats(dg_stream_stats(r.table), "out_of_order=126 evicted=0 holes=0");
	assert_true(r.table->pieces.used > 30000);
	assert_true(r.table->pieces.used < r.table->pieces.max / 3);
	dg_stream_table_free(r.table);
}

/* --- what is handed on ------------------------------------------------------ */

static uint64_t mark;
static const uint8_t *message_at;

static int
note_event(void *context, const struct dg_stream_event *e)
{
	(void)context;
	if (e->turn == DG_STREAM_SYN)
		mark = e->packet_mark;
	if (e->turn == DG_STREAM_MESSAGE)
		message_at = e->message.data;
	return 0;
}

static void
test_syn_mark(void **state)
{
	static struct run r;
	struct step syn = {.flags = DG_TCP_SYN};
	uint8_t header[20] = {0};
	struct dg_packet p;
	uint64_t first;

	(void)state;
	begin_run(&r, &plain);
	r.table->sink = (struct dg_stream_sink){NULL, note_event};
	p = make_packet(&r, &syn);
	p.ip.id = 7;
	p.ip.payload = dg_cur_make(header, sizeof header, sizeof header);
	assert_int_equal(dg_stream_feed(r.table, &p, &r.frame), 0);
	first = mark;
	p.ip.ttl = 3;
	assert_int_equal(dg_stream_feed(r.table, &p, &r.frame), 0);
	assert_true(mark == first);
	p.ip.id = 8;
	assert_int_equal(dg_stream_feed(r.table, &p, &r.frame), 0);
	assert_true(mark != first);
	p.ip.id = 7;
	header[17] = 1;
	assert_int_equal(dg_stream_feed(r.table, &p, &r.frame), 0);
	assert_true(mark != first);
	dg_stream_table_free(r.table);
}

static void
test_no_copy(void **state)
{
	static struct run r;
	struct step s = {.is_server = true, .wire = 60, .captured = 60};
	struct dg_packet p;

	(void)state;
	begin_run(&r, &plain);
	feed_text(&r, OPEN);
	r.table->sink = (struct dg_stream_sink){NULL, note_event};
	p = make_packet(&r, &s);
	assert_int_equal(dg_stream_feed(r.table, &p, &r.frame), 0);
	assert_ptr_equal(message_at, p.payload.at + 32);
	assert_int_equal(r.table->pieces.chunk_count, 0);
	dg_stream_table_free(r.table);
}

/* The smallest query: of the root. */
static void
test_19_octets(void **state)
{
	static const uint8_t query[19] = {0, 17, 7, 7, 1, 0, 0, 1, [16] = 1, [18] = 1};
	static struct run r;
	struct step s = {.flags = DG_TCP_ACK};
	struct dg_packet p;

	(void)state;
	begin_run(&r, &plain);
	p = make_packet(&r, &s);
	p.payload = dg_cur_make(query, 18, 19);
	assert_int_equal(dg_stream_feed(r.table, &p, &r.frame), 0);
	check_stats(dg_stream_stats(r.table), "skipped=1 messages=0");
	p.payload = dg_cur_make(query, 19, 19);
	assert_int_equal(dg_stream_feed(r.table, &p, &r.frame), 0);
	check_stats(dg_stream_stats(r.table), "skipped=1 messages=1");
	dg_stream_table_free(r.table);
}

/* Whichever of the six events fails: feeding says so. */
static int
fail_event(void *context, const struct dg_stream_event *e)
{
	int *left = context;

	(void)e;
	return --*left == 0 ? DNSGAP_ENOMEM : 0;
}

static void
test_sink_fails(void **state)
{
	static struct run r;

	(void)state;
	for (int n = 1; n <= 6; n++) {
		const char *text = OPEN "s 0+12 | s 60+30 | s F 90+0 | c 0+30 a91";
		int left = n, failures = 0;

		begin_run(&r, &plain);
		r.table->sink = (struct dg_stream_sink){&left, fail_event};
		while (*text != '\0') {
			struct step s = parse_step(&text);
			struct dg_packet p = make_packet(&r, &s);

			failures += dg_stream_feed(r.table, &p, &r.frame) != 0;
		}
		assert_int_equal(failures, 1);
		dg_stream_table_free(r.table);
	}
}

int
main(void)
{
	struct rows r = {0};

	rows_add(&r, "a byte a segment, in both directions", test_byte_a_segment, NULL);
	rows_add(
	    &r, "a byte a segment, the last one first", test_byte_a_segment_backwards, NULL);
	rows_add(&r, "a message of 65535 octets, a byte a segment",
	    test_65535_octets_a_byte_a_segment, NULL);
	rows_add(&r, "a hole is given up when 64 segments wait", test_64_segments_wait, NULL);
	rows_add(&r, "after a clock step connections are forgotten", test_forget, NULL);
	rows_add(&r, "P5: a million half-open connections are bounded, evicted and counted",
	    test_million_half_open, NULL);
	rows_add(&r, "the connection that was silent longest goes first",
	    test_silent_longest_goes_first, NULL);
	rows_add(&r, "a connection that stands is lost when it is evicted",
	    test_standing_is_lost_when_evicted, NULL);
	rows_add(&r, "the bytes that wait are bounded, and who holds none stays",
	    test_bytes_are_bounded, NULL);
	rows_add(&r, "a connection alone never fills the room for what waits",
	    test_a_connection_alone_never_fills_it, NULL);
	rows_add(&r, "a SYN's mark tells a resend from a second sighting", test_syn_mark, NULL);
	rows_add(
	    &r, "a message that lies whole in a segment is not copied", test_no_copy, NULL);
	rows_add(&r, "19 octets begin a stream, 18 do not", test_19_octets, NULL);
	rows_add(&r, "what the sink returns is returned", test_sink_fails, NULL);
	return rows_run(&r, "stream_bounds");
}
