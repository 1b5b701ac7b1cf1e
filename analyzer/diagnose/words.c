/*
 * words.c - what a finding says to people.
 */
#include "diagnose/diagnose.h"

int
dg_finding_words(const struct dg_summary *s, struct dg_finding *f)
{
	(void)s;
	(void)f;
	return 0;
}
