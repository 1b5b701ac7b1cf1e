/*
 * stop.c - INT and TERM.
 */
#include "cli/stop.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define WATCHED_MAX 8

static volatile sig_atomic_t stop_count;
static struct dg_output *volatile watched[WATCHED_MAX];

static void
on_stop(int signal_number)
{
	if (++stop_count <= 1)
		return;
	for (int i = 0; i < WATCHED_MAX; i++) {
		if (watched[i] != NULL)
			dg_output_abandon(watched[i]);
	}
	_exit(128 + signal_number);
}

void
dg_stop_catch(void)
{
	struct sigaction action = {.sa_handler = on_stop};

	sigemptyset(&action.sa_mask);
	/* One at a time: the second must not come into the middle of the first. */
	sigaddset(&action.sa_mask, SIGINT);
	sigaddset(&action.sa_mask, SIGTERM);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

int
dg_stop_count(void)
{
	return stop_count;
}

void
dg_stop_watch(struct dg_output *o)
{
	for (int i = 0; i < WATCHED_MAX; i++) {
		if (watched[i] == NULL) {
			watched[i] = o;
			return;
		}
	}
}

void
dg_stop_forget(const struct dg_output *o)
{
	for (int i = 0; i < WATCHED_MAX; i++) {
		if (watched[i] == o)
			watched[i] = NULL;
	}
}
