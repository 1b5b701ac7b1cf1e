/*
 * fuzz_path.c - the whole way of packets: decode, parse, correlate, count, sum up.
 *
 * Input: four bytes choose bounds and times, then records.  The first byte of
 * a record says what kind of frame it is (low three bits), the unit of time since the
 * frame before (two bits), whether time goes back, whether the capture cut
 * the frame.  The second byte is the number of such units.  Then
 *
 *	kinds 0 to 2   two bytes of length and a frame: Ethernet, raw IP, cooked
 *	kind 3         the frame before once more
 *	kinds 4 to 7   six bytes from which a DNS packet, a TCP segment, a fragment
 *	               or an ICMP error is made
 *
 * The laws hold for every capture, and batches of one frame give what one
 * batch of all gives.
 */
#include <string.h>

#include "base/clock.h"
#include "decode/link.h"
#include "dnsgap/error.h"
#include "engine/shard.h"
#include "fuzz.h"
#include "pkt.h"
#include "tally/summary.h"

#define FRAMES_MAX 400

struct capture {
	struct dg_frame frames[FRAMES_MAX];
	size_t count;
	struct dg_shard_config config;
};

/* --- frames from input ------------------------------------------------------ */

static const char *const clients[] = {"10.0.0.1", "10.0.0.2", "2001:db8::1", "10.0.0.1"};
static const char *const servers[] = {"10.0.0.53", "10.0.0.54", "2001:db8::53", "10.0.0.53"};
static const char *const names[] = {
    "a.test",
    "A.TEST",
    "b.test",
    ".",
    "a-label-of-forty-octets-or-thereabouts-1.a-label-of-forty-octets-or-thereabouts-2."
    "test",
    "\\000\\255\\.x",
    NULL, /* no question at all */
    "x.example",
};
static const uint16_t client_ports[] = {4001, 4002, 53, 0, 1023, 32768, 61000, 5353};

enum made {
	MADE_DATAGRAM = 4,
	MADE_SEGMENT,
	MADE_FRAGMENT,
	MADE_ICMP,
};

/*
 * A segment: `type` has the flags; sequence numbers are near to each other, so that segments
 * meet, and near to where they go round.
 */
static void
make_segment(
    struct pkt_facts *facts, uint8_t id, uint8_t type, uint8_t cut, struct pkt_buf *out)
{
	struct pkt_buf message = {0}, segment = {0};

	pkt_dns(&message, &facts->dns);
	pkt_put16(&segment, facts->udp.sport);
	pkt_put16(&segment, facts->udp.dport);
	pkt_put32(&segment, 0xfffffff0u + cut);
	pkt_put32(&segment, 0xfffffff0u + (id & 0xf0u));
	pkt_put16(&segment, 5u << 12 | (type & 0x3f));
	pkt_put16(&segment, 65535);
	pkt_put32(&segment, 0);
	if ((type & 0x80) == 0) {
		pkt_put16(&segment, (unsigned)message.len);
		pkt_put(&segment, message.at, message.len);
	}
	if ((type & 0x40) != 0 && segment.len > 30)
		segment.len -= 10;
	facts->ip.protocol = 6;
	facts->ip_payload = segment.at;
	facts->ip_payload_len = segment.len;
	pkt_frame(out, facts);
	pkt_buf_fini(&message);
	pkt_buf_fini(&segment);
}

/* Up to 128 octets of a datagram. */
static void
make_fragment(struct pkt_facts *facts, uint8_t type, uint8_t cut, struct pkt_buf *out)
{
	struct pkt_buf message = {0}, datagram = {0};
	size_t from = (type & 15) * 8u, length = ((cut & 15) + 1) * 8u;

	pkt_dns(&message, &facts->dns);
	pkt_udp(&datagram, &facts->udp, &facts->ip, message.at, message.len);
	from = from < datagram.len ? from : 0;
	if (length > datagram.len - from)
		length = datagram.len - from;
	facts->ip.protocol = 17;
	facts->ip.fragment_offset = (uint16_t)from;
	facts->ip.is_more = from + length < datagram.len || (type & 0x80) != 0;
	facts->ip.is_fragment = true;
	facts->ip_payload = datagram.at + from;
	facts->ip_payload_len = length;
	pkt_frame(out, facts);
	pkt_buf_fini(&message);
	pkt_buf_fini(&datagram);
}

