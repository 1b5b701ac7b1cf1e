#ifndef DG_REPORT_SCREEN_H
#define DG_REPORT_SCREEN_H

#include "report/report.h"

/*
 * screen.h - a report for a person who watches it grow, and for a line in a log.
 */

struct dg_screen_look {
	struct dg_text_style style;
	unsigned lines;
	const char *status; /* on the first line's right; NULL */
	uint64_t open;      /* transactions that wait */
};

/*
 * Exactly so many lines of at most so many columns (screen.c); the caller frees it.  NULL when
 * memory ran out.
 *
 * What stands where depends on the size first, on the numbers as little as it can: lines that
 * jump cannot be read.
 */
char *dg_report_screen(const struct dg_report *r, const struct dg_screen_look *look);

/* One line of printable ASCII, without a newline (log_line.c); the same. */
char *dg_report_log_line(const struct dg_report *r);

#endif
