/*
 * order.c - what is sorted is in order, complete, and what has the same key keeps its order.
 */
#include "judge/order.h"

#include "rows.h"

#define COUNT_MAX 3000

static const struct row {
	const char *name;
	size_t count;
	uint64_t mask; /* bits that keys differ in */
} rows[] = {
    {"nothing", 0, UINT64_MAX},
    {"one", 1, UINT64_MAX},
    {"few", 40, 0xf},
    {"many with the same key", 500, 0},
    {"many with few keys", 3000, 0x30},
    {"many that differ in their highest bits only", 1000, UINT64_C(0xc000000000000000)},
    {"many that differ in far bits", 3000, UINT64_C(0x00ff0000000000ff)},
    {"many that differ everywhere", 3000, UINT64_MAX},
};

static void
test_keyed(void **state)
{
	const struct row *row = *state;
	static struct dg_keyed list[COUNT_MAX + 1], spare[COUNT_MAX + 1], before[COUNT_MAX + 1];
	uint64_t seed = 5;

	for (size_t i = 0; i < row->count; i++)
		before[i] = list[i] =
		    (struct dg_keyed){rows_random(&seed) & row->mask, (uint32_t)i};
	dg_order(list, spare, row->count);
	for (size_t i = 0; i < row->count; i++) {
		assert_true(list[i].key == before[list[i].at].key);
		if (i > 0)
			assert_true(list[i - 1].key < list[i].key ||
			    (list[i - 1].key == list[i].key && list[i - 1].at < list[i].at));
	}
}

static void
test_ranked(void **state)
{
	const struct row *row = *state;
	static struct dg_ranked list[COUNT_MAX + 1], spare[COUNT_MAX + 1],
	    before[COUNT_MAX + 1];
	uint64_t seed = 6;

	for (size_t i = 0; i < row->count; i++) {
		uint64_t any = rows_random(&seed) & row->mask;

		before[i] = list[i] =
		    (struct dg_ranked){(uint32_t)(any ^ any >> 32), (uint32_t)i};
	}
	dg_order_ranked(list, spare, row->count);
	for (size_t i = 0; i < row->count; i++) {
		assert_int_equal(list[i].rank, before[list[i].at].rank);
		if (i > 0)
			assert_true(list[i - 1].rank < list[i].rank ||
			    (list[i - 1].rank == list[i].rank && list[i - 1].at < list[i].at));
	}
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, test_keyed);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		rows_add(&r, rows_name("by rank: %s", rows[i].name), test_ranked, &rows[i]);
	return rows_run(&r, "order");
}
