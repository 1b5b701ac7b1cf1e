/*
 * stream_run.h - segments written as text, and what is told of them as text.
 *
 * Both ends send messages of 28 octets, so that with its length the first of them takes octets
 * 0 to 29 of the stream, the second 30 to 59; a row may choose other lengths.  Steps are
 * segments, with a | between:
 *
 *	c, s     who sends: the client, the server
 *	S F R    flags
 *	30+12    octets 30 to 41 of the stream; 30+12/5: the capture has five of them
 *	a60      acknowledges octets up to 60 of the other stream; a0 its SYN only
 *	x        its octets are other ones
 *	n7       from here on sequence numbers of both begin 700000 further on
 *	t600     so many seconds pass before it
 *
 * Events: q1 is the client's first message, r1 the server's, r1/40 when 40 octets of it are
 *there; ~ stands before what has client and server the other way round.
 */

#ifndef STREAM_RUN_H
#define STREAM_RUN_H

#include "reassembly/stream.h"

#include "guard.h"
#include "rows.h"

#define CONTENT_MAX (3 * 65540)
#define MESSAGES_MAX 64
#define SHORT_LENGTH 28
#define STEP_NS 1000000
#define NS_PER_S INT64_C(1000000000)

struct row {
	const char *name;
	const char *steps;
	const char *events;
	const char *stats; /* those that are named in it */
	uint32_t begins;   /* the client's first sequence number */
	uint16_t client_port;
	uint16_t server_port;
	unsigned length_count;
	uint16_t lengths[8]; /* of the messages, when there are any */
};

#define OPEN "c S | s S a0 | c a0 | "
#define OPENED "syn stands "
#define LENGTHS(n, ...) .length_count = (n), .lengths = {__VA_ARGS__}

/* --- what both ends send ---------------------------------------------------- */

struct content {
	uint8_t bytes[CONTENT_MAX];
	size_t begins[MESSAGES_MAX + 1]; /* where the message begins, past its length */
	size_t lengths[MESSAGES_MAX];
	unsigned count;
};

static struct content contents[2];

/* Message k: an ID of k in both octets, QR, one question that begins with k. */
static inline void
add_message(struct content *c, bool is_reply, unsigned k, size_t length, size_t *at)
{
	uint8_t head[SHORT_LENGTH] = {(uint8_t)k, (uint8_t)k, is_reply ? 0x80 : 0, 0, 0, 1};
	static const uint8_t name[] = "\2k1\7example";

	memcpy(head + 12, name, sizeof name);
	head[14] = (uint8_t)(k + '0');
	head[25] = 1;
	head[27] = 1;
	c->bytes[*at] = (uint8_t)(length >> 8);
	c->bytes[*at + 1] = (uint8_t)length;
	for (size_t i = 0; i < length; i++)
		c->bytes[*at + 2 + i] = i < sizeof head ? head[i] : (uint8_t)(i * 7 + k);
	c->begins[k - 1] = *at + 2;
	c->lengths[k - 1] = length;
	*at += 2 + length;
}

static inline void
make_content(const struct row *row, bool is_reply)
{
	struct content *c = &contents[is_reply];
	unsigned count = row->length_count > 0 ? row->length_count : MESSAGES_MAX;
	size_t at = 0;

	memset(c->bytes, 0, sizeof c->bytes);
	for (unsigned k = 1; k <= count; k++)
		add_message(c, is_reply, k,
		    row->length_count > 0 ? row->lengths[k - 1] : SHORT_LENGTH, &at);
	c->count = count;
}

/* --- one segment ------------------------------------------------------------ */

struct step {
	bool is_server;
	uint8_t flags;
	bool has_seq;
	uint32_t from;
	uint32_t wire;
	uint32_t captured;
	uint32_t ack;
	bool is_other;
	uint32_t jump;
	int64_t seconds;
};

struct run {
	const struct row *row;
	struct dg_stream_table *table;
	uint32_t jump;
	struct dg_frame frame;
	char told[65536];
	size_t told_size;
};

static inline uint32_t
number(const char **text)
{
	char *end;
	unsigned long n = strtoul(*text, &end, 10);

	assert_true(end > *text);
	*text = end;
	return (uint32_t)n;
}

