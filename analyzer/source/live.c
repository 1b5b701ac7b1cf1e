/*
 * live.c - interfaces that are sniffed: waits, reads their rings, counts what was dropped, and
 * hands frames on in order.
 *
 * In each pass the rings are read first, then the kernel is asked what it dropped, and only
 * then are the frames handed on: a drop that lies before a frame is always known by then.
 */
#include "source/live.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/live_inner.h"
#include "source/now.h"

#define NS_PER_MS INT64_C(1000000)
#define SLACK_NS ((DG_LIVE_BLOCK_MS + DG_LIVE_MARGIN_MS) * NS_PER_MS)
#define MARGIN_NS (DG_LIVE_MARGIN_MS * NS_PER_MS)
/* How often counters of interfaces are read, and drops told of. */
#define COUNTERS_NS (DG_NS_PER_S / 2)
#define TELL_NS DG_NS_PER_S
/* One that fails for so long, and is neither down nor deleted, is told of. */
#define BROKEN_NS (2 * DG_NS_PER_S)
/* Until the kernel has handed over every block that had frames. */
#define DRAIN_NS ((DG_LIVE_BLOCK_MS + 10) * NS_PER_MS)
/* Interfaces that fail are tried so often. */
#define WAIT_MAX_NS (100 * NS_PER_MS)

void
dg_live_note(struct dg_live *l, const char *format, ...)
{
	va_list args;
	char *text = NULL;

	if (l->notice_count == DG_LIVE_NOTICES_MAX) {
		l->notices_lost++;
		return;
	}
	va_start(args, format);
	if (vasprintf(&text, format, args) >= 0)
		l->notices[l->notice_count++] = text;
	va_end(args);
}

const char *
dg_live_notice(struct dg_live *l)
{
	if (l->notice_count == 0 && l->notices_lost > 0) {
		uint64_t lost = l->notices_lost;

		l->notices_lost = 0;
		dg_live_note(l, "%" PRIu64 " more notices were not kept", lost);
	}
	free(l->notice);
	l->notice = NULL;
	if (l->notice_count > 0) {
		l->notice = l->notices[0];
		l->notice_count--;
		memmove(l->notices, l->notices + 1, l->notice_count * sizeof *l->notices);
	}
	return l->notice;
}

static int
open_all(struct dg_live *l, const struct dg_live_settings *s, struct dg_fail *fail)
{
	int error = dg_links_open(&l->links, fail);

	for (size_t i = 0; error == 0 && i < s->count; i++) {
		struct dg_live_source *source = &l->sources[l->count++];

		source->fd = -1;
		dg_link_drops_open(&source->drops, s->names[i]);
		error = dg_live_ring_open(s, s->names[i], source, fail);
	}
	if (error != 0)
		return error;
	l->join = dg_join_new(l->count, SLACK_NS, DG_JOIN_BYTES_MAX);
	if (l->join == NULL)
		return dg_fail_memory(fail);
	/* After the rings: a change between the two is told twice rather than not at all. */
	(void)dg_links_ask(l->links);
	l->last_ns = l->now_kernel();
	for (size_t i = 0; i < l->count; i++) {
		l->sources[i].drops_ns = l->now_steady();
		l->sources[i].counted_ns = l->last_ns;
	}
	return 0;
}

int
dg_live_open(const struct dg_live_settings *s, struct dg_live **out, struct dg_fail *fail)
{
	struct dg_live *l = calloc(1, sizeof *l);
	int error;

	if (l == NULL)
		return dg_fail_memory(fail);
	l->links = -1;
	l->now_kernel = dg_now_kernel;
	l->now_steady = dg_now_steady;
	error = open_all(l, s, fail);
	if (error != 0) {
		dg_live_close(l);
		return error;
	}
	*out = l;
	return 0;
}

static void
close_source(struct dg_live_source *source)
{
	if (source->ring != NULL)
		source->methods->close(source->ring);
	source->ring = NULL;
	source->fd = -1;
	dg_link_drops_close(&source->drops);
}

void
dg_live_close(struct dg_live *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->count; i++) {
		close_source(&l->sources[i]);
		free(l->sources[i].shown.name);
		free(l->sources[i].shown.filter);
	}
	for (size_t i = 0; i < l->notice_count; i++)
		free(l->notices[i]);
	free(l->notice);
	dg_join_free(l->join);
	if (l->links >= 0)
		close(l->links);
	free(l);
}

