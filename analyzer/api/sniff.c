/*
 * sniff.c - from interfaces into a session.
 */
#include "api/capture.h"
#include "api/inner.h"
#include "dnsgap/capture.h"

/* Who gets what a turn brings. */
struct sniffing {
	struct dnsgap_session *s;
	struct dnsgap_capture *c;
};

static int
on_lost(void *context, size_t n, uint64_t count, int64_t from_ns, int64_t until_ns)
{
	struct sniffing *sniffing = context;

	dg_sniffed_drop(sniffing->s, n, count);
	return dnsgap_session_lost(sniffing->s, from_ns, until_ns);
}

/* Tells the tap of each frame. */
static int
tap(struct dnsgap_capture *c, const struct dg_frame *frames, size_t count)
{
	for (size_t i = 0; c->tap != NULL && i < count; i++) {
		struct dnsgap_frame frame = {
		    .data = frames[i].data,
		    .captured = frames[i].captured,
		    .on_wire = frames[i].on_wire,
		    .time_ns = frames[i].time_ns,
		    .linktype = frames[i].linktype,
		    .interface = frames[i].place.file,
		};

		if (c->tap(c->tap_context, &frame) != 0)
			c->tap = NULL;
	}
	return 0;
}

static int
on_frames(void *context, const struct dg_frame *frames, size_t count)
{
	struct sniffing *sniffing = context;
	struct dnsgap_session *s = sniffing->s;
	int error;

	(void)tap(sniffing->c, frames, count);
	dg_sniffed_add(s, frames, count);
	error = dg_engine_feed_batch(s->engine, frames, count);
	if (error == DNSGAP_ENOMEM)
		return dg_fail_memory(&s->fail);
	return error;
}

/* Whether this session may read this capture. */
static int
begin(struct dnsgap_session *s, struct dnsgap_capture *c)
{
	if (s->is_finishing || s->engine == NULL)
		return dg_fail_set(&s->fail, DNSGAP_ESTATE, "the session is finished");
	if (dg_filelist_count(s->files) > 0)
		return dg_fail_set(&s->fail, DNSGAP_ESTATE, "the session reads files");
	if (c->live == NULL)
		return dg_fail_set(&s->fail, DNSGAP_ESTATE, "the capture is not open");
	if (s->capture != NULL && s->capture != c)
		return dg_fail_set(
		    &s->fail, DNSGAP_ESTATE, "the session reads another capture");
	if (s->capture == NULL && dg_sniffed_begin(s, c->live) != 0)
		return dg_fail_memory(&s->fail);
	s->capture = c;
	return 0;
}

int
dnsgap_session_sniff(struct dnsgap_session *s, struct dnsgap_capture *c, int64_t wait_ns,
    uint64_t max_frames, uint64_t *frames)
{
	struct sniffing sniffing = {s, c};
	struct dg_live_sink sink = {&sniffing, on_lost, on_frames};
	int error;

	*frames = 0;
	error = begin(s, c);
	if (error != 0)
		return error;
	error = dg_live_turn(c->live, wait_ns, max_frames, &sink, frames, &s->fail);
	dg_sniffed_look(s, c->live);
	s->quiet_ns = dg_live_quiet_ns(c->live);
	dg_lines_flush(&s->lines);
	return error;
}

int
dnsgap_session_drain(struct dnsgap_session *s, struct dnsgap_capture *c, uint64_t max_frames)
{
	struct sniffing sniffing = {s, c};
	struct dg_live_sink sink = {&sniffing, on_lost, on_frames};
	int error = begin(s, c);

	if (error != 0)
		return error;
	error = dg_live_drain(c->live, max_frames, &sink, &s->fail);
	dg_sniffed_look(s, c->live);
	dg_lines_flush(&s->lines);
	return error;
}
