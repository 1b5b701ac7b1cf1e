/*
 * scan_hash.c - ports that a hash of the flow leads astray.
 */
#include "diagnose/scan.h"

int
dg_scan_parity(struct dg_unit *u, struct dg_candidate *out)
{
	(void)u;
	(void)out;
	return 0;
}

int
dg_scan_repeats(struct dg_unit *u, struct dg_candidate *out)
{
	(void)u;
	(void)out;
	return 0;
}
