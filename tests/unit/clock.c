/*
 * clock.c - packet time steps, and is written as RFC 3339 says.
 */
#include "base/clock.h"

#include "rows.h"

#define S DG_NS_PER_S
#define MS (S / 1000)

/* Times fed one after another, in ns after 1,000 s. */
static const struct feed_row {
	const char *name;
	int64_t times[6];
	size_t count;
	uint64_t steps;
	bool last_steps;
	int64_t newest;
} feed_rows[] = {
    {"the first frame is no step", {0}, 1, 0, false, 0},
    {"time that stands still is no step", {0, 0, 0}, 3, 0, false, 0},
    {"time that moves on is no step", {0, 1, 3600 * S}, 3, 0, false, 3600 * S},
    {"1 us back is in its place", {5 * S, 5 * S - 1000}, 2, 0, false, 5 * S},
    {"back by the whole reorder window is in its place", {5 * S, 4 * S}, 2, 0, false, 5 * S},
    {"1 ns further back is a step", {5 * S, 4 * S - 1}, 2, 1, true, 4 * S - 1},
    {"an hour back is a step", {7200 * S, 3600 * S}, 2, 1, true, 3600 * S},
    {"after a step time is measured from there", {9 * S, 2 * S, 1 * S, 3 * S}, 4, 1, false,
	3 * S},
    {"two steps are counted", {9 * S, 2 * S, 0}, 3, 2, true, 0},
    {"the window is measured from the newest frame, not the last",
	{5 * S, 4 * S + 500 * MS, 3 * S + 900 * MS}, 3, 1, true, 3 * S + 900 * MS},
};

static void
test_feed(void **state)
{
	const struct feed_row *row = *state;
	struct dg_clock c = dg_clock_make();
	bool is_step = false;

	assert_true(c.first_ns == DG_TIME_NONE);
	for (size_t i = 0; i < row->count; i++)
		is_step = dg_clock_feed(&c, 1000 * S + row->times[i]);
	assert_int_equal(is_step, row->last_steps);
	assert_true(c.steps == row->steps);
	assert_true(c.newest_ns == 1000 * S + row->newest);
	assert_true(c.first_ns == 1000 * S + row->times[0]);
}

/* The right column: date -u -d @SECONDS +%Y-%m-%dT%H:%M:%S */
static const struct text_row {
	const char *name;
	int64_t time_ns;
	const char *text;
} text_rows[] = {
    {"the epoch", 0, "1970-01-01T00:00:00.000000000Z"},
    {"1 ns after the epoch", 1, "1970-01-01T00:00:00.000000001Z"},
    {"1 ns before the epoch", -1, "1969-12-31T23:59:59.999999999Z"},
    {"1 s before the epoch", -S, "1969-12-31T23:59:59.000000000Z"},
    {"1.5 s before the epoch", -S - S / 2, "1969-12-31T23:59:58.500000000Z"},
    {"a leap day", 1709164800 * S, "2024-02-29T00:00:00.000000000Z"},
    {"a capture of today", 1795247100 * S + 123456789, "2026-11-21T07:45:00.123456789Z"},
    {"the last second of 31 bits", INT64_C(2147483647) * S, "2038-01-19T03:14:07.000000000Z"},
    {"the first beyond 31 bits", INT64_C(2147483648) * S, "2038-01-19T03:14:08.000000000Z"},
    {"the last second of 32 bits", INT64_C(4294967295) * S, "2106-02-07T06:28:15.000000000Z"},
    {"the first beyond 32 bits", INT64_C(4294967296) * S, "2106-02-07T06:28:16.000000000Z"},
    {"2100 has no leap day", INT64_C(4107542400) * S, "2100-03-01T00:00:00.000000000Z"},
    {"the latest time that is believed", DG_TIME_MAX, "2200-01-01T00:00:00.000000000Z"},
    {"the greatest number", INT64_MAX, "2262-04-11T23:47:16.854775807Z"},
    {"the least number", INT64_MIN, "1677-09-21T00:12:43.145224192Z"},
};

static void
test_text(void **state)
{
	const struct text_row *row = *state;
	char text[DG_TIME_TEXT_MAX];

	assert_ptr_equal(dg_time_text(row->time_ns, text), text);
	assert_string_equal(text, row->text);
}

static void
test_zone(void **state)
{
	char text[DG_TIME_TEXT_MAX];

	(void)state;
	assert_int_equal(setenv("TZ", "Asia/Kathmandu", 1), 0);
	assert_string_equal(dg_time_text(0, text), "1970-01-01T00:00:00.000000000Z");
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, feed_rows, test_feed);
	for (size_t i = 0; i < sizeof text_rows / sizeof *text_rows; i++)
		rows_add(&r, rows_name("as RFC 3339: %s", text_rows[i].name), test_text,
		    &text_rows[i]);
	rows_add(&r, "the machine's time zone does not matter", test_zone, NULL);
	return rows_run(&r, "clock");
}
