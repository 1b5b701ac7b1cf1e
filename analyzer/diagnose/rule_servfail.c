/*
 * rule_servfail.c - SERVFAILs and what was silent behind them.
 */
#include "diagnose/diagnose.h"

int
dg_rule_servfail(struct dg_diagnosis *d)
{
	(void)d;
	return 0;
}
