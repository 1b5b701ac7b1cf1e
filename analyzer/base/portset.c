/*
 * portset.c - a set of port numbers that starts small.
 *
 * Invariant: at most one of `array` and `bitmap` is there.
 */
#include "base/portset.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "dnsgap/error.h"

#define WORDS (65536 / 64)

/* The position of the first element that is not less than port. */
static uint32_t
find_place(const struct dg_portset *s, uint32_t port)
{
	uint32_t low = 0, high = s->count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (s->array[middle] < port)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int
turn_to_bitmap(struct dg_portset *s)
{
	uint64_t *bitmap = calloc(WORDS, sizeof *bitmap);

	if (bitmap == NULL)
		return DNSGAP_ENOMEM;
	for (uint32_t i = 0; i < s->count; i++)
		bitmap[s->array[i] / 64] |= UINT64_C(1) << (s->array[i] % 64);
	free(s->array);
	s->array = NULL;
	s->room = 0;
	s->bitmap = bitmap;
	return 0;
}

static int
grow(struct dg_portset *s)
{
	uint32_t room = s->room == 0 ? 8 : s->room * 2;
	uint16_t *more;

	if (s->count < s->room)
		return 0;
	more = realloc(s->array, room * sizeof *more);
	if (more == NULL)
		return DNSGAP_ENOMEM;
	s->array = more;
	s->room = room;
	return 0;
}

void
dg_portset_fini(struct dg_portset *s)
{
	free(s->array);
	free(s->bitmap);
	*s = (struct dg_portset){0};
}

bool
dg_portset_has(const struct dg_portset *s, uint16_t port)
{
	uint32_t at;

	if (s->bitmap != NULL)
		return s->bitmap[port / 64] >> (port % 64) & 1;
	at = find_place(s, port);
	return at < s->count && s->array[at] == port;
}

int
dg_portset_add(struct dg_portset *s, uint16_t port)
{
	uint32_t at;
	int error;

	if (s->bitmap == NULL && s->count >= DG_PORTSET_ARRAY_MAX) {
		error = turn_to_bitmap(s);
		if (error != 0)
			return error;
	}
	if (s->bitmap != NULL) {
		s->count += !dg_portset_has(s, port);
		s->bitmap[port / 64] |= UINT64_C(1) << (port % 64);
		return 0;
	}
	at = find_place(s, port);
	if (at < s->count && s->array[at] == port)
		return 0;
	error = grow(s);
	if (error != 0)
		return error;
	memmove(s->array + at + 1, s->array + at, (s->count - at) * sizeof *s->array);
	s->array[at] = port;
	s->count++;
	return 0;
}

int
dg_portset_merge(struct dg_portset *into, const struct dg_portset *from)
{
	for (uint32_t port = 0; port < 65536; port++) {
		int error;

		if (from->bitmap == NULL) {
			uint32_t at = find_place(from, port);

			if (at >= from->count)
				break;
			port = from->array[at];
		}
		if (!dg_portset_has(from, (uint16_t)port))
			continue;
		error = dg_portset_add(into, (uint16_t)port);
		if (error != 0)
			return error;
	}
	return 0;
}

uint32_t
dg_portset_count(const struct dg_portset *s, uint16_t first, uint16_t last)
{
	uint32_t count = 0;

	if (s->bitmap == NULL)
		return find_place(s, (uint32_t)last + 1) - find_place(s, first);
	for (uint32_t word = first / 64; word <= last / 64u; word++) {
		uint64_t bits = s->bitmap[word];

		if (word == first / 64)
			bits &= ~UINT64_C(0) << (first % 64);
		if (word == last / 64u)
			bits &= ~UINT64_C(0) >> (63 - last % 64);
		count += (uint32_t)__builtin_popcountll(bits);
	}
	return count;
}
