/*
 * opts.c - the options of `dnsgap read`.
 */
#include "cli/opts.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/output.h"

const char dg_read_help[] =
    "Usage: dnsgap read [OPTION...] FILE...\n"
    "Reads captures (pcap, pcapng; plain, gzip, zstd, xz; - is standard input),\n"
    "joined in order of time, and writes a report, as JSON if nothing else is asked.\n"
    "      --text[=FILE]        a report to read, to FILE or standard output\n"
    "      --json FILE          JSON to FILE (- is standard output)\n"
    "      --transactions FILE  a line of JSON for each transaction to FILE\n"
    "      --force              replace files that exist\n"
    "      --timeout SECONDS    a reply after this is late (5)\n"
    "      --hold SECONDS       how long to wait for late replies (6 timeouts)\n"
    "      --skew SECONDS       a reply may be stamped this much too early (0.00001)\n"
    "      --server-port LIST   ports of servers: 53,5353 or 53,8053-8060 (53)\n"
    "      --max-transactions N remembered at once (1000000)\n"
    "  -r, --read FILE          the same as FILE\n"
    "  -c, --count N            stop after N frames\n"
    "  -n                       accepted; dnsgap never looks up a name\n"
    "      --sha256, --no-sha256   of the inputs; default: of files up to 64 MiB\n"
    "      --fail-on SEVERITY   exit with 10 on a `fault`, or a `warning` or worse\n"
    "      --strict             exit with 4 when a limit was hit\n"
    "      --progress, --no-progress   on standard error; default: on a terminal\n"
    "      --schema[=transactions]   print the JSON Schema of the report, or a line\n"
    "  -h, --help               this text\n"
    "\n"
    "Exit status: 0 all was read; 1 usage, nothing could be opened; 2 read in part;\n"
    "3 output failed; 4 --strict; 10 --fail-on.  Of several: 3, 10, 2, 4.\n";

enum option_code {
	OPT_TEXT = 256,
	OPT_JSON,
	OPT_TRANSACTIONS,
	OPT_FORCE,
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
    {"json", required_argument, NULL, OPT_JSON},
    {"transactions", required_argument, NULL, OPT_TRANSACTIONS},
    {"force", no_argument, NULL, OPT_FORCE},
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

/* Seconds with a fraction, as ns; -1 when it is none. */
static int64_t
read_seconds(const char *text)
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

static bool
refuse(const char *option, const char *value, const char *wanted)
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
			return refuse("count", value, "wanted: a number of frames from 1 on");
		return true;
	}
	if (!read_count(value, &count) || count > UINT32_MAX ||
	    dnsgap_config_set_max_transactions(o->config, (uint32_t)count) != 0)
		return refuse("max-transactions", value, "wanted: a number from 1 to 16777216");
	return true;
}

static bool
set_schema(struct dg_read_options *o, const char *value)
{
	o->wants_schema = true;
	o->is_schema_of_lines = value != NULL && strcmp(value, "transactions") == 0;
	return value == NULL || o->is_schema_of_lines || strcmp(value, "report") == 0 ||
	    refuse("schema", value, "wanted: report or transactions");
}

static bool
set_fail_on(struct dg_read_options *o, const char *value)
{
	o->is_failing = true;
	o->fail_on = strcmp(value, "warning") == 0 ? DNSGAP_WARNING : DNSGAP_FAULT;
	return o->fail_on == DNSGAP_WARNING || strcmp(value, "fault") == 0 ||
	    refuse("fail-on", value, "wanted: fault or warning");
}