static inline void
parse_word(struct step *s, const char **text)
{
	switch (*(*text)++) {
	case 'c':
		break;
	case 's':
		s->is_server = true;
		break;
	case 'S':
		s->flags |= DG_TCP_SYN;
		break;
	case 'F':
		s->flags |= DG_TCP_FIN;
		break;
	case 'R':
		s->flags |= DG_TCP_RST;
		break;
	case 'a':
		s->flags |= DG_TCP_ACK;
		s->ack = number(text);
		break;
	case 'x':
		s->is_other = true;
		break;
	case 'n':
		s->jump = number(text) * 700000;
		break;
	case 't':
		s->seconds = number(text);
		break;
	default:
		--*text;
		s->from = number(text);
		assert_int_equal(*(*text)++, '+');
		s->wire = s->captured = number(text);
		if (**text == '/' && ++*text)
			s->captured = number(text);
	}
}

static inline struct step
parse_step(const char **text)
{
	struct step s = {0};

	for (; **text != '\0' && **text != '|';) {
		if (**text == ' ')
			++*text;
		else
			parse_word(&s, text);
	}
	if (**text == '|')
		++*text;
	return s;
}

static const uint8_t client_bytes[4] = {192, 0, 2, 1}, server_bytes[4] = {198, 51, 100, 2};

static inline uint32_t
first_number(const struct run *r, bool is_server)
{
	return (r->row->begins != 0 ? r->row->begins : 1000) + r->jump +
	    (is_server ? 7777777u : 0);
}

static inline struct dg_packet
make_packet(const struct run *r, const struct step *s)
{
	struct dg_addr client = dg_addr_make(client_bytes, DG_FAMILY_IP4);
	struct dg_addr server = dg_addr_make(server_bytes, DG_FAMILY_IP4);
	uint16_t client_port = r->row->client_port != 0 ? r->row->client_port : 4001;
	uint16_t server_port = r->row->server_port != 0 ? r->row->server_port : 53;
	struct dg_packet p = {
	    .ip = {.source = s->is_server ? server : client,
		.destination = s->is_server ? client : server,
		.family = DG_FAMILY_IP4,
		.protocol = DG_PROTOCOL_TCP},
	    .ports = {.source = s->is_server ? server_port : client_port,
		.destination = s->is_server ? client_port : server_port},
	    .tcp = {.seq = first_number(r, s->is_server) + !(s->flags & DG_TCP_SYN) + s->from,
		.ack = first_number(r, !s->is_server) + 1 + s->ack,
		.flags = s->flags},
	};
	uint8_t *bytes = guard_place(contents[s->is_server].bytes + s->from, s->captured);

	/* Other octets: QR, or a letter of the name, is another one; lengths stay. */
	for (size_t k = 0; s->is_other && k < contents[s->is_server].count; k++) {
		size_t at = contents[s->is_server].begins[k];

		if (at + 2 >= s->from && at + 2 < s->from + s->captured)
			bytes[at + 2 - s->from] ^= 0x80;
		if (at + 11 >= s->from && at + 11 < s->from + s->captured)
			bytes[at + 11 - s->from] ^= 0x55;
	}
	p.payload = dg_cur_make(bytes, s->captured, s->wire);
	return p;
}

/* --- what is told ----------------------------------------------------------- */

