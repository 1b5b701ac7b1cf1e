#ifndef DG_BASE_PORTSET_H
#define DG_BASE_PORTSET_H

#include <stdbool.h>
#include <stdint.h>

/*
 * portset.h - a set of port numbers that starts small.
 *
 * A sorted array up to DG_PORTSET_ARRAY_MAX ports, then a bitmap of 8 KiB.
 * All zero is an empty set.
 */

struct dg_portset {
	uint16_t *array;  /* ascending; NULL when empty or when there is a bitmap */
	uint64_t *bitmap; /* 1024 words, or NULL */
	uint32_t count;
	uint32_t room;
};

void dg_portset_fini(struct dg_portset *s);

/* Returns 0 or DNSGAP_ENOMEM.  A port that is in the set already stays in it. */
int dg_portset_add(struct dg_portset *s, uint16_t port);

/* Returns 0 or DNSGAP_ENOMEM (then `into` holds a part). */
int dg_portset_merge(struct dg_portset *into, const struct dg_portset *from);

bool dg_portset_has(const struct dg_portset *s, uint16_t port);

/* How many ports of the set lie in first..last, both included. */
uint32_t dg_portset_count(const struct dg_portset *s, uint16_t first, uint16_t last);

#endif
