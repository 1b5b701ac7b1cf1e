/*
 * rule_time.c - what goes unanswered for a time, or when there is much of it.
 */
#include "diagnose/rule_time.h"

int
dg_rule_time(struct dg_diagnosis *d)
{
	int error = dg_find_outages(d);

	return error != 0 ? error : dg_find_rate_limits(d);
}
