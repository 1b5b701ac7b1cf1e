/*
 * rule_ports.c - findings by client port.
 */
#include "diagnose/diagnose.h"

int
dg_rule_ports(struct dg_diagnosis *d)
{
	(void)d;
	return 0;
}
