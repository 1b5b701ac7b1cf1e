/*
 * pcaplib.c - classic capture files of rare kinds, through libpcap.
 *
 * libpcap reads from a FILE that reads from our stream, so that compression and
 * digest work for pipes too.  It keeps only one packet, so frames are copied
 * into an arena.
 */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "source/linktype.h"
#include "source/pcapfile.h"
#include "source/reader.h"

#define FILE_BUFFER_BYTES (256u * 1024)
#define FIRST_ARENA (64u * 1024)
#define SECONDS_WRAP INT64_C(4294967296)

struct dg_pcaplib {
	struct dg_stream *stream;
	FILE *file; /* until libpcap owns it */
	pcap_t *pcap;
	char *file_buffer;
	uint8_t head[DG_HEAD_BYTES]; /* looked at before libpcap gets it */
	size_t head_at;
	size_t head_size;
	uint64_t delivered; /* decompressed bytes */
	bool is_nano;
	uint32_t linktype;
	uint64_t frames; /* given so far */

	struct dg_fill *fill; /* that is being filled */
	uint8_t *arena;
	size_t arena_room;
	size_t arena_used;
	bool is_out_of_memory;
};

static ssize_t
cookie_read(void *cookie, char *bytes, size_t size)
{
	struct dg_pcaplib *p = cookie;
	size_t got = p->head_size - p->head_at;

	if (got > 0) {
		got = got < size ? got : size;
		memcpy(bytes, p->head + p->head_at, got);
		p->head_at += got;
	} else {
		got = dg_stream_read(p->stream, bytes, size);
	}
	p->delivered += got;
	return (ssize_t)got;
}

/* Only so that ftello() can tell where a file broke off. */
static int
cookie_seek(void *cookie, off64_t *offset, int whence)
{
	struct dg_pcaplib *p = cookie;

	if (whence != SEEK_CUR || *offset != 0)
		return -1;
	*offset = (off64_t)p->delivered;
	return 0;
}

const char *
dg_linktype_name(uint32_t linktype, char text[32])
{
	const char *name = pcap_datalink_val_to_name(dg_linktype_dlt(linktype));

	if (name != NULL)
		snprintf(text, 32, "%s", name);
	else
		snprintf(text, 32, "LINKTYPE_%u", linktype);
	return text;
}

const char *
dg_pcapfile_library_version(void)
{
	return pcap_lib_version();
}

static int
open_pcap(struct dg_pcaplib *p, const char *path, struct dg_fail *fail)
{
	static const cookie_io_functions_t functions = {
	    .read = cookie_read, .seek = cookie_seek};
	char error[PCAP_ERRBUF_SIZE] = "";

	p->file_buffer = malloc(FILE_BUFFER_BYTES);
	p->file = fopencookie(p, "r", functions);
	if (p->file == NULL || p->file_buffer == NULL)
		return dg_fail_memory(fail);
	setvbuf(p->file, p->file_buffer, _IOFBF, FILE_BUFFER_BYTES);
	p->pcap = pcap_fopen_offline_with_tstamp_precision(
	    p->file, PCAP_TSTAMP_PRECISION_NANO, error);
	if (p->pcap == NULL)
		return dg_fail_set(fail, DNSGAP_EFORMAT, "%s: %s", path,
		    dg_stream_problem(p->stream) != NULL ? dg_stream_problem(p->stream)
							 : error);
	p->file = NULL; /* pcap_close() closes it */
	p->linktype = dg_linktype_of_dlt(pcap_datalink(p->pcap));
	return 0;
}

int
dg_pcaplib_open(struct dg_stream *stream, const uint8_t *head, size_t head_size,
    const char *path, struct dg_pcaplib **out, struct dg_fail *fail)
{
	struct dg_pcaplib *p = calloc(1, sizeof *p);
	int error;

	if (p == NULL)
		return dg_fail_memory(fail);
	p->stream = stream;
	memcpy(p->head, head, head_size);
	p->head_size = head_size;
	p->is_nano = head[0] == 0x4d || head[3] == 0x4d;
	error = open_pcap(p, path, fail);
	if (error != 0) {
		dg_pcaplib_close(p);
		return error;
	}
	*out = p;
	return 0;
}

void
dg_pcaplib_close(struct dg_pcaplib *p)
{
	if (p == NULL)
		return;
	if (p->pcap != NULL)
		pcap_close(p->pcap);
	if (p->file != NULL)
		fclose(p->file);
	free(p->file_buffer);
	free(p->arena);
	free(p);
}

