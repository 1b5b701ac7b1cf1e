/*
 * build.c - a line becomes a frame.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"

struct scn_frame *
scn_add_frame(struct scenario *s, int line, int64_t time_ns)
{
	struct scn_frame *f = &s->frames[s->frame_count];

	if (s->frame_count == SCN_FRAMES_MAX) {
		scn_fail(s, line, "more than %d frames", SCN_FRAMES_MAX);
		return NULL;
	}
	s->frame_count++;
	*f = (struct scn_frame){.time_ns = SCN_EPOCH_NS + time_ns};
	return f;
}

/* The frame number that a word names: one that is there already. */
static const struct scn_frame *
frame_of(struct scenario *s, int line, const char *word)
{
	unsigned long number;

	if (!scn_unsigned(word, s->frame_count, &number) || number == 0) {
		scn_fail(s, line, "'%s' is no frame before this line", word);
		return NULL;
	}
	return &s->frames[number - 1];
}

bool
scn_finish_frame(struct scenario *s, int line, struct scn_frame *f,
    const struct pkt_facts *facts, const struct around *around)
{
	struct pkt_buf link = {0};
	const char *source = facts->ip.src;

	pkt_frame(&f->bytes, facts);
	pkt_link(&link, &facts->link, strchr(source, ':') != NULL);
	f->link_bytes = link.len;
	pkt_buf_fini(&link);
	f->linktype = (uint32_t)pkt_linktype(facts->link.kind);
	f->captured = f->bytes.len;
	f->is_unseen = around->is_unseen;
	if (around->captured > 0) {
		if (around->captured > f->bytes.len)
			return scn_fail(s, line, "snap=%lu cuts nothing off %zu bytes",
			    around->captured, f->bytes.len);
		f->captured = around->captured;
	}
	return true;
}

bool
scn_take_span(const char *text, unsigned long *from, unsigned long *to)
{
	char *end;

	*from = strtoul(text, &end, 10);
	if (end == text || *end != '-')
		return false;
	*to = end[1] != '\0' ? strtoul(end + 1, &end, 10) : 0;
	return *to == 0 || (*end == '\0' && *to > *from);
}

/* ---- words that any packet may have ---- */

static bool
set_link(const char *word, struct pkt_link *link)
{
	static const struct {
		const char *word;
		enum pkt_link_kind kind;
	} kinds[] = {{"ethernet", PKT_LINK_ETHERNET}, {"raw", PKT_LINK_RAW},
	    {"null", PKT_LINK_NULL}, {"loop", PKT_LINK_LOOP}, {"sll", PKT_LINK_SLL},
	    {"sll2", PKT_LINK_SLL2}};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(word, kinds[i].word) == 0) {
			link->kind = kinds[i].kind;
			return true;
		}
	}
	return false;
}

/* "name=number"; leaves `known` alone when the word is another one. */
unsigned long
scn_number_of(char *word, const char *name, unsigned long max, bool *known, bool *good)
{
	char *value = scn_value(word, name);
	unsigned long number = 0;

	if (value == NULL)
		return 0;
	*known = true;
	if (!scn_unsigned(value, max, &number))
		*good = false;
	return number;
}

