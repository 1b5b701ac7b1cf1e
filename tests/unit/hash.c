/*
 * hash.c - SipHash-1-3 against values from elsewhere.
 *
 * CPython 3.11 hashes bytes by SipHash-1-3, with the key 0 for PYTHONHASHSEED=0 and
 * a key out of a linear congruential generator for others.  The rows are
 *
 *	PYTHONHASHSEED=S python3 -c 'print(hash(bytes(i & 255 for i in range(N))) &
 *(2**64-1))'
 *
 * CPython gives 0 for no bytes; the rows with the key 00..0f, among them that of no
 * bytes, come from a plain transcription of the paper's algorithm into Python, which
 * gave all of CPython's values too.
 */
#include "base/hash.h"

#include "guard.h"
#include "rows.h"

static const struct row {
	const char *name;
	size_t size;
	uint64_t k0;
	uint64_t k1;
	uint64_t hash;
} hash_rows[] = {
    {"1 octets under the key of seed 0 give what CPython gives", 1,
	UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000),
	UINT64_C(0x68a914128e01e473)},
    {"4 octets under the key of seed 0 give what CPython gives", 4,
	UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000),
	UINT64_C(0x7cc43f98813e4dbd)},
    {"7 octets under the key of seed 0 give what CPython gives", 7,
	UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000),
	UINT64_C(0x2f098ab0c751325a)},
    {"8 octets under the key of seed 0 give what CPython gives", 8,
	UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000),
	UINT64_C(0xead411e67ebe2eea)},
    {"9 octets under the key of seed 0 give what CPython gives", 9,
	UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000),
	UINT64_C(0x75927f9d95124362)},
    {"15 octets under the key of seed 0 give what CPython gives", 15,
	UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000),
	UINT64_C(0xf30eb725bb91c9ea)},
    {"16 octets under the key of seed 0 give what CPython gives", 16,
	UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000),
	UINT64_C(0x8972188433a5c5b7)},
    {"63 octets under the key of seed 0 give what CPython gives", 63,
	UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000),
	UINT64_C(0x385d3e39e5f37359)},
    {"255 octets under the key of seed 0 give what CPython gives", 255,
	UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000),
	UINT64_C(0x5dc1f93ea135eb43)},
    {"256 octets under the key of seed 0 give what CPython gives", 256,
	UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000),
	UINT64_C(0x31ae646afba70308)},
    {"300 octets under the key of seed 0 give what CPython gives", 300,
	UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000),
	UINT64_C(0x4a3ee92cf03a1ab4)},
    {"1 octets under the key of seed 1 give what CPython gives", 1,
	UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052),
	UINT64_C(0xecd3e5afcecda4b9)},
    {"4 octets under the key of seed 1 give what CPython gives", 4,
	UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052),
	UINT64_C(0x968a3280faeeb716)},
    {"7 octets under the key of seed 1 give what CPython gives", 7,
	UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052),
	UINT64_C(0xfd15e78052a69ddf)},
    {"8 octets under the key of seed 1 give what CPython gives", 8,
	UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052),
	UINT64_C(0xc0b5739e7e28dd01)},
    {"9 octets under the key of seed 1 give what CPython gives", 9,
	UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052),
	UINT64_C(0x208a1a5a0cbbf778)},
    {"15 octets under the key of seed 1 give what CPython gives", 15,
	UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052),
	UINT64_C(0xfa87985f39e97a53)},
    {"16 octets under the key of seed 1 give what CPython gives", 16,
	UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052),
	UINT64_C(0x12e9d283f9f37002)},
    {"63 octets under the key of seed 1 give what CPython gives", 63,
	UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052),
	UINT64_C(0x542052345bc68274)},
    {"255 octets under the key of seed 1 give what CPython gives", 255,
	UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052),
	UINT64_C(0x523ab5ebe2e15f94)},
    {"256 octets under the key of seed 1 give what CPython gives", 256,
	UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052),
	UINT64_C(0x29b2ed382b263024)},
    {"300 octets under the key of seed 1 give what CPython gives", 300,
	UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052),
	UINT64_C(0xf63247f1cb51d9d6)},
    {"1 octets under the key of seed 2026 give what CPython gives", 1,
	UINT64_C(0x7acf78c71621b6fe), UINT64_C(0xed62c1e85b536394),
	UINT64_C(0x48664e5965ef8061)},
    {"4 octets under the key of seed 2026 give what CPython gives", 4,
	UINT64_C(0x7acf78c71621b6fe), UINT64_C(0xed62c1e85b536394),
	UINT64_C(0x3bb63fa96486dd3c)},
    {"7 octets under the key of seed 2026 give what CPython gives", 7,
	UINT64_C(0x7acf78c71621b6fe), UINT64_C(0xed62c1e85b536394),
	UINT64_C(0x9346d6cdd9c99869)},
    {"8 octets under the key of seed 2026 give what CPython gives", 8,
	UINT64_C(0x7acf78c71621b6fe), UINT64_C(0xed62c1e85b536394),
	UINT64_C(0x1e365aefee8e7508)},
    {"9 octets under the key of seed 2026 give what CPython gives", 9,
	UINT64_C(0x7acf78c71621b6fe), UINT64_C(0xed62c1e85b536394),
	UINT64_C(0x0f7cc68f5d9f9c5f)},
    {"15 octets under the key of seed 2026 give what CPython gives", 15,
	UINT64_C(0x7acf78c71621b6fe), UINT64_C(0xed62c1e85b536394),
	UINT64_C(0x6cab2bc554193e9d)},
    {"16 octets under the key of seed 2026 give what CPython gives", 16,
	UINT64_C(0x7acf78c71621b6fe), UINT64_C(0xed62c1e85b536394),
	UINT64_C(0x775c3704e16f6032)},
    {"63 octets under the key of seed 2026 give what CPython gives", 63,
	UINT64_C(0x7acf78c71621b6fe), UINT64_C(0xed62c1e85b536394),
	UINT64_C(0x2f16238bf170b4c1)},
    {"255 octets under the key of seed 2026 give what CPython gives", 255,
	UINT64_C(0x7acf78c71621b6fe), UINT64_C(0xed62c1e85b536394),
	UINT64_C(0xa4b86faefec07c3a)},
    {"256 octets under the key of seed 2026 give what CPython gives", 256,
	UINT64_C(0x7acf78c71621b6fe), UINT64_C(0xed62c1e85b536394),
	UINT64_C(0x3ead655b0f062764)},
    {"300 octets under the key of seed 2026 give what CPython gives", 300,
	UINT64_C(0x7acf78c71621b6fe), UINT64_C(0xed62c1e85b536394),
	UINT64_C(0x24004e97ce47e51b)},
    {"0 octets under the key 00..0f give the published round function's value", 0,
	UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908),
	UINT64_C(0xabac0158050fc4dc)},
    {"1 octets under the key 00..0f give the published round function's value", 1,
	UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908),
	UINT64_C(0xc9f49bf37d57ca93)},
    {"2 octets under the key 00..0f give the published round function's value", 2,
	UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908),
	UINT64_C(0x82cb9b024dc7d44d)},
    {"8 octets under the key 00..0f give the published round function's value", 8,
	UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908),
	UINT64_C(0x369095118d299a8e)},
    {"63 octets under the key 00..0f give the published round function's value", 63,
	UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908),
	UINT64_C(0x9d199062b7bbb3a8)},
};

