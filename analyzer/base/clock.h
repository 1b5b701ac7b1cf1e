#ifndef DG_BASE_CLOCK_H
#define DG_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * clock.h - packet time: how it moves, and how it is written.
 *
 * There is no other clock in the analysis.
 */

#define DG_NS_PER_S INT64_C(1000000000)
#define DG_TIME_NONE INT64_MIN
/* How far behind the newest frame a frame may lie and still be in its place. */
#define DG_REORDER_NS DG_NS_PER_S
/* 2200-01-01: a capture from after it has a broken clock. */
#define DG_TIME_MAX (INT64_C(7258118400) * DG_NS_PER_S)

struct dg_clock {
	int64_t first_ns;  /* of the first frame; DG_TIME_NONE before it */
	int64_t newest_ns; /* since the last step */
	uint64_t steps;
};

static inline struct dg_clock
dg_clock_make(void)
{
	return (struct dg_clock){.first_ns = DG_TIME_NONE, .newest_ns = DG_TIME_NONE};
}

/**
 * Tells the clock a frame's time.  True when time stepped back by more than the
 * reorder window: then nothing before can be compared with what follows.
 */
static inline bool
dg_clock_feed(struct dg_clock *c, int64_t time_ns)
{
	if (time_ns > c->newest_ns) {
		if (c->first_ns == DG_TIME_NONE)
			c->first_ns = time_ns;
		c->newest_ns = time_ns;
		return false;
	}
	if (time_ns >= c->newest_ns - DG_REORDER_NS)
		return false;
	c->newest_ns = time_ns;
	c->steps++;
	return true;
}

#define DG_TIME_TEXT_MAX 84

/* "2026-11-21T07:45:00.123456789Z" (RFC 3339, UTC).  Returns `text`. */
const char *dg_time_text(int64_t time_ns, char text[DG_TIME_TEXT_MAX]);

#endif
