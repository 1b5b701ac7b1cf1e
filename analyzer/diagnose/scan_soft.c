/*
 * scan_soft.c - ranges of which more is lost than elsewhere.
 */
#include "diagnose/scan.h"

int
dg_scan_soft(struct dg_unit *u, struct dg_candidate *out)
{
	(void)u;
	(void)out;
	return 0;
}
