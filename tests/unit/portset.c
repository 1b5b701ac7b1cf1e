/*
 * portset.c - the set against the plainest one there is: 65,536 truth values.
 */
#include "base/portset.h"

#include "base/limits.h"
#include "rows.h"

#define PORTS 65536

enum order {
	ORDER_UP,
	ORDER_DOWN,
	ORDER_RANDOM,
};

static const struct row {
	const char *name;
	enum order order;
	uint32_t count; /* of additions */
	uint32_t first;
	uint32_t step;
} rows[] = {
    {"of one port, 0", ORDER_UP, 1, 0, 1},
    {"of one port, 65535", ORDER_UP, 1, 65535, 1},
    {"of a few ports that fall", ORDER_DOWN, 9, 60000, 7},
    {"of one less than the array holds", ORDER_UP, DG_PORTSET_ARRAY_MAX - 1, 0, 64},
    {"of as many as the array holds", ORDER_UP, DG_PORTSET_ARRAY_MAX, 63, 64},
    {"of one more than the array holds", ORDER_UP, DG_PORTSET_ARRAY_MAX + 1, 0, 63},
    {"of one more, falling", ORDER_DOWN, DG_PORTSET_ARRAY_MAX + 1, 65535, 63},
    {"of all ports", ORDER_UP, PORTS, 0, 1},
    {"of all ports, falling", ORDER_DOWN, PORTS, 65535, 1},
    {"of all ports from the middle on", ORDER_UP, PORTS, 32768, 1},
    {"of 500 at random", ORDER_RANDOM, 500, 0, 0},
    {"of 1100 at random, some twice", ORDER_RANDOM, 1100, 0, 0},
    {"of 50000 at random", ORDER_RANDOM, 50000, 0, 0},
};

static uint16_t
port_of(const struct row *row, uint32_t i, uint64_t *seed)
{
	if (row->order == ORDER_RANDOM)
		return (uint16_t)rows_random(seed);
	if (row->order == ORDER_DOWN)
		return (uint16_t)(row->first - i * row->step);
	return (uint16_t)(row->first + i * row->step);
}

static void
assert_same(const struct dg_portset *s, const bool plain[PORTS])
{
	static uint32_t below[PORTS + 1]; /* how many of the plain set are less */
	uint64_t seed = 99;

	for (uint32_t p = 0; p < PORTS; p++) {
		assert_int_equal(dg_portset_has(s, (uint16_t)p), plain[p]);
		below[p + 1] = below[p] + plain[p];
	}
	assert_int_equal(dg_portset_size(s), below[PORTS]);
	assert_true(s->array == NULL || s->bitmap == NULL);
	assert_int_equal(dg_portset_count(s, 0, 65535), below[PORTS]);
	for (int i = 0; i < 20000; i++) {
		uint16_t a = (uint16_t)rows_random(&seed), b = (uint16_t)rows_random(&seed);
		uint16_t first = a < b ? a : b, last = a < b ? b : a;

		/* Short ranges, at the borders of words too. */
		if (i % 3 == 0)
			last = first;
		if (i % 3 == 1 && first < 65535 - 64)
			last = (uint16_t)((first | 63) + i % 4);
		assert_int_equal(
		    dg_portset_count(s, first, last), below[last + 1] - below[first]);
	}
}

static void
fill(const struct row *row, struct dg_portset *s, bool plain[PORTS], uint32_t part,
    uint32_t parts)
{
	uint64_t seed = 5;

	for (uint32_t i = 0; i < row->count; i++) {
		uint16_t port = port_of(row, i, &seed);

		if (i % parts != part)
			continue;
		assert_int_equal(dg_portset_add(s, port), 0);
		plain[port] = true;
	}
}

static void
test_add(void **state)
{
	static bool plain[PORTS];
	struct dg_portset s = {0};

	memset(plain, 0, sizeof plain);
	fill(*state, &s, plain, 0, 1);
	assert_same(&s, plain);
	fill(*state, &s, plain, 0, 1);
	assert_same(&s, plain);
	dg_portset_fini(&s);
	dg_portset_fini(&s);
}

static void
test_merge(void **state)
{
	static bool plain[PORTS];
	struct dg_portset merged = {0};

	memset(plain, 0, sizeof plain);
	for (uint32_t part = 3; part-- > 0;) {
		struct dg_portset s = {0};

		fill(*state, &s, plain, part, 3);
		assert_int_equal(dg_portset_merge(&merged, &s), 0);
		dg_portset_fini(&s);
	}
	assert_same(&merged, plain);
	dg_portset_fini(&merged);
}

static void
test_border(void **state)
{
	struct dg_portset s = {0};

	(void)state;
	for (uint32_t p = 0; p < DG_PORTSET_ARRAY_MAX; p++)
		assert_int_equal(dg_portset_add(&s, (uint16_t)(2 * p)), 0);
	assert_non_null(s.array);
	assert_null(s.bitmap);
	assert_int_equal(dg_portset_add(&s, 1), 0);
	assert_null(s.array);
	assert_non_null(s.bitmap);
	assert_int_equal(dg_portset_size(&s), DG_PORTSET_ARRAY_MAX + 1);
	dg_portset_fini(&s);
}

static void
test_merge_mixed(void **state)
{
	struct dg_portset small = {0}, large = {0};

	(void)state;
	for (uint32_t p = 0; p < 4000; p++)
		assert_int_equal(dg_portset_add(&large, (uint16_t)p), 0);
	assert_int_equal(dg_portset_add(&small, 3999), 0);
	assert_int_equal(dg_portset_add(&small, 65535), 0);
	assert_int_equal(dg_portset_merge(&small, &large), 0);
	assert_int_equal(dg_portset_size(&small), 4001);
	assert_int_equal(dg_portset_merge(&large, &small), 0);
	assert_int_equal(dg_portset_size(&large), 4001);
	assert_true(dg_portset_has(&large, 65535));
	dg_portset_fini(&small);
	dg_portset_fini(&large);
}

/* Repeats go before the array grows: one busy port costs no memory. */
static void
test_repeats(void **state)
{
	struct dg_portset s = {0};

	(void)state;
	for (uint32_t i = 0; i < 100000; i++)
		assert_int_equal(dg_portset_add(&s, (uint16_t)(53 + i % 3)), 0);
	assert_int_equal(dg_portset_size(&s), 3);
	assert_null(s.bitmap);
	assert_in_range(s.room, 3, 256);
	dg_portset_fini(&s);
}

static void
test_empty(void **state)
{
	struct dg_portset a = {0}, b = {0};

	(void)state;
	assert_false(dg_portset_has(&a, 0));
	assert_int_equal(dg_portset_count(&a, 0, 65535), 0);
	assert_int_equal(dg_portset_merge(&a, &b), 0);
	assert_int_equal(dg_portset_size(&a), 0);
	dg_portset_fini(&a);
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rows_add(&r, rows_name("a set %s is that of 65,536 truth values", rows[i].name),
		    test_add, &rows[i]);
		rows_add(&r, rows_name("a merge of thirds %s is the whole", rows[i].name),
		    test_merge, &rows[i]);
	}
	rows_add(&r, "the array turns into a bitmap at its border", test_border, NULL);
	rows_add(&r, "an array and a bitmap merge both ways", test_merge_mixed, NULL);
	rows_add(&r, "a port added for ever takes no more memory", test_repeats, NULL);
	rows_add(&r, "an empty set has nothing", test_empty, NULL);
	return rows_run(&r, "portset");
}
