/*
 * rule_time.c - what goes unanswered when there is much of it, or for a time.
 *
 * Limits first: what they drop looks like a short outage again and again, while answers that go
 * on at one pace are no outage.
 *
 * A cut in which answered queries are of another time than those in vain looks like an outage
 * all by itself: nothing is said of it.
 */
#include "diagnose/rule_time.h"

int
dg_rule_time(struct dg_diagnosis *d)
{
	int error;

	if (d->summary->quality.correlate.told_early > 0)
		return 0;
	error = dg_find_rate_limits(d);
	return error != 0 ? error : dg_find_outages(d);
}
