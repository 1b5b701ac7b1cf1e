/*
 * shard.c - the whole way of a packet, in order.  Read this file first.
 *
 * Frames are worked on in groups: all are decoded, put together from fragments and
 * streams, and parsed; then the lines of the table that they will touch are
 * fetched, then what they brought is correlated piece by piece in the order of
 * recording.  Grouping hides cache misses and changes no result.
 */
#include "engine/shard.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "decode/icmp.h"
#include "decode/packet.h"
#include "dns/edns.h"
#include "dnsgap/error.h"
#include "reassembly/frag.h"
#include "reassembly/message.h"
#include "reassembly/stream.h"

enum work_kind {
	WORK_NONE, /* time passes */
	WORK_MESSAGE,
	WORK_ICMP,
	WORK_TURN,
};

struct message_work {
	struct dg_key key;
	struct dg_message message;
	enum dg_direction direction;
	bool has_edns;
	struct dg_dns_view view;
	struct dg_edns edns;
};

/* A piece of work that a frame leaves for correlation; most leave one. */
struct work {
	enum work_kind kind;
	int64_t time_ns;
	union {
		struct message_work dns;
		struct dg_icmp_error icmp;
		struct dg_connection_turn turn;
	};
};

struct dg_shard {
	struct dg_shard_config config;
	struct dg_tally *tally;
	struct dg_frag *frag;
	struct dg_stream_table *streams;
	struct dg_correlate *correlate;
	struct dg_clock front; /* of what is decoded; `clock` follows, of what is correlated */
	struct dg_clock clock;
	const struct dg_frame *frame; /* that is being decoded */
	uint8_t *inner_fragment;      /* a fragment inside a datagram that was put together */
	size_t work_count;
	struct work works[DG_GROUP_WORKS];
};

static int on_stream_event(void *context, const struct dg_stream_event *e);

static int
on_datagram(void *context, const struct dg_frag_datagram *d)
{
	struct dg_shard *s = context;

	return dg_tally_datagram(s->tally, d, &s->config.server_ports);
}

int
dg_shard_new(const struct dg_shard_config *config, const struct dg_correlate_sink *sink,
    struct dg_tally *tally, struct dg_shard **out)
{
	struct dg_shard *s = calloc(1, sizeof *s);
	struct dg_frag_sink frag_sink = {.context = s, .datagram = on_datagram};
	struct dg_stream_sink stream_sink = {.context = s, .event = on_stream_event};

