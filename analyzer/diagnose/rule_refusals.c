/*
 * rule_refusals.c - clients that refuse replies.
 */
#include "diagnose/diagnose.h"

int
dg_rule_refusals(struct dg_diagnosis *d)
{
	(void)d;
	return 0;
}
