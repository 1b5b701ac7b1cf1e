#ifndef DG_CLI_FILTER_H
#define DG_CLI_FILTER_H

#include <stdbool.h>

/*
 * filter.h - the text of a filter, in pcap's language.
 */

/* Adds a word, a blank before it; *filter is NULL before the first, and the caller's to free.
 * Complains and returns false. */
bool dg_filter_add(char **filter, const char *word);

/* Reads it from a file ("-": standard input), without what stands behind a `#` in a line, as
 * tcpdump does.  Complains and returns false. */
bool dg_filter_read(char **filter, const char *path);

#endif
