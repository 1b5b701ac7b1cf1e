/*
 * cut.c - cuts of a session: what is in them, what is refused, and that nothing is lost when
 * memory runs out or another thread finishes them.
 */
#include <pthread.h>

#include "dnsgap/config.h"
#include "dnsgap/evidence.h"
#include "dnsgap/finding.h"
#include "dnsgap/render.h"
#include "dnsgap/session.h"
#include "dnsgap/summary.h"
#include "failing.h"
#include "pkt.h"
#include "rows.h"

#define S INT64_C(1000000000)
#define START (INT64_C(1700000000) * S)
#define ETHERNET 1

struct text {
	char *bytes;
	size_t size;
};

static int
collect(void *context, const void *bytes, size_t size)
{
	struct text *t = context;

	t->bytes = __real_realloc(t->bytes, t->size + size + 1);
	memcpy(t->bytes + t->size, bytes, size);
	t->size += size;
	t->bytes[t->size] = '\0';
	return 0;
}

static struct dnsgap_session *
new_session(bool is_anonymised)
{
	static const unsigned char key[DNSGAP_ANONYMISER_KEY_BYTES] = {7, 1, 9};
	struct dnsgap_config *config;
	struct dnsgap_session *s;

	assert_int_equal(dnsgap_config_new(&config), 0);
	if (is_anonymised)
		assert_int_equal(dnsgap_config_set_anonymiser(config, key), 0);
	assert_int_equal(dnsgap_session_new(config, &s), 0);
	dnsgap_config_free(config);
	return s;
}

static int
feed(struct dnsgap_session *s, double at, const struct pkt_facts *facts)
{
	struct pkt_buf frame = {0};
	int error;

	pkt_frame(&frame, facts);
	error = dnsgap_session_feed(
	    s, ETHERNET, START + (int64_t)(at * 1e9), frame.at, frame.len, frame.len);
	pkt_buf_fini(&frame);
	return error;
}

static void
ask(struct dnsgap_session *s, double at, const char *server, uint16_t port, uint16_t id)
{
	assert_int_equal(feed(s, at,
			     &(struct pkt_facts){.ip = {.src = "10.0.0.1", .dst = server},
				 .udp = {.sport = port, .dport = 53},
				 .dns = {.id = id, .flags = PKT_RD, .qname = "www.example"}}),
	    0);
}

static void
answer(struct dnsgap_session *s, double at, const char *server, uint16_t port, uint16_t id)
{
	assert_int_equal(
	    feed(s, at,
		&(struct pkt_facts){.ip = {.src = server, .dst = "10.0.0.1"},
		    .udp = {.sport = 53, .dport = port},
		    .dns = {.id = id, .flags = PKT_QR | PKT_RD, .qname = "www.example"}}),
	    0);
}

/* Time passes. */
static void
pass(struct dnsgap_session *s, double at)
{
	assert_int_equal(
	    dnsgap_session_feed(s, ETHERNET, START + (int64_t)(at * 1e9), "", 0, 0), 0);
}

static struct dnsgap_session *
cut(struct dnsgap_session *s, enum dnsgap_cut how)
{
	struct dnsgap_session *made = NULL;

	assert_int_equal(dnsgap_session_cut(s, how, &made), 0);
	return made;
}

/* Takes, finishes, and gives the report. */
static struct dnsgap_session *
take(struct dnsgap_session *s)
{
	struct dnsgap_session *made = cut(s, DNSGAP_CUT_TAKE);

	assert_int_equal(dnsgap_session_finish(made), 0);
	return made;
}

static uint64_t
outcomes(const struct dnsgap_session *s, enum dnsgap_outcome outcome)
{
	uint64_t sum = 0;

	for (int range = 0; range < DNSGAP_RANGES; range++)
		sum += dnsgap_outcomes(s, (enum dnsgap_range)range, outcome);
	return sum;
}

