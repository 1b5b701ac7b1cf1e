/*
 * cmd_read.c - dnsgap read: captures in, reports out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/bundle.h"
#include "cli/cli.h"
#include "cli/opts_read.h"
#include "cli/output.h"
#include "cli/stop.h"
#include "cli/style.h"
#include "dnsgap/evidence.h"
#include "dnsgap/finding.h"
#include "dnsgap/render.h"
#include "dnsgap/summary.h"

#define PROGRESS_NS 200000000

struct progress {
	const struct dg_output *vital; /* reading is worth nothing without it; or NULL */
	bool is_shown;
	bool was_shown;
	struct timespec last;
};

static int
show_progress(void *context, uint64_t done, uint64_t all)
{
	struct progress *p = context;
	struct timespec now;
	int64_t passed;

	if (dg_stop_count() > 0 || (p->vital != NULL && p->vital->error != 0))
		return 1;
	if (!p->is_shown)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &now);
	passed =
	    (now.tv_sec - p->last.tv_sec) * INT64_C(1000000000) + now.tv_nsec - p->last.tv_nsec;
	if (passed < PROGRESS_NS)
		return 0;
	p->last = now;
	p->was_shown = true;
	if (all >= done && all > 0)
		fprintf(stderr, "\r%3.0f %% of %.1f MB ", 100.0 * (double)done / (double)all,
		    (double)all / 1e6);
	else
		fprintf(stderr, "\r%.1f MB ", (double)done / 1e6);
	return 0;
}

static void
start_progress(struct progress *p, enum dg_switch wanted, const struct dg_output *vital)
{
	*p = (struct progress){.is_shown = wanted == DG_SWITCH_ON ||
		(wanted == DG_SWITCH_AUTO && isatty(STDERR_FILENO)),
	    .vital = vital};
	clock_gettime(CLOCK_MONOTONIC, &p->last);
}

static void
end_progress(const struct progress *p)
{
	if (p->was_shown)
		fprintf(stderr, "\r%*s\r", 30, "");
}

/* What the reports call the evidence: no folder of this machine's belongs into them. */
static const char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* True when it was written. */
static bool
write_evidence(struct dnsgap_session *s, const struct dg_read_options *o)
{
	struct dg_output output;
	bool is_written;
	int error;

	if (!dg_output_open(&output, o->evidence, o->common.may_replace))
		return false;
	dg_stop_watch(&output);
	error = dnsgap_evidence_write(
	    s, name_of(o->evidence), o->evidence_frames, dg_output_write, &output);
	if (error != 0 && error != DNSGAP_EWRITE)
		dg_cli_complain("%s: no evidence: %s", dg_output_name_of(o->evidence),
		    dnsgap_session_error(s));
	is_written = dg_output_close(&output, error == 0);
	dg_stop_forget(&output);
	return is_written;
}

/* One output; true when it was written. */
static bool
write_report(const struct dnsgap_session *s, const struct dg_read_options *o, enum dg_form form)
{
	struct dg_output output;
	bool is_written;
	int error;

	if (!dg_output_open(&output, o->common.reports[form], o->common.may_replace))
		return false;
	dg_stop_watch(&output);
	error = dg_form_write(s, form, dg_output_columns(&output),
	    dg_style_of(&output, o->common.colour), &output);
	is_written = dg_output_close(&output, error == 0);
	dg_stop_forget(&output);
	return is_written;
}

static void
tell_problems(const struct dnsgap_session *s)
{
	for (size_t i = 0; i < dnsgap_session_input_count(s); i++) {
		const char *problem = dnsgap_session_input_problem(s, i);
		const char *path = dnsgap_session_input_path(s, i);

		if (problem != NULL)
			dg_cli_complain("%s: %s",
			    strcmp(path, "-") == 0 ? "standard input" : path, problem);
	}
}

/* Whether there is a finding that --fail-on asks about; findings come the worst first. */
static bool
has_failed(const struct dnsgap_session *s, const struct dg_read_options *o)
{
	return o->common.is_failing && dnsgap_findings(s) > 0 &&
	    dnsgap_finding_severity(s, 0) <= o->common.fail_on;
}

static int
report(struct dnsgap_session *s, const struct dg_read_options *o)
{
	bool is_written = true;

	/* The evidence first: the reports tell its digest. */
	if (o->evidence != NULL)
		is_written &= write_evidence(s, o);
	if (o->report_dir != NULL)
		is_written &= dg_bundle_write(s, o);
	for (int form = 0; form < DG_FORM_COUNT; form++) {
		if (o->common.reports[form] != NULL)
			is_written &= write_report(s, o, (enum dg_form)form);
	}
	if (!is_written)
		return DG_STATUS_OUTPUT;
	if (has_failed(s, o)) {
		dg_cli_complain("%s: %s [%s]",
		    dnsgap_severity_name(dnsgap_finding_severity(s, 0)),
		    dnsgap_finding_summary(s, 0), dnsgap_finding_code(s, 0));
		return DG_STATUS_FINDING;
	}
	if (!dnsgap_session_is_complete(s))
		return DG_STATUS_INCOMPLETE;
	if (o->common.is_strict && dnsgap_hit_limit(s)) {
		dg_cli_complain("a limit was hit; the report's `limits` says which");
		return DG_STATUS_LIMIT;
	}
	return DG_STATUS_OK;
}

