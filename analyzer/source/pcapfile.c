/*
 * pcapfile.c - the frames of one capture file, through libpcap.
 *
 * libpcap reads from a FILE that reads from our stream, so that compression and
 * digest work for pipes too.  Frames are copied into an arena, since libpcap keeps
 * only one; the last one is held back until the next is known, to tell a
 * single wrong time from a clock that was set.
 */
#include "source/pcapfile.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "source/stream.h"

#define MAGIC_BYTES 4
#define FILE_BUFFER_BYTES (256u * 1024)
#define OUTLIER_NS (INT64_C(3600) * DG_NS_PER_S)
#define SECONDS_WRAP INT64_C(4294967296)

struct dg_pcapfile {
	struct dg_input *input;
	uint32_t number;
	struct dg_stream *stream;
	FILE *file;
	pcap_t *pcap;
	char *file_buffer;
	uint8_t head[MAGIC_BYTES]; /* looked at before libpcap gets it */
	size_t head_at;
	size_t head_size;
	uint64_t delivered; /* decompressed bytes */
	bool is_micro;      /* a classic pcap with microseconds */
	bool is_classic;
	bool at_end;

	uint8_t *arena;
	size_t arena_room;
	size_t arena_used;
	bool is_out_of_memory;
	struct dg_frame frames[DG_BATCH_FRAMES + 1]; /* one was held back */
	size_t frame_count;
	size_t given; /* how many of them the caller has */
	int64_t previous_ns; /* of the frame before the ones at hand; DG_TIME_NONE at first */
};

static ssize_t
cookie_read(void *cookie, char *bytes, size_t size)
{
	struct dg_pcapfile *f = cookie;
	size_t got = f->head_size - f->head_at;

	if (got > 0) {
		got = got < size ? got : size;
		memcpy(bytes, f->head + f->head_at, got);
		f->head_at += got;
	} else {
		got = dg_stream_read(f->stream, bytes, size);
	}
	f->delivered += got;
	return (ssize_t)got;
}

/* Only so that ftello() can tell where a file broke off. */
static int
cookie_seek(void *cookie, off64_t *offset, int whence)
{
	struct dg_pcapfile *f = cookie;

	if (whence != SEEK_CUR || *offset != 0)
		return -1;
	*offset = (off64_t)f->delivered;
	return 0;
}

static int
set_problem(struct dg_pcapfile *f, const char *text)
{
	if (f->input->problem == NULL)
		f->input->problem = strdup(text);
	return f->input->problem != NULL ? 0 : DNSGAP_ENOMEM;
}

/* "starts with 50 4b 03 04", for a file that is no capture. */
static int
refuse(struct dg_pcapfile *f, struct dg_fail *fail)
{
	const char *path = f->input->path;
	char bytes[3 * MAGIC_BYTES + 1] = "";

	if (dg_stream_problem(f->stream) != NULL)
		return dg_fail_set(
		    fail, DNSGAP_EFORMAT, "%s: %s", path, dg_stream_problem(f->stream));
	if (f->head_size == 0)
		return dg_fail_set(fail, DNSGAP_EFORMAT, "%s: is empty", path);
	for (size_t i = 0; i < f->head_size; i++)
		snprintf(bytes + 3 * i, 4, " %02x", f->head[i]);
	return dg_fail_set(fail, DNSGAP_EFORMAT,
	    "%s: is not a capture: it starts with%s; expected pcap or pcapng, "
	    "plain or packed with gzip, zstd or xz",
	    path, bytes);
}

static int
read_magic(struct dg_pcapfile *f, struct dg_fail *fail)
{
	static const uint32_t classic[] = {0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34};
	uint32_t magic;

	while (f->head_size < MAGIC_BYTES) {
		size_t got = dg_stream_read(
		    f->stream, f->head + f->head_size, MAGIC_BYTES - f->head_size);

		if (got == 0)
			return refuse(f, fail);
		f->head_size += got;
	}
	memcpy(&magic, f->head, sizeof magic);
	if (magic == 0x0a0d0d0a) {
		f->input->format = "pcapng";
		return 0;
	}
	for (size_t i = 0; i < sizeof classic / sizeof *classic; i++) {
		if (magic == classic[i] || magic == __builtin_bswap32(classic[i])) {
			f->input->format = "pcap";
			f->is_classic = true;
			f->is_micro = i != 1;
			return 0;
		}
	}
	return refuse(f, fail);
}

