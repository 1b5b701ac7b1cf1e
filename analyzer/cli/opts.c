/*
 * opts.c - the options that commands have in common, one by one.
 *
 * Words are taken in the order in which they stand, so that `--` parts what is before it from
 * the filter behind it.
 */
#include "cli/opts.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/filter.h"

/* Words in their order; a `:` for a value that is missing. */
#define COMMON_LETTERS "-:c:F:nh"
#define LETTERS_MAX 64
/* What getopt says of a word that is no option. */
#define OPERAND 1

static const struct option common_options[] = {
    {"text", optional_argument, NULL, DG_OPT_TEXT},
    {"markdown", optional_argument, NULL, DG_OPT_MARKDOWN},
    {"transactions", required_argument, NULL, DG_OPT_TRANSACTIONS},
    {"force", no_argument, NULL, DG_OPT_FORCE},
    {"color", optional_argument, NULL, DG_OPT_COLOUR},
    {"colour", optional_argument, NULL, DG_OPT_COLOUR},
    {"anonymize", optional_argument, NULL, DG_OPT_ANONYMIZE},
    {"anonymise", optional_argument, NULL, DG_OPT_ANONYMIZE},
    {"keep", required_argument, NULL, DG_OPT_KEEP},
    {"keep-name", required_argument, NULL, DG_OPT_KEEP_NAME},
    {"timeout", required_argument, NULL, DG_OPT_TIMEOUT},
    {"hold", required_argument, NULL, DG_OPT_HOLD},
    {"skew", required_argument, NULL, DG_OPT_SKEW},
    {"server-port", required_argument, NULL, DG_OPT_SERVER_PORT},
    {"max-transactions", required_argument, NULL, DG_OPT_MAX_TRANSACTIONS},
    {"count", required_argument, NULL, 'c'},
    {"resolve-filter", no_argument, NULL, DG_OPT_RESOLVE_FILTER},
    {"strict", no_argument, NULL, DG_OPT_STRICT},
    {"fail-on", required_argument, NULL, DG_OPT_FAIL_ON},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

int64_t
dg_read_seconds(const char *text)
{
	char *end;
	double seconds;

	errno = 0;
	seconds = strtod(text, &end);
	if (end == text || *end != '\0' || errno != 0 || !(seconds >= 0 && seconds <= 1e9))
		return -1;
	return llround(seconds * 1e9);
}

bool
dg_read_count(const char *text, uint64_t *count)
{
	char *end;

	errno = 0;
	*count = strtoull(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

bool
dg_refuse(const char *option, const char *value, const char *wanted)
{
	dg_cli_complain("--%s %s: %s", option, value, wanted);
	return false;
}

/* getopt's own complaints would print what was typed as it is. */
static bool
refuse_option(const struct dg_options *o, int code, const char *typed)
{
	const char *command = o->command;

	if (code == ':')
		dg_cli_complain(
		    "option `%s` wants a value; see dnsgap %s --help", typed, command);
	else if (optopt >= DG_OPT_TEXT)
		dg_cli_complain(
		    "option `%s` takes no value; see dnsgap %s --help", typed, command);
	else if (optopt != 0)
		dg_cli_complain("unknown option `-%c`; see dnsgap %s --help", optopt, command);
	else
		dg_cli_complain("unknown option `%s`; see dnsgap %s --help", typed, command);
	return false;
}

static bool
set_number(struct dg_options *o, int code, const char *value)
{
	uint64_t count;

	if (code == 'c') {
		if (!dg_read_count(value, &o->max_frames) || o->max_frames == 0)
			return dg_refuse(
			    "count", value, "wanted: a number of frames from 1 on");
		return true;
	}
	if (!dg_read_count(value, &count) || count > UINT32_MAX ||
	    dnsgap_config_set_max_transactions(o->config, (uint32_t)count) != 0)
		return dg_refuse(
		    "max-transactions", value, "wanted: a number from 1 to 16777216");
	return true;
}

static bool
set_fail_on(struct dg_options *o, const char *value)
{
	o->is_failing = true;
	o->fail_on = strcmp(value, "warning") == 0 ? DNSGAP_WARNING : DNSGAP_FAULT;
	return o->fail_on == DNSGAP_WARNING || strcmp(value, "fault") == 0 ||
	    dg_refuse("fail-on", value, "wanted: fault or warning");
}

static bool
set_colour(struct dg_options *o, const char *value)
{
	if (value == NULL || strcmp(value, "always") == 0)
		o->colour = DG_SWITCH_ON;
	else if (strcmp(value, "never") == 0)
		o->colour = DG_SWITCH_OFF;
	else if (strcmp(value, "auto") == 0)
		o->colour = DG_SWITCH_AUTO;
	else
		return dg_refuse("color", value, "wanted: auto, always or never");
	return true;
}

/* How traffic is to be read. */
static bool
set_reading(struct dg_options *o, int code, const char *value)
{
	struct dnsgap_config *c = o->config;

	switch (code) {
	case DG_OPT_TIMEOUT:
		return dnsgap_config_set_timeout(c, dg_read_seconds(value)) == 0 ||
		    dg_refuse("timeout", value, "wanted: seconds from 0.000001 to 3600");
	case DG_OPT_SKEW:
		return dnsgap_config_set_skew(c, dg_read_seconds(value)) == 0 ||
		    dg_refuse("skew", value, "wanted: seconds from 0 to 1");
	case DG_OPT_SERVER_PORT:
		return dnsgap_config_set_server_ports(c, value) == 0 ||
		    dg_refuse(
			"server-port", value, "wanted: ports like 53,5353 or 53,8053-8060");
	case DG_OPT_HOLD:
		o->hold = value;
		return true;
	default:
		return set_number(o, code, value);
	}
}

static enum dg_form
form_of(int code)
{
	static const enum dg_form forms[] = {
	    DG_FORM_TEXT, DG_FORM_MARKDOWN, DG_FORM_HTML, DG_FORM_JSON};

	return forms[code - DG_OPT_TEXT];
}

static bool
set_common(struct dg_options *o, int code, const char *value)
{
	switch (code) {
	case DG_OPT_TEXT:
	case DG_OPT_MARKDOWN:
	case DG_OPT_HTML:
	case DG_OPT_JSON:
		o->reports[form_of(code)] = value != NULL ? value : "-";
		break;
	case DG_OPT_TRANSACTIONS:
		o->transactions = value;
		break;
	case DG_OPT_COLOUR:
		return set_colour(o, value);
	case DG_OPT_ANONYMIZE:
		o->is_anonymised = true;
		o->key_file = value;
		break;
	case DG_OPT_KEEP:
	case DG_OPT_KEEP_NAME:
		o->keeps[o->keep_count++] = (struct dg_keep){value, code == DG_OPT_KEEP_NAME};
		break;
	case DG_OPT_FORCE:
		o->may_replace = true;
		break;
	case DG_OPT_RESOLVE_FILTER:
		o->may_resolve = true;
		break;
	case DG_OPT_STRICT:
		o->is_strict = true;
		break;
	case DG_OPT_FAIL_ON:
		return set_fail_on(o, value);
	case 'F':
		o->filter_file = value;
		break;
	case 'h':
		o->wants_help = true;
		break;
	case 'n':
		break;
	default:
		return set_reading(o, code, value);
	}
	return true;
}

/* The value of these stands behind a `=`: what follows apart is taken for something else. */
static void
note_stray(struct dg_options *o, int code, const char *stray)
{
	if (code >= DG_OPT_TEXT && code <= DG_OPT_JSON) {
		o->stray_form = stray;
		o->stray_owner = dg_form_name(form_of(code));
	} else if (code == DG_OPT_ANONYMIZE) {
		o->stray_key = stray;
	}
}

/* What getopt is told: common ones and the command's. */
static void
join_options(struct option longs[DG_LONG_OPTIONS_MAX], char letters[LETTERS_MAX],
    const struct dg_own_options *own)
{
	const struct option *tables[] = {common_options, own->longs};
	size_t count = 0;

	for (size_t table = 0; table < 2; table++) {
		for (const struct option *o = tables[table];
		     o->name != NULL && count + 1 < DG_LONG_OPTIONS_MAX; o++)
			longs[count++] = *o;
	}
	longs[count] = (struct option){0};
	snprintf(letters, LETTERS_MAX, "%s%s", COMMON_LETTERS, own->letters);
}

/* One option or word. */
static bool
take(struct dg_options *o, int code, char *value, const struct dg_own_options *own)
{
	if (code == OPERAND)
		return own->operand(own->command, value);
	switch (own->set(own->command, code, value)) {
	case DG_TAKEN:
		return true;
	case DG_REFUSED:
		return false;
	case DG_NOT_MINE:
		break;
	}
	return set_common(o, code, value);
}

static bool
parse(struct dg_options *o, int argc, char **argv, const struct dg_own_options *own)
{
	struct option longs[DG_LONG_OPTIONS_MAX];
	char letters[LETTERS_MAX];
	int code;

	join_options(longs, letters, own);
	optind = 0;
	opterr = 0;
	while ((code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (code == '?' || code == ':')
			return refuse_option(o, code, argv[optind - 1]);
		if (!take(o, code, optarg, own))
			return false;
		if (optarg == NULL && optind < argc)
			note_stray(o, code, argv[optind]);
	}
	while (optind < argc) {
		if (!dg_options_add_filter(o, argv[optind++]))
			return false;
	}
	return true;
}

bool
dg_options_add_filter(struct dg_options *o, const char *word)
{
	return dg_filter_add(&o->filter, word);
}

bool
dg_options_parse(struct dg_options *o, int argc, char **argv, const struct dg_own_options *own)
{
	*o = (struct dg_options){
	    .command = argv[0],
	    .keeps = calloc((size_t)argc + 1, sizeof *o->keeps),
	};
	if (o->keeps == NULL || dnsgap_config_new(&o->config) != 0) {
		dg_cli_complain("out of memory");
		return false;
	}
	if (!parse(o, argc, argv, own))
		return false;
	if (o->filter_file == NULL || o->wants_help)
		return true;
	if (o->filter != NULL) {
		dg_cli_complain("-F %s and a filter behind the options: one of them, please",
		    o->filter_file);
		return false;
	}
	return dg_filter_read(&o->filter, o->filter_file);
}

void
dg_options_fini(struct dg_options *o)
{
	free(o->filter);
	free(o->keeps);
	dnsgap_config_free(o->config);
}
