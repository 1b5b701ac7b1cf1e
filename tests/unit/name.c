/*
 * name.c - names: folded, expanded, skipped, written; RFC 9267's mistakes among the rows.
 */
#include "dns/name.h"

#include <ldns/ldns.h>

#include "guard.h"
#include "pkt.h"
#include "rows.h"

#define OK DG_NAME_OK
#define MALFORMED DG_NAME_MALFORMED
#define CUT DG_NAME_CUT

/* Wire bytes; and how the name is read alone, without and with pointers allowed. */
static const struct row {
	const char *name;
	const char *bytes;
	size_t size;
	enum dg_name_status fold;
	enum dg_name_status skip;
	size_t length; /* of the name on the wire, when it is OK */
} rows[] = {
    {"the root", "", 1, OK, OK, 1},
    {"one label", "\1a", 3, OK, OK, 3},
    {"two labels", "\3www\7example", 13, OK, OK, 13},
    {"what follows a name is not read", "\1a\0\xff\xff", 5, OK, OK, 3},
    {"no bytes", "", 0, MALFORMED, MALFORMED, 0},
    {"a label without an end", "\3ww", 3, MALFORMED, MALFORMED, 0},
    {"labels without a root", "\3www", 4, MALFORMED, MALFORMED, 0},
    {"a pointer, which the first question cannot have", "\xc0\x0c", 2, MALFORMED, OK, 2},
    {"a label and a pointer", "\1a\xc0\x0c", 4, MALFORMED, OK, 4},
    {"half a pointer", "\xc0", 1, MALFORMED, MALFORMED, 0},
    {"a pointer into the header is not followed", "\xc0\x00", 2, MALFORMED, OK, 2},
    {"label bits 01",
	"\x41"
	"a",
	3, MALFORMED, MALFORMED, 0},
    {"label bits 01 (RFC 2673)", "\x41\x01", 3, MALFORMED, MALFORMED, 0},
    {"label bits 10",
	"\x81"
	"a",
	3, MALFORMED, MALFORMED, 0},
    {"label bits 10 behind a label", "\1a\x80", 4, MALFORMED, MALFORMED, 0},
    {"a label of 64, which bits 01 are", "\x40", 2, MALFORMED, MALFORMED, 0},
};

static void
test_fold(void **state)
{
	const struct row *row = *state;
	const uint8_t *at = guard_place(row->bytes, row->size);
	struct dg_cur c = dg_cur_make(at, row->size, row->size);
	struct dg_name name;

	assert_int_equal(dg_name_fold(&c, &name), row->fold);
	if (row->fold != OK)
		return;
	assert_int_equal(name.length, row->length);
	assert_memory_equal(name.bytes, row->bytes, row->length);
	assert_ptr_equal(c.at, at + row->length);
}

static void
test_skip(void **state)
{
	const struct row *row = *state;
	const uint8_t *at = guard_place(row->bytes, row->size);
	struct dg_cur c = dg_cur_make(at, row->size, row->size);

	assert_int_equal(dg_name_skip(&c), row->skip);
	if (row->skip == OK)
		assert_ptr_equal(c.at, at + row->length);
}

/* Labels of the given length, and one that makes `octets` of all, the root with them. */
static void
put_long(struct pkt_buf *b, size_t octets, size_t label)
{
	size_t left = octets - 1;

	while (left > 0) {
		size_t length = left > label + 1 ? label : left - 1;

		if (left - length - 1 == 1)
			length--; /* a single octet would be left, and no label is that
				     short */
		pkt_put8(b, (unsigned)length);
		for (size_t i = 0; i < length; i++)
			pkt_put8(b, 'a' + (unsigned)(i % 26));
		left -= length + 1;
	}
	pkt_put8(b, 0);
}

static const struct length_row {
	const char *name;
	size_t octets;
	size_t label;
	enum dg_name_status status;
} length_rows[] = {
    {"254 octets in labels of 63", 254, 63, OK},
    {"255 octets in labels of 63", 255, 63, OK},
    {"256 octets in labels of 63", 256, 63, MALFORMED},
    {"257 octets in labels of 63", 257, 63, MALFORMED},
    {"319 octets in labels of 63", 319, 63, MALFORMED},
    {"255 octets in 127 labels", 255, 1, OK},
    {"257 octets in 128 labels", 257, 1, MALFORMED},
    {"256 octets in labels of 10", 256, 10, MALFORMED},
    {"65000 octets in labels of 1", 65001, 1, MALFORMED},
};

