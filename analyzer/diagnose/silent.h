#ifndef DG_DIAGNOSE_SILENT_H
#define DG_DIAGNOSE_SILENT_H

#include "diagnose/refusals.h"

/*
 * silent.h - servers, clients and pairs of which nothing was reached.
 */

/*
 * Clients, servers, and pairs of both, of which two or more trials and nothing else are there:
 * a finding for each that chance does not make, by what refused them; and their trials are
 * explained.  0 or DNSGAP_ENOMEM.
 */
int dg_find_silent(struct dg_diagnosis *d, const struct dg_refusals *refusals);

#endif
