#ifndef DG_CLI_OPTS_H
#define DG_CLI_OPTS_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/form.h"
#include "dnsgap/config.h"
#include "dnsgap/finding.h"

/*
 * opts.h - the options that commands have in common, and how a command adds its own.
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

/* What is typed points into argv. */
struct dg_options {
	const char *command; /* "read" */
	struct dnsgap_config *config;
	const char *reports[DG_FORM_COUNT]; /* each a path, "-", or NULL */
	const char *transactions;           /* likewise */
	char *filter;         /* in pcap's language, owned; NULL: none was given */
	bool may_resolve;     /* host names in it */
	const char *key_file; /* NULL: a key for this run */
	bool is_anonymised;
	enum dg_switch colour;
	uint64_t max_frames;
	bool may_replace;
	bool is_strict;
	bool is_failing;              /* a finding so bad, or worse, makes the status 10 */
	enum dnsgap_severity fail_on; /* then */
	bool wants_help;

	/* As they were typed, until all is known. */
	const char *filter_file;
	const char *hold;
	struct dg_keep *keeps;
	size_t keep_count;
	const char *stray_form;  /* what stood apart behind a form without a value, and ... */
	const char *stray_owner; /* ... which of them */
	const char *stray_key;   /* what stood apart behind --anonymize */
};

/* Codes of long options; those of one command begin at DG_OPT_OWN. */
enum dg_option_code {
	DG_OPT_TEXT = 256,
	DG_OPT_MARKDOWN,
	DG_OPT_HTML,
	DG_OPT_JSON,
	DG_OPT_TRANSACTIONS,
	DG_OPT_FORCE,
	DG_OPT_COLOUR,
	DG_OPT_ANONYMIZE,
	DG_OPT_KEEP,
	DG_OPT_KEEP_NAME,
	DG_OPT_TIMEOUT,
	DG_OPT_HOLD,
	DG_OPT_SKEW,
	DG_OPT_SERVER_PORT,
	DG_OPT_RESOLVE_FILTER,
	DG_OPT_MAX_TRANSACTIONS,
	DG_OPT_STRICT,
	DG_OPT_FAIL_ON,
	DG_OPT_OWN,
};

/* Long options of all tables together: twice those there are. */
#define DG_LONG_OPTIONS_MAX 128

enum dg_taken {
	DG_TAKEN,
	DG_REFUSED, /* that was told */
	DG_NOT_MINE,
};

/* A command's own options.  It is asked first, so it may take a common one's code. */
struct dg_own_options {
	const struct option *longs; /* ends with one without a name */
	const char *letters;        /* as getopt wants them */
	enum dg_taken (*set)(void *command, int code, const char *value);
	/* A word that is no option; false when it was refused, and that told. */
	bool (*operand)(void *command, char *word);
	void *command;
};

/**
 * Reads argv (argv[0] is the command); what stands behind `--`, or in -F's file, is the
 * filter.  Complains and returns false when it makes no sense.  To be released with
 * dg_options_fini in either case.
 */
bool dg_options_parse(
    struct dg_options *o, int argc, char **argv, const struct dg_own_options *own);
void dg_options_fini(struct dg_options *o);

/* Adds a word to the filter.  Complains and returns false. */
bool dg_options_add_filter(struct dg_options *o, const char *word);

/* Sets what depends on others: the hold.  Complains and returns false. */
bool dg_options_check(const struct dg_options *o);

/* Sets key and exceptions of the pseudonyms, if they were asked for.  Complains and returns
 * false. */
bool dg_options_set_pseudonyms(const struct dg_options *o);

/* Where one output is to go. */
struct dg_place {
	const char *option; /* without its dashes */
	const char *path;
};

/* The forms and the lines of transactions, and a few of a command's own. */
#define DG_PLACES_MAX (DG_FORM_COUNT + 4)

/* The outputs that were asked for by common options; returns how many. */
unsigned dg_options_places(const struct dg_options *o, struct dg_place places[DG_PLACES_MAX]);

/* Whether all go to different places: two would spoil each other.  Complains. */
bool dg_places_are_apart(const struct dg_place *places, unsigned count);

/* Whether a path is the key's file, which no output may replace; that is told. */
bool dg_options_is_key(const struct dg_options *o, const char *path);

/* Whether both are one regular file; NULL and "-" are none. */
bool dg_is_same_file(const char *a, const char *b);

/* Seconds with a fraction, as ns; -1 when it is none. */
int64_t dg_read_seconds(const char *text);

/* A plain number; false when it is none. */
bool dg_read_count(const char *text, uint64_t *count);

/* Complains of an option's value; false. */
bool dg_refuse(const char *option, const char *value, const char *wanted);

#endif
