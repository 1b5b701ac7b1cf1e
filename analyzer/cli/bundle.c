/*
 * bundle.c - `--report DIR`.
 *
 * All is written aside first and named at the end, the evidence before the
 * reports that speak of it.  A name that somebody else took meanwhile takes the
 * others back.  Weak spot: with --force, what was replaced until then is gone.
 */
#include "cli/bundle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/stem.h"
#include "cli/stop.h"
#include "dnsgap/evidence.h"
#include "dnsgap/finding.h"

/* Text in a file, for any reader. */
#define COLUMNS 80

enum {
	EVIDENCE = DG_FORM_COUNT,
	FILE_COUNT,
};

struct bundle {
	const struct dg_read_options *options;
	bool has_made_folder;
	char stem[DG_STEM_MAX];
	char *paths[FILE_COUNT];
	struct dg_output outputs[FILE_COUNT];
	bool is_there[FILE_COUNT]; /* the output is open or sealed */
	bool is_lacking;           /* something is left out that should be there */
};

bool
dg_bundle_check(const char *folder)
{
	struct stat st;

	if (stat(folder, &st) != 0) {
		if (lstat(folder, &st) == 0) {
			dg_cli_complain("%s: is a link that leads nowhere", folder);
			return false;
		}
		/* It is made: the folder around it must take it. */
		return dg_output_check(folder, true);
	}
	if (!S_ISDIR(st.st_mode)) {
		dg_cli_complain("%s: is no folder; --report wants one", folder);
		return false;
	}
	if (access(folder, W_OK | X_OK) != 0) {
		dg_cli_complain("%s: %s", folder, strerror(errno));
		return false;
	}
	return true;
}

static const char *
ending_of(int file)
{
	return file == EVIDENCE ? "pcapng" : dg_form_ending((enum dg_form)file);
}

/* The folder, and names in it that are free. */
static bool
prepare(struct bundle *b)
{
	const char *folder = b->options->report_dir;
	size_t length = strlen(folder);

	if (mkdir(folder, 0777) == 0) {
		b->has_made_folder = true;
	} else if (errno != EEXIST) {
		dg_cli_complain("%s: %s", folder, strerror(errno));
		return false;
	}
	for (int i = 0; i < FILE_COUNT; i++) {
		if (asprintf(&b->paths[i], "%s%s%s.%s", folder,
			folder[length - 1] == '/' ? "" : "/", b->stem, ending_of(i)) < 0) {
			b->paths[i] = NULL;
			dg_cli_complain("out of memory");
			return false;
		}
		if (dg_read_options_is_input(b->options, b->paths[i]) ||
		    !dg_output_check(b->paths[i], b->options->common.may_replace))
			return false;
	}
	return true;
}

static bool
open_file(struct bundle *b, int file)
{
	b->is_there[file] =
	    dg_output_open(&b->outputs[file], b->paths[file], b->options->common.may_replace);
	if (b->is_there[file])
		dg_stop_watch(&b->outputs[file]);
	return b->is_there[file];
}

static void
drop_file(struct bundle *b, int file)
{
	if (!b->is_there[file])
		return;
	dg_output_remove(&b->outputs[file]);
	dg_stop_forget(&b->outputs[file]);
	b->is_there[file] = false;
}

/* Left out when there is nothing to show, and when the captures cannot be read again. */
static bool
write_evidence(struct bundle *b, struct dnsgap_session *s)
{
	const char *name = strrchr(b->paths[EVIDENCE], '/') + 1;
	struct stat st;
	int error = 0;

	if (dnsgap_findings(s) > 0) {
		if (!open_file(b, EVIDENCE))
			return false;
		error = dnsgap_evidence_write(s, name, b->options->evidence_frames,
		    dg_output_write, &b->outputs[EVIDENCE]);
		if (error == 0)
			return dg_output_seal(&b->outputs[EVIDENCE], true);
		if (error == DNSGAP_EWRITE)
			return dg_output_seal(&b->outputs[EVIDENCE], false);
		drop_file(b, EVIDENCE);
		dg_cli_complain(
		    "the reports come without evidence: %s", dnsgap_session_error(s));
		b->is_lacking = error != DNSGAP_EINVAL;
	}
	if (lstat(b->paths[EVIDENCE], &st) == 0)
		dg_cli_complain(
		    "%s: is of an earlier run, and not of these reports", b->paths[EVIDENCE]);
	return true;
}

static bool
write_forms(struct bundle *b, const struct dnsgap_session *s)
{
	for (int i = 0; i < DG_FORM_COUNT; i++) {
		int error;

		if (!open_file(b, i))
			return false;
		error = dg_form_write(s, (enum dg_form)i, COLUMNS, 0, &b->outputs[i]);
		if (!dg_output_seal(&b->outputs[i], error == 0))
			return false;
	}
	return true;
}

static bool
name_all(struct bundle *b)
{
	for (int i = FILE_COUNT - 1; i >= 0; i--) {
		if (b->is_there[i] && !dg_output_name(&b->outputs[i]))
			return false;
	}
	return true;
}

/* For whoever goes on with the files: as they are, and harmless on a terminal. */
static bool
print_paths(const struct bundle *b)
{
	struct dg_strbuf text = {0};
	bool is_good;

	for (int i = 0; i < FILE_COUNT; i++) {
		if (!b->is_there[i])
			continue;
		if (isatty(STDOUT_FILENO))
			dg_escape_terminal(&text, b->paths[i]);
		else
			dg_strbuf_add(&text, b->paths[i]);
		dg_strbuf_add(&text, "\n");
	}
	is_good = !text.is_failed && dg_output_print(text.text, text.size) == DG_STATUS_OK;
	dg_strbuf_fini(&text);
	return is_good;
}

static bool
is_standard_output_free(const struct dg_read_options *o)
{
	struct dg_place places[DG_PLACES_MAX];
	unsigned count = dg_read_options_places(o, places);

	for (unsigned i = 0; i < count; i++) {
		if (dg_output_is_same(places[i].path, "-"))
			return false;
	}
	return true;
}

bool
dg_bundle_write(struct dnsgap_session *s, const struct dg_read_options *o)
{
	struct bundle b = {.options = o};
	bool is_good;

	dg_stem(s, b.stem);
	is_good = prepare(&b) && write_evidence(&b, s) && write_forms(&b, s) && name_all(&b);
	for (int i = 0; i < FILE_COUNT; i++) {
		if (!is_good)
			drop_file(&b, i);
		else if (b.is_there[i])
			dg_stop_forget(&b.outputs[i]);
	}
	if (!is_good) {
		dg_cli_complain("%s: no report was written there", o->report_dir);
		if (b.has_made_folder)
			(void)rmdir(o->report_dir);
	}
	if (is_good && is_standard_output_free(o))
		is_good = print_paths(&b);
	for (int i = 0; i < FILE_COUNT; i++)
		free(b.paths[i]);
	return is_good && !b.is_lacking;
}
