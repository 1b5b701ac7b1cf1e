#ifndef DG_CLI_LIVE_H
#define DG_CLI_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/live_job.h"
#include "cli/live_lines.h"
#include "cli/live_log.h"
#include "cli/live_outputs.h"
#include "cli/opts_live.h"
#include "live/packets.h"
#include "live/reporter.h"
#include "live/schedule.h"

/*
 * live.h - a run of `dnsgap live`: what its parts share.
 */

struct dg_live {
	const struct dg_live_options *options;
	struct dnsgap_capture *capture; /* the options' */
	struct dnsgap_session *session;
	struct dg_live_outputs outputs;
	struct dg_live_lines lines;
	struct dg_live_place packets_place;
	struct dg_packets *packets; /* NULL: they are not kept */
	struct dnsgap_metrics *metrics;
	struct dg_terminal *terminal;
	struct dg_reporter *reporter;
	struct dg_live_job job; /* the reporter's while it is at work */
	struct dg_log log;

	/* When what is due; steady, in ns. */
	struct dg_schedule cuts;
	int64_t started_ns;
	int64_t due_since_ns; /* a cut that waits for the reporter; 0: none */
	int64_t next_line_ns;
	int64_t next_screen_ns;
	int64_t next_metrics_ns;
	int64_t next_flush_ns;
	int64_t begun_ns; /* of the job at work */
	bool is_line_asked;
	bool is_report_asked;
	bool is_deserted; /* nobody reads any output */
	uint64_t frames;

	/* For the exit status. */
	bool has_lost_output;
	bool is_incomplete;
	bool hit_limit;
	bool has_finding;
	char finding[DG_LIVE_LINE_MAX]; /* the worst of the latest report that has one */
};

/* Sniffs until it is told to stop; then the last report is made. */
void dg_live_run(struct dg_live *l);

/* Takes the result of the job that ended, if one did, and gives the next that is due. */
void dg_live_tend_jobs(struct dg_live *l);

/* How long from one line to the next, without cuts. */
int64_t dg_live_line_ns(void);

/* Makes the last report, when the job at work is done. */
void dg_live_finish(struct dg_live *l);

#endif