uint32_t
dg_pcaplib_linktype(const struct dg_pcaplib *p)
{
	return p->linktype;
}

/*
 * The time as libpcap gives it, or DG_TIME_NONE when it cannot be.  libpcap hands on
 * both halves of it as signed 32-bit numbers; in the file they are not.
 */
static int64_t
read_time(const struct dg_pcaplib *p, const struct pcap_pkthdr *h, bool *is_carried)
{
	int64_t seconds = h->ts.tv_sec, fraction = h->ts.tv_usec;

	if (seconds < 0 && seconds >= INT32_MIN)
		seconds += SECONDS_WRAP;
	if (fraction < 0)
		fraction += p->is_nano ? SECONDS_WRAP : SECONDS_WRAP * 1000;
	*is_carried = fraction >= DG_NS_PER_S;
	if (seconds < 0 || seconds > DG_TIME_MAX / DG_NS_PER_S || fraction < 0)
		return DG_TIME_NONE;
	return seconds * DG_NS_PER_S + fraction;
}

static bool
reserve(struct dg_pcaplib *p, size_t size)
{
	size_t room = p->arena_room == 0 ? FIRST_ARENA : p->arena_room;
	uint8_t *more;

	while (room - p->arena_used < size)
		room *= 2;
	if (room == p->arena_room)
		return true;
	more = realloc(p->arena, room);
	if (more == NULL)
		return false;
	p->arena = more;
	p->arena_room = room;
	return true;
}

/* Data pointers are set when the arena no longer moves. */
static void
keep_frame(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes)
{
	struct dg_pcaplib *p = (struct dg_pcaplib *)user;
	struct dg_fill *fill = p->fill;
	uint32_t captured = h->caplen < h->len ? h->caplen : h->len;

	if (!reserve(p, captured)) {
		p->is_out_of_memory = true;
		pcap_breakloop(p->pcap);
		return;
	}
	memcpy(p->arena + p->arena_used, bytes, captured);
	p->arena_used += captured;
	fill->inconsistent[fill->count] = h->caplen > h->len;
	fill->frames[fill->count] = (struct dg_frame){
	    .captured = captured,
	    .on_wire = h->len,
	    .time_ns = read_time(p, h, &fill->carried[fill->count]),
	    .linktype = p->linktype,
	};
	fill->count++;
	if (p->arena_used >= DG_BATCH_BYTES)
		pcap_breakloop(p->pcap);
}

/* The frame that was held back, if any, comes first again. */
static void
keep_held(struct dg_pcaplib *p, struct dg_fill *fill, size_t given)
{
	size_t held = fill->count - given;

	p->arena_used = 0;
	if (held > 0) {
		fill->frames[0] = fill->frames[given];
		fill->carried[0] = fill->carried[given];
		fill->inconsistent[0] = fill->inconsistent[given];
		memmove(p->arena, fill->frames[0].data, fill->frames[0].captured);
		p->arena_used = fill->frames[0].captured;
	}
	fill->count = held;
}

/* Why reading ended, if not at the end of a whole file. */
static void
end_file(struct dg_pcaplib *p, struct dg_fill *fill, bool is_error)
{
	const char *problem = dg_stream_problem(p->stream);

	fill->at_end = true;
	if (problem == NULL && is_error)
		problem = pcap_geterr(p->pcap);
	if (problem != NULL)
		dg_fill_stop(
		    fill, p->stream, p->frames, (uint64_t)ftello(pcap_file(p->pcap)), problem);
}

int
dg_pcaplib_fill(struct dg_pcaplib *p, struct dg_fill *fill, size_t given)
{
	size_t offset = 0;

	p->fill = fill;
	p->frames += given;
	keep_held(p, fill, given);
	while (!fill->at_end && fill->count < 2) {
		int got = pcap_dispatch(p->pcap, DG_BATCH_FRAMES, keep_frame, (u_char *)p);

		if (p->is_out_of_memory)
			return DNSGAP_ENOMEM;
		if (got == 0 || got == PCAP_ERROR)
			end_file(p, fill, got == PCAP_ERROR);
	}
	for (size_t i = 0; i < fill->count; i++) {
		fill->frames[i].data = p->arena + offset;
		offset += fill->frames[i].captured;
	}
	return fill->problem.is_failed ? DNSGAP_ENOMEM : 0;
}