	if (s == NULL)
		return DNSGAP_ENOMEM;
	s->config = *config;
	s->tally = tally;
	s->front = s->clock = dg_clock_make();
	if (dg_correlate_new(&config->correlate, sink, &s->correlate) != 0 ||
	    dg_frag_new(&config->secret, &frag_sink, &s->frag) != 0 ||
	    dg_stream_table_new(
		&config->secret, &s->config.server_ports, &stream_sink, &s->streams) != 0) {
		dg_shard_free(s);
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
	dg_stream_table_free(s->streams);
	dg_frag_free(s->frag);
	free(s->inner_fragment);
	free(s);
}

static bool
has_server_port(const struct dg_shard *s, const struct dg_ports *ports)
{
	return dg_server_ports_has(&s->config.server_ports, ports->source) ||
	    dg_server_ports_has(&s->config.server_ports, ports->destination);
}

/* ---- the way back: what is correlated ---- */

static int
correlate_message(struct dg_shard *s, const struct message_work *w)
{
	struct dg_server_key server;
	enum dg_fate fate;
	int error = dg_correlate_message(
	    s->correlate, w->direction, &w->key, &w->message, &w->view, &fate);

	if (error != 0 || !w->has_edns || fate != DG_FATE_REPLY)
		return error;
	server = (struct dg_server_key){.address = w->key.flow.server,
	    .port = w->key.flow.server_port,
	    .family = w->key.flow.family};
	return dg_tally_edns(s->tally, &server, &w->edns);
}

static int
correlate(struct dg_shard *s, const struct work *w)
{
	int error = 0;

	if (dg_clock_feed(&s->clock, w->time_ns))
		error = dg_correlate_finish(s->correlate);
	if (error == 0)
		error = dg_correlate_advance(s->correlate, s->clock.newest_ns);
	if (error != 0)
		return error;
	switch (w->kind) {
	case WORK_MESSAGE:
		return correlate_message(s, &w->dns);
	case WORK_ICMP:
		return dg_correlate_icmp(s->correlate, &w->icmp);
	case WORK_TURN:
		return dg_correlate_turn(s->correlate, &w->turn);
	case WORK_NONE:
		break;
	}
	return 0;
}

/* Correlates what the frames so far have left. */
static int
flush(struct dg_shard *s)
{
	size_t count = s->work_count;
	int error = 0;

	s->work_count = 0;
	for (size_t i = 0; i < count; i++) {
		if (s->works[i].kind == WORK_MESSAGE)
			dg_correlate_prefetch_entry(s->correlate, &s->works[i].dns.key);
	}
	for (size_t i = 0; error == 0 && i < count; i++)
		error = correlate(s, &s->works[i]);
	return error;
}

/* Room for a piece of work of the frame at hand; NULL after an error. */
static struct work *
new_work(struct dg_shard *s, enum work_kind kind, int *error)
{
	struct work *w;

	*error = s->work_count == DG_GROUP_WORKS ? flush(s) : 0;
	if (*error != 0)
		return NULL;
	w = &s->works[s->work_count++];
	w->kind = kind;
	w->time_ns = s->frame->time_ns;
	return w;
}

/* ---- the way there: what a frame leaves ---- */

static bool
take_edns(const struct dg_dns_view *view, struct dg_edns *edns)
{
	return view->is_reply && view->opt_length > 0 && dg_edns_parse(view, edns);
}

/*
 * Parses the message of a piece of work, and makes its key.  Returns the verdict of its
 * frame.
 */
static enum dg_verdict
take_message(struct dg_shard *s, struct work *work)
{
	struct dg_quality *q = &s->tally->quality;
	struct message_work *w = &work->dns;
	const struct dg_message *m = &w->message;
	enum dg_dns_status status;

	status = dg_dns_parse(m->data, m->captured, m->on_wire, &s->config.secret, &w->view);
	q->dns_messages += !m->is_partial;
	if (status == DG_DNS_MALFORMED || status == DG_DNS_CUT_HEADER) {
		work->kind = WORK_NONE;
		if (!m->is_partial && status == DG_DNS_MALFORMED)
			q->malformed_messages++;
		else if (!m->is_partial)
			q->cut_messages++;
		return status == DG_DNS_MALFORMED ? DG_VERDICT_DNS_MALFORMED
						  : DG_VERDICT_DNS_CUT;
	}
	w->direction =
	    dg_key_of_message(m, &w->view, &s->config.server_ports, &s->config.secret, &w->key);
	w->has_edns = status == DG_DNS_OK && !m->is_partial && take_edns(&w->view, &w->edns);
	dg_correlate_prefetch(s->correlate, &w->key);
	if (status == DG_DNS_CUT)
		return DG_VERDICT_DNS_CUT;
	if (!m->is_partial)
		q->broken_records += w->view.has_broken_records;
	return DG_VERDICT_DNS;
}

/* A message that lies elsewhere.  0, or an error. */
static int
take_copy(struct dg_shard *s, const struct dg_message *m)
{
	int error;
	struct work *work = new_work(s, WORK_MESSAGE, &error);

	if (work == NULL)
		return error;
	work->dns.message = *m;
	(void)take_message(s, work);
	return 0;
}

/* A UDP packet with a server port. */
static enum dg_verdict
take_datagram(struct dg_shard *s, const struct dg_packet *packet, int *error)
{
	struct work *work = new_work(s, WORK_MESSAGE, error);

	if (work == NULL)
		return DG_VERDICT_DNS;
	dg_message_of_datagram(packet, s->frame, &work->dns.message);
	return take_message(s, work);
}

static int
on_stream_event(void *context, const struct dg_stream_event *e)
{
	static const enum dg_turn turns[] = {
	    [DG_STREAM_SYN] = DG_TURN_SYN,
	    [DG_STREAM_STANDS] = DG_TURN_STANDS,
	    [DG_STREAM_REFUSED] = DG_TURN_REFUSED,
	    [DG_STREAM_RESET] = DG_TURN_RESET,
	    [DG_STREAM_CLOSED] = DG_TURN_CLOSED,
	    [DG_STREAM_LOST] = DG_TURN_LOST,
	};
	struct dg_shard *s = context;
	struct work *w;
	int error;

	if (e->turn == DG_STREAM_MESSAGE)
		return take_copy(s, &e->message);
	w = new_work(s, WORK_TURN, &error);
	if (w == NULL)
		return error;
	w->turn = (struct dg_connection_turn){
	    .turn = turns[e->turn],
	    .time_ns = e->time_ns,
	    .place = e->place,
	    .seq = e->seq,
	    .packet_mark = e->packet_mark,
	    .is_by_client = e->is_by_client,
	};
	dg_key_of_flow(&e->flow, &s->config.secret, &w->turn.key);
	return 0;
}

static enum dg_verdict
take_segment(struct dg_shard *s, const struct dg_packet *packet, int *error)
{
	*error = dg_stream_feed(s->streams, packet, s->frame);
	return DG_VERDICT_TCP_DNS;
}

/*
 * Tells one ICMP error from another.  The sender is in it, for two routers may number
 * their packets alike, and what is quoted, for IPv6
 * numbers fragments only.
 */
static uint64_t
mark_of_icmp(const struct dg_packet *packet, const struct dg_hash_key *secret)
{
	const struct dg_quote *quote = &packet->quote;
	uint32_t id = packet->ip.family == DG_FAMILY_IP4 ? packet->ip.id : 0;
	uint64_t own = (uint64_t)id << 32 | (uint64_t)packet->icmp_type << 24 |
	    (uint64_t)packet->icmp_code << 16 | packet->icmp_checksum;
	uint64_t quoted = (uint64_t)quote->ip.id << 32;

	if (quote->ip.protocol == DG_PROTOCOL_TCP)
		quoted |= quote->has_seq ? quote->seq : 0;
	else
		quoted |= (uint64_t)quote->ports.udp_checksum << 16 |
		    (quote->payload.left >= 2 ? dg_be16(quote->payload.at) : 0);
	own ^= dg_hash(secret, &packet->ip.source, sizeof packet->ip.source);
	return dg_hash_fold(own, quoted);
}

static bool
is_quote_ours(const struct dg_shard *s, const struct dg_packet *packet)
{
	const struct dg_quote *quote = &packet->quote;

	return packet->has_quote && quote->has_ports &&
	    (quote->ip.protocol == DG_PROTOCOL_UDP || quote->ip.protocol == DG_PROTOCOL_TCP) &&
	    has_server_port(s, &quote->ports);
}

static enum dg_verdict
take_icmp(struct dg_shard *s, const struct dg_packet *packet, int *error)
{
	const struct dg_quote *quote = &packet->quote;
	const struct dg_server_ports *ports = &s->config.server_ports;
	bool is_udp = quote->ip.protocol == DG_PROTOCOL_UDP;
	bool to_server, from_server;
	struct work *w;
	int qr;

	if (!is_quote_ours(s, packet))
		return DG_VERDICT_ICMP_OTHER;
	w = new_work(s, WORK_ICMP, error);
	if (w == NULL)
		return DG_VERDICT_ICMP_ERROR;
	to_server = dg_server_ports_has(ports, quote->ports.destination);
	from_server = dg_server_ports_has(ports, quote->ports.source);
	qr = to_server && from_server && is_udp ? dg_quote_qr(quote) : -1;
	w->icmp = (struct dg_icmp_error){
	    .sender = packet->ip.source,
	    .family = packet->ip.family,
	    .type = packet->icmp_type,
	    .code = packet->icmp_code,
	    .place = s->frame->place,
	    .has_seq = !is_udp && quote->has_seq,
	    .seq = is_udp ? 0 : quote->seq,
	    .packet_mark = mark_of_icmp(packet, &s->config.secret),
	    .time_ns = s->frame->time_ns,
	    .may_be_query = to_server && qr != 1,
	    .may_be_reply = from_server && qr != 0,
	};
	if (w->icmp.may_be_query)
		dg_key_of_quote(quote, false, &s->config.secret, &w->icmp.as_query);
	if (w->icmp.may_be_reply)
		dg_key_of_quote(quote, true, &s->config.secret, &w->icmp.as_reply);
	return DG_VERDICT_ICMP_ERROR;
}

/*
 * A fragment inside a datagram that was put together: its bytes are reassembly's own, which
 * the next call gives up.
 */
static int
save_inner_fragment(struct dg_shard *s, struct dg_packet *packet)
{
	struct dg_cur *bytes = &packet->ip.fragment;

	if (s->inner_fragment == NULL)
		s->inner_fragment = malloc(DG_DATAGRAM_BYTES_MAX);
	if (s->inner_fragment == NULL)
		return DNSGAP_ENOMEM;
	if (bytes->left > DG_DATAGRAM_BYTES_MAX)
		bytes->left = DG_DATAGRAM_BYTES_MAX;
	memcpy(s->inner_fragment, bytes->at, bytes->left);
	/* Of a first one the payload lies in them. */
	if (packet->has_ports)
		packet->payload.at = s->inner_fragment + (packet->payload.at - bytes->at);
	bytes->at = s->inner_fragment;
	return 0;
}

/* A fragment; when it makes its datagram whole, what that holds is decoded into `packet`. */
static enum dg_decoded
take_fragment(struct dg_shard *s, struct dg_packet *packet, int *error)
{
	bool has_beginning = packet->has_ports && has_server_port(s, &packet->ports);
	enum dg_verdict verdict;
	struct dg_message beginning;
	struct dg_frag_news news;

	if (has_beginning)
		dg_message_of_datagram(packet, s->frame, &beginning);
	*error = dg_frag_advance(s->frag, s->front.newest_ns);
	if (*error == 0)
		*error = dg_frag_feed(s->frag, packet, s->frame->time_ns, &news);
	if (*error == 0 && has_beginning && news.is_first)
		*error = take_copy(s, &beginning);
	if (*error != 0 || !news.is_whole)
		return DG_DECODED_OTHER;
	return dg_decode_whole(&s->config.server_ports, packet, &verdict);
}

static enum dg_verdict
take_packet(struct dg_shard *s, struct dg_packet *packet, enum dg_decoded decoded,
    enum dg_verdict verdict, int *error)
{
	switch (decoded) {
	case DG_DECODED_UDP:
		return has_server_port(s, &packet->ports) ? take_datagram(s, packet, error)
							  : verdict;
	case DG_DECODED_TCP:
		return has_server_port(s, &packet->ports) ? take_segment(s, packet, error)
							  : verdict;
	case DG_DECODED_ICMP:
		return take_icmp(s, packet, error);
	case DG_DECODED_FRAGMENT:
	case DG_DECODED_OTHER:
		break;
	}
	return verdict;
}

/* Fragments in tunnels in fragments: as many times as there are IP headers. */
static enum dg_verdict
take_fragments(struct dg_shard *s, struct dg_packet *packet, int *error)
{
	enum dg_decoded decoded = DG_DECODED_FRAGMENT;

	for (int depth = 0; decoded == DG_DECODED_FRAGMENT && *error == 0; depth++) {
		if (depth > 0)
			*error = save_inner_fragment(s, packet);
		if (*error == 0)
			decoded = take_fragment(s, packet, error);
	}
	if (*error == 0)
		(void)take_packet(s, packet, decoded, DG_VERDICT_FRAGMENT, error);
	return DG_VERDICT_FRAGMENT;
}

static int
move_time(struct dg_shard *s, int64_t time_ns)
{
	int error = 0;

	if (dg_clock_feed(&s->front, time_ns)) {
		error = dg_frag_finish(s->frag);
		dg_stream_forget(s->streams);
	}
	return error;
}

static void
count_tunnels(struct dg_quality *q, uint32_t tunnels)
{
	for (unsigned t = 0; tunnels != 0; t++, tunnels >>= 1)
		q->tunnels[t] += tunnels & 1;
}

static int
decode_frame(struct dg_shard *s, const struct dg_frame *frame)
{
	struct dg_quality *q = &s->tally->quality;
	size_t before = s->work_count;
	struct dg_packet packet;
	enum dg_verdict verdict;
	enum dg_decoded decoded;
	int error = move_time(s, frame->time_ns);

	if (error != 0)
		return error;
	s->frame = frame;
	decoded = dg_decode(frame, &s->config.server_ports, &packet, &verdict);
	if (decoded == DG_DECODED_FRAGMENT)
		verdict = take_fragments(s, &packet, &error);
	else
		verdict = take_packet(s, &packet, decoded, verdict, &error);
	count_tunnels(q, packet.tunnels);
	q->frames++;
	q->cut_frames += frame->captured < frame->on_wire;
	q->verdicts[verdict]++;
	if (error == 0 && s->work_count == before)
		(void)new_work(s, WORK_NONE, &error);
	return error;
}

int
dg_shard_feed(struct dg_shard *s, const struct dg_frame *frames, size_t count)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < count; i++) {
		error = decode_frame(s, &frames[i]);
		if (error == 0 && (i + 1) % DG_GROUP_FRAMES == 0)
			error = flush(s);
	}
	return error != 0 ? error : flush(s);
}

