/*
 * choose.c - what is chosen when there is no room for all: even over findings and time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants those above first. */
#include <cmocka.h>
#include <stdlib.h>

#include "evidence/inner.h"

#define UNITS_MAX 2010

static struct dg_unit units[UNITS_MAX];
static struct dg_unit_claim claims[2 * UNITS_MAX];
static struct dg_evidence evidence;

static void
begin(uint64_t max_frames)
{
	evidence = (struct dg_evidence){
	    .config = {.max_frames = max_frames}, .units = units, .unit_claims = claims};
}

/* A transaction at a time, of so many frames, that one finding speaks of. */
static void
add(int64_t time_ns, uint32_t frames, uint16_t finding, enum dg_evidence_role role)
{
	uint32_t n = (uint32_t)evidence.unit_count++;

	units[n] =
	    (struct dg_unit){.start_ns = time_ns, .frames = frames, .place = {.frame = n + 1}};
	claims[evidence.unit_claim_count++] =
	    (struct dg_unit_claim){.unit = n, .finding = finding, .role = (uint8_t)role};
}

/* How many of the units first..end - 1 are chosen. */
static unsigned
chosen(size_t first, size_t end)
{
	unsigned count = 0;

	for (size_t i = first; i < end; i++)
		count += units[i].is_chosen;
	return count;
}

static void
all_are_taken_when_they_fit(void **state)
{
	(void)state;
	begin(2 + 600);
	for (int i = 0; i < 100; i++)
		add(i, 2, 0, DG_EVIDENCE_SILENT);
	for (int i = 0; i < 100; i++)
		add(i, 4, 1, DG_EVIDENCE_CONTROL);
	assert_int_equal(dg_choose(&evidence), 0);
	assert_int_equal(chosen(0, 200), 200);
	assert_int_equal(evidence.chosen_frames, 600);
	assert_int_equal(evidence.other_frames, 0);
}

static void
the_limit_holds_and_the_rest_is_counted(void **state)
{
	(void)state;
	for (uint64_t max = 0; max < 400; max += 7) {
		begin(max);
		for (int i = 0; i < 150; i++)
			add(i, 1 + (uint32_t)i % 5, (uint16_t)(i % 3), DG_EVIDENCE_SILENT);
		assert_int_equal(dg_choose(&evidence), 0);
		assert_true(evidence.chosen_frames <= max);
		assert_int_equal(evidence.chosen_frames + evidence.other_frames, 450);
		/* A unit has five frames at most, so no more than four stay free. */
		assert_true(max < 8 || evidence.chosen_frames + 2 + 4 >= max);
	}
}

static void
first_and_last_are_kept_and_the_rest_is_even(void **state)
{
	(void)state;
	for (unsigned count = 20; count < UNITS_MAX; count = count * 3 / 2) {
		unsigned wanted = 16;

		begin(2 + wanted);
		for (unsigned i = 0; i < count; i++)
			add((int64_t)i * 1000, 1, 0, DG_EVIDENCE_SILENT);
		assert_int_equal(dg_choose(&evidence), 0);
		assert_int_equal(chosen(0, count), wanted);
		assert_true(units[0].is_chosen && units[count - 1].is_chosen);
		/* In each quarter about a quarter. */
		for (unsigned q = 0; q < 4; q++) {
			unsigned in = chosen(q * count / 4, (q + 1) * count / 4);

			assert_in_range(in, 2, 7);
		}
	}
}

static void
a_small_finding_is_not_crowded_out(void **state)
{
	(void)state;
	begin(2 + 100);
	for (int i = 0; i < 1000; i++)
		add(i, 1, 0, DG_EVIDENCE_SILENT);
	for (int i = 0; i < 10; i++)
		add(i, 1, 1, DG_EVIDENCE_SILENT);
	for (int i = 0; i < 1000; i++)
		add(i, 1, 1, DG_EVIDENCE_CONTROL);
	assert_int_equal(dg_choose(&evidence), 0);
	assert_int_equal(chosen(1000, 1010), 10);
	assert_int_equal(chosen(0, 1000), 45);
	assert_int_equal(chosen(1010, 2010), 45);
}

static void
what_was_asked_again_is_the_subject_and_the_rest_is_compared(void **state)
{
	(void)state;
	begin(2 + 20);
	for (int i = 0; i < 500; i++) {
		add(i, 1, 0, DG_EVIDENCE_ASKED_AGAIN);
		units[i].is_asked_again = i % 50 == 0;
	}
	assert_int_equal(dg_choose(&evidence), 0);
	for (int i = 0; i < 500; i += 50)
		assert_true(units[i].is_chosen);
	assert_int_equal(chosen(0, 500), 20);
}

static void
what_was_never_met_is_not_chosen(void **state)
{
	(void)state;
	begin(100);
	add(0, 0, 0, DG_EVIDENCE_SILENT);
	add(1, 1, 0, DG_EVIDENCE_SILENT);
	assert_int_equal(dg_choose(&evidence), 0);
	assert_false(units[0].is_chosen);
	assert_true(units[1].is_chosen);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_are_taken_when_they_fit),
	    cmocka_unit_test(the_limit_holds_and_the_rest_is_counted),
	    cmocka_unit_test(first_and_last_are_kept_and_the_rest_is_even),
	    cmocka_unit_test(a_small_finding_is_not_crowded_out),
	    cmocka_unit_test(what_was_asked_again_is_the_subject_and_the_rest_is_compared),
	    cmocka_unit_test(what_was_never_met_is_not_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
