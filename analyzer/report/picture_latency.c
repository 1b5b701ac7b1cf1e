/*
 * picture_latency.c - how long servers take to answer, on an axis of powers of ten.
 */
#include <math.h>
#include <stdio.h>

#include "report/build.h"
#include "report/picture.h"

#define ROWS_MAX 12
#define ROW_HEIGHT 26
#define AXIS_HEIGHT 16
#define WORDS_MAX 200
#define DECADES_MIN 2
/* Room for half a mark at either end. */
#define MARGIN 3.0

struct axis {
	int first; /* power of ten, in ns */
	int last;
};

/* "850 us", "1.2 ms", "3 s": two figures that count. */
static const char *
duration(char text[DG_NUMBER_TEXT_MAX], double ns)
{
	static const struct {
		double ns;
		const char *name;
	} units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};
	unsigned u = 0;
	double value;
	unsigned tenths;

	while (u < 3 && ns < units[u].ns)
		u++;
	value = ns / units[u].ns;
	tenths = (unsigned)lround(value * 10);
	if (value >= 9.95 || tenths % 10 == 0)
		snprintf(text, DG_NUMBER_TEXT_MAX, "%.0f %s", value, units[u].name);
	else
		snprintf(text, DG_NUMBER_TEXT_MAX, "%u.%u %s", tenths / 10, tenths % 10,
		    units[u].name);
	return text;
}

static double
at(const struct axis *a, uint64_t ns)
{
	double share = (log10(ns > 0 ? (double)ns : 1) - a->first) / (a->last - a->first);

	return MARGIN + (100 - 2 * MARGIN) * (share < 0 ? 0 : share > 1 ? 1 : share);
}

/* False when no server answered anything. */
static bool
find_axis(const struct dg_picture *p, size_t shown, struct axis *a)
{
	double least = INFINITY, most = 0;

	for (size_t i = 0; i < shown; i++) {
		const struct dg_hist *h =
		    &p->report->summary->servers[p->servers[i]].all.latency;
		double low = (double)dg_hist_quantile(h, 0.5);
		double high = (double)dg_hist_quantile(h, 0.99);

		if (h->count == 0)
			continue;
		least = low < least ? low : least;
		most = high > most ? high : most;
	}
	if (isinf(least))
		return false;
	a->first = (int)floor(log10(least < 1 ? 1 : least));
	a->last = (int)ceil(log10(most < 1 ? 1 : most));
	if (a->last - a->first < DECADES_MIN)
		a->last = a->first + DECADES_MIN;
	return true;
}

static void
draw_grid(struct dg_picture *p, const struct axis *a, double height)
{
	for (int d = a->first; d <= a->last; d++) {
		double x =
		    MARGIN + (100 - 2 * MARGIN) * (double)(d - a->first) / (a->last - a->first);

		dg_svg_line(&p->svg, "grid", x, 0, x, height);
	}
}

static void
draw_row(struct dg_picture *p, const struct axis *a, uint32_t server)
{
	const struct dg_hist *h = &p->report->summary->servers[server].all.latency;
	static const double quantiles[] = {0.5, 0.9, 0.99};
	static const char *const classes[] = {"mark q50", "mark q90", "mark q99"};
	uint64_t ns[3];
	char who[DG_PICTURE_WHO_MAX], words[WORDS_MAX];
	char text[3][DG_NUMBER_TEXT_MAX], count[DG_NUMBER_TEXT_MAX];

	for (unsigned q = 0; q < 3; q++) {
		ns[q] = dg_hist_quantile(h, quantiles[q]);
		duration(text[q], (double)ns[q]);
	}
	snprintf(words, sizeof words, "p50 %s, p90 %s, p99 %s of %s repl%s", text[0], text[1],
	    text[2], dg_grouped(h->count, count), h->count == 1 ? "y" : "ies");
	dg_picture_row(p, dg_picture_who(p, server, who), words);
	dg_svg_begin(&p->svg, ROW_HEIGHT, who, words);
	draw_grid(p, a, ROW_HEIGHT);
	dg_svg_line(
	    &p->svg, "spread", at(a, ns[0]), ROW_HEIGHT / 2.0, at(a, ns[2]), ROW_HEIGHT / 2.0);
	for (int q = 2; q >= 0; q--)
		dg_svg_mark(
		    &p->svg, (enum dg_svg_mark)q, classes[q], at(a, ns[q]), ROW_HEIGHT / 2.0);
	dg_svg_end(&p->svg);
	dg_picture_row_end(p);
}

static void
draw_axis(struct dg_picture *p, const struct axis *a)
{
	char low[DG_NUMBER_TEXT_MAX], high[DG_NUMBER_TEXT_MAX], words[WORDS_MAX];
	int step = (a->last - a->first + 3) / 4;

	duration(low, pow(10, a->first));
	duration(high, pow(10, a->last));
	snprintf(words, sizeof words, "from %s to %s, in powers of ten", low, high);
	dg_picture_row(p, "", "");
	dg_svg_begin(&p->svg, AXIS_HEIGHT, "the axis", words);
	for (int d = a->first; d <= a->last; d += step) {
		double x =
		    MARGIN + (100 - 2 * MARGIN) * (double)(d - a->first) / (a->last - a->first);

		dg_svg_text(&p->svg, "label",
		    d == a->first      ? 0
			: d == a->last ? 100
				       : x,
		    11,
		    d == a->first      ? DG_SVG_START
			: d == a->last ? DG_SVG_END
				       : DG_SVG_MIDDLE,
		    duration(low, pow(10, d)));
	}
	dg_svg_end(&p->svg);
	dg_picture_row_end(p);
}

bool
dg_picture_latency(struct dg_picture *p)
{
	const struct dg_summary *s = p->report->summary;
	size_t shown = p->server_count < ROWS_MAX ? p->server_count : ROWS_MAX;
	struct axis a;

	if (!find_axis(p, shown, &a))
		return true;
	dg_picture_begin(p, "How long answers took",
	    "From the first copy of a query to its reply: "
	    "<span class=\"key k50\">half of them (p50)</span>, "
	    "<span class=\"key k90\">nine of ten (p90)</span>, "
	    "<span class=\"key k99\">99 of 100 (p99)</span>. Each line of the grid is ten "
	    "times "
	    "the one to its left.");
	for (size_t i = 0; i < shown; i++) {
		if (s->servers[p->servers[i]].all.latency.count > 0)
			draw_row(p, &a, p->servers[i]);
	}
	draw_axis(p, &a);
	if (shown < p->server_count)
		dg_strbuf_addf(p->svg.out, "<p class=\"legend\">and %zu more servers</p>\n",
		    p->server_count - shown);
	dg_picture_end(p);
	return !p->svg.out->is_failed;
}
