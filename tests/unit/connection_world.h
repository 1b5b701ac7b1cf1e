/*
 * connection_world.h - correlation driven step by step, without frames: for connections.c and
 * connection_bounds.c.
 */

#ifndef CONNECTION_WORLD_H
#define CONNECTION_WORLD_H

#include "correlate/correlate.h"

#include "base/clock.h"
#include "base/limits.h"
#include "rows.h"

#define SECOND INT64_C(1000000000)
#define START (INT64_C(1700000000) * SECOND)
#define TOLD_MAX 64

static const struct dg_hash_key secret = {3, 4};

/* ---- a run ---- */

struct told {
	uint32_t frame;
	char text[160];
};

struct world {
	struct dg_correlate *c;
	struct dg_server_ports ports;
	struct told told[TOLD_MAX]; /* the first ones */
	uint64_t count;
	uint64_t outcomes[DG_OUTCOME_COUNT];
	uint64_t messages;
	uint64_t icmp_told;
	int64_t newest_ns;
	enum dg_fate fate;
};

struct facts {
	double seconds;
	char word[16];
	uint32_t frame;
	uint32_t seq, id, q, type, port, mark, kind, code;
	int32_t ede;
	uint32_t way;
	bool is_udp, is_tc, is_bare, is_partial, is_by_client, is_about_reply;
};

static inline size_t
add_place(char *text, size_t at, size_t room, const char *word, struct dg_place place)
{
	if (!dg_place_is_none(place))
		at += (size_t)snprintf(text + at, room - at, " %s=%u", word, place.frame);
	return at;
}

static inline int
on_transaction(void *context, const struct dg_transaction *t)
{
	struct world *w = context;
	struct told *told;
	size_t at, room = sizeof told->text;

	w->outcomes[t->outcome]++;
	if (w->count++ >= TOLD_MAX)
		return 0;
	told = &w->told[w->count - 1];
	told->frame = t->query_place.frame;
	if (t->is_attempt)
		at = (size_t)snprintf(told->text, room, "attempt");
	else
		at = (size_t)snprintf(told->text, room, "%s%u",
		    t->flow.transport == DG_TRANSPORT_TCP ? "tcp" : "udp", t->id);
	at += (size_t)snprintf(told->text + at, room - at, " %s", dg_outcome_name(t->outcome));
	if (t->resends > 0)
		at += (size_t)snprintf(told->text + at, room - at, " resends=%u", t->resends);
	at = add_place(told->text, at, room, "end", t->end_place);
	if (t->is_end_by_client)
		at += (size_t)snprintf(told->text + at, room - at, " by-client");
	at = add_place(told->text, at, room, "linked", t->linked_place);
	at = add_place(told->text, at, room, "icmp", t->icmp_place);
	if (t->is_lost)
		at += (size_t)snprintf(told->text + at, room - at, " lost");
	if (t->is_partial)
		at += (size_t)snprintf(told->text + at, room - at, " partial");
	if (t->ede_code >= 0)
		(void)snprintf(told->text + at, room - at, " ede=%d", t->ede_code);
	return 0;
}

static inline int
on_icmp(void *context, const struct dg_icmp_event *e)
{
	struct world *w = context;

	(void)e;
	w->icmp_told++;
	return 0;
}

static inline struct world *
world_new(uint32_t max_transactions)
{
	struct world *w = calloc(1, sizeof *w);
	struct dg_correlate_config config = {
	    .timeout_ns = 5 * SECOND,
	    .hold_ns = 30 * SECOND,
	    .skew_ns = 10000,
	    .max_transactions = max_transactions,
	};
	struct dg_correlate_sink sink = {
	    .context = w,
	    .transaction = on_transaction,
	    .icmp = on_icmp,
	};

	assert_non_null(w);
	dg_server_ports_add(&w->ports, 53);
	w->newest_ns = DG_TIME_NONE;
	assert_int_equal(dg_correlate_new(&config, &sink, &w->c), 0);
	return w;
}

