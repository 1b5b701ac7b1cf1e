/*
 * rule_sources.c - client ports that can be guessed or are low.
 */
#include "diagnose/diagnose.h"

int
dg_rule_sources(struct dg_diagnosis *d)
{
	(void)d;
	return 0;
}
