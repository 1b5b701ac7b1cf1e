/*
 * inputs.c - what the frames of a session came from: files, or interfaces.
 *
 * The row of an interface has what came since the last cut that took.  One that was down, or
 * has gone, makes the report incomplete: what passed there was not seen.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/inner.h"
#include "base/clock.h"

size_t
dg_input_count(const struct dnsgap_session *s)
{
	return s->sniffed != NULL ? s->sniffed_count : dg_filelist_count(s->files);
}

const struct dg_input *
dg_input_at(const struct dnsgap_session *s, size_t n)
{
	return s->sniffed != NULL ? &s->sniffed[n] : dg_filelist_input(s->files, n);
}

/* A row without frames. */
static int
make_row(struct dg_input *row, struct dg_sniffed_state *state, const char *name,
    const char *filter, const struct dg_interface *interface)
{
	*row = (struct dg_input){
	    .path = strdup(name),
	    .format = "live",
	    .was_opened = true,
	    .interfaces = calloc(1, sizeof *row->interfaces),
	    .interface_count = 1,
	    .first_ns = DG_TIME_NONE,
	    .last_ns = DG_TIME_NONE,
	};
	*state = (struct dg_sniffed_state){
	    .filter = strdup(filter), .down_ns = DG_TIME_NONE, .up_ns = DG_TIME_NONE};
	if (row->path == NULL || row->interfaces == NULL || state->filter == NULL)
		return DNSGAP_ENOMEM;
	row->interfaces[0].linktype = interface->linktype;
	row->interfaces[0].snap_bytes = interface->snap_bytes;
	row->interfaces[0].has_dropped = true;
	return 0;
}

static int
make_rows(struct dnsgap_session *s, size_t count)
{
	s->sniffed = calloc(count, sizeof *s->sniffed);
	s->sniffed_states = calloc(count, sizeof *s->sniffed_states);
	s->sniffed_count = count;
	return s->sniffed != NULL && s->sniffed_states != NULL ? 0 : DNSGAP_ENOMEM;
}

void
dg_sniffed_fini(struct dnsgap_session *s)
{
	for (size_t i = 0; s->sniffed != NULL && i < s->sniffed_count; i++) {
		dg_input_fini(&s->sniffed[i]);
		free(s->sniffed[i].path);
	}
	for (size_t i = 0; s->sniffed_states != NULL && i < s->sniffed_count; i++)
		free(s->sniffed_states[i].filter);
	free(s->sniffed);
	free(s->sniffed_states);
	s->sniffed = NULL;
	s->sniffed_states = NULL;
	s->sniffed_count = 0;
}

int
dg_sniffed_begin(struct dnsgap_session *s, const struct dg_live *live)
{
	int error = make_rows(s, dg_live_count(live));

	for (size_t i = 0; error == 0 && i < s->sniffed_count; i++) {
		const struct dg_live_interface *shown = dg_live_interface(live, i);
		struct dg_interface interface = {
		    .linktype = shown->linktype, .snap_bytes = shown->snap_bytes};

		error = make_row(&s->sniffed[i], &s->sniffed_states[i], shown->name,
		    shown->filter, &interface);
		s->sniffed_states[i].downs = shown->downs;
	}
	if (error != 0)
		dg_sniffed_fini(s);
	return error;
}

void
dg_sniffed_add(struct dnsgap_session *s, const struct dg_frame *frames, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct dg_input *row = &s->sniffed[frames[i].place.file];
		int64_t time_ns = frames[i].time_ns;

		row->frames++;
		row->interfaces[0].frames++;
		if (row->first_ns == DG_TIME_NONE || time_ns < row->first_ns)
			row->first_ns = time_ns;
		if (row->last_ns == DG_TIME_NONE || time_ns > row->last_ns)
			row->last_ns = time_ns;
	}
}

void
dg_sniffed_drop(struct dnsgap_session *s, size_t n, uint64_t count)
{
	s->sniffed[n].interfaces[0].dropped += count;
}

