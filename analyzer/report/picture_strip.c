/*
 * picture_strip.c - one strip of ports.
 *
 * A strip has at most COLUMNS columns, about as many as a screen shows; ports that share one
 * are summed, so that nothing is left out however many there are.
 */
#include <stdio.h>
#include <string.h>

#include "report/build.h"
#include "report/picture.h"

#define COLUMNS 1280u
#define NAMES 15 /* the names of the ranges, above a whole strip */
#define SIDE 20  /* a side of the line */
#define BLAME 4
#define NUMBERS 16 /* below */
#define LABELS_MAX 8
/* Five digits are so wide, in percent of the narrowest strip. */
#define LABEL_WIDTH 13.0
#define ALL_PORTS 65536u

struct labels {
	double at[LABELS_MAX];
	unsigned count;
};

static double
percent_of(const struct dg_strip *s, double port)
{
	double x = 100 * (port - s->first) / (s->last - s->first + 1.0);

	return x < 0 ? 0 : x > 100 ? 100 : x;
}

static bool
is_whole(const struct dg_strip *s)
{
	return s->last - s->first == ALL_PORTS - 1;
}

/* Where the line lies on which the strokes stand. */
static double
line_of(const struct dg_strip *s)
{
	return (is_whole(s) ? NAMES : 1) + SIDE + 1;
}

static double
bottom_of(const struct dg_strip *s)
{
	return line_of(s) + SIDE + 1;
}

static double
height_of(const struct dg_strip *s)
{
	return bottom_of(s) + BLAME + NUMBERS;
}

struct column {
	uint64_t reached;
	uint64_t dead;
	uint64_t refused;
};

/* The ports of one of `count` columns. */
static struct column
sum_column(
    const struct dg_port_counts *c, const struct dg_strip *s, unsigned at, unsigned count)
{
	uint64_t width = s->last - s->first + 1;
	uint32_t from = s->first + (uint32_t)(width * at / count);
	uint32_t to = s->first + (uint32_t)(width * (at + 1) / count);
	struct column sum = {0};

	for (uint32_t port = from; port < to; port++) {
		sum.reached += c->reached[port];
		sum.dead += c->dead[port];
		sum.refused += c->refused[port];
	}
	return sum;
}

/* A part of SIDE in pixels, at least 2 for what there is. */
static double
length(uint64_t part, const struct column *c)
{
	double pixels = SIDE * (double)part / (double)(c->reached + c->dead);

	/* Whole pixels: shorter to write, and no screen shows more. */
	return part == 0 ? 0 : pixels < 2 ? 2 : (double)(int)(pixels + 0.5);
}

static void
draw_ticks(struct dg_picture *p, const struct dg_port_counts *c, const struct dg_strip *s)
{
	static const char *const classes[] = {"tick answered", "tick silent", "tick refused"};
	unsigned count = s->last - s->first + 1 < COLUMNS ? s->last - s->first + 1 : COLUMNS;

	dg_svg_box_begin(&p->svg, 0, count * 2, height_of(s));
	for (unsigned kind = 0; kind < 3; kind++) {
		dg_svg_path_begin(&p->svg, classes[kind]);
		for (unsigned i = 0; i < count; i++) {
			struct column sum = sum_column(c, s, i, count);
			uint64_t silent = sum.dead > sum.refused ? sum.dead - sum.refused : 0;
			unsigned x = 2 * i + 1;

			if (sum.reached + sum.dead == 0)
				continue;
			if (kind == 0 && sum.reached > 0)
				dg_svg_tick(
				    &p->svg, x, line_of(s) - 1, length(sum.reached, &sum));
			else if (kind == 1 && silent > 0)
				dg_svg_tick(&p->svg, x, line_of(s) + 1, -length(silent, &sum));
			else if (kind == 2 && sum.refused > 0)
				dg_svg_tick(&p->svg, x, line_of(s) + 1 + length(silent, &sum),
				    -length(sum.refused, &sum));
		}
		dg_svg_path_end(&p->svg);
	}
	dg_svg_box_end(&p->svg);
}