static void
test_hash(void **state)
{
	const struct row *row = *state;
	const struct dg_hash_key key = {row->k0, row->k1};
	uint8_t bytes[300];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)i;
	assert_true(dg_hash(&key, guard_place(bytes, row->size), row->size) == row->hash);
}

/* Whole words, and last the length, as the paper pads a text of so many octets. */
static void
test_words(void **state)
{
	static uint64_t words[8] = {7, UINT64_MAX, 0, 1, UINT64_C(1) << 63, 5, 4, 3};
	const struct dg_hash_key key = {1, 2};

	(void)state;
	for (size_t count = 0; count <= 8; count++) {
		struct dg_hash_state s = dg_hash_begin(&key);
		uint8_t bytes[64];

		for (size_t i = 0; i < count; i++) {
			dg_hash_word(&s, words[i]);
			for (size_t n = 0; n < 8; n++)
				bytes[8 * i + n] = (uint8_t)(words[i] >> (8 * n));
		}
		dg_hash_word(&s, (uint64_t)(8 * count) << 56);
		assert_true(dg_hash_end(&s) == dg_hash(&key, bytes, 8 * count));
	}
}

static void
test_unaligned(void **state)
{
	const struct dg_hash_key key = {1, 2};
	uint8_t bytes[40] = {0};
	uint64_t first = dg_hash(&key, bytes, 25);

	(void)state;
	for (size_t shift = 1; shift < 8; shift++)
		assert_true(dg_hash(&key, bytes + shift, 25) == first);
}

static void
test_length_counts(void **state)
{
	static const uint8_t zeros[64];
	const struct dg_hash_key key = {1, 2};

	(void)state;
	for (size_t a = 0; a < sizeof zeros; a++) {
		for (size_t b = 0; b < a; b++)
			assert_true(dg_hash(&key, zeros, a) != dg_hash(&key, zeros, b));
	}
}

static void
test_random_keys(void **state)
{
	struct dg_hash_key a = dg_hash_key_random(), b = dg_hash_key_random();

	(void)state;
	assert_true(a.k0 != b.k0 || a.k1 != b.k1);
}

static int
compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
test_fold(void **state)
{
	static uint64_t folded[65536];

	(void)state;
	for (uint64_t n = 0; n < 65536; n++)
		folded[n] = dg_hash_fold(UINT64_C(0x0123456789abcdef), n);
	qsort(folded, 65536, sizeof *folded, compare);
	for (size_t n = 1; n < 65536; n++)
		assert_true(folded[n - 1] != folded[n]);
}

/* Of 65,536 values in 65,536 slots a good hash fills a share of 1 - 1/e, or 41,427. */
static void
test_fold_spreads(void **state)
{
	static uint8_t is_hit[65536];
	unsigned slots = 0;

	(void)state;
	for (uint64_t n = 0; n < 65536; n++) {
		uint8_t *slot = &is_hit[dg_hash_fold(UINT64_C(0x0123456789abcdef), n) & 0xffff];

		slots += !*slot;
		*slot = 1;
	}
	assert_in_range(slots, 40900, 41950);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, hash_rows, test_hash);
	rows_add(&r, "words one by one hash as their bytes do", test_words, NULL);
	rows_add(&r, "where the bytes lie does not matter", test_unaligned, NULL);
	rows_add(&r, "zeros of different lengths hash differently", test_length_counts, NULL);
	rows_add(&r, "two random keys differ", test_random_keys, NULL);
	rows_add(&r, "every 16-bit number folds to its own value", test_fold, NULL);
	rows_add(&r, "folded numbers spread over the low bits", test_fold_spreads, NULL);
	return rows_run(&r, "hash");
}
