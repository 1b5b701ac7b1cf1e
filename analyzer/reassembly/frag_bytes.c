/*
 * frag_bytes.c - the bytes of a datagram of which some are missing.
 *
 * What was not captured is there all the same, for it was on the wire: it takes room, is
 * in the way of others, and is equal to whatever comes.
 */
#include "reassembly/frag_bytes.h"

#include <string.h>

#define WORD_BITS 64u
#define BLOCK_WORDS (DG_FRAG_BLOCK_BYTES / WORD_BITS)

struct block {
	uint64_t there[BLOCK_WORDS]; /* a bit for each octet */
	uint64_t captured[BLOCK_WORDS];
	uint8_t bytes[DG_FRAG_BLOCK_BYTES];
};

/* The part of a range of octets that lies in one block. */
struct span {
	uint32_t block;
	uint32_t from; /* in the block */
	uint32_t size;
};

static struct span
span_at(uint32_t offset, uint32_t end)
{
	struct span s = {
	    .block = offset / DG_FRAG_BLOCK_BYTES,
	    .from = offset % DG_FRAG_BLOCK_BYTES,
	    .size = end - offset,
	};

	if (s.size > DG_FRAG_BLOCK_BYTES - s.from)
		s.size = DG_FRAG_BLOCK_BYTES - s.from;
	return s;
}

static struct block *
block_of(const struct dg_frag_bytes *b, const struct dg_pool *store, uint32_t block)
{
	return b->blocks[block] != DG_POOL_NONE ? dg_pool_at(store, b->blocks[block]) : NULL;
}

/* The bits of one word from `from` on, as far as the range and the word go. */
static uint64_t
bits_of(uint32_t from, uint32_t size, uint32_t *count)
{
	uint32_t room = WORD_BITS - from % WORD_BITS;

	*count = size < room ? size : room;
	return UINT64_MAX >> (WORD_BITS - *count) << from % WORD_BITS;
}

static uint32_t
count_bits(const uint64_t *words, uint32_t from, uint32_t size)
{
	uint32_t sum = 0, count;

	for (; size > 0; from += count, size -= count) {
		uint64_t bits = bits_of(from, size, &count);

		sum += (uint32_t)__builtin_popcountll(words[from / WORD_BITS] & bits);
	}
	return sum;
}

static void
set_bits(uint64_t *words, uint32_t from, uint32_t size)
{
	uint32_t count;

	for (; size > 0; from += count, size -= count)
		words[from / WORD_BITS] |= bits_of(from, size, &count);
}

/* Whether captured bytes are those of the block, where it has them captured too. */
static bool
is_same(const struct block *block, uint32_t from, const uint8_t *bytes, uint32_t size)
{
	if (count_bits(block->captured, from, size) == size)
		return memcmp(block->bytes + from, bytes, size) == 0;
	for (uint32_t i = 0; i < size; i++) {
		uint32_t at = from + i;
		uint64_t bit = UINT64_C(1) << at % WORD_BITS;

		if ((block->captured[at / WORD_BITS] & bit) != 0 &&
		    block->bytes[at] != bytes[i])
			return false;
	}
	return true;
}

void
dg_frag_store_init(struct dg_pool *store)
{
	dg_pool_init(store, sizeof(struct block), DG_FRAG_BYTES_MAX / DG_FRAG_BLOCK_BYTES);
}

void
dg_frag_bytes_init(struct dg_frag_bytes *b)
{
	for (uint32_t i = 0; i < DG_FRAG_BLOCKS; i++)
		b->blocks[i] = DG_POOL_NONE;
	b->there = 0;
	b->cut_at = UINT32_MAX;
}

void
dg_frag_bytes_fini(struct dg_frag_bytes *b, struct dg_pool *store)
{
	for (uint32_t i = 0; i < DG_FRAG_BLOCKS; i++) {
		if (b->blocks[i] != DG_POOL_NONE)
			dg_pool_give(store, b->blocks[i]);
	}
	dg_frag_bytes_init(b);
}

enum dg_frag_fit
dg_frag_bytes_fit(const struct dg_frag_bytes *b, const struct dg_pool *store, uint32_t offset,
    const struct dg_cur *c)
{
	uint32_t end = offset + (uint32_t)c->wire, captured_end = offset + (uint32_t)c->left;
	uint32_t there = 0;
	struct span s;

	for (uint32_t at = offset; at < end; at += s.size) {
		const struct block *block;

		s = span_at(at, end);
		block = block_of(b, store, s.block);
		there += block != NULL ? count_bits(block->there, s.from, s.size) : 0;
	}
	if (there == 0)
		return DG_FRAG_FIT_NEW;
	if (there < end - offset)
		return DG_FRAG_FIT_OVERLAP;
	for (uint32_t at = offset; at < captured_end; at += s.size) {
		s = span_at(at, captured_end);
		if (!is_same(
			block_of(b, store, s.block), s.from, c->at + (at - offset), s.size))
			return DG_FRAG_FIT_OVERLAP;
	}
	return DG_FRAG_FIT_SAME;
}

uint32_t
dg_frag_bytes_need(const struct dg_frag_bytes *b, uint32_t offset, uint32_t size)
{
	uint32_t count = 0;
	struct span s;

	for (uint32_t at = offset; at < offset + size; at += s.size) {
		s = span_at(at, offset + size);
		count += b->blocks[s.block] == DG_POOL_NONE;
	}
	return count;
}

static bool
take_block(struct dg_frag_bytes *b, struct dg_pool *store, uint32_t at)
{
	uint32_t slot = dg_pool_take(store);
	struct block *block;

	if (slot == DG_POOL_NONE)
		return false;
	block = dg_pool_at(store, slot);
	memset(block->there, 0, sizeof block->there);
	memset(block->captured, 0, sizeof block->captured);
	b->blocks[at] = slot;
	return true;
}

bool
dg_frag_bytes_add(
    struct dg_frag_bytes *b, struct dg_pool *store, uint32_t offset, const struct dg_cur *c)
{
	uint32_t end = offset + (uint32_t)c->wire, captured_end = offset + (uint32_t)c->left;
	struct span s;

	for (uint32_t at = offset; at < end; at += s.size) {
		s = span_at(at, end);
		if (b->blocks[s.block] == DG_POOL_NONE && !take_block(b, store, s.block))
			return false;
	}
	for (uint32_t at = offset; at < end; at += s.size) {
		s = span_at(at, end);
		set_bits(block_of(b, store, s.block)->there, s.from, s.size);
	}
	for (uint32_t at = offset; at < captured_end; at += s.size) {
		struct block *block;

		s = span_at(at, captured_end);
		block = block_of(b, store, s.block);
		set_bits(block->captured, s.from, s.size);
		memcpy(block->bytes + s.from, c->at + (at - offset), s.size);
	}
	b->there += end - offset;
	if (captured_end < end && captured_end < b->cut_at)
		b->cut_at = captured_end;
	return true;
}

void
dg_frag_bytes_copy(
    const struct dg_frag_bytes *b, const struct dg_pool *store, uint32_t size, uint8_t *out)
{
	struct span s;

	for (uint32_t at = 0; at < size; at += s.size) {
		s = span_at(at, size);
		memcpy(out + at, block_of(b, store, s.block)->bytes, s.size);
	}
}