static bool
set_option(struct dg_read_options *o, int code, const char *value)
{
	struct dnsgap_config *c = o->config;

	switch (code) {
	case OPT_TIMEOUT:
		return dnsgap_config_set_timeout(c, read_seconds(value)) == 0 ||
		    refuse("timeout", value, "wanted: seconds from 0.000001 to 3600");
	case OPT_SKEW:
		return dnsgap_config_set_skew(c, read_seconds(value)) == 0 ||
		    refuse("skew", value, "wanted: seconds from 0 to 1");
	case OPT_SERVER_PORT:
		return dnsgap_config_set_server_ports(c, value) == 0 ||
		    refuse("server-port", value, "wanted: ports like 53,5353 or 53,8053-8060");
	case OPT_MAX_TRANSACTIONS:
	case 'c':
		return set_number(o, code, value);
	case OPT_TEXT:
		o->text = value != NULL ? value : "-";
		break;
	case OPT_JSON:
		o->json = value;
		break;
	case OPT_TRANSACTIONS:
		o->transactions = value;
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
		o->progress = DG_SWITCH_ON;
		break;
	case OPT_NO_PROGRESS:
		o->progress = DG_SWITCH_OFF;
		break;
	case OPT_SHA256:
	case OPT_NO_SHA256:
		dnsgap_config_set_sha256_max(c, code == OPT_SHA256 ? UINT64_MAX : 0);
		break;
	case OPT_SCHEMA:
		return set_schema(o, value);
	case 'h':
		o->wants_help = true;
		break;
	case 'n':
		break;
	default:
		return false; /* all of long_options are above */
	}
	return true;
}

/* Two outputs to one place would spoil each other. */
static bool
check_outputs(const struct dg_read_options *o)
{
	const struct {
		const char *name;
		const char *path;
	} outputs[] = {{"json", o->json}, {"text", o->text}, {"transactions", o->transactions}};

	for (unsigned a = 0; a < 3; a++) {
		for (unsigned b = a + 1; b < 3; b++) {
			if (outputs[a].path == NULL || outputs[b].path == NULL ||
			    !dg_output_is_same(outputs[a].path, outputs[b].path))
				continue;
			dg_cli_complain(
			    "--%s and --%s both go to %s; name a file for one of them",
			    outputs[a].name, outputs[b].name,
			    strcmp(outputs[a].path, "-") == 0 ? "standard output"
							      : outputs[a].path);
			return false;
		}
	}
	return true;
}

/* The value of --text stands behind a `=`: what follows apart is taken for a capture. */
static void
hint_at_text(const char *after_text)
{
	if (after_text != NULL && after_text[0] != '-' && access(after_text, F_OK) != 0)
		dg_cli_complain(
		    "%s: is read, not written; to write the report there: --text=%s",
		    after_text, after_text);
}

/* Options that depend on others, once all are known. */
static bool
check_together(struct dg_read_options *o, const char *hold)
{
	if (hold != NULL && dnsgap_config_set_hold(o->config, read_seconds(hold)) != 0)
		return refuse("hold", hold, "wanted: seconds from the timeout to 86400");
	if (o->wants_help || o->wants_schema)
		return true;
	if (o->file_count == 0) {
		dg_cli_complain(
		    "no capture was named; dnsgap read FILE..., or - for standard input");
		return false;
	}
	if (o->json == NULL && o->text == NULL && o->transactions == NULL)
		o->json = "-";
	return check_outputs(o);
}

static void
add_file(struct dg_read_options *o, char *file)
{
	o->files[o->file_count++] = file;
}

bool
dg_read_options_parse(struct dg_read_options *o, int argc, char **argv)
{
	const char *hold = NULL, *after_text = NULL;
	int code;

	*o = (struct dg_read_options){.files = calloc((size_t)argc + 1, sizeof(char *))};
	if (o->files == NULL || dnsgap_config_new(&o->config) != 0) {
		dg_cli_complain("out of memory");
		return false;
	}
	optind = 0;
	opterr = 0;
	while ((code = getopt_long(argc, argv, ":r:c:nh", long_options, NULL)) != -1) {
		if (code == 'r')
			add_file(o, optarg);
		else if (code == OPT_HOLD)
			hold = optarg;
		else if (code == '?' || code == ':')
			return refuse_option(code, argv[optind - 1]);
		else if (!set_option(o, code, optarg))
			return false;
		if (code == OPT_TEXT && optarg == NULL && optind < argc)
			after_text = argv[optind];
	}
	while (optind < argc)
		add_file(o, argv[optind++]);
	hint_at_text(after_text);
	return check_together(o, hold);
}

void
dg_read_options_fini(struct dg_read_options *o)
{
	free(o->files);
	dnsgap_config_free(o->config);
}
