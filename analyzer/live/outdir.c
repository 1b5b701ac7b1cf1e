/*
 * outdir.c - outputs of a long run: whole under their names, or not there.
 *
 * After the folder is opened a file is only ever made anew (O_EXCL), never opened again, and
 * the folder is listed through a descriptor that is kept: the sandbox then needs to allow no
 * opening of what exists (sandbox.c).
 *
 * Who has files on their way holds a shared lock on the folder itself, so leftovers are removed
 * only when nobody else can be writing them.  Weak spot: where a file system locks no folders
 * (NFS), leftovers stay.
 */
#include "live/outdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Files on their way, and hexadecimal digits behind it. */
#define ASIDE_PREFIX ".dnsgap-live-"
#define ASIDE_DIGITS 16
#define ASIDE_MAX (sizeof(ASIDE_PREFIX) + ASIDE_DIGITS)
/* A name that is taken by chance is not taken twice. */
#define ASIDE_TRIES 8
/* Another run that tidies up is done within this. */
#define HOLD_TRIES 50
#define HOLD_PAUSE_NS 10000000

struct dg_outdir {
	int fd;
	DIR *list; /* the same folder, to be read from its beginning again and again */
	char *path;
	char *before; /* of a name in it, in texts */
	bool was_made;
};

struct dg_outfile {
	const struct dg_outdir *dir;
	int fd;
	int error; /* errno of the first trouble */
	bool may_replace;
	char aside[ASIDE_MAX];
	char name[NAME_MAX + 1];
};

/* --- the folder ---------------------------------------------------------------- */

static int
folder_trouble(const char *path, int error, char text[DG_LIVE_TEXT_MAX])
{
	const char *advice = "";

	if (error == ENOENT)
		advice = "; make the folder that it is to be in";
	else if (error == ENOTDIR)
		advice = "; name a folder";
	else if (error == EACCES || error == EPERM)
		advice = "; name a folder of your own";
	(void)snprintf(text, DG_LIVE_TEXT_MAX, "%s: %s%s", path, strerror(error), advice);
	return error;
}

/* What stands before a name in this folder, the caller's to free; NULL without memory. */
static char *
before_name(const char *path)
{
	size_t size = strlen(path);
	char *before;

	if (strcmp(path, ".") == 0)
		return strdup("");
	if (asprintf(&before, "%s%s", path, size > 0 && path[size - 1] == '/' ? "" : "/") < 0)
		return NULL;
	return before;
}

/* Opens d->path as d->fd.  0 or an errno. */
static int
open_folder(struct dg_outdir *d)
{
	struct stat st;
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

	d->was_made = mkdir(d->path, 0777) == 0;
	if (!d->was_made && errno != EEXIST)
		return errno;
	/* What was made here is no link; if it is one now, somebody plays with us. */
	d->fd = open(d->path, d->was_made ? flags | O_NOFOLLOW : flags);
	if (d->fd < 0)
		return errno;
	if (fstat(d->fd, &st) != 0)
		return errno;
	return d->was_made && st.st_uid != geteuid() ? EPERM : 0;
}

/* Reads the folder through a description of its own: its place is moved about. */
static int
open_list(struct dg_outdir *d)
{
	int fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	d->list = fdopendir(fd);
	if (d->list == NULL) {
		int error = errno;

		close(fd);
		return error;
	}
	return 0;
}

static bool
is_aside(const char *name)
{
	size_t prefix = strlen(ASIDE_PREFIX);

	return strncmp(name, ASIDE_PREFIX, prefix) == 0 &&
	    strspn(name + prefix, "0123456789abcdef") == ASIDE_DIGITS &&
	    name[prefix + ASIDE_DIGITS] == '\0';
}

bool
dg_outdir_is_regular(const struct dg_outdir *d, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_REG;
	return fstatat(d->fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode);
}

