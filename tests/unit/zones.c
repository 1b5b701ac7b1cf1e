/*
 * zones.c - the few names a server was asked about do not depend on order or grouping.
 */
#include "tally/zones.h"

#include "pkt.h"
#include "rows.h"

#define NAMES_MAX 40

static const struct row {
	const char *name;
	const char *questions[8];
	bool has_more;
	const char *shown[5]; /* in the order of wire bytes: a length octet comes first */
} rows[] = {
    {"nothing asked, nothing shown", {NULL}, false, {NULL}},
    {"the root alone shows nothing", {"."}, false, {NULL}},
    {"one question is shown whole", {"www.example.com"}, false, {"www.example.com"}},
    {"a question asked twice is shown once", {"a.b", "a.b"}, false, {"a.b"}},
    {"two hosts of a zone show the zone", {"a.example.com", "b.example.com"}, false,
	{"example.com"}},
    {"a zone and its host show the zone", {"example.com", "www.example.com"}, false,
	{"example.com"}},
    {"a host and its zone show the zone", {"www.example.com", "example.com"}, false,
	{"example.com"}},
    {"labels are compared whole", {"xexample.com", "example.com"}, false, {"com"}},
    {"a label's tail is no suffix", {"a.bc.d", "a.c.d"}, false, {"d"}},
    {"two zones of one TLD show the TLD", {"a.com", "b.com"}, false, {"com"}},
    {"zones of two TLDs show each, by two labels", {"www.b.org", "www.a.com"}, false,
	{"a.com", "b.org"}},
    {"a TLD alone is shown beside a zone", {"www.b.org", "com"}, false, {"b.org", "com"}},
    {"the root does not spoil a common zone", {"a.example", ".", "b.example"}, false,
	{"example"}},
    {"four zones are shown", {"d.d", "c.c", "b.b", "a.a"}, false, {"a.a", "b.b", "c.c", "d.d"}},
    {"of five zones the first four are shown", {"e.e", "d.d", "a.a", "c.c", "b.b"}, true,
	{"a.a", "b.b", "c.c", "d.d"}},
    {"four zones asked often are no more than four",
	{"a.a", "b.b", "c.c", "d.d", "x.a.a", "x.d.d"}, false, {"a.a", "b.b", "c.c", "d.d"}},
    {"an in-addr.arpa zone is found", {"1.2.0.192.in-addr.arpa", "9.2.0.192.in-addr.arpa"},
	false, {"2.0.192.in-addr.arpa"}},
};

static void
add(struct dg_zones *z, const char *text)
{
	struct pkt_buf b = {0};

	pkt_name(&b, text);
	assert_int_equal(dg_zones_add(z, b.at, (uint8_t)b.len), 0);
	pkt_buf_fini(&b);
}

static void
assert_shown(const struct dg_zones *z, const char *const *shown)
{
	unsigned count = 0;

	while (shown[count] != NULL)
		count++;
	assert_int_equal(dg_zones_count(z), count);
	for (unsigned i = 0; i < count; i++) {
		struct pkt_buf b = {0};
		uint8_t length;
		const uint8_t *name = dg_zones_at(z, i, &length);

		pkt_name(&b, shown[i]);
		assert_int_equal(length, b.len);
		assert_memory_equal(name, b.at, b.len);
		pkt_buf_fini(&b);
	}
}

/* Every rotation of the questions, forward and backward, alone and merged in two parts. */
static void
test_row(void **state)
{
	const struct row *row = *state;
	unsigned count = 0;

	while (count < 8 && row->questions[count] != NULL)
		count++;
	for (unsigned turn = 0; turn < 2 * count + 1; turn++) {
		struct dg_zones one = {0}, left = {0}, right = {0};

		for (unsigned i = 0; i < count; i++) {
			unsigned at = (turn % count + i) % count;
			const char *text = row->questions[turn < count ? at : count - 1 - at];

			add(&one, text);
			add(i < turn % count ? &left : &right, text);
		}
		assert_shown(&one, row->shown);
		assert_int_equal(dg_zones_merge(&left, &right), 0);
		assert_shown(&left, row->shown);
		if (dg_zones_count(&one) > 1)
			assert_true(
			    one.has_more == row->has_more && left.has_more == row->has_more);
		dg_zones_fini(&one);
		dg_zones_fini(&left);
		dg_zones_fini(&right);
	}
}

