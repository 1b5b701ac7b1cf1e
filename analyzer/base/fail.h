#ifndef DG_BASE_FAIL_H
#define DG_BASE_FAIL_H

#include "dnsgap/error.h"

/*
 * fail.h - the text beside an error code, passed up and printed once, by cli/.
 */

struct dg_fail {
	int code;
	char text[1024];
};

/**
 * Keeps code and text (printf-like; cut when too long) and returns the code,
 * so that a caller can write `return dg_fail_set(...)`.
 */
int dg_fail_set(struct dg_fail *f, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for memory that ran out; it needs no words. */
int dg_fail_memory(struct dg_fail *f);

#endif
