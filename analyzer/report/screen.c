/*
 * screen.c - what is watched: one page, the most important first.
 *
 * Ten lines of forty columns hold the numbers by range and the worst finding; whatever is
 * larger gets more findings and servers.  Numbers stand in columns of a width that they do not
 * reach for long, so that nothing moves while they grow.
 */
#include "report/screen.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "report/build.h"
#include "report/page.h"
#include "report/screen_tables.h"
#include "report/text.h"

#define TEXT_MAX 128
#define GAP 2
/* "9,999,999" and "99,999/s": wide enough for most cuts. */
#define COUNT_WIDTH 9
#define NARROW_COUNT_WIDTH 7
#define RATE_WIDTH 9
#define RATE_TEXT_MAX (DG_NUMBER_TEXT_MAX + 2)
/* From here on without a fraction. */
#define RATE_ROUND 1000
#define PERCENT_WIDTH 5
#define KEYS "q quits"
/* From so many lines on there is a line of interfaces, and space between blocks. */
#define LINES_ROOMY 18
/* Fewer lines than that are all for findings. */
#define REST_MIN 4
/* As many as the ranges take that are not there yet. */
#define WAITING_LINES 4
/* "2026-11-21", "07:45:00". */
#define DAY_SIZE 10
#define TIME_SIZE 8
#define TITLE "dnsgap"
/* How much the first line's right leaves to its left at least. */
#define LEFT_WIDTH_MIN 18

/* "00:01:07", "3 d 00:01:07". */
static void
add_span(struct dg_strbuf *b, int64_t ns)
{
	uint64_t s = ns > 0 ? (uint64_t)(ns / DG_NS_PER_S) : 0;

	if (s >= 86400)
		dg_strbuf_addf(b, "%u d ", (unsigned)(s / 86400));
	dg_strbuf_addf(b, "%02u:%02u:%02u", (unsigned)(s / 3600 % 24), (unsigned)(s / 60 % 60),
	    (unsigned)(s % 60));
}

/*
 * When the frames came, as much of it as fits: with the day, which two days need anyway;
 * without it; how long it took.
 */
static void
add_period(struct dg_strbuf *b, const struct dg_report *r, size_t room)
{
	char first[DG_TIME_TEXT_MAX], last[DG_TIME_TEXT_MAX];
	int64_t first_ns, last_ns;
	struct dg_strbuf span = {0};
	bool is_one_day;
	size_t days;

	if (!dg_report_times(r, &first_ns, &last_ns)) {
		dg_strbuf_add(b, "no frames yet");
		return;
	}
	dg_time_text(first_ns, first);
	dg_time_text(last_ns, last);
	is_one_day = strncmp(first, last, DAY_SIZE) == 0;
	days = (is_one_day ? 1 : 2) * (DAY_SIZE + strlen(" "));
	add_span(&span, last_ns - first_ns);
	b->is_failed |= span.is_failed;
	if (!b->is_failed && room >= days + 2 * TIME_SIZE + strlen("- UTC, ") + span.size)
		dg_strbuf_addf(b, "%.10s %.8s-%.*s%s%.8s UTC, ", first, first + DAY_SIZE + 1,
		    is_one_day ? 0 : DAY_SIZE, last, is_one_day ? "" : " ",
		    last + DAY_SIZE + 1);
	else if (!b->is_failed && is_one_day &&
	    room >= 2 * TIME_SIZE + strlen("- UTC, ") + span.size)
		dg_strbuf_addf(b, "%.8s-%.8s UTC, ", first + DAY_SIZE + 1, last + DAY_SIZE + 1);
	if (!b->is_failed)
		dg_strbuf_add(b, span.text);
	dg_strbuf_fini(&span);
}

/* Adds a text that was built; empties it. */
static void
add_built(struct dg_page *p, const char *colour, struct dg_strbuf *b)
{
	p->b.is_failed |= b->is_failed;
	if (!b->is_failed && b->text != NULL)
		dg_page_add(p, colour, b->text);
	dg_strbuf_fini(b);
}

static void
add_header(struct dg_page *p, const struct dg_report *r, const char *status)
{
	size_t columns = p->style.columns, right = 0;
	char *safe = dg_page_safe(status != NULL ? status : "");
	struct dg_strbuf period = {0};

	if (safe == NULL) {
		p->b.is_failed = true;
		return;
	}
	if (*safe != '\0') {
		right = columns - LEFT_WIDTH_MIN;
		right = strlen(safe) < right ? strlen(safe) : right;
		p->style.columns -= (unsigned)(right + GAP);
	}
	dg_page_add(p, "1", TITLE);
	dg_page_skip(p, GAP);
	add_period(&period, r, dg_page_room(p));
	add_built(p, NULL, &period);
	p->style.columns = (unsigned)columns;
	dg_page_skip(p, dg_page_room(p) - right);
	dg_page_add(p, NULL, safe);
	dg_page_end(p);
	free(safe);
}

