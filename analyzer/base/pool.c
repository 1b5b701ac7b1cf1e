/*
 * pool.c - slots of one size, found by a 32-bit index, never moved.
 */
#include "base/pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/pages.h"

#define SLOT_ALIGN 64
#define CHUNK_SLOTS (1u << DG_POOL_CHUNK_BITS)

void
dg_pool_init(struct dg_pool *p, size_t slot_bytes, uint32_t max)
{
	*p = (struct dg_pool){
	    .slot_bytes = (slot_bytes + SLOT_ALIGN - 1) / SLOT_ALIGN * SLOT_ALIGN,
	    .free_head = DG_POOL_NONE,
	    .max = max < DG_POOL_NONE ? max : DG_POOL_NONE - 1,
	};
}

void
dg_pool_fini(struct dg_pool *p)
{
	for (uint32_t i = 0; i < p->chunk_count; i++)
		dg_pages_free(p->chunks[i], p->slot_bytes * CHUNK_SLOTS);
	free(p->chunks);
	*p = (struct dg_pool){0};
}

static int
add_chunk(struct dg_pool *p)
{
	if (p->chunk_count == p->chunk_room) {
		uint32_t room = p->chunk_room == 0 ? 16 : p->chunk_room * 2;
		uint8_t **more = realloc(p->chunks, room * sizeof *more);

		if (more == NULL)
			return -1;
		p->chunks = more;
		p->chunk_room = room;
	}
	p->chunks[p->chunk_count] = dg_pages_new(p->slot_bytes * CHUNK_SLOTS);
	if (p->chunks[p->chunk_count] == NULL)
		return -1;
	p->chunk_count++;
	return 0;
}

uint32_t
dg_pool_take(struct dg_pool *p)
{
	uint32_t index = p->free_head;

	if (p->used >= p->max)
		return DG_POOL_NONE;
	if (index != DG_POOL_NONE) {
		memcpy(&p->free_head, dg_pool_at(p, index), sizeof p->free_head);
		/* The next one to be given out begins with its link. */
		if (p->free_head != DG_POOL_NONE)
			__builtin_prefetch(dg_pool_at(p, p->free_head), 1);
	} else {
		index = p->next;
		if (index >> DG_POOL_CHUNK_BITS >= p->chunk_count && add_chunk(p) != 0)
			return DG_POOL_NONE;
		p->next++;
	}
	p->used++;
	return index;
}

void
dg_pool_give(struct dg_pool *p, uint32_t index)
{
	memcpy(dg_pool_at(p, index), &p->free_head, sizeof p->free_head);
	p->free_head = index;
	p->used--;
}
