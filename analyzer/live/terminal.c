/*
 * terminal.c - a screen that is refreshed in place.
 *
 * A terminal that takes nothing (a stopped one, a slow line) must not keep frames waiting.  So
 * the descriptor is opened anew, where that can be, and never waits: what is shown is a frame
 * that the terminal took whole, or a rest that goes out before the next one.  While a rest is
 * there, new frames are dropped: the last one is always the newest that began.
 *
 * Lines that are the same as before are not sent again.  Each line that is sent ends with what
 * wipes the rest of it, so nothing flickers.
 *
 * Sequences are those that every terminal of today has (xterm's control sequences, DECSET 1049,
 * 25 and 7; ECMA-48 8.3.21 CUP, 8.3.41 EL, 8.3.39 ED), so no terminfo is asked: it would need
 * files that the sandbox does not let be opened.
 */
#include "live/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/strbuf.h"

#define TAKE "\33[?1049h\33[?25l\33[?7l\33[2J\33[H"
#define GIVE_BACK "\33[0m\33[?7h\33[?25h\33[?1049l"
#define WIPE_LINE "\33[0m\33[K"
#define WIPE_BELOW "\33[J"
#define FD_PATH_MAX 32
/* Ctrl-L, as everywhere. */
#define REDRAW '\f'

struct dg_terminal {
	int fd;    /* the caller's */
	int out;   /* never waits; ours, or the caller's made so */
	int flags; /* of the caller's descriptor, when `out` is it */
	bool is_own;
	struct termios before;
	char *shown; /* the lines that the terminal has; NULL: nothing is known */
	size_t shown_size;
	bool is_stale;    /* to be sent whole; set by the thread that takes keys */
	unsigned columns; /* its size when they were shown */
	unsigned lines;
	struct dg_strbuf rest; /* of a frame, still to be written */
	size_t rest_at;
};

/* The same terminal with flags of its own: those of `fd` are shared with whoever started us. */
static void
open_own(struct dg_terminal *t)
{
	char path[FD_PATH_MAX];

	snprintf(path, sizeof path, "/proc/self/fd/%d", t->fd);
	t->out = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	t->is_own = t->out >= 0;
	if (t->is_own)
		return;
	t->out = t->fd;
	fcntl(t->fd, F_SETFL, t->flags | O_NONBLOCK);
}

static int
set_raw(const struct dg_terminal *t)
{
	struct termios raw = t->before;

	/* Interrupting by a key stays.  Stopping does not: the shell would have this screen,
	 * and nobody would capture. */
	raw.c_cc[VSUSP] = _POSIX_VDISABLE;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	return tcsetattr(t->fd, TCSANOW, &raw) == 0 ? 0 : errno;
}

