#ifndef DG_DIAGNOSE_PATHS_H
#define DG_DIAGNOSE_PATHS_H

#include "diagnose/refusals.h"

/*
 * paths.h - what is lost on one part of the way only.  Each returns 0 or DNSGAP_ENOMEM.
 */

int dg_find_blocked_tcp(struct dg_diagnosis *d);    /* tcp_blocked.c */
int dg_find_lost_fragments(struct dg_diagnosis *d); /* fragments.c */

#endif
