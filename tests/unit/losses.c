/*
 * losses.c - stretches of lost frames: nothing that was lost is forgotten early.
 */
#include "base/losses.h"

#include "base/clock.h"
#include "rows.h"

#define S DG_NS_PER_S

static const struct row {
	const char *name;
	struct dg_loss added[4];
	unsigned count;
	struct dg_loss left[4];
	unsigned left_count;
} rows[] = {
    {"one stays", {{1, 2}}, 1, {{1, 2}}, 1},
    {"a moment is one", {{3, 3}}, 1, {{3, 3}}, 1},
    {"they are put in order of time", {{5, 6}, {1, 2}}, 2, {{1, 2}, {5, 6}}, 2},
    {"those that overlap become one", {{1, 4}, {3, 6}}, 2, {{1, 6}}, 1},
    {"those that touch become one", {{1, 4}, {4, 6}}, 2, {{1, 6}}, 1},
    {"those with a moment between them do not", {{1, 4}, {6, 7}}, 2, {{1, 4}, {6, 7}}, 2},
    {"one inside another changes nothing", {{1, 9}, {3, 4}}, 2, {{1, 9}}, 1},
    {"one over several takes them all", {{1, 2}, {4, 5}, {7, 8}, {2, 7}}, 4, {{1, 8}}, 1},
    {"one between two stays between", {{1, 2}, {7, 8}, {4, 5}}, 3, {{1, 2}, {4, 5}, {7, 8}}, 3},
    {"one that ends a little before it begins is turned around", {{S, 1}}, 1, {{1, S}}, 1},
    {"one that ends long before is its beginning", {{3 * S, S}}, 1, {{3 * S, 3 * S}}, 1},
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct dg_losses l = {0};

	for (unsigned i = 0; i < row->count; i++)
		dg_losses_add(&l, row->added[i].from_ns, row->added[i].until_ns);
	assert_int_equal(l.count, row->left_count);
	for (unsigned i = 0; i < l.count; i++) {
		assert_true(l.list[i].from_ns == row->left[i].from_ns);
		assert_true(l.list[i].until_ns == row->left[i].until_ns);
	}
}

static void
test_has(void **state)
{
	struct dg_losses l = {0};

	(void)state;
	assert_false(dg_losses_has(&l, INT64_MIN, INT64_MAX));
	dg_losses_add(&l, 10, 20);
	assert_true(dg_losses_has(&l, 0, 10));
	assert_false(dg_losses_has(&l, 0, 9));
	assert_true(dg_losses_has(&l, 20, 30));
	assert_false(dg_losses_has(&l, 21, 30));
	assert_true(dg_losses_has(&l, 12, 13));
}

static void
test_forget(void **state)
{
	struct dg_losses l = {0};

	(void)state;
	dg_losses_add(&l, 10, 20);
	dg_losses_add(&l, 30, 40);
	dg_losses_forget(&l, 20);
	assert_int_equal(l.count, 2);
	dg_losses_forget(&l, 21);
	assert_int_equal(l.count, 1);
	assert_true(l.list[0].from_ns == 30);
	dg_losses_forget(&l, 41);
	assert_int_equal(l.count, 0);
}

/* Against a map of moments: whatever was added is there, and the list stays in order. */
static void
test_random(void **state)
{
	enum {
		MOMENTS = 4000
	};
	uint64_t seed = 77;

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct dg_losses l = {0};
		bool is_lost[MOMENTS] = {0};
		unsigned count = 1 + (unsigned)(rows_random(&seed) % 200);

		for (unsigned i = 0; i < count; i++) {
			int64_t from = (int64_t)(rows_random(&seed) % (MOMENTS - 20));
			int64_t until = from + (int64_t)(rows_random(&seed) % 20);

			dg_losses_add(&l, from, until);
			for (int64_t at = from; at <= until; at++)
				is_lost[at] = true;
		}
		assert_in_range(l.count, 1, DG_LOSSES_MAX);
		for (unsigned i = 1; i < l.count; i++)
			assert_true(l.list[i].from_ns > l.list[i - 1].until_ns);
		for (int64_t at = 0; at < MOMENTS; at++) {
			bool has = dg_losses_has(&l, at, at);

			if (is_lost[at])
				assert_true(has);
			else if (count <= DG_LOSSES_MAX)
				assert_false(has);
		}
	}
}

/* What is near grows together, what is far stays apart. */
static void
test_full(void **state)
{
	struct dg_losses l = {0};

	(void)state;
	dg_losses_add(&l, 0, 1);
	dg_losses_add(&l, 1000000, 1000001);
	for (int64_t i = 0; i < 500; i++)
		dg_losses_add(&l, 2000000 + 10 * i, 2000001 + 10 * i);
	assert_int_equal(l.count, DG_LOSSES_MAX);
	assert_false(dg_losses_has(&l, 2, 999999));
	assert_false(dg_losses_has(&l, 1000002, 1999999));
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, test_row);
	rows_add(&r, "both ends of a stretch belong to it", test_has, NULL);
	rows_add(&r, "what ended before is forgotten", test_forget, NULL);
	rows_add(&r, "at random: nothing that was lost goes missing", test_random, NULL);
	rows_add(&r, "of too many the nearest grow together", test_full, NULL);
	return rows_run(&r, "losses");
}
