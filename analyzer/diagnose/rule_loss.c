/*
 * rule_loss.c - loss without a pattern.
 */
#include "diagnose/diagnose.h"

int
dg_rule_loss(struct dg_diagnosis *d)
{
	(void)d;
	return 0;
}