size_t
dg_live_count(const struct dg_live *l)
{
	return l->count;
}

const struct dg_live_interface *
dg_live_interface(const struct dg_live *l, size_t n)
{
	return &l->sources[n].shown;
}

/* Who is told, beside whom. */
struct pass {
	struct dg_live *l;
	const struct dg_live_sink *sink;
	size_t n; /* the interface that is being read */
	size_t brought;
	int64_t now_ns; /* by the steady clock */
	int error;
};

static void
tell_lost(struct pass *p, size_t n, uint64_t count, int64_t from_ns, int64_t until_ns)
{
	if (from_ns > until_ns) /* the clock was set back */
		from_ns = until_ns;
	if (p->error == 0)
		p->error = p->sink->lost(p->sink->context, n, count, from_ns, until_ns);
}

static void
go_down(struct pass *p, size_t n, const char *why)
{
	struct dg_live *l = p->l;
	struct dg_live_interface *shown = &l->sources[n].shown;

	shown->is_up = false;
	shown->downs++;
	shown->down_ns = l->now_kernel();
	dg_live_note(l, "%s %s: nothing comes from it until it is up again", shown->name, why);
	tell_lost(p, n, 0, l->last_ns - MARGIN_NS, shown->down_ns);
}

static void
come_up(struct pass *p, size_t n)
{
	struct dg_live *l = p->l;
	struct dg_live_interface *shown = &l->sources[n].shown;

	shown->is_up = true;
	shown->up_ns = l->now_kernel();
	dg_live_note(l, "%s is up again", shown->name);
	tell_lost(p, n, 0, shown->down_ns, shown->up_ns);
}

/* Nothing new will come; what lies in the ring is still read. */
static void
begin_leaving(struct pass *p, size_t n, const char *why)
{
	struct dg_live *l = p->l;
	struct dg_live_source *source = &l->sources[n];

	if (source->leaving_ns != 0 || source->shown.is_gone)
		return;
	source->leaving_ns = p->now_ns;
	source->shown.lost = why;
	source->shown.is_up = false;
	dg_live_note(l, "%s %s: nothing comes from it any more", source->shown.name, why);
	tell_lost(p, n, 0, l->last_ns - MARGIN_NS, l->now_kernel());
}

static void
leave(struct pass *p, size_t n)
{
	struct dg_live_source *source = &p->l->sources[n];

	source->shown.is_gone = true;
	close_source(source);
	dg_join_close(p->l->join, n);
}

static void
on_link(void *context, const struct dg_link_event *event)
{
	struct pass *p = context;
	struct dg_live *l = p->l;

	for (size_t i = 0; i < l->count; i++) {
		struct dg_live_source *source = &l->sources[i];
		bool is_up = event->is_up && event->has_carrier;

		if (source->index == 0 || source->index != event->index ||
		    source->shown.is_gone)
			continue;
		if (event->change == DG_LINK_GONE) {
			begin_leaving(p, i, "was deleted");
			continue;
		}
		if (event->name[0] != '\0' && strcmp(event->name, source->called) != 0) {
			dg_live_note(l, "%s is called %s now", source->called, event->name);
			memcpy(source->called, event->name, sizeof source->called);
		}
		if (source->shown.is_up && !is_up)
			go_down(p, i, event->is_up ? "has no carrier" : "is down");
		else if (!source->shown.is_up && is_up && source->leaving_ns == 0)
			come_up(p, i);
	}
}

static void
take_links(struct pass *p)
{
	struct dg_live *l = p->l;

	if (l->links < 0 || dg_links_read(l->links, on_link, p))
		return;
	dg_live_note(l,
	    "changes of interfaces came faster than they were read; their state is "
	    "asked for anew");
	(void)dg_links_ask(l->links);
}

static bool
take_frame(void *context, const struct dg_frame *f)
{
	struct pass *p = context;
	struct dg_frame frame = *f;
	int error;

	frame.place.file = (uint32_t)p->n;
	error = dg_join_add(p->l->join, p->n, &frame, p->now_ns);
	if (error != 0)
		p->error = error;
	p->brought++;
	return error == 0;
}

