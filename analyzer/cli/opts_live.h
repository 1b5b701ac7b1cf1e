#ifndef DG_CLI_OPTS_LIVE_H
#define DG_CLI_OPTS_LIVE_H

#include "cli/opts.h"
#include "dnsgap/capture.h"

/*
 * opts_live.h - the options of `dnsgap live`.
 */

struct dg_live_options {
	struct dg_options common;
	struct dnsgap_capture *capture; /* has what it was told; not open */
	unsigned interface_count;
	bool wants_devices;
	bool has_tunnels;
	uint32_t snap_bytes;
	int64_t duration_ns;     /* 0: for ever */
	int64_t every_ns;        /* 0: one report, at the end */
	const char *report_dir;  /* or NULL; then common.reports say which forms, not where */
	uint64_t kept;           /* reports in it; 0: all */
	const char *metrics;     /* or NULL */
	const char *packets;     /* likewise */
	uint64_t file_megabytes; /* -C; 0: no limit */
	uint64_t file_seconds;   /* -G; likewise */
	uint64_t files_max;      /* -W; likewise */
	bool has_screen;
	bool is_default; /* no output was asked for: JSON to standard output */
	bool is_quiet;
	bool is_unboxed;  /* --no-sandbox */
	const char *user; /* -Z, or NULL */
};

/**
 * Reads argv (argv[0] is the command).  Complains and returns false when it
 * makes no sense.  To be released with dg_live_options_fini in either case.
 */
bool dg_live_options_parse(struct dg_live_options *o, int argc, char **argv);
void dg_live_options_fini(struct dg_live_options *o);

/**
 * What can be said of the options once all are known; sets what depends on others.
 * Complains and returns false when they do not go together.
 */
bool dg_live_options_check(struct dg_live_options *o);

/* "60s", "5m", "1h", "1d", or plain seconds, as ns; -1 when it is none of them. */
int64_t dg_read_duration(const char *text);

/* The help text of the command; static. */
extern const char dg_live_help[];

#endif