/* Returns whether the word was one of these; `good` is whether it was well formed. */
bool
scn_take_packet_word(char *word, struct pkt_facts *facts, struct around *around, bool *good)
{
	static struct pkt_vlan vlans[2];
	bool known = false;
	unsigned long n;
	char *value;

	n = scn_number_of(word, "ipid", UINT32_MAX, &known, good);
	if (known)
		facts->ip.id = (uint32_t)n;
	else if ((n = scn_number_of(word, "ttl", 255, &known, good)), known)
		facts->ip.ttl = (uint8_t)n;
	else if ((n = scn_number_of(word, "snap", 65535, &known, good)), known)
		around->captured = n;
	else if ((n = scn_number_of(word, "times", SCN_FRAMES_MAX, &known, good)), known)
		around->times = n;
	else if ((n = scn_number_of(word, "vlan", 4095, &known, good)), known) {
		vlans[0] = (struct pkt_vlan){.tpid = 0x88a8, .tci = (uint16_t)n};
		vlans[1] = (struct pkt_vlan){.tci = (uint16_t)n};
		facts->link.vlans = vlans;
		facts->link.vlan_count = 1;
	} else if (strcmp(word, "qinq") == 0)
		facts->link.vlan_count = 2;
	else if (strcmp(word, "unseen") == 0)
		around->is_unseen = true;
	else if ((value = scn_value(word, "step")) != NULL)
		*good &= scn_time(value, &around->step_ns);
	else if ((value = scn_value(word, "link")) != NULL)
		*good &= set_link(value, &facts->link);
	else
		return false;
	return true;
}

/* ---- messages ---- */

static bool
set_checksum(const char *word, struct pkt_udp *udp)
{
	if (strcmp(word, "right") == 0)
		udp->checksum = PKT_CHECKSUM_RIGHT;
	else if (strcmp(word, "zero") == 0)
		udp->checksum = PKT_CHECKSUM_ZERO;
	else if (strcmp(word, "wrong") == 0)
		udp->checksum = PKT_CHECKSUM_WRONG;
	else
		return false;
	return true;
}

bool
scn_take_message_word(char *word, struct pkt_facts *facts, struct around *around, bool *good)
{
	struct pkt_dns *dns = &facts->dns;
	bool known = false;
	unsigned long n;
	char *value;

	n = scn_number_of(word, "id", 65535, &known, good);
	if (known)
		dns->id = (uint16_t)n;
	else if ((n = scn_number_of(word, "answers", 100, &known, good)), known)
		dns->answer_count = (uint16_t)n;
	else if ((n = scn_number_of(word, "class", 65535, &known, good)), known)
		dns->qclass = (uint16_t)n;
	else if ((n = scn_number_of(word, "bytes", 65535, &known, good)), known)
		around->message_bytes = n;
	else if ((n = scn_number_of(word, "udplen", 65535, &known, good)), known)
		facts->udp.length = (uint16_t)n;
	else if ((value = scn_value(word, "csum")) != NULL)
		*good &= set_checksum(value, &facts->udp);
	else if ((value = scn_value(word, "vary")) != NULL) {
		around->varies_port = strcmp(value, "port") == 0;
		around->varies_id = strcmp(value, "id") == 0;
		*good &= around->varies_port || around->varies_id;
	} else if (strcmp(word, "tc") == 0)
		dns->flags |= PKT_TC;
	else if (strcmp(word, "opt") == 0)
		dns->has_opt = true;
	else if (strcmp(word, "frag") == 0)
		facts->ip.is_more = true;
	else if ((value = scn_value(word, "piece")) != NULL) {
		around->is_piece = true;
		*good &= scn_take_span(value, &around->piece_from, &around->piece_to);
	} else if (!scn_qtype(word, &dns->qtype) && !scn_rcode(word, &dns->rcode))
		return false;
	return true;
}

/* A name of 255 octets: 3 labels of 63 and one of 61. */
static void
longest_name(char name[256])
{
	char *at = name;

	for (int label = 0; label < 4; label++) {
		int length = label < 3 ? 63 : 61;

		memset(at, 'a' + label, (size_t)length);
		at += length;
		*at++ = label < 3 ? '.' : '\0';
	}
}

/* "n%.example" is another name each time. */
void
scn_expand_name(char name[256], const char *word, unsigned number)
{
	const char *mark = strchr(word, '%');

	if (strcmp(word, "LONGEST") == 0)
		longest_name(name);
	else if (mark == NULL)
		snprintf(name, 256, "%s", word);
	else
		snprintf(name, 256, "%.*s%u%s", (int)(mark - word), word, number, mark + 1);
}

