#ifndef DG_CLI_OPTS_H
#define DG_CLI_OPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dnsgap/config.h"
#include "dnsgap/finding.h"

/*
 * opts.h - the options of `dnsgap read`.
 */

enum dg_switch {
	DG_SWITCH_AUTO,
	DG_SWITCH_ON,
	DG_SWITCH_OFF,
};

struct dg_read_options {
	struct dnsgap_config *config;
	char **files; /* into argv; file_count of them */
	size_t file_count;
	const char *json;         /* a path, "-", or NULL */
	const char *text;         /* likewise */
	const char *transactions; /* likewise */
	uint64_t max_frames;
	enum dg_switch progress;
	bool may_replace;
	bool is_strict;
	bool is_failing;              /* a finding so bad, or worse, makes the status 10 */
	enum dnsgap_severity fail_on; /* then */
	bool wants_help;
	bool wants_schema;
	bool is_schema_of_lines; /* of a transaction's, not of the report */
};

/**
 * Reads argv (argv[0] is the command).  Complains and returns false when it
 * makes no sense.  To be released with dg_read_options_fini in either case.
 */
bool dg_read_options_parse(struct dg_read_options *o, int argc, char **argv);
void dg_read_options_fini(struct dg_read_options *o);

/* The help text of the command; static. */
extern const char dg_read_help[];

#endif