static inline void
world_free(struct world *w)
{
	dg_correlate_free(w->c);
	free(w);
}

/* The laws that hold for every script, when all is finished. */
static inline void
check_laws(const struct world *w)
{
	const struct dg_correlate_stats *s = dg_correlate_stats(w->c);
	const struct dg_message_ledger *m = &s->messages;
	uint64_t outcomes = 0;

	assert_int_equal(m->waiting, 0);
	assert_int_equal(m->queries + m->resends + m->replies + m->duplicate_replies +
		m->duplicate_frames + m->orphan_replies + m->misdirected + m->continuations +
		m->evicted,
	    w->messages);
	for (int o = 0; o < DG_OUTCOME_COUNT; o++)
		outcomes += w->outcomes[o];
	assert_int_equal(outcomes, w->count);
	assert_int_equal(s->icmp_matched + s->icmp_unmatched, w->icmp_told);
	assert_true(s->partial_replies + s->lost_replies + s->evicted_transactions +
		s->evicted_same_id <=
	    w->outcomes[DG_OUTCOME_UNDECIDED]);
}

/* ---- steps ---- */

static inline struct dg_flow
flow_of(const struct facts *f)
{
	return (struct dg_flow){
	    .client = {{10, 0, 0, 1}},
	    .server = {{10, 0, 0, 53}},
	    .client_port = (uint16_t)f->port,
	    .server_port = 53,
	    .family = DG_FAMILY_IP4,
	    .transport = f->is_udp ? DG_TRANSPORT_UDP : DG_TRANSPORT_TCP,
	};
}

static inline int64_t
time_of(const struct facts *f)
{
	return START + (int64_t)(f->seconds * 1e6 + 0.5) * 1000;
}

static inline void
do_message(struct world *w, const struct facts *f, bool is_reply)
{
	struct dg_flow flow = flow_of(f);
	struct dg_dns_view view = {
	    .id = (uint16_t)f->id,
	    .is_reply = is_reply,
	    .is_truncated = f->is_tc,
	    .question_count = !f->is_bare,
	    .answer_count = is_reply,
	    .has_question = !f->is_bare,
	    .qtype = (uint16_t)f->type,
	    .qclass = 1,
	    .question_hash = f->is_bare ? 0 : 1000 + f->q,
	    .qname = {.bytes = {1, 'a', 0}, .length = 3},
	    .ede_code = f->ede,
	};
	struct dg_message m = {
	    .source = is_reply ? flow.server : flow.client,
	    .destination = is_reply ? flow.client : flow.server,
	    .source_port = is_reply ? flow.server_port : flow.client_port,
	    .destination_port = is_reply ? flow.client_port : flow.server_port,
	    .family = flow.family,
	    .transport = flow.transport,
	    .is_partial = f->is_partial,
	    .packet_mark = f->is_udp ? f->mark + 1 : 0,
	    .path_mark = f->way,
	    .time_ns = time_of(f),
	    .place = {0, f->frame},
	};
	struct dg_key key;
	enum dg_direction direction = dg_key_of_message(&m, &view, &w->ports, &secret, &key);

	w->messages += !f->is_partial;
	assert_int_equal(dg_correlate_message(w->c, direction, &key, &m, &view, &w->fate), 0);
}

static inline void
do_turn(struct world *w, const struct facts *f, enum dg_turn what)
{
	struct dg_flow flow = flow_of(f);
	struct dg_connection_turn turn = {
	    .turn = what,
	    .time_ns = time_of(f),
	    .place = {0, f->frame},
	    .seq = f->seq,
	    .packet_mark = f->mark,
	    .is_by_client = f->is_by_client,
	};

	dg_key_of_flow(&flow, &secret, &turn.key);
	assert_int_equal(dg_correlate_turn(w->c, &turn), 0);
}

