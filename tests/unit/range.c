/*
 * range.c - every port lies in one range and one part, and the texts say which.
 */
#include "tally/range.h"

#include <stdbool.h>

#include "rows.h"

/* Whether a text like "1-52,54-1023" names the port. */
static bool
text_has(const char *text, unsigned port)
{
	for (;;) {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;

		assert_ptr_not_equal(end, text);
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		assert_true(first <= last && last <= 65535);
		if (port >= first && port <= last)
			return true;
		if (*end == '\0')
			return false;
		assert_int_equal(*end, ',');
		text = end + 1;
	}
}

static void
test_one_range(void **state)
{
	(void)state;
	for (unsigned port = 0; port < 65536; port++) {
		enum dg_range range = dg_range_of((uint16_t)port);

		for (unsigned r = 0; r < DG_RANGE_COUNT; r++) {
			const struct dg_range_facts *f = dg_range_facts(r);

			assert_int_equal(text_has(f->ports, port), r == range);
			assert_int_equal(port >= f->first && port <= f->last, r == range);
		}
	}
}

static void
test_one_part(void **state)
{
	(void)state;
	for (unsigned port = 0; port < 65536; port++) {
		enum dg_part part = dg_part_of((uint16_t)port);

		for (unsigned p = 0; p < DG_PART_COUNT; p++)
			assert_int_equal(text_has(dg_part_ports(p), port), p == part);
	}
}

static void
test_parts_of_range(void **state)
{
	(void)state;
	for (unsigned port = 0; port < 65536; port++) {
		const struct dg_range_facts *f = dg_range_facts(dg_range_of((uint16_t)port));
		enum dg_part part = dg_part_of((uint16_t)port);

		assert_true(part >= f->first_part && part <= f->last_part);
	}
}

/* The ranges' parts follow one another without a hole. */
static void
test_partition(void **state)
{
	unsigned next = 0;

	(void)state;
	for (unsigned r = 0; r < DG_RANGE_COUNT; r++) {
		assert_int_equal(dg_range_facts(r)->first_part, next);
		next = dg_range_facts(r)->last_part + 1u;
	}
	assert_int_equal(next, DG_PART_COUNT);
}

static const struct row {
	const char *name;
	uint16_t port;
	const char *range;
	const char *part;
} rows[] = {
    {"port 0 is well known and apart", 0, "well-known", "0"},
    {"port 1 is well known", 1, "well-known", "1-52,54-1023"},
    {"port 52 is well known", 52, "well-known", "1-52,54-1023"},
    {"port 53 is well known and apart", 53, "well-known", "53"},
    {"port 54 is well known", 54, "well-known", "1-52,54-1023"},
    {"port 1023 is well known", 1023, "well-known", "1-52,54-1023"},
    {"port 1024 is registered", 1024, "registered", "1024-32767"},
    {"port 32767 is registered", 32767, "registered", "1024-32767"},
    {"port 32768 is registered and Linux's first", 32768, "registered", "32768-49151"},
    {"port 49151 is registered", 49151, "registered", "32768-49151"},
    {"port 49152 is ephemeral", 49152, "ephemeral", "49152-60999"},
    {"port 60999 is ephemeral and Linux's last", 60999, "ephemeral", "49152-60999"},
    {"port 61000 is ephemeral", 61000, "ephemeral", "61000-65535"},
    {"port 65535 is ephemeral", 65535, "ephemeral", "61000-65535"},
};

static void
test_row(void **state)
{
	const struct row *row = *state;

	assert_string_equal(dg_range_facts(dg_range_of(row->port))->name, row->range);
	assert_string_equal(dg_part_ports(dg_part_of(row->port)), row->part);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, test_row);
	rows_add(&r, "each of 65,536 ports lies in one range, as its text says", test_one_range,
	    NULL);
	rows_add(
	    &r, "each of 65,536 ports lies in one part, as its text says", test_one_part, NULL);
	rows_add(&r, "a port's part is one of its range", test_parts_of_range, NULL);
	rows_add(&r, "parts partition the ranges", test_partition, NULL);
	return rows_run(&r, "range");
}
