/*
 * opts_read_check.c - what can be said of the options of `dnsgap read` once all are known.
 */
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/opts_read.h"

unsigned
dg_read_options_places(const struct dg_read_options *o, struct dg_place places[DG_PLACES_MAX])
{
	unsigned count = dg_options_places(&o->common, places);

	if (o->evidence != NULL)
		places[count++] = (struct dg_place){"evidence", o->evidence};
	return count;
}

bool
dg_read_options_is_input(const struct dg_read_options *o, const char *output)
{
	if (dg_options_is_key(&o->common, output))
		return true;
	for (size_t i = 0; i < o->file_count; i++) {
		if (dg_is_same_file(output, o->files[i])) {
			dg_cli_complain("%s: is to be read; it will not be replaced", output);
			return true;
		}
	}
	return false;
}

static bool
has_standard_input(const struct dg_read_options *o)
{
	for (size_t i = 0; i < o->file_count; i++) {
		if (strcmp(o->files[i], "-") == 0)
			return true;
	}
	return false;
}

/* Evidence is made in a second reading, of bytes that no terminal shows. */
static bool
check_evidence(const struct dg_read_options *o)
{
	if (o->evidence_frames != 0 && o->evidence == NULL && o->report_dir == NULL) {
		dg_cli_complain("--evidence-frames says how large the evidence may be; "
				"ask for it with --evidence FILE or --report DIR");
		return false;
	}
	if (o->evidence == NULL)
		return true;
	if (o->report_dir != NULL) {
		dg_cli_complain("--report writes the evidence too; leave --evidence out");
		return false;
	}
	if (has_standard_input(o)) {
		dg_cli_complain("--evidence reads the captures a second time, and standard "
				"input cannot be; save it to a file first");
		return false;
	}
	if (strcmp(o->evidence, "-") == 0 && isatty(STDOUT_FILENO)) {
		dg_cli_complain("--evidence -: is no text for a terminal; name a file");
		return false;
	}
	return true;
}

static void
hint_at_form(const struct dg_options *o)
{
	const char *stray = o->stray_form;

	if (stray != NULL && stray[0] != '-' && access(stray, F_OK) != 0)
		dg_cli_complain("%s: is read, not written; to write the report there: --%s=%s",
		    stray, o->stray_owner, stray);
}

/* JSON is what programs get that ask for nothing. */
static void
fill_default(struct dg_read_options *o)
{
	struct dg_place places[DG_PLACES_MAX];

	if (o->report_dir == NULL && dg_read_options_places(o, places) == 0)
		o->common.reports[DG_FORM_JSON] = "-";
}

/* A shell's `-- *.pcap` is meant well. */
static bool
check_files(const struct dg_read_options *o)
{
	if (o->file_count > 0)
		return true;
	if (o->common.filter != NULL)
		dg_cli_complain("no capture was named: what stands behind `--` is a filter; a "
				"capture whose name begins with a dash: ./-NAME");
	else
		dg_cli_complain(
		    "no capture was named; dnsgap read FILE..., or - for standard input");
	return false;
}

bool
dg_read_options_check(struct dg_read_options *o)
{
	struct dg_place places[DG_PLACES_MAX];

	if (!dg_options_check(&o->common))
		return false;
	if (o->common.wants_help || o->wants_schema)
		return true;
	if (!check_files(o))
		return false;
	if (o->report_dir != NULL &&
	    (o->report_dir[0] == '\0' || strcmp(o->report_dir, "-") == 0))
		return dg_refuse("report", o->report_dir, "wanted: a folder for the reports");
	hint_at_form(&o->common);
	fill_default(o);
	return dg_places_are_apart(places, dg_read_options_places(o, places)) &&
	    check_evidence(o) && dg_options_set_pseudonyms(&o->common);
}
