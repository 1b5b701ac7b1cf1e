/*
 * html_memory.c - memory runs out anywhere while the HTML report is made: there is none then,
 * and nothing leaks.
 *
 * What leaks is for the variant asan to see.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "diagnose/diagnose.h"
#include "failing.h"
#include "report/report.h"
#include "rows.h"

#define START (INT64_C(1700000000) * DG_NS_PER_S)
#define END (START + 100 * DG_NS_PER_S)
#define QUERIES 200
/* Each of the first fails once, and one in so many of the others: drawing asks seldom. */
#define FIRST 40
#define STEP 5

static void
ask(struct dg_tally *t, unsigned number, uint8_t server, uint16_t port, enum dg_outcome outcome)
{
	bool is_reached = dg_outcome_is_reached(outcome);
	int64_t first_ns = START + number * (DG_NS_PER_S / 4);
	struct dg_transaction x = {
	    .flow = {.client = {{10, 0, 0, 1}},
		.server = {{10, 0, 0, server}},
		.client_port = port,
		.server_port = 53,
		.family = DG_FAMILY_IP4,
		.transport = DG_TRANSPORT_UDP},
	    .outcome = outcome,
	    .has_reply = is_reached,
	    .first_ns = first_ns,
	    .reply_ns = is_reached ? first_ns + 20000000 : 0,
	    .latency_ns = is_reached ? 20000000 : 0,
	    .query_place = {.frame = number + 1},
	    .ede_code = -1,
	};

	assert_int_equal(dg_tally_transaction(t, &x), 0);
}

/* Low ports are dead at 50, one server is refused, and others answer. */
static void
live(struct dg_tally *t)
{
	for (unsigned i = 0; i < QUERIES; i++) {
		uint32_t mixed = (uint32_t)((i + 1) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
		uint16_t low = (uint16_t)(1 + mixed % 1023u);
		uint16_t any = (uint16_t)(1024 + mixed % 64512u);

		ask(t, i, 50, low, DG_OUTCOME_UNANSWERED);
		ask(t, i, 50, any, DG_OUTCOME_ANSWERED);
		ask(t, i, 51, i % 2 ? low : any, DG_OUTCOME_ANSWERED);
		ask(t, i, 52, any, DG_OUTCOME_ICMP_ERROR);
	}
	t->quality.correlate.messages.queries = 4 * QUERIES;
	t->quality.correlate.messages.replies = 2 * QUERIES;
	assert_int_equal(dg_tally_flush(t), 0);
}

/* Whether there is a page when that allocation fails. */
static bool
make(const struct dg_report *r, long until)
{
	char *page;
	bool is_there;

	calls = 0;
	calls_left = until;
	page = dg_report_html(r);
	calls_left = -1;
	is_there = page != NULL;
	if (is_there)
		assert_non_null(strstr(page, "</html>"));
	free(page);
	return is_there;
}

static void
check_all(const struct dg_report *r)
{
	long all;

	assert_true(make(r, -1));
	all = calls;
	assert_true(all > FIRST);
	for (long n = 0; n < all; n += n < FIRST ? 1 : STEP)
		assert_false(make(r, n));
	assert_true(make(r, all));
}

static void
test_each_allocation_may_fail(void **state)
{
	struct dg_tally *t = calloc(1, sizeof *t);
	const struct dg_hash_key key = {.k0 = 1, .k1 = 2};
	const struct dg_circumstances around = {.timeout_ns = 5 * DG_NS_PER_S,
	    .first_ns = START,
	    .last_ns = END,
	    .is_complete = true};
	const struct dg_report_input input = {.file = "x.pcap",
	    .format = "pcap",
	    .frames = 6 * QUERIES,
	    .first_ns = START,
	    .last_ns = END};
	struct dg_diagnosis *d;
	struct dg_summary *s;

	(void)state;
	assert_non_null(t);
	dg_tally_init(t, &key);
	live(t);
	assert_int_equal(dg_summary_make(t, &s), 0);
	assert_int_equal(dg_diagnose(s, &around, &d), 0);
	assert_true(d->findings.count > 0 && s->trial_count > 0);
	check_all(&(struct dg_report){.summary = s,
	    .diagnosis = d,
	    .inputs = &input,
	    .input_count = 1,
	    .version = "0",
	    .server_ports = "53",
	    .timeout_ns = around.timeout_ns,
	    .is_complete = true});
	dg_diagnosis_free(d);
	dg_summary_free(s);
	dg_tally_fini(t);
	free(t);
}

int
main(void)
{
	struct rows r = {0};

	rows_add(&r, "each allocation of the HTML report may fail",
	    test_each_allocation_may_fail, NULL);
	return rows_run(&r, "html_memory");
}
