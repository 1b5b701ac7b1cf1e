/*
 * scan_list.c - single ports and ports of amplification lists.
 */
#include "diagnose/scan.h"

int
dg_scan_list(struct dg_unit *u, struct dg_candidate *out)
{
	(void)u;
	(void)out;
	return 0;
}

int
dg_scan_single(struct dg_unit *u, struct dg_candidate *out)
{
	(void)u;
	(void)out;
	return 0;
}
