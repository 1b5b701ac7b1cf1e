#ifndef DG_CLI_LIVE_JOB_H
#define DG_CLI_LIVE_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/live_outputs.h"
#include "dnsgap/capture.h"
#include "dnsgap/metrics.h"
#include "dnsgap/render.h"
#include "live/terminal.h"

/*
 * live_job.h - what the reporting thread does with a session that was cut off.
 */

enum dg_live_work {
	DG_WORK_CUT,     /* a report of what ended since the last cut; metrics */
	DG_WORK_ASKED,   /* a report of what there is, and nothing is taken from it */
	DG_WORK_LINE,    /* one line about the same */
	DG_WORK_SCREEN,  /* the same for the screen */
	DG_WORK_METRICS, /* what the interfaces count; no session */
};

#define DG_LIVE_LINE_MAX 1024
#define DG_LIVE_STATUS_MAX 256

/* The capturing thread fills in what is given, and looks at the results when the job is done;
 * meanwhile all of it is the job's. */
struct dg_live_job {
	/* For all jobs of a run. */
	const struct dg_options *options;
	struct dg_live_outputs *outputs;
	struct dnsgap_metrics *metrics; /* NULL: nobody wants them */
	struct dg_terminal *terminal;   /* NULL: there is no screen */

	/* Given. */
	enum dg_live_work work;
	struct dnsgap_session *session;
	bool is_last;       /* the session is the run's own, which stays the caller's */
	int64_t wall_ns;    /* end of the cut */
	int64_t late_ns;    /* how much later than wanted */
	bool is_line_asked; /* the line is to be said, come what may */
	struct dnsgap_screen screen;
	char status[DG_LIVE_STATUS_MAX];
	struct dnsgap_interface_counts interfaces[DNSGAP_CAPTURE_INTERFACES];
	size_t interface_count;
	uint64_t open; /* transactions that wait */

	/* What came of it. */
	char line[DG_LIVE_LINE_MAX];
	char trouble[DG_LIVE_TEXT_MAX]; /* "" when the reports were written */
	char metrics_trouble[DG_LIVE_TEXT_MAX];
	char screen_trouble[DG_LIVE_TEXT_MAX];
	bool is_incomplete; /* not everything was read */
	bool hit_limit;
	bool has_finding;               /* that --fail-on asks about */
	char finding[DG_LIVE_LINE_MAX]; /* then: the worst */
};

/* A dg_job; `context` is a dg_live_job. */
int dg_live_job_do(void *context);

#endif
