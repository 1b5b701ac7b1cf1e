/*
 * profile.c - what a client's source ports look like: counts, spread, rating, and known
 * defaults.
 */
#include "tally/profile.h"

#include <math.h>

#include "rows.h"

/* The facts of a client that used these ports, once each transaction. */
static struct dg_client_row
client_of(const uint16_t *ports, size_t count)
{
	struct dg_client_row row = {.lowest = UINT16_MAX};

	for (size_t i = 0; i < count; i++) {
		uint64_t port = ports[i];

		assert_int_equal(dg_portset_add(&row.ports, ports[i]), 0);
		row.outcomes[i % DG_OUTCOME_COUNT]++;
		row.port_sum += port;
		row.square_sum += port * port;
		if (ports[i] < row.lowest)
			row.lowest = ports[i];
		if (ports[i] > row.highest)
			row.highest = ports[i];
	}
	return row;
}

/* `count` ports at random out of first..last. */
static const struct row {
	const char *name;
	uint16_t first;
	uint16_t last;
	unsigned count;
	const char *rating;
	const char *looks_like; /* the only one, or NULL for none */
} rows[] = {
    {"19 transactions are too few to tell", 1024, 65535, 19, NULL, NULL},
    {"one fixed port", 40000, 40000, 20, "poor", "fixed port"},
    {"port 53 fixed", 53, 53, 50, "poor", "fixed port 53 (query-source port 53)"},
    {"Linux's default range", 32768, 60999, 5000, "great", "32768-60999 (Linux)"},
    {"the range of RFC 6056", 1024, 65535, 5000, "great",
	"1024-65535 (RFC 6056; BIND, Unbound, PowerDNS, NAT)"},
    {"IANA's range", 49152, 65535, 5000, "great", "49152-65535 (IANA; Windows, macOS)"},
    {"FreeBSD's range", 10000, 65535, 5000, "great", "10000-65535 (FreeBSD)"},
    {"old Windows' range", 1025, 5000, 3000, "good", "1025-5000 (Windows until 2003)"},
    {"privileged ports", 1, 1023, 100000, "poor", "below 1024"},
    {"a narrow range of a NAT", 20000, 20511, 3000, "poor", NULL},
    {"two thousand ports in the middle", 20000, 21999, 3000, "good", NULL},
    {"a range half of Linux's", 32768, 45000, 5000, "good", NULL},
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	uint16_t *ports = malloc(row->count * sizeof *ports);
	uint64_t seed = 21;
	struct dg_client_row client;
	struct dg_profile p;

	assert_non_null(ports);
	for (unsigned i = 0; i < row->count; i++)
		ports[i] =
		    (uint16_t)(row->first + rows_random(&seed) % (row->last - row->first + 1u));
	client = client_of(ports, row->count);
	p = dg_profile_make(&client);
	assert_true(p.transactions == row->count);
	assert_int_equal(p.distinct, dg_portset_size(&client.ports));
	assert_int_equal(p.is_fixed, row->first == row->last);
	if (row->rating == NULL)
		assert_null(p.rating);
	else
		assert_string_equal(p.rating, row->rating);
	assert_int_equal(p.looks_count, row->looks_like != NULL);
	if (row->looks_like != NULL)
		assert_string_equal(p.looks_like[0], row->looks_like);
	dg_portset_fini(&client.ports);
	free(ports);
}

/* Random ports of 1024-65535, or of a range within, less some. */
static const struct special_row {
	const char *name;
	uint16_t first;
	uint16_t last;
	uint16_t hole_first; /* 0: none */
	uint16_t hole_last;
	uint16_t other_hole; /* 0: none */
	unsigned count;
	const char *looks_like; /* among others, or NULL for none of these */
} special_rows[] = {
    {"Unbound's hole shows in 2000 ports", 1024, 65535, 49152, 49407, 0, 2000,
	"1024-65535 less 49152-49407 (Unbound)"},
    {"it does not in 800", 1024, 65535, 49152, 49407, 0, 800, NULL},
    {"a hole that is smaller is not Unbound's", 1024, 65535, 49153, 49407, 0, 400000, NULL},
    {"PowerDNS's two ports, when nearly all were used", 1024, 65535, 4791, 4791, 11211, 400000,
	"1024-65535 less 4791 and 11211 (PowerDNS Recursor)"},
    {"one of them says nothing", 1024, 65535, 4791, 4791, 0, 400000, NULL},
    {"they say nothing in 20000 queries", 1024, 65535, 4791, 4791, 11211, 20000, NULL},
    {"Linux' NAT leaves 512-599 out", 1, 1023, 512, 599, 0, 500,
	"1-511 and 600-1023 of the low ports (NAT by Linux)"},
    {"one port there is another NAT's", 1, 1023, 512, 598, 0, 20000, NULL},
    {"in few low ports nothing shows", 1, 1023, 512, 599, 0, 40, NULL},
};

static bool
looks_special(const struct dg_profile *p, const char *name)
{
	for (unsigned i = 0; i < p->looks_count; i++) {
		if (strcmp(p->looks_like[i], name) == 0)
			return true;
	}
	return false;
}

static void
test_special(void **state)
{
	const struct special_row *row = *state;
	uint16_t *ports = malloc(row->count * sizeof *ports);
	uint64_t seed = 99;
	struct dg_client_row client;
	struct dg_profile p;

	assert_non_null(ports);
	for (unsigned i = 0; i < row->count;) {
		ports[i] =
		    (uint16_t)(row->first + rows_random(&seed) % (row->last - row->first + 1u));
		i += ports[i] != row->other_hole &&
		    (ports[i] < row->hole_first || ports[i] > row->hole_last);
	}
	client = client_of(ports, row->count);
	p = dg_profile_make(&client);
	for (size_t i = 0; i < sizeof special_rows / sizeof *special_rows; i++) {
		const char *name = special_rows[i].looks_like;
		if (name != NULL)
			assert_int_equal(looks_special(&p, name),
			    row->looks_like != NULL && strcmp(name, row->looks_like) == 0);
	}
	dg_portset_fini(&client.ports);
	free(ports);
}

