/*
 * fuzz_stream.c - TCP segments become the messages that were sent, or nothing worse.
 *
 * Input: a byte that chooses the way, then
 *
 *	even   messages' lengths, then how they are cut into segments, shuffled and sent twice:
 *	       every message comes out, byte for byte and in order.  The truth is the plain
 *	       list of messages.
 *	odd    segments of three connections with whatever flags, numbers, cuts and times:
 *	       what is told fits together, and nothing waits without a bound.
 */
#include <string.h>

#include "base/limits.h"
#include "fuzz.h"
#include "reassembly/stream_inner.h"

#define MESSAGES_MAX 16
#define STREAM_MAX (MESSAGES_MAX * 70000u)
#define SEGMENTS_MAX 400
/* Fewer than wait at most, so that no hole is given up. */
#define SHUFFLED 24
/* With what comes before it, less than is kept of a segment that waits. */
#define LARGEST 60000u

static struct dg_server_ports server_ports;

static struct dg_stream_table *
new_table(void *context, int (*event)(void *, const struct dg_stream_event *))
{
	struct dg_stream_sink sink = {context, event};
	struct dg_stream_table *t;

	dg_server_ports_add(&server_ports, 53);
	FUZZ_CHECK(dg_stream_table_new(&FUZZ_KEY, &server_ports, &sink, &t) == 0);
	return t;
}

/* Feeds a payload of exactly its size, so that one byte too many is noticed. */
static void
feed(struct dg_stream_table *t, struct dg_packet *p, const struct dg_frame *frame,
    const uint8_t *bytes, size_t captured, size_t wire)
{
	uint8_t *copy = malloc(captured > 0 ? captured : 1);

	FUZZ_CHECK(copy != NULL);
	if (captured > 0)
		memcpy(copy, bytes, captured);
	p->payload = dg_cur_make(copy, captured, wire);
	FUZZ_CHECK(dg_stream_feed(t, p, frame) == 0);
	free(copy);
}

static struct dg_packet
packet_of(unsigned connection, bool is_server)
{
	struct dg_packet p = {
	    .ip = {.family = DG_FAMILY_IP4, .protocol = DG_PROTOCOL_TCP},
	    .ports = {.source = is_server ? 53 : 4001, .destination = is_server ? 4001 : 53},
	};

	p.ip.source.bytes[3] = is_server ? 53 : (uint8_t)connection;
	p.ip.destination.bytes[3] = is_server ? (uint8_t)connection : 53;
	return p;
}

/* --- what was sent comes out ------------------------------------------------ */

struct sent {
	uint8_t *bytes;
	size_t size;
	size_t begins[MESSAGES_MAX];
	size_t lengths[MESSAGES_MAX];
	size_t count;
	size_t told;
};

static void
send_message(struct sent *s, size_t length)
{
	uint8_t *at = s->bytes + s->size;

	at[0] = (uint8_t)(length >> 8);
	at[1] = (uint8_t)length;
	for (size_t i = 0; i < length; i++)
		at[2 + i] = (uint8_t)(i * 31 + s->count * 17);
	s->size += 2 + length;
	if (length == 0)
		return;
	s->begins[s->count] = s->size - length;
	s->lengths[s->count++] = length;
}

static int
take_sent(void *context, const struct dg_stream_event *e)
{
	struct sent *s = context;
	const struct dg_message *m = &e->message;

	if (e->turn == DG_STREAM_STANDS)
		return 0;
	FUZZ_CHECK(e->turn == DG_STREAM_MESSAGE);
	FUZZ_CHECK(s->told < s->count);
	FUZZ_CHECK(m->captured == s->lengths[s->told] && m->on_wire == m->captured);
	FUZZ_CHECK(memcmp(m->data, s->bytes + s->begins[s->told], m->captured) == 0);
	s->told++;
	return 0;
}

struct cut {
	size_t from;
	size_t size;
};

/* Cuts the stream into segments; of some the receiver gets old octets before the new, too. */
static size_t
cut_up(struct fuzz_in *in, size_t size, struct cut cuts[SEGMENTS_MAX])
{
	size_t count = 0;

	for (size_t at = 0; at < size;) {
		uint8_t how = fuzz_u8(in);
		size_t n = 1 + (how & 0x40 ? fuzz_u16(in) : fuzz_u8(in));
		size_t back = how & 0x80 ? fuzz_u8(in) : 0;

		if (n > LARGEST || count > SEGMENTS_MAX - STREAM_MAX / LARGEST - 1)
			n = LARGEST;
		n = n < size - at ? n : size - at;
		back = back < at ? back : at;
		cuts[count++] = (struct cut){at - back, n + back};
		at += n;
	}
	return count;
}