static struct text
report_of(const struct dnsgap_session *s)
{
	struct text t = {0};

	assert_int_equal(dnsgap_render_json(s, collect, &t), 0);
	return t;
}

static void
test_spans(void **state)
{
	struct dnsgap_session *s = new_session(false), *first, *second, *third;

	(void)state;
	ask(s, 0, "192.0.2.1", 4001, 1);
	answer(s, 0.01, "192.0.2.1", 4001, 1);
	ask(s, 1, "192.0.2.1", 4002, 2);
	assert_int_equal(dnsgap_session_open(s), 2);
	first = take(s);
	assert_int_equal(dnsgap_transactions(first), 0);
	assert_int_equal(dnsgap_frames(first), 3);
	pass(s, 10);
	second = take(s);
	assert_int_equal(dnsgap_session_open(s), 1);
	assert_int_equal(outcomes(second, DNSGAP_ANSWERED), 1);
	assert_int_equal(dnsgap_transactions(second), 1);
	pass(s, 60);
	assert_int_equal(dnsgap_session_open(s), 0);
	third = take(s);
	assert_int_equal(outcomes(third, DNSGAP_UNANSWERED), 1);
	assert_int_equal(dnsgap_transactions(third), 1);
	assert_int_equal(dnsgap_session_finish(s), 0);
	assert_int_equal(dnsgap_transactions(s), 0);
	dnsgap_session_free(first);
	dnsgap_session_free(second);
	dnsgap_session_free(third);
	dnsgap_session_free(s);
}

static void
test_copy(void **state)
{
	struct dnsgap_session *s = new_session(false), *copy, *taken;

	(void)state;
	ask(s, 0, "192.0.2.1", 4001, 1);
	answer(s, 0.01, "192.0.2.1", 4001, 1);
	ask(s, 1, "192.0.2.1", 4002, 2);
	copy = cut(s, DNSGAP_CUT_COPY);
	assert_int_equal(dnsgap_session_open(copy), 1);
	assert_int_equal(dnsgap_session_open(s), 2);
	assert_int_equal(dnsgap_session_finish(copy), 0);
	assert_int_equal(outcomes(copy, DNSGAP_ANSWERED), 1);
	assert_int_equal(outcomes(copy, DNSGAP_UNDECIDED), 1);
	pass(s, 60);
	taken = take(s);
	assert_int_equal(dnsgap_frames(taken), 4);
	assert_int_equal(outcomes(taken, DNSGAP_ANSWERED), 1);
	assert_int_equal(outcomes(taken, DNSGAP_UNANSWERED), 1);
	dnsgap_session_free(copy);
	dnsgap_session_free(taken);
	dnsgap_session_free(s);
}

static int
no_write(void *context, const void *bytes, size_t size)
{
	(void)context;
	(void)bytes;
	(void)size;
	return 0;
}

static void
test_refused(void **state)
{
	struct dnsgap_session *s = new_session(false), *files = new_session(false), *made,
			      *none;

	(void)state;
	none = NULL;
	assert_int_equal(dnsgap_session_cut(s, (enum dnsgap_cut)7, &none), DNSGAP_EINVAL);
	assert_int_equal(dnsgap_session_add_file(files, "a.pcap"), 0);
	assert_int_equal(dnsgap_session_cut(files, DNSGAP_CUT_TAKE, &none), DNSGAP_ESTATE);
	made = cut(s, DNSGAP_CUT_TAKE);
	assert_int_equal(dnsgap_session_cut(made, DNSGAP_CUT_TAKE, &none), DNSGAP_ESTATE);
	assert_int_equal(dnsgap_session_feed(made, 1, START, "", 0, 0), DNSGAP_ESTATE);
	assert_int_equal(dnsgap_session_lost(made, START, START), DNSGAP_ESTATE);
	assert_int_equal(dnsgap_session_run(made, NULL, NULL), DNSGAP_ESTATE);
	assert_int_equal(dnsgap_session_add_file(made, "a.pcap"), DNSGAP_ESTATE);
	assert_int_equal(dnsgap_session_set_max_frames(made, 1), DNSGAP_ESTATE);
	assert_int_equal(dnsgap_session_set_transactions(made, no_write, NULL), DNSGAP_ESTATE);
	assert_true(strstr(dnsgap_session_error(made), "is a cut") != NULL);
	assert_int_equal(dnsgap_session_finish(made), 0);
	assert_int_equal(dnsgap_session_finish(made), DNSGAP_ESTATE);
	assert_int_equal(
	    dnsgap_evidence_write(made, "e.pcapng", 0, no_write, NULL), DNSGAP_EINVAL);
	assert_int_equal(dnsgap_session_lost(s, -1, START), DNSGAP_EINVAL);
	assert_int_equal(dnsgap_session_lost(s, START, INT64_MAX), DNSGAP_EINVAL);
	assert_int_equal(dnsgap_session_finish(s), 0);
	assert_int_equal(dnsgap_session_cut(s, DNSGAP_CUT_COPY, &none), DNSGAP_ESTATE);
	assert_null(none);
	dnsgap_session_free(made);
	dnsgap_session_free(files);
	dnsgap_session_free(s);
}

