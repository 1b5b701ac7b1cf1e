/*
 * live_lines.c - the lines of transactions of a long run.
 *
 * Unlike a report they have their name from the first line on: who follows them should not
 * wait for months.  Lines that find no room are lost whole, and counting goes on.
 */
#include "cli/live_lines.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/output.h"

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

/* Goes on behind what is there, whoever cut it (a rotation that copies and cuts, too). */
static void
append(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags | O_APPEND);
}

bool
dg_live_lines_begin(struct dg_live_lines *l, bool may_replace)
{
	struct dg_live_place *p = &l->place;

	if (p->folder == NULL)
		return true;
	if (may_replace)
		(void)unlinkat(dg_outdir_fd(p->folder), p->name, 0);
	l->fd = dg_outdir_create(p->folder, p->name);
	if (l->fd < 0)
		dg_cli_complain("%s: %s", p->name, strerror(errno));
	else
		append(l->fd);
	return l->fd >= 0;
}

void
dg_live_lines_give(const struct dg_live_lines *l, uid_t uid, gid_t gid)
{
	/* It is open: who owns it matters to others only. */
	if (l->place.folder != NULL && fchown(l->fd, uid, gid) != 0)
		return;
}

/* Takes back the beginning of a line that found no room. */
static void
forget_half(int fd, off_t size)
{
	/* If that fails, there is a line that no reader can parse. */
	if (ftruncate(fd, size) != 0)
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
	fd = dg_outdir_create(l->place.folder, l->place.name);
	if (fd < 0)
		return errno == EEXIST ? 0 : errno;
	append(fd);
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
