/*
 * picture_time.c - how queries ended over the capture.
 *
 * Drawn from trials: each stands at the time of its first query, and a trial may be a second
 * wide, or 64 in a long capture; a bin is never narrower than they are.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "report/build.h"
#include "report/picture.h"

#define BINS_MAX 120
#define SIDE_HEIGHT 30
#define AXIS_HEIGHT 16
#define HEIGHT (2 * SIDE_HEIGHT + 2)
#define WORDS_MAX 400
#define MS INT64_C(1000000)
#define MINUTE (60 * DG_NS_PER_S)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

struct bins {
	int64_t first_ns; /* where the first begins */
	int64_t width_ns;
	unsigned count;
	uint64_t reached[BINS_MAX];
	uint64_t silent[BINS_MAX];
	uint64_t refused[BINS_MAX];
};

/* The least width a person would choose that needs few enough bins. */
static bool
choose_bins(const struct dg_picture *p, struct bins *b)
{
	static const int64_t widths[] = {100 * MS, 200 * MS, 500 * MS, DG_NS_PER_S,
	    2 * DG_NS_PER_S, 5 * DG_NS_PER_S, 10 * DG_NS_PER_S, 30 * DG_NS_PER_S, MINUTE,
	    2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR,
	    12 * HOUR, DAY, 7 * DAY, 30 * DAY, 365 * DAY, 3650 * DAY};
	int64_t least = p->report->summary->trial_bin_log2 > 0
	    ? DG_NS_PER_S << p->report->summary->trial_bin_log2
	    : 0;
	int64_t first_ns, last_ns;

	if (!dg_report_times(p->report, &first_ns, &last_ns))
		return false;
	for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
		b->width_ns = widths[i];
		if (b->width_ns >= least && (last_ns - first_ns) / b->width_ns < BINS_MAX - 1)
			break;
	}
	/* Times may lie before 1970. */
	b->first_ns = first_ns - (first_ns % b->width_ns + b->width_ns) % b->width_ns;
	b->count = (unsigned)((last_ns - b->first_ns) / b->width_ns) + 1;
	b->count = b->count < BINS_MAX ? b->count : BINS_MAX;
	return true;
}

static void
fill_bins(const struct dg_picture *p, uint32_t server, struct bins *b)
{
	const struct dg_summary *s = p->report->summary;

	for (unsigned i = 0; i < BINS_MAX; i++)
		b->reached[i] = b->silent[i] = b->refused[i] = 0;
	for (size_t i = 0; i < s->trial_count; i++) {
		const struct dg_trial *t = &s->trials[i];
		int64_t at = (t->time_ns - b->first_ns) / b->width_ns;

		if ((server != DG_PICTURE_ALL && t->server != server) ||
		    t->time_ns < b->first_ns || at >= b->count)
			continue;
		b->reached[at] += t->reached;
		b->silent[at] += t->dead > t->refused ? t->dead - t->refused : 0;
		b->refused[at] += t->refused;
	}
}

/* "08:16:47" */
static const char *
clock_text(int64_t time_ns, char text[DG_TIME_TEXT_MAX])
{
	char whole[DG_TIME_TEXT_MAX];

	dg_time_text(time_ns, whole);
	snprintf(text, DG_TIME_TEXT_MAX, "%.8s", whole + 11);
	return text;
}

/* "0.2 s", "5 minutes" */
static void
width_text(int64_t ns, char text[DG_NUMBER_TEXT_MAX])
{
	if (ns < DG_NS_PER_S)
		snprintf(text, DG_NUMBER_TEXT_MAX, "0.%d s", (int)(ns / (100 * MS)));
	else if (ns < MINUTE)
		snprintf(text, DG_NUMBER_TEXT_MAX, "%d s", (int)(ns / DG_NS_PER_S));
	else if (ns < HOUR)
		snprintf(text, DG_NUMBER_TEXT_MAX, "%d min", (int)(ns / MINUTE));
	else if (ns < DAY)
		snprintf(text, DG_NUMBER_TEXT_MAX, "%d h", (int)(ns / HOUR));
	else
		snprintf(text, DG_NUMBER_TEXT_MAX, "%d days", (int)(ns / DAY));
}

/* Findings that have a place in time: the time is what they are about, or bounds it. */
static bool
has_stretch(const struct dg_finding *f)
{
	return (f->code == DG_OUTAGE || f->code == DG_RATE_LIMITED || f->has_window) &&
	    f->first_ns != DG_TIME_NONE;
}

static double
percent_at(const struct bins *b, int64_t time_ns)
{
	double all = (double)b->width_ns * b->count;
	double x = 100 * (double)(time_ns - b->first_ns) / all;

	return x < 0 ? 0 : x > 100 ? 100 : x;
}

/* Shades the time of each finding about the server, and names the first in words. */
static void
shade_findings(struct dg_picture *p, uint32_t server, const struct bins *b,
    const struct dg_finding **named)
{
	const struct dg_diagnosis *d = p->report->diagnosis;

	*named = NULL;
	for (size_t i = 0; d != NULL && i < d->findings.count; i++) {
		const struct dg_finding *f = d->findings.list[i];
		double from, to;

		if (!has_stretch(f) || !dg_picture_concerns(p, f, server))
			continue;
		if (*named == NULL)
			*named = f;
		if (b == NULL)
			continue;
		from = percent_at(b, f->first_ns);
		to = percent_at(b, f->last_ns);
		dg_svg_rect(
		    &p->svg, "window", from, 0, to - from < 0.4 ? 0.4 : to - from, HEIGHT);
	}
}

