#ifndef DG_CLI_LIVE_OUTPUTS_H
#define DG_CLI_LIVE_OUTPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/opts_live.h"
#include "dnsgap/metrics.h"
#include "live/outdir.h"

/*
 * live_outputs.h - where the reports of a long run go: opened before rights are given up, and
 * written by the reporting thread.
 */

/* A file in a folder, or (without one) something that is open and written in place. */
struct dg_live_place {
	struct dg_outdir *folder;
	const char *name; /* within it, into argv */
	int fd;           /* without a folder; -1: there is no such place */
	bool was_written; /* by this run, so it may be replaced */
};

struct dg_live_outputs {
	const struct dg_live_options *options;
	struct dg_outdir *folder; /* of --reports */
	struct dg_live_place forms[DG_FORM_COUNT];
	struct dg_live_place metrics;
	unsigned columns, style; /* of text in standard output */
	unsigned file_style;     /* of text elsewhere */
	bool is_pipe_broken;     /* nobody reads what was written in place */
	int64_t last_s;          /* time in the name of the last report */
	int64_t last_asked_s;    /* likewise of one that was asked for */
};

/* Folders that all outputs together may have: those here, of packets and of lines. */
#define DG_LIVE_FOLDERS_MAX (DG_FORM_COUNT + 4)

/* Splits a path into a folder, which is opened, and a name in it; devices, pipes and "-" are
 * opened.  Complains and returns false. */
bool dg_live_place_open(struct dg_live_place *p, const char *path);
void dg_live_place_close(struct dg_live_place *p);

/* Opens what the options ask for.  Complains and returns false.  To be closed either way. */
bool dg_live_outputs_open(struct dg_live_outputs *o, const struct dg_live_options *options);
void dg_live_outputs_close(struct dg_live_outputs *o);

/* The folders, for the sandbox; returns how many. */
size_t dg_live_outputs_folders(
    const struct dg_live_outputs *o, struct dg_outdir *folders[DG_LIVE_FOLDERS_MAX]);

/* Whether there is any place for a report. */
bool dg_live_outputs_has_report(const struct dg_live_outputs *o);

/* Whether everything here goes into pipes that nobody reads any more. */
bool dg_live_outputs_is_deserted(const struct dg_live_outputs *o);

/**
 * Writes a finished session in all forms that were asked for; in the folder under a name with
 * this time, or the next that is free.  `is_asked`: not a cut, but a look between cuts.  False,
 * with a text about the first trouble, when not everything was written.
 */
bool dg_live_outputs_write(struct dg_live_outputs *o, const struct dnsgap_session *s,
    int64_t wall_s, bool is_asked, char text[DG_LIVE_TEXT_MAX]);

/* The same of the metrics. */
bool dg_live_outputs_write_metrics(
    struct dg_live_outputs *o, const struct dnsgap_metrics *m, char text[DG_LIVE_TEXT_MAX]);

#endif
