/*
 * scan_range.c - ranges of which all is dead, or all but them.
 */
#include "diagnose/scan.h"

int
dg_scan_hard(struct dg_unit *u, struct dg_candidate *out)
{
	(void)u;
	(void)out;
	return 0;
}

int
dg_scan_flip(struct dg_unit *u, struct dg_candidate *out)
{
	(void)u;
	(void)out;
	return 0;
}
