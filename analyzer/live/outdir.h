#ifndef DG_LIVE_OUTDIR_H
#define DG_LIVE_OUTDIR_H

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * outdir.h - outputs of a long run: files in a folder that was opened before rights were given
 * up, reached through its descriptor only; each whole under its name, or not there.
 */

/* Text about what went wrong, for a person; no escaping. */
#define DG_LIVE_TEXT_MAX 512

struct dg_outdir;

/**
 * Opens a folder, or makes it (its parent must exist).  0, or an errno with a text that says
 * what to do.  Links in the last place are followed: the person named them.
 */
int dg_outdir_open(const char *path, struct dg_outdir **out, char text[DG_LIVE_TEXT_MAX]);
void dg_outdir_close(struct dg_outdir *d);

/* Gives a folder that dg_outdir_open made to the user that the process is about to become; one
 * that was there is left as it is.  Whether that is enough, dg_outdir_check tells afterwards.
 */
void dg_outdir_give(const struct dg_outdir *d, uid_t uid, gid_t gid);

/* As dg_outdir_open got it. */
const char *dg_outdir_path(const struct dg_outdir *d);

/* For the sandbox, which lets only these be written to. */
int dg_outdir_fd(const struct dg_outdir *d);

/* Whether this process may make files there, asked again after rights were dropped; 0 or an
 * errno with a text. */
int dg_outdir_check(const struct dg_outdir *d, char text[DG_LIVE_TEXT_MAX]);

/*
 * One file on its way.  Written aside under a name that begins with a dot, then fsync, rename,
 * fsync of the folder.  What a killed run left aside is removed by dg_outdir_open.
 */
struct dg_outfile;

/* `name` has no slash.  With may_replace an older file of this name gives way (metrics), else
 * it is an error.  0 or an errno with a text. */
int dg_outfile_open(struct dg_outdir *d, const char *name, bool may_replace,
    struct dg_outfile **out, char text[DG_LIVE_TEXT_MAX]);

/* A dnsgap_write function; `context` is the file. */
int dg_outfile_write(void *context, const void *bytes, size_t size);

/* Gives it its name when is_good and nothing failed, removes it otherwise, and frees it.  0 or
 * an errno with a text. */
int dg_outfile_close(struct dg_outfile *f, bool is_good, char text[DG_LIVE_TEXT_MAX]);

/**
 * Removes the oldest files whose names are `prefix`, a UTC time as dg_outdir_stamp writes it,
 * and '.' with an ending, until `keep` different times are left.  Other files are left alone.
 * 0 or an errno.
 */
int dg_outdir_keep(
    struct dg_outdir *d, const char *prefix, size_t keep, char text[DG_LIVE_TEXT_MAX]);

/* "2026-11-22T01-02-03Z" of seconds since 1970: sorts by time, holds in any file system. */
#define DG_STAMP_MAX 32
void dg_outdir_stamp(long long seconds, char text[DG_STAMP_MAX]);

/* How files are opened, always: the sandbox compares.  Nothing that exists is opened. */
#define DG_OUTDIR_OPEN_FLAGS (O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC)

/* Makes a file that was not there, under its name at once.  Its descriptor, or -1 with errno.
 */
int dg_outdir_create(const struct dg_outdir *d, const char *name);

/*
 * For this room only.
 */

/* What stands before a file's name in texts: the folder and a slash, nothing for ".". */
const char *dg_outdir_before(const struct dg_outdir *d);

/* Whether it can be a file's name: something, no slash, neither "." nor "..". */
bool dg_outdir_is_name(const char *name);

/* Says what went wrong with a file and what to do; returns `error`. */
int dg_outdir_trouble(
    const struct dg_outdir *d, const char *name, int error, char text[DG_LIVE_TEXT_MAX]);

/* The folder's entries; rewind before use. */
DIR *dg_outdir_list(const struct dg_outdir *d);

bool dg_outdir_is_regular(const struct dg_outdir *d, const struct dirent *entry);

#endif
