#ifndef DG_REPORT_SCREEN_TABLES_H
#define DG_REPORT_SCREEN_TABLES_H

#include "report/page.h"
#include "report/report.h"

/*
 * screen_tables.h - the tables of a screen: what does not fit is left out, the least important
 * first.
 */

/* A title line and a line for each range, and one for all. */
void dg_screen_ranges(struct dg_page *p, const struct dg_summary *s, bool has_all);

/* A title line and so many servers, the worst first. */
void dg_screen_servers(struct dg_page *p, const struct dg_summary *s, unsigned rows);

#endif
