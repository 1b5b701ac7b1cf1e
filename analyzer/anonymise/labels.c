/*
 * labels.c - one label of a name, replaced by as many octets.
 *
 * The letters and digits of a label, read as digits to the base of 36, go through a Feistel
 * network of ten rounds as in FF1 (NIST SP 800-38G): halves are added to each other, digit by
 * digit, through AES.  So every label has its own pseudonym, which a hash cut to so few letters
 * could not promise.  A single digit has no halves; for it all 36 are shuffled.
 *
 * Weak spot: a label of one or two letters is one of 36 or 1296 whatever is done, and who knows
 * some pairs of names and pseudonyms knows these labels again under the same parent.
 */
#include "anonymise/labels.h"

#include <string.h>

#define BASE 36
#define ROUNDS 10
/* Digits that a word of 64 bits gives: 36^10 is so far below 2^64 that all are equally likely.
 */
#define WORD_DIGITS 10
#define HALF_MAX ((DG_LABEL_BYTES_MAX + 1) / 2)

/* What a block that begins with a number is made for; rounds have those below. */
#define FOR_OTHERS 0xfd
#define FOR_SHUFFLE 0xfe

static const char alphabet[BASE + 1] = "abcdefghijklmnopqrstuvwxyz0123456789";

/* -1 for what is no letter in small, and no digit. */
static int
digit_of(uint8_t octet)
{
	if (octet >= 'a' && octet <= 'z')
		return octet - 'a';
	if (octet >= '0' && octet <= '9')
		return octet - '0' + 26;
	return -1;
}

static void
start_block(const uint8_t tweak[DG_BLOCK_BYTES], uint8_t purpose, size_t length,
    uint8_t block[DG_BLOCK_BYTES])
{
	memcpy(block, tweak, DG_BLOCK_BYTES);
	block[0] ^= purpose;
	block[1] ^= (uint8_t)length;
}

static void
fill_digits(const struct dg_cipher *c, const uint8_t block[DG_BLOCK_BYTES], uint8_t *digits,
    size_t count)
{
	struct dg_words_of_block words;
	uint64_t word = 0;

	dg_words_of_block_init(&words, c, block);
	for (size_t i = 0; i < count; i++) {
		if (i % WORD_DIGITS == 0)
			word = dg_words_of_block_next(&words);
		digits[i] = (uint8_t)(word % BASE);
		word /= BASE;
	}
}

void
dg_label_fill(const struct dg_cipher *c, const uint8_t block[DG_BLOCK_BYTES], uint8_t *bytes,
    size_t length)
{
	fill_digits(c, block, bytes, length);
	for (size_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)alphabet[bytes[i]];
}

/* One digit: where it is in a shuffled alphabet (Fisher and Yates). */
static uint8_t
shuffle(const struct dg_cipher *c, const uint8_t tweak[DG_BLOCK_BYTES], uint8_t digit)
{
	struct dg_words_of_block words;
	uint8_t block[DG_BLOCK_BYTES], order[BASE];

	start_block(tweak, FOR_SHUFFLE, 1, block);
	dg_cipher_blocks(c, block, block, 1);
	dg_words_of_block_init(&words, c, block);
	for (uint8_t i = 0; i < BASE; i++)
		order[i] = i;
	for (unsigned i = BASE - 1; i > 0; i--) {
		unsigned other = (unsigned)(dg_words_of_block_next(&words) % (i + 1));
		uint8_t kept = order[i];

		order[i] = order[other];
		order[other] = kept;
	}
	return order[digit];
}

/* Adds to `to`, digit by digit, what the round makes of the other half. */
static void
add_round(const struct dg_cipher *c, const uint8_t tweak[DG_BLOCK_BYTES], unsigned round,
    const uint8_t *from, size_t from_count, uint8_t *to, size_t to_count)
{
	uint8_t block[DG_BLOCK_BYTES], sum[HALF_MAX];

	start_block(tweak, (uint8_t)(round + 1), from_count + to_count, block);
	dg_cipher_blocks(c, block, block, 1);
	dg_cipher_absorb(c, block, from, from_count);
	fill_digits(c, block, sum, to_count);
	for (size_t i = 0; i < to_count; i++)
		to[i] = (uint8_t)((to[i] + sum[i]) % BASE);
}

static void
permute(const struct dg_cipher *c, const uint8_t tweak[DG_BLOCK_BYTES], uint8_t *digits,
    size_t count)
{
	size_t half = count / 2;
	uint8_t *second = digits + half;

	if (count == 1) {
		digits[0] = shuffle(c, tweak, digits[0]);
		return;
	}
	for (unsigned round = 0; round < ROUNDS; round++) {
		if (round % 2 == 0)
			add_round(c, tweak, round, second, count - half, digits, half);
		else
			add_round(c, tweak, round, digits, half, second, count - half);
	}
}

static bool
is_plain(const uint8_t *label, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (digit_of(label[i]) < 0 && label[i] != '-' && label[i] != '_')
			return false;
	}
	return true;
}

bool
dg_label_replace(const struct dg_cipher *c, const uint8_t tweak[DG_BLOCK_BYTES], uint8_t *label,
    size_t length)
{
	uint8_t digits[DG_LABEL_BYTES_MAX], block[DG_BLOCK_BYTES];
	size_t count = 0;

	if (!is_plain(label, length)) {
		start_block(tweak, FOR_OTHERS, length, block);
		dg_cipher_blocks(c, block, block, 1);
		dg_cipher_absorb(c, block, label, length);
		dg_label_fill(c, block, label, length);
		return false;
	}
	for (size_t i = 0; i < length; i++) {
		if (digit_of(label[i]) >= 0)
			digits[count++] = (uint8_t)digit_of(label[i]);
	}
	if (count == 0)
		return false;
	permute(c, tweak, digits, count);
	count = 0;
	for (size_t i = 0; i < length; i++) {
		if (digit_of(label[i]) >= 0)
			label[i] = (uint8_t)alphabet[digits[count++]];
	}
	return true;
}
