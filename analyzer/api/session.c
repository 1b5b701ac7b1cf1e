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
dg_session_make_anonymiser(struct dnsgap_session *s)
{
	int error;

	if (!s->config.has_anonymiser)
		return 0;
	error = dg_anonymiser_new(s->config.anonymiser_key, &s->anonymiser);
	if (error == 0)
		dg_anonymiser_keep(s->anonymiser, &s->config.keep);
	return error;
}

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
		    .is_even = config->has_cuts,
		},
	    .server_ports = config->server_ports,
	    .secret = dg_hash_key_random(),
	};

	if (s == NULL)
		return DNSGAP_ENOMEM;
	s->config = *config;
	if (dg_session_make_anonymiser(s) != 0 ||
	    dg_filelist_new(config->digest_max, &s->files) != 0 ||
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
	for (size_t i = 0; s->problems != NULL && i < dg_input_count(s); i++)
		free(s->problems[i]);
	free(s->problems);
	dg_lines_fini(&s->lines);
	free(s->evidence.name);
	dg_diagnosis_free(s->diagnosis);
	dg_summary_free(s->summary);
	dg_engine_free(s->engine);
	if (s->tally != NULL)
		dg_tally_fini(s->tally);
	free(s->tally);
	dg_sniffed_fini(s);
	dg_filelist_free(s->files);
	dg_filter_free(s->filter);
	dg_anonymiser_free(s->anonymiser);
	explicit_bzero(s->config.anonymiser_key, sizeof s->config.anonymiser_key);
	free(s);
}

const char *
dnsgap_session_error(const struct dnsgap_session *s)
{
	return s->fail.text;
}

int
dg_session_expect_open(struct dnsgap_session *s)
{
	if (s->is_finishing)
		return dg_fail_set(&s->fail, DNSGAP_ESTATE, "the session is finished");
	if (s->engine == NULL)
		return dg_fail_set(&s->fail, DNSGAP_ESTATE,
		    "the session is a cut: nothing can be added to it");
	return 0;
}

int
dnsgap_session_add_file(struct dnsgap_session *s, const char *path)
{
	int error = dg_session_expect_open(s);

	if (error != 0)
		return error;
	return dg_filelist_add(s->files, path) == 0 ? 0 : dg_fail_memory(&s->fail);
}

int
dnsgap_session_set_max_frames(struct dnsgap_session *s, uint64_t frames)
{
	int error = dg_session_expect_open(s);

	if (error == 0)
		s->max_frames = frames;
	return error;
}

int
dnsgap_session_set_filter(struct dnsgap_session *s, const char *expression, bool may_resolve)
{
	struct dg_filter *filter = NULL;
	int error = dg_session_expect_open(s);

	if (error == 0 && s->problems != NULL)
		error = dg_fail_set(&s->fail, DNSGAP_ESTATE, "the files were read already");
	if (error == 0 && expression[0] != '\0')
		error = dg_filter_new(expression, may_resolve, &filter, &s->fail);
	if (error != 0)
		return error;
	dg_filter_free(s->filter);
	s->filter = filter;
	dg_filelist_set_filter(s->files, filter);
	return 0;
}

int
dnsgap_session_feed(struct dnsgap_session *s, uint32_t linktype, int64_t time_ns,
    const void *data, size_t captured, size_t on_wire)
{
	struct dg_frame frame = {.data = data, .time_ns = time_ns, .linktype = linktype};
	int error = dg_session_expect_open(s);

	if (error != 0)
		return error;
	if (captured > DG_FRAME_BYTES_MAX || time_ns < 0 || time_ns > DG_TIME_MAX)
		return dg_fail_set(
		    &s->fail, DNSGAP_EINVAL, "a frame's length or time is absurd");
	s->was_fed = true;
	frame.captured = (uint32_t)captured;
	frame.on_wire = on_wire > UINT32_MAX ? UINT32_MAX : (uint32_t)on_wire;
	if (frame.on_wire < frame.captured)
		frame.on_wire = frame.captured;
	return dg_engine_feed(s->engine, &frame) == 0 ? 0 : dg_fail_memory(&s->fail);
}