/* One fragment of the datagram that the facts describe. */
static bool
finish_piece(struct scenario *s, int line, struct scn_frame *f, const struct pkt_facts *facts,
    const struct around *around)
{
	struct pkt_facts piece = *facts;
	struct pkt_buf payload = {0};
	size_t end;
	bool good = false;

	pkt_udp(&payload, &facts->udp, &facts->ip, facts->udp_payload, facts->udp_payload_len);
	end = around->piece_to != 0 ? around->piece_to : payload.len;
	if (around->piece_from >= end || end > payload.len) {
		scn_fail(s, line, "the datagram has only %zu bytes", payload.len);
	} else {
		piece.ip.protocol = 17;
		piece.ip.fragment_offset = (uint16_t)around->piece_from;
		piece.ip.is_more = around->piece_to != 0 && end < payload.len;
		piece.ip_payload = payload.at + around->piece_from;
		piece.ip_payload_len = end - around->piece_from;
		good = scn_finish_frame(s, line, f, &piece, around);
	}
	pkt_buf_fini(&payload);
	return good;
}

static bool
put_message(struct scenario *s, int line, int64_t time_ns, struct pkt_facts *facts,
    const struct around *around)
{
	struct scn_frame *f = scn_add_frame(s, line, time_ns);
	struct pkt_buf message = {0};
	bool good;

	if (f == NULL)
		return false;
	pkt_dns(&message, &facts->dns);
	if (around->message_bytes > message.len) {
		scn_fail(s, line, "the message has only %zu bytes", message.len);
		pkt_buf_fini(&message);
		return false;
	}
	if (facts->ip.is_more) {
		/* The header speaks of the whole datagram; the rest is elsewhere. */
		facts->udp.length = (uint16_t)(8 + message.len + 1000);
		while (message.len % 8 != 0)
			pkt_put8(&message, 0);
	}
	facts->udp_payload = message.at;
	facts->udp_payload_len =
	    around->message_bytes > 0 ? around->message_bytes : message.len;
	good = around->is_piece ? finish_piece(s, line, f, facts, around)
				: scn_finish_frame(s, line, f, facts, around);
	pkt_buf_fini(&message);
	return good;
}

/* TIME host:port > host:port Q|R words */
static bool
build_message(struct scenario *s, const struct scn_words *w, int64_t time_ns)
{
	bool is_reply = strcmp(w->at[4], "R") == 0;
	struct pkt_facts facts = {.dns.flags = is_reply ? PKT_QR | PKT_RD | PKT_RA : PKT_RD};
	struct around around = {.times = 1};
	const char *qname = NULL;
	bool is_unasked = false;

	if (!scn_endpoint(w->at[1], &facts.ip.src, &facts.udp.sport) ||
	    !scn_endpoint(w->at[3], &facts.ip.dst, &facts.udp.dport))
		return scn_fail(
		    s, w->line, "'%s' and '%s' are to be host:port", w->at[1], w->at[3]);
	for (int i = 5; i < w->count; i++) {
		bool good = true;
		bool is_known = scn_take_packet_word(w->at[i], &facts, &around, &good) ||
		    scn_take_message_word(w->at[i], &facts, &around, &good);

		if (!is_known && strcmp(w->at[i], "noquestion") == 0)
			is_unasked = is_known = true;
		if (!good || (!is_known && (qname != NULL || strchr(w->at[i], '=') != NULL)))
			return scn_fail(s, w->line, "'%s' is not understood", w->at[i]);
		if (!is_known)
			qname = w->at[i];
	}
	if ((qname == NULL) != is_unasked)
		return scn_fail(s, w->line, "a message has a name or 'noquestion'");
	for (unsigned n = 0; n < around.times; n++) {
		struct pkt_facts one = facts;
		char name[256];

		if (qname != NULL) {
			scn_expand_name(name, qname, n);
			one.dns.qname = name;
		}
		one.udp.sport =
		    (uint16_t)(one.udp.sport + (around.varies_port && !is_reply ? n : 0));
		one.udp.dport =
		    (uint16_t)(one.udp.dport + (around.varies_port && is_reply ? n : 0));
		one.dns.id = (uint16_t)(one.dns.id + (around.varies_id ? n : 0));
		if (one.ip.id == 0)
			one.ip.id = (uint32_t)s->frame_count + 1000;
		if (!put_message(s, w->line, time_ns + n * around.step_ns, &one, &around))
			return false;
	}
	return true;
}

