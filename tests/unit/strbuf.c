/*
 * strbuf.c - text grows by any steps to the same text.
 */
#include "base/strbuf.h"

#include "rows.h"

static const struct row {
	const char *name;
	size_t size;
} sizes[] = {
    {"a text of no bytes is whole", 0},
    {"a text of one byte is whole", 1},
    {"a text of 254 bytes fits the first piece of memory", 254},
    {"a text of 255 bytes fits it with its NUL", 255},
    {"a text of 256 bytes makes it grow", 256},
    {"a text of 511 bytes is whole", 511},
    {"a text of 512 bytes is whole", 512},
    {"a text of a megabyte is whole", 1048576},
};

static void
assert_run(char *text, size_t size)
{
	assert_non_null(text);
	assert_int_equal(strlen(text), size);
	assert_int_equal(strspn(text, "x"), size);
	free(text);
}

static void
test_sizes(void **state)
{
	const struct row *row = *state;
	struct dg_strbuf run = {0}, bytes = {0}, format = {0};
	char *all = malloc(row->size + 1);

	assert_non_null(all);
	memset(all, 'x', row->size);
	all[row->size] = '\0';
	dg_strbuf_add_run(&run, 'x', row->size);
	dg_strbuf_add_bytes(&bytes, all, row->size);
	dg_strbuf_addf(&format, "%s", all);
	assert_int_equal(run.size, row->size);
	assert_run(dg_strbuf_take(&run), row->size);
	assert_run(dg_strbuf_take(&bytes), row->size);
	assert_run(dg_strbuf_take(&format), row->size);
	free(all);
}

static void
test_pieces(void **state)
{
	struct dg_strbuf b = {0};
	char *text;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		dg_strbuf_add(&b, "ab");
		dg_strbuf_addf(&b, "%04d", i);
		dg_strbuf_add_run(&b, '-', 1);
		assert_int_equal(b.size, 7 * ((size_t)i + 1));
		assert_int_equal(b.text[b.size], '\0');
	}
	text = dg_strbuf_take(&b);
	assert_non_null(text);
	assert_memory_equal(text, "ab0000-ab0001-", 14);
	assert_string_equal(text + 7 * 2999, "ab2999-");
	free(text);
}

static void
test_zero_bytes(void **state)
{
	struct dg_strbuf b = {0};

	(void)state;
	dg_strbuf_add_bytes(&b, "a\0b", 3);
	assert_int_equal(b.size, 3);
	assert_memory_equal(b.text, "a\0b", 4);
	dg_strbuf_fini(&b);
}

static void
test_take_empties(void **state)
{
	struct dg_strbuf b = {0};
	char *text;

	(void)state;
	dg_strbuf_add(&b, "one");
	free(dg_strbuf_take(&b));
	assert_null(b.text);
	assert_int_equal(b.size, 0);
	text = dg_strbuf_take(&b);
	assert_string_equal(text, "");
	free(text);
}

static void
test_failed(void **state)
{
	struct dg_strbuf b = {0};

	(void)state;
	dg_strbuf_add(&b, "one");
	b.is_failed = true;
	dg_strbuf_add(&b, "two");
	dg_strbuf_addf(&b, "%d", 3);
	dg_strbuf_add_run(&b, '4', 4);
	assert_string_equal(b.text, "one");
	assert_null(dg_strbuf_take(&b));
	assert_false(b.is_failed);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, sizes, test_sizes);
	rows_add(&r, "pieces of every sort come one after another", test_pieces, NULL);
	rows_add(&r, "NUL is a byte like others", test_zero_bytes, NULL);
	rows_add(&r, "taking the text empties the buffer", test_take_empties, NULL);
	rows_add(
	    &r, "after memory ran out nothing is added and no text comes", test_failed, NULL);
	return rows_run(&r, "strbuf");
}