/* One side of the middle: bars of what `count` gives, on top of what `below` gives. */
static void
draw_bars(struct dg_picture *p, const struct bins *b, const char *class, const uint64_t *count,
    const uint64_t *below, uint64_t most, int direction)
{
	double middle = direction > 0 ? SIDE_HEIGHT : SIDE_HEIGHT + 2;
	double scale = (SIDE_HEIGHT - 1.0) / (double)(most > 0 ? most : 1);

	dg_svg_path_begin(&p->svg, class);
	for (unsigned i = 0; i < b->count; i++) {
		double height = (double)count[i] * scale;
		double base = below != NULL ? (double)below[i] * scale : 0;

		if (count[i] > 0)
			dg_svg_bar(&p->svg, i + 0.1, middle - direction * base, 0.8,
			    direction * (height < 1 ? 1 : height));
	}
	dg_svg_path_end(&p->svg);
}

static void
describe(struct dg_picture *p, uint32_t server, const struct bins *b, uint64_t *most,
    char words[WORDS_MAX])
{
	uint64_t sums[3] = {0};
	char n[4][DG_NUMBER_TEXT_MAX], from[DG_TIME_TEXT_MAX], to[DG_TIME_TEXT_MAX];
	const struct dg_finding *f;
	int size;

	*most = 0;
	for (unsigned i = 0; i < b->count; i++) {
		uint64_t down = b->silent[i] + b->refused[i];

		sums[0] += b->reached[i];
		sums[1] += b->silent[i];
		sums[2] += b->refused[i];
		*most = b->reached[i] > *most ? b->reached[i] : *most;
		*most = down > *most ? down : *most;
	}
	size = snprintf(words, WORDS_MAX, "%s answered, %s silent%s%s%s; the highest bar is %s",
	    dg_grouped(sums[0], n[0]), dg_grouped(sums[1], n[1]), sums[2] > 0 ? ", " : "",
	    sums[2] > 0 ? dg_grouped(sums[2], n[2]) : "", sums[2] > 0 ? " refused" : "",
	    dg_grouped(*most, n[3]));
	shade_findings(p, server, NULL, &f);
	if (f != NULL)
		snprintf(words + size, WORDS_MAX - (size_t)size, "; shaded: %s, %s to %s",
		    dg_code_name(f->code), clock_text(f->first_ns, from),
		    clock_text(f->last_ns, to));
}

static void
draw_row(struct dg_picture *p, uint32_t server, struct bins *b)
{
	char who[DG_PICTURE_WHO_MAX], words[WORDS_MAX];
	const struct dg_finding *f;
	uint64_t most;

	fill_bins(p, server, b);
	describe(p, server, b, &most, words);
	dg_picture_row(p, dg_picture_who(p, server, who), words);
	dg_svg_begin(&p->svg, HEIGHT, who, words);
	shade_findings(p, server, b, &f);
	dg_svg_line(&p->svg, "axis", 0, SIDE_HEIGHT + 1, 100, SIDE_HEIGHT + 1);
	dg_svg_box_begin(&p->svg, 0, b->count, HEIGHT);
	draw_bars(p, b, "bar answered", b->reached, NULL, most, 1);
	draw_bars(p, b, "bar silent", b->silent, NULL, most, -1);
	draw_bars(p, b, "bar refused", b->refused, b->silent, most, -1);
	dg_svg_box_end(&p->svg);
	dg_svg_end(&p->svg);
	dg_picture_row_end(p);
}

static void
draw_axis(struct dg_picture *p, const struct bins *b)
{
	int64_t last_ns = b->first_ns + b->width_ns * b->count;
	int64_t middle_ns = b->first_ns + b->width_ns * (b->count / 2);
	bool is_long = last_ns - b->first_ns > 2 * DAY;
	char times[3][DG_TIME_TEXT_MAX], words[WORDS_MAX];
	const int64_t moments[3] = {b->first_ns, middle_ns, last_ns};

	for (unsigned i = 0; i < 3; i++) {
		if (is_long) {
			dg_time_text(moments[i], times[i]);
			times[i][10] = '\0';
		} else {
			clock_text(moments[i], times[i]);
		}
	}
	snprintf(words, sizeof words, "from %s to %s UTC", times[0], times[2]);
	dg_picture_row(p, "", "");
	dg_svg_begin(&p->svg, AXIS_HEIGHT, "the axis of time", words);
	dg_svg_text(&p->svg, "label", 0, 11, DG_SVG_START, times[0]);
	if (b->count > 1)
		dg_svg_text(
		    &p->svg, "label", percent_at(b, middle_ns), 11, DG_SVG_MIDDLE, times[1]);
	dg_svg_text(&p->svg, "label", 100, 11, DG_SVG_END, times[2]);
	dg_svg_end(&p->svg);
	dg_picture_row_end(p);
}

bool
dg_picture_time(struct dg_picture *p)
{
	struct bins *b = calloc(1, sizeof *b);
	char width[DG_NUMBER_TEXT_MAX], html[WORDS_MAX];

	if (b == NULL)
		return false;
	if (p->report->summary->trial_count > 0 && choose_bins(p, b)) {
		width_text(b->width_ns, width);
		snprintf(html, sizeof html,
		    "Queries by the time they were sent, in steps of %s: "
		    "<span class=\"key kup\">up: answered</span>, "
		    "<span class=\"key kdown\">down: silent</span>, "
		    "<span class=\"key khollow\">down, hollow: refused by ICMP or RST</span>."
		    " Undecided ones are left out.",
		    width);
		dg_picture_begin(p, "Over the time of the capture", html);
		dg_picture_sampled(p);
		if (p->server_count > 1)
			draw_row(p, DG_PICTURE_ALL, b);
		for (size_t i = 0; i < p->server_count && i < DG_PICTURE_SERVERS; i++)
			draw_row(p, p->servers[i], b);
		draw_axis(p, b);
		dg_picture_end(p);
	}
	free(b);
	return !p->svg.out->is_failed;
}
