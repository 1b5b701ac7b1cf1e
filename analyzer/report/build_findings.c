/*
 * build_findings.c - the findings, as the first paragraph of a ticket: what is wrong, the
 * numbers, how sure, what else it may be, what to do next.
 *
 * A note is said shortly; so is what comes after the first few.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "report/build.h"

#define SHOWN 16
#define SHOWN_WHOLE 4
#define FRAMES_SHOWN 4
#define CONTROLS_SHOWN 8
#define ALL UINT_MAX
#define NEXT_SHOWN 3
#define P_TEXT_MAX 16
#define P_LEAST_SHOWN 1e-299

/* The first sentences; documents list all of them. */
static void
add_sentences(struct dg_doc *d, const char *label, const struct dg_words *w, unsigned most)
{
	for (unsigned i = 0; i < w->count; i++) {
		dg_doc_for(d, i < most ? DG_SHOWN_ALWAYS : DG_SHOWN_DOCUMENT);
		dg_doc_sentence(d, label, w->texts[i]);
	}
	dg_doc_for(d, DG_SHOWN_ALWAYS);
}

void
dg_finding_certainty(const struct dg_finding *f, struct dg_strbuf *b)
{
	double p = dg_finding_p(f);
	char text[P_TEXT_MAX];

	/* Of random loss it says that it is this server's, which the numbers show. */
	if (!f->has_p || f->code == DG_LOSS_RANDOM)
		return;
	if (p < P_LEAST_SHOWN)
		snprintf(text, sizeof text, "< 1e-299");
	else
		snprintf(text, sizeof text, p < 0.001 ? "<= %.0e" : "<= %.2g", p);
	if (f->is_suspected)
		dg_strbuf_addf(b, "Only suspected (p %s); more queries would decide.", text);
	else
		dg_strbuf_addf(b, "%s not to be chance (p %s).",
		    p <= 1e-9       ? "As good as certain"
			: p <= 1e-4 ? "Very sure"
				    : "Fairly sure",
		    text);
}

static void
add_certainty(struct dg_doc *d, const struct dg_finding *f)
{
	struct dg_strbuf b = {0};

	dg_finding_certainty(f, &b);
	d->is_failed |= b.is_failed;
	if (b.size > 0 && !b.is_failed)
		dg_doc_part(d, "sure", "%s", b.text);
	dg_strbuf_fini(&b);
}

static const struct dg_column control_columns[] = {
    {"other server", DG_ALIGN_LEFT, DG_TONE_NONE, NULL},
    {"asked", DG_ALIGN_RIGHT, DG_TONE_NONE, NULL},
    {"reached", DG_ALIGN_RIGHT, DG_TONE_GOOD, NULL},
};

/* For documents: who answered queries from the same ports. */
static void
add_controls(struct dg_doc *d, const struct dg_report *r, const struct dg_finding *f)
{
	unsigned shown = f->control_count < CONTROLS_SHOWN ? f->control_count : CONTROLS_SHOWN;
	char text[DG_ADDR_TEXT_MAX], number[DG_NUMBER_TEXT_MAX];

	if (f->control_count == 0)
		return;
	dg_doc_for(d, DG_SHOWN_DOCUMENT);
	dg_doc_part(d, "controls", "Other servers, asked from the same source ports:");
	dg_doc_table(d, control_columns, sizeof control_columns / sizeof *control_columns);
	for (unsigned i = 0; i < shown; i++) {
		const struct dg_control *c = &f->controls[i];
		const struct dg_server_key *k = &r->summary->servers[c->server].key;

		dg_addr_text(&k->address, k->family, text);
		if (k->port == 53)
			dg_doc_cell(d, "%s", text);
		else
			dg_doc_cell(d, "%s#%u", text, k->port);
		dg_doc_cell(d, "%s", dg_grouped(c->reach.transactions, number));
		dg_doc_cell(d, "%s", dg_grouped(c->reach.reached, number));
	}
	if (shown < f->controls_all)
		dg_doc_line(d, "and %" PRIu64 " more; the JSON report names them",
		    f->controls_all - shown);
	dg_doc_for(d, DG_SHOWN_ALWAYS);
}

/* For documents: when it was. */
static void
add_when(struct dg_doc *d, const struct dg_finding *f)
{
	char first[DG_TIME_TEXT_MAX], last[DG_TIME_TEXT_MAX];

	if (f->first_ns == DG_TIME_NONE || f->last_ns == DG_TIME_NONE)
		return;
	dg_doc_for(d, DG_SHOWN_DOCUMENT);
	dg_doc_part(d, "when", "From %s to %s.", dg_time_text(f->first_ns, first),
	    dg_time_text(f->last_ns, last));
	dg_doc_for(d, DG_SHOWN_ALWAYS);
}

