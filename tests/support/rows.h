/* rows.h - cmocka tests out of the rows of tables: one row, one test. */

#ifndef ROWS_H
#define ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct rows {
	struct CMUnitTest *tests;
	size_t count;
	size_t room;
};

/* Adds a test; it finds its row, which must outlive the run, in `*state`. */
static inline void
rows_add(struct rows *r, const char *name, CMUnitTestFunction function, const void *row)
{
	if (r->count == r->room) {
		r->room = r->room == 0 ? 64 : 2 * r->room;
		r->tests = realloc(r->tests, r->room * sizeof *r->tests);
		if (r->tests == NULL)
			abort();
	}
	r->tests[r->count++] = (struct CMUnitTest){
	    .name = name,
	    .test_func = function,
	    .initial_state = (void *)(uintptr_t)row,
	};
}

/* Adds every row of a table whose rows have a member `name`. */
#define ROWS_ADD_TABLE(r, table, function)                                                     \
	do {                                                                                   \
		for (size_t row_ = 0; row_ < sizeof(table) / sizeof *(table); row_++)          \
			rows_add(r, (table)[row_].name, function, &(table)[row_]);             \
	} while (0)

/* Runs them all in the order in which they were added; returns how many failed. */
static inline int
rows_run(struct rows *r, const char *group)
{
	int failed = _cmocka_run_group_tests(group, r->tests, r->count, NULL, NULL);

	free(r->tests);
	*r = (struct rows){0};
	return failed;
}

/* A name put together at run time; lives until the end of the program. */
static inline const char *rows_name(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

static inline const char *
rows_name(const char *format, ...)
{
	static struct kept {
		struct kept *next;
		char text[240];
	} * all;
	struct kept *name = malloc(sizeof *name);
	va_list args;

	if (name == NULL)
		abort();
	va_start(args, format);
	vsnprintf(name->text, sizeof name->text, format, args);
	va_end(args);
	name->next = all;
	all = name;
	return name->text;
}

/* Numbers that are the same in every run (xorshift64*). */
static inline uint64_t
rows_random(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * UINT64_C(0x2545f4914f6cdd1d);
}

#endif