/* Reads everything.  0, or a negative DNSGAP_E... that was told. */
static int
analyse(struct dnsgap_session *s, const struct dg_read_options *o, struct dg_output *lines)
{
	struct dg_place places[DG_PLACES_MAX];
	bool are_lines_all = o->report_dir == NULL && dg_read_options_places(o, places) == 1;
	struct progress progress;
	int error = 0;

	for (size_t i = 0; error == 0 && i < o->file_count; i++)
		error = dnsgap_session_add_file(s, o->files[i]);
	if (error == 0)
		error = dnsgap_session_set_max_frames(s, o->common.max_frames);
	if (error == 0 && lines != NULL)
		error = dnsgap_session_set_transactions(s, dg_output_write, lines);
	if (error == 0) {
		start_progress(&progress, o->progress, are_lines_all ? lines : NULL);
		error = dnsgap_session_run(s, show_progress, &progress);
		end_progress(&progress);
		tell_problems(s);
	}
	if (error == DNSGAP_ESTOPPED) {
		if (dg_stop_count() > 0)
			dg_cli_complain("interrupted; the report says what was read until now");
		error = 0;
	}
	if (error == 0)
		error = dnsgap_session_finish(s);
	if (error == DNSGAP_EWRITE)
		error = 0;                       /* the output remembers, and tells */
	if (error != 0 && error != DNSGAP_EOPEN) /* its problems were told */
		dg_cli_complain("%s", dnsgap_session_error(s));
	return error;
}

/* What a line of a transaction could not know yet when it was written. */
static void
tell_afterthoughts(const struct dnsgap_session *s)
{
	if (dnsgap_is_one_way(s))
		dg_cli_complain("one direction only was captured: what the lines of "
				"transactions call unanswered or tcp_no_connection is "
				"undecided, as the report says");
}

/* Analyses, and writes all outputs; the lines of transactions while it reads. */
static int
work(struct dnsgap_session *s, const struct dg_read_options *o)
{
	struct dg_output lines;
	bool are_written = true;
	int error, status;

	if (o->common.transactions == NULL) {
		error = analyse(s, o, NULL);
	} else {
		if (!dg_output_open(&lines, o->common.transactions, o->common.may_replace))
			return DG_STATUS_OUTPUT;
		dg_stop_watch(&lines);
		error = analyse(s, o, &lines);
		are_written = dg_output_close(&lines, error == 0);
		dg_stop_forget(&lines);
		if (error == 0)
			tell_afterthoughts(s);
	}
	if (error != 0)
		return error == DNSGAP_EOPEN ? DG_STATUS_USAGE : DG_STATUS_INCOMPLETE;
	status = report(s, o);
	return are_written ? status : DG_STATUS_OUTPUT;
}

static bool
set_filter(struct dnsgap_session *s, const struct dg_read_options *o)
{
	if (o->common.filter == NULL ||
	    dnsgap_session_set_filter(s, o->common.filter, o->common.may_resolve) == 0)
		return true;
	dg_cli_complain("%s", dnsgap_session_error(s));
	return false;
}

static int
run(const struct dg_read_options *o)
{
	struct dg_place places[DG_PLACES_MAX];
	unsigned count = dg_read_options_places(o, places);
	struct dnsgap_session *s;
	int status;

	if (o->common.wants_help)
		return dg_output_print(dg_read_help, strlen(dg_read_help));
	if (o->wants_schema) {
		size_t size;
		const char *schema = o->is_schema_of_lines ? dnsgap_transaction_schema(&size)
							   : dnsgap_report_schema(&size);

		return dg_output_print(schema, size);
	}
	for (size_t i = 0; i < o->file_count; i++) {
		if (strcmp(o->files[i], "-") == 0 && isatty(STDIN_FILENO)) {
			dg_cli_complain("standard input is a terminal; "
					"pipe a capture into it, or name a file");
			return DG_STATUS_USAGE;
		}
	}
	for (unsigned i = 0; i < count; i++) {
		if (dg_read_options_is_input(o, places[i].path))
			return DG_STATUS_USAGE;
	}
	for (unsigned i = 0; i < count; i++) {
		if (!dg_output_check(places[i].path, o->common.may_replace))
			return DG_STATUS_OUTPUT;
	}
	if (o->report_dir != NULL && !dg_bundle_check(o->report_dir))
		return DG_STATUS_OUTPUT;
	if (dnsgap_session_new(o->common.config, &s) != 0) {
		dg_cli_complain("out of memory");
		return DG_STATUS_INCOMPLETE;
	}
	dg_stop_catch();
	status = set_filter(s, o) ? work(s, o) : DG_STATUS_USAGE;
	dnsgap_session_free(s);
	return status;
}

int
dg_cmd_read(int argc, char **argv)
{
	struct dg_read_options o;
	int status = DG_STATUS_USAGE;

	if (dg_read_options_parse(&o, argc, argv))
		status = run(&o);
	dg_read_options_fini(&o);
	return status;
}