/* Removes what killed runs left, unless others are at work here. */
static void
remove_leftovers(const struct dg_outdir *d)
{
	const struct dirent *entry;

	if (flock(d->fd, LOCK_EX | LOCK_NB) != 0)
		return;
	while ((entry = readdir(d->list)) != NULL)
		if (is_aside(entry->d_name) && dg_outdir_is_regular(d, entry))
			(void)unlinkat(d->fd, entry->d_name, 0);
}

/* Shows others that somebody is at work here.  Not for ever: anybody can lock a folder. */
static void
hold(const struct dg_outdir *d)
{
	const struct timespec pause = {.tv_nsec = HOLD_PAUSE_NS};

	for (int try = 0; try < HOLD_TRIES; try++) {
		if (flock(d->fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK)
			return;
		(void)nanosleep(&pause, NULL);
	}
}

int
dg_outdir_open(const char *path, struct dg_outdir **out, char text[DG_LIVE_TEXT_MAX])
{
	struct dg_outdir *d = calloc(1, sizeof(*d));
	int error = ENOMEM;

	text[0] = '\0';
	if (d == NULL)
		return folder_trouble(path, error, text);
	d->fd = -1;
	d->path = strdup(path);
	d->before = before_name(path);
	if (d->path != NULL && d->before != NULL)
		error = open_folder(d);
	if (error == 0)
		error = open_list(d);
	if (error != 0) {
		dg_outdir_close(d);
		return folder_trouble(path, error, text);
	}
	remove_leftovers(d);
	hold(d);
	*out = d;
	return 0;
}

void
dg_outdir_close(struct dg_outdir *d)
{
	if (d == NULL)
		return;
	if (d->list != NULL)
		closedir(d->list);
	if (d->fd >= 0)
		close(d->fd);
	free(d->before);
	free(d->path);
	free(d);
}

int
dg_outdir_fd(const struct dg_outdir *d)
{
	return d->fd;
}

const char *
dg_outdir_path(const struct dg_outdir *d)
{
	return d->path;
}

const char *
dg_outdir_before(const struct dg_outdir *d)
{
	return d->before;
}

DIR *
dg_outdir_list(const struct dg_outdir *d)
{
	return d->list;
}

void
dg_outdir_give(const struct dg_outdir *d, uid_t uid, gid_t gid)
{
	if (d->was_made && fchown(d->fd, uid, gid) != 0)
		return;
}

/* --- files --------------------------------------------------------------------- */

int
dg_outdir_trouble(
    const struct dg_outdir *d, const char *name, int error, char text[DG_LIVE_TEXT_MAX])
{
	const char *advice = "";

	if (error == ENOSPC)
		advice = "; make room on the disk, the next one is tried again";
	else if (error == EDQUOT)
		advice = "; make room within the quota, the next one is tried again";
	else if (error == EFBIG)
		advice = "; raise the limit of file sizes (ulimit -f)";
	else if (error == EEXIST)
		advice = "; move it away, or use --force to replace it";
	else if (error == EACCES || error == EPERM)
		advice = "; let the user that -Z names write there, or name another with -Z";
	(void)snprintf(
	    text, DG_LIVE_TEXT_MAX, "%s%s: %s%s", d->before, name, strerror(error), advice);
	return error;
}

int
dg_outdir_create(const struct dg_outdir *d, const char *name)
{
	int fd;

	do
		fd = openat(d->fd, name, DG_OUTDIR_OPEN_FLAGS, 0666);
	while (fd < 0 && errno == EINTR);
	return fd;
}

/* Opens a new file under a name of nobody's, written to `name`.  Its descriptor, or -1. */
static int
create_aside(const struct dg_outdir *d, char name[ASIDE_MAX])
{
	for (int try = 0; try < ASIDE_TRIES; try++) {
		uint64_t number;
		int fd;

		if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
			return -1;
		(void)snprintf(
		    name, ASIDE_MAX, ASIDE_PREFIX "%016llx", (unsigned long long)number);
		fd = dg_outdir_create(d, name);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

/* Whoever typed sudo can mostly write where they are. */
static int
check_trouble(const struct dg_outdir *d, int error, char text[DG_LIVE_TEXT_MAX])
{
	const char *person = getenv("SUDO_USER");

	(void)snprintf(text, DG_LIVE_TEXT_MAX,
	    "%s: user %lu can make no files there: %s; name a folder where it can, or another "
	    "user "
	    "with -Z%s%s",
	    d->path, (unsigned long)geteuid(), strerror(error), person != NULL ? " " : "",
	    person != NULL ? person : "");
	return error;
}

int
dg_outdir_check(const struct dg_outdir *d, char text[DG_LIVE_TEXT_MAX])
{
	char name[ASIDE_MAX];
	int fd = create_aside(d, name);

	text[0] = '\0';
	if (fd < 0)
		return check_trouble(d, errno, text);
	close(fd);
	(void)unlinkat(d->fd, name, 0);
	return 0;
}

bool
dg_outdir_is_name(const char *name)
{
	return name[0] != '\0' && strlen(name) <= NAME_MAX && strchr(name, '/') == NULL &&
	    strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

int
dg_outfile_open(struct dg_outdir *d, const char *name, bool may_replace,
    struct dg_outfile **out, char text[DG_LIVE_TEXT_MAX])
{
	struct dg_outfile *f;
	int error;

	text[0] = '\0';
	if (!dg_outdir_is_name(name))
		return dg_outdir_trouble(d, name, EINVAL, text);
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return dg_outdir_trouble(d, name, ENOMEM, text);
	f->dir = d;
	f->may_replace = may_replace;
	memcpy(f->name, name, strlen(name) + 1);
	f->fd = create_aside(d, f->aside);
	if (f->fd < 0) {
		error = errno;
		free(f);
		return dg_outdir_trouble(d, name, error, text);
	}
	*out = f;
	return 0;
}

int
dg_outfile_write(void *context, const void *bytes, size_t size)
{
	struct dg_outfile *f = context;
	const char *at = bytes;

	if (f->error != 0)
		return -1;
	while (size > 0) {
		ssize_t put = write(f->fd, at, size);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0) {
			f->error = errno;
			return -1;
		}
		at += put;
		size -= (size_t)put;
	}
	return 0;
}

static int
sync_fd(int fd)
{
	while (fsync(fd) != 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

/* Gives the file its name.  0, or an errno. */
static int
give_name(const struct dg_outfile *f)
{
	int dir = f->dir->fd;

	if (f->may_replace)
		return renameat2(dir, f->aside, dir, f->name, 0) == 0 ? 0 : errno;
	if (renameat2(dir, f->aside, dir, f->name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return errno;
	/* A file system that cannot: a link does not replace either. */
	if (linkat(dir, f->aside, dir, f->name, 0) != 0)
		return errno;
	(void)unlinkat(dir, f->aside, 0);
	return 0;
}

/* Makes the name durable.  0 or an errno with a text. */
static int
sync_name(const struct dg_outfile *f, char text[DG_LIVE_TEXT_MAX])
{
	int error = sync_fd(f->dir->fd);

	/* Some file systems do not know it of folders. */
	if (error == 0 || error == EINVAL || error == ENOTSUP || error == EROFS)
		return 0;
	(void)snprintf(text, DG_LIVE_TEXT_MAX,
	    "%s%s: is whole, but may be gone when the machine fails now: %s", f->dir->before,
	    f->name, strerror(error));
	return error;
}

int
dg_outfile_close(struct dg_outfile *f, bool is_good, char text[DG_LIVE_TEXT_MAX])
{
	int error;

	text[0] = '\0';
	if (is_good && f->error == 0)
		f->error = sync_fd(f->fd);
	if (close(f->fd) != 0 && errno != EINTR && f->error == 0)
		f->error = errno;
	if (is_good && f->error == 0)
		f->error = give_name(f);
	error = f->error;
	if (error != 0)
		(void)dg_outdir_trouble(f->dir, f->name, error, text);
	if (error != 0 || !is_good)
		(void)unlinkat(f->dir->fd, f->aside, 0);
	else
		error = sync_name(f, text);
	free(f);
	return error;
}
