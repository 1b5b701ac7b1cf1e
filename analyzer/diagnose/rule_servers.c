/*
 * rule_servers.c - servers that answer nothing.
 */
#include "diagnose/diagnose.h"

int
dg_rule_servers(struct dg_diagnosis *d)
{
	(void)d;
	return 0;
}
