#ifndef DG_BASE_POOL_H
#define DG_BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

/*
 * pool.h - slots of one size, found by a 32-bit index, never moved.
 *
 * Memory grows by chunks up to a fixed number of slots and is kept until somebody
 * trims it: a slot that was freed is the next one given out, still warm in cache.
 */

#define DG_POOL_NONE UINT32_MAX
#define DG_POOL_CHUNK_BITS 13

struct dg_pool {
	uint8_t **chunks; /* one that was trimmed is NULL */
	size_t slot_bytes;
	uint32_t chunk_count;
	uint32_t chunk_room;
	uint32_t next; /* slots from here on, of its chunk, were never given out */
	uint32_t next_end;
	uint32_t free_head; /* the first four bytes of a free slot link to the next */
	uint32_t used;
	uint32_t max;
};

/* Slots are aligned to 64 bytes; slot_bytes is rounded up to a multiple of it. */
void dg_pool_init(struct dg_pool *p, size_t slot_bytes, uint32_t max);
void dg_pool_fini(struct dg_pool *p);

/**
 * Gives out a slot (its bytes are not cleared), or DG_POOL_NONE when `max`
 * slots are out or memory ran out.
 */
uint32_t dg_pool_take(struct dg_pool *p);

void dg_pool_give(struct dg_pool *p, uint32_t index);

/* Frees chunks without a slot in use, when much more is free than is used; for the calm after a
 * flood.  Looks at every free slot then. */
void dg_pool_trim(struct dg_pool *p);

static inline void *
dg_pool_at(const struct dg_pool *p, uint32_t index)
{
	return p->chunks[index >> DG_POOL_CHUNK_BITS] +
	    p->slot_bytes * (index & ((1u << DG_POOL_CHUNK_BITS) - 1));
}

#endif
