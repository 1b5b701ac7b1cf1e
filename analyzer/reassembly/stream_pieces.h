#ifndef DG_REASSEMBLY_STREAM_PIECES_H
#define DG_REASSEMBLY_STREAM_PIECES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"

/*
 * stream_pieces.h - octets of streams that wait, in pieces of one size out of one pool.
 *
 * A rope is a message of which a part came.  A segment waits for the octets before it;
 * the segments of a stream are a list in the order of their sequence numbers, and
 * do not overlap.  Both begin as DG_POOL_NONE: nothing waits.
 */

#define DG_PIECE_BYTES 236u /* with the rest 256 */

struct dg_piece {
	uint32_t next; /* of the same rope */
	/* Of the first piece of a segment. */
	uint32_t next_segment;
	uint32_t seq;
	uint32_t captured; /* octets that are here */
	uint32_t wire;     /* octets that it had; the rest the capture cut off */
	uint8_t bytes[DG_PIECE_BYTES];
};

struct dg_rope {
	uint32_t head;
	uint32_t tail;
	uint32_t size;
};

/* A payload, or what is left of it. */
struct dg_octets {
	uint32_t seq;
	const uint8_t *data;
	uint32_t captured;
	uint32_t wire;
};

/* How many pieces `size` octets take at most, added to whatever is there. */
static inline uint32_t
dg_pieces_for(uint32_t size)
{
	return size / DG_PIECE_BYTES + 1;
}

static inline struct dg_piece *
dg_piece_at(const struct dg_pool *pool, uint32_t index)
{
	return dg_pool_at(pool, index);
}

/* Adds a copy of the bytes at the end.  False when the pool is full or memory ran out. */
bool dg_rope_add(struct dg_pool *pool, struct dg_rope *rope, const uint8_t *bytes, uint32_t n);

/* Copies the first `n` bytes, or as many as there are, from byte `skip` on; returns how many.
 */
uint32_t dg_rope_copy(
    const struct dg_pool *pool, uint32_t head, uint32_t skip, uint8_t *to, uint32_t n);

/* Gives the pieces back; the rope is empty. */
void dg_rope_free(struct dg_pool *pool, struct dg_rope *rope);

/**
 * Adds copies of those octets that no waiting segment has, each run of them as a segment.
 * `expected` is the next octet of the stream: what waits lies less than 2^31 behind it.
 * `*added` counts the new ones.  False when the pool is full or memory ran out.
 */
bool dg_segments_add(struct dg_pool *pool, uint32_t *first, uint32_t expected,
    const struct dg_octets *octets, unsigned *added);

/* Takes the first segment off the list; its pieces are the caller's. */
uint32_t dg_segments_take(const struct dg_pool *pool, uint32_t *first);

/* Gives back the pieces of one segment, and of all. */
void dg_segment_free(struct dg_pool *pool, uint32_t index);
void dg_segments_free(struct dg_pool *pool, uint32_t *first);

#endif
