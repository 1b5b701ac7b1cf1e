/*
 * classic.c - plain pcap files, read by ourselves.
 *
 * libpcap's reader costs as much as all that follows it, mostly by copying each
 * packet twice.  This one hands out frames where they lie in the read buffer.
 * It takes only what is common: this machine's byte order, version 2.4, link
 * types without pseudo headers.  All else goes to libpcap.
 *
 * The frame that is held back is read again by the next fill: `at` goes back
 * to its record, and the buffer keeps it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "source/reader.h"

#define RECORD_BYTES 16
#define MAGIC_MICRO 0xa1b2c3d4u
#define MAGIC_NANO 0xa1b23c4du
/* Two of the largest records: the one that is held back, and the next. */
#define BUFFER_BYTES (2 * (DG_FRAME_BYTES_MAX + RECORD_BYTES) + 64u * 1024)

/* How far ahead to fetch, some records, and how much of one: headers, and most of DNS. */
#define FETCH_BYTES 1024
#define FETCHED_MAX 256

struct dg_classic {
	struct dg_stream *stream;
	uint32_t linktype;
	uint32_t snap_bytes;
	uint32_t fraction_ns;
	bool stream_is_over;
	uint64_t offset; /* in the file, of the buffer's first byte */
	uint64_t frames; /* given so far */
	size_t at;
	size_t end;
	size_t starts[DG_FILL_FRAMES]; /* in the buffer, of the last fill's records */
	uint8_t buffer[BUFFER_BYTES];
};

static uint32_t
load32(const uint8_t *p)
{
	uint32_t x;

	memcpy(&x, p, sizeof x);
	return x;
}

static uint16_t
load16(const uint8_t *p)
{
	uint16_t x;

	memcpy(&x, p, sizeof x);
	return x;
}

/*
 * Link types whose frames libpcap hands on as they are, up to 262,144 bytes, under the same
 * number.  Those that are taken apart in decode/ are: libpcap puts right pseudo headers
 * of USB in any file, of NFLOG, PKTAP and others in files of the other byte order only.
 */
static bool
is_plain_linktype(uint32_t linktype)
{
	static const uint32_t plain[] = {0, 1, 9, 50, 51, 101, 104, 105, 107, 108, 113, 119,
	    127, 149, 163, 192, 204, 228, 229, 239, 258, 276};

	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
		if (linktype == plain[i])
			return true;
	}
	return false;
}

bool
dg_classic_takes(const uint8_t head[DG_HEAD_BYTES], size_t size)
{
	if (size < DG_HEAD_BYTES)
		return false;
	if ((load32(head) != MAGIC_MICRO && load32(head) != MAGIC_NANO) ||
	    load16(head + 4) != 2)
		return false;
	/* There never was a 2.5: a field that was spoilt, for which libpcap gives up. */
	return load16(head + 6) > 4 ||
	    (load16(head + 6) == 4 && is_plain_linktype(load32(head + 20)));
}

struct dg_classic *
dg_classic_new(struct dg_stream *stream, const uint8_t head[DG_HEAD_BYTES])
{
	struct dg_classic *c = malloc(sizeof *c);

	if (c == NULL)
		return NULL;
	c->stream = stream;
	c->linktype = load32(head + 20);
	c->snap_bytes = load32(head + 16);
	if (c->snap_bytes == 0 || c->snap_bytes > DG_FRAME_BYTES_MAX)
		c->snap_bytes = DG_FRAME_BYTES_MAX;
	c->fraction_ns = load32(head) == MAGIC_NANO ? 1 : 1000;
	c->stream_is_over = false;
	c->offset = DG_HEAD_BYTES;
	c->frames = 0;
	c->at = c->end = 0;
	return c;
}

void
dg_classic_free(struct dg_classic *c)
{
	free(c);
}

uint32_t
dg_classic_linktype(const struct dg_classic *c)
{
	return c->linktype;
}