static void
assert_same(const struct dg_zones *a, const struct dg_zones *b)
{
	assert_int_equal(dg_zones_count(a), dg_zones_count(b));
	assert_int_equal(a->has_more, b->has_more);
	assert_int_equal(a->common_length, b->common_length);
	assert_int_equal(a->sample_count, b->sample_count);
	if (a->common != NULL)
		assert_memory_equal(a->common, b->common, a->common_length);
	for (unsigned i = 0; i < dg_zones_count(a); i++) {
		uint8_t a_length, b_length;
		const uint8_t *x = dg_zones_at(a, i, &a_length),
			      *y = dg_zones_at(b, i, &b_length);

		assert_int_equal(a_length, b_length);
		assert_memory_equal(x, y, a_length);
	}
}

/* Names of 1 to 4 labels out of a few letters, so that suffixes are often shared. */
static void
make_names(char names[NAMES_MAX][16], unsigned count, unsigned letters, uint64_t *seed)
{
	for (unsigned i = 0; i < count; i++) {
		unsigned labels = 1 + (unsigned)(rows_random(seed) % 4), at = 0;

		for (unsigned n = 0; n < labels; n++) {
			if (n > 0)
				names[i][at++] = '.';
			names[i][at++] = (char)('a' + rows_random(seed) % letters);
			if (rows_random(seed) % 4 == 0)
				names[i][at++] = 'x';
		}
		names[i][at] = '\0';
	}
}

static void
shuffle(char names[NAMES_MAX][16], unsigned count, uint64_t *seed)
{
	for (unsigned i = count; i > 1; i--) {
		unsigned j = (unsigned)(rows_random(seed) % i);
		char swap[16];

		memcpy(swap, names[j], sizeof swap);
		memcpy(names[j], names[i - 1], sizeof swap);
		memcpy(names[i - 1], swap, sizeof swap);
	}
}

/* Shuffled, dealt to some groups, and these merged in a shuffled tree. */
static void
test_any_grouping(void **state)
{
	unsigned letters = *(const unsigned *)*state;
	uint64_t seed = 1000 + letters;
	char names[NAMES_MAX][16];

	for (int round = 0; round < 2000; round++) {
		unsigned count = (unsigned)(rows_random(&seed) % NAMES_MAX);
		unsigned groups = 1 + (unsigned)(rows_random(&seed) % 6);
		struct dg_zones one = {0}, parts[6] = {0};

		make_names(names, count, letters, &seed);
		for (unsigned i = 0; i < count; i++)
			add(&one, names[i]);
		shuffle(names, count, &seed);
		for (unsigned i = 0; i < count; i++)
			add(&parts[rows_random(&seed) % groups], names[i]);
		for (unsigned left = groups; left > 1; left--) {
			unsigned into = (unsigned)(rows_random(&seed) % (left - 1));

			assert_int_equal(dg_zones_merge(&parts[into], &parts[left - 1]), 0);
			dg_zones_fini(&parts[left - 1]);
		}
		assert_same(&one, &parts[0]);
		dg_zones_fini(&one);
		dg_zones_fini(&parts[0]);
	}
}

static void
test_longest(void **state)
{
	uint8_t name[255];
	struct dg_zones z = {0};
	uint8_t length;

	(void)state;
	for (unsigned i = 0; i < 254; i += 2) {
		name[i] = 1;
		name[i + 1] = 'a';
	}
	name[254] = 0;
	assert_int_equal(dg_zones_add(&z, name, 255), 0);
	assert_int_equal(dg_zones_add(&z, name + 2, 253), 0);
	assert_int_equal(dg_zones_count(&z), 1);
	assert_memory_equal(dg_zones_at(&z, 0, &length), name + 2, 253);
	assert_int_equal(length, 253);
	dg_zones_fini(&z);
}

int
main(void)
{
	static const unsigned letters[] = {1, 2, 3, 26};
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, test_row);
	for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
		rows_add(&r,
		    rows_name(
			"names of %u letters merge in any order and grouping", letters[i]),
		    test_any_grouping, &letters[i]);
	rows_add(&r, "a name of 127 labels has its suffix found", test_longest, NULL);
	return rows_run(&r, "zones");
}
