#ifndef DG_REPORT_LINE_H
#define DG_REPORT_LINE_H

#include "base/strbuf.h"
#include "correlate/transaction.h"

/*
 * line.h - a transaction as a line of JSON (docs/formats.md, "A line for each
 * transaction").
 */

/**
 * Appends a line with its newline.  `files` are the names of the captures as JSON
 * (dg_report_json_text), by dg_place.file; they must hold every file of which a place of the
 * transaction is set.  Memory that runs out is remembered in `b`.
 */
void dg_line_transaction(
    struct dg_strbuf *b, const struct dg_transaction *t, char *const *files);

#endif
