/*
 * build_captured.c - for a person: the verdict, and what was captured, when and in which files.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "report/build.h"

#define INPUTS_SHOWN 8
#define SPAN_TEXT_MAX 48
#define VERDICT_SENTENCES 3

#define NOT_COMPLETE "NOT COMPLETE: not everything could be read"
#define PSEUDONYMS                                                                             \
	"addresses and names are pseudonyms, each always for the same original; commands "     \
	"need the originals"

/* The name of the link type, when it is one for all interfaces. */
static const char *
linktype_of(const struct dg_report_input *i)
{
	if (i->interface_count == 0)
		return "no interface";
	for (size_t n = 1; n < i->interface_count; n++) {
		if (i->interfaces[n].linktype_number != i->interfaces[0].linktype_number)
			return "several link types";
	}
	return i->interfaces[0].linktype;
}

/* Adds a line; empties b. */
static void
add_line(struct dg_doc *d, struct dg_strbuf *b)
{
	d->is_failed |= b->is_failed;
	if (!b->is_failed)
		dg_doc_line(d, "%s", b->text);
	dg_strbuf_fini(b);
}

/* In documents: when its frames were captured, and which file it is. */
static void
add_identity(struct dg_strbuf *b, const struct dg_report_input *i)
{
	char first[DG_TIME_TEXT_MAX], last[DG_TIME_TEXT_MAX];

	if (i->first_ns != DG_TIME_NONE)
		dg_strbuf_addf(b, ", from %s to %s", dg_time_text(i->first_ns, first),
		    dg_time_text(i->last_ns, last));
	if (i->sha256 != NULL) {
		dg_strbuf_add(b, ", sha256 ");
		dg_doc_code(b, i->sha256);
	}
}

static void
show_input_as(struct dg_doc *d, const struct dg_report_input *i, enum dg_shown shown)
{
	char frames[DG_NUMBER_TEXT_MAX];
	struct dg_strbuf b = {0};

	dg_doc_for(d, shown);
	dg_doc_code(&b, i->file);
	if (i->format == NULL)
		dg_strbuf_add(&b, ": not read");
	else
		dg_strbuf_addf(&b, ": %s%s%s, %s, %s frame%s", i->format,
		    i->compression != NULL ? " in " : "",
		    i->compression != NULL ? i->compression : "", linktype_of(i),
		    dg_grouped(i->frames, frames), i->frames == 1 ? "" : "s");
	if (i->format != NULL && shown == DG_SHOWN_DOCUMENT)
		add_identity(&b, i);
	if (i->format != NULL && i->problem != NULL)
		dg_strbuf_add(&b, ", with problems (see below)");
	add_line(d, &b);
	dg_doc_for(d, DG_SHOWN_ALWAYS);
}

static void
show_input(struct dg_doc *d, const struct dg_report_input *i)
{
	show_input_as(d, i, DG_SHOWN_TERMINAL);
	show_input_as(d, i, DG_SHOWN_DOCUMENT);
}

/* "11.2 s", "27 minutes", "19 hours", "21 days": as exactly as anybody wants to know. */
static void
span_text(char text[SPAN_TEXT_MAX], double seconds)
{
	char days[DG_NUMBER_TEXT_MAX];

	if (seconds < 600)
		snprintf(text, SPAN_TEXT_MAX, "%.1f s", seconds);
	else if (seconds < 2 * 3600)
		snprintf(text, SPAN_TEXT_MAX, "%.0f minutes", seconds / 60);
	else if (seconds < 2 * 86400)
		snprintf(text, SPAN_TEXT_MAX, "%.0f hours", seconds / 3600);
	else
		snprintf(text, SPAN_TEXT_MAX, "%s days",
		    dg_grouped((uint64_t)(seconds / 86400), days));
}

/* When all frames were captured; false without any. */
static bool
add_period(struct dg_strbuf *b, const struct dg_report *r)
{
	char first[DG_TIME_TEXT_MAX], last[DG_TIME_TEXT_MAX], span[SPAN_TEXT_MAX];
	int64_t first_ns, last_ns;

	if (!dg_report_times(r, &first_ns, &last_ns))
		return false;
	dg_time_text(first_ns, first);
	dg_time_text(last_ns, last);
	span_text(span, (double)(last_ns - first_ns) / 1e9);
	/* To the second: the rest is in the JSON. */
	dg_strbuf_addf(
	    b, "%.10s %.8s to %.10s %.8s UTC, %s", first, first + 11, last, last + 11, span);
	return true;
}

