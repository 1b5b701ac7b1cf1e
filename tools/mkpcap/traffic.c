/*
 * traffic.c - plays the traffic, in the order of time.
 *
 * The capture is taken at the clients: every query is seen, and what is lost
 * is lost beyond.  New queries come from the dice; everything else is an event
 * in the heap, and a transaction is forgotten when its last event has passed.
 *
 * Invariant: an event is played only when a frame at its time or later will
 * still be written.  So whoever is still open EVENT_EXPIRE after the timeout is
 * `unanswered`, and whoever is open at the end is decided by the last frame.
 * All times are whole units of the file's clock before they are compared.
 */

#include "traffic.h"

#include "heap.h"
#include "transaction.h"

#include <errno.h>
#include <string.h>

enum event_kind {
	EVENT_REPLY,
	EVENT_ICMP,
	EVENT_RESEND,
	EVENT_EXPIRE,
};

/* 2026-01-01T00:00:00Z */
#define START_NS INT64_C(1767225600000000000)
#define RESEND_NS INT64_C(1000000000)
#define RESEND_JITTER_NS 2000000
#define LATE_SPAN_MILLIONS 20000

struct play {
	struct mk_world *world;
	struct mk_output *output;
	struct mk_truth *truth;
	struct mk_heap heap;
	struct mk_pool pool;
	struct pkt_buf quoted;
	struct pkt_buf frame;
	int64_t tick_ns; /* the unit of the file's clock */
	uint16_t ip_id;
};

static int64_t
round_down(const struct play *p, int64_t time_ns)
{
	return time_ns - time_ns % p->tick_ns;
}

static int
schedule(struct play *p, uint32_t place, int64_t time_ns, enum event_kind kind)
{
	if (mk_heap_add(&p->heap, round_down(p, time_ns), place, kind) != 0) {
		errno = ENOMEM;
		return -1;
	}
	p->pool.places[place].pending++;
	return 0;
}

/* ---- frames ---- */

static struct mk_fill
fill_for(const struct mk_world *w, const struct mk_transaction *t, bool is_query)
{
	const struct mk_host *client = &w->clients[t->client].host;
	const struct mk_host *server = &w->servers[t->server].host;
	struct mk_fill fill = {
	    .src = is_query ? client : server,
	    .dst = is_query ? server : client,
	    .sport = is_query ? t->sport : 53,
	    .dport = is_query ? 53 : t->sport,
	    .dns_id = t->dns_id,
	    .qtype = t->qtype,
	};

	memcpy(fill.label, t->label, sizeof(fill.label));
	return fill;
}

static int
write_message(struct play *p, struct mk_transaction *t, int64_t now_ns, enum mk_kind kind)
{
	const struct mk_template *template =
	    mk_templates_find(&p->world->templates, t->zone, t->is_v6, t->edns, kind);
	struct mk_fill fill = fill_for(p->world, t, kind == MK_QUERY);
	uint8_t *frame = mk_output_add(p->output, now_ns, template->len);

	if (frame == NULL)
		return -1;
	fill.ip_id = p->ip_id++;
	mk_template_write(template, &fill, frame);
	if (kind == MK_QUERY) {
		t->ip_id = fill.ip_id;
		p->truth->queries++;
	} else {
		p->truth->replies++;
	}
	return 0;
}

static void
set_address(struct pkt_addr *a, const struct mk_host *h, bool is_v6)
{
	a->is_v6 = is_v6;
	memcpy(a->bytes, is_v6 ? h->v6 : h->v4, is_v6 ? 16 : 4);
}

/* Builds the IP packet of the last query once more. */
static void
quote_query(struct play *p, const struct mk_transaction *t)
{
	const struct mk_template *template =
	    mk_templates_find(&p->world->templates, t->zone, t->is_v6, t->edns, MK_QUERY);
	struct mk_fill fill = fill_for(p->world, t, true);
	uint8_t frame[MK_FRAME_MAX];

	fill.ip_id = t->ip_id;
	mk_template_write(template, &fill, frame);
	pkt_buf_clear(&p->quoted);
	pkt_put(&p->quoted, frame + template->ip_at, (size_t) template->len - template->ip_at);
}

