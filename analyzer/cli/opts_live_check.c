/*
 * opts_live_check.c - what can be said of the options of `dnsgap live` once all are known.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "cli/cli.h"
#include "cli/opts_live.h"
#include "cli/output.h"
#include "dnsgap/error.h"

/* Room for an interface's name. */
#define NAME_BYTES_MAX 64

static bool
has_form(const struct dg_live_options *o)
{
	for (int form = 0; form < DG_FORM_COUNT; form++) {
		if (o->common.reports[form] != NULL)
			return true;
	}
	return false;
}

/* A form, lines of transactions, metrics or the screen; not packets, which go beside them. */
static bool
has_output(const struct dg_live_options *o)
{
	return has_form(o) || o->common.transactions != NULL || o->metrics != NULL ||
	    o->has_screen;
}

/* What may follow: which interfaces there are, and what to type. */
static bool
refuse_no_interface(const struct dg_live_options *o)
{
	struct dg_strbuf names = {0};
	const char *name, *about;
	char first[NAME_BYTES_MAX] = "";
	size_t count = 0;

	for (size_t n = 0; (name = dnsgap_capture_device(o->capture, n, &about)) != NULL; n++) {
		/* Those that could bring anything; -D shows all. */
		if (strncmp(about, "up", 2) != 0)
			continue;
		dg_strbuf_addf(&names, "%s%s", count++ > 0 ? ", " : "", name);
		if (first[0] == '\0')
			snprintf(first, sizeof first, "%s", name);
	}
	if (count == 0 || names.is_failed)
		dg_cli_complain("no interface was named; dnsgap live -i IFACE");
	else
		dg_cli_complain("no interface was named; there are %s: dnsgap live -i %s",
		    names.text, first);
	dg_strbuf_fini(&names);
	return false;
}

static bool
looks_like_file(const char *word)
{
	size_t size = strlen(word);

	for (int form = 0; form < DG_FORM_COUNT; form++) {
		const char *ending = dg_form_ending((enum dg_form)form);
		size_t length = strlen(ending);

		if (size > length && word[size - length - 1] == '.' &&
		    strcmp(word + size - length, ending) == 0)
			return true;
	}
	return false;
}

/* What stands apart is the filter, which a file's name hardly is. */
static bool
check_stray(const struct dg_options *o)
{
	const char *stray = o->stray_form;

	if (stray == NULL || stray[0] == '-' || !looks_like_file(stray))
		return true;
	dg_cli_complain("%s: would be a part of the filter; to write the report there: --%s=%s",
	    stray, o->stray_owner, stray);
	return false;
}

static bool
check_folder(const struct dg_live_options *o)
{
	if (o->report_dir == NULL) {
		if (o->kept == 0)
			return true;
		dg_cli_complain("--keep %llu says how many reports stay in a folder; name it "
				"with --reports DIR",
		    (unsigned long long)o->kept);
		return false;
	}
	if (o->report_dir[0] == '\0' || strcmp(o->report_dir, "-") == 0)
		return dg_refuse("reports", o->report_dir, "wanted: a folder for the reports");
	for (int form = 0; form < DG_FORM_COUNT; form++) {
		const char *path = o->common.reports[form];

		if (path == NULL || strcmp(path, "-") == 0)
			continue;
		dg_cli_complain("--%s=%s: with --reports all forms go into its folder; name "
				"no file",
		    dg_form_name((enum dg_form)form), path);
		return false;
	}
	return true;
}

static bool
check_packets(const struct dg_live_options *o)
{
	if (o->packets == NULL) {
		if (o->file_megabytes == 0 && o->file_seconds == 0 && o->files_max == 0)
			return true;
		dg_cli_complain("-C, -G and -W say how packets are kept; with -w FILE they "
				"are");
		return false;
	}
	if (strcmp(o->packets, "-") == 0) {
		dg_cli_complain("-w -: packets go to files only; for a pipe there is "
				"tcpdump -w -");
		return false;
	}
	if (o->file_seconds != 0 && strchr(o->packets, '%') == NULL) {
		dg_cli_complain(
		    "-G wants a time in the name: -w 'dns-%%Y%%m%%d-%%H%%M%%S.pcap'");
		return false;
	}
	return true;
}

static bool
check_metrics(const struct dg_live_options *o)
{
	if (o->metrics == NULL)
		return true;
	if (strcmp(o->metrics, "-") == 0)
		return dg_refuse("metrics", o->metrics, "wanted: a file");
	if (o->every_ns != 0)
		return true;
	dg_cli_complain("--metrics counts at each cut; say how often: --every 60s");
	return false;
}

/* The screen has standard output for itself. */
static bool
check_screen(const struct dg_live_options *o)
{
	struct dg_place places[DG_PLACES_MAX];
	unsigned count = o->report_dir == NULL ? dg_options_places(&o->common, places) : 0;

	if (!o->has_screen)
		return true;
	if (!isatty(STDOUT_FILENO)) {
		dg_cli_complain("--top shows a screen, and standard output is no terminal; "
				"without --top there is a line on standard error now and then");
		return false;
	}
	if (o->common.transactions != NULL && strcmp(o->common.transactions, "-") == 0)
		return dg_refuse("transactions", "-", "--top has standard output; name a file");
	for (unsigned i = 0; i < count; i++) {
		if (strcmp(places[i].path, "-") == 0)
			return dg_refuse(places[i].option, "-",
			    "--top has standard output; name a file, as in --json=FILE");
	}
	return true;
}

static bool
check_places(const struct dg_live_options *o)
{
	struct dg_place places[DG_PLACES_MAX];
	unsigned count = 0;

	if (o->report_dir == NULL)
		count = dg_options_places(&o->common, places);
	else if (o->common.transactions != NULL)
		places[count++] = (struct dg_place){"transactions", o->common.transactions};
	if (o->metrics != NULL)
		places[count++] = (struct dg_place){"metrics", o->metrics};
	if (o->packets != NULL)
		places[count++] = (struct dg_place){"w", o->packets};
	for (unsigned i = 0; i < count; i++) {
		if (dg_options_is_key(&o->common, places[i].path))
			return false;
	}
	return dg_places_are_apart(places, count);
}

static bool
set_filter(struct dg_live_options *o)
{
	struct dnsgap_capture *c = o->capture;
	const char *filter = o->common.filter;

	if (o->has_tunnels && filter != NULL) {
		dg_cli_complain("--tunnels widens the default filter; with a filter of your "
				"own, write them into it");
		return false;
	}
	if (dnsgap_capture_set_tunnels(c, o->has_tunnels) == 0 &&
	    (filter == NULL ||
		dnsgap_capture_set_filter(c, filter, o->common.may_resolve) == 0))
		return true;
	dg_cli_complain("%s", dnsgap_capture_error(c));
	return false;
}

bool
dg_live_options_check(struct dg_live_options *o)
{
	if (!dg_options_check(&o->common))
		return false;
	if (o->common.wants_help || o->wants_devices)
		return true;
	if (o->interface_count == 0)
		return refuse_no_interface(o);
	if (!check_stray(&o->common) || !check_folder(o) || !check_packets(o) ||
	    !check_metrics(o))
		return false;
	/* JSON is what programs get that ask for nothing, and always what a folder gets. */
	o->is_default = o->report_dir == NULL && !has_output(o);
	if (o->report_dir != NULL || o->is_default)
		o->common.reports[DG_FORM_JSON] = "-";
	return check_screen(o) && check_places(o) && set_filter(o) &&
	    dg_options_set_pseudonyms(&o->common);
}