static void
show_period(struct dg_doc *d, const struct dg_report *r)
{
	struct dg_strbuf b = {0};

	if (!add_period(&b, r))
		dg_strbuf_add(&b, "no frames at all");
	add_line(d, &b);
}

/* "61 transactions in 55 queries, 3 of them resent, and 6 vain attempts to connect". */
static void
show_transactions(struct dg_doc *d, const struct dg_report *r)
{
	const struct dg_message_ledger *m = &r->summary->quality.correlate.messages;
	uint64_t transactions = dg_side_all(&r->summary->all).transactions;
	uint64_t queries = m->queries + m->resends;
	uint64_t attempts = transactions > m->queries ? transactions - m->queries : 0;
	char number[3][DG_NUMBER_TEXT_MAX];
	struct dg_strbuf more = {0};

	if (transactions == 0) {
		dg_doc_line(d, "no transaction: no query was seen, and no attempt to connect");
		return;
	}
	if (m->resends > 0)
		dg_strbuf_addf(&more, ", %s of them resent", dg_grouped(m->resends, number[0]));
	if (attempts > 0)
		dg_strbuf_addf(&more, "%s and %s vain attempt%s to connect",
		    m->resends > 0 ? "," : "", dg_grouped(attempts, number[0]),
		    attempts == 1 ? "" : "s");
	dg_strbuf_add(&more, "");
	d->is_failed |= more.is_failed;
	if (!more.is_failed)
		dg_doc_line(d, "%s transaction%s in %s quer%s%s; timeout %g s",
		    dg_grouped(transactions, number[1]), transactions == 1 ? "" : "s",
		    dg_grouped(queries, number[2]), queries == 1 ? "y" : "ies", more.text,
		    (double)r->timeout_ns / 1e9);
	dg_strbuf_fini(&more);
}

/* What it was made beside, and what stands for what. */
static void
show_companions(struct dg_doc *d, const struct dg_report *r)
{
	const struct dg_report_evidence *e = r->evidence;
	char frames[DG_NUMBER_TEXT_MAX], left_out[DG_NUMBER_TEXT_MAX];
	struct dg_strbuf b = {0};

	if (r->is_anonymised)
		dg_doc_line(d, "%s", PSEUDONYMS);
	if (e == NULL)
		return;
	dg_strbuf_add(&b, "the frames behind the findings are in ");
	dg_doc_code(&b, e->file);
	dg_strbuf_addf(
	    &b, ": %s frame%s", dg_grouped(e->frames, frames), e->frames == 1 ? "" : "s");
	if (e->left_out > 0)
		dg_strbuf_addf(&b, ", and %s more were left out to keep it small",
		    dg_grouped(e->left_out, left_out));
	if (e->sha256 != NULL) {
		dg_strbuf_add(&b, "; sha256 ");
		dg_doc_code(&b, e->sha256);
	}
	add_line(d, &b);
}

void
dg_build_captured(struct dg_doc *d, const struct dg_report *r)
{
	size_t shown = r->input_count < INPUTS_SHOWN ? r->input_count : INPUTS_SHOWN;

	dg_doc_section(d, "What was captured");
	for (size_t i = 0; i < shown; i++)
		show_input(d, &r->inputs[i]);
	if (shown < r->input_count)
		dg_doc_line(d, "and %zu more files", r->input_count - shown);
	show_period(d, r);
	show_transactions(d, r);
	if (!r->is_complete)
		dg_doc_line(d, "%s", NOT_COMPLETE);
	show_companions(d, r);
}

/* The worst finding that is more than a note; NULL: none. */
static const struct dg_finding *
worst_of(const struct dg_report *r)
{
	const struct dg_finding *worst = NULL;

	if (r->diagnosis != NULL && r->diagnosis->findings.count > 0)
		worst = r->diagnosis->findings.list[0];
	return worst != NULL && worst->severity != DG_NOTE ? worst : NULL;
}

