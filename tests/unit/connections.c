/*
 * connections.c - docs/matching.md, "TCP" and partial replies, sentence by sentence, without
 * frames.
 *
 * A row is a script of steps, `SECONDS WORD FACT...` with commas between; the step's number is
 * the number of its frame.  Words:
 *
 *	syn, stands, refused, reset, closed, lost    turns of the connection
 *	ask, answer                                  messages
 *	icmp                                         an error
 *	tick                                         time passes
 *	back                                         the clock steps back to SECONDS
 *
 * Facts: seq= id= q= (question) type= port= (client's) mark= ede= code= kind= (ICMP type), and
 * udp, tc, bare (no question), partial, client (who reset), reply (what ICMP quotes), wayN.
 * What comes out is written as words too, transactions in the order of their first frame.
 *
 * Every script runs twice: once as it stands, and once with time moving in small
 * steps between, for how soon memory is freed must change nothing.
 */
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

static size_t
add_place(char *text, size_t at, size_t room, const char *word, struct dg_place place)
{
	if (!dg_place_is_none(place))
		at += (size_t)snprintf(text + at, room - at, " %s=%u", word, place.frame);
	return at;
}

static int
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

static int
on_icmp(void *context, const struct dg_icmp_event *e)
{
	struct world *w = context;

	(void)e;
	w->icmp_told++;
	return 0;
}

static struct world *
world_new(uint32_t max_transactions)
{
	struct world *w = calloc(1, sizeof *w);
	struct dg_correlate_config config = {
	    .timeout_ns = 5 * SECOND,
	    .hold_ns = 30 * SECOND,
	    .skew_ns = 10000,
	    .max_transactions = max_transactions,
	};
	struct dg_correlate_sink sink = {w, on_transaction, on_icmp};

	assert_non_null(w);
	dg_server_ports_add(&w->ports, 53);
	w->newest_ns = DG_TIME_NONE;
	assert_int_equal(dg_correlate_new(&config, &sink, &w->c), 0);
	return w;
}

static void
world_free(struct world *w)
{
	dg_correlate_free(w->c);
	free(w);
}

/* The laws that hold for every script, when all is finished. */
static void
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

static struct dg_flow
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

static int64_t
time_of(const struct facts *f)
{
	return START + (int64_t)(f->seconds * 1e6 + 0.5) * 1000;
}

static void
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

static void
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

static void
do_icmp(struct world *w, const struct facts *f)
{
	struct dg_flow flow = flow_of(f);
	struct dg_ip ip = {
	    .source = f->is_about_reply ? flow.server : flow.client,
	    .destination = f->is_about_reply ? flow.client : flow.server,
	    .family = DG_FAMILY_IP4,
	    .protocol = DG_PROTOCOL_TCP,
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

static void
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

static void
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

static struct facts
plain(void)
{
	return (struct facts){
	    .id = 7, .q = 1, .type = 1, .port = 4001, .seq = 0, .ede = -1, .kind = 3};
}

static void
read_fact(struct facts *f, const char *word)
{
	const struct {
		const char *form;
		uint32_t *number;
	} numbers[] = {
	    {"seq=%u", &f->seq},
	    {"id=%u", &f->id},
	    {"q=%u", &f->q},
	    {"type=%u", &f->type},
	    {"port=%u", &f->port},
	    {"mark=%u", &f->mark},
	    {"kind=%u", &f->kind},
	    {"code=%u", &f->code},
	    {"way=%u", &f->way},
	};
	const struct {
		const char *word;
		bool *is;
	} bools[] = {
	    {"udp", &f->is_udp},
	    {"tc", &f->is_tc},
	    {"bare", &f->is_bare},
	    {"partial", &f->is_partial},
	    {"client", &f->is_by_client},
	    {"reply", &f->is_about_reply},
	};
	int found = sscanf(word, "ede=%d", &f->ede) == 1;

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		const char *form = numbers[i].form;
		size_t length = strcspn(form, "=") + 1;

		if (strncmp(word, form, length) == 0) {
			*numbers[i].number = (uint32_t)strtoul(word + length, NULL, 10);
			found = 1;
		}
	}
	for (size_t i = 0; i < sizeof bools / sizeof *bools; i++) {
		if (strcmp(word, bools[i].word) == 0) {
			*bools[i].is = true;
			found = 1;
		}
	}
	if (!found)
		fail_msg("what is '%s'?", word);
}

static void
play(struct world *w, const char *script, bool is_in_steps)
{
	char *text = strdup(script), *rest_steps = text, *step;
	uint32_t frame = 0;

	while ((step = strtok_r(rest_steps, ",", &rest_steps)) != NULL) {
		struct facts f = plain();
		char *rest = step, *word = strtok_r(rest, " ", &rest);

		f.frame = ++frame;
		f.seconds = strtod(word, NULL);
		word = strtok_r(rest, " ", &rest);
		assert_non_null(word);
		snprintf(f.word, sizeof f.word, "%s", word);
		while ((word = strtok_r(rest, " ", &rest)) != NULL)
			read_fact(&f, word);
		do_step(w, &f, is_in_steps);
	}
	free(text);
	assert_int_equal(dg_correlate_finish(w->c), 0);
}

static int
compare_told(const void *a, const void *b)
{
	const struct told *x = a, *y = b;

	return x->frame < y->frame ? -1 : x->frame > y->frame;
}

/* The counts that are not 0, as words. */
static void
write_counts(const struct dg_correlate_stats *s, char *text, size_t room)
{
	const struct {
		const char *word;
		uint64_t count;
	} counts[] = {
	    {"resends", s->messages.resends},
	    {"duplicate-replies", s->messages.duplicate_replies},
	    {"duplicates", s->messages.duplicate_frames},
	    {"orphans", s->messages.orphan_replies},
	    {"continuations", s->messages.continuations},
	    {"syn-duplicates", s->syn_duplicate_frames},
	    {"made", s->attempts_made},
	    {"linked", s->retries_linked},
	    {"partial", s->partial_replies},
	    {"lost", s->lost_replies},
	    {"matched", s->icmp_matched},
	    {"unmatched", s->icmp_unmatched},
	    {"ambiguous", s->icmp_ambiguous},
	    {"evicted", s->evicted_transactions},
	    {"same-id", s->evicted_same_id},
	};
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		if (counts[i].count > 0)
			at += (size_t)snprintf(text + at, room - at, "%s%s=%llu",
			    at > 0 ? " " : "", counts[i].word,
			    (unsigned long long)counts[i].count);
	}
}

