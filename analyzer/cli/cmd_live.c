/*
 * cmd_live.c - dnsgap live: interfaces in, reports out, until it is told to stop.
 *
 * Everything that needs a right or a file is opened first; then the rights go, then the
 * sandbox closes, and only then is the first frame looked at.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "cli/cli.h"
#include "cli/live.h"
#include "cli/output.h"
#include "live/rights.h"
#include "live/signals.h"
#include "live/terminal.h"

/* What the handler of a second stop gives back. */
static struct dg_terminal *volatile shown;

static void
give_terminal_back(void)
{
	if (shown != NULL)
		dg_terminal_abandon(shown);
}

/* --- -D -------------------------------------------------------------------------- */

static int
list_devices(const struct dg_live_options *o)
{
	struct dg_strbuf b = {0};
	const char *name, *about;
	int status;

	for (size_t n = 0; (name = dnsgap_capture_device(o->capture, n, &about)) != NULL; n++) {
		dg_strbuf_addf(&b, "%zu.", n + 1);
		dg_escape_terminal(&b, name);
		if (about != NULL && about[0] != '\0') {
			dg_strbuf_add(&b, " [");
			dg_escape_terminal(&b, about);
			dg_strbuf_add(&b, "]");
		}
		dg_strbuf_add(&b, "\n");
	}
	if (b.is_failed || b.size == 0) {
		dg_cli_complain("%s",
		    b.is_failed ? "out of memory" : "there is no interface to sniff here");
		status = DG_STATUS_USAGE;
	} else {
		status = dg_output_print(b.text, b.size);
	}
	dg_strbuf_fini(&b);
	return status;
}

/* --- before the first frame ------------------------------------------------------ */

/* What needs rights, or files that a sandbox does not let through. */
static int
open_all(struct dg_live *l)
{
	const struct dg_live_options *o = l->options;

	if (!dg_live_outputs_open(&l->outputs, o))
		return DG_STATUS_OUTPUT;
	if (o->common.transactions != NULL &&
	    !dg_output_check(o->common.transactions, o->common.may_replace))
		return DG_STATUS_OUTPUT;
	if (!dg_live_lines_open(&l->lines, o->common.transactions))
		return DG_STATUS_OUTPUT;
	if (o->packets != NULL && !dg_live_place_open(&l->packets_place, o->packets))
		return DG_STATUS_OUTPUT;
	if (dnsgap_capture_open(l->capture) == 0)
		return DG_STATUS_OK;
	dg_cli_complain("%s", dnsgap_capture_error(l->capture));
	return DG_STATUS_USAGE;
}

/* Files that grow from the first frame on. */
static int
begin_files(struct dg_live *l)
{
	const struct dg_live_options *o = l->options;
	struct dg_packets_settings settings = {
	    .name = l->packets_place.name,
	    .file_bytes = o->file_megabytes * 1000000,
	    .file_ns = (int64_t)o->file_seconds * DG_NS_PER_S,
	    .files_max = (uint32_t)o->files_max,
	    .snap_bytes = o->snap_bytes,
	    .may_replace = o->common.may_replace,
	};
	struct dnsgap_interface_counts interfaces[DNSGAP_CAPTURE_INTERFACES];
	char text[DG_LIVE_TEXT_MAX];
	size_t count = 0;

	if (o->common.transactions != NULL &&
	    !dg_live_lines_begin(&l->lines, o->common.may_replace))
		return DG_STATUS_OUTPUT;
	if (o->packets == NULL)
		return DG_STATUS_OK;
	while (count < DNSGAP_CAPTURE_INTERFACES &&
	    dnsgap_capture_interface(l->capture, count, &interfaces[count]))
		count++;
	if (dg_packets_linktype(interfaces, count, &settings.linktype, text) != 0 ||
	    dg_packets_new(l->packets_place.folder, &settings, &l->packets, text) != 0) {
		dg_cli_complain("%s", text);
		return DG_STATUS_OUTPUT;
	}
	dnsgap_capture_set_tap(l->capture, dg_packets_tap, l->packets);
	return DG_STATUS_OK;
}

static size_t
folders_of(const struct dg_live *l, struct dg_outdir *folders[DG_LIVE_FOLDERS_MAX])
{
	size_t count = dg_live_outputs_folders(&l->outputs, folders);

	if (l->packets_place.folder != NULL)
		folders[count++] = l->packets_place.folder;
	if (l->lines.place.folder != NULL)
		folders[count++] = l->lines.place.folder;
	return count;
}

/* Whether what comes later can be written, tried at once and not after an hour.  Files that are
 * open already need no right any more. */
