/*
 * line.c - a transaction as a line of JSON.
 *
 * Made by hand, for there may be millions: no tree, no allocation but the buffer's.
 * All text in it is ours, or numbers, or names that dg_name_text made plain ASCII; names of
 * files come as JSON.
 */
#include "report/line.h"

#include <string.h>

#include "base/clock.h"
#include "decode/icmp.h"
#include "dns/deep.h"
#include "dns/edns.h"
#include "dns/name.h"
#include "tally/range.h"

/* Of the members between two names of files: a name of which each octet becomes five
 * characters, and some 600 characters of all else. */
#define PIECE_MAX (5 * DG_NAME_BYTES_MAX + 1024)
#define DIGITS_MAX 20

/* A piece of the line, on its way into the buffer. */
struct piece {
	struct dg_strbuf *b;
	size_t size;
	char text[PIECE_MAX];
};

static void
put_bytes(struct piece *p, const char *text, size_t size)
{
	memcpy(p->text + p->size, text, size);
	p->size += size;
}

static void
put(struct piece *p, const char *text)
{
	put_bytes(p, text, strlen(text));
}

/* For literals: their length is known. */
#define PUT(p, literal) put_bytes(p, literal, sizeof(literal) - 1)

static void
put_number(struct piece *p, uint64_t number)
{
	char digits[DIGITS_MAX];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	put_bytes(p, digits + at, sizeof digits - at);
}

static void
flush(struct piece *p)
{
	dg_strbuf_add_bytes(p->b, p->text, p->size);
	p->size = 0;
}

static void
put_time(struct piece *p, int64_t time_ns)
{
	char text[DG_TIME_TEXT_MAX];

	PUT(p, "\"");
	put(p, dg_time_text(time_ns, text));
	PUT(p, "\"");
}

/* {"file":...,"frame":...: the caller closes it. */
static void
open_place(struct piece *p, struct dg_place place, char *const *files)
{
	PUT(p, "{\"file\":");
	flush(p);
	dg_strbuf_add(p->b, files[place.file]);
	PUT(p, ",\"frame\":");
	put_number(p, place.frame);
}

static void
put_place(struct piece *p, struct dg_place place, char *const *files)
{
	if (dg_place_is_none(place)) {
		PUT(p, "null");
		return;
	}
	open_place(p, place, files);
	PUT(p, "}");
}

static void
put_ends(struct piece *p, const struct dg_flow *flow)
{
	char address[DG_ADDR_TEXT_MAX];

	PUT(p, ",\"transport\":");
	put(p, flow->transport == DG_TRANSPORT_TCP ? "\"tcp\"" : "\"udp\"");
	PUT(p, ",\"client\":\"");
	put(p, dg_addr_text(&flow->client, flow->family, address));
	PUT(p, "\",\"client_port\":");
	put_number(p, flow->client_port);
	PUT(p, ",\"range\":\"");
	put(p, dg_range_facts(dg_range_of(flow->client_port))->name);
	PUT(p, "\",\"server\":\"");
	put(p, dg_addr_text(&flow->server, flow->family, address));
	PUT(p, "\",\"server_port\":");
	put_number(p, flow->server_port);
}

/* A name's text holds backslashes and quotes, each after a backslash. */
static void
put_name(struct piece *p, const uint8_t *wire, size_t length)
{
	char text[DG_NAME_TEXT_MAX];

	dg_name_text(wire, length, text);
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '\\' || *c == '"')
			PUT(p, "\\");
		put_bytes(p, c, 1);
	}
}

static void
put_question(struct piece *p, const struct dg_transaction *t)
{
	char word[DG_DNS_WORD_MAX];

	if (t->is_attempt) {
		PUT(p, ",\"ID\":null");
	} else {
		PUT(p, ",\"ID\":");
		put_number(p, t->id);
	}
	if (!t->has_question || t->qname == NULL) {
		PUT(p, ",\"QNAME\":null,\"QTYPE\":null,\"QTYPEname\":null");
		PUT(p, ",\"QCLASS\":null,\"QCLASSname\":null");
		return;
	}
	PUT(p, ",\"QNAME\":\"");
	put_name(p, t->qname, t->qname_length);
	PUT(p, "\",\"QTYPE\":");
	put_number(p, t->qtype);
	PUT(p, ",\"QTYPEname\":\"");
	put(p, dg_dns_type_text(t->qtype, word));
	PUT(p, "\",\"QCLASS\":");
	put_number(p, t->qclass);
	PUT(p, ",\"QCLASSname\":\"");
	put(p, dg_dns_class_text(t->qclass, word));
	PUT(p, "\"");
}

