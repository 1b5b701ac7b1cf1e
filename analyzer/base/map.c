/*
 * map.c - rows found by a key of fixed size.
 *
 * Linear probing at a load of at most one half.  The hash is keyed, so nobody
 * on the wire can make long probes.
 */
#include "base/map.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void
dg_map_init(struct dg_map *m, size_t key_bytes, size_t row_bytes, uint32_t max,
    const struct dg_hash_key *key)
{
	*m = (struct dg_map){
	    .key_bytes = key_bytes, .row_bytes = row_bytes, .max = max, .key = *key};
}

void
dg_map_fini(struct dg_map *m)
{
	for (uint32_t i = 0; i < m->count; i++)
		free(m->rows[i]);
	free(m->rows);
	free(m->slots);
	m->rows = NULL;
	m->slots = NULL;
	m->count = m->room = 0;
}

/* Nearly all keys are an address, a port and a family. */
#define USUAL_KEY_BYTES 20

/*
 * Multiply and fold (the "mum" of wyhash, Wang Yi 2019) with a secret of the run.  Weaker than
 * SipHash, and enough here: rows are bounded, and nobody sees where they lie.
 */
static inline __attribute__((always_inline)) uint64_t
hash_bytes(const struct dg_map *m, const char *bytes, size_t size)
{
	uint64_t hash = m->key.k0;
	size_t left = size;

	for (; left >= 8; left -= 8, bytes += 8)
		hash = dg_hash_multiply(hash ^ dg_hash_load(bytes), m->key.k1);
	if (left > 0) {
		uint32_t last;

		memcpy(&last, bytes, sizeof last);
		hash = dg_hash_multiply(hash ^ last, m->key.k1);
	}
	return dg_hash_multiply(hash ^ size, m->key.k0 ^ m->key.k1);
}

/* A size that is known to the compiler costs no loop. */
static uint64_t
hash_key(const struct dg_map *m, const void *key)
{
	if (m->key_bytes == USUAL_KEY_BYTES)
		return hash_bytes(m, key, USUAL_KEY_BYTES);
	return hash_bytes(m, key, m->key_bytes);
}

static uint32_t
tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

static inline __attribute__((always_inline)) bool
is_same_bytes(const char *x, const char *y, size_t size)
{
	uint64_t difference = 0;
	size_t at = 0;

	for (; at + sizeof(uint64_t) <= size; at += sizeof(uint64_t))
		difference |= dg_hash_load(x + at) ^ dg_hash_load(y + at);
	for (; at < size; at += sizeof(uint32_t)) {
		uint32_t word_x, word_y;

		memcpy(&word_x, x + at, sizeof word_x);
		memcpy(&word_y, y + at, sizeof word_y);
		difference |= word_x ^ word_y;
	}
	return difference == 0;
}

static bool
is_same_key(const struct dg_map *m, const void *a, const void *b)
{
	if (m->key_bytes == USUAL_KEY_BYTES)
		return is_same_bytes(a, b, USUAL_KEY_BYTES);
	return is_same_bytes(a, b, m->key_bytes);
}

/* The slot that holds the key, or the empty one where it belongs. */
static uint32_t
probe(const struct dg_map *m, const void *key, uint64_t hash)
{
	uint32_t at = (uint32_t)hash & m->slot_mask;

	for (; m->slots[at].row != 0; at = (at + 1) & m->slot_mask) {
		if (m->slots[at].tag == tag_of(hash) &&
		    is_same_key(m, m->rows[m->slots[at].row - 1], key))
			break;
	}
	return at;
}

static int
grow(struct dg_map *m)
{
	uint32_t room = m->room == 0 ? 16 : m->room * 2;
	uint32_t mask = room * 2 - 1;
	struct dg_map_slot *slots = calloc((size_t)mask + 1, sizeof *slots);
	void **rows = realloc(m->rows, room * sizeof *rows);

	if (rows != NULL)
		m->rows = rows;
	if (slots == NULL || rows == NULL) {
		free(slots);
		return -1;
	}
	for (uint32_t i = 0; i < m->count; i++) {
		uint64_t hash = hash_key(m, m->rows[i]);
		uint32_t at = (uint32_t)hash & mask;

		while (slots[at].row != 0)
			at = (at + 1) & mask;
		slots[at] = (struct dg_map_slot){.tag = tag_of(hash), .row = i + 1};
	}
	free(m->slots);
	m->slots = slots;
	m->slot_mask = mask;
	m->room = room;
	return 0;
}

void *
dg_map_find(const struct dg_map *m, const void *key)
{
	uint32_t at;

	if (m->count == 0)
		return NULL;
	at = probe(m, key, hash_key(m, key));
	return m->slots[at].row != 0 ? m->rows[m->slots[at].row - 1] : NULL;
}

void *
dg_map_add(struct dg_map *m, const void *key)
{
	return dg_map_add_hashed(m, key, hash_key(m, key));
}

uint64_t
dg_map_prefetch(const struct dg_map *m, const void *key)
{
	uint64_t hash = hash_key(m, key);

	if (m->slots != NULL)
		__builtin_prefetch(&m->slots[(uint32_t)hash & m->slot_mask]);
	return hash;
}

void
dg_map_prefetch_row(const struct dg_map *m, uint64_t hash)
{
	uint32_t row = m->slots != NULL ? m->slots[(uint32_t)hash & m->slot_mask].row : 0;

	if (row != 0) {
		const char *bytes = m->rows[row - 1];

		for (size_t at = 0; at < m->row_bytes; at += 64)
			__builtin_prefetch(bytes + at);
	}
}

void *
dg_map_add_hashed(struct dg_map *m, const void *key, uint64_t hash)
{
	uint32_t at;
	void *row;

	if (m->count > 0) {
		at = probe(m, key, hash);
		if (m->slots[at].row != 0)
			return m->rows[m->slots[at].row - 1];
	}
	if (m->count >= m->max)
		return NULL;
	if (m->count == m->room && grow(m) != 0)
		return NULL;
	row = calloc(1, m->row_bytes);
	if (row == NULL)
		return NULL;
	memcpy(row, key, m->key_bytes);
	at = probe(m, key, hash);
	m->rows[m->count] = row;
	m->slots[at] = (struct dg_map_slot){.tag = tag_of(hash), .row = ++m->count};
	return row;
}
