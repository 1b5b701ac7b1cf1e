/*
 * stream_pieces.c - octets of streams that wait.
 *
 * Sequence numbers are compared as distances from the octet that is expected, which have no
 * wrap.
 */
#include "reassembly/stream_pieces.h"

#include <string.h>

static uint32_t
least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* A piece at the end of the rope. */
static bool
add_piece(struct dg_pool *pool, struct dg_rope *rope)
{
	uint32_t index = dg_pool_take(pool);

	if (index == DG_POOL_NONE)
		return false;
	dg_piece_at(pool, index)->next = DG_POOL_NONE;
	if (rope->head == DG_POOL_NONE)
		rope->head = index;
	else
		dg_piece_at(pool, rope->tail)->next = index;
	rope->tail = index;
	return true;
}

bool
dg_rope_add(struct dg_pool *pool, struct dg_rope *rope, const uint8_t *bytes, uint32_t n)
{
	while (n > 0) {
		uint32_t used = rope->size % DG_PIECE_BYTES, some;

		if (used == 0 && !add_piece(pool, rope))
			return false;
		some = least(n, DG_PIECE_BYTES - used);
		memcpy(dg_piece_at(pool, rope->tail)->bytes + used, bytes, some);
		rope->size += some;
		bytes += some;
		n -= some;
	}
	return true;
}

uint32_t
dg_rope_copy(const struct dg_pool *pool, uint32_t head, uint32_t skip, uint8_t *to, uint32_t n)
{
	uint32_t copied = 0;

	for (uint32_t at = head; at != DG_POOL_NONE && copied < n;) {
		const struct dg_piece *piece = dg_piece_at(pool, at);

		at = piece->next;
		if (skip >= DG_PIECE_BYTES) {
			skip -= DG_PIECE_BYTES;
			continue;
		}
		uint32_t some = least(n - copied, DG_PIECE_BYTES - skip);

		memcpy(to + copied, piece->bytes + skip, some);
		copied += some;
		skip = 0;
	}
	return copied;
}

static void
free_chain(struct dg_pool *pool, uint32_t at)
{
	while (at != DG_POOL_NONE) {
		uint32_t next = dg_piece_at(pool, at)->next;

		dg_pool_give(pool, at);
		at = next;
	}
}

void
dg_rope_free(struct dg_pool *pool, struct dg_rope *rope)
{
	free_chain(pool, rope->head);
	*rope = (struct dg_rope){DG_POOL_NONE, DG_POOL_NONE, 0};
}

/* A segment of some of the octets: `skip` of them left out before it.  DG_POOL_NONE: no room.
 */
static uint32_t
make_segment(struct dg_pool *pool, const struct dg_octets *octets, uint32_t skip, uint32_t wire)
{
	struct dg_rope rope = {DG_POOL_NONE, DG_POOL_NONE, 0};
	uint32_t captured = octets->captured > skip ? least(octets->captured - skip, wire) : 0;
	struct dg_piece *first;

	if (captured == 0 ? !add_piece(pool, &rope)
			  : !dg_rope_add(pool, &rope, octets->data + skip, captured)) {
		dg_rope_free(pool, &rope);
		return DG_POOL_NONE;
	}
	first = dg_piece_at(pool, rope.head);
	first->seq = octets->seq + skip;
	first->captured = captured;
	first->wire = wire;
	return rope.head;
}

bool
dg_segments_add(struct dg_pool *pool, uint32_t *first, uint32_t expected,
    const struct dg_octets *octets, unsigned *added)
{
	uint32_t begin = octets->seq - expected, end = begin + octets->wire;
	uint32_t *link = first;

	*added = 0;
	for (uint32_t at = begin; at < end;) {
		struct dg_piece *there =
		    *link != DG_POOL_NONE ? dg_piece_at(pool, *link) : NULL;
		uint32_t there_begin = there != NULL ? there->seq - expected : end;
		uint32_t there_end = there != NULL ? there_begin + there->wire : end;

		if (there_end <= at) {
			link = &there->next_segment;
			continue;
		}
		if (at < there_begin) {
			uint32_t size = least(end, there_begin) - at;
			uint32_t index = make_segment(pool, octets, at - begin, size);

			if (index == DG_POOL_NONE)
				return false;
			dg_piece_at(pool, index)->next_segment = *link;
			*link = index;
			link = &dg_piece_at(pool, index)->next_segment;
			++*added;
		}
		at = there_end;
	}
	return true;
}

uint32_t
dg_segments_take(const struct dg_pool *pool, uint32_t *first)
{
	uint32_t index = *first;

	*first = dg_piece_at(pool, index)->next_segment;
	return index;
}

void
dg_segment_free(struct dg_pool *pool, uint32_t index)
{
	free_chain(pool, index);
}

void
dg_segments_free(struct dg_pool *pool, uint32_t *first)
{
	while (*first != DG_POOL_NONE)
		free_chain(pool, dg_segments_take(pool, first));
}
