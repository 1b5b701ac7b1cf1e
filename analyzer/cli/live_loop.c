/*
 * live_loop.c - a run of `dnsgap live`: sniffs, and looks up ten times a second.
 *
 * Nothing in here waits for a disk but the packets of -w and lines of transactions: reports,
 * metrics and the screen are made by another thread.  When that is slower than what is asked
 * of it, cuts become longer, and never pile up.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "cli/live.h"
#include "dnsgap/error.h"
#include "live/signals.h"
#include "live/terminal.h"

/* How long a look at the interfaces may take: signals and keys wait for it at most. */
#define WAIT_NS (DG_NS_PER_S / 10)

static void
reopen(struct dg_live *l)
{
	char text[DG_LIVE_TEXT_MAX];
	int error;

	if (l->packets != NULL && dg_packets_reopen(l->packets, text) != 0) {
		l->has_lost_output = true;
		dg_log_say(&l->log, DG_LOG_PACKETS, "%s", text);
	}
	error = dg_live_lines_reopen(&l->lines);
	if (error != 0)
		dg_log_say(&l->log, DG_LOG_TRANSACTIONS, "%s: %s", l->lines.place.name,
		    strerror(error));
}

/* Requests from outside: which signals came, and keys.  True: the run is to end. */
static bool
take_requests(struct dg_live *l)
{
	bool is_over = dg_signals_take(DG_SIGNAL_STOP);
	char key = l->terminal != NULL ? dg_terminal_key(l->terminal) : 0;

	if (dg_signals_take(DG_SIGNAL_REOPEN))
		reopen(l);
	if (dg_signals_take(DG_SIGNAL_PROGRESS))
		l->is_line_asked = true;
	if (dg_signals_take(DG_SIGNAL_REPORT))
		l->is_report_asked = true;
	/* Any key shows what is new; Ctrl-L all of it. */
	if (dg_signals_take(DG_SIGNAL_RESIZED) || key != 0)
		l->next_screen_ns = 0;
	return is_over || key == 'q' || l->is_deserted;
}

/* What the interfaces and the outputs of this thread have to say. */
static void
tell_news(struct dg_live *l)
{
	const char *text;

	while ((text = dnsgap_capture_notice(l->capture)) != NULL)
		dg_log_say(&l->log, DG_LOG_CAPTURE, "%s", text);
	if (l->packets != NULL && (text = dg_packets_trouble(l->packets)) != NULL)
		dg_log_say(&l->log, DG_LOG_PACKETS, "%s", text);
	if (l->packets != NULL && dg_packets_lost(l->packets) > 0)
		l->has_lost_output = true;
	if (l->lines.error != 0) {
		dg_log_say(&l->log, DG_LOG_TRANSACTIONS, "%s: lines were lost: %s",
		    l->lines.place.name, strerror(l->lines.error));
		l->lines.error = 0;
	}
}

static void
flush(struct dg_live *l)
{
	int64_t now_ns = dg_steady_ns();

	if (l->packets == NULL || now_ns < l->next_flush_ns)
		return;
	l->next_flush_ns = now_ns + DG_NS_PER_S;
	(void)dg_packets_flush(l->packets);
}

/* One look at the interfaces; false when it was the last. */
static bool
sniff(struct dg_live *l)
{
	const struct dg_live_options *o = l->options;
	uint64_t frames = 0, max = 0;
	int error;

	if (o->common.max_frames > 0)
		max = o->common.max_frames - l->frames;
	error = dnsgap_session_sniff(l->session, l->capture, WAIT_NS, max, &frames);
	l->frames += frames;
	tell_news(l);
	if (l->packets != NULL && dg_packets_is_full(l->packets)) {
		dg_log_say(&l->log, DG_LOG_NEWS, "%s: all %" PRIu64 " files are full",
		    o->packets, o->files_max);
		return false;
	}
	if (error == DNSGAP_ESTOPPED) {
		dg_log_say(&l->log, DG_LOG_NEWS, "no interface is left to sniff");
		l->is_incomplete = true;
	} else if (error != 0) {
		dg_log_say(&l->log, DG_LOG_NEWS, "%s", dnsgap_session_error(l->session));
		l->is_incomplete = true;
	}
	return error == 0 && (o->common.max_frames == 0 || l->frames < o->common.max_frames) &&
	    (o->duration_ns == 0 || dg_steady_ns() - l->started_ns < o->duration_ns);
}

/* What had come before the end was asked for. */
static bool
drain(struct dg_live *l)
{
	uint64_t max = l->options->common.max_frames;

	if (max != 0 && l->frames >= max)
		return true;
	return dnsgap_session_drain(l->session, l->capture, max != 0 ? max - l->frames : 0) ==
	    0;
}

void
dg_live_run(struct dg_live *l)
{
	bool is_over = false;

	while (!is_over && sniff(l)) {
		is_over = take_requests(l);
		flush(l);
		dg_live_tend_jobs(l);
	}
	if (!drain(l))
		l->is_incomplete = true;
	tell_news(l);
	dg_live_finish(l);
	tell_news(l);
}