int
dnsgap_session_lost(struct dnsgap_session *s, int64_t from_ns, int64_t until_ns)
{
	int error = dg_session_expect_open(s);

	if (error != 0)
		return error;
	if (from_ns < 0 || from_ns > DG_TIME_MAX || until_ns < 0 || until_ns > DG_TIME_MAX)
		return dg_fail_set(&s->fail, DNSGAP_EINVAL, "the time of a loss is absurd");
	dg_engine_lost(s->engine, from_ns, until_ns);
	return 0;
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

const char *
dg_why_not(const struct dnsgap_session *s, uint32_t linktype)
{
	const char *problem = s->filter != NULL ? dg_filter_problem(s->filter, linktype) : NULL;

	if (!dg_engine_supports(linktype))
		return "is not supported";
	if (problem == NULL)
		return NULL;
	/* libpcap's words may quote the expression. */
	return s->anonymiser != NULL ? "does not go with the filter" : problem;
}

/* The first interface whose frames are not looked into, of those with frames. */
static const struct dg_interface *
find_unsupported(const struct dnsgap_session *s, const struct dg_input *input, size_t *number,
    size_t *others)
{
	const struct dg_interface *found = NULL;

	*others = 0;
	for (size_t i = 0; i < input->interface_count; i++) {
		const struct dg_interface *interface = &input->interfaces[i];

		if (interface->frames == 0 || dg_why_not(s, interface->linktype) == NULL)
			continue;
		*others += found != NULL;
		if (found == NULL) {
			found = interface;
			*number = i;
		}
	}
	return found;
}

/* What keeps frames from being looked at though they were read: their link type. */
static int
note_unsupported(struct dnsgap_session *s, size_t n)
{
	const struct dg_input *input = dg_input_at(s, n);
	size_t number = 0, others;
	const struct dg_interface *found = find_unsupported(s, input, &number, &others);
	const char *damage = input->problem != NULL ? input->problem : "";
	char name[32], which[40] = "", more[64] = "";

	if (found == NULL)
		return 0;
	if (input->interface_count > 1)
		snprintf(which, sizeof which, "interface %zu: ", number);
	if (others > 0)
		snprintf(more, sizeof more, "; nor were those of %zu other interface%s", others,
		    others == 1 ? "" : "s");
	if (asprintf(&s->problems[n],
		"%s%s%slink type %u (%s) %s; its %" PRIu64 " frames were not looked into%s",
		damage, damage[0] != '\0' ? "; " : "", which, found->linktype,
		dg_linktype_name(found->linktype, name), dg_why_not(s, found->linktype),
		found->frames, more) < 0) {
		s->problems[n] = NULL;
		return DNSGAP_ENOMEM;
	}
	return 0;
}

static int
judge_inputs(struct dnsgap_session *s)
{
	size_t count = dg_input_count(s), opened = 0;

	if (s->problems == NULL)
		s->problems = calloc(count + 1, sizeof *s->problems);
	if (s->problems == NULL)
		return dg_fail_memory(&s->fail);
	for (size_t i = 0; i < count; i++) {
		if (note_unsupported(s, i) != 0)
			return dg_fail_memory(&s->fail);
		opened += dg_input_at(s, i)->was_opened;
	}
	if (opened == 0)
		return dg_fail_set(&s->fail, DNSGAP_EOPEN, "no capture could be opened");
	return 0;
}

int
dnsgap_session_run(struct dnsgap_session *s, dnsgap_progress *progress, void *context)
{
	struct dg_source source = dg_filelist_source(s->files);
	int error = dg_session_expect_open(s), judged;

	if (error != 0)
		return error;
	if (s->problems != NULL)
		return dg_fail_set(&s->fail, DNSGAP_ESTATE, "the files were read already");
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

static int
diagnose(struct dnsgap_session *s)
{
	struct dg_circumstances c = {
	    .timeout_ns = s->config.timeout_ns,
	    .first_ns = DG_TIME_NONE,
	    .last_ns = DG_TIME_NONE,
	    .is_complete = dnsgap_session_is_complete(s),
	};

	for (size_t i = 0; i < dg_input_count(s); i++) {
		const struct dg_input *input = dg_input_at(s, i);

		for (size_t n = 0; n < input->interface_count; n++) {
			c.has_dropped |= input->interfaces[n].has_dropped;
			c.dropped += input->interfaces[n].dropped;
		}
		if (input->frames == 0)
			continue;
		if (c.first_ns == DG_TIME_NONE || input->first_ns < c.first_ns)
			c.first_ns = input->first_ns;
		if (c.last_ns == DG_TIME_NONE || input->last_ns > c.last_ns)
			c.last_ns = input->last_ns;
	}
	return dg_diagnose(s->summary, &c, &s->diagnosis);
}

/* The tally, complete; NULL without memory.  A cut's is. */
static struct dg_tally *
complete_tally(struct dnsgap_session *s)
{
	if (s->engine == NULL)
		return s->tally;
	return dg_engine_finish(s->engine) == 0 ? dg_engine_tally(s->engine) : NULL;
}

/* Findings and all else are made of pseudonyms from here on. */
static int
rename_all(struct dnsgap_session *s, struct dg_tally *tally)
{
	struct dg_renamer renamer = dg_pseudonyms(s);

	return s->anonymiser != NULL ? dg_tally_rename(tally, &renamer) : 0;
}

int
dnsgap_session_finish(struct dnsgap_session *s)
{
	struct dg_tally *tally;

	if (s->is_finishing)
		return dg_session_expect_open(s);
	s->is_finishing = true;
	if (s->sniffed != NULL && (dg_sniffed_judge(s) != 0 || judge_inputs(s) != 0))
		return dg_fail_memory(&s->fail);
	tally = complete_tally(s);
	if (tally == NULL || rename_all(s, tally) != 0 ||
	    dg_summary_make(tally, &s->summary) != 0)
		return dg_fail_memory(&s->fail);
	/* The summary has its own copy of them. */
	dg_trials_fini(&tally->trials);
	if (diagnose(s) != 0)
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
	return dg_input_count(s);
}

const char *
dnsgap_session_input_path(const struct dnsgap_session *s, size_t n)
{
	return dg_input_at(s, n)->path;
}

const char *
dnsgap_session_input_problem(const struct dnsgap_session *s, size_t n)
{
	if (s->problems != NULL && s->problems[n] != NULL)
		return s->problems[n];
	return dg_input_at(s, n)->problem;
}

bool
dnsgap_session_input_was_opened(const struct dnsgap_session *s, size_t n)
{
	return dg_input_at(s, n)->was_opened;
}

bool
dnsgap_session_is_complete(const struct dnsgap_session *s)
{
	for (size_t i = 0; i < dg_input_count(s); i++) {
		if (dnsgap_session_input_problem(s, i) != NULL)
			return false;
	}
	return !s->was_stopped;
}
