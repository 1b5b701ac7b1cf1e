/*
 * heap.c - a binary heap of future events.
 *
 * Invariant: no event is sooner than its parent; equal times leave in the
 * order in which they came, so that a seed decides every byte.
 */

#include "heap.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

static bool
is_sooner(const struct mk_event *a, const struct mk_event *b)
{
	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns;
	return a->order < b->order;
}

int
mk_heap_add(struct mk_heap *h, int64_t time_ns, uint32_t transaction, uint32_t kind)
{
	struct mk_event e = {time_ns, h->next_order, transaction, kind};
	size_t at;

	if (h->count == h->room) {
		size_t room = h->room != 0 ? 2 * h->room : 1024;
		struct mk_event *events = realloc(h->events, room * sizeof(*events));

		if (events == NULL)
			return -1;
		h->events = events;
		h->room = room;
	}
	h->next_order++;
	at = h->count++;
	while (at > 0 && is_sooner(&e, &h->events[(at - 1) / 2])) {
		h->events[at] = h->events[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	h->events[at] = e;
	return 0;
}

const struct mk_event *
mk_heap_peek(const struct mk_heap *h)
{
	return h->count != 0 ? &h->events[0] : NULL;
}

struct mk_event
mk_heap_take(struct mk_heap *h)
{
	struct mk_event first, last;
	size_t at = 0;

	assert(h->count > 0);
	first = h->events[0];
	last = h->events[--h->count];
	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= h->count)
			break;
		if (child + 1 < h->count && is_sooner(&h->events[child + 1], &h->events[child]))
			child++;
		if (!is_sooner(&h->events[child], &last))
			break;
		h->events[at] = h->events[child];
		at = child;
	}
	h->events[at] = last;
	return first;
}

void
mk_heap_fini(struct mk_heap *h)
{
	free(h->events);
	*h = (struct mk_heap){0};
}
