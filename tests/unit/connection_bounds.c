/*
 * connection_bounds.c - what floods and pipelines over TCP cost, and that they are counted.
 *
 * The numbers are so large that a walk that is not bounded would take hours.
 */
#include "connection_world.h"

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

/* Errors that know no more than a flow of which very many transactions wait. */
static void
test_errors_of_one_flow(void **state)
{
	const bool *is_udp = *state;
	struct world *w = world_new(400000);
	const struct dg_correlate_stats *s = dg_correlate_stats(w->c);
	uint32_t frame = 0;

	for (uint32_t i = 0; i < 300000; i++) {
		struct facts ask = step(++frame, "ask");

		ask.is_udp = *is_udp;
		ask.id = i % 65536;
		ask.q = i / 65536;
		do_step(w, &ask, false);
	}
	for (uint32_t i = 0; i < 200000; i++) {
		struct facts icmp = step(++frame, "icmp");

		icmp.is_udp = *is_udp;
		do_step(w, &icmp, false);
	}
	assert_int_equal(s->icmp_matched, 200000);
	assert_int_equal(s->icmp_ambiguous, 200000);
	assert_int_equal(s->icmp_cut_short, 200000);
	assert_int_equal(dg_correlate_finish(w->c), 0);
	assert_int_equal(w->outcomes[DG_OUTCOME_ICMP_ERROR], 1);
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

int
main(void)
{
	static const bool yes = true, no = false;
	struct rows r = {0};

	rows_add(&r, "a pipeline of 50,000 queries, with a loss and an end each", test_pipeline,
	    NULL);
	rows_add(&r, "a million connections without an answer are bounded", test_flood, NULL);
	rows_add(&r, "so are those of one flow", test_flood_of_one_flow, NULL);
	rows_add(&r, "errors about one flow with 300,000 transactions: UDP",
	    test_errors_of_one_flow, &yes);
	rows_add(&r, "and TCP", test_errors_of_one_flow, &no);
	rows_add(
	    &r, "what an evicted connection did is not known", test_evicted_connection, NULL);
	rows_add(&r, "tables of one to eight entries keep the laws", test_tiny_tables, NULL);
	rows_add(&r, "truncated ones of one question are bounded", test_truncated_flood, NULL);
	rows_add(&r, "every retry of many is found", test_many_retries, NULL);
	rows_add(&r, "a retry that a full table forgot is counted", test_retry_evicted, NULL);
	return rows_run(&r, "connection_bounds");
}
