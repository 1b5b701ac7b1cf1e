/*
 * absent.c - stands in for fragments and streams until they are merged.
 */
#include <stdlib.h>

#include "dnsgap/error.h"
#include "reassembly/frag.h"
#include "reassembly/stream.h"

#define WEAK __attribute__((weak))
static struct dg_stream_stats no_stream;

WEAK int dg_stream_table_new(const struct dg_hash_key *k, const struct dg_server_ports *p,
    const struct dg_stream_sink *s, struct dg_stream_table **o)
{ (void)k; (void)p; (void)s; *o = NULL; return 0; }
WEAK void dg_stream_table_free(struct dg_stream_table *t) { (void)t; }
WEAK int dg_stream_feed(struct dg_stream_table *t, const struct dg_packet *p, const struct dg_frame *f)
{ (void)t; (void)p; (void)f; return 0; }
WEAK void dg_stream_forget(struct dg_stream_table *t) { (void)t; }
WEAK const struct dg_stream_stats *dg_stream_stats(const struct dg_stream_table *t)
{ (void)t; return &no_stream; }