/* The three ranges as backgrounds, with their names where there is room. */
static void
draw_ranges(struct dg_picture *p, const struct dg_strip *s)
{
	static const char *const classes[] = {"range r0", "range r1", "range r2"};

	for (unsigned r = 0; r < DG_RANGE_COUNT; r++) {
		const struct dg_range_facts *f = dg_range_facts(r);
		double from = percent_of(s, f->first), to = percent_of(s, f->last + 1.0);

		if (to <= from)
			continue;
		dg_svg_rect(
		    &p->svg, classes[r], from, line_of(s) - SIDE - 1, to - from, 2 * SIDE + 2);
		if (from > 0)
			dg_svg_line(
			    &p->svg, "edge", from, line_of(s) - SIDE - 1, from, bottom_of(s));
		if (is_whole(s))
			dg_svg_text(&p->svg, "label", r == 0 ? 0 : (from + to) / 2, 11,
			    r == 0 ? DG_SVG_START : DG_SVG_MIDDLE, f->name);
	}
}

/* A number at its port, unless another is in its way. */
static void
put_label(struct dg_picture *p, const struct dg_strip *s, struct labels *l, int32_t port)
{
	double x = percent_of(s, port + 0.5);
	enum dg_svg_anchor anchor = x < LABEL_WIDTH / 2 ? DG_SVG_START
	    : x > 100 - LABEL_WIDTH / 2                 ? DG_SVG_END
							: DG_SVG_MIDDLE;
	double middle = anchor == DG_SVG_START ? LABEL_WIDTH / 2
	    : anchor == DG_SVG_END             ? 100 - LABEL_WIDTH / 2
					       : x;
	char text[DG_NUMBER_TEXT_MAX];

	if (port < (int32_t)s->first || port > (int32_t)s->last || l->count == LABELS_MAX)
		return;
	for (unsigned i = 0; i < l->count; i++) {
		if (middle - l->at[i] < LABEL_WIDTH + 1 && l->at[i] - middle < LABEL_WIDTH + 1)
			return;
	}
	l->at[l->count++] = middle;
	snprintf(text, sizeof text, "%d", port);
	dg_svg_text(&p->svg, "label",
	    anchor == DG_SVG_START     ? 0
		: anchor == DG_SVG_END ? 100
				       : x,
	    height_of(s) - 4, anchor, text);
}

/* What findings name: bars below the strip, numbers at their ends when it is a close look. */
static void
draw_bounds(struct dg_picture *p, const struct dg_strip *s, struct labels *l)
{
	for (size_t i = 0; i < s->finding_count; i++) {
		const struct dg_finding *f = s->findings[i];

		for (unsigned b = 0; b < f->bound_count; b++) {
			double from = percent_of(s, f->bounds[b].first_silent);
			double to = percent_of(s, f->bounds[b].last_silent + 1.0);

			if (f->bounds[b].first_silent < 0 || to <= from)
				continue;
			dg_svg_rect(&p->svg, "blame", from, bottom_of(s) + 1,
			    to - from < 0.5 ? 0.5 : to - from, BLAME);
			if (!is_whole(s)) {
				put_label(p, s, l, f->bounds[b].last_silent);
				put_label(p, s, l, f->bounds[b].first_silent);
			}
		}
	}
}

void
dg_picture_strip(struct dg_picture *p, const struct dg_port_counts *c, const struct dg_strip *s)
{
	static const int32_t ends[] = {0, 16384, 32768, 49152, 65535};
	struct labels l = {.count = 0};

	dg_svg_begin(&p->svg, height_of(s), s->title, s->text);
	draw_ranges(p, s);
	dg_svg_line(&p->svg, "axis", 0, line_of(s), 100, line_of(s));
	draw_ticks(p, c, s);
	draw_bounds(p, s, &l);
	if (is_whole(s)) {
		for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
			put_label(p, s, &l, ends[i]);
	} else {
		put_label(p, s, &l, (int32_t)s->first);
		put_label(p, s, &l, (int32_t)s->last);
		put_label(p, s, &l, (int32_t)((s->first + s->last) / 2));
	}
	dg_svg_end(&p->svg);
}
