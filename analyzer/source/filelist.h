#ifndef DG_SOURCE_FILELIST_H
#define DG_SOURCE_FILELIST_H

#include "source/pcapfile.h"
#include "source/source.h"

/*
 * filelist.h - several captures joined in order of time.
 */

struct dg_filelist;

/* Files of up to digest_max bytes get a SHA-256.  Returns 0 or DNSGAP_ENOMEM. */
int dg_filelist_new(uint64_t digest_max, struct dg_filelist **out);
void dg_filelist_free(struct dg_filelist *l);

/* Adds a file, "-" for standard input; before the first batch.  0 or DNSGAP_ENOMEM. */
int dg_filelist_add(struct dg_filelist *l, const char *path);

/* Whom to ask whether to go on, while a pipe has nothing to give. */
void dg_filelist_set_stop(struct dg_filelist *l, struct dg_stop stop);

/* Valid as long as the list. */
struct dg_source dg_filelist_source(struct dg_filelist *l);

/* What is known of the files, in the order in which they are read. */
size_t dg_filelist_count(const struct dg_filelist *l);
const struct dg_input *dg_filelist_input(const struct dg_filelist *l, size_t n);

/* Bytes read so far of all files, and their sizes together (0 when unknown). */
void dg_filelist_progress(const struct dg_filelist *l, uint64_t *done, uint64_t *all);

#endif
