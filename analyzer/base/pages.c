/*
 * pages.c - large blocks of memory that are touched at random.
 */
#include "base/pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LINE_BYTES ((size_t)64)
#define HUGE_BYTES ((size_t)2 << 20)

static size_t
round_up(size_t bytes)
{
	return (bytes + HUGE_BYTES - 1) & ~(HUGE_BYTES - 1);
}

/* Aligned to a line of the cache. */
static void *
small_block(size_t bytes)
{
	size_t size = (bytes + LINE_BYTES - 1) & ~(LINE_BYTES - 1);
	void *block = aligned_alloc(LINE_BYTES, size);

	return block != NULL ? memset(block, 0, size) : NULL;
}

/* A mapping that is too large by one huge page, with its ends cut off. */
void *
dg_pages_new(size_t bytes)
{
	size_t size = round_up(bytes), room = size + HUGE_BYTES;
	size_t before, after;
	uint8_t *block;

	if (bytes < HUGE_BYTES)
		return small_block(bytes);
	block = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED)
		return NULL;
	before = (HUGE_BYTES - (uintptr_t)block % HUGE_BYTES) % HUGE_BYTES;
	after = room - before - size;
	if (before > 0)
		munmap(block, before);
	if (after > 0)
		munmap(block + before + size, after);
	/* Only a wish: without huge pages everything works, more slowly. */
	(void)madvise(block + before, size, MADV_HUGEPAGE);
	return block + before;
}

void
dg_pages_free(void *block, size_t bytes)
{
	if (bytes < HUGE_BYTES)
		free(block);
	else if (block != NULL)
		munmap(block, round_up(bytes));
}
