/*
 * session.c - one analysis, from files or frames to a summary.
 */
#include "dnsgap/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/inner.h"

int
dnsgap_session_new(const struct dnsgap_config *config, struct dnsgap_session **out)
{
	struct dnsgap_session *s = calloc(1, sizeof *s);
	struct dg_shard_config shard = {
	    .correlate =
		{
		    .timeout_ns = config->timeout_ns,
		    .hold_ns = dg_config_hold(config),
		    .skew_ns = config->skew_ns,
		    .max_transactions = config->max_transactions,
		},
	    .server_ports = config->server_ports,
	    .secret = dg_hash_key_random(),
	};

	if (s == NULL)
		return DNSGAP_ENOMEM;
	s->config = *config;
	if (dg_filelist_new(config->digest_max, &s->files) != 0 ||
	    dg_engine_new(&shard, &s->engine) != 0) {
		dnsgap_session_free(s);
		return DNSGAP_ENOMEM;
	}
	*out = s;
	return 0;
}

void
dnsgap_session_free(struct dnsgap_session *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; s->problems != NULL && i < dg_filelist_count(s->files); i++)
		free(s->problems[i]);
	free(s->problems);
	dg_lines_fini(&s->lines);
	dg_summary_free(s->summary);
	dg_engine_free(s->engine);
	dg_filelist_free(s->files);
	free(s);
}

const char *
dnsgap_session_error(const struct dnsgap_session *s)
{
	return s->fail.text;
}

static int
fail_state(struct dnsgap_session *s)
{
	return dg_fail_set(&s->fail, DNSGAP_ESTATE, "the session is finished");
}

int
dnsgap_session_add_file(struct dnsgap_session *s, const char *path)
{
	if (s->summary != NULL)
		return fail_state(s);
	return dg_filelist_add(s->files, path) == 0 ? 0 : dg_fail_memory(&s->fail);
}

int
dnsgap_session_set_max_frames(struct dnsgap_session *s, uint64_t frames)
{
	if (s->summary != NULL)
		return fail_state(s);
	s->max_frames = frames;
	return 0;
}

int
dnsgap_session_feed(struct dnsgap_session *s, uint32_t linktype, int64_t time_ns,
    const void *data, size_t captured, size_t on_wire)
{
	struct dg_frame frame = {.data = data, .time_ns = time_ns, .linktype = linktype};

	if (s->summary != NULL)
		return fail_state(s);
	if (captured > DG_FRAME_BYTES_MAX || time_ns < 0 || time_ns > DG_TIME_MAX)
		return dg_fail_set(
		    &s->fail, DNSGAP_EINVAL, "a frame's length or time is absurd");
	frame.captured = (uint32_t)captured;
	frame.on_wire = on_wire > UINT32_MAX ? UINT32_MAX : (uint32_t)on_wire;
	if (frame.on_wire < frame.captured)
		frame.on_wire = frame.captured;
	return dg_engine_feed(s->engine, &frame) == 0 ? 0 : dg_fail_memory(&s->fail);
}

static int
tell_progress(void *context)
{
	struct dnsgap_session *s = context;
	uint64_t done, all;
	int stop;

	dg_lines_flush(&s->lines);
	if (s->progress == NULL)
		return 0;
	dg_filelist_progress(s->files, &done, &all);
	stop = s->progress(s->progress_context, done, all);
	s->was_stopped |= stop != 0;
	return stop;
}

static bool
is_stop_wanted(void *context)
{
	return tell_progress(context) != 0;
}

/* What keeps a file from being looked at though it was read: its link type. */
static int
note_unsupported(struct dnsgap_session *s, size_t n)
{
	const struct dg_input *input = dg_filelist_input(s->files, n);
	char name[32];

	if (!input->has_linktype || input->frames == 0 || dg_engine_supports(input->linktype) ||
	    input->problem != NULL)
		return 0;
	if (asprintf(&s->problems[n],
		"link type %u (%s) is not supported; its %" PRIu64
		" frames were not looked into",
		input->linktype, dg_linktype_name(input->linktype, name), input->frames) < 0) {
		s->problems[n] = NULL;
		return DNSGAP_ENOMEM;
	}
	return 0;
}

static int
judge_inputs(struct dnsgap_session *s)
{
	size_t count = dg_filelist_count(s->files), opened = 0;

	if (s->problems == NULL)
		s->problems = calloc(count + 1, sizeof *s->problems);
	if (s->problems == NULL)
		return dg_fail_memory(&s->fail);
	for (size_t i = 0; i < count; i++) {
		if (note_unsupported(s, i) != 0)
			return dg_fail_memory(&s->fail);
		opened += dg_filelist_input(s->files, i)->has_linktype;
	}
	if (opened == 0)
		return dg_fail_set(&s->fail, DNSGAP_EOPEN, "no capture could be opened");
	return 0;
}

int
dnsgap_session_run(struct dnsgap_session *s, dnsgap_progress *progress, void *context)
{
	struct dg_source source = dg_filelist_source(s->files);
	int error, judged;

	if (s->summary != NULL || s->problems != NULL)
		return fail_state(s);
	s->progress = progress;
	s->progress_context = context;
	if (progress != NULL)
		dg_filelist_set_stop(s->files, (struct dg_stop){is_stop_wanted, s});
	error = dg_engine_run(s->engine, source, s->max_frames, tell_progress, s, &s->fail);
	if (error == 0 && s->was_stopped)
		error = dg_fail_set(&s->fail, DNSGAP_ESTOPPED, "stopped");
	judged = judge_inputs(s);
	return error != 0 && (error != DNSGAP_ESTOPPED || judged == 0) ? error : judged;
}

int
dnsgap_session_finish(struct dnsgap_session *s)
{
	if (s->summary != NULL)
		return fail_state(s);
	if (dg_engine_finish(s->engine) != 0 ||
	    dg_summary_make(dg_engine_tally(s->engine), &s->summary) != 0)
		return dg_fail_memory(&s->fail);
	dg_lines_flush(&s->lines);
	if (s->lines.is_failed)
		return dg_fail_set(
		    &s->fail, DNSGAP_EWRITE, "transactions could not be written");
	return 0;
}

size_t
dnsgap_session_input_count(const struct dnsgap_session *s)
{
	return dg_filelist_count(s->files);
}

const char *
dnsgap_session_input_path(const struct dnsgap_session *s, size_t n)
{
	return dg_filelist_input(s->files, n)->path;
}

const char *
dnsgap_session_input_problem(const struct dnsgap_session *s, size_t n)
{
	const char *problem = dg_filelist_input(s->files, n)->problem;

	if (problem == NULL && s->problems != NULL)
		problem = s->problems[n];
	return problem;
}

bool
dnsgap_session_input_was_opened(const struct dnsgap_session *s, size_t n)
{
	return dg_filelist_input(s->files, n)->has_linktype;
}

bool
dnsgap_session_is_complete(const struct dnsgap_session *s)
{
	for (size_t i = 0; i < dg_filelist_count(s->files); i++) {
		if (dnsgap_session_input_problem(s, i) != NULL)
			return false;
	}
	return !s->was_stopped;
}
