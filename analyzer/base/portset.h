#ifndef DG_BASE_PORTSET_H
#define DG_BASE_PORTSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fetch.h"

/*
 * portset.h - a set of port numbers that starts small.
 *
 * Ports are appended to an array that is sorted and rid of repeats when it is
 * full; past DG_PORTSET_ARRAY_MAX ports it becomes a bitmap of 8 KiB.  All
 * zero is an empty set.
 */

struct dg_portset {
	uint16_t *array;  /* NULL when empty or when there is a bitmap */
	uint64_t *bitmap; /* 1024 words, or NULL */
	uint32_t used;    /* of the array, repeats and all */
	uint32_t room;
	bool is_sorted; /* the array, and free of repeats */
};

void dg_portset_fini(struct dg_portset *s);

/* Returns 0 or DNSGAP_ENOMEM.  A port that is in the set already stays in it. */
int dg_portset_add(struct dg_portset *s, uint16_t port);

/* Returns 0 or DNSGAP_ENOMEM (then `into` holds a part). */
int dg_portset_merge(struct dg_portset *into, const struct dg_portset *from);

bool dg_portset_has(const struct dg_portset *s, uint16_t port);

/* How many ports of the set lie in first..last, both included. */
uint32_t dg_portset_count(const struct dg_portset *s, uint16_t first, uint16_t last);

/* How many ports there are in all. */
static inline uint32_t
dg_portset_size(const struct dg_portset *s)
{
	return dg_portset_count(s, 0, UINT16_MAX);
}

/* Fetches the line that adding this port will touch. */
DG_FETCH
dg_portset_prefetch(const struct dg_portset *s, uint16_t port)
{
	if (s->bitmap != NULL)
		__builtin_prefetch(&s->bitmap[port / 64], 1);
	else if (s->array != NULL)
		__builtin_prefetch(&s->array[s->used], 1);
}

#endif