static void
test_length(void **state)
{
	const struct length_row *row = *state;
	struct pkt_buf b = {0};
	struct dg_name name;
	struct dg_cur c;
	size_t end;

	pkt_put(&b, (const uint8_t[12]){0}, 12);
	put_long(&b, row->octets, row->label);
	assert_int_equal(b.len, 12 + row->octets);
	(void)guard_place(b.at, b.len);
	c = dg_cur_make(guard_place(b.at + 12, row->octets), row->octets, row->octets);
	assert_int_equal(dg_name_fold(&c, &name), row->status);
	c = dg_cur_make(guard_place(b.at + 12, row->octets), row->octets, row->octets);
	assert_int_equal(dg_name_skip(&c), row->status);
	assert_int_equal(
	    dg_name_expand(guard_place(b.at, b.len), b.len, 12, &name, &end), row->status);
	if (row->status == OK)
		assert_int_equal(name.length, row->octets);
	pkt_buf_fini(&b);
}

/* Every prefix of names of every sort, ending where memory ends. */
static void
test_prefixes(void **state)
{
	const struct length_row *row = *state;
	struct pkt_buf b = {0};
	struct dg_name name;
	size_t end;

	put_long(&b, row->octets, row->label);
	for (size_t n = 0; n < b.len; n++) {
		const uint8_t *at = guard_place(b.at, n);
		struct dg_cur cut = dg_cur_make(at, n, b.len), whole = dg_cur_make(at, n, n);
		struct dg_cur skip_cut = cut, skip_whole = whole;

		assert_int_equal(dg_name_fold(&cut, &name), CUT);
		assert_int_equal(dg_name_skip(&skip_cut), CUT);
		assert_int_equal(dg_name_fold(&whole, &name), MALFORMED);
		assert_int_equal(dg_name_skip(&skip_whole), MALFORMED);
		assert_int_equal(dg_name_expand(at, n, 0, &name, &end), MALFORMED);
	}
	pkt_buf_fini(&b);
}

static void
test_cut_and_wrong(void **state)
{
	/* A label of 9 in a message of 4 octets, of which 2 were captured. */
	struct dg_cur c = dg_cur_make((const uint8_t *)"\x09"
						       "a",
	    2, 4);
	struct dg_name name;

	(void)state;
	assert_int_equal(dg_name_fold(&c, &name), MALFORMED);
}

static void
test_folded_letters(void **state)
{
	(void)state;
	for (unsigned octet = 0; octet < 256; octet++) {
		uint8_t wire[3] = {1, (uint8_t)octet, 0};
		struct dg_cur c = dg_cur_make(wire, 3, 3);
		struct dg_name name;
		bool is_upper = octet >= 0x41 && octet <= 0x5a;

		assert_int_equal(dg_name_fold(&c, &name), OK);
		assert_int_equal(name.bytes[1], is_upper ? octet + 32 : octet);
		assert_int_equal(name.bytes[0], 1);
	}
}

/* Every octet at every place of a name, against folding one octet after another. */
static void
test_folded_everywhere(void **state)
{
	uint64_t seed = 41;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t wire[255] = {0}, folded[255] = {0};
		size_t at = 0, left = i % 255;
		struct dg_name name;
		struct dg_cur c;

		while (left >= 2) {
			size_t length = 1 + rows_random(&seed) % 63;

			if (length > left - 1)
				length = left - 1;
			wire[at] = folded[at] = (uint8_t)length;
			for (size_t n = at + 1; n <= at + length; n++) {
				wire[n] = (uint8_t)rows_random(&seed);
				folded[n] = wire[n];
				if (wire[n] >= 'A' && wire[n] <= 'Z')
					folded[n] = (uint8_t)(wire[n] - 'A' + 'a');
			}
			at += length + 1;
			left -= length + 1;
		}
		at++;
		c = dg_cur_make(guard_place(wire, at), at, at);
		assert_int_equal(dg_name_fold(&c, &name), OK);
		assert_int_equal(name.length, at);
		assert_memory_equal(name.bytes, folded, at);
	}
}