/*
 * Six bytes: ends, port and name, ID and mark, flags, ICMP type, ICMP code and cut.
 */
static void
make_frame(struct fuzz_in *in, enum made made, struct pkt_buf *out)
{
	uint8_t ends = fuzz_u8(in), what = fuzz_u8(in), id = fuzz_u8(in), flags = fuzz_u8(in);
	uint8_t type = fuzz_u8(in), cut = fuzz_u8(in);
	bool is_reply = flags & 1;
	const char *client = clients[ends & 3], *server = servers[ends & 3];
	uint16_t port = client_ports[what & 7], server_port = ends & 0x80 ? 5353 : 53;
	struct pkt_facts facts = {
	    .link.kind = PKT_LINK_NONE,
	    .ip = {.src = is_reply ? server : client,
		.dst = is_reply ? client : server,
		.id = id >> 4},
	    .udp = {.sport = is_reply ? server_port : port,
		.dport = is_reply ? port : server_port},
	    .dns = {.id = id & 15,
		.flags = (uint16_t)((flags & 2 ? PKT_TC : 0) |
		    (is_reply != ((flags & 0x0c) == 0x0c) ? PKT_QR : 0)),
		.rcode = (flags >> 4) & 7,
		.qtype = flags & 0x80 ? 28 : 1,
		.qname = names[what >> 3 & 7],
		.has_opt = what & 0x40,
		.answer_count = what >> 7},
	};
	struct pkt_buf inner = {0};
	struct pkt_icmp icmp;

	if (made != MADE_ICMP)
		facts.link.kind = PKT_LINK_RAW;
	if (made == MADE_SEGMENT) {
		make_segment(&facts, id, type, cut, out);
		return;
	}
	if (made == MADE_FRAGMENT) {
		make_fragment(&facts, type, cut, out);
		return;
	}
	if (made == MADE_DATAGRAM) {
		facts.ip.is_more = (ends & 0x40) != 0;
		pkt_frame(out, &facts);
		return;
	}
	if (ends & 0x10)
		make_segment(&facts, id, flags, cut, &inner);
	else
		pkt_frame(&inner, &facts);
	icmp = (struct pkt_icmp){
	    .type = type & 15,
	    .code = type >> 4,
	    .quoted = inner.at,
	    .quoted_len = inner.len,
	    .cut_len = cut < inner.len ? cut : 0,
	};
	facts = (struct pkt_facts){
	    .link.kind = PKT_LINK_RAW,
	    .ip = {.src = ends & 0x20 ? client : server,
		.dst = ends & 0x20 ? server : client,
		.id = id >> 4},
	    .icmp = &icmp,
	};
	pkt_frame(out, &facts);
	pkt_buf_fini(&inner);
}

static void
take_bytes(struct fuzz_in *in, struct pkt_buf *out)
{
	size_t length = fuzz_u16(in);

	length = length < in->left ? length : in->left;
	pkt_put(out, in->at, length);
	in->at += length;
	in->left -= length;
}

/* Times as a source gives them: never before 1970, never after 2200. */
static int64_t
next_time(int64_t now_ns, uint8_t kind, uint8_t count)
{
	static const int64_t units[] = {1000, 1000000, 100 * 1000000, 7 * DG_NS_PER_S};
	int64_t step = units[kind >> 3 & 3] * count;
	int64_t then = kind & 0x20 ? now_ns - step : now_ns + step;

	return then < 0 ? 0 : then > DG_TIME_MAX ? DG_TIME_MAX : then;
}

