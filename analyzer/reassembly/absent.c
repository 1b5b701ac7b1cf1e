/*
 * absent.c - stands in for fragments until they are merged.
 */
#include <stdlib.h>

#include "dnsgap/error.h"
#include "reassembly/frag.h"

#define WEAK __attribute__((weak))
static struct dg_frag_stats no_frag;

WEAK int dg_frag_new(const struct dg_hash_key *k, const struct dg_frag_sink *s, struct dg_frag **o)
{ (void)k; (void)s; *o = NULL; return 0; }
WEAK void dg_frag_free(struct dg_frag *f) { (void)f; }
WEAK int dg_frag_feed(struct dg_frag *f, struct dg_packet *p, int64_t t, bool *w)
{ (void)f; (void)p; (void)t; *w = false; return 0; }
WEAK int dg_frag_advance(struct dg_frag *f, int64_t t) { (void)f; (void)t; return 0; }
WEAK int dg_frag_finish(struct dg_frag *f) { (void)f; return 0; }
WEAK const struct dg_frag_stats *dg_frag_stats(const struct dg_frag *f) { (void)f; return &no_frag; }