/* Replies that came in the cut before: its silence is no sign of one direction. */
static void
test_both_directions(void **state)
{
	struct dnsgap_session *s = new_session(false), *first, *second;

	(void)state;
	ask(s, 0, "192.0.2.1", 4001, 1);
	answer(s, 0.01, "192.0.2.1", 4001, 1);
	ask(s, 20, "192.0.2.1", 4002, 2);
	first = take(s);
	assert_false(dnsgap_is_one_way(first));
	pass(s, 80);
	second = take(s);
	assert_false(dnsgap_is_one_way(second));
	assert_int_equal(outcomes(second, DNSGAP_UNANSWERED), 1);
	dnsgap_session_free(first);
	dnsgap_session_free(second);
	dnsgap_session_free(s);
}

/* A first cut before anything ended says nothing of directions either. */
static void
test_short_cut(void **state)
{
	struct dnsgap_session *s = new_session(false), *first;

	(void)state;
	ask(s, 0, "192.0.2.1", 4001, 1);
	answer(s, 0.01, "192.0.2.1", 4001, 1);
	first = take(s);
	assert_false(dnsgap_is_one_way(first));
	dnsgap_session_free(first);
	dnsgap_session_free(s);
}

static bool
has_finding(const struct dnsgap_session *s, const char *code)
{
	struct text t = report_of(s);
	char wanted[64];
	bool is_found;

	snprintf(wanted, sizeof wanted, "\"code\": \"%s\"", code);
	is_found = strstr(t.bytes, wanted) != NULL;
	free(t.bytes);
	return is_found;
}

/* Replies past all waiting: of a server that was asked in another cut, or is asked now. */
static void
test_orphans(void **state)
{
	struct dnsgap_session *s = new_session(false), *made[4];

	(void)state;
	ask(s, 0, "192.0.2.1", 4001, 1);
	pass(s, 40);
	made[0] = take(s);
	for (uint16_t i = 0; i < 5; i++)
		answer(s, 41, "192.0.2.1", (uint16_t)(5000 + i), i);
	pass(s, 50);
	made[1] = take(s);
	assert_false(has_finding(made[1], "capture-one-way"));
	for (uint16_t i = 0; i < 5; i++)
		answer(s, 51, "192.0.2.9", (uint16_t)(5000 + i), i);
	ask(s, 60, "192.0.2.9", 4001, 1);
	made[2] = take(s);
	assert_false(has_finding(made[2], "capture-one-way"));
	for (uint16_t i = 0; i < 5; i++)
		answer(s, 71, "192.0.2.7", (uint16_t)(5000 + i), i);
	pass(s, 80);
	made[3] = take(s);
	assert_true(has_finding(made[3], "capture-one-way"));
	for (int i = 0; i < 4; i++)
		dnsgap_session_free(made[i]);
	dnsgap_session_free(s);
}

