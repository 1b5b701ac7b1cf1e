/*
 * scan_onset.c - ranges that are dead for a time.
 */
#include "diagnose/scan.h"

int
dg_scan_onset(struct dg_unit *u, struct dg_candidate *out)
{
	(void)u;
	(void)out;
	return 0;
}