/* A label and its value, which gets so many columns; nothing where both do not fit. */
static void
add_fact(
    struct dg_page *p, const char *label, const char *value, size_t width, const char *colour)
{
	size_t gap = p->at > 0 ? GAP : 0, before = strlen(label) > 0 ? strlen(label) + 1 : 0;

	if (strlen(value) > width)
		width = strlen(value);
	if (dg_page_room(p) < gap + before + width)
		return;
	dg_page_skip(p, gap);
	dg_page_add(p, NULL, label);
	dg_page_skip(p, before > 0 ? 1 : 0);
	dg_page_cell(p, colour, value, width, false);
}

/* Transactions a second, "20.6/s"; "-" when no time passed. */
static void
rate_text(const struct dg_report *r, uint64_t transactions, char text[RATE_TEXT_MAX])
{
	int64_t first_ns = 0, last_ns = 0;
	char number[DG_NUMBER_TEXT_MAX];
	double rate;

	if (!dg_report_times(r, &first_ns, &last_ns) || last_ns <= first_ns) {
		snprintf(text, RATE_TEXT_MAX, "-");
		return;
	}
	rate = (double)transactions / ((double)(last_ns - first_ns) / 1e9);
	if (rate < RATE_ROUND)
		snprintf(text, RATE_TEXT_MAX, "%.1f/s", rate);
	else
		snprintf(text, RATE_TEXT_MAX, "%s/s",
		    dg_grouped(rate < 1e15 ? (uint64_t)round(rate) : UINT64_MAX, number));
}

static void
add_counts(struct dg_page *p, const struct dg_report *r, uint64_t open)
{
	struct dg_counts all = dg_side_all(&r->summary->all);
	struct dg_ratio ratio = dg_ratio_make(&all);
	bool is_narrow = p->style.columns < 60;
	size_t width = is_narrow ? NARROW_COUNT_WIDTH : COUNT_WIDTH;
	char text[DG_NUMBER_TEXT_MAX], rate[RATE_TEXT_MAX];

	add_fact(p, is_narrow ? "asked" : "transactions", dg_grouped(all.transactions, text),
	    width, NULL);
	rate_text(r, all.transactions, rate);
	if (!is_narrow)
		add_fact(p, "", rate, RATE_WIDTH, NULL);
	dg_percent(text, ratio.reached, ratio.decided);
	add_fact(p, "reached", text, PERCENT_WIDTH, ratio.decided > 0 ? "32" : NULL);
	if (r->has_dropped)
		dg_grouped(r->dropped, text);
	else
		snprintf(text, sizeof text, "-");
	add_fact(p, "dropped", text, is_narrow ? 1 : NARROW_COUNT_WIDTH,
	    r->dropped > 0 ? "31" : NULL);
	add_fact(p, "open", dg_grouped(open, text), NARROW_COUNT_WIDTH, NULL);
	add_fact(p, "frames", dg_grouped(r->summary->quality.frames, text), width, NULL);
	dg_page_end(p);
}

/* "eth0 12,345 frames, 7 dropped". */
static void
input_text(struct dg_strbuf *b, const struct dg_report_input *i)
{
	char number[DG_NUMBER_TEXT_MAX];
	uint64_t dropped = 0;

	for (size_t n = 0; n < i->interface_count; n++) {
		if (__builtin_add_overflow(dropped, i->interfaces[n].dropped, &dropped))
			dropped = UINT64_MAX;
	}
	dg_strbuf_addf(b, "%s %s frame%s", i->file, dg_grouped(i->frames, number),
	    i->frames == 1 ? "" : "s");
	if (dropped > 0)
		dg_strbuf_addf(b, ", %s dropped", dg_grouped(dropped, number));
	if (i->problem != NULL)
		dg_strbuf_addf(b, ", %s", i->problem);
}

/* The interfaces, or the files, that fit on a line. */
static void
add_inputs(struct dg_page *p, const struct dg_report *r)
{
	for (size_t i = 0; i < r->input_count; i++) {
		struct dg_strbuf b = {0}, more = {0};
		bool has_more = i + 1 < r->input_count;

		input_text(&b, &r->inputs[i]);
		dg_strbuf_addf(&more, "and %zu more", r->input_count - i);
		if (!b.is_failed && i > 0 &&
		    b.size + (has_more ? more.size + GAP : 0) + GAP > dg_page_room(p)) {
			dg_strbuf_fini(&b);
			dg_page_skip(p, 1);
			add_built(p, NULL, &more);
			break;
		}
		dg_strbuf_fini(&more);
		dg_page_skip(p, i > 0 ? GAP : 0);
		add_built(p, r->inputs[i].problem != NULL ? "31" : NULL, &b);
	}
	dg_page_end(p);
}

