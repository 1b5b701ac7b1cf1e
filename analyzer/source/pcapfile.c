/*
 * pcapfile.c - the frames of one capture file: chooses a reader, and puts times right.
 *
 * The last frame of every fill is held back until the next one is known, to
 * tell a single wrong time from a clock that was set.
 */
#include "source/pcapfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "source/reader.h"

#define MAGIC_BYTES 4
#define OUTLIER_NS (INT64_C(3600) * DG_NS_PER_S)

struct dg_pcapfile {
	struct dg_input *input;
	uint32_t number;
	const struct dg_stop *stop; /* or NULL */
	struct dg_stream *stream;
	struct dg_classic *classic; /* one of these three */
	struct dg_ng *ng;
	struct dg_pcaplib *pcaplib;
	uint8_t head[DG_HEAD_BYTES];
	size_t head_size;
	size_t given; /* how many frames of the fill the caller has */
	bool is_finished;
	int64_t previous_ns; /* of the frame before the ones at hand; DG_TIME_NONE at first */
	struct dg_fill fill;
};

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
	if (dg_stream_compression(f->stream) != NULL &&
	    dg_stream_packing(f->head, f->head_size) != NULL)
		return dg_fail_set(fail, DNSGAP_EFORMAT,
		    "%s: is compressed twice (%s in %s); unpack it first", path,
		    dg_stream_packing(f->head, f->head_size), dg_stream_compression(f->stream));
	for (size_t i = 0; i < f->head_size && i < MAGIC_BYTES; i++)
		snprintf(bytes + 3 * i, 4, " %02x", f->head[i]);
	if (f->head_size < DG_HEAD_BYTES)
		return dg_fail_set(fail, DNSGAP_EFORMAT,
		    "%s: is too short to be a capture: %zu byte%s, starts with%s", path,
		    f->head_size, f->head_size == 1 ? "" : "s", bytes);
	return dg_fail_set(fail, DNSGAP_EFORMAT,
	    "%s: is not a capture: it starts with%s; expected pcap or pcapng, "
	    "plain or packed with gzip, zstd or xz",
	    path, bytes);
}

static int
read_head(struct dg_pcapfile *f, bool *is_ng, struct dg_fail *fail)
{
	static const uint32_t classic[] = {0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34};
	uint32_t magic;

	while (f->head_size < DG_HEAD_BYTES) {
		size_t got = dg_stream_read(
		    f->stream, f->head + f->head_size, DG_HEAD_BYTES - f->head_size);

		if (got == 0)
			break;
		f->head_size += got;
	}
	if (f->head_size < DG_HEAD_BYTES)
		return refuse(f, fail);
	memcpy(&magic, f->head, sizeof magic);
	if (magic == 0x0a0d0d0a) {
		f->input->format = "pcapng";
		*is_ng = true;
		return 0;
	}
	for (size_t i = 0; i < sizeof classic / sizeof *classic; i++) {
		if (magic == classic[i] || magic == __builtin_bswap32(classic[i])) {
			f->input->format = "pcap";
			return 0;
		}
	}
	return refuse(f, fail);
}

/* The one interface of a classic file. */
static int
add_interface(struct dg_input *input, uint32_t linktype, struct dg_fail *fail)
{
	input->interfaces = calloc(1, sizeof *input->interfaces);
	if (input->interfaces == NULL)
		return dg_fail_memory(fail);
	input->interfaces[0].linktype = linktype;
	input->interface_count = 1;
	return 0;
}

static int
open_ng(struct dg_pcapfile *f, struct dg_fail *fail)
{
	const char *reason = dg_ng_refuses(f->head);

	if (reason != NULL)
		return dg_fail_set(fail, DNSGAP_EFORMAT, "%s: %s", f->input->path, reason);
	f->ng = dg_ng_new(f->stream, f->head, f->input);
	return f->ng != NULL ? 0 : dg_fail_memory(fail);
}

static int
open_classic(struct dg_pcapfile *f, struct dg_fail *fail)
{
	int error;

	if (dg_classic_takes(f->head, f->head_size)) {
		f->classic = dg_classic_new(f->stream, f->head);
		if (f->classic == NULL)
			return dg_fail_memory(fail);
		return add_interface(f->input, dg_classic_linktype(f->classic), fail);
	}
	error = dg_pcaplib_open(
	    f->stream, f->head, f->head_size, f->input->path, &f->pcaplib, fail);
	if (error != 0)
		return error;
	return add_interface(f->input, dg_pcaplib_linktype(f->pcaplib), fail);
}

static int
choose_reader(struct dg_pcapfile *f, struct dg_fail *fail)
{
	bool is_ng = false;
	int error = read_head(f, &is_ng, fail);

	if (error == 0)
		error = is_ng ? open_ng(f, fail) : open_classic(f, fail);
	f->input->was_opened = error == 0;
	return error;
}

void
dg_input_fini(struct dg_input *input)
{
	free(input->problem);
	free(input->interfaces);
	input->problem = NULL;
	input->interfaces = NULL;
	input->interface_count = 0;
}

int
dg_pcapfile_open(struct dg_input *input, uint32_t number, const struct dg_stop *stop,
    struct dg_pcapfile **out, struct dg_fail *fail)
{
	struct dg_pcapfile *f = calloc(1, sizeof *f);
	int error;

