#ifndef DG_LIVE_SIGNALS_H
#define DG_LIVE_SIGNALS_H

#include <stdbool.h>

/*
 * signals.h - what a long run is asked from outside: flags that a handler sets and the loop
 * takes.
 */

enum dg_signal {
	DG_SIGNAL_STOP,     /* INT, TERM; a second one ends at once */
	DG_SIGNAL_REOPEN,   /* HUP */
	DG_SIGNAL_PROGRESS, /* USR1 */
	DG_SIGNAL_REPORT,   /* USR2 */
	DG_SIGNAL_RESIZED,  /* WINCH */
	DG_SIGNAL_COUNT
};

/* `at_once` (or NULL) is called from the handler of a second stop, before the program ends with
 * 128 + its number. */
void dg_signals_catch(void (*at_once)(void));

/* Whether it came since it was last taken. */
bool dg_signals_take(enum dg_signal which);

#endif
