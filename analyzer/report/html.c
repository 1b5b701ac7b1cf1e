/*
 * html.c - a report as one HTML file: the verdict, the findings, pictures, tables, what was
 * captured and what weakens it.
 *
 * The page runs no script and loads nothing, and its policy allows neither: what stands in it
 * are our own elements and text that went through dg_escape_html.  The only style is the one
 * in style.css, which the policy knows by its SHA-256; so there are no style attributes.
 */
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "report/build.h"
#include "report/html.h"
#include "report/picture.h"
#include "report/report.h"

/* How bad the worst is, as a class of style.css; *word is for people. */
static const char *
worst_class(const struct dg_report *r, const char **word)
{
	const struct dg_diagnosis *d = r->diagnosis;
	struct dg_counts all = dg_side_all(&r->summary->all);

	if (d != NULL && d->findings.count > 0 && d->findings.list[0]->severity != DG_NOTE)
		return *word = dg_severity_name(d->findings.list[0]->severity);
	*word = dg_counts_decided(&all) > 0 ? "no fault" : "undecided";
	return dg_counts_decided(&all) > 0 ? "good" : "note";
}

/* Of the policy: no source of anything, one style by its hash; a form could send nothing, and
 * no address is relative to another. */
static void
add_head(struct dg_strbuf *b, const struct dg_report *r, const struct dg_doc *d)
{
	const char *title = d->title != NULL ? d->title : "DNS: what was captured";
	const char *word, *class = worst_class(r, &word);

	dg_strbuf_add(b,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
	    "'none'; style-src '");
	dg_strbuf_add(b, dg_html_style_hash);
	dg_strbuf_add(b,
	    "'; base-uri 'none'; form-action 'none'\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, "
	    "initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
	dg_escape_html(b, title);
	dg_strbuf_add(b, "</title>\n<style>");
	dg_strbuf_add_bytes(b, dg_html_style, dg_html_style_size);
	dg_strbuf_addf(b, "</style>\n</head>\n<body>\n<header>\n<h1 class=\"%s\">", class);
	dg_strbuf_addf(b, "<span class=\"badge\">%s</span> ", word);
	dg_escape_html(b, title);
	dg_strbuf_add(b, "</h1>\n");
}

static bool
has_kind(const struct dg_section *s, enum dg_block_kind kind)
{
	for (size_t i = 0; i < s->block_count; i++) {
		if (s->blocks[i].kind == kind)
			return true;
	}
	return false;
}

/* Up to the findings; where there are none, the section that says so comes second. */
static size_t
count_first(const struct dg_doc *d)
{
	size_t first = 0;

	for (size_t i = 0; i < d->section_count; i++) {
		if (has_kind(&d->sections[i], DG_BLOCK_HEAD))
			first = i + 1;
	}
	return first > 0 ? first : d->section_count < 2 ? d->section_count : 2;
}

static void
add_page(struct dg_strbuf *b, const struct dg_report *r, const struct dg_doc *d)
{
	size_t first = count_first(d);

	add_head(b, r, d);
	for (size_t i = 0; i < first; i++) {
		if (i == 1)
			dg_strbuf_add(b, "</header>\n<main>\n");
		dg_html_section(b, &d->sections[i]);
	}
	b->is_failed |= !dg_pictures(b, r);
	/* Numbers first, then words. */
	for (size_t i = first; i < d->section_count; i++) {
		if (has_kind(&d->sections[i], DG_BLOCK_TABLE))
			dg_html_section(b, &d->sections[i]);
	}
	for (size_t i = first; i < d->section_count; i++) {
		if (!has_kind(&d->sections[i], DG_BLOCK_TABLE))
			dg_html_section(b, &d->sections[i]);
	}
	dg_strbuf_add(b,
	    "</main>\n<footer>\n<p>This page runs no script and loads nothing. "
	    "What each finding means and what to check: <code>dnsgap explain "
	    "CODE</code>. All numbers are in the JSON report of the same "
	    "capture.</p>\n</footer>\n</body>\n</html>\n");
}

char *
dg_report_html(const struct dg_report *r)
{
	struct dg_strbuf b = {0};
	struct dg_doc d = {0};

	dg_build(&d, r);
	if (d.is_failed)
		b.is_failed = true;
	else
		add_page(&b, r, &d);
	dg_doc_fini(&d);
	return dg_strbuf_take(&b);
}
