/*
 * markdown.c - a report to paste into a ticket.
 */
#include "report/report.h"

/* Placeholder until the renderer is merged. */
char *
dg_report_markdown(const struct dg_report *r)
{
	return dg_report_text(r, &(struct dg_text_style){.columns = 80});
}