/* After a header of 12 zero octets; the name that is read begins at `offset`. */
static const struct pointer_row {
	const char *name;
	const char *bytes;
	size_t size;
	size_t offset;
	enum dg_name_status status;
	const char *text;
	size_t end;
} pointer_rows[] = {
    {"a name without a pointer", "\1a\0", 3, 12, OK, "a", 15},
    {"a pointer to the name before it", "\1a\0\xc0\x0c", 5, 15, OK, "a", 17},
    {"a label before a pointer", "\1a\0\1b\xc0\x0c", 7, 15, OK, "b.a", 19},
    {"letters keep their case", "\1A\0\1B\xc0\x0c", 7, 15, OK, "B.A", 19},
    {"a pointer to a pointer", "\1a\0\xc0\x0c\1c\xc0\x0f", 9, 17, OK, "c.a", 21},
    {"a pointer to a suffix", "\1a\1b\0\1c\xc0\x0e", 9, 17, OK, "c.b", 21},
    {"a pointer into a label that reads as a name", "\3\1x\0\0\1c\xc0\x0d", 9, 17, OK, "c.x",
	21},
    {"a pointer into a label that does not", "\2z\x7f\0\1c\xc0\x0d", 8, 16, MALFORMED, NULL, 0},
    {"a pointer to itself", "\xc0\x0c", 2, 12, MALFORMED, NULL, 0},
    {"a pointer forward", "\xc0\x0e\1a\0", 5, 12, MALFORMED, NULL, 0},
    {"a pointer past the end", "\1a\0\xff\xff", 5, 15, MALFORMED, NULL, 0},
    {"two pointers to each other, from the first", "\xc0\x0e\xc0\x0c", 4, 12, MALFORMED, NULL,
	0},
    {"two pointers to each other, from the second", "\xc0\x0e\xc0\x0c", 4, 14, MALFORMED, NULL,
	0},
    {"a pointer to the label before itself", "\1a\xc0\x0c", 4, 12, MALFORMED, NULL, 0},
    {"a pointer to the start of the header", "\1a\xc0\x00", 4, 12, MALFORMED, NULL, 0},
    {"a pointer to the header's last octet", "\1a\xc0\x0b", 4, 12, MALFORMED, NULL, 0},
    {"half a pointer at the end", "\1a\0\1b\xc0", 6, 15, MALFORMED, NULL, 0},
    {"a pointer to bits 01",
	"\x41"
	"a\0\xc0\x0c",
	5, 15, MALFORMED, NULL, 0},
    {"a pointer to bits 10",
	"\x81"
	"a\0\xc0\x0c",
	5, 15, MALFORMED, NULL, 0},
    {"a label that runs out", "\5ab", 3, 12, MALFORMED, NULL, 0},
    {"an offset at the end", "\1a\0", 3, 15, MALFORMED, NULL, 0},
    {"an offset past the end", "\1a\0", 3, 99, MALFORMED, NULL, 0},
};

static void
test_pointer(void **state)
{
	const struct pointer_row *row = *state;
	uint8_t message[64] = {0};
	char text[DG_NAME_TEXT_MAX];
	struct dg_name name;
	size_t end = 0;

	memcpy(message + 12, row->bytes, row->size);
	assert_int_equal(dg_name_expand(guard_place(message, 12 + row->size), 12 + row->size,
			     row->offset, &name, &end),
	    row->status);
	if (row->status != OK)
		return;
	assert_string_equal(dg_name_text(name.bytes, name.length, text), row->text);
	assert_int_equal(end, row->end);
}

/* The root at 12, and pointers behind it, each to the one before. */
static void
test_hops(void **state)
{
	(void)state;
	for (unsigned hops = 1; hops <= 200; hops++) {
		struct pkt_buf b = {0};
		struct dg_name name;
		size_t end = 0;

		pkt_put(&b, (const uint8_t[13]){0}, 13);
		for (unsigned i = 0; i < hops; i++)
			pkt_put16(&b, 0xc000 | (i == 0 ? 12 : 11 + 2 * i));
		assert_int_equal(
		    dg_name_expand(guard_place(b.at, b.len), b.len, b.len - 2, &name, &end),
		    hops <= DG_NAME_HOPS_MAX ? OK : MALFORMED);
		if (hops <= DG_NAME_HOPS_MAX)
			assert_int_equal(end, b.len);
		pkt_buf_fini(&b);
	}
}

/* A label before a pointer to a name of `tail` octets. */
static void
test_expanded_length(void **state)
{
	(void)state;
	for (size_t tail = 240; tail <= 255; tail++) {
		struct pkt_buf b = {0};
		struct dg_name name;
		size_t end, start;

		pkt_put(&b, (const uint8_t[12]){0}, 12);
		put_long(&b, tail, 63);
		start = b.len;
		pkt_put(&b, "\5label\xc0\x0c", 8);
		assert_int_equal(
		    dg_name_expand(guard_place(b.at, b.len), b.len, start, &name, &end),
		    tail + 6 <= 255 ? OK : MALFORMED);
		pkt_buf_fini(&b);
	}
}

