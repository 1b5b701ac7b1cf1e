/*
 * failing.h - allocations that fail when they are told to, for one file of a test.
 *
 * The Makefile links the program with --wrap, so that the allocations of the project's own
 * files come here.  What leaks is for the variant asan to see.
 */

#ifndef FAILING_H
#define FAILING_H

#include <stdbool.h>
#include <stdlib.h>

/* Allocations left until one fails; negative: none does. */
static long calls_left = -1;
static long calls;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

static bool
is_refused(void)
{
	calls++;
	return calls_left >= 0 && calls_left-- == 0;
}

void *
__wrap_malloc(size_t size)
{
	return is_refused() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return is_refused() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return is_refused() ? NULL : __real_realloc(old, size);
}

void *
__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return is_refused() ? NULL : __real_aligned_alloc(alignment, size);
}

#endif
