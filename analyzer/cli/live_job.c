/*
 * live_job.c - what the reporting thread does with a session that was cut off.
 *
 * Nothing here prints to standard error: the capturing thread tells what came of it.
 */
#include "cli/live_job.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "dnsgap/error.h"
#include "dnsgap/finding.h"
#include "dnsgap/summary.h"

/* A dnsgap_write function into a dg_strbuf. */
static int
add_bytes(void *context, const void *bytes, size_t size)
{
	struct dg_strbuf *b = context;

	dg_strbuf_add_bytes(b, bytes, size);
	return b->is_failed ? -1 : 0;
}

static void
make_line(struct dg_live_job *j)
{
	struct dg_strbuf b = {0};
	int error = dnsgap_render_line(j->session, add_bytes, &b);

	snprintf(j->line, sizeof j->line, "%s",
	    error == 0 && b.text != NULL ? b.text : dnsgap_error_text(DNSGAP_ENOMEM));
	dg_strbuf_fini(&b);
}

static void
show_screen(struct dg_live_job *j)
{
	struct dg_strbuf b = {0};
	int error = dnsgap_render_screen(j->session, &j->screen, add_bytes, &b);

	if (error != 0)
		snprintf(j->screen_trouble, sizeof j->screen_trouble, "the screen: %s",
		    dnsgap_error_text(error));
	else if (b.size > 0)
		error = dg_terminal_show(j->terminal, b.text, b.size);
	if (error > 0)
		snprintf(j->screen_trouble, sizeof j->screen_trouble, "the screen: %s",
		    strerror(error));
	dg_strbuf_fini(&b);
}

/* What the exit status is to know. */
static void
judge(struct dg_live_job *j)
{
	const struct dnsgap_session *s = j->session;

	j->is_incomplete = !dnsgap_session_is_complete(s);
	j->hit_limit = dnsgap_hit_limit(s);
	j->has_finding = j->options->is_failing && dnsgap_findings(s) > 0 &&
	    dnsgap_finding_severity(s, 0) <= j->options->fail_on;
	if (j->has_finding)
		snprintf(j->finding, sizeof j->finding, "%s: %s [%s]",
		    dnsgap_severity_name(dnsgap_finding_severity(s, 0)),
		    dnsgap_finding_summary(s, 0), dnsgap_finding_code(s, 0));
}

static void
write_metrics(struct dg_live_job *j)
{
	if (j->metrics == NULL)
		return;
	for (size_t i = 0; i < j->interface_count; i++)
		dnsgap_metrics_set_interface(j->metrics, i, &j->interfaces[i]);
	dnsgap_metrics_set_open(j->metrics, j->open);
	(void)dg_live_outputs_write_metrics(j->outputs, j->metrics, j->metrics_trouble);
}

static void
write_report(struct dg_live_job *j)
{
	(void)dg_live_outputs_write(j->outputs, j->session, j->wall_ns / DG_NS_PER_S,
	    j->work == DG_WORK_ASKED, j->trouble);
}

int
dg_live_job_do(void *context)
{
	struct dg_live_job *j = context;
	int error = 0;

	j->line[0] = j->trouble[0] = j->metrics_trouble[0] = j->screen_trouble[0] = '\0';
	j->is_incomplete = j->hit_limit = j->has_finding = false;
	if (j->session != NULL)
		error = dnsgap_session_finish(j->session);
	if (error == DNSGAP_EWRITE)
		error = 0; /* lines of transactions, which tell it themselves */
	if (error != 0) {
		snprintf(j->trouble, sizeof j->trouble, "the report: %s",
		    dnsgap_session_error(j->session));
	} else if (j->work == DG_WORK_SCREEN) {
		show_screen(j);
	} else if (j->session != NULL) {
		make_line(j);
		if (j->work != DG_WORK_LINE)
			write_report(j);
	}
	if (j->work == DG_WORK_CUT && error == 0) {
		judge(j);
		if (j->metrics != NULL)
			dnsgap_metrics_add(j->metrics, j->session);
	}
	if (j->work == DG_WORK_CUT || j->work == DG_WORK_METRICS)
		write_metrics(j);
	if (!j->is_last)
		dnsgap_session_free(j->session);
	j->session = NULL;
	return 0;
}
