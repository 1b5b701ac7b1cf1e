/*
 * opts_check.c - what can be said of the options once all are known.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/key.h"
#include "cli/opts.h"
#include "cli/output.h"
#include "dnsgap/error.h"

unsigned
dg_read_options_places(const struct dg_read_options *o, struct dg_place places[DG_PLACES_MAX])
{
	unsigned count = 0;

	for (int form = 0; form < DG_FORM_COUNT; form++) {
		if (o->reports[form] != NULL)
			places[count++] = (struct dg_place){
			    dg_form_name((enum dg_form)form), o->reports[form]};
	}
	if (o->evidence != NULL)
		places[count++] = (struct dg_place){"evidence", o->evidence};
	if (o->transactions != NULL)
		places[count++] = (struct dg_place){"transactions", o->transactions};
	return count;
}

/* Two outputs to one place would spoil each other. */
static bool
check_places(const struct dg_read_options *o)
{
	struct dg_place places[DG_PLACES_MAX];
	unsigned count = dg_read_options_places(o, places);

	for (unsigned a = 0; a < count; a++) {
		for (unsigned b = a + 1; b < count; b++) {
			if (!dg_output_is_same(places[a].path, places[b].path))
				continue;
			dg_cli_complain(
			    "--%s and --%s both go to %s; name a file for one of them",
			    places[a].option, places[b].option,
			    dg_output_name_of(places[a].path));
			return false;
		}
	}
	return true;
}

/* Whether both are one file. */
static bool
is_one_file(const char *path, const struct stat *other)
{
	struct stat st;

	return path != NULL && strcmp(path, "-") != 0 && stat(path, &st) == 0 &&
	    st.st_dev == other->st_dev && st.st_ino == other->st_ino;
}

bool
dg_read_options_is_input(const struct dg_read_options *o, const char *output)
{
	struct stat out;

	if (strcmp(output, "-") == 0 || stat(output, &out) != 0 || !S_ISREG(out.st_mode))
		return false;
	if (is_one_file(o->key_file, &out)) {
		dg_cli_complain("%s: is the key; it will not be replaced", output);
		return true;
	}
	for (size_t i = 0; i < o->file_count; i++) {
		if (is_one_file(o->files[i], &out)) {
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

static bool
set_keep(struct dnsgap_config *config, const struct dg_keep *keep)
{
	int error = keep->is_name ? dnsgap_config_keep_name(config, keep->value)
				  : dnsgap_config_keep_address(config, keep->value);

	if (error == DNSGAP_ENOMEM)
		dg_cli_complain("out of memory");
	else if (error != 0 && keep->is_name)
		dg_refuse("keep-name", keep->value,
		    "wanted: a name like example.com, and at most 64 of them");
	else if (error != 0)
		dg_refuse("keep", keep->value,
		    "wanted: an address or a prefix, as 10.0.0.2 or 2001:db8::/32, and at most "
		    "64 of them");
	return error == 0;
}

static bool
set_pseudonyms(const struct dg_read_options *o)
{
	if (!o->is_anonymised && o->keep_count > 0) {
		dg_cli_complain("--%s names what pseudonyms leave as it is; without "
				"--anonymize there are none",
		    o->keeps[0].is_name ? "keep-name" : "keep");
		return false;
	}
	if (!o->is_anonymised)
		return true;
	/* Read as a capture, its first bytes would be shown. */
	if (o->stray_key != NULL && o->stray_key[0] != '-' &&
	    dg_key_looks_like_one(o->stray_key)) {
		dg_cli_complain("%s: looks like a key and would be read as a capture; for the "
				"key: --anonymize=%s",
		    o->stray_key, o->stray_key);
		return false;
	}
	if (!dg_key_set(o->config, o->key_file))
		return false;
	for (size_t i = 0; i < o->keep_count; i++) {
		if (!set_keep(o->config, &o->keeps[i]))
			return false;
	}
	return true;
}

static void
hint_at_text(const struct dg_read_options *o)
{
	const char *stray = o->stray_text;

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
		o->reports[DG_FORM_JSON] = "-";
}

bool
dg_read_options_check(struct dg_read_options *o)
{
	if (o->hold != NULL && dnsgap_config_set_hold(o->config, dg_read_seconds(o->hold)) != 0)
		return dg_refuse("hold", o->hold, "wanted: seconds from the timeout to 86400");
	if (o->wants_help || o->wants_schema)
		return true;
	if (o->file_count == 0) {
		dg_cli_complain(
		    "no capture was named; dnsgap read FILE..., or - for standard input");
		return false;
	}
	if (o->report_dir != NULL &&
	    (o->report_dir[0] == '\0' || strcmp(o->report_dir, "-") == 0))
		return dg_refuse("report", o->report_dir, "wanted: a folder for the reports");
	hint_at_text(o);
	fill_default(o);
	return check_places(o) && check_evidence(o) && set_pseudonyms(o);
}
