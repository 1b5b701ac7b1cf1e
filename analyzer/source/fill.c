/*
 * fill.c - how a reader says where and why it stopped.
 */
#include "source/reader.h"

void
dg_fill_stop(struct dg_fill *fill, const struct dg_stream *stream, uint64_t frames,
    uint64_t offset, const char *why)
{
	dg_strbuf_addf(&fill->problem, "stopped after frame %llu, at byte %llu%s: %s",
	    (unsigned long long)(frames + fill->count), (unsigned long long)offset,
	    dg_stream_compression(stream) != NULL ? " of the unpacked data" : "", why);
	fill->at_end = true;
}
