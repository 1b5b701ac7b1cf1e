/*
 * log_line.c - a report in one line, for a log.
 */
#include <stdlib.h>

#include "base/escape.h"
#include "report/build.h"
#include "report/page.h"
#include "report/screen.h"

/* With one decimal; 100.0 only for all, and 0.0 only for none. */
static void
add_percent(struct dg_strbuf *b, uint64_t part, uint64_t whole)
{
	uint64_t thousandths = (uint64_t)((double)part / (double)whole * 1000 + 0.5);

	if (thousandths > 999 && part < whole)
		thousandths = 999;
	if (thousandths < 1 && part > 0)
		thousandths = 1;
	dg_strbuf_addf(
	    b, "%u.%u %%", (unsigned)(thousandths / 10), (unsigned)(thousandths % 10));
}

/* "; not reached: 12 well-known, 3 registered", or nothing. */
static void
add_ranges(struct dg_strbuf *b, const struct dg_summary *s)
{
	const char *before = "; not reached: ";
	char number[DG_NUMBER_TEXT_MAX];

	for (unsigned r = 0; r < DG_RANGE_COUNT; r++) {
		struct dg_counts c = dg_side_range(&s->all, r);
		uint64_t lost = dg_counts_decided(&c) - dg_counts_reached(&c);

		if (lost == 0)
			continue;
		dg_strbuf_addf(
		    b, "%s%s %s", before, dg_grouped(lost, number), dg_range_facts(r)->name);
		before = ", ";
	}
}

static void
add_transactions(struct dg_strbuf *b, const struct dg_report *r)
{
	struct dg_counts all = dg_side_all(&r->summary->all);
	uint64_t decided = dg_counts_decided(&all);
	char number[DG_NUMBER_TEXT_MAX];

	if (all.transactions == 0) {
		dg_strbuf_addf(b, "no transaction in %s frame%s",
		    dg_grouped(r->summary->quality.frames, number),
		    r->summary->quality.frames == 1 ? "" : "s");
		return;
	}
	dg_strbuf_addf(b, "%s transaction%s, ", dg_grouped(all.transactions, number),
	    all.transactions == 1 ? "" : "s");
	if (decided > 0) {
		add_percent(b, dg_counts_reached(&all), decided);
		dg_strbuf_add(b, " reached");
	} else {
		dg_strbuf_add(b, "none decided");
	}
	add_ranges(b, r->summary);
}

/* "; fault ports-silent: SENTENCE (and 2 more findings)". */
static void
add_worst(struct dg_strbuf *b, const struct dg_findings *findings)
{
	const struct dg_finding *f;
	char *sentence;

	if (findings->count == 0)
		return;
	f = findings->list[0];
	sentence = dg_page_safe(f->summary);
	b->is_failed |= sentence == NULL;
	if (sentence != NULL)
		dg_strbuf_addf(b, "; %s %s: %s", dg_severity_name(f->severity),
		    dg_code_name(f->code), sentence);
	free(sentence);
	if (findings->count > 1)
		dg_strbuf_addf(b, " (and %zu more finding%s)", findings->count - 1,
		    findings->count == 2 ? "" : "s");
}

char *
dg_report_log_line(const struct dg_report *r)
{
	char number[DG_NUMBER_TEXT_MAX];
	struct dg_strbuf b = {0};

	add_transactions(&b, r);
	if (r->has_dropped)
		dg_strbuf_addf(&b, "; %s dropped", dg_grouped(r->dropped, number));
	add_worst(&b, &r->diagnosis->findings);
	return dg_strbuf_take(&b);
}
