/*
 * html.c - a report as one HTML file.
 */
#include "report/report.h"

/* Placeholder until the renderer is merged. */
char *
dg_report_html(const struct dg_report *r)
{
	return dg_report_text(r, &(struct dg_text_style){.columns = 80});
}