static void say(struct run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline void
say(struct run *r, const char *format, ...)
{
	va_list args;
	size_t room = sizeof r->told - r->told_size;
	int n;

	va_start(args, format);
	n = vsnprintf(r->told + r->told_size, room, format, args);
	va_end(args);
	assert_true(n >= 0 && (size_t)n < room);
	r->told_size += (size_t)n;
}

static inline void
say_message(struct run *r, const struct dg_message *m)
{
	bool is_reply = memcmp(m->source.bytes, server_bytes, 4) == 0;
	const struct content *c = &contents[is_reply];
	const uint8_t *other_end = is_reply ? client_bytes : server_bytes;

	assert_memory_equal(m->destination.bytes, other_end, 4);
	assert_int_equal(m->transport, DG_TRANSPORT_TCP);
	assert_int_equal(m->packet_mark, 0);
	assert_int_equal(m->path_mark, 0);
	assert_false(m->is_partial);
	assert_int_equal(m->time_ns, r->frame.time_ns);
	assert_int_equal(m->place.frame, r->frame.place.frame);
	for (unsigned k = 0; k < c->count; k++) {
		if (c->lengths[k] != m->on_wire ||
		    memcmp(c->bytes + c->begins[k], m->data, m->captured) != 0)
			continue;
		say(r, is_reply ? "r%u" : "q%u", k + 1);
		if (m->captured < m->on_wire)
			say(r, "/%zu", m->captured);
		return;
	}
	say(r, "?%zu", m->captured);
}

static inline int
on_event(void *context, const struct dg_stream_event *e)
{
	static const char *const words[] = {
	    "syn", "stands", "refused", "", "reset-by-", "closed", "lost"};
	struct run *r = context;

	assert_int_equal(e->flow.transport, DG_TRANSPORT_TCP);
	assert_int_equal(e->time_ns, r->frame.time_ns);
	assert_int_equal(e->place.frame, r->frame.place.frame);
	if (r->told_size > 0)
		say(r, " ");
	if (memcmp(e->flow.client.bytes, client_bytes, 4) != 0)
		say(r, "~");
	if (e->turn == DG_STREAM_MESSAGE)
		say_message(r, &e->message);
	else
		say(r, "%s", words[e->turn]);
	if (e->turn == DG_STREAM_RESET)
		say(r, e->is_by_client ? "client" : "server");
	if (e->turn == DG_STREAM_SYN || e->turn == DG_STREAM_REFUSED)
		assert_int_equal(e->seq, first_number(r, false));
	return 0;
}

static inline void
check_stats(const struct dg_stream_stats *stats, const char *text)
{
	const struct {
		const char *name;
		uint64_t value;
	} all[] = {
	    {"segments", stats->segments},
	    {"server_segments", stats->server_segments},
	    {"connections", stats->connections},
	    {"under_way", stats->under_way},
	    {"messages", stats->messages},
	    {"resent", stats->resent},
	    {"out_of_order", stats->out_of_order},
	    {"holes", stats->holes},
	    {"skipped", stats->skipped},
	    {"evicted", stats->evicted},
	};

	while (text != NULL && *text != '\0') {
		size_t length = strcspn(text, "="), i = 0;

		while (i < sizeof all / sizeof *all &&
		    (strlen(all[i].name) != length || strncmp(all[i].name, text, length) != 0))
			i++;
		assert_true(i < sizeof all / sizeof *all);
		text += length + 1;
		if (all[i].value != number(&text))
			fail_msg("%s is %u", all[i].name, (unsigned)all[i].value);
		text += *text == ' ';
	}
}

static const struct dg_hash_key secret = {1, 2};
static struct dg_server_ports server_ports;

static inline void
begin_run(struct run *r, const struct row *row)
{
	struct dg_stream_sink sink = {r, on_event};

	memset(r, 0, sizeof *r);
	r->row = row;
	r->frame.time_ns = 1000 * NS_PER_S;
	make_content(row, false);
	make_content(row, true);
	dg_server_ports_add(&server_ports, 53);
	assert_int_equal(dg_stream_table_new(&secret, &server_ports, &sink, &r->table), 0);
}

static inline void
feed(struct run *r, const struct step *s)
{
	struct dg_packet p;

	r->jump += s->jump;
	r->frame.time_ns += s->seconds * NS_PER_S + (s->seconds == 0 ? STEP_NS : 0);
	r->frame.place.frame++;
	p = make_packet(r, s);
	assert_int_equal(dg_stream_feed(r->table, &p, &r->frame), 0);
}

static inline void
feed_text(struct run *r, const char *text)
{
	while (*text != '\0') {
		struct step s = parse_step(&text);

		feed(r, &s);
	}
}

static inline void
check_told(struct run *r, const char *events)
{
	char expected[sizeof r->told];
	size_t size = strlen(events);

	assert_true(size < sizeof expected);
	memcpy(expected, events, size + 1);
	if (size > 0 && expected[size - 1] == ' ')
		expected[size - 1] = '\0';
	r->told[r->told_size] = '\0';
	assert_string_equal(r->told, expected);
}

#endif
