/*
 * opts.c - the options of `dnsgap read`, one by one.
 */
#include "cli/opts.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

enum option_code {
	OPT_TEXT = 256,
	OPT_MARKDOWN,
	OPT_HTML,
	OPT_JSON,
	OPT_EVIDENCE,
	OPT_EVIDENCE_FRAMES,
	OPT_REPORT,
	OPT_TRANSACTIONS,
	OPT_FORCE,
	OPT_COLOUR,
	OPT_ANONYMIZE,
	OPT_KEEP,
	OPT_KEEP_NAME,
	OPT_TIMEOUT,
	OPT_HOLD,
	OPT_SKEW,
	OPT_SERVER_PORT,
	OPT_MAX_TRANSACTIONS,
	OPT_STRICT,
	OPT_FAIL_ON,
	OPT_PROGRESS,
	OPT_NO_PROGRESS,
	OPT_SCHEMA,
	OPT_SHA256,
	OPT_NO_SHA256,
};

static const struct option long_options[] = {
    {"text", optional_argument, NULL, OPT_TEXT},
    {"markdown", optional_argument, NULL, OPT_MARKDOWN},
    {"html", required_argument, NULL, OPT_HTML},
    {"json", required_argument, NULL, OPT_JSON},
    {"evidence", required_argument, NULL, OPT_EVIDENCE},
    {"evidence-frames", required_argument, NULL, OPT_EVIDENCE_FRAMES},
    {"report", required_argument, NULL, OPT_REPORT},
    {"transactions", required_argument, NULL, OPT_TRANSACTIONS},
    {"force", no_argument, NULL, OPT_FORCE},
    {"color", optional_argument, NULL, OPT_COLOUR},
    {"colour", optional_argument, NULL, OPT_COLOUR},
    {"anonymize", optional_argument, NULL, OPT_ANONYMIZE},
    {"anonymise", optional_argument, NULL, OPT_ANONYMIZE},
    {"keep", required_argument, NULL, OPT_KEEP},
    {"keep-name", required_argument, NULL, OPT_KEEP_NAME},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"hold", required_argument, NULL, OPT_HOLD},
    {"skew", required_argument, NULL, OPT_SKEW},
    {"server-port", required_argument, NULL, OPT_SERVER_PORT},
    {"max-transactions", required_argument, NULL, OPT_MAX_TRANSACTIONS},
    {"read", required_argument, NULL, 'r'},
    {"count", required_argument, NULL, 'c'},
    {"strict", no_argument, NULL, OPT_STRICT},
    {"fail-on", required_argument, NULL, OPT_FAIL_ON},
    {"progress", no_argument, NULL, OPT_PROGRESS},
    {"no-progress", no_argument, NULL, OPT_NO_PROGRESS},
    {"sha256", no_argument, NULL, OPT_SHA256},
    {"no-sha256", no_argument, NULL, OPT_NO_SHA256},
    {"schema", optional_argument, NULL, OPT_SCHEMA},
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

static bool
read_count(const char *text, uint64_t *count)
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
refuse_option(int code, const char *typed)
{
	if (code == ':')
		dg_cli_complain("option `%s` wants a value; see dnsgap read --help", typed);
	else if (optopt >= OPT_TEXT)
		dg_cli_complain("option `%s` takes no value; see dnsgap read --help", typed);
	else if (optopt != 0)
		dg_cli_complain("unknown option `-%c`; see dnsgap read --help", optopt);
	else
		dg_cli_complain("unknown option `%s`; see dnsgap read --help", typed);
	return false;
}

static bool
set_number(struct dg_read_options *o, int code, const char *value)
{
	uint64_t count;

	if (code == 'c') {
		if (!read_count(value, &o->max_frames) || o->max_frames == 0)
			return dg_refuse(
			    "count", value, "wanted: a number of frames from 1 on");
		return true;
	}
	if (code == OPT_EVIDENCE_FRAMES) {
		if (!read_count(value, &o->evidence_frames) || o->evidence_frames == 0)
			return dg_refuse(
			    "evidence-frames", value, "wanted: a number of frames from 1 on");
		return true;
	}
	if (!read_count(value, &count) || count > UINT32_MAX ||
	    dnsgap_config_set_max_transactions(o->config, (uint32_t)count) != 0)
		return dg_refuse(
		    "max-transactions", value, "wanted: a number from 1 to 16777216");
	return true;
}

static bool
set_schema(struct dg_read_options *o, const char *value)
{
	o->wants_schema = true;
	o->is_schema_of_lines = value != NULL && strcmp(value, "transactions") == 0;
	return value == NULL || o->is_schema_of_lines || strcmp(value, "report") == 0 ||
	    dg_refuse("schema", value, "wanted: report or transactions");
}

static bool
set_fail_on(struct dg_read_options *o, const char *value)
{
	o->is_failing = true;
	o->fail_on = strcmp(value, "warning") == 0 ? DNSGAP_WARNING : DNSGAP_FAULT;
	return o->fail_on == DNSGAP_WARNING || strcmp(value, "fault") == 0 ||
	    dg_refuse("fail-on", value, "wanted: fault or warning");
}