/* What there is besides the worst: "2 faults, 1 note". */
static void
count_others(struct dg_strbuf *b, const struct dg_report *r)
{
	size_t counts[DG_SEVERITY_COUNT] = {0};

	for (size_t i = 1; i < r->diagnosis->findings.count; i++)
		counts[r->diagnosis->findings.list[i]->severity]++;
	for (unsigned s = 0; s < DG_SEVERITY_COUNT; s++) {
		if (counts[s] > 0)
			dg_strbuf_addf(b, "%s%zu %s%s", b->size > 0 ? ", " : "", counts[s],
			    dg_severity_name(s), counts[s] == 1 ? "" : "s");
	}
}

/* The numbers and the controls, which stand first in a finding's evidence, and how sure. */
static void
show_worst(struct dg_doc *d, const struct dg_report *r, const struct dg_finding *f)
{
	struct dg_strbuf b = {0}, sure = {0}, others = {0};

	for (unsigned i = 0; i < f->evidence.count && i < VERDICT_SENTENCES; i++)
		dg_strbuf_addf(&b, "%s%s", i > 0 ? " " : "", f->evidence.texts[i]);
	dg_finding_certainty(f, &sure);
	if (sure.size > 0)
		dg_strbuf_addf(&b, "%s%s", b.size > 0 ? " " : "", sure.text);
	/* A capture that shows too little has no numbers, but must not be read wrongly. */
	if (b.size == 0 && f->avoid.count > 0)
		dg_strbuf_add(&b, f->avoid.texts[0]);
	d->is_failed |= b.is_failed || sure.is_failed;
	if (b.size > 0 && !b.is_failed)
		dg_doc_part(d, dg_severity_name(f->severity), "%s", b.text);
	dg_strbuf_fini(&b);
	dg_strbuf_fini(&sure);
	count_others(&others, r);
	d->is_failed |= others.is_failed;
	if (others.size > 0 && !others.is_failed)
		dg_doc_part(d, "besides", "%s.", others.text);
	dg_strbuf_fini(&others);
}

/* When, how much, and between how many. */
static void
show_scope(struct dg_doc *d, const struct dg_report *r)
{
	uint64_t transactions = dg_side_all(&r->summary->all).transactions;
	uint64_t clients = r->summary->client_count, servers = r->summary->server_count;
	char number[3][DG_NUMBER_TEXT_MAX];
	struct dg_strbuf b = {0};

	if (add_period(&b, r))
		dg_strbuf_addf(&b, ": %s transaction%s of %s client%s with %s server%s",
		    dg_grouped(transactions, number[0]), transactions == 1 ? "" : "s",
		    dg_grouped(clients, number[1]), clients == 1 ? "" : "s",
		    dg_grouped(servers, number[2]), servers == 1 ? "" : "s");
	else
		dg_strbuf_add(&b, "no frames at all");
	d->is_failed |= b.is_failed;
	if (!b.is_failed)
		dg_doc_part(d, "captured", "%s.", b.text);
	dg_strbuf_fini(&b);
}

void
dg_build_verdict(struct dg_doc *d, const struct dg_report *r)
{
	const struct dg_finding *worst = worst_of(r);
	struct dg_counts all = dg_side_all(&r->summary->all);
	char number[DG_NUMBER_TEXT_MAX];

	dg_doc_for(d, DG_SHOWN_DOCUMENT);
	if (worst != NULL) {
		dg_doc_title(d, "DNS: %s", worst->summary);
		show_worst(d, r, worst);
	} else if (dg_counts_decided(&all) > 0) {
		dg_doc_title(d, "DNS: no fault found in %s transaction%s",
		    dg_grouped(all.transactions, number), all.transactions == 1 ? "" : "s");
	} else {
		dg_doc_title(d, "DNS: a capture from which nothing can be concluded");
	}
	show_scope(d, r);
	if (!r->is_complete)
		dg_doc_line(d, "%s", NOT_COMPLETE);
	if (r->is_anonymised)
		dg_doc_line(d, "%s", PSEUDONYMS);
	dg_doc_for(d, DG_SHOWN_ALWAYS);
}