static inline void
do_icmp(struct world *w, const struct facts *f)
{
	struct dg_flow flow = flow_of(f);
	struct dg_ip ip = {
	    .source = f->is_about_reply ? flow.server : flow.client,
	    .destination = f->is_about_reply ? flow.client : flow.server,
	    .family = DG_FAMILY_IP4,
	    .protocol = f->is_udp ? DG_PROTOCOL_UDP : DG_PROTOCOL_TCP,
	};
	struct dg_quote quote = {
	    .ip = ip,
	    .ports = {.source = f->is_about_reply ? 53 : (uint16_t)f->port,
		.destination = f->is_about_reply ? (uint16_t)f->port : 53},
	    .has_ports = true,
	    .has_seq = f->seq != 0,
	    .seq = f->seq,
	};
	struct dg_icmp_error error = {
	    .sender = {{10, 0, 0, 254}},
	    .family = DG_FAMILY_IP4,
	    .type = (uint8_t)f->kind,
	    .code = (uint8_t)f->code,
	    .place = {0, f->frame},
	    .has_seq = quote.has_seq,
	    .seq = quote.seq,
	    .packet_mark = f->mark + f->frame,
	    .time_ns = time_of(f),
	    .may_be_query = !f->is_about_reply,
	    .may_be_reply = f->is_about_reply,
	};

	if (f->is_about_reply)
		dg_key_of_quote(&quote, true, &secret, &error.as_reply);
	else
		dg_key_of_quote(&quote, false, &secret, &error.as_query);
	assert_int_equal(dg_correlate_icmp(w->c, &error), 0);
}

static inline void
move_time(struct world *w, int64_t to_ns, bool is_in_steps)
{
	if (w->newest_ns == DG_TIME_NONE)
		w->newest_ns = to_ns;
	while (is_in_steps && w->newest_ns + SECOND / 10 < to_ns) {
		w->newest_ns += SECOND / 10;
		assert_int_equal(dg_correlate_advance(w->c, w->newest_ns), 0);
	}
	if (to_ns > w->newest_ns)
		w->newest_ns = to_ns;
	assert_int_equal(dg_correlate_advance(w->c, w->newest_ns), 0);
}

static inline void
do_step(struct world *w, const struct facts *f, bool is_in_steps)
{
	static const struct {
		const char *word;
		enum dg_turn turn;
	} turns[] = {
	    {"syn", DG_TURN_SYN},
	    {"stands", DG_TURN_STANDS},
	    {"refused", DG_TURN_REFUSED},
	    {"reset", DG_TURN_RESET},
	    {"closed", DG_TURN_CLOSED},
	    {"lost", DG_TURN_LOST},
	};

	if (strcmp(f->word, "back") == 0) {
		assert_int_equal(dg_correlate_finish(w->c), 0);
		w->newest_ns = DG_TIME_NONE;
	}
	move_time(w, time_of(f), is_in_steps);
	for (size_t i = 0; i < sizeof turns / sizeof *turns; i++) {
		if (strcmp(f->word, turns[i].word) == 0) {
			do_turn(w, f, turns[i].turn);
			return;
		}
	}
	if (strcmp(f->word, "ask") == 0)
		do_message(w, f, false);
	else if (strcmp(f->word, "answer") == 0)
		do_message(w, f, true);
	else if (strcmp(f->word, "icmp") == 0)
		do_icmp(w, f);
	else
		assert_true(strcmp(f->word, "tick") == 0 || strcmp(f->word, "back") == 0);
}

static inline struct facts
plain(void)
{
	return (struct facts){
	    .id = 7, .q = 1, .type = 1, .port = 4001, .seq = 0, .ede = -1, .kind = 3};
}

static inline struct facts
step(uint32_t frame, const char *word)
{
	struct facts f = plain();

	snprintf(f.word, sizeof f.word, "%s", word);
	f.frame = frame;
	f.seconds = frame * 1e-6;
	return f;
}

#endif