/* libpcap has several numbers for raw IP; the file formats have one. */
static uint32_t
linktype_of_dlt(int dlt)
{
	return dlt == DLT_RAW ? 101 : (uint32_t)dlt;
}

const char *
dg_linktype_name(uint32_t linktype, char text[32])
{
	const char *name = pcap_datalink_val_to_name(linktype == 101 ? DLT_RAW : (int)linktype);

	if (name != NULL)
		snprintf(text, 32, "%s", name);
	else
		snprintf(text, 32, "LINKTYPE_%u", linktype);
	return text;
}

static int
open_pcap(struct dg_pcapfile *f, struct dg_fail *fail)
{
	static const cookie_io_functions_t functions = {.read = cookie_read, .seek = cookie_seek};
	char error[PCAP_ERRBUF_SIZE] = "";

	f->file_buffer = malloc(FILE_BUFFER_BYTES);
	f->file = fopencookie(f, "r", functions);
	if (f->file == NULL || f->file_buffer == NULL)
		return dg_fail_memory(fail);
	setvbuf(f->file, f->file_buffer, _IOFBF, FILE_BUFFER_BYTES);
	f->pcap = pcap_fopen_offline_with_tstamp_precision(
	    f->file, PCAP_TSTAMP_PRECISION_NANO, error);
	if (f->pcap == NULL)
		return dg_fail_set(fail, DNSGAP_EFORMAT, "%s: %s", f->input->path,
		    dg_stream_problem(f->stream) != NULL ? dg_stream_problem(f->stream) : error);
	f->file = NULL; /* pcap_close() closes it */
	f->input->linktype = linktype_of_dlt(pcap_datalink(f->pcap));
	f->input->has_linktype = true;
	return 0;
}

int
dg_pcapfile_open(
    struct dg_input *input, uint32_t number, struct dg_pcapfile **out, struct dg_fail *fail)
{
	struct dg_pcapfile *f = calloc(1, sizeof *f);
	int error;

	if (f == NULL)
		return dg_fail_memory(fail);
	f->input = input;
	f->number = number;
	f->previous_ns = DG_TIME_NONE;
	input->first_ns = input->last_ns = DG_TIME_NONE;
	error = dg_stream_open(input->path, &f->stream, fail);
	if (error != 0)
		goto fail;
	input->compression = dg_stream_compression(f->stream);
	error = read_magic(f, fail);
	if (error == 0)
		error = open_pcap(f, fail);
	if (error != 0)
		goto fail;
	*out = f;
	return 0;
fail:
	dg_pcapfile_close(f);
	return error;
}

void
dg_pcapfile_close(struct dg_pcapfile *f)
{
	if (f == NULL)
		return;
	if (f->pcap != NULL)
		pcap_close(f->pcap);
	if (f->file != NULL)
		fclose(f->file);
	dg_stream_close(f->stream);
	free(f->file_buffer);
	free(f->arena);
	free(f);
}

/*
 * The time as libpcap gives it, or DG_TIME_NONE when it cannot be.  libpcap hands on
 * both halves of a classic time as signed 32-bit numbers; in the file they are not.
 */
static int64_t
read_time(struct dg_pcapfile *f, const struct pcap_pkthdr *h)
{
	int64_t seconds = h->ts.tv_sec, fraction = h->ts.tv_usec;

	if (f->is_classic && seconds < 0 && seconds >= INT32_MIN)
		seconds += SECONDS_WRAP;
	if (f->is_classic && fraction < 0)
		fraction += f->is_micro ? SECONDS_WRAP * 1000 : SECONDS_WRAP;
	if (seconds < 0 || seconds > DG_TIME_MAX / DG_NS_PER_S || fraction < 0)
		return DG_TIME_NONE;
	if (fraction >= DG_NS_PER_S)
		f->input->bad_times++;
	return seconds * DG_NS_PER_S + fraction;
}

static bool
reserve(struct dg_pcapfile *f, size_t size)
{
	size_t room = f->arena_room == 0 ? 64 * 1024 : f->arena_room;
	uint8_t *more;

	while (room - f->arena_used < size)
		room *= 2;
	if (room == f->arena_room)
		return true;
	more = realloc(f->arena, room);
	if (more == NULL)
		return false;
	f->arena = more;
	f->arena_room = room;
	return true;
}

