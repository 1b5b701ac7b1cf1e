/*
 * pool.c - slots of a pool are apart, aligned, bounded, and never move.
 */
#include "base/pool.h"

#include <stdbool.h>

#include "rows.h"

static const struct row {
	const char *name;
	size_t slot_bytes;
	size_t step; /* between two slots */
	uint32_t max;
} rows[] = {
    {"a pool of none gives none", 8, 64, 0},
    {"a pool of one gives one", 8, 64, 1},
    {"slots of 8 bytes take 64", 8, 64, 100},
    {"slots of 64 bytes take 64", 64, 64, 100},
    {"slots of 65 bytes take 128", 65, 128, 100},
    {"a pool of a chunk is full at its end", 64, 64, 1u << DG_POOL_CHUNK_BITS},
    {"a pool of a chunk and one adds a second chunk", 64, 64, (1u << DG_POOL_CHUNK_BITS) + 1},
    {"a pool of 20 chunks adds its list of chunks too", 8, 64, 20u << DG_POOL_CHUNK_BITS},
};

static void
test_fill(void **state)
{
	const struct row *row = *state;
	struct dg_pool p;

	dg_pool_init(&p, row->slot_bytes, row->max);
	for (uint32_t i = 0; i < row->max; i++) {
		assert_int_equal(dg_pool_take(&p), i);
		memset(dg_pool_at(&p, i), (int)(i & 0xff), row->slot_bytes);
		assert_int_equal((uintptr_t)dg_pool_at(&p, i) % 64, 0);
	}
	assert_int_equal(p.used, row->max);
	assert_int_equal(p.slot_bytes, row->step);
	assert_int_equal(dg_pool_take(&p), DG_POOL_NONE);
	for (uint32_t i = 0; i < row->max; i++) {
		const uint8_t *slot = dg_pool_at(&p, i);

		assert_int_equal(slot[0], i & 0xff);
		assert_int_equal(slot[row->slot_bytes - 1], i & 0xff);
	}
	dg_pool_fini(&p);
}

static void
test_last_given_first_taken(void **state)
{
	struct dg_pool p;

	(void)state;
	dg_pool_init(&p, 16, 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(dg_pool_take(&p), i);
	dg_pool_give(&p, 1);
	dg_pool_give(&p, 0);
	assert_int_equal(p.used, 1);
	assert_int_equal(dg_pool_take(&p), 0);
	assert_int_equal(dg_pool_take(&p), 1);
	assert_int_equal(dg_pool_take(&p), DG_POOL_NONE);
	dg_pool_fini(&p);
}

/* Takes and gives at random; a list of what is out is the truth. */
static void
test_random(void **state)
{
	static uint8_t is_out[6000];
	static uint32_t out[6000];
	uint32_t count = 0;
	uint64_t seed = 11;
	struct dg_pool p;

	(void)state;
	dg_pool_init(&p, 12, 6000);
	for (int i = 0; i < 200000; i++) {
		uint64_t n = rows_random(&seed);

		if (count < 6000 && (count == 0 || n % 100 < 51)) {
			uint32_t index = dg_pool_take(&p);

			assert_in_range(index, 0, 5999);
			assert_false(is_out[index]);
			is_out[index] = 1;
			memset(dg_pool_at(&p, index), 0xa5, 12);
			out[count++] = index;
		} else {
			uint32_t at = (uint32_t)((n >> 32) % count);

			is_out[out[at]] = 0;
			dg_pool_give(&p, out[at]);
			out[at] = out[--count];
		}
		assert_int_equal(p.used, count);
	}
	dg_pool_fini(&p);
}

static void
test_memory_follows_use(void **state)
{
	struct dg_pool p;

	(void)state;
	dg_pool_init(&p, 64, UINT32_MAX);
	for (uint32_t i = 0; i < 100000; i++)
		dg_pool_give(&p, dg_pool_take(&p));
	assert_int_equal(p.chunk_count, 1);
	dg_pool_fini(&p);
}

/* Slots in use stay where they are; memory of the others goes, and comes again. */
static void
test_trim(void **state)
{
	enum {
		CHUNK = 1 << DG_POOL_CHUNK_BITS,
		MAX = 9 * CHUNK + 100
	};
	static uint8_t is_out[MAX];
	uint64_t seed = 5;
	struct dg_pool p;

	(void)state;
	dg_pool_init(&p, 64, MAX);
	for (uint32_t round = 0; round < 20; round++) {
		uint32_t kept = (uint32_t)(rows_random(&seed) % (CHUNK / 2)), index, there = 0;

		while ((index = dg_pool_take(&p)) != DG_POOL_NONE) {
			assert_in_range(index, 0, MAX - 1);
			assert_false(is_out[index]);
			is_out[index] = 1;
			memcpy(dg_pool_at(&p, index), &index, sizeof index);
		}
		assert_int_equal(p.used, MAX);
		/* A stretch of them stays, and one in each of some chunks. */
		for (uint32_t i = 0; i < MAX; i++) {
			bool is_single = i % CHUNK == 77 && (i / CHUNK) % 4 == round % 4;

			if (is_single || i - round * 3000 < kept)
				continue;
			dg_pool_give(&p, i);
			is_out[i] = 0;
		}
		dg_pool_trim(&p);
		for (uint32_t i = 0; i < p.chunk_count; i++)
			there += p.chunks[i] != NULL;
		assert_in_range(there, 1, 6);
		for (uint32_t i = 0; i < MAX; i++) {
			if (is_out[i])
				assert_memory_equal(dg_pool_at(&p, i), &i, sizeof i);
		}
		dg_pool_trim(&p);
	}
	for (uint32_t i = 0; i < MAX; i++) {
		if (is_out[i])
			dg_pool_give(&p, i);
		is_out[i] = 0;
	}
	dg_pool_trim(&p);
	assert_int_not_equal(dg_pool_take(&p), DG_POOL_NONE);
	assert_int_equal(p.used, 1);
	dg_pool_fini(&p);
}

/* What is not much more than what is in use stays. */
static void
test_trim_little(void **state)
{
	struct dg_pool p;

	(void)state;
	dg_pool_init(&p, 64, 1u << 20);
	for (uint32_t i = 0; i < 2u << DG_POOL_CHUNK_BITS; i++)
		assert_int_equal(dg_pool_take(&p), i);
	for (uint32_t i = 1; i < 2u << DG_POOL_CHUNK_BITS; i++)
		dg_pool_give(&p, i);
	dg_pool_trim(&p);
	assert_non_null(p.chunks[1]);
	dg_pool_fini(&p);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, test_fill);
	rows_add(
	    &r, "the slot freed last is given out first", test_last_given_first_taken, NULL);
	rows_add(
	    &r, "no slot is out twice, in any order of takes and gives", test_random, NULL);
	rows_add(&r, "a pool used by one at a time stays at one chunk", test_memory_follows_use,
	    NULL);
	rows_add(&r, "trimming frees what nobody uses", test_trim, NULL);
	rows_add(&r, "a little that is free stays", test_trim_little, NULL);
	return rows_run(&r, "pool");
}
