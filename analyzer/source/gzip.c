/*
 * gzip.c - gzip by zlib.
 *
 * Not by libarchive: its gzip filter hands on blocks of 64 KiB and drops the
 * unfinished one when the file is cut, and with it up to 64 KiB of packets.
 */
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "source/raw.h"

/* The largest window, and gzip's header rather than zlib's. */
#define WINDOW_BITS (15 + 16)

struct dg_gzip {
	z_stream z;
	bool is_between; /* at a member's end: another one may follow */
	bool is_done;
};

struct dg_gzip *
dg_gzip_new(void)
{
	struct dg_gzip *g = calloc(1, sizeof *g);

	if (g != NULL && inflateInit2(&g->z, WINDOW_BITS) != Z_OK) {
		free(g);
		return NULL;
	}
	return g;
}

void
dg_gzip_free(struct dg_gzip *g)
{
	if (g == NULL)
		return;
	inflateEnd(&g->z);
	free(g);
}

/* What follows a member: the next one, the end, or garbage. */
static void
begin_member(struct dg_gzip *g, struct dg_raw *r, size_t left)
{
	if (left == 0) {
		g->is_done = true;
		return;
	}
	if (r->bytes[r->at] != 0x1f) {
		snprintf(r->problem, sizeof r->problem,
		    "the gzip data end at byte %llu, and something else follows",
		    (unsigned long long)(r->total - left));
		g->is_done = true;
		return;
	}
	inflateReset(&g->z);
	g->is_between = false;
}

static void
note_trouble(struct dg_gzip *g, struct dg_raw *r, const char *what)
{
	if (r->problem[0] == '\0')
		snprintf(r->problem, sizeof r->problem, "the gzip data are %s at byte %llu",
		    what, (unsigned long long)(r->total - (r->end - r->at)));
	g->is_done = true;
}

size_t
dg_gzip_read(struct dg_gzip *g, struct dg_raw *r, void *bytes, size_t size)
{
	g->z.next_out = bytes;
	g->z.avail_out = (uInt)size;
	while (g->z.avail_out == size && !g->is_done) {
		size_t left = dg_raw_fill(r);
		int status;

		if (g->is_between) {
			begin_member(g, r, left);
			continue;
		}
		if (left == 0) {
			note_trouble(g, r, "cut off");
			break;
		}
		g->z.next_in = r->bytes + r->at;
		g->z.avail_in = (uInt)left;
		status = inflate(&g->z, Z_NO_FLUSH);
		r->at += left - g->z.avail_in;
		if (status == Z_STREAM_END)
			g->is_between = true;
		else if (status != Z_OK && status != Z_BUF_ERROR)
			note_trouble(g, r, "damaged");
	}
	return size - g->z.avail_out;
}

const char *
dg_gzip_library_version(void)
{
	return zlibVersion();
}
