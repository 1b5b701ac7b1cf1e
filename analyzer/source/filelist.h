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

/* Which frames are wanted; NULL: all.  It must outlive the list, and is that of a list made
 * from this one, too. */
void dg_filelist_set_filter(struct dg_filelist *l, struct dg_filter *filter);

/* Whom to ask whether to go on, while a pipe has nothing to give. */
void dg_filelist_set_stop(struct dg_filelist *l, struct dg_stop stop);

/* Valid as long as the list. */
struct dg_source dg_filelist_source(struct dg_filelist *l);

/**
 * The same files once more, in the order in which they were read, once that is over.  Fails
 * with DNSGAP_EINVAL when one of them cannot be read twice (standard input, a pipe),
 * DNSGAP_EOPEN when it is gone, or changed (size or time of change) since it was named,
 * DNSGAP_ENOMEM; with a text.  What could not be opened before is left alone.
 */
int dg_filelist_again(
    const struct dg_filelist *before, struct dg_filelist **out, struct dg_fail *fail);

/* Once as much was read again: whether the files gave as many frames, and the same SHA-256
 * where both are known, and are unchanged still.  0, or DNSGAP_EOPEN with a text. */
int dg_filelist_compare(
    const struct dg_filelist *before, const struct dg_filelist *again, struct dg_fail *fail);

/* What is known of the files, in the order in which they are read. */
size_t dg_filelist_count(const struct dg_filelist *l);
const struct dg_input *dg_filelist_input(const struct dg_filelist *l, size_t n);

/* Bytes read so far of all files, and their sizes together (0 when unknown). */
void dg_filelist_progress(const struct dg_filelist *l, uint64_t *done, uint64_t *all);

#endif
