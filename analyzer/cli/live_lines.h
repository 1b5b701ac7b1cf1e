#ifndef DG_CLI_LIVE_LINES_H
#define DG_CLI_LIVE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "cli/live_outputs.h"

/*
 * live_lines.h - the lines of transactions of a long run: under their name from the first on,
 * so that others can follow them.
 */

struct dg_live_lines {
	struct dg_live_place place;
	int fd;
	int error;    /* errno of trouble that was not told yet */
	bool is_lost; /* any line was, ever */
};

/* Opens the folder that `path` is in.  Complains and returns false. */
bool dg_live_lines_open(struct dg_live_lines *l, const char *path);

/* Makes the file.  Complains and returns false. */
bool dg_live_lines_begin(struct dg_live_lines *l, bool may_replace);

/* Gives it to the user that the process is about to become, where that can be. */
void dg_live_lines_give(const struct dg_live_lines *l, uid_t uid, gid_t gid);

/* A dnsgap_write function of whole lines; `context` is a dg_live_lines.  A disk that is full
 * loses lines, and no more than lines. */
int dg_live_lines_write(void *context, const void *bytes, size_t size);

/* Begins another file when this one was renamed; goes on with it otherwise.  0 or an errno. */
int dg_live_lines_reopen(struct dg_live_lines *l);

/* False when lines could not be written, now or ever before. */
bool dg_live_lines_close(struct dg_live_lines *l);

#endif