/* ---- ICMP ---- */

/* A quoted packet of another protocol, for "proto=6". */
static void
set_protocol(struct pkt_buf *quoted, unsigned protocol)
{
	quoted->at[quoted->at[0] >> 4 == 6 ? 6 : 9] = (uint8_t)protocol;
}

static bool
take_icmp_word(char *word, struct pkt_icmp *icmp, struct pkt_buf *quoted, bool *good)
{
	/* RFC 4884: version 2, one object of class 1 (MPLS) with 4 bytes. */
	static const uint8_t extension[] = {0x20, 0, 0, 0, 0, 8, 1, 1, 0, 1, 1, 1};
	bool known = false;
	unsigned long n;

	n = scn_number_of(word, "cut", 65535, &known, good);
	if (known)
		icmp->cut_len = n;
	else if ((n = scn_number_of(word, "word", UINT32_MAX, &known, good)), known)
		icmp->word = (uint32_t)n;
	else if ((n = scn_number_of(word, "proto", 255, &known, good)), known)
		set_protocol(quoted, (unsigned)n);
	else if (strcmp(word, "extended") == 0) {
		icmp->has_length = true;
		icmp->extension = extension;
		icmp->extension_len = sizeof extension;
	} else
		return false;
	return true;
}

/* TIME host > host ICMP kind quoting FRAME words */
static bool
build_icmp(struct scenario *s, const struct scn_words *w, int64_t time_ns)
{
	struct pkt_icmp icmp = {0};
	struct pkt_facts facts = {.icmp = &icmp};
	struct around around = {.times = 1};
	struct pkt_buf quoted = {0};
	struct scn_frame *f;
	int i = 6;
	bool good = true;

	facts.ip.src = scn_host(w->at[1]);
	facts.ip.dst = scn_host(w->at[3]);
	if (facts.ip.src == NULL || facts.ip.dst == NULL)
		return scn_fail(
		    s, w->line, "'%s' and '%s' are to be hosts", w->at[1], w->at[3]);
	if (w->count < 6 ||
	    !scn_icmp_kind(w->at[5], strchr(facts.ip.src, ':') != NULL, &icmp.type, &icmp.code))
		return scn_fail(s, w->line, "what kind of ICMP?");
	if (w->count > 7 && strcmp(w->at[6], "quoting") == 0) {
		const struct scn_frame *about = frame_of(s, w->line, w->at[7]);

		if (about == NULL)
			return false;
		pkt_put(&quoted, about->bytes.at + about->link_bytes,
		    about->bytes.len - about->link_bytes);
		i = 8;
	}
	for (; good && i < w->count; i++) {
		if (!scn_take_packet_word(w->at[i], &facts, &around, &good) &&
		    (quoted.len == 0 || !take_icmp_word(w->at[i], &icmp, &quoted, &good)))
			good = false;
		if (!good)
			scn_fail(s, w->line, "'%s' is not understood", w->at[i]);
	}
	icmp.quoted = quoted.at;
	icmp.quoted_len = quoted.len;
	f = good ? scn_add_frame(s, w->line, time_ns) : NULL;
	if (f != NULL) {
		if (facts.ip.id == 0)
			facts.ip.id = (uint32_t)s->frame_count + 999;
		good = scn_finish_frame(s, w->line, f, &facts, &around);
	}
	pkt_buf_fini(&quoted);
	return good && f != NULL;
}

