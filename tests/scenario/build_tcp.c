/*
 * build_tcp.c - a line becomes a TCP segment.
 *
 * Sequence numbers count by themselves: each end of a connection has a next one, which a
 * segment takes and moves on; it acknowledges the other end's.
 */
#include <stdlib.h>
#include <string.h>

#include "build.h"

#define FIRST_SEQ 1000

enum flag {
	FIN = 0x01,
	SYN = 0x02,
	RST = 0x04,
	ACK = 0x10,
};

/* What a line says of a segment. */
struct segment {
	unsigned flags;
	uint32_t seq;
	uint32_t ack;
	bool has_seq;
	bool has_ack;
	bool is_bare; /* without ACK */
	bool stays;   /* the next sequence number does not move */
	unsigned long from;
	unsigned long to; /* 0: to the end of the bytes */
	unsigned long together;
	struct pkt_buf bytes; /* all that is sent; from and to cut a part out */
};

/* The end of a connection that sends from `ip` and `port`. */
static struct scn_end *
end_of(struct scenario *s, const char *from, unsigned port, const char *to, unsigned to_port)
{
	struct scn_end *e = s->ends;

	while (e < s->ends + s->end_count &&
	    (e->from != from || e->port != port || e->to != to || e->to_port != to_port))
		e++;
	if (e == s->ends + SCN_ENDS_MAX)
		return NULL;
	if (e == s->ends + s->end_count) {
		s->end_count++;
		*e = (struct scn_end){from, to, port, to_port, FIRST_SEQ};
	}
	return e;
}

static bool
take_hex(const char *text, struct pkt_buf *bytes)
{
	for (; text[0] != '\0'; text += 2) {
		char pair[3] = {text[0], text[1], '\0'}, *end;
		unsigned long byte = strtoul(pair, &end, 16);

		if (end != pair + 2)
			return false;
		pkt_put8(bytes, (unsigned)byte);
	}
	return true;
}

static bool
take_flag(const char *word, struct segment *g)
{
	static const struct {
		const char *word;
		unsigned flag;
	} flags[] = {{"fin", FIN}, {"syn", SYN}, {"rst", RST}, {"ack", ACK}};

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		if (strcmp(word, flags[i].word) == 0) {
			g->flags |= flags[i].flag;
			return true;
		}
	}
	if (strcmp(word, "noack") == 0)
		g->is_bare = true;
	else if (strcmp(word, "stay") == 0)
		g->stays = true;
	else
		return false;
	return true;
}

static bool
take_segment_word(char *word, struct segment *g, bool *good)
{
	bool known = false;
	unsigned long n;
	char *value;

	if (take_flag(word, g))
		return true;
	n = scn_number_of(word, "seq", UINT32_MAX, &known, good);
	if (known) {
		g->seq = (uint32_t)n;
		g->has_seq = true;
	} else if ((n = scn_number_of(word, "ack", UINT32_MAX, &known, good)), known) {
		g->ack = (uint32_t)n;
		g->has_ack = true;
	} else if ((n = scn_number_of(word, "together", 1000, &known, good)), known) {
		g->together = n;
	} else if ((value = scn_value(word, "part")) != NULL) {
		*good &= scn_take_span(value, &g->from, &g->to);
	} else if ((value = scn_value(word, "hex")) != NULL) {
		*good &= take_hex(value, &g->bytes);
	} else {
		return false;
	}
	return true;
}

/* The message with its length before it, as often as it is to be there. */
static void
add_messages(struct segment *g, struct pkt_dns *dns, const char *qname)
{
	for (unsigned n = 0; n < g->together; n++) {
		struct pkt_buf message = {0};
		struct pkt_dns one = *dns;
		char name[256];

		one.id = (uint16_t)(one.id + n);
		if (qname != NULL) {
			scn_expand_name(name, qname, n);
			one.qname = name;
		}
		pkt_dns(&message, &one);
		pkt_put16(&g->bytes, (unsigned)message.len);
		pkt_put(&g->bytes, message.at, message.len);
		pkt_buf_fini(&message);
	}
}

