#ifndef DG_REPORT_BUILD_H
#define DG_REPORT_BUILD_H

#include "report/doc.h"
#include "report/report.h"

/*
 * build.h - what a person is shown of a report, and in which order.
 */

/* Fills an empty document; d->is_failed says when memory ran out. */
void dg_build(struct dg_doc *d, const struct dg_report *r);

#endif
