/*
 * live_tend.c - which job the reporting thread gets next, and what came of the last.
 *
 * One at a time.  A cut goes first, then what somebody asked for, then what is refreshed; the
 * screen never takes more than a tenth of the time.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/live.h"
#include "dnsgap/error.h"
#include "live/terminal.h"

#define LINE_NS (60 * DG_NS_PER_S)
#define LINE_FOR_TERMINAL_NS (10 * DG_NS_PER_S)
#define SCREEN_NS DG_NS_PER_S
#define SCREEN_SHARE 10
#define METRICS_NS (15 * DG_NS_PER_S)
/* A cut that waited so long for the one before is worth a word. */
#define LATE_NS DG_NS_PER_S
#define DEFAULT_COLUMNS 80
#define DEFAULT_LINES 24
#define COLUMNS_MIN 40
#define COLUMNS_MAX 200
#define LINES_MIN 10
#define LINES_MAX 200

/* --- what came of a job --------------------------------------------------------- */

static void
tell_line(struct dg_live *l)
{
	const struct dg_live_job *j = &l->job;
	char waiting[32] = "", late[80] = "";

	if (j->line[0] == '\0' || (l->options->is_quiet && !j->is_line_asked))
		return;
	if (j->work == DG_WORK_CUT && !j->is_last && j->open > 0)
		snprintf(waiting, sizeof waiting, " (%" PRIu64 " open)", j->open);
	if (j->late_ns > LATE_NS)
		snprintf(late, sizeof late,
		    " (this cut waited %" PRId64 " s for the report before it)",
		    j->late_ns / DG_NS_PER_S);
	dg_log_say(&l->log, DG_LOG_NEWS, "%s%s%s", j->line, waiting, late);
}

static void
take_result(struct dg_live *l)
{
	const struct dg_live_job *j = &l->job;

	if (j->trouble[0] != '\0') {
		l->has_lost_output = true;
		dg_log_say(&l->log, DG_LOG_REPORT, "%s", j->trouble);
	}
	l->is_deserted = dg_live_outputs_is_deserted(&l->outputs) && l->packets == NULL &&
	    l->options->common.transactions == NULL;
	if (j->metrics_trouble[0] != '\0') {
		l->has_lost_output = true;
		dg_log_say(&l->log, DG_LOG_METRICS, "%s", j->metrics_trouble);
	}
	if (j->screen_trouble[0] != '\0')
		dg_log_say(&l->log, DG_LOG_REPORT, "%s", j->screen_trouble);
	tell_line(l);
	l->is_incomplete = l->is_incomplete || j->is_incomplete;
	l->hit_limit = l->hit_limit || j->hit_limit;
	if (j->has_finding) {
		l->has_finding = true;
		memcpy(l->finding, j->finding, sizeof l->finding);
	}
	if (j->work == DG_WORK_SCREEN) {
		int64_t now_ns = dg_steady_ns(), cost_ns = now_ns - l->begun_ns;
		int64_t pause_ns = cost_ns * (SCREEN_SHARE - 1);

		l->next_screen_ns = now_ns + (pause_ns > SCREEN_NS ? pause_ns : SCREEN_NS);
	}
}

/* --- the next ------------------------------------------------------------------- */

/* What the interfaces count belongs to the capturing thread: the job gets a copy. */
static void
copy_interfaces(struct dg_live *l)
{
	struct dg_live_job *j = &l->job;

	j->interface_count = 0;
	while (j->interface_count < DNSGAP_CAPTURE_INTERFACES &&
	    dnsgap_capture_interface(
		l->capture, j->interface_count, &j->interfaces[j->interface_count]))
		j->interface_count++;
}

static void
begin(struct dg_live *l, enum dg_live_work work, struct dnsgap_session *s)
{
	struct dg_live_job *j = &l->job;

	j->work = work;
	j->session = s;
	j->is_last = s == l->session;
	j->wall_ns = dg_wall_ns();
	j->late_ns = 0;
	j->open = j->is_last ? 0 : dnsgap_session_open(l->session);
	if (work == DG_WORK_SCREEN)
		j->screen.open = dnsgap_session_open(s);
	copy_interfaces(l);
	l->begun_ns = dg_steady_ns();
	if (work == DG_WORK_CUT && l->due_since_ns != 0)
		j->late_ns = l->begun_ns - l->due_since_ns;
	(void)dg_reporter_begin(l->reporter, dg_live_job_do, j);
}

