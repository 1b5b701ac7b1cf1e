/*
 * opts_read.c - the options of `dnsgap read`.
 */
#include "cli/opts_read.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

#define OWN_LETTERS "r:"

enum {
	OPT_EVIDENCE = DG_OPT_OWN,
	OPT_EVIDENCE_FRAMES,
	OPT_REPORT,
	OPT_PROGRESS,
	OPT_NO_PROGRESS,
	OPT_SCHEMA,
	OPT_SHA256,
	OPT_NO_SHA256,
};

static const struct option own_options[] = {
    {"html", required_argument, NULL, DG_OPT_HTML},
    {"json", required_argument, NULL, DG_OPT_JSON},
    {"evidence", required_argument, NULL, OPT_EVIDENCE},
    {"evidence-frames", required_argument, NULL, OPT_EVIDENCE_FRAMES},
    {"report", required_argument, NULL, OPT_REPORT},
    {"read", required_argument, NULL, 'r'},
    {"progress", no_argument, NULL, OPT_PROGRESS},
    {"no-progress", no_argument, NULL, OPT_NO_PROGRESS},
    {"sha256", no_argument, NULL, OPT_SHA256},
    {"no-sha256", no_argument, NULL, OPT_NO_SHA256},
    {"schema", optional_argument, NULL, OPT_SCHEMA},
    {NULL, 0, NULL, 0},
};

static enum dg_taken
set_schema(struct dg_read_options *o, const char *value)
{
	o->wants_schema = true;
	o->is_schema_of_lines = value != NULL && strcmp(value, "transactions") == 0;
	if (value == NULL || o->is_schema_of_lines || strcmp(value, "report") == 0)
		return DG_TAKEN;
	dg_refuse("schema", value, "wanted: report or transactions");
	return DG_REFUSED;
}

static enum dg_taken
set_evidence_frames(struct dg_read_options *o, const char *value)
{
	if (dg_read_count(value, &o->evidence_frames) && o->evidence_frames > 0)
		return DG_TAKEN;
	dg_refuse("evidence-frames", value, "wanted: a number of frames from 1 on");
	return DG_REFUSED;
}

static bool
add_file(void *command, char *word)
{
	struct dg_read_options *o = command;

	o->files[o->file_count++] = word;
	return true;
}

static enum dg_taken
set_own(void *command, int code, const char *value)
{
	struct dg_read_options *o = command;

	switch (code) {
	case OPT_EVIDENCE:
		o->evidence = value;
		break;
	case OPT_EVIDENCE_FRAMES:
		return set_evidence_frames(o, value);
	case OPT_REPORT:
		o->report_dir = value;
		break;
	case OPT_PROGRESS:
	case OPT_NO_PROGRESS:
		o->progress = code == OPT_PROGRESS ? DG_SWITCH_ON : DG_SWITCH_OFF;
		break;
	case OPT_SCHEMA:
		return set_schema(o, value);
	case OPT_SHA256:
	case OPT_NO_SHA256:
		dnsgap_config_set_sha256_max(
		    o->common.config, code == OPT_SHA256 ? UINT64_MAX : 0);
		break;
	case 'r':
		add_file(o, optarg);
		break;
	default:
		return DG_NOT_MINE;
	}
	return DG_TAKEN;
}

bool
dg_read_options_parse(struct dg_read_options *o, int argc, char **argv)
{
	const struct dg_own_options own = {own_options, OWN_LETTERS, set_own, add_file, o};

	*o = (struct dg_read_options){.files = calloc((size_t)argc + 1, sizeof *o->files)};
	if (o->files == NULL) {
		dg_cli_complain("out of memory");
		return false;
	}
	return dg_options_parse(&o->common, argc, argv, &own) && dg_read_options_check(o);
}

void
dg_read_options_fini(struct dg_read_options *o)
{
	free(o->files);
	dg_options_fini(&o->common);
}
