#ifndef DG_DIAGNOSE_PORT_WORDS_H
#define DG_DIAGNOSE_PORT_WORDS_H

#include "diagnose/blame.h"
#include "diagnose/witness.h"

/*
 * port_words.h - what is said of a finding by port beside its summary: port sets, what speaks
 * for it, what else would explain it, what nobody tried.
 */

/* Ranges in a set's text; past that it is shortened, and the evidence says so. */
#define DG_PORT_RUNS_MAX 256

/* f->ports, f->except, f->within.  Returns 0 or DNSGAP_ENOMEM. */
int dg_port_texts(const struct dg_blame *b, struct dg_finding *f);

/* Once all numbers are there; `t` is about the same blame.  Each returns 0 or DNSGAP_ENOMEM. */
int dg_port_evidence(
    const struct dg_blame *b, const struct dg_testimony *t, struct dg_finding *f);
int dg_port_rivals(
    const struct dg_blame *b, const struct dg_testimony *t, struct dg_finding *f);
int dg_port_untested(const struct dg_blame *b, struct dg_finding *f);

#endif