/* A job about what was counted until now; false when there is no memory for it. */
static bool
begin_with(struct dg_live *l, enum dg_live_work work, enum dnsgap_cut cut)
{
	struct dnsgap_session *s;

	if (dnsgap_session_cut(l->session, cut, &s) == 0) {
		begin(l, work, s);
		return true;
	}
	dg_log_say(&l->log, DG_LOG_REPORT, "no report now: %s%s",
	    dnsgap_session_error(l->session),
	    cut == DNSGAP_CUT_TAKE ? "; the next one has all of it" : "");
	return false;
}

static void
begin_screen(struct dg_live *l)
{
	struct dg_live_job *j = &l->job;
	unsigned columns = DEFAULT_COLUMNS, lines = DEFAULT_LINES;

	(void)dg_terminal_size(l->terminal, &columns, &lines);
	columns = columns < COLUMNS_MIN ? COLUMNS_MIN : columns;
	lines = lines < LINES_MIN ? LINES_MIN : lines;
	j->screen = (struct dnsgap_screen){
	    .columns = columns > COLUMNS_MAX ? COLUMNS_MAX : columns,
	    .lines = lines > LINES_MAX ? LINES_MAX : lines,
	    .style = l->outputs.style,
	    .status = j->status,
	};
	dg_log_last(&l->log, j->status, sizeof j->status);
	if (!begin_with(l, DG_WORK_SCREEN, DNSGAP_CUT_COPY))
		l->next_screen_ns = l->begun_ns + SCREEN_NS;
}

static void
begin_line(struct dg_live *l, int64_t now_ns)
{
	l->job.is_line_asked = l->is_line_asked;
	l->is_line_asked = false;
	if (l->next_line_ns != 0)
		l->next_line_ns = now_ns + dg_live_line_ns();
	(void)begin_with(l, DG_WORK_LINE, DNSGAP_CUT_COPY);
}

int64_t
dg_live_line_ns(void)
{
	return isatty(STDERR_FILENO) ? LINE_FOR_TERMINAL_NS : LINE_NS;
}

static void
begin_next(struct dg_live *l, int64_t now_ns)
{
	if (l->due_since_ns != 0) {
		(void)begin_with(l, DG_WORK_CUT, DNSGAP_CUT_TAKE);
		dg_schedule_take(&l->cuts, dg_wall_ns(), now_ns);
		l->due_since_ns = 0;
		l->next_metrics_ns = now_ns + METRICS_NS;
	} else if (l->is_report_asked) {
		l->is_report_asked = false;
		if (dg_live_outputs_has_report(&l->outputs))
			(void)begin_with(l, DG_WORK_ASKED, DNSGAP_CUT_COPY);
		else
			dg_log_say(&l->log, DG_LOG_REPORT,
			    "a report was asked for, and no place for it is known: "
			    "--reports DIR or --json=FILE");
	} else if (l->is_line_asked ||
	    (l->next_line_ns != 0 && now_ns >= l->next_line_ns && !l->options->is_quiet)) {
		begin_line(l, now_ns);
	} else if (l->terminal != NULL && now_ns >= l->next_screen_ns) {
		begin_screen(l);
	} else if (l->metrics != NULL && now_ns >= l->next_metrics_ns) {
		l->next_metrics_ns = now_ns + METRICS_NS;
		begin(l, DG_WORK_METRICS, NULL);
	}
}

void
dg_live_tend_jobs(struct dg_live *l)
{
	int64_t now_ns = dg_steady_ns();
	bool is_busy = dg_reporter_is_busy(l->reporter);
	int result;

	if (l->due_since_ns == 0 && dg_schedule_is_due(&l->cuts, dg_wall_ns(), now_ns))
		l->due_since_ns = now_ns;
	if (!dg_reporter_result(l->reporter, false, &result))
		return;
	if (is_busy)
		take_result(l);
	l->job.is_line_asked = false;
	begin_next(l, now_ns);
}

void
dg_live_finish(struct dg_live *l)
{
	bool is_busy = dg_reporter_is_busy(l->reporter);
	int result;

	(void)dg_reporter_result(l->reporter, true, &result);
	if (is_busy)
		take_result(l);
	if (l->terminal != NULL) {
		dg_terminal_free(l->terminal);
		l->terminal = l->job.terminal = NULL;
		dg_log_wait(&l->log, false);
	}
	l->due_since_ns = 0;
	l->job.is_line_asked = l->options->has_screen;
	begin(l, DG_WORK_CUT, l->session);
	(void)dg_reporter_result(l->reporter, true, &result);
	take_result(l);
}