/* An interface that fails.  One that the links know is gone when they say so; it is tried on.
 */
static void
note_broken(struct pass *p, size_t n, const char *problem)
{
	struct dg_live_source *source = &p->l->sources[n];

	if (source->broken_ns == 0)
		source->broken_ns = p->now_ns;
	if (!source->shown.is_up || source->leaving_ns != 0 || source->is_told ||
	    p->now_ns - source->broken_ns < BROKEN_NS)
		return;
	source->is_told = true;
	dg_live_note(p->l, "%s: %s", source->shown.name, problem);
	if (source->index == 0)
		begin_leaving(p, n, "cannot be read");
}

/* Reads at most `max` frames of one interface. */
static void
read_source(struct pass *p, size_t n, int max)
{
	struct dg_live *l = p->l;
	struct dg_live_source *source = &l->sources[n];
	const char *problem = NULL;
	int64_t before_ns = l->now_steady();
	int got;

	p->n = n;
	p->now_ns = before_ns;
	got = source->methods->read(source->ring, max, take_frame, p, &problem);
	if (got < 0)
		note_broken(p, n, problem);
	else
		source->broken_ns = 0;
	if (got > 0)
		source->is_told = false;
	if (got >= max)
		return;
	dg_join_empty(l->join, n, before_ns);
	if (source->leaving_ns != 0 && got <= 0 && before_ns - source->leaving_ns > SLACK_NS)
		leave(p, n);
}

static void
tell_drops(struct dg_live *l, struct dg_live_source *source, int64_t now_ns)
{
	if (source->untold == 0 || (source->told_ns != 0 && now_ns - source->told_ns < TELL_NS))
		return;
	dg_live_note(l,
	    "%s dropped %" PRIu64 " frames before they could be read; what was open then is "
	    "undecided",
	    source->shown.name, source->untold);
	source->untold = 0;
	source->told_ns = now_ns;
}

/* What the kernel and the interfaces dropped since the last time. */
static void
take_drops(struct pass *p)
{
	struct dg_live *l = p->l;
	int64_t kernel_ns = l->now_kernel(), now_ns = l->now_steady();

	for (size_t i = 0; i < l->count; i++) {
		struct dg_live_source *source = &l->sources[i];
		uint64_t dropped;

		if (source->shown.is_gone)
			continue;
		dropped = source->methods->drops(source->ring);
		source->shown.kernel_dropped += dropped;
		source->untold += dropped;
		if (dropped > 0)
			tell_lost(p, i, dropped, l->last_ns - MARGIN_NS, kernel_ns);
		if (now_ns - source->drops_ns >= COUNTERS_NS) {
			dropped = dg_link_drops_take(&source->drops);
			source->shown.interface_dropped += dropped;
			source->untold += dropped;
			if (dropped > 0)
				tell_lost(p, i, dropped, source->counted_ns, kernel_ns);
			source->drops_ns = now_ns;
			source->counted_ns = kernel_ns - MARGIN_NS;
		}
		tell_drops(l, source, now_ns);
	}
	l->last_ns = kernel_ns;
}

/* Hands on at most `max` frames. */
static void
hand_on(struct pass *p, uint64_t max, bool is_all, uint64_t *frames)
{
	struct dg_live *l = p->l;

	while (p->error == 0 && max > 0) {
		dg_join_next(
		    l->join, max < SIZE_MAX ? (size_t)max : SIZE_MAX, is_all, &l->batch);
		if (l->batch.count == 0)
			break;
		for (size_t i = 0; i < l->batch.count; i++) {
			struct dg_place *place = &l->batch.frames[i].place;

			place->frame = (uint32_t)++l->sources[place->file].shown.frames;
		}
		p->error = p->sink->frames(p->sink->context, l->batch.frames, l->batch.count);
		max -= l->batch.count;
		*frames += l->batch.count;
	}
	if (dg_join_forced(l->join) != l->forced) {
		dg_live_note(
		    l, "more frames came than could be held back to put them in order");
		l->forced = dg_join_forced(l->join);
	}
}

