#ifndef DG_DIAGNOSE_PLACE_H
#define DG_DIAGNOSE_PLACE_H

#include "diagnose/blame.h"

/*
 * place.h - whom a finding by port is about, what the others saw, and so where the fault is.
 */

/* Fills subjects, prefix, sender, controls and where; adds what others saw to the evidence.
 * Returns 0 or DNSGAP_ENOMEM. */
int dg_place_find(const struct dg_blame *b, const uint32_t *server_prefixes,
    const uint32_t *client_prefixes, struct dg_finding *f);

#endif
