/*
 * shard.c - the whole way of a packet, in order.  Read this file first.
 *
 * Frames are worked on in groups: all are decoded, then the lines of the table
 * that they will touch are fetched, then they are correlated one by one in the
 * order of recording.  Grouping hides cache misses and changes no result.
 */
#include "engine/shard.h"

#include <stdlib.h>

#include "base/limits.h"
#include "decode/icmp.h"
#include "decode/packet.h"
#include "dnsgap/error.h"
#include "reassembly/message.h"

enum work_kind {
	WORK_NONE,
	WORK_MESSAGE,
	WORK_ICMP,
};

/* What a decoded frame leaves for correlation. */
struct work {
	enum work_kind kind;
	int64_t time_ns;
	enum dg_direction direction;
	struct dg_key key;
	struct dg_message message;
	struct dg_dns_view view;
	struct dg_icmp_error icmp;
};

struct dg_shard {
	struct dg_shard_config config;
	struct dg_correlate *correlate;
	struct dg_quality *quality;
	struct dg_clock clock;
	struct work group[DG_GROUP_FRAMES];
};

int
dg_shard_new(const struct dg_shard_config *config, const struct dg_correlate_sink *sink,
    struct dg_quality *quality, struct dg_shard **out)
{
	struct dg_shard *s = calloc(1, sizeof *s);

	if (s == NULL)
		return DNSGAP_ENOMEM;
	s->config = *config;
	s->quality = quality;
	s->clock = dg_clock_make();
	if (dg_correlate_new(&config->correlate, sink, &s->correlate) != 0) {
		free(s);
		return DNSGAP_ENOMEM;
	}
	*out = s;
	return 0;
}

void
dg_shard_free(struct dg_shard *s)
{
	if (s == NULL)
		return;
	dg_correlate_free(s->correlate);
	free(s);
}

static bool
has_server_port(const struct dg_shard *s, const struct dg_ports *ports)
{
	return dg_server_ports_has(&s->config.server_ports, ports->source) ||
	    dg_server_ports_has(&s->config.server_ports, ports->destination);
}

/* Parses the message at hand and makes its key.  Returns the frame's verdict. */
static enum dg_verdict
take_message(struct dg_shard *s, struct work *w)
{
	const struct dg_message *m = &w->message;
	struct dg_quality *q = s->quality;
	enum dg_dns_status status =
	    dg_dns_parse(m->data, m->captured, m->on_wire, &s->config.secret, &w->view);

	q->dns_messages++;
	q->fragment_messages += m->is_fragment;
	if (status == DG_DNS_MALFORMED) {
		q->malformed_messages++;
		return DG_VERDICT_DNS_MALFORMED;
	}
	if (status == DG_DNS_CUT_HEADER) {
		q->cut_messages++;
		return DG_VERDICT_DNS_CUT;
	}
	w->kind = WORK_MESSAGE;
	w->direction =
	    dg_key_of_message(m, &w->view, &s->config.server_ports, &s->config.secret, &w->key);
	if (status == DG_DNS_CUT)
		return DG_VERDICT_DNS_CUT;
	q->broken_records += w->view.has_broken_records;
	return DG_VERDICT_DNS;
}

static enum dg_verdict
take_datagram(struct dg_shard *s, const struct dg_packet *packet, const struct dg_frame *frame,
    enum dg_verdict proposed, struct work *w)
{
	enum dg_verdict verdict;

	if (!has_server_port(s, &packet->ports))
		return proposed;
	dg_message_of_datagram(packet, frame, &w->message);
	verdict = take_message(s, w);
	return packet->ip.is_fragment ? DG_VERDICT_FRAGMENT : verdict;
}

/*
 * Tells one ICMP error from another.  The sender is in it, for two routers may number
 * their packets alike, and what is quoted, for IPv6 has no numbers.
 */
static uint64_t
mark_of_icmp(const struct dg_packet *packet, const struct dg_hash_key *secret)
{
	const struct dg_quote *quote = &packet->quote;
	uint64_t own = (uint64_t)packet->ip.id << 32 | (uint64_t)packet->icmp_type << 24 |
	    (uint64_t)packet->icmp_code << 16 | packet->icmp_checksum;
	uint64_t quoted = (uint64_t)quote->ip.id << 32 |
	    (uint64_t)quote->ports.udp_checksum << 16 |
	    (quote->payload.left >= 2 ? dg_be16(quote->payload.at) : 0);

	own ^= dg_hash(secret, &packet->ip.source, sizeof packet->ip.source);
	return dg_hash_fold(own, quoted);
}