/* One look at everything. */
static void
run_pass(struct pass *p, uint64_t max, uint64_t *frames)
{
	struct dg_live *l = p->l;

	p->now_ns = l->now_steady();
	take_links(p);
	for (unsigned i = 0; i < DG_LIVE_TURN_FRAMES / DG_BATCH_FRAMES; i++) {
		uint64_t left = max - *frames;
		int each = left < DG_BATCH_FRAMES ? (int)left : DG_BATCH_FRAMES;

		p->brought = 0;
		for (size_t n = 0; p->error == 0 && n < l->count; n++) {
			if (!l->sources[n].shown.is_gone)
				read_source(p, n, each);
		}
		if (p->error == 0)
			take_drops(p);
		hand_on(p, left, false, frames);
		if (p->error == 0 && p->brought == 0 && *frames < max)
			l->quiet_ns = l->last_ns - (l->count > 1 ? 2 : 1) * SLACK_NS;
		if (p->error != 0 || p->brought == 0 || *frames == max)
			break;
	}
}

static bool
is_over(const struct dg_live *l)
{
	for (size_t i = 0; i < l->count; i++) {
		if (!l->sources[i].shown.is_gone)
			return false;
	}
	return true;
}

/* Waits for frames or news; false when a signal ended it. */
static bool
wait_until(struct dg_live *l, int64_t until_ns, int64_t now_ns)
{
	struct pollfd fds[DG_LIVE_INTERFACES_MAX + 1];
	nfds_t count = 0;
	int64_t wait_ns = until_ns - now_ns;
	struct timespec wait;

	for (size_t i = 0; i < l->count; i++) {
		/* One that fails would wake at once, again and again. */
		if (l->sources[i].fd >= 0 && l->sources[i].broken_ns == 0)
			fds[count++] =
			    (struct pollfd){.fd = l->sources[i].fd, .events = POLLIN};
	}
	if (l->links >= 0)
		fds[count++] = (struct pollfd){.fd = l->links, .events = POLLIN};
	if (wait_ns > WAIT_MAX_NS)
		wait_ns = WAIT_MAX_NS;
	wait = (struct timespec){
	    .tv_sec = wait_ns / DG_NS_PER_S, .tv_nsec = wait_ns % DG_NS_PER_S};
	return ppoll(fds, count, &wait, NULL) >= 0;
}

int
dg_live_turn(struct dg_live *l, int64_t wait_ns, uint64_t max_frames,
    const struct dg_live_sink *sink, uint64_t *frames, struct dg_fail *fail)
{
	struct pass p = {.l = l, .sink = sink};
	int64_t until_ns = l->now_steady() + wait_ns, now_ns, due_ns;

	*frames = 0;
	if (max_frames == 0)
		max_frames = UINT64_MAX;
	for (;;) {
		run_pass(&p, max_frames, frames);
		if (p.error == 0 && is_over(l)) {
			hand_on(&p, max_frames - *frames, true, frames);
			if (p.error == 0 && dg_join_bytes(l->join) == 0)
				return dg_fail_set(
				    fail, DNSGAP_ESTOPPED, "no interface is left");
		}
		now_ns = l->now_steady();
		if (p.error != 0 || *frames > 0 || now_ns >= until_ns)
			break;
		due_ns = dg_join_due(l->join);
		if (!wait_until(
			l, due_ns < until_ns && due_ns > now_ns ? due_ns : until_ns, now_ns))
			break;
	}
	return p.error == DNSGAP_ENOMEM ? dg_fail_memory(fail) : p.error;
}

int64_t
dg_live_quiet_ns(const struct dg_live *l)
{
	return l->quiet_ns;
}

int
dg_live_drain(struct dg_live *l, uint64_t max_frames, const struct dg_live_sink *sink,
    struct dg_fail *fail)
{
	struct pass p = {.l = l, .sink = sink};
	uint64_t frames = 0, max = max_frames != 0 ? max_frames : UINT64_MAX;
	int64_t until_ns = l->now_steady() + DRAIN_NS, now_ns;

	while (p.error == 0 && frames < max && !is_over(l)) {
		run_pass(&p, max, &frames);
		now_ns = l->now_steady();
		if (now_ns >= until_ns)
			break;
		(void)wait_until(l, until_ns, now_ns);
	}
	if (p.error == 0)
		hand_on(&p, max - frames, true, &frames);
	return p.error == DNSGAP_ENOMEM ? dg_fail_memory(fail) : p.error;
}