/* While there is nothing to count. */
static void
add_waiting(struct dg_page *p, const struct dg_report *r)
{
	struct dg_strbuf b = {0};

	if (r->summary->quality.frames == 0) {
		dg_strbuf_add(&b, "Waiting for frames");
		for (size_t i = 0; i < r->input_count; i++)
			dg_strbuf_addf(&b, "%s%s", i > 0 ? ", " : " on ", r->inputs[i].file);
		dg_strbuf_add(&b, ".");
	} else {
		dg_strbuf_add(&b,
		    "Frames come, and no transaction has ended yet: waiting for queries, their "
		    "replies, or the timeout.");
	}
	p->b.is_failed |= b.is_failed;
	if (!b.is_failed)
		dg_page_wrap(p, b.text, WAITING_LINES);
	dg_strbuf_fini(&b);
}

static void
finding_lead(const struct dg_finding *f, struct dg_page *p)
{
	const char *severity = dg_severity_name(f->severity);

	dg_page_add(p, dg_text_severity(severity), severity);
	dg_page_add(p, NULL, ": ");
}

/* The sentence and its code, as in a report. */
static char *
finding_text(const struct dg_finding *f)
{
	struct dg_strbuf b = {0};

	dg_strbuf_addf(&b, "%s: %s", dg_code_name(f->code), f->summary);
	return dg_strbuf_take(&b);
}

/* The lines that a finding takes. */
static unsigned
finding_lines(struct dg_page *p, const struct dg_finding *f)
{
	char *text = finding_text(f);
	size_t lead = strlen(dg_severity_name(f->severity)) + 2;
	unsigned lines = 1;

	p->b.is_failed |= text == NULL;
	if (text != NULL)
		lines = dg_page_count(p, text, p->style.columns - lead);
	free(text);
	return lines;
}

static unsigned
findings_want(struct dg_page *p, const struct dg_findings *all, unsigned most)
{
	unsigned lines = 0;

	for (size_t i = 0; i < all->count && lines < most; i++)
		lines += finding_lines(p, all->list[i]);
	return lines == 0 ? 1 : lines < most ? lines : most;
}

/* The worst first, in so many lines: whole ones, and how many there is no room for; the first
 * one is cut where even that is too long. */
static void
add_findings(struct dg_page *p, const struct dg_report *r, unsigned lines)
{
	const struct dg_findings *all = &r->diagnosis->findings;
	char more[TEXT_MAX];

	if (all->count == 0 && lines > 0) {
		dg_page_add(p, NULL, "none so far");
		dg_page_end(p);
	}
	for (size_t i = 0; i < all->count && lines > 0; i++) {
		unsigned wanted = finding_lines(p, all->list[i]);
		unsigned kept = i + 1 < all->count && lines > 1 ? 1 : 0;
		char *text;

		if (wanted > lines - kept && i > 0) {
			snprintf(more, sizeof more, "and %zu more", all->count - i);
			dg_page_add(p, NULL, more);
			dg_page_end(p);
			return;
		}
		text = finding_text(all->list[i]);
		p->b.is_failed |= text == NULL;
		wanted = wanted < lines - kept ? wanted : lines - kept;
		finding_lead(all->list[i], p);
		if (text != NULL)
			dg_page_wrap(p, text, wanted);
		free(text);
		lines -= wanted;
	}
}

/*
 * Findings and servers share what is left above the keys; who needs less leaves it to the
 * other. Servers come with a title, and in a roomy page with an empty line before it.
 */
static void
add_rest(struct dg_page *p, const struct dg_report *r, bool is_roomy)
{
	unsigned head = is_roomy ? 2 : 1, left, servers = 0, findings;
	size_t count = r->summary->server_count;

	if (is_roomy) {
		dg_page_end(p);
		dg_page_add(p, "1", "Findings, the worst first");
		dg_page_end(p);
	}
	left = dg_page_left(p) - 1;
	if (left >= head + REST_MIN)
		servers = (left - head) / 2;
	servers = count < servers ? (unsigned)count : servers;
	findings = findings_want(
	    p, &r->diagnosis->findings, left - (servers > 0 ? head + servers : 0));
	add_findings(p, r, findings);
	if (servers == 0)
		return;
	if (is_roomy)
		dg_page_end(p);
	dg_screen_servers(p, r->summary, dg_page_left(p) - 2);
}

char *
dg_report_screen(const struct dg_report *r, const struct dg_screen_look *look)
{
	struct dg_page p = {.style = look->style, .lines = look->lines};
	bool is_roomy = look->lines >= LINES_ROOMY;

	add_header(&p, r, look->status);
	add_counts(&p, r, look->open);
	if (is_roomy) {
		add_inputs(&p, r);
		dg_page_end(&p);
	}
	if (dg_side_all(&r->summary->all).transactions == 0)
		add_waiting(&p, r);
	else
		dg_screen_ranges(&p, r->summary, is_roomy);
	if (r->summary->quality.frames > 0)
		add_rest(&p, r, is_roomy);
	while (dg_page_left(&p) > 1)
		dg_page_end(&p);
	dg_page_add(&p, NULL, KEYS);
	return dg_page_take(&p);
}