static bool
check_folders(const struct dg_live *l, const char *user)
{
	struct dg_outdir *folders[DG_LIVE_FOLDERS_MAX];
	size_t count = dg_live_outputs_folders(&l->outputs, folders);
	char text[DG_LIVE_TEXT_MAX];

	if (l->packets != NULL &&
	    (l->options->file_megabytes != 0 || l->options->file_seconds != 0))
		folders[count++] = l->packets_place.folder;
	for (size_t i = 0; i < count; i++) {
		int error = dg_outdir_check(folders[i], text);

		if (error == 0)
			continue;
		if (error == EACCES && user != NULL)
			dg_cli_complain("%s: dnsgap became the user %s, who may make no file "
					"there; give it a folder of its own, or stay who you "
					"are: -Z root",
			    dg_outdir_path(folders[i]), user);
		else
			dg_cli_complain("%s", text);
		return false;
	}
	return true;
}

/* Becomes somebody without rights.  What was made belongs to whoever that is; where it cannot
 * be given away, the check afterwards says whether it matters. */
static int
drop_rights(struct dg_live *l)
{
	struct dg_outdir *folders[DG_LIVE_FOLDERS_MAX];
	size_t count = folders_of(l, folders);
	bool has_user = geteuid() == 0 || l->options->user != NULL;
	char text[DG_LIVE_TEXT_MAX];
	struct dg_user user;

	if (has_user && dg_rights_find(l->options->user, &user, text) != 0) {
		dg_cli_complain("%s", text);
		return DG_STATUS_USAGE;
	}
	for (size_t i = 0; has_user && i < count; i++)
		dg_outdir_give(folders[i], user.uid, user.gid);
	if (has_user && l->packets != NULL)
		dg_packets_give(l->packets, user.uid, user.gid);
	if (has_user)
		dg_live_lines_give(&l->lines, user.uid, user.gid);
	if (dg_rights_drop(has_user ? &user : NULL, text) != 0) {
		dg_cli_complain("%s", text);
		return DG_STATUS_USAGE;
	}
	if (text[0] != '\0' && !l->options->is_quiet)
		dg_log_say(&l->log, DG_LOG_NEWS, "%s", text);
	return check_folders(l, has_user ? user.name : NULL) ? DG_STATUS_OK : DG_STATUS_OUTPUT;
}

static bool
make_session(struct dg_live *l)
{
	const struct dg_live_options *o = l->options;
	int error;

	dnsgap_config_set_cuts(o->common.config, o->every_ns != 0);
	error = dnsgap_session_new(o->common.config, &l->session);

	if (error == 0 && o->common.transactions != NULL)
		error =
		    dnsgap_session_set_transactions(l->session, dg_live_lines_write, &l->lines);
	if (error == 0 && o->metrics != NULL)
		error = dnsgap_metrics_new(&l->metrics);
	if (error == 0)
		error = dg_reporter_new(&l->reporter);
	if (error != 0)
		dg_cli_complain("out of memory");
	return error == 0;
}

static int
take_terminal(struct dg_live *l)
{
	int error;

	if (!l->options->has_screen)
		return DG_STATUS_OK;
	error = dg_terminal_new(STDOUT_FILENO, &l->terminal);
	if (error != 0) {
		dg_cli_complain("--top: the terminal: %s", strerror(error));
		return DG_STATUS_OUTPUT;
	}
	shown = l->terminal;
	dg_log_wait(&l->log, isatty(STDERR_FILENO) != 0);
	return DG_STATUS_OK;
}

/* Nothing but what was opened can be reached afterwards. */
static int
close_sandbox(struct dg_live *l)
{
	struct dg_outdir *folders[DG_LIVE_FOLDERS_MAX];
	size_t count = folders_of(l, folders);
	int descriptors[DG_LIVE_FOLDERS_MAX];
	struct dg_sandbox_state state = {0};
	int status, error = 0;

	for (size_t i = 0; i < count; i++)
		descriptors[i] = dg_outdir_fd(folders[i]);
	if (l->options->is_unboxed)
		snprintf(state.missing, sizeof state.missing, "--no-sandbox: there is none");
	else
		error = dg_sandbox_files(descriptors, count, &state);
	status = error == 0 && make_session(l) ? take_terminal(l) : DG_STATUS_USAGE;
	if (error == 0 && status == DG_STATUS_OK && !l->options->is_unboxed)
		error = dg_sandbox_calls(&state);
	if (error != 0) {
		dg_cli_complain("the sandbox: %s; --no-sandbox does without", strerror(error));
		return DG_STATUS_USAGE;
	}
	if (status == DG_STATUS_OK && state.missing[0] != '\0')
		dg_log_say(&l->log, DG_LOG_NEWS, "sandbox: %s", state.missing);
	return status;
}

/* --- the run --------------------------------------------------------------------- */