void
dg_sniffed_look(struct dnsgap_session *s, const struct dg_live *live)
{
	for (size_t i = 0; i < s->sniffed_count; i++) {
		const struct dg_live_interface *shown = dg_live_interface(live, i);
		struct dg_sniffed_state *state = &s->sniffed_states[i];

		state->gone = shown->lost;
		if (!shown->is_up && state->down_ns == DG_TIME_NONE)
			state->down_ns = shown->down_ns;
		if (shown->downs != state->downs && state->down_ns == DG_TIME_NONE)
			state->down_ns = shown->down_ns; /* and up again already */
		state->downs = shown->downs;
		state->up_ns = shown->is_up ? shown->up_ns : DG_TIME_NONE;
	}
}

/* What was wrong with an interface, in words that do not name it; NULL for nothing. */
static int
describe(const struct dg_sniffed_state *state, char **out)
{
	char down[DG_TIME_TEXT_MAX], up[DG_TIME_TEXT_MAX];
	int made = 0;

	*out = NULL;
	if (state->gone != NULL)
		made = asprintf(
		    out, "the interface %s: nothing came from it any more", state->gone);
	else if (state->down_ns != DG_TIME_NONE && state->up_ns == DG_TIME_NONE)
		made = asprintf(out, "the interface went down at %s, and was down to the end",
		    dg_time_text(state->down_ns, down));
	else if (state->down_ns != DG_TIME_NONE)
		made = asprintf(out, "the interface was down at times, from %s until %s",
		    dg_time_text(state->down_ns, down), dg_time_text(state->up_ns, up));
	if (made < 0)
		*out = NULL;
	return made < 0 ? DNSGAP_ENOMEM : 0;
}

int
dg_sniffed_judge(struct dnsgap_session *s)
{
	for (size_t i = 0; i < s->sniffed_count; i++) {
		char *problem;

		if (describe(&s->sniffed_states[i], &problem) != 0)
			return DNSGAP_ENOMEM;
		free(s->sniffed[i].problem);
		s->sniffed[i].problem = problem;
	}
	return 0;
}

static int
copy_row(struct dnsgap_session *out, const struct dnsgap_session *s, size_t n)
{
	const struct dg_input *from = &s->sniffed[n];
	struct dg_input *to = &out->sniffed[n];
	struct dg_sniffed_state *state = &out->sniffed_states[n];

	if (make_row(to, state, from->path, s->sniffed_states[n].filter, from->interfaces) != 0)
		return DNSGAP_ENOMEM;
	to->interfaces[0] = from->interfaces[0];
	to->frames = from->frames;
	to->first_ns = from->first_ns;
	to->last_ns = from->last_ns;
	state->gone = s->sniffed_states[n].gone;
	state->down_ns = s->sniffed_states[n].down_ns;
	state->up_ns = s->sniffed_states[n].up_ns;
	return 0;
}

/* What came belongs to the cut; an interface that is down stays so. */
static void
begin_anew(struct dnsgap_session *s)
{
	for (size_t i = 0; i < s->sniffed_count; i++) {
		struct dg_input *row = &s->sniffed[i];
		struct dg_sniffed_state *state = &s->sniffed_states[i];

		row->frames = row->interfaces[0].frames = row->interfaces[0].dropped = 0;
		row->first_ns = row->last_ns = DG_TIME_NONE;
		if (state->up_ns != DG_TIME_NONE)
			state->down_ns = DG_TIME_NONE;
	}
}

int
dg_sniffed_cut(struct dnsgap_session *s, struct dnsgap_session *out, bool is_copy)
{
	int error;

	if (s->sniffed == NULL)
		return 0;
	error = make_rows(out, s->sniffed_count);
	for (size_t i = 0; error == 0 && i < s->sniffed_count; i++)
		error = copy_row(out, s, i);
	if (error != 0)
		dg_sniffed_fini(out);
	else if (!is_copy)
		begin_anew(s);
	return error;
}