	if (f == NULL)
		return dg_fail_memory(fail);
	f->input = input;
	f->number = number;
	f->stop = stop;
	f->previous_ns = DG_TIME_NONE;
	input->first_ns = input->last_ns = DG_TIME_NONE;
	error = dg_stream_open(input->path, input->digest_max, stop, &f->stream, fail);
	if (error != 0)
		goto fail;
	input->compression = dg_stream_compression(f->stream);
	error = choose_reader(f, fail);
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
	dg_classic_free(f->classic);
	dg_ng_free(f->ng);
	dg_pcaplib_close(f->pcaplib);
	dg_stream_close(f->stream);
	dg_strbuf_fini(&f->fill.problem);
	free(f);
}

static bool
is_outlier(int64_t before, int64_t time, int64_t after)
{
	return before != DG_TIME_NONE && time - before > OUTLIER_NS &&
	    after - before < OUTLIER_NS && before - after < OUTLIER_NS;
}

/*
 * The time for a frame that has none: that of the frame before it.  In front of all others
 * it is the next one that this fill knows, held back or not; 0 when it knows none.
 */
static int64_t
borrow_time(const struct dg_pcapfile *f, size_t i)
{
	if (f->previous_ns != DG_TIME_NONE)
		return f->previous_ns;
	for (size_t n = i + 1; n < f->fill.count; n++) {
		if (f->fill.frames[n].time_ns != DG_TIME_NONE)
			return f->fill.frames[n].time_ns;
	}
	return 0;
}

/* Puts times right, once the frame after is known. */
static void
settle_time(struct dg_pcapfile *f, size_t i)
{
	struct dg_input *input = f->input;
	struct dg_frame *frame = &f->fill.frames[i];
	bool has_next = i + 1 < f->fill.count && frame[1].time_ns != DG_TIME_NONE;

	if (frame->time_ns == DG_TIME_NONE ||
	    (has_next && is_outlier(f->previous_ns, frame->time_ns, frame[1].time_ns))) {
		frame->time_ns = borrow_time(f, i);
		input->bad_times++;
	} else if (f->fill.carried[i]) {
		input->bad_times++;
	}
	f->previous_ns = frame->time_ns;
}

/* Whether a frame is wanted: then it is one of those that the times are about. */
static bool
is_wanted(struct dg_input *input, const struct dg_frame *frame)
{
	if (input->filter != NULL && !dg_filter_passes(input->filter, frame)) {
		input->filtered++;
		return false;
	}
	if (input->first_ns == DG_TIME_NONE || frame->time_ns < input->first_ns)
		input->first_ns = frame->time_ns;
	if (input->last_ns == DG_TIME_NONE || frame->time_ns > input->last_ns)
		input->last_ns = frame->time_ns;
	return true;
}

/* The rest of the file is read for the digest only. */
static int
finish(struct dg_pcapfile *f, struct dg_fail *fail)
{
	f->is_finished = true;
	if (f->fill.problem.size > 0) {
		f->input->problem = strdup(f->fill.problem.text);
		if (f->input->problem == NULL)
			return dg_fail_memory(fail);
	}
	dg_stream_finish(f->stream, f->input->problem != NULL, f->input->sha256);
	return 0;
}

static int
fill_frames(struct dg_pcapfile *f)
{
	if (f->classic != NULL)
		return dg_classic_fill(f->classic, &f->fill, f->given);
	if (f->ng != NULL)
		return dg_ng_fill(f->ng, &f->fill, f->given);
	return dg_pcaplib_fill(f->pcaplib, &f->fill, f->given);
}

/* The frames of one more fill; those that are wanted are moved to the front. */
static int
next_fill(struct dg_pcapfile *f, size_t *count, struct dg_fail *fail)
{
	struct dg_fill *fill = &f->fill;
	int error = fill_frames(f);

	*count = 0;
	if (error != 0)
		return dg_fail_memory(fail);
	f->given = fill->at_end ? fill->count : fill->count - 1;
	for (size_t i = 0; i < f->given; i++) {
		settle_time(f, i);
		fill->frames[i].interface = fill->interface[i];
		fill->frames[i].place =
		    (struct dg_place){.file = f->number, .frame = (uint32_t)++f->input->frames};
		f->input->interfaces[fill->interface[i]].frames++;
		f->input->inconsistent_lengths += fill->inconsistent[i];
		if (is_wanted(f->input, &fill->frames[i]))
			fill->frames[(*count)++] = fill->frames[i];
	}
	f->input->bytes = dg_stream_bytes(f->stream);
	return fill->at_end ? finish(f, fail) : 0;
}

int
dg_pcapfile_next(
    struct dg_pcapfile *f, const struct dg_frame **frames, size_t *count, struct dg_fail *fail)
{
	int error = 0;

	*frames = f->fill.frames;
	*count = 0;
	while (error == 0 && *count == 0 && !f->is_finished) {
		error = next_fill(f, count, fail);
		if (*count == 0 && !f->is_finished && f->stop != NULL &&
		    f->stop->is_wanted(f->stop->context))
			f->is_finished = true;
	}
	return error;
}
