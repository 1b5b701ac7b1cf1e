/*
 * diagnose_memory.c - memory runs out anywhere in the diagnosis: it says so, or can do without,
 * and leaks nothing.
 *
 * The Makefile links this program with --wrap, so that the allocations of the project's own
 * files come here.  What leaks is for the variant asan to see.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "diagnose/diagnose.h"
#include "dnsgap/error.h"
#include "failing.h"
#include "rows.h"

#define START (INT64_C(1700000000) * DG_NS_PER_S)

/* Each of the first and of the last fails once, and one in so many of those between. */
#define FIRST 60
#define LAST 200
#define STEP 17

/* --- a capture in which much is wrong --------------------------------------- */

struct query {
	double seconds;
	uint8_t server;
	uint8_t client;
	uint16_t port;
	enum dg_outcome outcome;
	bool is_servfail;
	bool is_tcp;
};

static void
count(struct dg_tally *t, const struct query *q)
{
	static uint32_t number;
	uint8_t name[] = {3, 'x', 0, 0, 4, 't', 'e', 's', 't', 0};
	bool is_reached = dg_outcome_is_reached(q->outcome);
	int64_t first_ns = START + (int64_t)(q->seconds * 1e9);
	struct dg_transaction x = {
	    .flow = {.client = {{10, 0, 0, q->client}},
		.server = {{10, 0, 0, q->server}},
		.client_port = q->port,
		.server_port = 53,
		.family = DG_FAMILY_IP4,
		.transport = q->is_tcp ? DG_TRANSPORT_TCP : DG_TRANSPORT_UDP},
	    .outcome = q->outcome,
	    .has_question = true,
	    .qtype = 1,
	    .qclass = 1,
	    .qname = name,
	    .qname_length = sizeof name,
	    .has_reply = is_reached,
	    .rcode = q->is_servfail ? 2 : 0,
	    .first_ns = first_ns,
	    .reply_ns = is_reached ? first_ns + 20000000 : 0,
	    .latency_ns = is_reached ? 20000000 : 0,
	    .query_place = {.frame = ++number},
	    .ede_code = -1,
	};

	name[2] = (uint8_t)((unsigned)(q->seconds * 2) >> 8);
	name[3] = (uint8_t)(q->seconds * 2);
	assert_int_equal(dg_tally_transaction(t, &x), 0);
}

static void
ask(struct dg_tally *t, double seconds, uint8_t server, uint8_t client, uint16_t port,
    enum dg_outcome outcome)
{
	count(t, &(struct query){seconds, server, client, port, outcome, false, false});
}

static void
live(struct dg_tally *t)
{
	for (unsigned i = 0; i < 400; i++) {
		const uint32_t mixed = (uint32_t)((i + 1) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
		const uint16_t any = (uint16_t)(1024 + mixed % 64512u);
		const uint16_t low = (uint16_t)(1 + mixed % 1023u);
		const uint16_t port = i % 3 == 0 ? low : any;
		const double at = i * .5;
		const uint8_t client = (uint8_t)(1 + i / 5 % 3);
		const bool is_out = at > 100 && at < 115;
		const enum dg_outcome good = DG_OUTCOME_ANSWERED, bad = DG_OUTCOME_UNANSWERED;

		/* Low ports are dead at 50, a hash is at 51, 52 is down for a time, and so on.
		 */
		ask(t, at, 50, client, port, port < 1024 ? bad : good);
		ask(t, at, 51, client, any, any & 1 ? bad : good);
		ask(t, at, 52, client, any, is_out ? bad : good);
		ask(t, at, 50, 7, (uint16_t)(2000 + i), good);
		if (i % 8 != 0)
			continue;
		ask(t, at, 53, client, any, bad);
		ask(t, at, 54, client, any, DG_OUTCOME_ICMP_ERROR);
		ask(t, at, 55, client, any, DG_OUTCOME_TRUNCATED);
		count(t,
		    &(struct query){
			at, 55, client, any, DG_OUTCOME_TCP_NO_CONNECTION, false, true});
		/* A resolver, whose own queries are in vain. */
		count(t, &(struct query){at, 9, 8, any, good, true, false});
		ask(t, at + .01, 53, 9, any, bad);
	}
	t->quality.correlate.messages.replies = 1000;
	assert_int_equal(dg_tally_flush(t), 0);
}

static int
run(const struct dg_summary *s, long until, unsigned *codes)
{
	const struct dg_circumstances around = {
	    .timeout_ns = 5 * DG_NS_PER_S,
	    .first_ns = START,
	    .last_ns = START + 210 * DG_NS_PER_S,
	    .is_complete = true,
	};
	struct dg_diagnosis *d = NULL;
	int error;

	calls = 0;
	calls_left = until;
	error = dg_diagnose(s, &around, &d);
	calls_left = -1;
	*codes = 0;
	for (size_t i = 0; error == 0 && i < d->findings.count; i++)
		*codes |= 1u << d->findings.list[i]->code;
	if (error == 0)
		dg_diagnosis_free(d);
	return error;
}

static void
test_each_allocation_may_fail(void **state)
{
	struct dg_tally *t = calloc(1, sizeof *t);
	const struct dg_hash_key key = {.k0 = 1, .k1 = 2};
	struct dg_summary *s;
	unsigned codes, again;
	long all;

	(void)state;
	assert_non_null(t);
	dg_tally_init(t, &key);
	live(t);
	assert_int_equal(dg_summary_make(t, &s), 0);
	assert_int_equal(run(s, -1, &codes), 0);
	all = calls;
	assert_true(all > FIRST + LAST);
	assert_true(codes & 1u << DG_PORTS_SILENT);
	assert_true(codes & 1u << DG_PORTS_HASH);
	assert_true(codes & 1u << DG_SERVER_SILENT);
	assert_true(codes & 1u << DG_OUTAGE);
	assert_true(codes & 1u << DG_TCP_BLOCKED);
	assert_true(codes & 1u << DG_SERVFAIL_EXPLAINED);
	assert_true(codes & 1u << DG_SOURCE_PORTS_PREDICTABLE);
	for (long n = 0; n < all; n += n < FIRST || all - n <= LAST ? 1 : STEP)
		if (run(s, n, &again) != DNSGAP_ENOMEM && again != codes)
			fail_msg("allocation %ld of %ld failed, and nothing was said", n, all);
	assert_int_equal(run(s, -1, &again), 0);
	assert_int_equal(codes, again);
	dg_summary_free(s);
	dg_tally_fini(t);
	free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
