/*
 * schedule.c - when a long run is to do what it does again and again.
 */
#include "live/schedule.h"

/* Division that rounds down, also before 1970. */
static int64_t
slot_of(int64_t every_ns, int64_t wall_ns)
{
	int64_t slot = wall_ns / every_ns;

	return wall_ns % every_ns < 0 ? slot - 1 : slot;
}

struct dg_schedule
dg_schedule_start(int64_t every_ns, int64_t wall_ns, int64_t steady_ns)
{
	return (struct dg_schedule){
	    .every_ns = every_ns,
	    .slot = every_ns > 0 ? slot_of(every_ns, wall_ns) : 0,
	    .last_ns = steady_ns,
	};
}

bool
dg_schedule_is_due(const struct dg_schedule *s, int64_t wall_ns, int64_t steady_ns)
{
	int64_t slot;

	if (s->every_ns <= 0)
		return false;
	slot = slot_of(s->every_ns, wall_ns);
	return slot > s->slot || (slot < s->slot && steady_ns - s->last_ns >= s->every_ns);
}

void
dg_schedule_take(struct dg_schedule *s, int64_t wall_ns, int64_t steady_ns)
{
	s->slot = slot_of(s->every_ns, wall_ns);
	s->last_ns = steady_ns;
}

bool
dg_rate_allow(struct dg_rate *r, int64_t steady_ns, uint64_t *held)
{
	int64_t passed = (steady_ns - r->last_ns) / DG_RATE_NS;

	/* A second gives one back. */
	if (r->said > 0 && passed > 0) {
		r->said = passed < r->said ? r->said - (unsigned)passed : 0;
		r->last_ns += passed * DG_RATE_NS;
	}
	if (r->said >= DG_RATE_AT_ONCE) {
		r->held++;
		return false;
	}
	if (r->said == 0)
		r->last_ns = steady_ns;
	r->said++;
	*held = r->held;
	r->held = 0;
	return true;
}