/*
 * A busy resolver: 100 queries a second, one in 32 lost at random.  With room until hold a cut
 * has answered and lost ones of the same time; without, nothing is said of outages.
 */
static void
test_busy(void **state)
{
	const uint32_t *max = *state;
	bool is_crowded = *max < 6000;
	struct dnsgap_config *config;
	struct dnsgap_session *s, *made;
	struct text t;

	assert_int_equal(dnsgap_config_new(&config), 0);
	dnsgap_config_set_cuts(config, true);
	assert_int_equal(dnsgap_config_set_max_transactions(config, *max), 0);
	assert_int_equal(dnsgap_session_new(config, &s), 0);
	dnsgap_config_free(config);
	for (uint32_t i = 0; i < 12000; i++) {
		uint16_t port = (uint16_t)(1024 + i * 40503u % 60000u);

		if (i == 6000)
			dnsgap_session_free(take(s));
		ask(s, i / 100.0, "192.0.2.1", port, (uint16_t)i);
		if (i * 2654435761u >> 16 & 31)
			answer(s, i / 100.0 + 0.001, "192.0.2.1", port, (uint16_t)i);
	}
	made = take(s);
	assert_true(outcomes(made, DNSGAP_ANSWERED) > 5000);
	assert_true(outcomes(made, DNSGAP_UNANSWERED) > 100);
	assert_false(has_finding(made, "outage"));
	t = report_of(made);
	assert_int_equal(strstr(t.bytes, "no room to wait") != NULL, is_crowded);
	free(t.bytes);
	dnsgap_session_free(made);
	dnsgap_session_free(s);
}

/* The cut has the pseudonyms that the session would have. */
static void
test_pseudonyms(void **state)
{
	struct dnsgap_session *a = new_session(true), *b = new_session(true), *made;
	struct text x, y;

	(void)state;
	for (int i = 0; i < 2; i++) {
		ask(i == 0 ? a : b, 0, "192.0.2.1", 4001, 1);
		pass(i == 0 ? a : b, 60);
	}
	made = take(a);
	assert_int_equal(dnsgap_session_finish(b), 0);
	x = report_of(made);
	y = report_of(b);
	assert_string_equal(x.bytes, y.bytes);
	assert_null(strstr(x.bytes, "192.0.2.1"));
	assert_null(strstr(x.bytes, "10.0.0.1"));
	free(x.bytes);
	free(y.bytes);
	dnsgap_session_free(made);
	dnsgap_session_free(a);
	dnsgap_session_free(b);
}

static int
count_lines(void *context, const void *bytes, size_t size)
{
	const char *text = bytes;
	unsigned *lines = context;

	for (size_t i = 0; i < size; i++)
		*lines += text[i] == '\n';
	return 0;
}

/* Lines of transactions go on, whatever is cut. */
static void
test_lines(void **state)
{
	struct dnsgap_session *s = new_session(false), *made;
	unsigned lines = 0;

	(void)state;
	assert_int_equal(dnsgap_session_set_transactions(s, count_lines, &lines), 0);
	ask(s, 0, "192.0.2.1", 4001, 1);
	pass(s, 60);
	made = take(s);
	dnsgap_session_free(made);
	ask(s, 61, "192.0.2.1", 4001, 1);
	made = cut(s, DNSGAP_CUT_COPY);
	dnsgap_session_free(made);
	assert_int_equal(dnsgap_session_finish(s), 0);
	assert_int_equal(lines, 2);
	dnsgap_session_free(s);
}

static void *
finish_all(void *context)
{
	struct dnsgap_session **made = context;

	for (int i = 0; i < 20; i++) {
		struct text t;

		assert_int_equal(dnsgap_session_finish(made[i]), 0);
		t = report_of(made[i]);
		free(t.bytes);
		dnsgap_session_free(made[i]);
	}
	return NULL;
}