static int
write_icmp(struct play *p, const struct mk_transaction *t, int64_t now_ns)
{
	struct mk_world *w = p->world;
	struct pkt_vlan tag = {.tci = w->options->vlan};
	struct pkt_icmp icmp = {.type = t->is_v6 ? 1 : 3, .code = t->is_v6 ? 4 : 3};
	struct pkt_facts f = {.icmp = &icmp};
	uint8_t *frame;

	quote_query(p, t);
	icmp.quoted = p->quoted.at;
	icmp.quoted_len = p->quoted.len;
	f.link.kind = w->options->link;
	f.link.vlan_count = tag.tci != 0;
	f.link.vlans = &tag;
	set_address(&f.ip.src_bytes, &w->servers[t->server].host, t->is_v6);
	set_address(&f.ip.dst_bytes, &w->clients[t->client].host, t->is_v6);
	f.ip.id = p->ip_id++;
	pkt_buf_clear(&p->frame);
	pkt_frame(&p->frame, &f);
	frame = mk_output_add(p->output, now_ns, p->frame.len);
	if (frame == NULL)
		return -1;
	memcpy(frame, p->frame.at, p->frame.len);
	p->truth->icmp_errors++;
	mk_truth_server(p->truth, t->server, t->is_v6)->icmp_errors++;
	return 0;
}

/* ---- what happens ---- */

/*
 * Decides what a copy of the query brings.  `*answer_ns` is when the reply
 * comes, or INT64_MAX.
 */
static int
decide_answer(struct play *p, uint32_t place, int64_t now_ns, int64_t *answer_ns)
{
	const struct mk_transaction *t = &p->pool.places[place];
	struct mk_world *w = p->world;
	const struct mk_server *s = &w->servers[t->server];
	int64_t arrives_ns = now_ns + mk_world_delay_ns(w, s);

	*answer_ns = INT64_MAX;
	if (mk_random_chance(&w->random, w->options->loss_share) || t->is_silent)
		return 0;
	if (s->is_refusing)
		return schedule(p, place, arrives_ns, EVENT_ICMP);
	if (t->is_late) {
		if (t->copies > 1)
			return 0;
		arrives_ns = t->t0_ns + MK_TIMEOUT_NS + p->tick_ns +
		    INT64_C(1000000) * mk_random_below(&w->random, LATE_SPAN_MILLIONS);
	}
	*answer_ns = arrives_ns;
	return schedule(p, place, arrives_ns, EVENT_REPLY);
}

static int
send_copy(struct play *p, uint32_t place, int64_t now_ns)
{
	struct mk_transaction *t = &p->pool.places[place];
	struct mk_world *w = p->world;
	int64_t again_ns = now_ns + RESEND_NS + mk_random_below(&w->random, RESEND_JITTER_NS);
	int64_t answer_ns;

	if (write_message(p, t, now_ns, MK_QUERY) != 0)
		return -1;
	p->truth->resends += t->copies > 0;
	t->copies++;
	if (decide_answer(p, place, now_ns, &answer_ns) != 0)
		return -1;
	if (t->is_patient || t->copies > w->options->resend_max || answer_ns <= again_ns)
		return 0;
	return schedule(p, place, again_ns, EVENT_RESEND);
}

static void
count(struct play *p, const struct mk_transaction *t, enum mk_outcome outcome)
{
	mk_truth_add(p->truth, t->server, t->is_v6, t->sport, outcome);
}

static int
take_reply(struct play *p, struct mk_transaction *t, int64_t now_ns)
{
	if (write_message(p, t, now_ns, t->reply_kind) != 0)
		return -1;
	if (t->has_reply)
		return 0;
	t->has_reply = true;
	if (now_ns - t->t0_ns > MK_TIMEOUT_NS)
		count(p, t, MK_LATE);
	else if (t->reply_kind == MK_TRUNCATED)
		count(p, t, MK_OUTCOME_TRUNCATED);
	else
		count(p, t, MK_ANSWERED);
	return 0;
}