/* Exchanges segments that lie near each other. */
static void
shuffle(struct fuzz_in *in, struct cut *cuts, size_t count)
{
	for (size_t group = 0; group < count; group += SHUFFLED) {
		size_t n = count - group < SHUFFLED ? count - group : SHUFFLED;

		for (size_t i = 0; i < n; i++) {
			size_t other = fuzz_u8(in) % n;
			struct cut kept = cuts[group + i];

			cuts[group + i] = cuts[group + other];
			cuts[group + other] = kept;
		}
	}
}

static void
check_sent(struct fuzz_in *in)
{
	static const size_t lengths[] = {0, 1, 2, 11, 12, 40, 512, 65535};
	static struct cut cuts[SEGMENTS_MAX];
	struct sent s = {.bytes = malloc(STREAM_MAX)};
	struct dg_stream_table *t = new_table(&s, take_sent);
	uint8_t message_count = fuzz_u8(in) % MESSAGES_MAX;
	bool is_server = fuzz_u8(in) & 1;
	uint32_t first = 0u - fuzz_u16(in) * 16u;
	struct dg_packet p = packet_of(1, is_server);
	struct dg_frame frame = {.time_ns = 1};
	size_t cut_count;

	FUZZ_CHECK(s.bytes != NULL);
	for (uint8_t i = 0; i < message_count; i++) {
		uint8_t b = fuzz_u8(in);

		send_message(&s, b < 200 ? b : lengths[b & 7]);
	}
	/* The answer to the SYN: both streams have their beginning. */
	p = packet_of(1, true);
	p.tcp =
	    (struct dg_tcp){.seq = first - 1, .ack = first, .flags = DG_TCP_SYN | DG_TCP_ACK};
	feed(t, &p, &frame, NULL, 0, 0);
	p = packet_of(1, is_server);
	cut_count = cut_up(in, s.size, cuts);
	shuffle(in, cuts, cut_count);
	for (size_t i = 0; i < cut_count; i++) {
		unsigned times = (fuzz_u8(in) & 3) == 3 ? 2 : 1;

		p.tcp.seq = first + (uint32_t)cuts[i].from;
		for (; times > 0; times--)
			feed(t, &p, &frame, s.bytes + cuts[i].from, cuts[i].size, cuts[i].size);
	}
	FUZZ_CHECK(s.told == s.count);
	FUZZ_CHECK(t->stats.messages == s.count && t->stats.holes == 0);
	FUZZ_CHECK(t->pieces.used == 0);
	dg_stream_table_free(t);
	free(s.bytes);
}

/* --- anything --------------------------------------------------------------- */

struct heard {
	uint64_t messages;
	uint64_t octets; /* read, so that their memory is looked at */
	uint64_t turns[DG_STREAM_LOST + 1];
	const struct dg_frame *frame;
};

static int
take_heard(void *context, const struct dg_stream_event *e)
{
	struct heard *h = context;
	uint8_t sum = 0;

	FUZZ_CHECK(e->turn <= DG_STREAM_LOST);
	FUZZ_CHECK(e->flow.transport == DG_TRANSPORT_TCP && e->flow.server_port == 53);
	FUZZ_CHECK(e->time_ns == h->frame->time_ns);
	h->turns[e->turn]++;
	if (e->turn != DG_STREAM_MESSAGE)
		return 0;
	FUZZ_CHECK(e->message.captured <= e->message.on_wire);
	FUZZ_CHECK(e->message.on_wire > 0 && e->message.on_wire <= UINT16_MAX);
	FUZZ_CHECK(e->message.captured == e->message.on_wire || e->message.captured >= 12);
	for (size_t i = 0; i < e->message.captured; i++)
		sum ^= e->message.data[i];
	h->octets += sum;
	h->messages++;
	return 0;
}

