/*
 * output.c - a report into a file: whole or not at all.
 *
 * It is written into a file beside, made durable, and renamed.  Without
 * --force the rename itself refuses to replace what is there, so nothing can
 * come between looking and renaming.
 */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

#define DEFAULT_COLUMNS 80
#define LEAST_COLUMNS 40

static bool
is_standard(const char *path)
{
	return path == NULL || strcmp(path, "-") == 0;
}

const char *
dg_output_name_of(const char *path)
{
	return is_standard(path) ? "standard output" : path;
}

bool
dg_output_is_in_place(const char *path)
{
	struct stat st;

	return is_standard(path) ||
	    (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
}

/* The folder of a path, the caller's to free; NULL without memory. */
static char *
folder_of(const char *path)
{
	char *copy = strdup(path), *folder = NULL;

	if (copy != NULL)
		folder = strdup(dirname(copy));
	free(copy);
	return folder;
}

/* The last part of a path, in `copy`'s memory. */
static bool
has_same_name(char *copy_a, char *copy_b)
{
	return copy_a != NULL && copy_b != NULL &&
	    strcmp(basename(copy_a), basename(copy_b)) == 0;
}

bool
dg_output_is_same(const char *a, const char *b)
{
	char *folder_a, *folder_b, *copy_a, *copy_b;
	struct stat in_a, in_b;
	bool is_same;

	if (is_standard(a) || is_standard(b))
		return is_standard(a) && is_standard(b);
	folder_a = folder_of(a);
	folder_b = folder_of(b);
	copy_a = strdup(a);
	copy_b = strdup(b);
	is_same = has_same_name(copy_a, copy_b) && folder_a != NULL && folder_b != NULL &&
	    stat(folder_a, &in_a) == 0 && stat(folder_b, &in_b) == 0 &&
	    in_a.st_dev == in_b.st_dev && in_a.st_ino == in_b.st_ino;
	free(folder_a);
	free(folder_b);
	free(copy_a);
	free(copy_b);
	return is_same;
}

bool
dg_output_check(const char *path, bool may_replace)
{
	struct stat st;
	char *folder;
	bool is_good = true;

	if (dg_output_is_in_place(path))
		return true;
	if (lstat(path, &st) == 0) {
		if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
			dg_cli_complain("%s: is a folder; name a file in it", path);
			return false;
		}
		if (!may_replace) {
			dg_cli_complain("%s: exists; use --force to replace it", path);
			return false;
		}
	}
	folder = folder_of(path);
	if (folder != NULL && stat(folder, &st) == 0 && !S_ISDIR(st.st_mode)) {
		dg_cli_complain("%s: %s: %s", path, folder, strerror(ENOTDIR));
		is_good = false;
	} else if (folder != NULL && access(folder, W_OK | X_OK) != 0) {
		dg_cli_complain("%s: %s: %s", path, folder, strerror(errno));
		is_good = false;
	}
	free(folder);
	return is_good;
}

static bool
open_aside(struct dg_output *o)
{
	char *folder = folder_of(o->path), *aside;
	mode_t mask = umask(0);

	umask(mask);
	if (folder == NULL || asprintf(&aside, "%s/.dnsgap-XXXXXX", folder) < 0) {
		free(folder);
		errno = ENOMEM;
		return false;
	}
	free(folder);
	o->fd = mkostemp(aside, O_CLOEXEC);
	if (o->fd >= 0 && fchmod(o->fd, 0666 & ~mask) == 0) {
		o->aside = aside;
		return true;
	}
	if (o->fd >= 0) {
		unlink(aside);
		close(o->fd);
		o->fd = -1;
	}
	free(aside);
	return false;
}

bool
dg_output_open(struct dg_output *o, const char *path, bool may_replace)
{
	bool is_open;

	*o = (struct dg_output){.path = path, .may_replace = may_replace, .fd = -1};
	if (is_standard(path)) {
		o->fd = STDOUT_FILENO;
		return true;
	}
	if (dg_output_is_in_place(path)) {
		o->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		is_open = o->fd >= 0;
	} else {
		is_open = open_aside(o);
	}
	if (!is_open)
		dg_cli_complain("%s: %s", path, strerror(errno));
	return is_open;
}

