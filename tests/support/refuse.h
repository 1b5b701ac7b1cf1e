/* refuse.h - malloc and its kin, which fail when they are told to.
 *
 * For one file of a program that the Makefile links with --wrap: the allocations of the
 * project's own files come here. */

#ifndef REFUSE_H
#define REFUSE_H

#include <stdbool.h>
#include <stdlib.h>

/* Allocations left until one fails; negative: none does. */
static long refuse_left = -1;
static long refuse_calls;

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
	refuse_calls++;
	return refuse_left >= 0 && refuse_left-- == 0;
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