/* ---- the rest ---- */

/* TIME noise KIND: a frame that is no DNS message. */
static bool
build_noise(struct scenario *s, const struct scn_words *w, int64_t time_ns)
{
	static const char text[64] = "not DNS";
	struct pkt_facts facts = {
	    .ip = {.src = "10.0.0.1", .dst = "192.0.2.53"},
	    .udp = {.sport = 4000, .dport = 4000},
	    .udp_payload = text,
	    .udp_payload_len = sizeof text,
	};
	struct around around = {0};
	const char *kind = w->count == 3 ? w->at[2] : "";
	struct scn_frame *f = scn_add_frame(s, w->line, time_ns);

	if (f == NULL)
		return false;
	if (strcmp(kind, "tcp") == 0 || strcmp(kind, "later-fragment") == 0) {
		static const uint8_t tcp_to_53[20] = {15, 160, 0, 53, [12] = 0x50, [13] = 2};

		facts.ip_payload = tcp_to_53;
		facts.ip_payload_len = sizeof tcp_to_53;
		facts.ip.protocol = strcmp(kind, "tcp") == 0 ? 6 : 17;
		facts.ip.fragment_offset = strcmp(kind, "tcp") == 0 ? 0 : 1480;
	} else if (strcmp(kind, "short-dns") == 0) {
		facts.udp.dport = 53;
		facts.udp_payload_len = 11;
	} else if (strcmp(kind, "arp") != 0 && strcmp(kind, "udp") != 0) {
		return scn_fail(s, w->line, "no noise '%s'", kind);
	}
	scn_finish_frame(s, w->line, f, &facts, &around);
	if (strcmp(kind, "arp") == 0)
		pkt_set16(&f->bytes, 12, 0x0806);
	return true;
}

/* TIME copy FRAME: the same bytes again. */
static bool
build_copy(struct scenario *s, const struct scn_words *w, int64_t time_ns)
{
	const struct scn_frame *from = frame_of(s, w->line, w->at[2]);
	struct scn_frame *f = from != NULL ? scn_add_frame(s, w->line, time_ns) : NULL;

	if (f == NULL)
		return false;
	f->linktype = from->linktype;
	f->link_bytes = from->link_bytes;
	f->captured = from->captured;
	pkt_put(&f->bytes, from->bytes.at, from->bytes.len);
	return true;
}

bool
scn_build(struct scenario *s, const struct scn_words *w)
{
	int64_t time_ns;

	if (!scn_time(w->at[0], &time_ns))
		return scn_fail(s, w->line, "'%s' is not a time", w->at[0]);
	if (w->count > 1 && strcmp(w->at[1], "noise") == 0)
		return build_noise(s, w, time_ns);
	if (w->count == 3 && strcmp(w->at[1], "copy") == 0)
		return build_copy(s, w, time_ns);
	if (w->count > 4 && strcmp(w->at[2], ">") == 0) {
		if (strcmp(w->at[4], "Q") == 0 || strcmp(w->at[4], "R") == 0)
			return build_message(s, w, time_ns);
		if (strcmp(w->at[4], "ICMP") == 0)
			return build_icmp(s, w, time_ns);
		if (strcmp(w->at[4], "TCP") == 0)
			return scn_build_segment(s, w, time_ns);
	}
	return scn_fail(s, w->line, "this is no frame");
}

bool
scn_build_end(struct scenario *s, const struct scn_words *w)
{
	struct scn_words noise = {.line = w->line, .count = 3};
	char kind[] = "udp", word[] = "noise";

	if (w->count != 2)
		return scn_fail(s, w->line, "'end' takes a time");
	noise.at[0] = w->at[1];
	noise.at[1] = word;
	noise.at[2] = kind;
	return scn_build(s, &noise);
}