static void
check_side(const struct dg_stream_table *t, const struct dg_stream_side *s)
{
	unsigned waiting = 0;
	uint32_t end = s->expected;

	for (uint32_t at = s->waiting; at != DG_POOL_NONE; waiting++) {
		const struct dg_piece *piece = dg_piece_at(&t->pieces, at);

		FUZZ_CHECK(piece->wire > 0 && piece->captured <= piece->wire);
		FUZZ_CHECK(piece->seq != s->expected && (int32_t)(piece->seq - end) >= 0);
		end = piece->seq + piece->wire;
		at = piece->next_segment;
	}
	FUZZ_CHECK(waiting == s->waiting_count && waiting < DG_STREAM_SEGMENTS_MAX);
	FUZZ_CHECK(s->is_begun || (waiting == 0 && s->kept.size == 0 && !s->has_fin));
	FUZZ_CHECK(
	    s->kept.size <= s->length && s->position < 2u + s->length + (s->position < 2) * 2u);
}

static void
check_ledgers(const struct dg_stream_table *t, const struct heard *h, uint64_t segments)
{
	const struct dg_stream_stats *s = &t->stats;
	uint32_t connections = 0;

	FUZZ_CHECK(s->segments == segments && s->server_segments <= segments);
	FUZZ_CHECK(s->messages == h->messages);
	FUZZ_CHECK(s->under_way <= s->connections && s->connections <= segments);
	FUZZ_CHECK(s->resent + s->out_of_order <= segments);
	FUZZ_CHECK(h->turns[DG_STREAM_STANDS] <= s->connections);
	FUZZ_CHECK(h->turns[DG_STREAM_CLOSED] <= s->connections);
	FUZZ_CHECK(h->turns[DG_STREAM_RESET] <= h->turns[DG_STREAM_STANDS]);
	FUZZ_CHECK(h->turns[DG_STREAM_REFUSED] <= segments);
	for (uint32_t at = t->connections.lists[DG_CONNECTIONS_ALL].oldest;
	     at != DG_POOL_NONE;) {
		const struct dg_connection *c = dg_connection_at(&t->connections, at);

		check_side(t, &c->client);
		check_side(t, &c->server);
		FUZZ_CHECK(c->is_holding ==
		    (dg_side_is_holding(&c->client) || dg_side_is_holding(&c->server)));
		connections++;
		at = c->links[DG_CONNECTIONS_ALL].behind;
	}
	FUZZ_CHECK(connections == t->connections.pool.used && connections <= 6);
}

/* Seven bytes and a payload: who, flags, number, acknowledgement, cut and time, size. */
static void
feed_anything(struct fuzz_in *in, struct dg_stream_table *t, struct dg_frame *frame)
{
	uint8_t who = fuzz_u8(in);
	struct dg_packet p = packet_of(who % 3, who & 0x80);
	uint8_t cut;
	size_t size;

	if (who & 0x40)
		p.ports = (struct dg_ports){.source = 53, .destination = 53};
	p.tcp.flags = fuzz_u8(in) & 0x17;
	p.tcp.seq = 0xffffff80u + fuzz_u8(in) * (who & 0x20 ? 0x01000000u : 1u);
	p.tcp.ack = 0xffffff80u + fuzz_u8(in) * (who & 0x10 ? 0x01000000u : 1u);
	cut = fuzz_u8(in);
	frame->time_ns += cut & 0x80 ? DG_STREAM_IDLE_NS / 2 : 1000;
	size = who & 0x08 ? fuzz_u8(in) * 300u : fuzz_u8(in);
	if (who & 0x08) {
		static const uint8_t zeros[256 * 300];

		feed(t, &p, frame, zeros, size, size + (cut & 15));
		return;
	}
	size = size < in->left ? size : in->left;
	feed(t, &p, frame, in->at, size, size + (cut & 0x40 ? cut & 63 : 0));
	in->at += size;
	in->left -= size;
}

static void
check_anything(struct fuzz_in *in)
{
	struct dg_frame frame = {.time_ns = 1};
	struct heard h = {.frame = &frame};
	struct dg_stream_table *t = new_table(&h, take_heard);
	uint64_t segments = 0;

	while (in->left > 0) {
		feed_anything(in, t, &frame);
		segments++;
		check_ledgers(t, &h, segments);
	}
	dg_stream_forget(t);
	FUZZ_CHECK(t->pieces.used == 0 && t->connections.pool.used == 0);
	dg_stream_table_free(t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = {data, size};

	if (fuzz_u8(&in) & 1)
		check_anything(&in);
	else
		check_sent(&in);
	return 0;
}
