/*
 * explain.c - what the codes of findings mean, for a terminal.
 */
#include <stdlib.h>

#include "diagnose/explain.h"
#include "report/doc.h"
#include "report/report.h"

static char *
finish(struct dg_doc *d, unsigned columns)
{
	char *text = dg_doc_text(d, &(struct dg_text_style){.columns = columns});

	dg_doc_fini(d);
	return text;
}

char *
dg_explain_codes(unsigned columns)
{
	struct dg_doc d = {0};

	dg_doc_section(&d, NULL);
	for (int code = 0; code < DG_CODE_COUNT; code++)
		dg_doc_part(&d, dg_code_name((enum dg_code)code), "%s",
		    dg_explanation((enum dg_code)code)->title);
	dg_doc_section(
	    &d, "`dnsgap explain CODE` says what one of them means, and what to check.");
	return finish(&d, columns);
}

static void
add_points(struct dg_doc *d, const char *label, const char *const *texts)
{
	for (; *texts != NULL; texts++)
		dg_doc_point(d, label, "%s", *texts);
}

char *
dg_explain_code(enum dg_code code, unsigned columns)
{
	const struct dg_explanation *e = dg_explanation(code);
	struct dg_doc d = {0};

	dg_doc_section(&d, NULL);
	dg_doc_head(&d, dg_code_name(code), NULL, e->title);
	dg_doc_section(&d, NULL);
	dg_doc_line(&d, "%s", "");
	dg_doc_part(&d, "seen", "%s", e->seen);
	dg_doc_part(&d, "means", "%s", e->means);
	add_points(&d, "or else", e->rivals);
	add_points(&d, "check", e->check);
	add_points(&d, "avoid", e->avoid);
	for (const char *const *ask = e->ask; *ask != NULL; ask++)
		dg_doc_command(&d, "reproduce", *ask);
	return finish(&d, columns);
}