static void
add_frame(struct capture *c, struct fuzz_in *in, int64_t *now_ns)
{
	static const uint32_t linktypes[] = {
	    DG_LINKTYPE_ETHERNET, DG_LINKTYPE_RAW, DG_LINKTYPE_LINUX_SLL};
	struct dg_frame *frame = &c->frames[c->count];
	uint8_t kind = fuzz_u8(in), count = fuzz_u8(in);
	uint32_t cut = kind & 0x40 ? fuzz_u8(in) : 0;
	struct pkt_buf bytes = {0};

	*now_ns = next_time(*now_ns, kind, count);
	*frame = (struct dg_frame){.linktype = DG_LINKTYPE_RAW};
	if ((kind & 7) < 3) {
		frame->linktype = linktypes[kind & 7];
		take_bytes(in, &bytes);
	} else if ((kind & 7) > 3) {
		make_frame(in, (enum made)(kind & 7), &bytes);
	} else if (c->count > 0) {
		frame->linktype = frame[-1].linktype;
		pkt_put(&bytes, frame[-1].data, frame[-1].captured);
	}
	frame->on_wire = (uint32_t)bytes.len;
	frame->captured = (uint32_t)bytes.len - (cut < bytes.len ? cut : (uint32_t)bytes.len);
	/* Memory of exactly the size, so that one byte too many is noticed. */
	frame->data = malloc(frame->captured > 0 ? frame->captured : 1);
	FUZZ_CHECK(frame->data != NULL);
	if (frame->captured > 0)
		memcpy((uint8_t *)frame->data, bytes.at, frame->captured);
	pkt_buf_fini(&bytes);
	frame->time_ns = *now_ns;
	frame->place.frame = (uint32_t)++c->count;
}

static void
choose_config(struct dg_shard_config *config, struct fuzz_in *in)
{
	static const int64_t timeouts[] = {5 * DG_NS_PER_S, DG_NS_PER_S, 100 * 1000000, 1};
	static const int64_t skews[] = {10000, 0, 1000000, DG_REORDER_NS};
	uint8_t times = fuzz_u8(in), bound = fuzz_u8(in), more = fuzz_u8(in);

	*config = (struct dg_shard_config){
	    .correlate = {.timeout_ns = timeouts[times & 3],
		.hold_ns = timeouts[times & 3] * (1 + (times >> 2 & 7)),
		.skew_ns = skews[times >> 6],
		.max_transactions = bound < 128 ? 1000u : bound - 127u},
	    .secret = FUZZ_KEY,
	};
	dg_server_ports_add(&config->server_ports, 53);
	if (more & 1)
		dg_server_ports_add(&config->server_ports, 5353);
	if (more & 2)
		dg_server_ports_add(&config->server_ports, 4001);
}

static struct capture *
make_capture(const uint8_t *data, size_t size)
{
	struct fuzz_in in = {data, size};
	struct capture *c = calloc(1, sizeof *c);
	int64_t now_ns;

	FUZZ_CHECK(c != NULL);
	choose_config(&c->config, &in);
	now_ns = fuzz_u8(&in) * INT64_C(31000000) * DG_NS_PER_S;
	while (in.left > 0 && c->count < FRAMES_MAX)
		add_frame(c, &in, &now_ns);
	return c;
}

static void
free_capture(struct capture *c)
{
	for (size_t i = 0; i < c->count; i++)
		free((uint8_t *)c->frames[i].data);
	free(c);
}

/* --- what comes out --------------------------------------------------------- */

struct outcome {
	struct dg_tally tally;
	struct dg_summary *summary;
	const struct dg_shard_config *config;
	uint64_t transactions;
	uint64_t attempts;
	uint64_t with_reply;
	uint64_t resends;
	uint64_t resends_after_reply;
	uint64_t matched;
	uint64_t unmatched;
	uint64_t digest; /* the same for the same events in any order */
};

static bool
is_reply_outcome(enum dg_outcome o)
{
	return o == DG_OUTCOME_ANSWERED || o == DG_OUTCOME_LATE || o == DG_OUTCOME_TRUNCATED;
}

