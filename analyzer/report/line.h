#ifndef DG_REPORT_LINE_H
#define DG_REPORT_LINE_H

#include "base/strbuf.h"
#include "correlate/transaction.h"

/*
 * line.h - a transaction as a line of JSON (docs/formats.md, "One line for each
 * transaction").
 */

/**
 * Appends a line with its newline.  `files` are the names of the captures as JSON
 * strings with their quotes (dg_line_file), by dg_place.file; it may be NULL when no place of
 * the transaction is set.  Memory that runs out is remembered in `b`.
 */
void dg_line_transaction(
    struct dg_strbuf *b, const struct dg_transaction *t, const char *const *files);

/* A name from outside as a JSON string; the caller frees it.  NULL when memory ran out. */
char *dg_line_file(const char *name);

#endif
