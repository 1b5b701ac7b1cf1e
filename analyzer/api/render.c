/*
 * render.c - a finished session in a format.
 */
#include "dnsgap/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/inner.h"
#include "api/rendered.h"

/* A report, and what it borrows that nobody else keeps. */
struct facts {
	struct dg_report report;
	struct dg_report_input *inputs;
	struct dg_report_interface *interfaces; /* of all inputs */
	size_t interface_count;
	struct dg_report_library libraries[DG_LIBRARIES_MAX];
	char (*names)[DG_INPUT_NAME_MAX]; /* of files that are called something else */
	struct dg_report_evidence evidence;
};

/* The interfaces of an input, behind those of the inputs before it. */
static void
fill_interfaces(struct facts *f, const struct dnsgap_session *s, const struct dg_input *input)
{
	for (size_t i = 0; i < input->interface_count; i++) {
		const struct dg_interface *from = &input->interfaces[i];
		struct dg_report_interface *to = &f->interfaces[f->interface_count++];

		*to = (struct dg_report_interface){
		    .linktype_number = from->linktype,
		    .snap_bytes = from->snap_bytes,
		    .frames = from->frames,
		    .dropped = from->dropped,
		    .has_dropped = from->has_dropped,
		    .why_not = from->frames > 0 ? dg_why_not(s, from->linktype) : NULL,
		};
		dg_linktype_name(from->linktype, to->linktype);
		f->report.has_dropped |= from->has_dropped;
		if (__builtin_add_overflow(
			f->report.dropped, from->dropped, &f->report.dropped))
			f->report.dropped = UINT64_MAX;
	}
}

static void
fill_input(struct facts *f, const struct dnsgap_session *s, size_t n)
{
	const struct dg_input *input = dg_input_at(s, n);

	f->inputs[n] = (struct dg_report_input){
	    .file = dg_input_name(s, n, f->names[n]),
	    /* It would name the file as well. */
	    .sha256 = input->sha256[0] != '\0' && s->anonymiser == NULL ? input->sha256 : NULL,
	    .format = input->was_opened ? input->format : NULL,
	    .compression = input->compression,
	    .interfaces = f->interfaces + f->interface_count,
	    .interface_count = input->interface_count,
	    .has_interfaces = input->was_opened && strcmp(input->format, "pcapng") == 0,
	    .frames = input->frames,
	    .first_ns = input->first_ns,
	    .last_ns = input->last_ns,
	    .problem = dg_input_problem(s, n),
	};
	fill_interfaces(f, s, input);
	if (s->sniffed != NULL) {
		f->inputs[n].is_live = true;
		f->inputs[n].dropped = input->interfaces[0].dropped;
		f->inputs[n].filter =
		    s->anonymiser == NULL ? s->sniffed_states[n].filter : NULL;
	}
	f->report.filtered += input->filtered;
	f->report.bad_times += input->bad_times;
	f->report.inconsistent_lengths += input->inconsistent_lengths;
}

/* How many interfaces all inputs have. */
static size_t
count_interfaces(const struct dnsgap_session *s)
{
	size_t count = 0;

	for (size_t i = 0; i < dg_input_count(s); i++)
		count += dg_input_at(s, i)->interface_count;
	return count;
}

static void
fill_libraries(struct facts *f)
{
	const char *name, *version;

	for (size_t i = 0; i < DG_LIBRARIES_MAX; i++) {
		name = dnsgap_library(i, &version);
		if (name == NULL)
			break;
		f->libraries[f->report.library_count++] =
		    (struct dg_report_library){name, version};
	}
	f->report.libraries = f->libraries;
}