static void
check_qname(const struct dg_transaction *t)
{
	size_t at = 0;

	FUZZ_CHECK(t->has_question == (t->qname != NULL));
	if (t->qname == NULL)
		return;
	while (t->qname[at] != 0)
		at += 1u + t->qname[at];
	FUZZ_CHECK(at + 1 == t->qname_length);
}

static int
take_transaction(void *context, const struct dg_transaction *t)
{
	struct outcome *o = context;
	int64_t timeout_ns = o->config->correlate.timeout_ns;
	struct {
		struct dg_flow flow;
		uint64_t facts[13];
	} event;

	FUZZ_CHECK(t->outcome < DG_OUTCOME_COUNT);
	FUZZ_CHECK(dg_outcome_name(t->outcome) != NULL);
	FUZZ_CHECK(t->has_reply == is_reply_outcome(t->outcome));
	FUZZ_CHECK(t->latency_ns >= 0);
	FUZZ_CHECK(t->has_reply || t->latency_ns == 0);
	if (t->has_reply)
		FUZZ_CHECK((t->latency_ns > timeout_ns) == (t->outcome == DG_OUTCOME_LATE));
	FUZZ_CHECK(t->resends_after_reply <= t->resends);
	check_qname(t);
	FUZZ_CHECK(!t->is_attempt || (!t->has_reply && !t->has_question));
	o->transactions++;
	o->attempts += t->is_attempt;
	o->with_reply += t->has_reply;
	o->resends += t->is_attempt ? 0 : t->resends;
	o->resends_after_reply += t->resends_after_reply;
	memset(&event, 0, sizeof event);
	event.flow = t->flow;
	memcpy(event.facts,
	    (uint64_t[13]){t->id, t->outcome, t->rcode, t->resends, t->resends_after_reply,
		(uint64_t)t->first_ns, (uint64_t)t->reply_ns, t->query_place.frame,
		t->reply_place.frame, t->end_place.frame, t->linked_place.frame,
		t->icmp_place.frame, (uint64_t)t->ede_code},
	    sizeof event.facts);
	o->digest += dg_hash(&FUZZ_KEY, &event, sizeof event);
	return dg_tally_transaction(&o->tally, t);
}

static int
take_icmp(void *context, const struct dg_icmp_event *e)
{
	struct outcome *o = context;

	FUZZ_CHECK(e->is_matched || !e->is_first);
	o->matched += e->is_matched;
	o->unmatched += !e->is_matched;
	return dg_tally_icmp(&o->tally, e);
}

/* Feeds the capture in batches of `step` frames, to the end. */
static struct outcome *
run(const struct capture *c, size_t step)
{
	struct outcome *o = calloc(1, sizeof *o);
	struct dg_correlate_sink sink = {
	    .context = o, .transaction = take_transaction, .icmp = take_icmp};
	struct dg_shard *shard;

	FUZZ_CHECK(o != NULL);
	o->config = &c->config;
	dg_tally_init(&o->tally, &FUZZ_KEY);
	FUZZ_CHECK(dg_shard_new(&c->config, &sink, &o->tally, &shard) == 0);
	for (size_t at = 0; at < c->count; at += step) {
		size_t left = c->count - at;

		FUZZ_CHECK(
		    dg_shard_feed(shard, c->frames + at, left < step ? left : step) == 0);
	}
	FUZZ_CHECK(dg_shard_finish(shard) == 0);
	dg_shard_free(shard);
	FUZZ_CHECK(dg_tally_flush(&o->tally) == 0);
	FUZZ_CHECK(dg_summary_make(&o->tally, &o->summary) == 0);
	return o;
}

static void
free_outcome(struct outcome *o)
{
	dg_summary_free(o->summary);
	dg_tally_fini(&o->tally);
	free(o);
}

/* --- the laws --------------------------------------------------------------- */

