/*
 * live_terminal.c - a terminal is taken, shown to without waiting, and given back.
 *
 * What a person sees is for an emulator: tests/property/terminal.py.
 */
#include "live/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "rows.h"

#define SEEN_MAX (1 << 20)
/* More than any terminal's buffer. */
#define MANY 20000

struct world {
	int master;
	int slave;
	struct dg_terminal *terminal;
};

static void
open_world(struct world *w)
{
	struct winsize size = {.ws_row = 24, .ws_col = 80};

	assert_int_equal(openpty(&w->master, &w->slave, NULL, NULL, &size), 0);
	assert_int_equal(dg_terminal_new(w->slave, &w->terminal), 0);
}

static void
close_world(struct world *w)
{
	dg_terminal_free(w->terminal);
	close(w->slave);
	close(w->master);
}

/* What the terminal was sent since the last call; the caller's to free(). */
static char *
seen(const struct world *w)
{
	char *text = calloc(1, SEEN_MAX);
	size_t size = 0;
	struct pollfd p = {.fd = w->master, .events = POLLIN};

	assert_non_null(text);
	while (size + 1 < SEEN_MAX && poll(&p, 1, 20) > 0) {
		ssize_t n = read(w->master, text + size, SEEN_MAX - 1 - size);

		assert_true(n > 0);
		size += (size_t)n;
	}
	return text;
}

static void
expect(const struct world *w, const char *wanted)
{
	char *text = seen(w);

	assert_non_null(strstr(text, wanted));
	free(text);
}

static void
show(const struct world *w, const char *text)
{
	assert_int_equal(dg_terminal_show(w->terminal, text, strlen(text)), 0);
}

static void
test_no_terminal(void **state)
{
	struct dg_terminal *t = NULL;
	int fd = open("/dev/null", O_RDWR);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(dg_terminal_new(fd, &t), ENOTTY);
	assert_null(t);
	close(fd);
}

static void
test_given_back(void **state)
{
	struct world w;
	struct termios before, during, after;
	int flags;

	(void)state;
	assert_int_equal(openpty(&w.master, &w.slave, NULL, NULL, NULL), 0);
	assert_int_equal(tcgetattr(w.slave, &before), 0);
	flags = fcntl(w.slave, F_GETFL);
	assert_int_equal(dg_terminal_new(w.slave, &w.terminal), 0);
	assert_int_equal(tcgetattr(w.slave, &during), 0);
	assert_int_equal(during.c_lflag & (ICANON | ECHO), 0);
	assert_true((during.c_lflag & ISIG) != 0);
	expect(&w, "\33[?1049h\33[?25l");
	dg_terminal_free(w.terminal);
	expect(&w, "\33[?25h\33[?1049l");
	assert_int_equal(tcgetattr(w.slave, &after), 0);
	assert_int_equal(after.c_iflag, before.c_iflag);
	assert_int_equal(after.c_oflag, before.c_oflag);
	assert_int_equal(after.c_cflag, before.c_cflag);
	assert_int_equal(after.c_lflag, before.c_lflag);
	assert_memory_equal(after.c_cc, before.c_cc, sizeof before.c_cc);
	assert_int_equal(fcntl(w.slave, F_GETFL), flags);
	close(w.slave);
	close(w.master);
}

static void
test_abandoned_then_freed(void **state)
{
	struct world w;
	struct termios t;

	(void)state;
	open_world(&w);
	dg_terminal_abandon(w.terminal);
	expect(&w, "\33[?1049l");
	assert_int_equal(tcgetattr(w.slave, &t), 0);
	assert_true((t.c_lflag & ICANON) != 0);
	close_world(&w);
}

static void
test_size(void **state)
{
	struct world w;
	struct winsize size = {.ws_row = 50, .ws_col = 132};
	unsigned columns, lines;

	(void)state;
	open_world(&w);
	assert_true(dg_terminal_size(w.terminal, &columns, &lines));
	assert_int_equal(columns, 80);
	assert_int_equal(lines, 24);
	assert_int_equal(ioctl(w.master, TIOCSWINSZ, &size), 0);
	assert_true(dg_terminal_size(w.terminal, &columns, &lines));
	assert_int_equal(columns, 132);
	assert_int_equal(lines, 50);
	size = (struct winsize){.ws_row = 0};
	assert_int_equal(ioctl(w.master, TIOCSWINSZ, &size), 0);
	assert_false(dg_terminal_size(w.terminal, &columns, &lines));
	close_world(&w);
}

