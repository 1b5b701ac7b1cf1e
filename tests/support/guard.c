/*
 * guard.c - bytes that end at an unreadable page.
 *
 * One arena for the whole program; the page behind it has no permissions.  A
 * read beyond the end dies with SIGSEGV, with a sanitizer or without one.
 */
#include "guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static _Noreturn void
die(const char *what)
{
	perror(what);
	abort();
}

/* The end of the readable bytes. */
static uint8_t *
make_arena(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *arena = mmap(NULL, GUARD_BYTES_MAX + page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (arena == MAP_FAILED)
		die("guard: mmap");
	if (mprotect(arena + GUARD_BYTES_MAX, page, PROT_NONE) != 0)
		die("guard: mprotect");
	return arena + GUARD_BYTES_MAX;
}

uint8_t *
guard_place(const void *bytes, size_t size)
{
	static uint8_t *end;

	if (size > GUARD_BYTES_MAX)
		die("guard: too many bytes");
	if (end == NULL)
		end = make_arena();
	if (size > 0)
		memcpy(end - size, bytes, size);
	return end - size;
}
