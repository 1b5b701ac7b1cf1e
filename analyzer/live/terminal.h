#ifndef DG_LIVE_TERMINAL_H
#define DG_LIVE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * terminal.h - a screen that is refreshed in place: the alternate one, without flicker, given
 * back whatever ends the program.
 */

struct dg_terminal;

/* Takes the terminal that `fd` is: alternate screen, cursor hidden, keys without echo and
 * Enter. 0 or an errno (ENOTTY). */
int dg_terminal_new(int fd, struct dg_terminal **out);

/* Gives it back as it was. */
void dg_terminal_free(struct dg_terminal *t);

/* From a signal handler: gives it back, frees nothing. */
void dg_terminal_abandon(const struct dg_terminal *t);

/* Its size now; false when it cannot be known. */
bool dg_terminal_size(const struct dg_terminal *t, unsigned *columns, unsigned *lines);

/* Shows whole lines from the top; what was there before and is no more is wiped; one write.  0
 * or an errno. */
int dg_terminal_show(struct dg_terminal *t, const char *text, size_t size);

/* A key that was pressed, or 0; may be called by another thread than the one that shows.  After
 * Ctrl-L all lines are sent again. */
char dg_terminal_key(struct dg_terminal *t);

#endif