/* Makes the frame; `mine` and `peer` are the connection's ends. */
static bool
put_segment(struct scenario *s, int line, int64_t time_ns, struct pkt_facts *facts,
    struct segment *g, struct scn_end *mine, const struct scn_end *peer,
    const struct around *around)
{
	size_t to = g->to != 0 ? g->to : g->bytes.len;
	struct pkt_buf segment = {0};
	struct scn_frame *f;
	uint32_t seq;
	bool good;

	if (to > g->bytes.len || g->from > to)
		return scn_fail(s, line, "there are only %zu bytes", g->bytes.len);
	f = scn_add_frame(s, line, time_ns);
	if (f == NULL)
		return false;
	if (g->has_seq)
		mine->next = g->seq;
	seq = mine->next + (uint32_t)g->from;
	if (!g->is_bare && !(g->flags & SYN && !g->has_ack && !(g->flags & ACK)))
		g->flags |= ACK;
	pkt_put16(&segment, facts->udp.sport);
	pkt_put16(&segment, facts->udp.dport);
	pkt_put32(&segment, seq);
	pkt_put32(&segment, g->has_ack ? g->ack : (g->flags & ACK) != 0 ? peer->next : 0);
	pkt_put16(&segment, 5u << 12 | g->flags);
	pkt_put16(&segment, 65535);
	pkt_put32(&segment, 0);
	pkt_put(&segment, g->bytes.at + g->from, to - g->from);
	if (!g->stays)
		mine->next +=
		    (uint32_t)g->bytes.len + ((g->flags & SYN) != 0) + ((g->flags & FIN) != 0);
	facts->ip.protocol = 6;
	facts->ip_payload = segment.at;
	facts->ip_payload_len = segment.len;
	if (facts->ip.id == 0)
		facts->ip.id = (uint32_t)s->frame_count + 1000;
	good = scn_finish_frame(s, line, f, facts, around);
	pkt_buf_fini(&segment);
	return good;
}

bool
scn_build_segment(struct scenario *s, const struct scn_words *w, int64_t time_ns)
{
	struct pkt_facts facts = {.dns.flags = PKT_RD};
	struct around around = {.times = 1};
	struct segment g = {.together = 1};
	struct scn_end *mine, *peer;
	const char *qname = NULL;
	bool is_message = false, good = true;

	if (!scn_endpoint(w->at[1], &facts.ip.src, &facts.udp.sport) ||
	    !scn_endpoint(w->at[3], &facts.ip.dst, &facts.udp.dport))
		return scn_fail(
		    s, w->line, "'%s' and '%s' are to be host:port", w->at[1], w->at[3]);
	for (int i = 5; good && i < w->count; i++) {
		char *word = w->at[i];

		if (strcmp(word, "Q") == 0 || strcmp(word, "R") == 0) {
			is_message = true;
			facts.dns.flags |= word[0] == 'R' ? PKT_QR | PKT_RA : 0;
		} else if (strcmp(word, "noquestion") != 0 &&
		    !scn_take_packet_word(word, &facts, &around, &good) &&
		    !take_segment_word(word, &g, &good) &&
		    !(is_message && scn_take_message_word(word, &facts, &around, &good))) {
			good &= is_message && qname == NULL && strchr(word, '=') == NULL;
			qname = word;
		}
		if (!good)
			scn_fail(s, w->line, "'%s' is not understood", word);
	}
	if (good && is_message)
		add_messages(&g, &facts.dns, qname);
	mine = end_of(s, facts.ip.src, facts.udp.sport, facts.ip.dst, facts.udp.dport);
	peer = end_of(s, facts.ip.dst, facts.udp.dport, facts.ip.src, facts.udp.sport);
	if (mine == NULL || peer == NULL)
		good = scn_fail(s, w->line, "too many connections");
	else if (good)
		good = put_segment(s, w->line, time_ns, &facts, &g, mine, peer, &around);
	pkt_buf_fini(&g.bytes);
	return good;
}