struct row {
	const char *name;
	const char *script;
	const char *transactions; /* with ; between */
	const char *counts;
};

static void
run_row(const struct row *row, bool is_in_steps)
{
	struct world *w = world_new(1000);
	char text[1024] = "", counts[256];
	size_t at = 0;

	play(w, row->script, is_in_steps);
	assert_true(w->count <= TOLD_MAX);
	qsort(w->told, w->count, sizeof *w->told, compare_told);
	for (uint64_t i = 0; i < w->count; i++)
		at += (size_t)snprintf(
		    text + at, sizeof text - at, "%s%s", i > 0 ? "; " : "", w->told[i].text);
	assert_string_equal(text, row->transactions);
	write_counts(dg_correlate_stats(w->c), counts, sizeof counts);
	assert_string_equal(counts, row->counts);
	check_laws(w);
	world_free(w);
}

static void
test_row(void **state)
{
	run_row(*state, false);
	run_row(*state, true);
}

#include "connection_rows.h"

/* ---- bounds ---- */

static struct facts
step(uint32_t frame, const char *word)
{
	struct facts f = plain();

	snprintf(f.word, sizeof f.word, "%s", word);
	f.frame = frame;
	f.seconds = frame * 1e-6;
	return f;
}

/* Each loss and each end looks only at what no earlier one has: else this takes hours. */
static void
test_pipeline(void **state)
{
	struct world *w = world_new(200000);
	uint32_t frame = 0;

	(void)state;
	for (uint32_t i = 0; i < 50000; i++) {
		struct facts ask = step(++frame, "ask"), lost = step(frame, "lost");

		ask.id = i;
		do_step(w, &ask, false);
		do_step(w, &lost, false);
	}
	for (uint32_t i = 0; i < 50000; i++) {
		struct facts lost = step(++frame, "lost"), end = step(frame, "reset");

		do_step(w, &lost, false);
		do_step(w, &end, false);
	}
	for (uint32_t i = 0; i < 50000; i += 2) {
		struct facts answer = step(++frame, "answer");

		answer.id = i;
		do_step(w, &answer, false);
	}
	assert_int_equal(dg_correlate_finish(w->c), 0);
	assert_int_equal(w->outcomes[DG_OUTCOME_ANSWERED], 25000);
	assert_int_equal(w->outcomes[DG_OUTCOME_UNDECIDED], 25000);
	assert_int_equal(dg_correlate_stats(w->c)->lost_replies, 25000);
	check_laws(w);
	world_free(w);
}

