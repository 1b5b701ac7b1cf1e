#ifndef DG_REPORT_WARNINGS_H
#define DG_REPORT_WARNINGS_H

/*
 * warnings.h - what the files that warn share; nobody else includes it.
 */

#include "report/report.h"

struct dg_warning_list {
	struct dg_warnings *warnings;
	size_t left_out; /* for want of room; the last warning says how many */
	bool is_closing;
	bool is_failed;
};

void dg_warn(struct dg_warning_list *l, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline const char *
dg_plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* warn_wire.c: what the capture lacks of fragments, connections, ICMP and directions. */
void dg_warn_wire(struct dg_warning_list *l, const struct dg_summary *s);

#endif
