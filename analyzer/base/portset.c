/*
 * portset.c - a set of port numbers that starts small.
 *
 * Invariant: at most one of `array` and `bitmap` is there.  Adding is cheap and
 * looking is not: a set is added to a million times and looked at once.
 */
#include "base/portset.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "dnsgap/error.h"

#define WORDS (65536 / 64)
#define FIRST_ROOM 8
/* Up to here it just grows: repeats are rare, and sorting costs more than room. */
#define GROWS_UNSORTED 256
/* Below this, insertion is the quickest sort. */
#define FEW 48

static void
set_bits(uint64_t bitmap[WORDS], const struct dg_portset *s)
{
	for (uint32_t i = 0; i < s->used; i++)
		bitmap[s->array[i] / 64] |= UINT64_C(1) << (s->array[i] % 64);
}

static void
sort_few(struct dg_portset *s)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < s->used; i++) {
		uint16_t port = s->array[i];
		uint32_t at = kept;

		while (at > 0 && s->array[at - 1] > port)
			at--;
		if (at > 0 && s->array[at - 1] == port)
			continue;
		memmove(s->array + at + 1, s->array + at, (kept - at) * sizeof *s->array);
		s->array[at] = port;
		kept++;
	}
	s->used = kept;
}

static void
sort_many(struct dg_portset *s)
{
	uint64_t bitmap[WORDS] = {0};
	uint32_t kept = 0;

	set_bits(bitmap, s);
	for (uint32_t word = 0; word < WORDS; word++) {
		for (uint64_t bits = bitmap[word]; bits != 0; bits &= bits - 1)
			s->array[kept++] =
			    (uint16_t)(word * 64 + (uint32_t)__builtin_ctzll(bits));
	}
	s->used = kept;
}

static void
sort(struct dg_portset *s)
{
	if (s->used < FEW)
		sort_few(s);
	else
		sort_many(s);
}

static int
turn_to_bitmap(struct dg_portset *s)
{
	uint64_t *bitmap = calloc(WORDS, sizeof *bitmap);

	if (bitmap == NULL)
		return DNSGAP_ENOMEM;
	set_bits(bitmap, s);
	free(s->array);
	s->array = NULL;
	s->used = s->room = 0;
	s->bitmap = bitmap;
	return 0;
}

/* The array is full: repeats go; if that does not halve it, it grows or turns. */
static int
make_room(struct dg_portset *s)
{
	uint32_t room = s->room == 0 ? FIRST_ROOM : s->room * 2;
	uint16_t *more;

	if (s->room >= GROWS_UNSORTED) {
		sort(s);
		if (s->used <= s->room / 2)
			return 0;
	}
	if (room > DG_PORTSET_ARRAY_MAX)
		return turn_to_bitmap(s);
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

int
dg_portset_add(struct dg_portset *s, uint16_t port)
{
	if (s->bitmap == NULL && s->used == s->room) {
		int error = make_room(s);

		if (error != 0)
			return error;
	}
	if (s->bitmap != NULL) {
		s->bitmap[port / 64] |= UINT64_C(1) << (port % 64);
		return 0;
	}
	s->array[s->used++] = port;
	return 0;
}

/* A copy of all of `from`, in an empty set. */
static int
copy_all(struct dg_portset *into, const struct dg_portset *from)
{
	if (from->bitmap != NULL) {
		into->bitmap = malloc(WORDS * sizeof *into->bitmap);
		if (into->bitmap == NULL)
			return DNSGAP_ENOMEM;
		memcpy(into->bitmap, from->bitmap, WORDS * sizeof *into->bitmap);
		return 0;
	}
	if (from->used == 0)
		return 0;
	into->array = malloc(from->room * sizeof *into->array);
	if (into->array == NULL)
		return DNSGAP_ENOMEM;
	memcpy(into->array, from->array, from->used * sizeof *into->array);
	into->used = from->used;
	into->room = from->room;
	return 0;
}

int
dg_portset_merge(struct dg_portset *into, const struct dg_portset *from)
{
	int error = 0;

	if (into->bitmap == NULL && into->room == 0)
		return copy_all(into, from);
	if (into->bitmap == NULL && from->bitmap != NULL)
		error = turn_to_bitmap(into);
	if (error == 0 && from->bitmap != NULL) {
		for (uint32_t word = 0; word < WORDS; word++)
			into->bitmap[word] |= from->bitmap[word];
		return 0;
	}
	for (uint32_t i = 0; error == 0 && i < from->used; i++)
		error = dg_portset_add(into, from->array[i]);
	return error;
}

bool
dg_portset_has(const struct dg_portset *s, uint16_t port)
{
	if (s->bitmap != NULL)
		return s->bitmap[port / 64] >> (port % 64) & 1;
	for (uint32_t i = 0; i < s->used; i++) {
		if (s->array[i] == port)
			return true;
	}
	return false;
}

static uint32_t
count_bits(const uint64_t bitmap[WORDS], uint32_t first, uint32_t last)
{
	uint32_t count = 0;

	for (uint32_t word = first / 64; word <= last / 64; word++) {
		uint64_t bits = bitmap[word];

		if (word == first / 64)
			bits &= ~UINT64_C(0) << (first % 64);
		if (word == last / 64)
			bits &= ~UINT64_C(0) >> (63 - last % 64);
		count += (uint32_t)__builtin_popcountll(bits);
	}
	return count;
}

uint32_t
dg_portset_count(const struct dg_portset *s, uint16_t first, uint16_t last)
{
	uint64_t bitmap[WORDS] = {0};
	uint32_t count = 0;

	if (s->bitmap != NULL)
		return count_bits(s->bitmap, first, last);
	for (uint32_t i = 0; i < s->used; i++) {
		uint16_t port = s->array[i];
		uint64_t bit = UINT64_C(1) << (port % 64);

		count += port >= first && port <= last && (bitmap[port / 64] & bit) == 0;
		bitmap[port / 64] |= bit;
	}
	return count;
}