static enum dg_verdict
take_icmp(struct dg_shard *s, const struct dg_packet *packet, const struct dg_frame *frame,
    struct work *w)
{
	const struct dg_quote *quote = &packet->quote;
	struct dg_icmp_error *e = &w->icmp;
	bool to_server, from_server;
	int qr;

	if (!packet->has_quote || !quote->has_ports || quote->ip.protocol != DG_PROTOCOL_UDP ||
	    !has_server_port(s, &quote->ports))
		return DG_VERDICT_ICMP_OTHER;
	to_server = dg_server_ports_has(&s->config.server_ports, quote->ports.destination);
	from_server = dg_server_ports_has(&s->config.server_ports, quote->ports.source);
	qr = to_server && from_server ? dg_quote_qr(quote) : -1;
	*e = (struct dg_icmp_error){
	    .sender = packet->ip.source,
	    .type = packet->icmp_type,
	    .code = packet->icmp_code,
	    .packet_mark = mark_of_icmp(packet, &s->config.secret),
	    .time_ns = frame->time_ns,
	    .may_be_query = to_server && qr != 1,
	    .may_be_reply = from_server && qr != 0,
	};
	if (e->may_be_query)
		dg_key_of_quote(quote, false, &s->config.secret, &e->as_query);
	if (e->may_be_reply)
		dg_key_of_quote(quote, true, &s->config.secret, &e->as_reply);
	w->kind = WORK_ICMP;
	return DG_VERDICT_ICMP_ERROR;
}

static void
decode_frame(struct dg_shard *s, const struct dg_frame *frame, struct work *w)
{
	struct dg_packet packet;
	enum dg_verdict verdict;

	w->kind = WORK_NONE;
	w->time_ns = frame->time_ns;
	switch (dg_decode(frame, &packet, &verdict)) {
	case DG_DECODED_UDP:
	case DG_DECODED_FIRST_FRAGMENT:
		verdict = take_datagram(s, &packet, frame, verdict, w);
		break;
	case DG_DECODED_ICMP:
		verdict = take_icmp(s, &packet, frame, w);
		break;
	case DG_DECODED_TCP:
		if (has_server_port(s, &packet.ports))
			verdict = DG_VERDICT_TCP_DNS;
		break;
	case DG_DECODED_OTHER:
		break;
	}
	s->quality->frames++;
	s->quality->cut_frames += frame->captured < frame->on_wire;
	s->quality->verdicts[verdict]++;
}

static int
correlate(struct dg_shard *s, struct work *w)
{
	int error = 0;

	if (dg_clock_feed(&s->clock, w->time_ns))
		error = dg_correlate_finish(s->correlate);
	if (error == 0)
		error = dg_correlate_advance(s->correlate, s->clock.newest_ns);
	if (error != 0 || w->kind == WORK_NONE)
		return error;
	if (w->kind == WORK_ICMP)
		return dg_correlate_icmp(s->correlate, &w->icmp);
	return dg_correlate_message(s->correlate, w->direction, &w->key, &w->message, &w->view);
}

static int
feed_group(struct dg_shard *s, const struct dg_frame *frames, size_t count)
{
	int error = 0;

	for (size_t i = 0; i < count; i++) {
		decode_frame(s, &frames[i], &s->group[i]);
		if (s->group[i].kind == WORK_MESSAGE)
			dg_correlate_prefetch(s->correlate, &s->group[i].key);
	}
	for (size_t i = 0; i < count; i++) {
		if (s->group[i].kind == WORK_MESSAGE)
			dg_correlate_prefetch_entry(s->correlate, &s->group[i].key);
	}
	for (size_t i = 0; error == 0 && i < count; i++)
		error = correlate(s, &s->group[i]);
	return error;
}

int
dg_shard_feed(struct dg_shard *s, const struct dg_frame *frames, size_t count)
{
	int error = 0;

	for (size_t at = 0; error == 0 && at < count; at += DG_GROUP_FRAMES) {
		size_t left = count - at;

		error =
		    feed_group(s, frames + at, left < DG_GROUP_FRAMES ? left : DG_GROUP_FRAMES);
	}
	return error;
}

int
dg_shard_finish(struct dg_shard *s)
{
	int error = dg_correlate_finish(s->correlate);

	s->quality->clock_steps = s->clock.steps;
	s->quality->correlate = *dg_correlate_stats(s->correlate);
	return error;
}