static void
tell_begin(struct dg_live *l)
{
	struct dnsgap_interface_counts counts;
	struct dg_strbuf names = {0};

	/* The screen shows them. */
	if (l->options->is_quiet || l->log.is_waiting)
		return;
	for (size_t n = 0; dnsgap_capture_interface(l->capture, n, &counts); n++)
		dg_strbuf_addf(&names, "%s%s", n > 0 ? ", " : "", counts.name);
	dg_log_say(&l->log, DG_LOG_NEWS, "sniffing %s%s%s%s",
	    names.text != NULL ? names.text : "",
	    l->options->common.filter != NULL ? "; filter: " : "",
	    l->options->common.filter != NULL ? l->options->common.filter : "",
	    !isatty(STDERR_FILENO)       ? ""
		: l->options->is_default ? "; Ctrl-C ends it and reports as JSON (--text: to "
					   "read; --top: a screen)"
					 : "; Ctrl-C ends it and reports");
	dg_strbuf_fini(&names);
}

static void
start_clocks(struct dg_live *l)
{
	const struct dg_live_options *o = l->options;

	l->started_ns = dg_steady_ns();
	l->cuts = dg_schedule_start(o->every_ns, dg_wall_ns(), l->started_ns);
	if (o->every_ns == 0 && !o->has_screen)
		l->next_line_ns = l->started_ns + dg_live_line_ns();
}

/* Of several the first of 3, 10, 2, 4. */
static int
status_of(const struct dg_live *l)
{
	if (l->has_lost_output)
		return DG_STATUS_OUTPUT;
	if (l->has_finding) {
		dg_cli_complain("%s", l->finding);
		return DG_STATUS_FINDING;
	}
	if (l->is_incomplete)
		return DG_STATUS_INCOMPLETE;
	if (l->options->common.is_strict && l->hit_limit) {
		dg_cli_complain("a limit was hit; the report's `limits` says which");
		return DG_STATUS_LIMIT;
	}
	return DG_STATUS_OK;
}

static void
close_files(struct dg_live *l)
{
	char text[DG_LIVE_TEXT_MAX];

	if (l->packets != NULL && dg_packets_lost(l->packets) > 0) {
		dg_log_say(&l->log, DG_LOG_NEWS, "%s: %" PRIu64 " packets were not kept",
		    l->options->packets, dg_packets_lost(l->packets));
		l->has_lost_output = true;
	}
	if (l->packets != NULL && dg_packets_close(l->packets, text) != 0) {
		dg_log_say(&l->log, DG_LOG_NEWS, "%s", text);
		l->has_lost_output = true;
	}
	l->packets = NULL;
	if (!dg_live_lines_close(&l->lines))
		l->has_lost_output = true;
}

static int
sniff(struct dg_live *l)
{
	l->job = (struct dg_live_job){
	    .options = &l->options->common,
	    .outputs = &l->outputs,
	    .metrics = l->metrics,
	    .terminal = l->terminal,
	};
	tell_begin(l);
	start_clocks(l);
	dg_live_run(l);
	close_files(l);
	dg_log_fini(&l->log);
	return status_of(l);
}

static void
release(struct dg_live *l)
{
	char text[DG_LIVE_TEXT_MAX];

	shown = NULL;
	dg_terminal_free(l->terminal);
	dg_reporter_free(l->reporter);
	if (l->packets != NULL)
		(void)dg_packets_close(l->packets, text);
	(void)dg_live_lines_close(&l->lines);
	dg_live_place_close(&l->packets_place);
	dg_live_outputs_close(&l->outputs);
	dnsgap_metrics_free(l->metrics);
	dnsgap_session_free(l->session);
}

static int
run(const struct dg_live_options *o)
{
	struct dg_live l = {
	    .options = o,
	    .capture = o->capture,
	    .packets_place.fd = -1,
	    .lines = {.place.fd = -1, .fd = -1},
	};
	int status;

	/* Time zone: its file is out of reach later. */
	tzset();
	dg_signals_catch(give_terminal_back);
	status = open_all(&l);
	if (status == DG_STATUS_OK)
		status = begin_files(&l);
	if (status == DG_STATUS_OK)
		status = drop_rights(&l);
	if (status == DG_STATUS_OK)
		status = close_sandbox(&l);
	if (status == DG_STATUS_OK)
		status = sniff(&l);
	release(&l);
	return status;
}

int
dg_cmd_live(int argc, char **argv)
{
	struct dg_live_options o;
	int status = DG_STATUS_USAGE;

	if (dg_live_options_parse(&o, argc, argv)) {
		if (o.common.wants_help)
			status = dg_output_print(dg_live_help, strlen(dg_live_help));
		else if (o.wants_devices)
			status = list_devices(&o);
		else
			status = run(&o);
	}
	dg_live_options_fini(&o);
	return status;
}
