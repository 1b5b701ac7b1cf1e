#ifndef DG_BASE_CURSOR_H
#define DG_BASE_CURSOR_H

/*
 * cursor.h - the one way to read bytes from the wire.
 *
 * A cursor knows two lengths: what the capture holds (`left`) and what the
 * wire had (`wire`, never less).  Asking for more than the wire had makes it
 * `is_short`: the packet is wrong.  Asking for more than the capture holds
 * makes it `is_cut`: nobody can tell.  After either, every read gives zero.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dg_cur {
	const uint8_t *at;
	size_t left;
	size_t wire;
	bool is_short;
	bool is_cut;
};

static inline struct dg_cur
dg_cur_make(const uint8_t *at, size_t left, size_t wire)
{
	return (struct dg_cur){.at = at, .left = left, .wire = wire < left ? left : wire};
}

static inline bool
dg_cur_failed(const struct dg_cur *c)
{
	return c->is_short || c->is_cut;
}

/**
 * Moves on by n bytes and returns where they start, or NULL and marks the
 * cursor.  The bytes are borrowed from the frame.
 */
static inline const uint8_t *
dg_cur_take(struct dg_cur *c, size_t n)
{
	const uint8_t *p = c->at;

	if (n > c->left) {
		if (n > c->wire)
			c->is_short = true;
		else
			c->is_cut = true;
		c->left = 0;
		c->wire = 0;
		return NULL;
	}
	c->at += n;
	c->left -= n;
	c->wire -= n;
	return p;
}

/* Forgets everything past the next n bytes: a length field said so. */
static inline void
dg_cur_limit(struct dg_cur *c, size_t n)
{
	if (n < c->wire)
		c->wire = n;
	if (c->left > c->wire)
		c->left = c->wire;
}

static inline uint16_t
dg_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
dg_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint8_t
dg_cur_u8(struct dg_cur *c)
{
	const uint8_t *p = dg_cur_take(c, 1);

	return p != NULL ? p[0] : 0;
}

static inline uint16_t
dg_cur_u16(struct dg_cur *c)
{
	const uint8_t *p = dg_cur_take(c, 2);

	return p != NULL ? dg_be16(p) : 0;
}

static inline uint32_t
dg_cur_u32(struct dg_cur *c)
{
	const uint8_t *p = dg_cur_take(c, 4);

	return p != NULL ? dg_be32(p) : 0;
}

#endif