/* Writes as much as the terminal takes now; false when something is left.  *error: an errno. */
static bool
write_rest(struct dg_terminal *t, int *error)
{
	while (t->rest_at < t->rest.size) {
		ssize_t n = write(t->out, t->rest.text + t->rest_at, t->rest.size - t->rest_at);

		if (n > 0) {
			t->rest_at += (size_t)n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
			*error = errno;
		return false;
	}
	dg_strbuf_fini(&t->rest);
	t->rest_at = 0;
	return true;
}

int
dg_terminal_new(int fd, struct dg_terminal **out)
{
	struct dg_terminal *t = calloc(1, sizeof *t);
	int error = 0;

	if (t == NULL)
		return ENOMEM;
	t->fd = t->out = fd;
	t->flags = fcntl(fd, F_GETFL);
	if (t->flags < 0 || tcgetattr(fd, &t->before) != 0) {
		error = errno;
		free(t);
		return error;
	}
	error = set_raw(t);
	if (error != 0) {
		free(t);
		return error;
	}
	open_own(t);
	dg_strbuf_add(&t->rest, TAKE);
	write_rest(t, &error);
	if (error != 0 || t->rest.is_failed) {
		dg_terminal_free(t);
		return error != 0 ? error : ENOMEM;
	}
	*out = t;
	return 0;
}

/* A terminal that takes nothing (stopped, or nobody reads) gets this in place of what waits. */
static void
write_last(const struct dg_terminal *t, const char *text, size_t size)
{
	if (write(t->out, text, size) == (ssize_t)size)
		return;
	tcflush(t->out, TCOFLUSH);
	tcflow(t->out, TCOON);
	if (write(t->out, text, size) < 0)
		return;
}

void
dg_terminal_abandon(const struct dg_terminal *t)
{
	sigset_t output, before;

	if (t == NULL)
		return;
	/* Whoever was put into the background gives it back, too, instead of being stopped. */
	sigemptyset(&output);
	sigaddset(&output, SIGTTOU);
	sigprocmask(SIG_BLOCK, &output, &before);
	/* A frame may be half out; CAN ends a sequence that is (ECMA-48 8.3.6). */
	write_last(t, "\30" GIVE_BACK, strlen("\30" GIVE_BACK));
	tcsetattr(t->fd, TCSANOW, &t->before);
	if (!t->is_own)
		fcntl(t->fd, F_SETFL, t->flags);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

void
dg_terminal_free(struct dg_terminal *t)
{
	if (t == NULL)
		return;
	dg_terminal_abandon(t);
	if (t->is_own)
		close(t->out);
	dg_strbuf_fini(&t->rest);
	free(t->shown);
	free(t);
}

bool
dg_terminal_size(const struct dg_terminal *t, unsigned *columns, unsigned *lines)
{
	struct winsize size;

	if (ioctl(t->fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
		return false;
	*columns = size.ws_col;
	*lines = size.ws_row;
	return true;
}

/* Takes a line from *text (of *size bytes) and gives its length, without its newline. */
static size_t
take_line(const char **text, size_t *size, const char **line)
{
	const char *end = *size > 0 ? memchr(*text, '\n', *size) : NULL;
	size_t length = end != NULL ? (size_t)(end - *text) : *size;
	size_t taken = length + (end != NULL ? 1 : 0);

	*line = *text;
	*text += taken;
	*size -= taken;
	return length;
}

/* What turns the screen that is known into the text. */
static void
add_changes(const struct dg_terminal *t, const char *text, size_t size, unsigned lines,
    struct dg_strbuf *b)
{
	const char *old = t->shown, *line, *old_line;
	size_t old_size = t->shown != NULL ? t->shown_size : 0;
	unsigned at = 0;

	while (size > 0 && at < lines) {
		bool was_there = old_size > 0;
		size_t length = take_line(&text, &size, &line);
		size_t old_length = take_line(&old, &old_size, &old_line);

		at++;
		if (was_there && length == old_length && memcmp(line, old_line, length) == 0)
			continue;
		dg_strbuf_addf(b, "\33[%u;1H", at);
		dg_strbuf_add_bytes(b, line, length);
		dg_strbuf_add(b, WIPE_LINE);
	}
	if ((old_size > 0 || t->shown == NULL) && at < lines)
		dg_strbuf_addf(b, "\33[%u;1H" WIPE_BELOW, at + 1);
}

/* All lines are sent again, whatever is seen there now. */
static void
forget(struct dg_terminal *t)
{
	free(t->shown);
	t->shown = NULL;
}

int
dg_terminal_show(struct dg_terminal *t, const char *text, size_t size)
{
	unsigned columns = 0, lines = UINT16_MAX;
	struct dg_strbuf b = {0};
	char *copy;
	int error = 0;

	if (!write_rest(t, &error))
		return error;
	dg_terminal_size(t, &columns, &lines);
	/* Terminals wrap, cut and move what they show when their size changes. */
	if (columns != t->columns || lines != t->lines ||
	    __atomic_exchange_n(&t->is_stale, false, __ATOMIC_RELAXED))
		forget(t);
	copy = malloc(size + 1);
	add_changes(t, text, size, lines, &b);
	if (copy == NULL || b.is_failed) {
		free(copy);
		dg_strbuf_fini(&b);
		return ENOMEM;
	}
	memcpy(copy, text, size);
	free(t->shown);
	t->shown = copy;
	t->shown_size = size;
	t->columns = columns;
	t->lines = lines;
	t->rest = b;
	write_rest(t, &error);
	return error;
}

char
dg_terminal_key(struct dg_terminal *t)
{
	char key = '\0';

	/* A key of several bytes is several keys, of which the first is ESC. */
	if (read(t->out, &key, 1) != 1)
		return '\0';
	if (key == REDRAW)
		__atomic_store_n(&t->is_stale, true, __ATOMIC_RELAXED);
	return key;
}