/* 2400 ports, each used many times, and then few times. */
static void
test_pool(void **state)
{
	static const char name[] = "a pool of 2500 in 49152-65535 (Windows DNS)";
	static uint16_t ports[24000];
	uint64_t seed = 7;

	(void)state;
	for (unsigned i = 0; i < 24000; i++)
		ports[i] =
		    i < 2400 ? (uint16_t)(49152 + rows_random(&seed) % 16384) : ports[i - 2400];
	for (unsigned count = 2400; count <= 24000; count += 21600) {
		struct dg_client_row client = client_of(ports, count);
		struct dg_profile p = dg_profile_make(&client);

		assert_int_equal(looks_special(&p, name), count == 24000);
		dg_portset_fini(&client.ports);
	}
}

/* The spread as a person would compute it: the mean first, then the distances to it. */
static void
test_stddev(void **state)
{
	uint64_t seed = 31;

	(void)state;
	for (size_t count = 1; count <= 300; count++) {
		uint16_t ports[300];
		double mean = 0, squares = 0;
		struct dg_client_row client;

		for (size_t i = 0; i < count; i++) {
			ports[i] = (uint16_t)rows_random(&seed);
			mean += ports[i] / (double)count;
		}
		for (size_t i = 0; i < count; i++)
			squares += (ports[i] - mean) * (ports[i] - mean);
		client = client_of(ports, count);
		assert_true(fabs(dg_profile_make(&client).stddev -
				sqrt(squares / (double)count)) < 1e-3);
		dg_portset_fini(&client.ports);
	}
}

/* 2^33 transactions, half from port 0 and half from 65534: squares go round 2^64 once. */
static void
test_carry(void **state)
{
	struct dg_client_row client = {
	    .lowest = 0,
	    .highest = 65534,
	    .outcomes[DG_OUTCOME_ANSWERED] = UINT64_C(1) << 33,
	    .port_sum = UINT64_C(65534) << 32,
	    .square_sum = (UINT64_C(65534) * 65534) << 32,
	};
	struct dg_profile p;

	(void)state;
	/* (65534^2) * 2^32 is a little less than 2^64: no carry yet. */
	p = dg_profile_make(&client);
	assert_true(fabs(p.stddev - 32767) < 1e-3);
	/* Twice of everything. */
	client.outcomes[DG_OUTCOME_ANSWERED] *= 2;
	client.port_sum *= 2;
	client.square_carry = client.square_sum >> 63;
	client.square_sum *= 2;
	p = dg_profile_make(&client);
	assert_true(client.square_carry == 1);
	assert_true(fabs(p.stddev - 32767) < 1e-3);
}

static void
test_nothing(void **state)
{
	struct dg_client_row client = {0};
	struct dg_profile p = dg_profile_make(&client);

	(void)state;
	assert_true(p.stddev == 0);
	assert_null(p.rating);
	assert_false(p.is_fixed);
	assert_int_equal(p.looks_count, 0);
}

static void
test_one_is_not_fixed(void **state)
{
	static const uint16_t port = 40000;
	struct dg_client_row client = client_of(&port, 1);
	struct dg_profile p = dg_profile_make(&client);

	(void)state;
	assert_false(p.is_fixed);
	assert_int_equal(p.distinct, 1);
	assert_int_equal(p.lowest, 40000);
	assert_int_equal(p.highest, 40000);
	dg_portset_fini(&client.ports);
}

/* Half at 0, half at twice the spread that is asked for. */
static const struct rating_row {
	const char *name;
	uint16_t stddev;
	const char *rating;
} rating_rows[] = {
    {"a spread of 0 is poor", 0, "poor"},
    {"a spread of 295 is poor", 295, "poor"},
    {"a spread of 296 is good", 296, "good"},
    {"a spread of 3979 is good", 3979, "good"},
    {"a spread of 3980 is great", 3980, "great"},
    {"a spread of 32767 is great", 32767, "great"},
};

static void
test_rating(void **state)
{
	const struct rating_row *row = *state;
	uint16_t ports[20] = {0};
	struct dg_client_row client;

	for (size_t i = 0; i < 10; i++)
		ports[2 * i] = (uint16_t)(2 * row->stddev);
	client = client_of(ports, 20);
	assert_string_equal(dg_profile_make(&client).rating, row->rating);
	dg_portset_fini(&client.ports);
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		rows_add(&r,
		    rows_name("%s: rated %s, looks like %s", rows[i].name,
			rows[i].rating != NULL ? rows[i].rating : "not at all",
			rows[i].looks_like != NULL ? rows[i].looks_like : "nothing known"),
		    test_row, &rows[i]);
	ROWS_ADD_TABLE(&r, rating_rows, test_rating);
	ROWS_ADD_TABLE(&r, special_rows, test_special);
	rows_add(&r, "a pool of 2500 shows when its ports were used again and again", test_pool,
	    NULL);
	rows_add(&r, "the spread is that of computing it in two passes", test_stddev, NULL);
	rows_add(&r, "squares that go round 2^64 are counted", test_carry, NULL);
	rows_add(&r, "no transactions have no spread", test_nothing, NULL);
	rows_add(&r, "one transaction has no fixed port", test_one_is_not_fixed, NULL);
	return rows_run(&r, "profile");
}