static void
put_reply(struct piece *p, const struct dg_transaction *t)
{
	char word[DG_DNS_WORD_MAX];

	if (!t->has_reply) {
		PUT(p, ",\"RCODE\":null,\"RCODEname\":null,\"time\":");
		put_time(p, t->first_ns);
		PUT(p, ",\"reply_time\":null,\"latency_ns\":null");
		return;
	}
	PUT(p, ",\"RCODE\":");
	put_number(p, t->rcode);
	PUT(p, ",\"RCODEname\":\"");
	put(p, dg_dns_rcode_text(t->rcode, word));
	PUT(p, "\",\"time\":");
	put_time(p, t->first_ns);
	PUT(p, ",\"reply_time\":");
	put_time(p, t->reply_ns);
	PUT(p, ",\"latency_ns\":");
	put_number(p, t->reply_ns > t->first_ns ? (uint64_t)(t->reply_ns - t->first_ns) : 0);
}

/* What ended it, or speaks of it, in other frames than the query's and the reply's. */
static void
put_other_places(struct piece *p, const struct dg_transaction *t, char *const *files)
{
	if (!dg_place_is_none(t->end_place)) {
		PUT(p, ",\"end\":");
		open_place(p, t->end_place, files);
		PUT(p, ",\"by\":\"");
		put(p, t->is_end_by_client ? "client\"}" : "server\"}");
	}
	if (!dg_place_is_none(t->icmp_place)) {
		PUT(p, ",\"icmp\":");
		open_place(p, t->icmp_place, files);
		PUT(p, ",\"type\":");
		put_number(p, t->icmp_type);
		PUT(p, ",\"code\":");
		put_number(p, t->icmp_code);
		PUT(p, ",\"name\":\"");
		put(p, dg_icmp_name(t->flow.family, t->icmp_type, t->icmp_code));
		PUT(p, "\"}");
	}
	if (!dg_place_is_none(t->linked_place)) {
		if (t->flow.transport == DG_TRANSPORT_TCP)
			PUT(p, ",\"retry_of\":");
		else
			PUT(p, ",\"tcp_retry\":");
		put_place(p, t->linked_place, files);
	}
}

static void
put_marks(struct piece *p, const struct dg_transaction *t)
{
	if (t->resends_after_reply > 0) {
		PUT(p, ",\"resends_after_reply\":");
		put_number(p, t->resends_after_reply);
	}
	if (t->is_nodata)
		PUT(p, ",\"nodata\":true");
	if (t->has_reply && t->ede_code >= 0) {
		const char *name = dg_ede_name((uint16_t)t->ede_code);

		PUT(p, ",\"ede\":");
		put_number(p, (uint16_t)t->ede_code);
		PUT(p, ",\"ede_name\":");
		PUT(p, "\"");
		put(p, name != NULL ? name : "Unassigned");
		PUT(p, "\"");
	}
	if (t->is_attempt)
		PUT(p, ",\"is_attempt\":true");
	if (t->is_partial)
		PUT(p, ",\"partial_reply\":true");
	if (t->is_lost)
		PUT(p, ",\"lost\":true");
}

void
dg_line_transaction(struct dg_strbuf *b, const struct dg_transaction *t, char *const *files)
{
	struct piece p;

	p.b = b;
	p.size = 0;
	PUT(&p, "{\"v\":1,\"type\":\"transaction\",\"outcome\":\"");
	put(&p, dg_outcome_name(t->outcome));
	PUT(&p, "\"");
	put_ends(&p, &t->flow);
	put_question(&p, t);
	put_reply(&p, t);
	PUT(&p, ",\"resends\":");
	put_number(&p, t->resends);
	PUT(&p, ",\"query\":");
	put_place(&p, t->query_place, files);
	PUT(&p, ",\"reply\":");
	put_place(&p, t->has_reply ? t->reply_place : (struct dg_place){0}, files);
	put_marks(&p, t);
	put_other_places(&p, t, files);
	PUT(&p, "}\n");
	flush(&p);
}