/* A flood of SYNs from everywhere is bounded, and whom it pushes out is undecided. */
static void
test_flood(void **state)
{
	struct world *w = world_new(20000);
	const struct dg_correlate_stats *s = dg_correlate_stats(w->c);

	(void)state;
	for (uint32_t i = 0; i < 1000000; i++) {
		struct facts syn = step(i + 1, "syn");

		syn.seq = i / 50000 + 1;
		syn.port = 1024 + i % 50000;
		do_step(w, &syn, false);
	}
	assert_true(s->peak_remembered <= 20000);
	assert_int_equal(s->evicted_transactions, 980000);
	assert_int_equal(dg_correlate_finish(w->c), 0);
	assert_int_equal(w->outcomes[DG_OUTCOME_UNDECIDED], 1000000);
	check_laws(w);
	world_free(w);
}

/* So is one on a single flow: the bound of one flow and ID holds for connections too. */
static void
test_flood_of_one_flow(void **state)
{
	struct world *w = world_new(20000);

	(void)state;
	for (uint32_t i = 0; i < 100000; i++) {
		struct facts syn = step(i + 1, "syn");

		syn.seq = i + 1;
		do_step(w, &syn, false);
	}
	assert_int_equal(dg_correlate_stats(w->c)->evicted_same_id, 100000 - DG_SAME_ID_MAX);
	assert_int_equal(dg_correlate_finish(w->c), 0);
	check_laws(w);
	world_free(w);
}

/* A connection that is pushed out takes the certainty of its transactions along. */
static void
test_evicted_connection(void **state)
{
	struct world *w = world_new(1000);
	struct facts ask = plain(), syn = plain(), tick = plain();

	(void)state;
	snprintf(ask.word, sizeof ask.word, "ask");
	ask.frame = 1;
	do_step(w, &ask, false);
	snprintf(syn.word, sizeof syn.word, "syn");
	for (uint32_t i = 0; i < DG_SAME_ID_MAX; i++) {
		syn.seq = i + 1;
		syn.frame = i + 2;
		do_step(w, &syn, false);
	}
	snprintf(tick.word, sizeof tick.word, "tick");
	tick.seconds = 60;
	do_step(w, &tick, true);
	assert_int_equal(dg_correlate_finish(w->c), 0);
	assert_int_equal(w->outcomes[DG_OUTCOME_UNDECIDED], 1);
	assert_int_equal(w->outcomes[DG_OUTCOME_TCP_NO_CONNECTION], DG_SAME_ID_MAX);
	assert_int_equal(dg_correlate_stats(w->c)->evicted_transactions, 1);
	check_laws(w);
	world_free(w);
}

/* Tables of few entries: whoever makes room for a connection may push out its transaction. */
static void
test_tiny_tables(void **state)
{
	(void)state;
	for (uint32_t max = 1; max < 9; max++) {
		struct world *w = world_new(max);
		uint64_t seed = max;

		for (uint32_t i = 0; i < 20000; i++) {
			static const char *const words[] = {"syn", "ask", "answer", "ask",
			    "lost", "reset", "stands", "icmp", "closed", "refused"};
			uint64_t random = rows_random(&seed) >> 20;
			struct facts f = step(i + 1, words[random % 10]);

			f.seconds = i * 0.05;
			f.seq = random >> 8 & 3;
			f.id = random >> 10 & 3;
			f.port = 4001 + (random >> 12 & 3);
			f.is_udp = (random >> 14 & 3) == 0 && random % 10 < 4;
			f.is_tc = (random >> 16 & 1) != 0;
			f.type = (random >> 17 & 3) == 0 ? 252 : 1;
			f.mark = i;
			do_step(w, &f, false);
		}
		assert_int_equal(dg_correlate_finish(w->c), 0);
		assert_true(dg_correlate_stats(w->c)->peak_remembered <= max);
		check_laws(w);
		world_free(w);
	}
}

/* Truncated transactions of one question: a bound, and a count of those beyond it. */
static void
test_truncated_flood(void **state)
{
	struct world *w = world_new(200000);
	uint32_t frame = 0;

	(void)state;
	for (uint32_t i = 0; i < 100000; i++) {
		struct facts ask = step(++frame, "ask"), answer = step(++frame, "answer");

		ask.is_udp = answer.is_udp = answer.is_tc = true;
		ask.id = answer.id = i % 65536;
		ask.port = answer.port = 4001 + i / 65536;
		do_step(w, &ask, false);
		do_step(w, &answer, false);
	}
	assert_int_equal(dg_correlate_stats(w->c)->retries_dropped, 100000 - DG_RETRY_SAME_MAX);
	assert_int_equal(dg_correlate_finish(w->c), 0);
	assert_int_equal(w->outcomes[DG_OUTCOME_TRUNCATED], 100000);
	check_laws(w);
	world_free(w);
}

