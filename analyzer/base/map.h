#ifndef DG_BASE_MAP_H
#define DG_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

/*
 * map.h - rows found by a key of fixed size, bounded, never removed.
 *
 * A row is a block of memory that begins with its key; it is allocated when
 * its key is first asked for, all zero past the key, and never moves.
 */

struct dg_map_slot {
	uint32_t tag; /* upper half of the key's hash */
	uint32_t row; /* number + 1; 0 is an empty slot */
};

struct dg_map {
	void **rows;               /* in order of arrival */
	struct dg_map_slot *slots; /* open addressing */
	size_t key_bytes;
	size_t row_bytes;
	uint32_t count;
	uint32_t room;
	uint32_t slot_mask;
	uint32_t max;
	struct dg_hash_key key;
};

/* The first key_bytes of a row are its key, without padding in them; a multiple of 4. */
void dg_map_init(struct dg_map *m, size_t key_bytes, size_t row_bytes, uint32_t max,
    const struct dg_hash_key *key);

/* Frees the rows; what rows own must be released before. */
void dg_map_fini(struct dg_map *m);

/**
 * Finds the row of a key, or adds one.  NULL when the map is full or memory
 * ran out: `dg_map_is_full` tells which.
 */
void *dg_map_add(struct dg_map *m, const void *key);

/*
 * The same in three steps, so that many keys can be looked up side by side:
 * hash and fetch the slot; fetch the row that is likely the key's; add.
 */
uint64_t dg_map_prefetch(const struct dg_map *m, const void *key);
void dg_map_prefetch_row(const struct dg_map *m, uint64_t hash);
void *dg_map_add_hashed(struct dg_map *m, const void *key, uint64_t hash);

/* The row of a key, or NULL.  Changes nothing. */
void *dg_map_find(const struct dg_map *m, const void *key);

static inline int
dg_map_is_full(const struct dg_map *m)
{
	return m->count >= m->max;
}

#endif