static int
gather(struct facts *f, const struct dnsgap_session *s)
{
	size_t count = dg_input_count(s);

	*f = (struct facts){
	    .inputs = calloc(count + 1, sizeof *f->inputs),
	    .names = calloc(count + 1, sizeof *f->names),
	    .interfaces = calloc(count_interfaces(s) + 1, sizeof *f->interfaces),
	    .report =
		{
		    .summary = s->summary,
		    .diagnosis = s->diagnosis,
		    .servfail = s->diagnosis != NULL ? s->diagnosis->servfail : NULL,
		    .input_count = count,
		    .version = DNSGAP_VERSION,
		    .server_ports = s->config.server_ports_text,
		    .timeout_ns = s->config.timeout_ns,
		    .hold_ns = dg_config_hold(&s->config),
		    .skew_ns = s->config.skew_ns,
		    .max_transactions = s->config.max_transactions,
		    .has_filter = s->filter != NULL,
		    /* It may hold addresses. */
		    .filter = s->filter != NULL && s->anonymiser == NULL
			? dg_filter_text(s->filter)
			: NULL,
		    .is_complete = dnsgap_session_is_complete(s),
		    .is_anonymised = s->anonymiser != NULL,
		},
	};
	if (f->inputs == NULL || f->interfaces == NULL || f->names == NULL)
		return DNSGAP_ENOMEM;
	f->report.inputs = f->inputs;
	fill_libraries(f);
	if (s->evidence.name != NULL) {
		f->evidence = (struct dg_report_evidence){
		    .file = s->evidence.name,
		    .sha256 = s->evidence.sha256,
		    .frames = s->evidence.frames,
		    .left_out = s->evidence.left_out,
		};
		f->report.evidence = &f->evidence;
	}
	for (size_t i = 0; i < count; i++)
		fill_input(f, s, i);
	return 0;
}

static void
release(struct facts *f)
{
	free(f->inputs);
	free(f->interfaces);
	free(f->names);
}

/* Writes a text with a newline at its end, and frees it. */
static int
put(char *text, dnsgap_write *write, void *context)
{
	size_t size = strlen(text);
	int error = write(context, text, size) == 0 ? 0 : DNSGAP_EWRITE;

	if (error == 0 && (size == 0 || text[size - 1] != '\n'))
		error = write(context, "\n", 1) == 0 ? 0 : DNSGAP_EWRITE;
	free(text);
	return error;
}

static char *
make_json(const struct dg_report *r, const void *looks)
{
	(void)looks;
	return dg_report_json(r);
}

static char *
make_markdown(const struct dg_report *r, const void *looks)
{
	(void)looks;
	return dg_report_markdown(r);
}

static char *
make_html(const struct dg_report *r, const void *looks)
{
	(void)looks;
	return dg_report_html(r);
}

static char *
make_text(const struct dg_report *r, const void *looks)
{
	return dg_report_text(r, looks);
}

int
dg_rendered(const struct dnsgap_session *s, dg_make_text *make, const void *looks, char **text)
{
	struct facts f;
	int error;

	if (s->summary == NULL || s->diagnosis == NULL)
		return DNSGAP_ESTATE;
	error = gather(&f, s);
	*text = error == 0 ? make(&f.report, looks) : NULL;
	release(&f);
	return *text != NULL ? 0 : DNSGAP_ENOMEM;
}

static int
render(const struct dnsgap_session *s, dg_make_text *make, const void *looks,
    dnsgap_write *write, void *context)
{
	char *text;
	int error = dg_rendered(s, make, looks, &text);

	return error == 0 ? put(text, write, context) : error;
}

int
dnsgap_render_json(const struct dnsgap_session *s, dnsgap_write *write, void *context)
{
	return render(s, make_json, NULL, write, context);
}

int
dnsgap_render_markdown(const struct dnsgap_session *s, dnsgap_write *write, void *context)
{
	return render(s, make_markdown, NULL, write, context);
}

int
dnsgap_render_html(const struct dnsgap_session *s, dnsgap_write *write, void *context)
{
	return render(s, make_html, NULL, write, context);
}

bool
dg_text_looks(unsigned columns, unsigned style, struct dg_text_style *looks)
{
	*looks = (struct dg_text_style){
	    .columns = columns,
	    .has_colour = (style & DNSGAP_TEXT_COLOUR) != 0,
	    .has_utf8 = (style & DNSGAP_TEXT_UTF8) != 0,
	};
	return columns >= DG_COLUMNS_MIN && columns <= DG_COLUMNS_MAX &&
	    (style & ~(unsigned)(DNSGAP_TEXT_COLOUR | DNSGAP_TEXT_UTF8)) == 0;
}

int
dnsgap_render_text(const struct dnsgap_session *s, unsigned columns, unsigned style,
    dnsgap_write *write, void *context)
{
	struct dg_text_style looks;

	if (!dg_text_looks(columns, style, &looks))
		return DNSGAP_EINVAL;
	return render(s, make_text, &looks, write, context);
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
