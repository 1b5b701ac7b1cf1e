/*
 * live_schedule.c - when cuts are made, and how often a line is said.
 */
#include "live/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define S INT64_C(1000000000)
#define MINUTE (60 * S)
/* A wall clock at 30 s past a full minute. */
#define HALF (INT64_C(1000000) * MINUTE + 30 * S)

static void
never_without_a_time(void **state)
{
	struct dg_schedule s = dg_schedule_start(0, HALF, 0);

	(void)state;
	assert_false(dg_schedule_is_due(&s, HALF + 1000 * MINUTE, 1000 * MINUTE));
}

static void
cuts_are_at_full_multiples(void **state)
{
	struct dg_schedule s = dg_schedule_start(MINUTE, HALF, 5 * S);

	(void)state;
	assert_false(dg_schedule_is_due(&s, HALF + 30 * S - 1, 35 * S - 1));
	assert_true(dg_schedule_is_due(&s, HALF + 30 * S, 35 * S));
	/* It was noticed a little later; the next is at the full minute all the same. */
	dg_schedule_take(&s, HALF + 31 * S, 36 * S);
	assert_false(dg_schedule_is_due(&s, HALF + 90 * S - 1, 95 * S - 1));
	assert_true(dg_schedule_is_due(&s, HALF + 90 * S, 95 * S));
}

static void
a_clock_set_forward_makes_one_at_once(void **state)
{
	struct dg_schedule s = dg_schedule_start(MINUTE, HALF, 0);
	int64_t later = HALF + 1440 * MINUTE;

	(void)state;
	assert_true(dg_schedule_is_due(&s, later, S));
	dg_schedule_take(&s, later, S);
	assert_false(dg_schedule_is_due(&s, later, S));
	assert_false(dg_schedule_is_due(&s, later + 30 * S - 1, 31 * S - 1));
	assert_true(dg_schedule_is_due(&s, later + 30 * S, 31 * S));
}

static void
a_clock_set_back_makes_none_twice_and_none_late(void **state)
{
	struct dg_schedule s = dg_schedule_start(MINUTE, HALF, 0);
	int64_t full = HALF + 30 * S;

	(void)state;
	dg_schedule_take(&s, full, 30 * S);
	/* A millisecond back, over the full minute, and over it again. */
	assert_false(dg_schedule_is_due(&s, full - S / 1000, 30 * S));
	assert_false(dg_schedule_is_due(&s, full, 30 * S + S / 1000));
	/* An hour back: one is due when as much time has passed as it should. */
	assert_false(dg_schedule_is_due(&s, full - 60 * MINUTE, 31 * S));
	assert_false(dg_schedule_is_due(&s, full - 59 * MINUTE - S, 90 * S - 1));
	assert_true(dg_schedule_is_due(&s, full - 59 * MINUTE, 90 * S));
	dg_schedule_take(&s, full - 59 * MINUTE, 90 * S);
	assert_false(dg_schedule_is_due(&s, full - 58 * MINUTE - 1, 150 * S - 1));
	assert_true(dg_schedule_is_due(&s, full - 58 * MINUTE, 150 * S));
}

static void
times_before_1970_are_counted_like_others(void **state)
{
	struct dg_schedule s = dg_schedule_start(MINUTE, -90 * S, 0);

	(void)state;
	assert_false(dg_schedule_is_due(&s, -61 * S, 29 * S));
	assert_true(dg_schedule_is_due(&s, -60 * S, 30 * S));
	dg_schedule_take(&s, -60 * S, 30 * S);
	assert_false(dg_schedule_is_due(&s, -1, 89 * S));
	assert_true(dg_schedule_is_due(&s, 0, 90 * S));
}

static void
a_few_lines_at_once_then_one_a_second(void **state)
{
	struct dg_rate r = {0};
	uint64_t held = 7, said = 0, told = 0;

	(void)state;
	for (int i = 0; i < DG_RATE_AT_ONCE; i++) {
		assert_true(dg_rate_allow(&r, 100 * S, &held));
		assert_int_equal(held, 0);
	}
	assert_false(dg_rate_allow(&r, 100 * S, &held));
	/* A storm of ten seconds, a thousand a second. */
	for (int i = 1; i <= 10000; i++) {
		if (dg_rate_allow(&r, 100 * S + i * (S / 1000), &held)) {
			said++;
			told += held;
		}
	}
	assert_int_equal(said, 10);
	/* None is forgotten: said, told of, or still to be told of. */
	assert_int_equal(said + told + r.held, 10001);
}

static void
quiet_gives_lines_back(void **state)
{
	struct dg_rate r = {0};
	uint64_t held = 0;

	(void)state;
	for (int i = 0; i < 2 * DG_RATE_AT_ONCE; i++)
		(void)dg_rate_allow(&r, 0, &held);
	assert_int_equal(r.held, DG_RATE_AT_ONCE);
	assert_true(dg_rate_allow(&r, 3600 * S, &held));
	assert_int_equal(held, DG_RATE_AT_ONCE);
	for (int i = 1; i < DG_RATE_AT_ONCE; i++)
		assert_true(dg_rate_allow(&r, 3600 * S, &held));
	assert_false(dg_rate_allow(&r, 3600 * S, &held));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(never_without_a_time),
	    cmocka_unit_test(cuts_are_at_full_multiples),
	    cmocka_unit_test(a_clock_set_forward_makes_one_at_once),
	    cmocka_unit_test(a_clock_set_back_makes_none_twice_and_none_late),
	    cmocka_unit_test(times_before_1970_are_counted_like_others),
	    cmocka_unit_test(a_few_lines_at_once_then_one_a_second),
	    cmocka_unit_test(quiet_gives_lines_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
