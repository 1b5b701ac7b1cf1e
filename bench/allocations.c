/*
 * allocations.c - counts calls of malloc() and its like; for LD_PRELOAD.
 *
 * The count is printed to standard error at the end.  glibc's own names are called, for a
 * search for the next malloc() would itself allocate.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SHOWN __attribute__((visibility("default")))

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

SHOWN void *malloc(size_t size);
SHOWN void *calloc(size_t count, size_t size);
SHOWN void *realloc(void *block, size_t size);
SHOWN void *aligned_alloc(size_t alignment, size_t size);

static uint64_t calls;

void *
malloc(size_t size)
{
	calls++;
	return __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	calls++;
	return __libc_calloc(count, size);
}

void *
realloc(void *block, size_t size)
{
	calls++;
	return __libc_realloc(block, size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	calls++;
	return __libc_memalign(alignment, size);
}

__attribute__((destructor)) static void
tell(void)
{
	fprintf(stderr, "allocations: %" PRIu64 "\n", calls);
}