static void
test_keys(void **state)
{
	struct world w;
	char *text;

	(void)state;
	open_world(&w);
	free(seen(&w));
	assert_int_equal(dg_terminal_key(w.terminal), '\0');
	assert_int_equal(write(w.master, "q?", 2), 2);
	assert_int_equal(dg_terminal_key(w.terminal), 'q');
	assert_int_equal(dg_terminal_key(w.terminal), '?');
	assert_int_equal(dg_terminal_key(w.terminal), '\0');
	text = seen(&w);
	assert_string_equal(text, "");
	free(text);
	close_world(&w);
}

static void
test_only_changed_lines(void **state)
{
	struct world w;
	char *text;

	(void)state;
	open_world(&w);
	show(&w, "first\nsecond\nthird\n");
	free(seen(&w));
	show(&w, "first\nSECOND\nthird\n");
	text = seen(&w);
	assert_string_equal(text, "\33[2;1HSECOND\33[0m\33[K");
	free(text);
	show(&w, "first\nSECOND\nthird\n");
	text = seen(&w);
	assert_string_equal(text, "");
	free(text);
	close_world(&w);
}

static void
test_all_lines_again(void **state)
{
	struct world w;
	struct winsize size = {.ws_row = 24, .ws_col = 81};

	(void)state;
	open_world(&w);
	show(&w, "first\n");
	free(seen(&w));
	assert_int_equal(ioctl(w.master, TIOCSWINSZ, &size), 0);
	show(&w, "first\n");
	expect(&w, "\33[1;1Hfirst");
	assert_int_equal(write(w.master, "\f", 1), 1);
	assert_int_equal(dg_terminal_key(w.terminal), '\f');
	show(&w, "first\n");
	expect(&w, "\33[1;1Hfirst");
	close_world(&w);
}

/* Nobody reads: showing comes back at once, and once somebody reads, the newest frame follows.
 */
static void
test_stopped_terminal(void **state)
{
	struct world w;
	char frame[256];
	char *text;

	(void)state;
	open_world(&w);
	alarm(30);
	for (int i = 0; i < MANY; i++) {
		snprintf(frame, sizeof frame, "frame %d %0200d\n", i, i);
		show(&w, frame);
	}
	text = seen(&w);
	assert_non_null(strstr(text, "frame 0 "));
	free(text);
	show(&w, "the rest of one goes first\n");
	free(seen(&w));
	show(&w, "the newest\n");
	expect(&w, "\33[1;1Hthe newest\33[0m\33[K");
	close_world(&w);
	alarm(0);
}

/* It is given back even so. */
static void
test_given_back_stopped(void **state)
{
	struct world w;
	char frame[256];
	char *text;

	(void)state;
	open_world(&w);
	alarm(30);
	for (int i = 0; i < MANY; i++) {
		snprintf(frame, sizeof frame, "frame %d %0200d\n", i, i);
		show(&w, frame);
	}
	dg_terminal_free(w.terminal);
	text = seen(&w);
	assert_non_null(strstr(text, "\33[?1049l"));
	free(text);
	close(w.slave);
	close(w.master);
	alarm(0);
}

static void
test_hung_up(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	close(w.master);
	assert_int_equal(dg_terminal_show(w.terminal, "x\n", 2), EIO);
	assert_int_equal(dg_terminal_key(w.terminal), '\0');
	dg_terminal_free(w.terminal);
	close(w.slave);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    {"what is no terminal is refused", test_no_terminal, NULL, NULL, NULL},
	    {"it is given back as it was", test_given_back, NULL, NULL, NULL},
	    {"a signal's handler gives it back, then it is freed", test_abandoned_then_freed,
		NULL, NULL, NULL},
	    {"its size is the one of now", test_size, NULL, NULL, NULL},
	    {"keys come without Enter and are not echoed", test_keys, NULL, NULL, NULL},
	    {"only changed lines are sent", test_only_changed_lines, NULL, NULL, NULL},
	    {"all are sent after a new size, and at Ctrl-L", test_all_lines_again, NULL, NULL,
		NULL},
	    {"a stopped terminal stops nothing", test_stopped_terminal, NULL, NULL, NULL},
	    {"a stopped terminal is given back", test_given_back_stopped, NULL, NULL, NULL},
	    {"a terminal that hung up is an error", test_hung_up, NULL, NULL, NULL},
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
