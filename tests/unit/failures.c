/*
 * failures.c - what is kept of failures depends on nothing but what was added; an answer and
 * the queries behind it are kept or dropped together.
 */
#include "tally/failures.h"

#include "pkt.h"
#include "rows.h"

#define SECOND INT64_C(1000000000)
#define START (INT64_C(1700000000) * SECOND)
#define COUNT 3000
#define PARTS 5

static const struct zone_row {
	const char *name;
	const char *zone;
} zones[] = {
    {".", "."},
    {"com", "com"},
    {"example.com", "example.com"},
    {"a.b.example.com", "example.com"},
    {"www.x.co.uk", "x.co.uk"},
    {"co.uk", "co.uk"},
    {"www.gmx.de", "gmx.de"},
    {"www.co.com", "co.com"},
    {"www.xco.uk", "xco.uk"},
    {"1.2.0.192.in-addr.arpa", "192.in-addr.arpa"},
    {"1.0.ip6.arpa", "0.ip6.arpa"},
    {"in-addr.arpa", "in-addr.arpa"},
};

static void
test_zone(void **state)
{
	const struct zone_row *row = *state;
	struct pkt_buf name = {0}, zone = {0};
	unsigned at;

	pkt_name(&name, row->name);
	pkt_name(&zone, row->zone);
	at = dg_failure_zone(name.at, (uint8_t)name.len);
	assert_int_equal(name.len - at, zone.len);
	assert_memory_equal(name.at + at, zone.at, zone.len);
	pkt_buf_fini(&name);
	pkt_buf_fini(&zone);
}

static const struct kind_row {
	const char *name;
	enum dg_outcome outcome;
	uint16_t rcode;
	int64_t latency_ns;
	bool has_name;
	enum dg_failure_kind kind;
} kinds[] = {
    {"a quick answer is no failure", DG_OUTCOME_ANSWERED, 0, SECOND - 1, true, DG_FAILURE_NONE},
    {"an answer after a second is slow", DG_OUTCOME_ANSWERED, 0, SECOND, true, DG_FAILURE_SLOW},
    {"NXDOMAIN is no failure", DG_OUTCOME_ANSWERED, 3, 5, true, DG_FAILURE_NONE},
    {"SERVFAIL", DG_OUTCOME_ANSWERED, 2, 5, true, DG_FAILURE_SERVFAIL},
    {"a slow SERVFAIL is a SERVFAIL", DG_OUTCOME_LATE, 2, 9 * SECOND, true,
	DG_FAILURE_SERVFAIL},
    {"a late answer is slow, whatever the timeout", DG_OUTCOME_LATE, 0, 5, true,
	DG_FAILURE_SLOW},
    {"a truncated answer is none", DG_OUTCOME_TRUNCATED, 0, 5, true, DG_FAILURE_NONE},
    {"silence", DG_OUTCOME_UNANSWERED, 0, 0, true, DG_FAILURE_DEAD},
    {"an ICMP error", DG_OUTCOME_ICMP_ERROR, 0, 0, true, DG_FAILURE_DEAD},
    {"a reset connection", DG_OUTCOME_TCP_RESET, 0, 0, true, DG_FAILURE_DEAD},
    {"a refused connection has no question", DG_OUTCOME_TCP_REFUSED, 0, 0, false,
	DG_FAILURE_NONE},
    {"what is not known is no failure", DG_OUTCOME_UNDECIDED, 2, 0, true, DG_FAILURE_NONE},
};

static void
test_kind(void **state)
{
	static const uint8_t root[] = {0};
	const struct kind_row *row = *state;
	struct dg_transaction t = {
	    .outcome = row->outcome,
	    .rcode = row->rcode,
	    .latency_ns = row->latency_ns,
	    .qname = row->has_name ? root : NULL,
	    .qname_length = row->has_name,
	    .flow = {.family = 4},
	};
	struct dg_failures f;

	assert_int_equal(dg_failure_kind_of(&t), row->kind);
	dg_failures_init(&f, 10);
	assert_int_equal(dg_failures_add(&f, &t), 0);
	assert_int_equal(f.count, row->kind != DG_FAILURE_NONE);
	if (f.count > 0)
		assert_int_equal(f.rows[0]->kind, row->kind);
	dg_failures_fini(&f);
}

/* One transaction; its name is of the zone by number. */
struct one {
	struct dg_transaction t;
	uint8_t name[24];
};

static void
make_one(struct one *o, unsigned zone, unsigned host, int64_t time_ns, uint64_t number)
{
	int length;

	*o = (struct one){
	    .t = {.outcome = number % 2 != 0 ? DG_OUTCOME_UNANSWERED : DG_OUTCOME_ANSWERED,
		.rcode = DG_RCODE_SERVFAIL,
		.first_ns = time_ns,
		.reply_ns = time_ns + 3 * SECOND,
		.flow = {.family = 4, .client_port = (uint16_t)number}},
	    .name = {0}};
	length = snprintf(
	    (char *)o->name, sizeof o->name, "%ch%05u%cz%05u%ccom", 6, host, 6, zone, 3);
	o->t.qname = o->name;
	o->t.qname_length = (uint8_t)(length + 1);
}

static void
make_all(struct one *all, unsigned zone_count, unsigned seconds, uint64_t *seed)
{
	for (unsigned i = 0; i < COUNT; i++)
		make_one(&all[i], (unsigned)(rows_random(seed) % zone_count),
		    (unsigned)(rows_random(seed) % 10),
		    START + (int64_t)(rows_random(seed) % seconds) * SECOND, rows_random(seed));
}