static const struct text_row {
	const char *name;
	const char *wire;
	size_t length;
	const char *text;
} text_rows[] = {
    {"the root is a dot", "", 1, "."},
    {"one label has no dot", "\3com", 5, "com"},
    {"labels have dots between", "\3www\7example\3com", 17, "www.example.com"},
    {"a dot in a label is escaped", "\3a.b", 5, "a\\.b"},
    {"a backslash is escaped", "\1\\", 3, "\\\\"},
    {"a quote is escaped", "\1\"", 3, "\\\""},
    {"a space is three digits", "\3a b", 5, "a\\032b"},
    {"NUL is three digits", "\1\0", 3, "\\000"},
    {"ESC is three digits", "\4\x1b[2J", 6, "\\027[2J"},
    {"UTF-8 is digits", "\2\xc3\xbc", 4, "\\195\\188"},
    {"U+202E is digits", "\3\xe2\x80\xae", 5, "\\226\\128\\174"},
    {"markup passes, for the writers to escape", "\11</script>", 11, "</script>"},
};

static void
test_text(void **state)
{
	const struct text_row *row = *state;
	char text[DG_NAME_TEXT_MAX];
	const uint8_t *wire = guard_place(row->wire, row->length);

	assert_ptr_equal(dg_name_text(wire, row->length, text), text);
	assert_string_equal(text, row->text);
}

/* ldns reads the text back to the same octets. */
static void
test_octet_back(void **state)
{
	(void)state;
	for (unsigned octet = 0; octet < 256; octet++) {
		uint8_t wire[6] = {4, 'a', (uint8_t)octet, '1', (uint8_t)octet, 0};
		char text[DG_NAME_TEXT_MAX];
		ldns_rdf *back = NULL;

		(void)dg_name_text(wire, 6, text);
		assert_int_equal(ldns_str2rdf_dname(&back, text), LDNS_STATUS_OK);
		assert_int_equal(ldns_rdf_size(back), 6);
		assert_memory_equal(ldns_rdf_data(back), wire, 6);
		ldns_rdf_deep_free(back);
	}
}

static void
test_octet_text(void **state)
{
	(void)state;
	for (unsigned octet = 0; octet < 256; octet++) {
		uint8_t wire[3] = {1, (uint8_t)octet, 0};
		char text[DG_NAME_TEXT_MAX], expected[8];

		if (octet <= 0x20 || octet >= 0x7f)
			snprintf(expected, sizeof expected, "\\%03u", octet);
		else if (memchr("\"$().;@\\", (int)octet, 8) != NULL)
			snprintf(expected, sizeof expected, "\\%c", (int)octet);
		else
			snprintf(expected, sizeof expected, "%c", (int)octet);
		assert_string_equal(dg_name_text(wire, 3, text), expected);
	}
}

static void
test_longest_text(void **state)
{
	uint8_t wire[255] = {0};
	char *text = malloc(DG_NAME_TEXT_MAX);

	(void)state;
	assert_non_null(text);
	wire[0] = wire[64] = wire[128] = 63;
	wire[192] = 61;
	(void)dg_name_text(guard_place(wire, 255), 255, text);
	assert_int_equal(strlen(text), 4 * 250 + 3);
	free(text);
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rows_add(&r, rows_name("folded: %s", rows[i].name), test_fold, &rows[i]);
		rows_add(&r, rows_name("skipped: %s", rows[i].name), test_skip, &rows[i]);
	}
	for (size_t i = 0; i < sizeof length_rows / sizeof *length_rows; i++) {
		const struct length_row *row = &length_rows[i];

		rows_add(&r,
		    rows_name("%s are %s", row->name, row->status == OK ? "a name" : "refused"),
		    test_length, row);
		if (row->status == OK)
			rows_add(&r, rows_name("every prefix of %s is cut or short", row->name),
			    test_prefixes, row);
	}
	rows_add(&r, "a label that the wire cannot hold is wrong, cut or not",
	    test_cut_and_wrong, NULL);
	rows_add(&r, "A to Z are folded and no other octet", test_folded_letters, NULL);
	rows_add(&r, "letters are folded wherever they stand", test_folded_everywhere, NULL);
	for (size_t i = 0; i < sizeof pointer_rows / sizeof *pointer_rows; i++)
		rows_add(&r,
		    rows_name("%s is %s", pointer_rows[i].name,
			pointer_rows[i].status == OK ? "read" : "refused"),
		    test_pointer, &pointer_rows[i]);
	rows_add(&r, "a chain of 126 pointers is read and of 127 refused", test_hops, NULL);
	rows_add(
	    &r, "the limit of 255 octets counts what pointers add", test_expanded_length, NULL);
	ROWS_ADD_TABLE(&r, text_rows, test_text);
	rows_add(&r, "every octet has its text", test_octet_text, NULL);
	rows_add(&r, "ldns reads every octet's text back", test_octet_back, NULL);
	rows_add(&r, "the longest text fits", test_longest_text, NULL);
	return rows_run(&r, "name");
}