static void
check_frames(const struct capture *c, const struct dg_quality *q)
{
	uint64_t sum = 0;

	for (int v = 0; v < DG_VERDICT_COUNT; v++)
		sum += q->verdicts[v];
	FUZZ_CHECK(q->frames == c->count);
	FUZZ_CHECK(sum == q->frames);
	FUZZ_CHECK(q->dns_messages <= q->verdicts[DG_VERDICT_DNS] +
		q->verdicts[DG_VERDICT_DNS_MALFORMED] + q->verdicts[DG_VERDICT_DNS_CUT] +
		q->tcp.messages + q->fragments.ends[DG_FRAG_WHOLE]);
	FUZZ_CHECK(q->dns_messages >= q->verdicts[DG_VERDICT_DNS] +
		q->verdicts[DG_VERDICT_DNS_MALFORMED] + q->verdicts[DG_VERDICT_DNS_CUT] +
		q->tcp.messages);
	FUZZ_CHECK(q->fragments.fragments >= q->verdicts[DG_VERDICT_FRAGMENT]);
	FUZZ_CHECK(q->fragments.datagrams ==
	    q->fragments.ends[DG_FRAG_WHOLE] + q->fragments.ends[DG_FRAG_INCOMPLETE] +
		q->fragments.ends[DG_FRAG_REFUSED]);
	FUZZ_CHECK(q->tcp.segments >= q->verdicts[DG_VERDICT_TCP_DNS]);
}

static void
check_messages(const struct outcome *o)
{
	const struct dg_quality *q = &o->summary->quality;
	const struct dg_correlate_stats *s = &q->correlate;
	const struct dg_message_ledger *m = &s->messages;

	FUZZ_CHECK(m->waiting == 0);
	FUZZ_CHECK(m->queries + m->resends + m->replies + m->duplicate_replies +
		m->duplicate_frames + m->orphan_replies + m->misdirected + m->continuations +
		m->evicted ==
	    q->dns_messages - q->malformed_messages - q->cut_messages);
	FUZZ_CHECK(m->queries == o->transactions - o->attempts);
	FUZZ_CHECK(m->replies == o->with_reply);
	FUZZ_CHECK(m->resends == o->resends);
	FUZZ_CHECK(s->resends_after_reply == o->resends_after_reply);
	FUZZ_CHECK(s->early_orphan_replies <= m->orphan_replies);
	FUZZ_CHECK(s->ambiguous_replies <= m->orphan_replies);
	FUZZ_CHECK(s->queries_refused <= m->evicted);
	FUZZ_CHECK(s->peak_remembered <= o->config->correlate.max_transactions);
	FUZZ_CHECK(s->icmp_matched == o->matched && s->icmp_unmatched == o->unmatched);
	FUZZ_CHECK(s->icmp_matched + s->icmp_unmatched + s->icmp_duplicate_frames >=
	    q->verdicts[DG_VERDICT_ICMP_ERROR]); /* more inside fragments */
}

static void
add_counts(struct dg_counts *into, const struct dg_counts *c)
{
	uint64_t sum = 0;

	for (int i = 0; i < DG_OUTCOME_COUNT; i++) {
		into->outcomes[i] += c->outcomes[i];
		sum += c->outcomes[i];
	}
	FUZZ_CHECK(sum == c->transactions);
	into->transactions += c->transactions;
}