static void
say_frames(struct dg_strbuf *b, const struct dg_report *r, const struct dg_frame_name *list,
    unsigned count, const char *what)
{
	for (unsigned i = 0; i < count && i < FRAMES_SHOWN; i++) {
		dg_strbuf_addf(b, "%s", i > 0 ? ", " : b->size > 0 ? "; " : "");
		if (i == 0)
			dg_strbuf_addf(b, "%s ", what);
		if (r->input_count > 1 && list[i].file < r->input_count) {
			dg_doc_code(b, r->inputs[list[i].file].file);
			dg_strbuf_add(b, ":");
		}
		dg_strbuf_addf(b, "%" PRIu32, list[i].frame);
	}
}

static void
add_frames(struct dg_doc *d, const struct dg_report *r, const struct dg_finding *f)
{
	struct dg_strbuf b = {0};

	say_frames(&b, r, f->silent, f->silent_count, "not answered:");
	say_frames(&b, r, f->answered, f->answered_count, "answered:");
	d->is_failed |= b.is_failed;
	if (b.size > 0 && !b.is_failed)
		dg_doc_part(d, "frames", "%s", b.text);
	dg_strbuf_fini(&b);
}

static void
show_whole(struct dg_doc *d, const struct dg_report *r, const struct dg_finding *f)
{
	add_sentences(d, "seen", &f->evidence, ALL);
	add_controls(d, r, f);
	add_certainty(d, f);
	add_sentences(d, "or else", &f->rivals, ALL);
	if (f->untested != NULL)
		dg_doc_part(d, "untested", "%s", f->untested);
	for (unsigned i = 0; i < f->reproduce.count; i++)
		dg_doc_command(d, "reproduce", f->reproduce.texts[i]);
	for (unsigned i = 0; i < f->next.count; i++) {
		dg_doc_for(d, i < NEXT_SHOWN ? DG_SHOWN_ALWAYS : DG_SHOWN_DOCUMENT);
		dg_doc_point(d, "next", "%s", f->next.texts[i]);
	}
	dg_doc_for(d, DG_SHOWN_ALWAYS);
	add_sentences(d, "avoid", &f->avoid, 1);
	add_when(d, f);
	add_frames(d, r, f);
}

/* Of ports, the first rival as well: it may be a reason that is known. */
static void
show_short(struct dg_doc *d, const struct dg_finding *f)
{
	add_sentences(d, "seen", &f->evidence, 1);
	if (f->code <= DG_PORTS_HASH)
		add_sentences(d, "or else", &f->rivals, 1);
}

/* What this capture cannot have shown, for want of trying. */
static void
say_untried(struct dg_doc *d, const struct dg_report *r)
{
	struct dg_counts low = dg_side_part(&r->summary->all, DG_PART_LOW);
	struct dg_counts all = dg_side_all(&r->summary->all);
	uint64_t tried = dg_counts_decided(&low);
	char number[DG_NUMBER_TEXT_MAX];

	if (dg_counts_decided(&all) == 0)
		dg_doc_line(d, "nothing here was decided, so nothing can be concluded");
	else if (tried == 0)
		dg_doc_line(d,
		    "source ports 1-52 and 54-1023 were not tried: this capture does "
		    "not show whether they are answered");
	else
		dg_doc_line(d, "source ports 1-52 and 54-1023 were tried in %s transaction%s",
		    dg_grouped(tried, number), tried == 1 ? "" : "s");
}

void
dg_build_findings(struct dg_doc *d, const struct dg_report *r)
{
	size_t count = r->diagnosis != NULL ? r->diagnosis->findings.count : 0;

	dg_doc_section(d, count > 0 ? "Findings, the worst first" : "Findings");
	for (size_t i = 0; i < count && i < SHOWN; i++) {
		const struct dg_finding *f = r->diagnosis->findings.list[i];

		dg_doc_head(
		    d, dg_severity_name(f->severity), dg_code_name(f->code), f->summary);
		if (f->severity == DG_NOTE || i >= SHOWN_WHOLE)
			show_short(d, f);
		else
			show_whole(d, r, f);
	}
	if (count > SHOWN)
		dg_doc_line(d, "and %zu more, in the JSON report", count - SHOWN);
	if (count == 0) {
		dg_doc_line(d, "none: nothing here fits what `dnsgap explain` lists");
		say_untried(d, r);
	}
}