/* A table that grows finds all of them. */
static void
test_many_retries(void **state)
{
	struct world *w = world_new(200000);
	uint32_t frame = 0;

	(void)state;
	for (uint32_t i = 0; i < 20000; i++) {
		struct facts ask = step(++frame, "ask"), answer = step(++frame, "answer");

		ask.is_udp = answer.is_udp = answer.is_tc = true;
		ask.id = answer.id = ask.q = answer.q = i;
		do_step(w, &ask, false);
		do_step(w, &answer, false);
	}
	for (uint32_t i = 0; i < 20000; i++) {
		struct facts ask = step(++frame, "ask");

		ask.id = ask.q = i;
		do_step(w, &ask, false);
	}
	assert_int_equal(dg_correlate_stats(w->c)->retries_linked, 20000);
	assert_int_equal(dg_correlate_finish(w->c), 0);
	check_laws(w);
	world_free(w);
}

/* The end of a table that is full: a truncated one that goes early may lose its retry. */
static void
test_retry_evicted(void **state)
{
	struct world *w = world_new(4);
	uint32_t frame = 0;

	(void)state;
	for (uint32_t i = 0; i < 10; i++) {
		struct facts ask = step(++frame, "ask"), answer = step(++frame, "answer");

		ask.is_udp = answer.is_udp = answer.is_tc = true;
		ask.id = answer.id = ask.q = answer.q = i;
		do_step(w, &ask, false);
		do_step(w, &answer, false);
	}
	assert_int_equal(dg_correlate_stats(w->c)->retries_evicted, 6);
	assert_int_equal(dg_correlate_finish(w->c), 0);
	check_laws(w);
	world_free(w);
}

static const struct {
	const char *name;
	enum dg_family family;
	uint8_t type;
	uint8_t code;
	const char *kind;
} kinds[] = {
    {"a port that is closed", DG_FAMILY_IP4, 3, 3, "unreachable"},
    {"fragmentation needed", DG_FAMILY_IP4, 3, 4, "too-big"},
    {"time exceeded in transit", DG_FAMILY_IP4, 11, 0, "hop-limit"},
    {"time exceeded in reassembly", DG_FAMILY_IP4, 11, 1, "reassembly-timeout"},
    {"a wrong parameter", DG_FAMILY_IP4, 12, 0, "parameter"},
    {"ICMPv6: no route", DG_FAMILY_IP6, 1, 0, "unreachable"},
    {"ICMPv6: a port that is closed", DG_FAMILY_IP6, 1, 4, "unreachable"},
    {"ICMPv6: packet too big", DG_FAMILY_IP6, 2, 0, "too-big"},
    {"ICMPv6: hop limit", DG_FAMILY_IP6, 3, 0, "hop-limit"},
    {"ICMPv6: time exceeded in reassembly", DG_FAMILY_IP6, 3, 1, "reassembly-timeout"},
    {"ICMPv6: a wrong parameter", DG_FAMILY_IP6, 4, 1, "parameter"},
};

static void
test_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		assert_string_equal(dg_icmp_kind_name(dg_icmp_kind_of(
					kinds[i].family, kinds[i].type, kinds[i].code)),
		    kinds[i].kind);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, test_row);
	rows_add(&r, "a pipeline of 50,000 queries, with a loss and an end each", test_pipeline,
	    NULL);
	rows_add(&r, "a million connections without an answer are bounded", test_flood, NULL);
	rows_add(&r, "so are those of one flow", test_flood_of_one_flow, NULL);
	rows_add(
	    &r, "what an evicted connection did is not known", test_evicted_connection, NULL);
	rows_add(&r, "tables of one to eight entries keep the laws", test_tiny_tables, NULL);
	rows_add(&r, "truncated ones of one question are bounded", test_truncated_flood, NULL);
	rows_add(&r, "every retry of many is found", test_many_retries, NULL);
	rows_add(&r, "a retry that a full table forgot is counted", test_retry_evicted, NULL);
	rows_add(&r, "kinds of ICMP errors", test_kinds, NULL);
	return rows_run(&r, "connections");
}
