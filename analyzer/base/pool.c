/*
 * pool.c - slots of one size, found by a 32-bit index, never moved.
 */
#include "base/pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/pages.h"

#define SLOT_ALIGN 64
#define CHUNK_SLOTS (1u << DG_POOL_CHUNK_BITS)
/* Free chunks that stay whatever is used. */
#define SPARE_CHUNKS 2

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

/* Slots of a chunk: the last one may have fewer. */
static uint32_t
slots_of(const struct dg_pool *p, uint32_t chunk)
{
	uint32_t left = p->max - chunk * CHUNK_SLOTS;

	return left < CHUNK_SLOTS ? left : CHUNK_SLOTS;
}

/* One that was trimmed, else the one behind the last. */
static uint32_t
find_missing(const struct dg_pool *p)
{
	uint32_t chunk = 0;

	while (chunk < p->chunk_count && p->chunks[chunk] != NULL)
		chunk++;
	return chunk;
}

static int
add_chunk(struct dg_pool *p)
{
	uint32_t chunk = find_missing(p);

	if (chunk == p->chunk_room) {
		uint32_t room = p->chunk_room == 0 ? 16 : p->chunk_room * 2;
		uint8_t **more = realloc(p->chunks, room * sizeof *more);

		if (more == NULL)
			return -1;
		p->chunks = more;
		p->chunk_room = room;
	}
	if (chunk == p->chunk_count)
		p->chunks[p->chunk_count++] = NULL;
	p->chunks[chunk] = dg_pages_new(p->slot_bytes * CHUNK_SLOTS);
	if (p->chunks[chunk] == NULL)
		return -1;
	p->next = chunk * CHUNK_SLOTS;
	p->next_end = p->next + slots_of(p, chunk);
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
	} else {
		if (p->next == p->next_end && add_chunk(p) != 0)
			return DG_POOL_NONE;
		index = p->next++;
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

static uint32_t
next_free(const struct dg_pool *p, uint32_t index)
{
	uint32_t next;

	memcpy(&next, dg_pool_at(p, index), sizeof next);
	return next;
}

/* How many slots of each chunk are free; NULL without memory. */
static uint32_t *
count_free(const struct dg_pool *p)
{
	uint32_t *counts = calloc(p->chunk_count, sizeof *counts);

	if (counts == NULL)
		return NULL;
	for (uint32_t i = p->free_head; i != DG_POOL_NONE; i = next_free(p, i))
		counts[i >> DG_POOL_CHUNK_BITS]++;
	if (p->next < p->next_end)
		counts[p->next >> DG_POOL_CHUNK_BITS] += p->next_end - p->next;
	return counts;
}

/* The free slots of chunks that stay, in their order. */
static void
relink(struct dg_pool *p, const uint32_t *counts)
{
	const uint32_t none = DG_POOL_NONE;
	uint32_t last = none, index = p->free_head;

	p->free_head = DG_POOL_NONE;
	while (index != DG_POOL_NONE) {
		uint32_t next = next_free(p, index), chunk = index >> DG_POOL_CHUNK_BITS;

		if (counts[chunk] < slots_of(p, chunk)) {
			if (last == DG_POOL_NONE)
				p->free_head = index;
			else
				memcpy(dg_pool_at(p, last), &index, sizeof index);
			last = index;
		}
		index = next;
	}
	if (last != DG_POOL_NONE)
		memcpy(dg_pool_at(p, last), &none, sizeof none);
}

void
dg_pool_trim(struct dg_pool *p)
{
	uint32_t *counts, there = 0;

	for (uint32_t i = 0; i < p->chunk_count; i++)
		there += p->chunks[i] != NULL ? slots_of(p, i) : 0;
	if (there - p->used < p->used + SPARE_CHUNKS * CHUNK_SLOTS)
		return;
	counts = count_free(p);
	if (counts == NULL)
		return;
	relink(p, counts);
	for (uint32_t i = 0; i < p->chunk_count; i++) {
		if (p->chunks[i] == NULL || counts[i] < slots_of(p, i))
			continue;
		dg_pages_free(p->chunks[i], p->slot_bytes * CHUNK_SLOTS);
		p->chunks[i] = NULL;
		if (p->next < p->next_end && p->next >> DG_POOL_CHUNK_BITS == i)
			p->next = p->next_end = 0;
	}
	free(counts);
}
