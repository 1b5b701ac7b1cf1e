/*
 * svg.c - writes pictures into HTML.
 *
 * No picture has a style of its own: the page's policy forbids it.  What looks depend on are
 * classes, and attributes of shapes, which are no styles.
 */
#include "report/svg.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/escape.h"

/* No picture is larger: a number beyond it is a fault that must not spoil the rest. */
#define NUMBER_MAX 1e6

void
dg_svg_number(struct dg_strbuf *b, double value)
{
	long hundredths, rest; /* by integers: printf's point is a comma in some locales */

	if (!isfinite(value))
		value = 0;
	value = value > NUMBER_MAX ? NUMBER_MAX : value < -NUMBER_MAX ? -NUMBER_MAX : value;
	hundredths = lround(value * 100);
	if (hundredths < 0)
		dg_strbuf_add(b, "-");
	hundredths = labs(hundredths);
	dg_strbuf_addf(b, "%ld", hundredths / 100);
	rest = hundredths % 100;
	if (rest % 10 != 0)
		dg_strbuf_addf(b, ".%02ld", rest);
	else if (rest != 0)
		dg_strbuf_addf(b, ".%ld", rest / 10);
}

static void
add_attribute(struct dg_svg *s, const char *name, double value, const char *unit)
{
	dg_strbuf_addf(s->out, " %s=\"", name);
	dg_svg_number(s->out, value);
	dg_strbuf_addf(s->out, "%s\"", unit);
}

static void
open_shape(struct dg_svg *s, const char *element, const char *class)
{
	dg_strbuf_addf(s->out, "<%s class=\"", element);
	dg_escape_html(s->out, class);
	dg_strbuf_add(s->out, "\"");
}

void
dg_svg_begin(struct dg_svg *s, double height, const char *title, const char *text)
{
	unsigned id = ++s->pictures;

	dg_strbuf_add(s->out, "<svg width=\"100%\"");
	add_attribute(s, "height", height, "");
	dg_strbuf_addf(s->out, " role=\"img\" aria-labelledby=\"p%ut p%ud\">", id, id);
	dg_strbuf_addf(s->out, "<title id=\"p%ut\">", id);
	dg_escape_html(s->out, title);
	dg_strbuf_addf(s->out, "</title><desc id=\"p%ud\">", id);
	dg_escape_html(s->out, text);
	dg_strbuf_add(s->out, "</desc>\n");
}

void
dg_svg_end(struct dg_svg *s)
{
	dg_strbuf_add(s->out, "</svg>\n");
}

void
dg_svg_rect(
    struct dg_svg *s, const char *class, double x, double y, double width, double height)
{
	open_shape(s, "rect", class);
	add_attribute(s, "x", x, "%");
	add_attribute(s, "y", y, "");
	add_attribute(s, "width", width > 0 ? width : 0, "%");
	add_attribute(s, "height", height > 0 ? height : 0, "");
	dg_strbuf_add(s->out, "/>\n");
}

void
dg_svg_line(struct dg_svg *s, const char *class, double x1, double y1, double x2, double y2)
{
	open_shape(s, "line", class);
	add_attribute(s, "x1", x1, "%");
	add_attribute(s, "y1", y1, "");
	add_attribute(s, "x2", x2, "%");
	add_attribute(s, "y2", y2, "");
	dg_strbuf_add(s->out, "/>\n");
}

void
dg_svg_text(struct dg_svg *s, const char *class, double x, double y, enum dg_svg_anchor anchor,
    const char *text)
{
	static const char *const anchors[] = {"start", "middle", "end"};

	open_shape(s, "text", class);
	add_attribute(s, "x", x, "%");
	add_attribute(s, "y", y, "");
	dg_strbuf_addf(s->out, " text-anchor=\"%s\">", anchors[anchor]);
	dg_escape_html(s->out, text);
	dg_strbuf_add(s->out, "</text>\n");
}

void
dg_svg_mark(struct dg_svg *s, enum dg_svg_mark mark, const char *class, double x, double y)
{
	/* An inner picture of no size, so that the shape can be in pixels around the point. */
	dg_strbuf_add(s->out, "<svg overflow=\"visible\" width=\"1\" height=\"1\"");
	add_attribute(s, "x", x, "%");
	add_attribute(s, "y", y, "");
	dg_strbuf_add(s->out, ">");
	open_shape(s, "path", class);
	dg_strbuf_add(s->out, " d=\"");
	dg_strbuf_add(s->out,
	    mark == DG_SVG_CIRCLE       ? "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z"
		: mark == DG_SVG_SQUARE ? "M-4 -4h8v8h-8z"
					: "M0 -5.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z");
	dg_strbuf_add(s->out, "\"/></svg>\n");
}

void
dg_svg_box_begin(struct dg_svg *s, double y, unsigned units, double height)
{
	dg_strbuf_add(s->out, "<svg x=\"0\" width=\"100%\"");
	add_attribute(s, "y", y, "");
	add_attribute(s, "height", height, "");
	dg_strbuf_addf(s->out, " viewBox=\"0 0 %u ", units);
	dg_svg_number(s->out, height);
	dg_strbuf_add(s->out, "\" preserveAspectRatio=\"none\">\n");
}

void
dg_svg_box_end(struct dg_svg *s)
{
	dg_strbuf_add(s->out, "</svg>\n");
}

void
dg_svg_path_begin(struct dg_svg *s, const char *class)
{
	open_shape(s, "path", class);
	dg_strbuf_add(s->out, " d=\"");
}

/* "M12 24" */
static void
move_to(struct dg_svg *s, double x, double y)
{
	dg_strbuf_add(s->out, "M");
	dg_svg_number(s->out, x);
	dg_strbuf_add(s->out, " ");
	dg_svg_number(s->out, y);
}

void
dg_svg_tick(struct dg_svg *s, double x, double y, double height)
{
	move_to(s, x, y);
	dg_strbuf_add(s->out, "v");
	dg_svg_number(s->out, -height);
}

void
dg_svg_bar(struct dg_svg *s, double x, double y, double width, double height)
{
	dg_svg_tick(s, x, y, height);
	dg_strbuf_add(s->out, "h");
	dg_svg_number(s->out, width);
	dg_strbuf_add(s->out, "V");
	dg_svg_number(s->out, y);
	dg_strbuf_add(s->out, "z");
}

void
dg_svg_path_end(struct dg_svg *s)
{
	dg_strbuf_add(s->out, "\"/>\n");
}
