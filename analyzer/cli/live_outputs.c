/*
 * live_outputs.c - where the reports of a long run go.
 *
 * Names in the folder hold the end of the cut.  Within a run they only grow, even when the
 * clock is set back: the latest are those that --keep keeps.
 */
#include "cli/live_outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/form.h"
#include "cli/output.h"
#include "cli/style.h"
#include "dnsgap/error.h"

#define CUT_PREFIX "dnsgap-"
#define ASKED_PREFIX "dnsgap-now-"
/* Text in a file, for any reader. */
#define FILE_COLUMNS 80

bool
dg_live_place_open(struct dg_live_place *p, const char *path)
{
	char text[DG_LIVE_TEXT_MAX];
	struct dg_output output;
	const char *slash = strrchr(path, '/');
	char *copy;
	int error;

	if (dg_output_is_in_place(path)) {
		if (!dg_output_open(&output, path, false))
			return false;
		p->fd = output.fd;
		p->name = dg_output_name_of(path);
		return true;
	}
	copy = strdup(path);
	if (copy == NULL) {
		dg_cli_complain("out of memory");
		return false;
	}
	error = dg_outdir_open(dirname(copy), &p->folder, text);
	free(copy);
	if (error != 0)
		dg_cli_complain("%s", text);
	p->name = slash != NULL ? slash + 1 : path;
	return error == 0;
}

void
dg_live_place_close(struct dg_live_place *p)
{
	if (p->folder != NULL)
		dg_outdir_close(p->folder);
	if (p->fd > STDERR_FILENO)
		close(p->fd);
	*p = (struct dg_live_place){.fd = -1};
}

/* The folder of reports, or a place for each form. */
static bool
open_forms(struct dg_live_outputs *o)
{
	const struct dg_live_options *options = o->options;
	char text[DG_LIVE_TEXT_MAX];

	if (options->report_dir != NULL) {
		if (dg_outdir_open(options->report_dir, &o->folder, text) == 0)
			return true;
		dg_cli_complain("%s", text);
		return false;
	}
	for (int form = 0; form < DG_FORM_COUNT; form++) {
		const char *path = options->common.reports[form];

		if (path != NULL &&
		    (!dg_output_check(path, options->common.may_replace) ||
			!dg_live_place_open(&o->forms[form], path)))
			return false;
	}
	return true;
}

bool
dg_live_outputs_open(struct dg_live_outputs *o, const struct dg_live_options *options)
{
	const struct dg_output out = {.fd = STDOUT_FILENO}, file = {.fd = -1};

	*o = (struct dg_live_outputs){
	    .options = options,
	    .columns = dg_output_columns(&out),
	    .style = dg_style_of(&out, options->common.colour),
	    .file_style = dg_style_of(&file, options->common.colour),
	    .last_s = INT64_MIN,
	    .last_asked_s = INT64_MIN,
	    .metrics.fd = -1,
	};
	for (int form = 0; form < DG_FORM_COUNT; form++)
		o->forms[form].fd = -1;
	return open_forms(o) &&
	    (options->metrics == NULL ||
		(dg_output_check(options->metrics, true) &&
		    dg_live_place_open(&o->metrics, options->metrics)));
}

void
dg_live_outputs_close(struct dg_live_outputs *o)
{
	if (o->folder != NULL)
		dg_outdir_close(o->folder);
	o->folder = NULL;
	for (int form = 0; form < DG_FORM_COUNT; form++)
		dg_live_place_close(&o->forms[form]);
	dg_live_place_close(&o->metrics);
}

size_t
dg_live_outputs_folders(
    const struct dg_live_outputs *o, struct dg_outdir *folders[DG_LIVE_FOLDERS_MAX])
{
	size_t count = 0;

	if (o->folder != NULL)
		folders[count++] = o->folder;
	for (int form = 0; form < DG_FORM_COUNT; form++) {
		if (o->forms[form].folder != NULL)
			folders[count++] = o->forms[form].folder;
	}
	if (o->metrics.folder != NULL)
		folders[count++] = o->metrics.folder;
	return count;
}

static bool
is_place(const struct dg_live_place *p)
{
	return p->folder != NULL || p->fd >= 0;
}

bool
dg_live_outputs_has_report(const struct dg_live_outputs *o)
{
	bool has_one = o->folder != NULL;

	for (int form = 0; form < DG_FORM_COUNT; form++)
		has_one = has_one || is_place(&o->forms[form]);
	return has_one;
}

bool
dg_live_outputs_is_deserted(const struct dg_live_outputs *o)
{
	bool has_other = o->folder != NULL || is_place(&o->metrics);
	unsigned count = 0;

	for (int form = 0; form < DG_FORM_COUNT; form++) {
		count += is_place(&o->forms[form]);
		has_other = has_other || o->forms[form].folder != NULL;
	}
	return o->is_pipe_broken && !has_other && count == 1;
}

/* --- one output ------------------------------------------------------------------ */