/* Ranges and parts partition a side; what it says fits together. */
static void
check_side(const struct dg_side *side)
{
	struct dg_counts all = dg_side_all(side), ranges = {0}, parts = {0};
	struct dg_ratio ratio = dg_ratio_make(&all);
	uint64_t with_reply = 0, rcodes = 0, nodata = 0;

	for (unsigned r = 0; r < DG_RANGE_COUNT; r++) {
		struct dg_counts c = dg_side_range(side, r);

		add_counts(&ranges, &c);
		with_reply += dg_counts_reached(&c);
		for (int i = 0; i < DG_RCODE_SLOTS; i++)
			rcodes += side->rcodes[r][i];
		FUZZ_CHECK(side->nodata[r] <= side->rcodes[r][0]);
		nodata += side->nodata[r];
	}
	for (unsigned p = 0; p < DG_PART_COUNT; p++) {
		struct dg_counts c = dg_side_part(side, p);

		add_counts(&parts, &c);
	}
	FUZZ_CHECK(memcmp(&all, &ranges, sizeof all) == 0);
	FUZZ_CHECK(memcmp(&all, &parts, sizeof all) == 0);
	FUZZ_CHECK(rcodes == with_reply && nodata <= rcodes);
	FUZZ_CHECK(dg_portset_size(&side->ports) <= all.transactions);
	FUZZ_CHECK((dg_portset_size(&side->ports) == 0) == (all.transactions == 0));
	FUZZ_CHECK(ratio.reached <= ratio.decided && ratio.decided <= all.transactions);
	if (ratio.decided > 0) {
		FUZZ_CHECK(ratio.value >= 0 && ratio.value <= 1);
		FUZZ_CHECK(ratio.interval.low >= 0 && ratio.interval.high <= 1);
		FUZZ_CHECK(ratio.interval.low <= ratio.interval.high);
	}
}

static void
check_lists(const struct outcome *o)
{
	const struct dg_summary *s = o->summary;
	struct dg_counts all = dg_side_all(&s->all);
	struct dg_counts by_server = dg_side_all(&s->other_servers), by_client = {0};
	uint64_t icmp = s->other_icmp, unmatched = 0;

	FUZZ_CHECK(all.transactions == o->transactions);
	for (size_t i = 0; i < s->server_count; i++) {
		struct dg_counts c = dg_side_all(&s->servers[i].all);

		check_side(&s->servers[i].all);
		FUZZ_CHECK(c.transactions > 0);
		add_counts(&by_server, &c);
	}
	FUZZ_CHECK(memcmp(&all, &by_server, sizeof all) == 0);
	add_counts(&by_client, &s->other_clients);
	for (size_t i = 0; i < s->client_count; i++) {
		const struct dg_profile *p = &s->clients[i].profile;

		add_counts(&by_client, &s->clients[i].counts);
		FUZZ_CHECK(p->lowest <= p->highest && p->stddev >= 0);
		FUZZ_CHECK(p->distinct >= 1 && p->distinct <= p->transactions);
	}
	FUZZ_CHECK(memcmp(&all, &by_client, sizeof all) == 0);
	for (size_t i = 0; i < s->icmp_count; i++) {
		icmp += s->icmp[i]->count;
		unmatched += s->icmp[i]->unmatched;
	}
	FUZZ_CHECK(icmp == o->matched + o->unmatched);
	FUZZ_CHECK(unmatched <= o->unmatched);
	if (s->is_one_way)
		FUZZ_CHECK(all.outcomes[DG_OUTCOME_UNANSWERED] +
			all.outcomes[DG_OUTCOME_TCP_NO_CONNECTION] ==
		    0);
}

/* Two ways to hand over the same frames. */
static void
check_same(const struct outcome *a, const struct outcome *b)
{
	struct dg_counts x = dg_side_all(&a->summary->all), y = dg_side_all(&b->summary->all);

	struct dg_quality p = a->summary->quality, q = b->summary->quality;

	/* How soon memory is freed may differ. */
	p.correlate.peak_remembered = q.correlate.peak_remembered = 0;
	FUZZ_CHECK(memcmp(&p, &q, sizeof p) == 0);
	FUZZ_CHECK(memcmp(&x, &y, sizeof x) == 0);
	FUZZ_CHECK(a->digest == b->digest);
	FUZZ_CHECK(a->summary->server_count == b->summary->server_count);
	FUZZ_CHECK(a->summary->client_count == b->summary->client_count);
	FUZZ_CHECK(a->summary->icmp_count == b->summary->icmp_count);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct capture *c = make_capture(data, size);
	struct outcome *together = run(c, FRAMES_MAX), *alone = run(c, 1);

	check_frames(c, &together->summary->quality);
	check_messages(together);
	check_side(&together->summary->all);
	check_lists(together);
	check_same(together, alone);
	free_outcome(together);
	free_outcome(alone);
	free_capture(c);
	return 0;
}
