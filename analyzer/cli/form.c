/*
 * form.c - a report in one of its forms.
 */
#include "cli/form.h"

#include "cli/cli.h"
#include "dnsgap/render.h"

static const struct {
	const char *name;
	const char *ending;
} forms[DG_FORM_COUNT] = {
    [DG_FORM_JSON] = {"json", "json"},
    [DG_FORM_MARKDOWN] = {"markdown", "md"},
    [DG_FORM_HTML] = {"html", "html"},
    [DG_FORM_TEXT] = {"text", "txt"},
};

const char *
dg_form_name(enum dg_form form)
{
	return forms[form].name;
}

const char *
dg_form_ending(enum dg_form form)
{
	return forms[form].ending;
}

int
dg_form_render(const struct dnsgap_session *s, enum dg_form form, unsigned columns,
    unsigned style, dnsgap_write *write, void *context)
{
	switch (form) {
	case DG_FORM_JSON:
		return dnsgap_render_json(s, write, context);
	case DG_FORM_MARKDOWN:
		return dnsgap_render_markdown(s, write, context);
	case DG_FORM_HTML:
		return dnsgap_render_html(s, write, context);
	case DG_FORM_TEXT:
		return dnsgap_render_text(s, columns, style, write, context);
	case DG_FORM_COUNT:
		break;
	}
	return DNSGAP_EINVAL;
}

int
dg_form_write(const struct dnsgap_session *s, enum dg_form form, unsigned columns,
    unsigned style, struct dg_output *output)
{
	int error = dg_form_render(s, form, columns, style, dg_output_write, output);

	if (error != 0 && error != DNSGAP_EWRITE)
		dg_cli_complain(
		    "the report as %s: %s", forms[form].name, dnsgap_error_text(error));
	return error;
}