/* What is to be written, and how. */
struct content {
	const struct dnsgap_session *session;
	const struct dnsgap_metrics *metrics; /* instead */
	enum dg_form form;
	unsigned columns, style;
};

static int
render(const struct content *c, dnsgap_write *write, void *context)
{
	if (c->metrics != NULL)
		return dnsgap_metrics_render(c->metrics, write, context);
	return dg_form_render(c->session, c->form, c->columns, c->style, write, context);
}

static bool
write_file(struct dg_outdir *folder, const char *name, bool may_replace,
    const struct content *c, char text[DG_LIVE_TEXT_MAX])
{
	struct dg_outfile *file;
	char other[DG_LIVE_TEXT_MAX];
	int error;

	if (dg_outfile_open(folder, name, may_replace, &file, text) != 0)
		return false;
	error = render(c, dg_outfile_write, file);
	if (error == 0 || error == DNSGAP_EWRITE)
		return dg_outfile_close(file, error == 0, text) == 0 && error == 0;
	(void)dg_outfile_close(file, false, other);
	snprintf(text, DG_LIVE_TEXT_MAX, "%s: %s", name, dnsgap_error_text(error));
	return false;
}

static bool
write_in_place(struct dg_live_outputs *o, int fd, const char *name, const struct content *c,
    char text[DG_LIVE_TEXT_MAX])
{
	struct dg_output output = {.fd = fd};
	int error = render(c, dg_output_write, &output);

	if (error == 0)
		return true;
	o->is_pipe_broken = o->is_pipe_broken || output.error == EPIPE;
	snprintf(text, DG_LIVE_TEXT_MAX, "%s: could not be written: %s", name,
	    error == DNSGAP_EWRITE ? strerror(output.error) : dnsgap_error_text(error));
	return false;
}

static bool
write_place(struct dg_live_outputs *o, struct dg_live_place *p, const struct content *c,
    char text[DG_LIVE_TEXT_MAX])
{
	bool may_replace =
	    p->was_written || c->metrics != NULL || o->options->common.may_replace;

	if (p->folder == NULL)
		return write_in_place(o, p->fd, p->name, c, text);
	if (!write_file(p->folder, p->name, may_replace, c, text))
		return false;
	p->was_written = true;
	return true;
}

/* --- a report -------------------------------------------------------------------- */

static bool
write_folder(struct dg_live_outputs *o, const struct dnsgap_session *s, int64_t wall_s,
    bool is_asked, char text[DG_LIVE_TEXT_MAX])
{
	const char *prefix = is_asked ? ASKED_PREFIX : CUT_PREFIX;
	int64_t *last_s = is_asked ? &o->last_asked_s : &o->last_s;
	char stamp[DG_STAMP_MAX], name[NAME_MAX + 1], other[DG_LIVE_TEXT_MAX];
	bool is_written = true;

	if (wall_s <= *last_s)
		wall_s = *last_s + 1;
	*last_s = wall_s;
	dg_outdir_stamp(wall_s, stamp);
	for (int form = 0; form < DG_FORM_COUNT; form++) {
		const struct content c = {
		    .session = s, .form = (enum dg_form)form, .columns = FILE_COLUMNS};

		if (o->options->common.reports[form] == NULL)
			continue;
		snprintf(name, sizeof name, "%s%s.%s", prefix, stamp,
		    dg_form_ending((enum dg_form)form));
		/* The first trouble is told. */
		if (!write_file(o->folder, name, false, &c, is_written ? text : other))
			is_written = false;
	}
	if (o->options->kept > 0 &&
	    dg_outdir_keep(
		o->folder, prefix, (size_t)o->options->kept, is_written ? text : other) != 0)
		is_written = false;
	return is_written;
}

bool
dg_live_outputs_write(struct dg_live_outputs *o, const struct dnsgap_session *s, int64_t wall_s,
    bool is_asked, char text[DG_LIVE_TEXT_MAX])
{
	bool is_written = true;

	if (o->folder != NULL)
		return write_folder(o, s, wall_s, is_asked, text);
	for (int form = 0; form < DG_FORM_COUNT; form++) {
		struct dg_live_place *p = &o->forms[form];
		bool is_file = p->folder != NULL;
		const struct content c = {.session = s,
		    .form = (enum dg_form)form,
		    .columns = is_file ? FILE_COLUMNS : o->columns,
		    .style = p->fd == STDOUT_FILENO ? o->style : o->file_style};
		char other[DG_LIVE_TEXT_MAX];

		if (is_place(p) && !write_place(o, p, &c, is_written ? text : other))
			is_written = false;
	}
	return is_written;
}

bool
dg_live_outputs_write_metrics(
    struct dg_live_outputs *o, const struct dnsgap_metrics *m, char text[DG_LIVE_TEXT_MAX])
{
	const struct content c = {.metrics = m};

	return !is_place(&o->metrics) || write_place(o, &o->metrics, &c, text);
}
