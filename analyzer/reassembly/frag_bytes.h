#ifndef DG_REASSEMBLY_FRAG_BYTES_H
#define DG_REASSEMBLY_FRAG_BYTES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/limits.h"
#include "base/pool.h"

/*
 * frag_bytes.h - the bytes of a datagram of which some are missing.
 *
 * They lie in blocks of one size out of a store that all datagrams share, and a bit for
 * each octet says whether it is there: a fragment costs what its bytes cost, however many
 * came before it.
 */

#define DG_FRAG_BLOCK_BYTES 2048u
#define DG_FRAG_BLOCKS ((DG_DATAGRAM_BYTES_MAX + DG_FRAG_BLOCK_BYTES - 1) / DG_FRAG_BLOCK_BYTES)

struct dg_frag_bytes {
	uint32_t blocks[DG_FRAG_BLOCKS]; /* of the store; DG_POOL_NONE where nothing is */
	uint32_t there;                  /* octets */
	uint32_t cut_at; /* the first of them that was not captured; UINT32_MAX without */
};

/* How a fragment fits to what is there. */
enum dg_frag_fit {
	DG_FRAG_FIT_NEW,     /* nothing of it is there */
	DG_FRAG_FIT_SAME,    /* all of it, and equal where both were captured */
	DG_FRAG_FIT_OVERLAP, /* anything else */
};

/* A store holds DG_FRAG_BYTES_MAX bytes, and takes memory when the first ones come. */
void dg_frag_store_init(struct dg_pool *store);

void dg_frag_bytes_init(struct dg_frag_bytes *b);

/* Gives the blocks back; nothing is there afterwards. */
void dg_frag_bytes_fini(struct dg_frag_bytes *b, struct dg_pool *store);

/* `c` holds at least one octet on the wire; from `offset` on it ends within a datagram. */
enum dg_frag_fit dg_frag_bytes_fit(const struct dg_frag_bytes *b, const struct dg_pool *store,
    uint32_t offset, const struct dg_cur *c);

/* Blocks that must be free for octets offset to offset + size. */
uint32_t dg_frag_bytes_need(const struct dg_frag_bytes *b, uint32_t offset, uint32_t size);

/**
 * Copies a fragment of which nothing is there.  False when memory ran out, or blocks; nothing
 * has changed then but that blocks may be held.
 */
bool dg_frag_bytes_add(
    struct dg_frag_bytes *b, struct dg_pool *store, uint32_t offset, const struct dg_cur *c);

/* Copies octets 0 to size, which are all there, to `out`. */
void dg_frag_bytes_copy(
    const struct dg_frag_bytes *b, const struct dg_pool *store, uint32_t size, uint8_t *out);

#endif
