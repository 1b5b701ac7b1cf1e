/*
 * map.c - rows found by a key of fixed size.
 *
 * Linear probing at a load of at most one half.  The hash is keyed, so nobody
 * on the wire can make long probes.
 */
#include "base/map.h"

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
	free(m->hashes);
	free(m->slots);
	m->rows = NULL;
	m->hashes = NULL;
	m->slots = NULL;
	m->count = m->room = 0;
}

/* The slot that holds the key, or the empty one where it belongs. */
static uint32_t
probe(const struct dg_map *m, const void *key, uint64_t hash)
{
	uint32_t at = (uint32_t)hash & m->slot_mask;

	while (m->slots[at] != 0) {
		uint32_t row = m->slots[at] - 1;

		if (m->hashes[row] == hash && memcmp(m->rows[row], key, m->key_bytes) == 0)
			break;
		at = (at + 1) & m->slot_mask;
	}
	return at;
}

static int
grow(struct dg_map *m)
{
	uint32_t room = m->room == 0 ? 16 : m->room * 2;
	uint32_t mask = room * 2 - 1;
	uint32_t *slots = calloc((size_t)mask + 1, sizeof *slots);
	void **rows = realloc(m->rows, room * sizeof *rows);
	uint64_t *hashes;

	if (rows != NULL)
		m->rows = rows;
	hashes = realloc(m->hashes, room * sizeof *hashes);
	if (hashes != NULL)
		m->hashes = hashes;
	if (slots == NULL || rows == NULL || hashes == NULL) {
		free(slots);
		return -1;
	}
	for (uint32_t i = 0; i < m->count; i++) {
		uint32_t at = (uint32_t)m->hashes[i] & mask;

		while (slots[at] != 0)
			at = (at + 1) & mask;
		slots[at] = i + 1;
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
	at = probe(m, key, dg_hash(&m->key, key, m->key_bytes));
	return m->slots[at] != 0 ? m->rows[m->slots[at] - 1] : NULL;
}

void *
dg_map_add(struct dg_map *m, const void *key)
{
	uint64_t hash = dg_hash(&m->key, key, m->key_bytes);
	uint32_t at;
	void *row;

	if (m->count > 0) {
		at = probe(m, key, hash);
		if (m->slots[at] != 0)
			return m->rows[m->slots[at] - 1];
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
	m->hashes[m->count] = hash;
	m->slots[at] = ++m->count;
	return row;
}
