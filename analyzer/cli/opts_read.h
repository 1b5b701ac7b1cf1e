#ifndef DG_CLI_OPTS_READ_H
#define DG_CLI_OPTS_READ_H

#include "cli/opts.h"

/*
 * opts_read.h - the options of `dnsgap read`.
 */

struct dg_read_options {
	struct dg_options common;
	char **files; /* into argv; file_count of them */
	size_t file_count;
	const char *evidence;     /* a path, "-", or NULL */
	const char *report_dir;   /* for all forms at once, or NULL */
	uint64_t evidence_frames; /* 0: as many as the library thinks right */
	enum dg_switch progress;
	bool wants_schema;
	bool is_schema_of_lines; /* of a transaction's, not of the report */
};

/**
 * Reads argv (argv[0] is the command).  Complains and returns false when it
 * makes no sense.  To be released with dg_read_options_fini in either case.
 */
bool dg_read_options_parse(struct dg_read_options *o, int argc, char **argv);
void dg_read_options_fini(struct dg_read_options *o);

/* The outputs that were asked for, but for those in report_dir; returns how many. */
unsigned dg_read_options_places(
    const struct dg_read_options *o, struct dg_place places[DG_PLACES_MAX]);

/* Whether an output would take the place of a capture to be read, or of the key; that is
 * told. */
bool dg_read_options_is_input(const struct dg_read_options *o, const char *output);

/**
 * What can be said of the options once all are known; sets what depends on others.
 * Complains and returns false when they do not go together.
 */
bool dg_read_options_check(struct dg_read_options *o);

/* The help text of the command; static. */
extern const char dg_read_help[];

#endif
