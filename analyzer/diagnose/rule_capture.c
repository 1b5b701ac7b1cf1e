/*
 * rule_capture.c - what the capture itself lacks.
 */
#include "diagnose/diagnose.h"

int
dg_rule_capture(struct dg_diagnosis *d)
{
	(void)d;
	return 0;
}