int
dg_output_write(void *context, const void *bytes, size_t size)
{
	struct dg_output *o = context;
	const char *at = bytes;

	while (size > 0) {
		ssize_t put = write(o->fd, at, size);

		if (put < 0 && errno == EINTR)
			continue;
		/* Whoever shares a pipe with us may have made it so. */
		if (put < 0 && errno == EAGAIN) {
			(void)poll(&(struct pollfd){.fd = o->fd, .events = POLLOUT}, 1, -1);
			continue;
		}
		if (put < 0) {
			o->error = errno;
			return -1;
		}
		at += put;
		size -= (size_t)put;
	}
	return 0;
}

/* Gives the file its name.  0, or an errno. */
static int
give_name(const struct dg_output *o)
{
	if (o->may_replace)
		return rename(o->aside, o->path) == 0 ? 0 : errno;
	if (renameat2(AT_FDCWD, o->aside, AT_FDCWD, o->path, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return errno;
	/* A file system that cannot: a link does not replace either. */
	if (link(o->aside, o->path) != 0)
		return errno;
	unlink(o->aside);
	return 0;
}

static void
sync_folder(const char *path)
{
	char *folder = folder_of(path);
	int fd = folder != NULL ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	/* The report is whole either way; this only makes its name durable. */
	if (fd >= 0) {
		(void)fsync(fd);
		close(fd);
	}
	free(folder);
}

void
dg_output_abandon(const struct dg_output *o)
{
	if (o->aside != NULL)
		(void)unlink(o->aside);
}

static void
forget_aside(struct dg_output *o)
{
	char *aside = o->aside;

	o->aside = NULL;
	free(aside);
}

/* Tells of the first trouble, if there was any, and leaves no file then. */
static bool
is_well(struct dg_output *o, bool is_good)
{
	if (o->aside != NULL && (!is_good || o->error != 0)) {
		unlink(o->aside);
		forget_aside(o);
	}
	if (o->error == EEXIST)
		dg_cli_complain("%s: exists; use --force to replace it", o->path);
	else if (o->error != 0)
		dg_cli_complain("%s: could not be written: %s", dg_output_name_of(o->path),
		    strerror(o->error));
	return is_good && o->error == 0;
}

bool
dg_output_seal(struct dg_output *o, bool is_good)
{
	if (is_good && o->aside != NULL && o->error == 0 && fsync(o->fd) != 0)
		o->error = errno;
	if (o->fd >= 0 && o->fd != STDOUT_FILENO && close(o->fd) != 0 && o->error == 0)
		o->error = errno;
	o->fd = -1;
	return is_well(o, is_good);
}

bool
dg_output_name(struct dg_output *o)
{
	if (o->aside == NULL)
		return true;
	o->error = give_name(o);
	if (!is_well(o, true))
		return false;
	o->is_named = true;
	forget_aside(o);
	sync_folder(o->path);
	return true;
}

void
dg_output_remove(struct dg_output *o)
{
	if (o->fd >= 0 && o->fd != STDOUT_FILENO)
		close(o->fd);
	o->fd = -1;
	if (o->aside != NULL)
		unlink(o->aside);
	forget_aside(o);
	if (o->is_named)
		unlink(o->path);
	o->is_named = false;
}

bool
dg_output_close(struct dg_output *o, bool is_good)
{
	return dg_output_seal(o, is_good) && dg_output_name(o);
}

unsigned
dg_output_columns(const struct dg_output *o)
{
	struct winsize size;

	if (o->fd < 0 || ioctl(o->fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 ||
	    size.ws_col > DEFAULT_COLUMNS)
		return DEFAULT_COLUMNS;
	return size.ws_col < LEAST_COLUMNS ? LEAST_COLUMNS : size.ws_col;
}

int
dg_output_print(const char *text, size_t size)
{
	struct dg_output output;

	if (!dg_output_open(&output, NULL, false))
		return DG_STATUS_OUTPUT;
	(void)dg_output_write(&output, text, size);
	return dg_output_close(&output, true) ? DG_STATUS_OK : DG_STATUS_OUTPUT;
}
