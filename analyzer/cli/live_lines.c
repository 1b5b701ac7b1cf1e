/*
 * live_lines.c - the lines of transactions of a long run.
 *
 * Unlike a report they have their name from the first line on: who follows them should not
 * wait for months.  Lines that find no room are lost whole, and counting goes on.
 */
#include "cli/live_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/output.h"

#define OPEN_FLAGS (O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY)

bool
dg_live_lines_open(struct dg_live_lines *l, const char *path)
{
	*l = (struct dg_live_lines){.place.fd = -1, .fd = -1};
	if (path == NULL)
		return true;
	if (!dg_live_place_open(&l->place, path))
		return false;
	l->fd = l->place.fd;
	return true;
}

bool
dg_live_lines_begin(struct dg_live_lines *l, bool may_replace)
{
	struct dg_live_place *p = &l->place;

	if (p->folder == NULL)
		return true;
	l->fd = openat(dg_outdir_fd(p->folder), p->name,
	    OPEN_FLAGS | (may_replace ? O_TRUNC : O_EXCL), 0666);
	if (l->fd < 0)
		dg_cli_complain("%s: %s", p->name, strerror(errno));
	return l->fd >= 0;
}

/* Takes back the beginning of a line that found no room. */
static void
forget_half(int fd, off_t size)
{
	struct stat st;

	/* If it fails, there is a line that no reader can parse. */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > size &&
	    ftruncate(fd, size) != 0)
		return;
}

int
dg_live_lines_write(void *context, const void *bytes, size_t size)
{
	struct dg_live_lines *l = context;
	struct dg_output output = {.fd = l->fd};
	struct stat st;
	bool is_file = fstat(l->fd, &st) == 0 && S_ISREG(st.st_mode);

	if (dg_output_write(&output, bytes, size) == 0)
		return 0;
	l->error = output.error;
	l->is_lost = true;
	if (is_file)
		forget_half(l->fd, st.st_size);
	/* Nobody reads a pipe that broke. */
	return output.error == EPIPE ? -1 : 0;
}

int
dg_live_lines_reopen(struct dg_live_lines *l)
{
	int fd;

	if (l->place.folder == NULL)
		return 0;
	fd = openat(dg_outdir_fd(l->place.folder), l->place.name, OPEN_FLAGS | O_EXCL, 0666);
	if (fd < 0)
		return errno == EEXIST ? 0 : errno;
	close(l->fd);
	l->fd = fd;
	return 0;
}

bool
dg_live_lines_close(struct dg_live_lines *l)
{
	bool is_well = true;

	if (l->place.folder != NULL && l->fd >= 0)
		is_well = fsync(l->fd) == 0 && close(l->fd) == 0;
	l->fd = -1;
	dg_live_place_close(&l->place);
	return is_well && !l->is_lost;
}
