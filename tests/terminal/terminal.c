/*
 * terminal.c - shows screens on the terminal that standard output is.
 *
 *	terminal < SCREENS
 *
 * Screens end with a NUL.  After each one it waits for a key, and ends at `q`, or when there is
 * none left.
 */
#include "live/terminal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define SCREEN_BYTES_MAX 65536

static char
wait_for_key(struct dg_terminal *t)
{
	struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLIN};
	char key = '\0';

	while (key == '\0' && poll(&p, 1, -1) > 0)
		key = dg_terminal_key(t);
	return key;
}

int
main(void)
{
	static char screen[SCREEN_BYTES_MAX];
	struct dg_terminal *t;
	size_t size = 0;
	int c, error = dg_terminal_new(STDOUT_FILENO, &t);

	while (error == 0 && (c = getchar()) != EOF && size < sizeof screen) {
		screen[size] = (char)c;
		if (c != '\0') {
			size++;
			continue;
		}
		error = dg_terminal_show(t, screen, size);
		size = 0;
		if (wait_for_key(t) == 'q')
			break;
	}
	if (error == 0)
		dg_terminal_free(t);
	errno = error;
	if (error != 0)
		perror("terminal");
	return error == 0 ? 0 : 1;
}
