#ifndef DG_DIAGNOSE_RULE_TIME_H
#define DG_DIAGNOSE_RULE_TIME_H

#include "diagnose/explained.h"

/*
 * rule_time.h - the two halves of the rule of time.  Each returns 0 or DNSGAP_ENOMEM.
 */

int dg_find_outages(struct dg_diagnosis *d);     /* outage.c */
int dg_find_rate_limits(struct dg_diagnosis *d); /* rate.c */

#endif