static void
keep_frame(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes)
{
	struct dg_pcapfile *f = (struct dg_pcapfile *)user;
	struct dg_frame *frame = &f->frames[f->frame_count];
	uint32_t captured = h->caplen < h->len ? h->caplen : h->len;

	if (!reserve(f, captured)) {
		f->is_out_of_memory = true;
		pcap_breakloop(f->pcap);
		return;
	}
	memcpy(f->arena + f->arena_used, bytes, captured);
	f->arena_used += captured;
	f->input->frames++;
	f->input->inconsistent_lengths += h->caplen > h->len;
	*frame = (struct dg_frame){
	    .captured = captured,
	    .on_wire = h->len,
	    .time_ns = read_time(f, h),
	    .linktype = f->input->linktype,
	    .place = {.file = f->number, .frame = (uint32_t)f->input->frames},
	};
	f->frame_count++;
	if (f->arena_used >= DG_BATCH_BYTES)
		pcap_breakloop(f->pcap);
}

/* The frame that was held back, if any, comes first again. */
static void
keep_held(struct dg_pcapfile *f)
{
	size_t held = f->frame_count - f->given;

	f->arena_used = 0;
	if (held > 0) {
		f->frames[0] = f->frames[f->given];
		memmove(f->arena, f->frames[0].data, f->frames[0].captured);
		f->arena_used = f->frames[0].captured;
	}
	f->frame_count = held;
	f->given = 0;
}

/* Why reading ended, if not at the end of a whole file. */
static int
end_file(struct dg_pcapfile *f, bool is_error)
{
	const char *problem = dg_stream_problem(f->stream);
	struct dg_strbuf b = {0};
	char *text;
	int error = 0;

	f->at_end = true;
	if (problem == NULL && is_error)
		problem = pcap_geterr(f->pcap);
	if (problem != NULL) {
		FILE *file = pcap_file(f->pcap);

		dg_strbuf_addf(&b, "stopped after frame %llu, at byte %lld%s: %s",
		    (unsigned long long)f->input->frames, (long long)ftello(file),
		    f->input->compression != NULL ? " of the unpacked data" : "", problem);
		text = dg_strbuf_take(&b);
		error = text != NULL ? set_problem(f, text) : DNSGAP_ENOMEM;
		free(text);
	}
	dg_stream_finish(f->stream, f->input->sha256);
	return error;
}

static bool
is_outlier(int64_t before, int64_t time, int64_t after)
{
	return before != DG_TIME_NONE && time - before > OUTLIER_NS && after - before < OUTLIER_NS &&
	    before - after < OUTLIER_NS;
}

/* Puts times right, once the frame after is known; notes the least and greatest. */
static void
settle_times(struct dg_pcapfile *f, size_t count)
{
	struct dg_input *input = f->input;

	for (size_t i = 0; i < count; i++) {
		struct dg_frame *frame = &f->frames[i];
		bool has_next = i + 1 < f->frame_count && f->frames[i + 1].time_ns != DG_TIME_NONE;

		if (frame->time_ns == DG_TIME_NONE ||
		    (has_next &&
			is_outlier(f->previous_ns, frame->time_ns, f->frames[i + 1].time_ns))) {
			frame->time_ns = f->previous_ns != DG_TIME_NONE ? f->previous_ns : 0;
			input->bad_times++;
		}
		f->previous_ns = frame->time_ns;
		if (input->first_ns == DG_TIME_NONE || frame->time_ns < input->first_ns)
			input->first_ns = frame->time_ns;
		if (input->last_ns == DG_TIME_NONE || frame->time_ns > input->last_ns)
			input->last_ns = frame->time_ns;
	}
}

int
dg_pcapfile_next(
    struct dg_pcapfile *f, const struct dg_frame **frames, size_t *count, struct dg_fail *fail)
{
	size_t offset = 0;
	int got, error = 0;

	*count = 0;
	keep_held(f);
	while (!f->at_end && f->frame_count < 2) {
		got = pcap_dispatch(f->pcap, DG_BATCH_FRAMES, keep_frame, (u_char *)f);
		if (f->is_out_of_memory)
			return dg_fail_memory(fail);
		if (got == 0 || got == PCAP_ERROR)
			error = end_file(f, got == PCAP_ERROR);
		if (error != 0)
			return dg_fail_memory(fail);
	}
	for (size_t i = 0; i < f->frame_count; i++) {
		f->frames[i].data = f->arena + offset;
		offset += f->frames[i].captured;
	}
	f->given = f->at_end ? f->frame_count : f->frame_count - 1;
	settle_times(f, f->given);
	f->input->bytes = dg_stream_bytes(f->stream);
	*frames = f->frames;
	*count = f->given;
	return 0;
}

const char *
dg_pcapfile_library_version(void)
{
	return pcap_lib_version();
}