void
dg_shard_lost(struct dg_shard *s, int64_t from_ns, int64_t until_ns)
{
	dg_frag_lost(s->frag, from_ns, until_ns);
	dg_correlate_lost(s->correlate, from_ns, until_ns);
}

/* Where the datagrams of a look go. */
struct datagram_counts {
	struct dg_tally *tally;
	const struct dg_server_ports *server_ports;
};

static int
on_datagram_open(void *context, const struct dg_frag_datagram *d)
{
	const struct datagram_counts *counts = context;

	return dg_tally_datagram(counts->tally, d, counts->server_ports);
}

int
dg_shard_look(const struct dg_shard *s, int64_t now_ns, const struct dg_correlate_sink *sink,
    struct dg_tally *out, uint64_t *waiting)
{
	struct datagram_counts counts = {.tally = out, .server_ports = &s->config.server_ports};
	struct dg_frag_sink frag_sink = {.context = &counts, .datagram = on_datagram_open};
	int error =
	    dg_correlate_look(s->correlate, now_ns, sink, &out->quality.correlate, waiting);

	return error != 0 ? error : dg_frag_look(s->frag, &frag_sink, &out->quality.fragments);
}

uint64_t
dg_shard_open(const struct dg_shard *s)
{
	return dg_correlate_open(s->correlate);
}

void
dg_shard_each_open(const struct dg_shard *s,
    void (*tell)(void *context, const struct dg_flow *flow), void *context)
{
	dg_correlate_each_open(s->correlate, tell, context);
}

int64_t
dg_shard_newest_ns(const struct dg_shard *s)
{
	return s->clock.newest_ns;
}

void
dg_shard_count(const struct dg_shard *s, struct dg_quality *q)
{
	q->clock_steps = s->clock.steps;
	q->correlate = *dg_correlate_stats(s->correlate);
	q->tcp = *dg_stream_stats(s->streams);
	q->fragments = *dg_frag_stats(s->frag);
}

void
dg_shard_forget_counts(struct dg_shard *s)
{
	s->clock.steps = 0;
	dg_correlate_forget_stats(s->correlate);
	dg_stream_forget_stats(s->streams);
	dg_frag_forget_stats(s->frag);
	dg_correlate_trim(s->correlate);
	dg_stream_trim(s->streams);
	dg_frag_trim(s->frag);
}

int
dg_shard_finish(struct dg_shard *s)
{
	int error = dg_correlate_finish(s->correlate);

	if (error == 0)
		error = dg_frag_finish(s->frag);
	dg_shard_count(s, &s->tally->quality);
	return error;
}