static int
compare(const void *left, const void *right)
{
	const struct dg_failure *a = *(struct dg_failure *const *)left;
	const struct dg_failure *b = *(struct dg_failure *const *)right;
	int order = memcmp(a, b, sizeof *a);

	if (order == 0)
		order = memcmp(a->name, b->name, a->name_length);
	return order;
}

static void
assert_same(struct dg_failures *a, struct dg_failures *b)
{
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->sample_log2, b->sample_log2);
	qsort(a->rows, a->count, sizeof(*a->rows), compare);
	qsort(b->rows, b->count, sizeof(*b->rows), compare);
	for (uint32_t i = 0; i < a->count; i++)
		assert_int_equal(compare(&a->rows[i], &b->rows[i]), 0);
}

/* How many of all have so many zero bits at the end of their mark. */
static unsigned
count_kept(const struct dg_failures *all, unsigned sample_log2)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < all->count; i++)
		count += all->rows[i]->mark % (UINT64_C(1) << sample_log2) == 0;
	return count;
}

static const struct bag_row {
	const char *name;
	unsigned zones;
	unsigned seconds;
	uint32_t max;
} bags[] = {
    {"all fit", 100, 1000, COUNT},
    {"one too many", 100, 1000, COUNT - 1},
    {"a hundredth fits", 1000, 10000, COUNT / 100},
    {"one zone for hours", 1, 100000, 200},
    {"one zone in one second, more than fit", 1, 1, 100},
    {"room for one", 50, 1000, 1},
};

static void
test_bag(void **state)
{
	const struct bag_row *row = *state;
	struct one *all = calloc(COUNT, sizeof *all);
	uint64_t seed = 7 + row->max;

	assert_non_null(all);
	make_all(all, row->zones, row->seconds, &seed);
	for (int round = 0; round < 20; round++) {
		struct dg_failures whole, one, parts[PARTS];

		dg_failures_init(&whole, COUNT);
		dg_failures_init(&one, row->max);
		for (unsigned p = 0; p < PARTS; p++)
			dg_failures_init(&parts[p], row->max);
		for (unsigned i = 0; i < COUNT; i++) {
			unsigned at = (i * 7919u + (unsigned)round * 331u) % COUNT;

			assert_int_equal(dg_failures_add(&whole, &all[i].t), 0);
			assert_int_equal(dg_failures_add(&one, &all[i].t), 0);
			assert_int_equal(
			    dg_failures_add(&parts[rows_random(&seed) % PARTS], &all[at].t), 0);
			assert_true(one.count <= row->max);
		}
		for (unsigned left = PARTS; left > 1; left--) {
			unsigned into = (unsigned)(rows_random(&seed) % (left - 1));

			assert_int_equal(dg_failures_merge(&parts[into], &parts[left - 1]), 0);
			dg_failures_fini(&parts[left - 1]);
		}
		assert_int_equal(whole.count, COUNT);
		assert_int_equal(one.count, count_kept(&whole, one.sample_log2));
		if (one.sample_log2 > 0)
			assert_true(count_kept(&whole, one.sample_log2 - 1) > row->max);
		assert_same(&one, &parts[0]);
		dg_failures_fini(&whole);
		dg_failures_fini(&one);
		dg_failures_fini(&parts[0]);
	}
	free(all);
}

/* Of every zone and window, all is kept or nothing, and dg_failures_keeps knows which. */
static void
test_together(void **state)
{
	struct one *all = calloc(COUNT, sizeof *all);
	struct dg_failures whole, few;
	uint64_t seed = 99;
	unsigned kept = 0, dropped = 0;

	(void)state;
	assert_non_null(all);
	make_all(all, 40, 2000, &seed);
	dg_failures_init(&whole, COUNT);
	dg_failures_init(&few, COUNT / 3);
	for (unsigned i = 0; i < COUNT; i++) {
		assert_int_equal(dg_failures_add(&whole, &all[i].t), 0);
		assert_int_equal(dg_failures_add(&few, &all[i].t), 0);
	}
	for (uint32_t i = 0; i < whole.count; i++) {
		const struct dg_failure *a = whole.rows[i];
		unsigned in_whole = 0, in_few = 0;

		for (uint32_t k = 0; k < whole.count; k++)
			in_whole += whole.rows[k]->mark == a->mark;
		for (uint32_t k = 0; k < few.count; k++)
			in_few += few.rows[k]->mark == a->mark;
		assert_true(in_few == 0 || in_few == in_whole);
		assert_int_equal(dg_failures_keeps(&few, a, a->first_ns), in_few > 0);
		kept += in_few > 0;
		dropped += in_few == 0;
	}
	assert_int_equal(kept, few.count);
	assert_true(kept > 0 && dropped > 0);
	dg_failures_fini(&whole);
	dg_failures_fini(&few);
	free(all);
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
		rows_add(&r, rows_name("%s is in the zone %s", zones[i].name, zones[i].zone),
		    test_zone, &zones[i]);
	ROWS_ADD_TABLE(&r, kinds, test_kind);
	for (size_t i = 0; i < sizeof bags / sizeof *bags; i++)
		rows_add(&r, rows_name("%s: the same in any order and grouping", bags[i].name),
		    test_bag, &bags[i]);
	rows_add(&r, "a zone's window is kept whole or not at all", test_together, NULL);
	return rows_run(&r, "failures");
}
