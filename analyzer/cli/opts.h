#ifndef DG_CLI_OPTS_H
#define DG_CLI_OPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/form.h"
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

/* Something that pseudonyms leave as it is. */
struct dg_keep {
	const char *value; /* into argv */
	bool is_name;
};

struct dg_read_options {
	struct dnsgap_config *config;
	char **files; /* into argv; file_count of them */
	size_t file_count;
	const char *reports[DG_FORM_COUNT]; /* each a path, "-", or NULL */
	const char *evidence;               /* likewise */
	const char *transactions;           /* likewise */
	const char *report_dir;             /* for all forms at once, or NULL */
	uint64_t evidence_frames;           /* 0: as many as the library thinks right */
	const char *key_file;               /* NULL: a key for this run */
	bool is_anonymised;
	enum dg_switch colour;
	uint64_t max_frames;
	enum dg_switch progress;
	bool may_replace;
	bool is_strict;
	bool is_failing;              /* a finding so bad, or worse, makes the status 10 */
	enum dnsgap_severity fail_on; /* then */
	bool wants_help;
	bool wants_schema;
	bool is_schema_of_lines; /* of a transaction's, not of the report */

	/* As they were typed, until all is known. */
	const char *hold;
	struct dg_keep *keeps;
	size_t keep_count;
	const char *stray_text;  /* what stood apart behind --text or --markdown, and ... */
	const char *stray_owner; /* ... which of them */
	const char *stray_key;   /* what stood apart behind --anonymize */
};

/**
 * Reads argv (argv[0] is the command).  Complains and returns false when it
 * makes no sense.  To be released with dg_read_options_fini in either case.
 */
bool dg_read_options_parse(struct dg_read_options *o, int argc, char **argv);
void dg_read_options_fini(struct dg_read_options *o);

/* Where one output is to go. */
struct dg_place {
	const char *option; /* without its dashes */
	const char *path;
};

#define DG_PLACES_MAX (DG_FORM_COUNT + 2)

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

/* Seconds with a fraction, as ns; -1 when it is none. */
int64_t dg_read_seconds(const char *text);

/* Complains of an option's value; false. */
bool dg_refuse(const char *option, const char *value, const char *wanted);

/* The help text of the command; static. */
extern const char dg_read_help[];

#endif
