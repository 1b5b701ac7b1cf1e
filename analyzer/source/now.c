/*
 * now.c - the machine's clocks.
 */
#include "source/now.h"

#include <time.h>

#include "base/clock.h"

static int64_t
ask(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * DG_NS_PER_S + t.tv_nsec;
}

int64_t
dg_now_kernel(void)
{
	return ask(CLOCK_REALTIME);
}

int64_t
dg_now_steady(void)
{
	return ask(CLOCK_MONOTONIC);
}
