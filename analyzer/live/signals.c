/*
 * signals.c - flags that a handler sets and the loop takes.
 *
 * A flag, not a count: two requests before the loop looks are one.  A second stop is no
 * request any more; it ends the program from within the handler.
 */
#include "live/signals.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static const struct {
	int number;
	enum dg_signal which;
} caught[] = {
    {SIGINT, DG_SIGNAL_STOP},
    {SIGTERM, DG_SIGNAL_STOP},
    {SIGHUP, DG_SIGNAL_REOPEN},
    {SIGUSR1, DG_SIGNAL_PROGRESS},
    {SIGUSR2, DG_SIGNAL_REPORT},
    {SIGWINCH, DG_SIGNAL_RESIZED},
};

static volatile sig_atomic_t has_come[DG_SIGNAL_COUNT];
static volatile sig_atomic_t stop_count;
static void (*end_at_once)(void);

static void
on_stop(int number)
{
	has_come[DG_SIGNAL_STOP] = 1;
	if (++stop_count <= 1)
		return;
	if (end_at_once != NULL)
		end_at_once();
	_exit(128 + number);
}

static void
on_request(int number)
{
	for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) {
		if (caught[i].number == number)
			has_come[caught[i].which] = 1;
	}
}

void
dg_signals_catch(void (*at_once)(void))
{
	struct sigaction action = {.sa_handler = on_stop};

	end_at_once = at_once;
	sigemptyset(&action.sa_mask);
	/* One at a time: the second must not come into the middle of the first. */
	sigaddset(&action.sa_mask, SIGINT);
	sigaddset(&action.sa_mask, SIGTERM);
	for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) {
		bool is_stop = caught[i].which == DG_SIGNAL_STOP;

		action.sa_handler = is_stop ? on_stop : on_request;
		/* Only a stop is to end what waits. */
		action.sa_flags = is_stop ? 0 : SA_RESTART;
		sigaction(caught[i].number, &action, NULL);
	}
}

bool
dg_signals_take(enum dg_signal which)
{
	if (!has_come[which])
		return false;
	has_come[which] = 0;
	return true;
}
