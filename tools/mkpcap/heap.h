/* heap.h - what is still to come, the soonest first. */

#ifndef MK_HEAP_H
#define MK_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct mk_event {
	int64_t time_ns;
	uint64_t order; /* among equal times: first in, first out */
	uint32_t transaction;
	uint32_t kind;
};

/** All zero is an empty heap. */
struct mk_heap {
	struct mk_event *events;
	size_t count;
	size_t room;
	uint64_t next_order;
};

/** 0, or -1 when there is no memory. */
int mk_heap_add(struct mk_heap *h, int64_t time_ns, uint32_t transaction, uint32_t kind);

/** The soonest, or NULL; borrowed until the heap changes. */
const struct mk_event *mk_heap_peek(const struct mk_heap *h);

/** Takes the soonest out; there must be one. */
struct mk_event mk_heap_take(struct mk_heap *h);

void mk_heap_fini(struct mk_heap *h);

#endif
