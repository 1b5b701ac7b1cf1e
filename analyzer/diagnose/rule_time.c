/*
 * rule_time.c - outages and rate limits.
 */
#include "diagnose/diagnose.h"

int
dg_rule_time(struct dg_diagnosis *d)
{
	(void)d;
	return 0;
}
