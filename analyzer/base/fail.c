/*
 * fail.c - the text beside an error code.
 */
#include "base/fail.h"

#include <stdarg.h>
#include <stdio.h>

int
dg_fail_set(struct dg_fail *f, int code, const char *format, ...)
{
	va_list args;

	f->code = code;
	va_start(args, format);
	vsnprintf(f->text, sizeof f->text, format, args);
	va_end(args);
	return code;
}

int
dg_fail_memory(struct dg_fail *f)
{
	return dg_fail_set(f, DNSGAP_ENOMEM, "out of memory");
}