/* Moves what is left to the front and reads on.  False at the stream's end. */
static bool
read_more(struct dg_classic *c, size_t keep_from)
{
	size_t got;

	memmove(c->buffer, c->buffer + keep_from, c->end - keep_from);
	c->offset += keep_from;
	c->at -= keep_from;
	c->end -= keep_from;
	got = dg_stream_read(c->stream, c->buffer + c->end, BUFFER_BYTES - c->end);
	c->end += got;
	c->stream_is_over = got == 0;
	return got > 0;
}

__attribute__((format(printf, 3, 4))) static void
note_problem(struct dg_classic *c, struct dg_fill *fill, const char *format, ...)
{
	const char *problem = dg_stream_problem(c->stream);
	char text[160];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	dg_fill_stop(
	    fill, c->stream, c->frames, c->offset + c->at, problem != NULL ? problem : text);
}

/* The stream is over: was the file whole? */
static void
end_file(struct dg_classic *c, struct dg_fill *fill)
{
	size_t left = c->end - c->at;

	fill->at_end = true;
	if (dg_stream_problem(c->stream) != NULL)
		note_problem(c, fill, "damaged");
	else if (left > 0 && left < RECORD_BYTES)
		note_problem(c, fill, "the file is cut off in a record's header");
	else if (left > 0)
		note_problem(c, fill, "the file is cut off in a packet");
}

/*
 * Each record says where the next one is: unless it is fetched before that is known, each
 * waits for the one before.
 */
static void
fetch_ahead(const struct dg_classic *c, size_t bytes)
{
	size_t at = c->at + FETCH_BYTES;

	if (at + FETCHED_MAX > BUFFER_BYTES)
		return;
	for (size_t line = 0; line < bytes && line < FETCHED_MAX; line += 64)
		__builtin_prefetch(c->buffer + at + line);
}

/* Makes one frame of the record at `at`, all of which is in the buffer. */
static void
take_record(struct dg_classic *c, struct dg_fill *fill, uint32_t caplen)
{
	const uint8_t *record = c->buffer + c->at;
	uint32_t seconds = load32(record), fraction = load32(record + 4);
	uint32_t wire = load32(record + 12);
	uint32_t captured = caplen < c->snap_bytes ? caplen : c->snap_bytes;
	int64_t time_ns = (int64_t)seconds * DG_NS_PER_S + (int64_t)fraction * c->fraction_ns;

	fetch_ahead(c, RECORD_BYTES + captured);
	fill->carried[fill->count] = (int64_t)fraction * c->fraction_ns >= DG_NS_PER_S;
	fill->inconsistent[fill->count] = captured > wire;
	fill->frames[fill->count] = (struct dg_frame){
	    .data = record + RECORD_BYTES,
	    .captured = captured < wire ? captured : wire,
	    .on_wire = wire,
	    .time_ns = time_ns <= DG_TIME_MAX ? time_ns : DG_TIME_NONE,
	    .linktype = c->linktype,
	};
	c->starts[fill->count++] = c->at;
	c->at += RECORD_BYTES + caplen;
}

int
dg_classic_fill(struct dg_classic *c, struct dg_fill *fill, size_t given)
{
	size_t first;

	if (given < fill->count)
		c->at = c->starts[given];
	c->frames += given;
	first = c->at;
	fill->count = 0;
	while (fill->count < DG_FILL_FRAMES && !fill->at_end) {
		size_t left = c->end - c->at;
		uint32_t caplen = left >= RECORD_BYTES ? load32(c->buffer + c->at + 8) : 0;

		if (caplen > DG_FRAME_BYTES_MAX) {
			note_problem(c, fill,
			    "a packet of %u bytes, more than the %u that can be", caplen,
			    DG_FRAME_BYTES_MAX);
		} else if (left >= RECORD_BYTES && left - RECORD_BYTES >= caplen) {
			take_record(c, fill, caplen);
		} else if (c->stream_is_over) {
			end_file(c, fill);
		} else if (fill->count > 1) {
			break; /* the next fill reads on */
		} else {
			c->at = first;
			fill->count = 0;
			(void)read_more(c, first);
			first = 0;
		}
	}
	return fill->problem.is_failed ? DNSGAP_ENOMEM : 0;
}
