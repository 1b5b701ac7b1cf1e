#ifndef DG_LIVE_SCHEDULE_H
#define DG_LIVE_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * schedule.h - when a long run is to do what it does again and again.
 *
 * Pure: who calls tells the time, `wall_ns` since 1970 and `steady_ns` of a clock that nobody
 * sets.
 */

/* Cuts: at full multiples of `every_ns` by the wall clock, so that those of several machines
 * begin and end together. */
struct dg_schedule {
	int64_t every_ns; /* 0: never */
	int64_t slot;     /* how many multiples of it had passed at the last cut */
	int64_t last_ns;  /* steady, of the last cut */
};

struct dg_schedule dg_schedule_start(int64_t every_ns, int64_t wall_ns, int64_t steady_ns);

/**
 * Whether a cut is due.  A wall clock that was set forward makes one at once; one that was set
 * back makes none twice, and none more than `every_ns` late.
 */
bool dg_schedule_is_due(const struct dg_schedule *s, int64_t wall_ns, int64_t steady_ns);

/* A cut was made. */
void dg_schedule_take(struct dg_schedule *s, int64_t wall_ns, int64_t steady_ns);

/* How often one kind of line is said: a few at once, then one a second. */
struct dg_rate {
	unsigned said; /* of those at once */
	int64_t last_ns;
	uint64_t held; /* not said since the last that was */
};

#define DG_RATE_AT_ONCE 5
#define DG_RATE_NS INT64_C(1000000000)

/* Whether it may be said now, and in *held how many before it were not. */
bool dg_rate_allow(struct dg_rate *r, int64_t steady_ns, uint64_t *held);

#endif
