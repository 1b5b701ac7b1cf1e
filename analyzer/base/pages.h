#ifndef DG_BASE_PAGES_H
#define DG_BASE_PAGES_H

#include <stddef.h>

/*
 * pages.h - large blocks of memory that are touched at random.
 *
 * From 2 MiB on they begin at a multiple of it and ask for huge pages: a table of tens
 * of megabytes has more small pages than a processor remembers addresses of.
 */

/* All zero.  NULL when memory ran out. */
void *dg_pages_new(size_t bytes);
void dg_pages_free(void *block, size_t bytes);

#endif
