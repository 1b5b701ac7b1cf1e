/*
 * render.c - a finished session in a format.
 */
#include "dnsgap/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/inner.h"
#include "report/report.h"

#define COLUMNS_MIN 40
#define COLUMNS_MAX 200
#define LINKTYPE_TEXT 32

/* A report, and what it borrows that nobody else keeps. */
struct facts {
	struct dg_report report;
	struct dg_report_input *inputs;
	char (*linktypes)[LINKTYPE_TEXT];
	struct dg_report_library libraries[3];
};

static void
fill_input(struct facts *f, const struct dnsgap_session *s, size_t n)
{
	const struct dg_input *input = dg_filelist_input(s->files, n);

	if (input->has_linktype)
		dg_linktype_name(input->linktype, f->linktypes[n]);
	f->inputs[n] = (struct dg_report_input){
	    .file = input->path,
	    .sha256 = input->sha256[0] != '\0' ? input->sha256 : NULL,
	    .format = input->has_linktype ? input->format : NULL,
	    .compression = input->compression,
	    .linktype = input->has_linktype ? f->linktypes[n] : NULL,
	    .frames = input->frames,
	    .first_ns = input->first_ns,
	    .last_ns = input->last_ns,
	    .problem = dnsgap_session_input_problem(s, n),
	};
	f->report.bad_times += input->bad_times;
	f->report.inconsistent_lengths += input->inconsistent_lengths;
}

static int
gather(struct facts *f, const struct dnsgap_session *s)
{
	size_t count = dg_filelist_count(s->files);

	*f = (struct facts){
	    .inputs = calloc(count + 1, sizeof *f->inputs),
	    .linktypes = calloc(count + 1, sizeof *f->linktypes),
	    .libraries =
		{
		    {"libpcap", dg_engine_library_version(DG_LIBRARY_PCAP)},
		    {"ldns", dg_engine_library_version(DG_LIBRARY_LDNS)},
		    {"jansson", dg_report_library_version()},
		},
	    .report =
		{
		    .summary = s->summary,
		    .input_count = count,
		    .library_count = 3,
		    .version = DNSGAP_VERSION,
		    .server_ports = s->config.server_ports_text,
		    .timeout_ns = s->config.timeout_ns,
		    .hold_ns = dg_config_hold(&s->config),
		    .skew_ns = s->config.skew_ns,
		    .max_transactions = s->config.max_transactions,
		    .is_complete = dnsgap_session_is_complete(s),
		},
	};
	if (f->inputs == NULL || f->linktypes == NULL)
		return DNSGAP_ENOMEM;
	f->report.inputs = f->inputs;
	f->report.libraries = f->libraries;
	for (size_t i = 0; i < count; i++)
		fill_input(f, s, i);
	return 0;
}

static void
release(struct facts *f)
{
	free(f->inputs);
	free(f->linktypes);
}

/* Writes a text with a newline at its end, and frees it. */
static int
put(char *text, dnsgap_write *write, void *context)
{
	size_t size = text != NULL ? strlen(text) : 0;
	int error = DNSGAP_ENOMEM;

	if (text != NULL)
		error = write(context, text, size) == 0 ? 0 : DNSGAP_EWRITE;
	if (error == 0 && (size == 0 || text[size - 1] != '\n'))
		error = write(context, "\n", 1) == 0 ? 0 : DNSGAP_EWRITE;
	free(text);
	return error;
}

int
dnsgap_render_json(const struct dnsgap_session *s, dnsgap_write *write, void *context)
{
	struct facts f;
	int error;

	if (s->summary == NULL)
		return DNSGAP_ESTATE;
	error = gather(&f, s);
	if (error == 0)
		error = put(dg_report_json(&f.report), write, context);
	release(&f);
	return error;
}

int
dnsgap_render_text(
    const struct dnsgap_session *s, unsigned columns, dnsgap_write *write, void *context)
{
	struct facts f;
	int error;

	if (s->summary == NULL)
		return DNSGAP_ESTATE;
	if (columns < COLUMNS_MIN || columns > COLUMNS_MAX)
		return DNSGAP_EINVAL;
	error = gather(&f, s);
	if (error == 0)
		error = put(dg_report_text(&f.report, columns), write, context);
	release(&f);
	return error;
}

const char *
dnsgap_report_schema(size_t *size)
{
	*size = dg_report_schema_size;
	return (const char *)dg_report_schema;
}

const char *
dnsgap_transaction_schema(size_t *size)
{
	*size = dg_line_schema_size;
	return (const char *)dg_line_schema;
}

const char *
dnsgap_library(size_t n, const char **version)
{
	switch (n) {
	case 0:
		*version = dg_engine_library_version(DG_LIBRARY_PCAP);
		return "libpcap";
	case 1:
		*version = dg_engine_library_version(DG_LIBRARY_LDNS);
		return "ldns";
	case 2:
		*version = dg_report_library_version();
		return "jansson";
	default:
		return NULL;
	}
}
