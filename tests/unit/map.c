/*
 * map.c - a map is bounded, finds what was added, and never moves a row.
 */
#include "base/map.h"

#include "rows.h"

struct row {
	uint32_t key;
	uint32_t zero;
	uint64_t value;
};

static const struct dg_hash_key secret = {1, 2};

static struct dg_map
make(uint32_t max)
{
	struct dg_map m;

	dg_map_init(&m, sizeof(uint32_t), sizeof(struct row), max, &secret);
	return m;
}

static const struct bound_row {
	const char *name;
	uint32_t max;
} bound_rows[] = {
    {"a map of no rows holds none", 0},
    {"a map of one row holds one", 1},
    {"a map of 15 rows holds them before it grows", 15},
    {"a map of 16 rows is full as it would grow", 16},
    {"a map of 17 rows grows once", 17},
    {"a map of 1000 rows grows often", 1000},
    {"a map of 100000 rows holds them all", 100000},
};

static void
test_bound(void **state)
{
	const struct bound_row *row = *state;
	struct dg_map m = make(row->max);
	struct row **seen = calloc(row->max + 1u, sizeof(struct row *));

	assert_non_null(seen);
	for (uint32_t key = 0; key < row->max; key++) {
		assert_false(dg_map_is_full(&m));
		seen[key] = dg_map_add(&m, &key);
		assert_non_null(seen[key]);
		assert_true(seen[key]->key == key && seen[key]->value == 0);
		seen[key]->value = key * 3u;
	}
	assert_true(dg_map_is_full(&m));
	assert_int_equal(m.count, row->max);
	for (uint32_t key = 0; key < row->max; key++) {
		assert_ptr_equal(dg_map_find(&m, &key), seen[key]);
		assert_ptr_equal(dg_map_add(&m, &key), seen[key]);
		assert_ptr_equal(m.rows[key], seen[key]);
		assert_true(seen[key]->value == key * 3u);
	}
	for (uint32_t key = row->max; key < row->max + 100; key++) {
		assert_null(dg_map_find(&m, &key));
		assert_null(dg_map_add(&m, &key));
	}
	assert_int_equal(m.count, row->max);
	dg_map_fini(&m);
	free(seen);
}

static void
test_find_changes_nothing(void **state)
{
	struct dg_map m = make(4);
	uint32_t key = 7;

	(void)state;
	assert_null(dg_map_find(&m, &key));
	assert_int_equal(m.count, 0);
	assert_non_null(dg_map_add(&m, &key));
	key = 8;
	assert_null(dg_map_find(&m, &key));
	assert_int_equal(m.count, 1);
	dg_map_fini(&m);
}

static void
test_fini(void **state)
{
	struct dg_map m = make(100);

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (uint32_t key = 0; key < 40; key++)
			assert_non_null(dg_map_add(&m, &key));
		dg_map_fini(&m);
		assert_int_equal(m.count, 0);
	}
	dg_map_fini(&m);
}

/* Keys that differ in one byte only, wherever it is. */
static void
test_whole_key(void **state)
{
	struct dg_map m;
	uint8_t key[40] = {0};

	(void)state;
	dg_map_init(&m, sizeof key, sizeof key, 100, &secret);
	assert_non_null(dg_map_add(&m, key));
	for (size_t i = 0; i < sizeof key; i++) {
		key[i] = 1;
		assert_null(dg_map_find(&m, key));
		assert_non_null(dg_map_add(&m, key));
		assert_int_equal(m.count, i + 2);
		key[i] = 0;
	}
	dg_map_fini(&m);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, bound_rows, test_bound);
	rows_add(&r, "finding adds nothing", test_find_changes_nothing, NULL);
	rows_add(&r, "an emptied map can be filled again", test_fini, NULL);
	rows_add(&r, "every byte of a key counts", test_whole_key, NULL);
	return rows_run(&r, "map");
}
