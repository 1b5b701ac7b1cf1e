#ifndef DG_API_CLAIMS_H
#define DG_API_CLAIMS_H

#include "diagnose/diagnose.h"
#include "evidence/evidence.h"

/*
 * claims.h - which transactions each finding is about, told to the evidence.
 */

/* Of all findings, the worst first.  0 or DNSGAP_ENOMEM. */
int dg_claims_make(const struct dg_diagnosis *d, struct dg_evidence *e);

#endif