static bool
set_colour(struct dg_read_options *o, const char *value)
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

/* Where something is to be written. */
static void
set_place(struct dg_read_options *o, int code, const char *value)
{
	const char *path = value != NULL ? value : "-";

	if (code == OPT_TEXT)
		o->reports[DG_FORM_TEXT] = path;
	else if (code == OPT_MARKDOWN)
		o->reports[DG_FORM_MARKDOWN] = path;
	else if (code == OPT_HTML)
		o->reports[DG_FORM_HTML] = path;
	else if (code == OPT_JSON)
		o->reports[DG_FORM_JSON] = path;
	else if (code == OPT_EVIDENCE)
		o->evidence = path;
	else if (code == OPT_TRANSACTIONS)
		o->transactions = path;
	else
		o->report_dir = path;
}

/* How traffic is to be read. */
static bool
set_reading(struct dg_read_options *o, int code, const char *value)
{
	struct dnsgap_config *c = o->config;

	switch (code) {
	case OPT_TIMEOUT:
		return dnsgap_config_set_timeout(c, dg_read_seconds(value)) == 0 ||
		    dg_refuse("timeout", value, "wanted: seconds from 0.000001 to 3600");
	case OPT_SKEW:
		return dnsgap_config_set_skew(c, dg_read_seconds(value)) == 0 ||
		    dg_refuse("skew", value, "wanted: seconds from 0 to 1");
	case OPT_SERVER_PORT:
		return dnsgap_config_set_server_ports(c, value) == 0 ||
		    dg_refuse(
			"server-port", value, "wanted: ports like 53,5353 or 53,8053-8060");
	case OPT_HOLD:
		o->hold = value;
		return true;
	case OPT_SHA256:
	case OPT_NO_SHA256:
		dnsgap_config_set_sha256_max(c, code == OPT_SHA256 ? UINT64_MAX : 0);
		return true;
	case 'r':
		o->files[o->file_count++] = optarg;
		return true;
	default:
		return set_number(o, code, value);
	}
}

static bool
set_option(struct dg_read_options *o, int code, const char *value)
{
	switch (code) {
	case OPT_TEXT:
	case OPT_MARKDOWN:
	case OPT_HTML:
	case OPT_JSON:
	case OPT_EVIDENCE:
	case OPT_REPORT:
	case OPT_TRANSACTIONS:
		set_place(o, code, value);
		break;
	case OPT_COLOUR:
		return set_colour(o, value);
	case OPT_ANONYMIZE:
		o->is_anonymised = true;
		o->key_file = value;
		break;
	case OPT_KEEP:
	case OPT_KEEP_NAME:
		o->keeps[o->keep_count++] = (struct dg_keep){value, code == OPT_KEEP_NAME};
		break;
	case OPT_FORCE:
		o->may_replace = true;
		break;
	case OPT_STRICT:
		o->is_strict = true;
		break;
	case OPT_FAIL_ON:
		return set_fail_on(o, value);
	case OPT_PROGRESS:
	case OPT_NO_PROGRESS:
		o->progress = code == OPT_PROGRESS ? DG_SWITCH_ON : DG_SWITCH_OFF;
		break;
	case OPT_SCHEMA:
		return set_schema(o, value);
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

/* The value of these stands behind a `=`: what follows apart is taken for a capture. */
static void
note_stray(struct dg_read_options *o, int code, const char *stray)
{
	if (code == OPT_TEXT || code == OPT_MARKDOWN) {
		o->stray_text = stray;
		o->stray_owner = code == OPT_TEXT ? "text" : "markdown";
	} else if (code == OPT_ANONYMIZE) {
		o->stray_key = stray;
	}
}

bool
dg_read_options_parse(struct dg_read_options *o, int argc, char **argv)
{
	int code;

	*o = (struct dg_read_options){
	    .files = calloc((size_t)argc + 1, sizeof *o->files),
	    .keeps = calloc((size_t)argc + 1, sizeof *o->keeps),
	};
	if (o->files == NULL || o->keeps == NULL || dnsgap_config_new(&o->config) != 0) {
		dg_cli_complain("out of memory");
		return false;
	}
	optind = 0;
	opterr = 0;
	while ((code = getopt_long(argc, argv, ":r:c:nh", long_options, NULL)) != -1) {
		if (code == '?' || code == ':')
			return refuse_option(code, argv[optind - 1]);
		if (!set_option(o, code, optarg))
			return false;
		if (optarg == NULL && optind < argc)
			note_stray(o, code, argv[optind]);
	}
	while (optind < argc)
		o->files[o->file_count++] = argv[optind++];
	return dg_read_options_check(o);
}

void
dg_read_options_fini(struct dg_read_options *o)
{
	free(o->files);
	free(o->keeps);
	dnsgap_config_free(o->config);
}