/* Another thread finishes cuts while this one goes on. */
static void
test_thread(void **state)
{
	struct dnsgap_session *s = new_session(true), *made[20];
	pthread_t thread;

	(void)state;
	for (int i = 0; i < 20; i++) {
		for (uint16_t n = 0; n < 50; n++)
			ask(s, i * 40 + n * 0.001, "192.0.2.1", (uint16_t)(3000 + n), n);
		made[i] = cut(s, i % 2 == 0 ? DNSGAP_CUT_TAKE : DNSGAP_CUT_COPY);
	}
	assert_int_equal(pthread_create(&thread, NULL, finish_all, made), 0);
	for (int i = 20; i < 60; i++) {
		for (uint16_t n = 0; n < 50; n++)
			ask(s, i * 40 + n * 0.001, "192.0.2.1", (uint16_t)(3000 + n), n);
		dnsgap_session_free(take(s));
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(dnsgap_session_finish(s), 0);
	dnsgap_session_free(s);
}

/* No cut without memory, and then nothing is missing in the next. */
static void
test_memory(void **state)
{
	enum dnsgap_cut how = *(const enum dnsgap_cut *)*state;
	struct dnsgap_session *s = new_session(true), *made = NULL;
	long failed = 0;
	int error;

	for (uint16_t n = 0; n < 40; n++)
		ask(s, n * 0.001, "192.0.2.1", (uint16_t)(3000 + n), n);
	for (uint16_t n = 0; n < 20; n++)
		answer(s, 1 + n * 0.001, "192.0.2.1", (uint16_t)(3000 + n), n);
	pass(s, 60);
	ask(s, 61, "192.0.2.1", 4001, 1);
	/* What is pending is counted first: that is no part of the cut. */
	dnsgap_session_free(cut(s, DNSGAP_CUT_COPY));
	do {
		calls_left = failed++;
		error = dnsgap_session_cut(s, how, &made);
		calls_left = -1;
		if (error != 0) {
			assert_int_equal(error, DNSGAP_ENOMEM);
			assert_null(made);
			assert_int_equal(dnsgap_session_open(s), 1);
		}
	} while (error != 0 && failed < 10000);
	assert_true(failed > 3);
	assert_int_equal(dnsgap_session_finish(made), 0);
	assert_int_equal(outcomes(made, DNSGAP_ANSWERED), 20);
	assert_int_equal(outcomes(made, DNSGAP_UNANSWERED), 20);
	assert_int_equal(dnsgap_frames(made), 62);
	dnsgap_session_free(made);
	dnsgap_session_free(s);
}

int
main(void)
{
	static const enum dnsgap_cut taking = DNSGAP_CUT_TAKE, copying = DNSGAP_CUT_COPY;
	static const uint32_t roomy = 100000, crowded = 3000;
	struct rows r = {0};

	rows_add(&r, "a transaction belongs to the cut in which it ends", test_spans, NULL);
	rows_add(&r, "a copy has what is open, and takes nothing", test_copy, NULL);
	rows_add(&r, "nothing can be added to a cut, nor files be cut", test_refused, NULL);
	rows_add(
	    &r, "replies of earlier cuts show both directions", test_both_directions, NULL);
	rows_add(&r, "a cut before any end shows no direction", test_short_cut, NULL);
	rows_add(
	    &r, "orphans of servers that other cuts asked are no finding", test_orphans, NULL);
	rows_add(&r, "a busy cut is even", test_busy, &roomy);
	rows_add(&r, "a crowded cut says so, and nothing of outages", test_busy, &crowded);
	rows_add(&r, "a cut has the session's pseudonyms", test_pseudonyms, NULL);
	rows_add(&r, "lines of transactions go on", test_lines, NULL);
	rows_add(&r, "cuts are finished in another thread", test_thread, NULL);
	rows_add(&r, "memory runs out while taking", test_memory, &taking);
	rows_add(&r, "memory runs out while copying", test_memory, &copying);
	return rows_run(&r, "cut");
}
