/*
 * rule_paths.c - what is lost on the way by its kind.
 */
#include "diagnose/diagnose.h"

int
dg_rule_paths(struct dg_diagnosis *d)
{
	(void)d;
	return 0;
}
