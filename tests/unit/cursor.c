/*
 * cursor.c - what the wire never had is short; what only the capture lacks is cut.
 */
#include "base/cursor.h"

#include "guard.h"
#include "rows.h"

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8};

static const struct take_row {
	const char *name;
	size_t left;
	size_t wire;
	size_t take;
	bool is_taken;
	bool is_short;
	bool is_cut;
} take_rows[] = {
    {"nothing can be taken from nothing", 0, 0, 0, true, false, false},
    {"one byte of nothing is short", 0, 0, 1, false, true, false},
    {"one byte that was not captured is cut", 0, 1, 1, false, false, true},
    {"two bytes of a wire of one are short, captured or not", 0, 1, 2, false, true, false},
    {"all that is there can be taken", 8, 8, 8, true, false, false},
    {"one more than is there is short", 8, 8, 9, false, true, false},
    {"one more than was captured is cut", 8, 9, 9, false, false, true},
    {"one more than the wire had is short", 8, 9, 10, false, true, false},
    {"a huge count is short and does not wrap", 8, 9, SIZE_MAX, false, true, false},
    {"a wire length below the captured one is raised to it", 8, 3, 8, true, false, false},
    {"a wire without end makes everything beyond the capture cut", 8, SIZE_MAX, SIZE_MAX, false,
	false, true},
};

static void
test_take(void **state)
{
	const struct take_row *row = *state;
	const uint8_t *at = guard_place(bytes, row->left);
	struct dg_cur c = dg_cur_make(at, row->left, row->wire);
	const uint8_t *taken = dg_cur_take(&c, row->take);

	assert_int_equal(taken != NULL, row->is_taken);
	assert_int_equal(c.is_short, row->is_short);
	assert_int_equal(c.is_cut, row->is_cut);
	assert_int_equal(dg_cur_failed(&c), !row->is_taken);
	if (row->is_taken) {
		assert_ptr_equal(taken, at);
		assert_ptr_equal(c.at, at + row->take);
		assert_int_equal(c.left, row->left - row->take);
	} else {
		assert_int_equal(c.left, 0);
		assert_int_equal(c.wire, 0);
	}
}

static const struct limit_row {
	const char *name;
	size_t left;
	size_t wire;
	size_t limit;
	size_t left_after;
	size_t wire_after;
} limit_rows[] = {
    {"a limit beyond the wire changes nothing", 4, 6, 7, 4, 6},
    {"a limit at the wire's end changes nothing", 4, 6, 6, 4, 6},
    {"a limit past the capture shortens the wire only", 4, 6, 5, 4, 5},
    {"a limit at the capture's end makes both the same", 4, 6, 4, 4, 4},
    {"a limit within the capture shortens both", 4, 6, 3, 3, 3},
    {"a limit of nothing leaves nothing", 4, 6, 0, 0, 0},
};

static void
test_limit(void **state)
{
	const struct limit_row *row = *state;
	struct dg_cur c = dg_cur_make(bytes, row->left, row->wire);

	dg_cur_limit(&c, row->limit);
	assert_int_equal(c.left, row->left_after);
	assert_int_equal(c.wire, row->wire_after);
	assert_false(dg_cur_failed(&c));
}

static void
test_numbers(void **state)
{
	struct dg_cur c = dg_cur_make(guard_place(bytes, 7), 7, 7);

	(void)state;
	assert_int_equal(dg_cur_u8(&c), 0x01);
	assert_int_equal(dg_cur_u16(&c), 0x0203);
	assert_int_equal(dg_cur_u32(&c), 0x04050607);
	assert_false(dg_cur_failed(&c));
	assert_int_equal(dg_cur_u8(&c), 0);
	assert_true(c.is_short);
}

static void
test_top_bits(void **state)
{
	static const uint8_t high[] = {0xff, 0xfe, 0xfd, 0xfc};

	(void)state;
	assert_int_equal(dg_be16(high), 0xfffe);
	assert_true(dg_be32(high) == UINT32_C(0xfffefdfc));
}

static void
test_sticky(void **state)
{
	struct dg_cur c = dg_cur_make(bytes, 3, 8);

	(void)state;
	assert_int_equal(dg_cur_u32(&c), 0);
	assert_true(c.is_cut);
	assert_int_equal(dg_cur_u8(&c), 0);
	assert_int_equal(dg_cur_u16(&c), 0);
	assert_null(dg_cur_take(&c, 1));
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, take_rows, test_take);
	ROWS_ADD_TABLE(&r, limit_rows, test_limit);
	rows_add(&r, "numbers are read in network byte order", test_numbers, NULL);
	rows_add(&r, "the top bits of a number are kept", test_top_bits, NULL);
	rows_add(&r, "after a failure every read gives zero", test_sticky, NULL);
	return rows_run(&r, "cursor");
}