/* After a transaction's event: forgets it when nothing can change it. */
static int
settle(struct play *p, uint32_t place, int64_t now_ns)
{
	struct mk_transaction *t = &p->pool.places[place];
	int64_t expires_ns = t->t0_ns + MK_TIMEOUT_NS + p->tick_ns;

	if (t->pending != 0)
		return 0;
	if (!t->has_reply) {
		if (t->has_icmp)
			count(p, t, MK_ICMP_ERROR);
		else if (now_ns < expires_ns)
			return schedule(p, place, expires_ns, EVENT_EXPIRE);
		else
			count(p, t, MK_UNANSWERED);
	}
	mk_pool_free(&p->pool, place);
	return 0;
}

static int
play_event(struct play *p)
{
	struct mk_event e = mk_heap_take(&p->heap);
	struct mk_transaction *t = &p->pool.places[e.transaction];
	int result = 0;

	t->pending--;
	switch ((enum event_kind)e.kind) {
	case EVENT_REPLY:
		result = take_reply(p, t, e.time_ns);
		break;
	case EVENT_ICMP:
		t->has_icmp = true;
		result = write_icmp(p, t, e.time_ns);
		break;
	case EVENT_RESEND:
		if (!t->has_reply)
			result = send_copy(p, e.transaction, e.time_ns);
		break;
	case EVENT_EXPIRE:
		break;
	}
	if (result != 0)
		return -1;
	return settle(p, e.transaction, e.time_ns);
}

static int
begin_transaction(struct play *p, int64_t now_ns)
{
	uint32_t place = mk_pool_add(&p->pool);

	if (place == UINT32_MAX) {
		errno = ENOMEM;
		return -1;
	}
	mk_transaction_draw(&p->pool.places[place], p->world, now_ns);
	if (send_copy(p, place, now_ns) != 0)
		return -1;
	return settle(p, place, now_ns);
}

/* Counts what is in flight when the capture ends. */
static void
count_open(struct play *p, int64_t end_ns)
{
	for (uint32_t i = 0; i < p->pool.count; i++) {
		const struct mk_transaction *t = &p->pool.places[i];

		if (!t->is_open || t->has_reply)
			continue;
		if (t->has_icmp)
			count(p, t, MK_ICMP_ERROR);
		else if (end_ns - t->t0_ns > MK_TIMEOUT_NS)
			count(p, t, MK_UNANSWERED);
		else
			count(p, t, MK_UNDECIDED);
	}
}

static int
play_all(struct play *p)
{
	struct mk_world *w = p->world;
	double gap_ns = 1e9 / w->options->rate_qps;
	int64_t clock_ns = START_NS;
	int64_t now_ns = START_NS;

	for (uint64_t i = 0; i < w->options->queries; i++) {
		const struct mk_event *next;

		clock_ns += (int64_t)(gap_ns * mk_random_exponential(&w->random));
		now_ns = round_down(p, clock_ns);
		while ((next = mk_heap_peek(&p->heap)) != NULL && next->time_ns <= now_ns)
			if (play_event(p) != 0)
				return -1;
		if (begin_transaction(p, now_ns) != 0)
			return -1;
	}
	count_open(p, now_ns);
	return 0;
}

int
mk_traffic_run(struct mk_world *w, struct mk_output *output, struct mk_truth *truth)
{
	struct play p = {.world = w, .output = output, .truth = truth};
	int result;

	p.tick_ns = w->options->is_nano ? 1 : 1000;
	result = play_all(&p);
	mk_truth_finish(truth);
	mk_heap_fini(&p.heap);
	mk_pool_fini(&p.pool);
	pkt_buf_fini(&p.quoted);
	pkt_buf_fini(&p.frame);
	return result;
}
