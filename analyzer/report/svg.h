#ifndef DG_REPORT_SVG_H
#define DG_REPORT_SVG_H

#include <stddef.h>

#include "base/strbuf.h"

/*
 * svg.h - writes pictures into HTML.
 *
 * A picture is as wide as the page gives it, and as high as it says: across, positions are
 * percent of its width, so that letters and lines stay as large on a telephone as on a large
 * screen; down, they are pixels.  Colours are classes of style.css.  All text is escaped;
 * numbers have a point and at most two decimals in any locale, and what is no number is 0.
 */

struct dg_svg {
	struct dg_strbuf *out;
	unsigned pictures; /* that were begun; their ids come from it */
};

enum dg_svg_anchor {
	DG_SVG_START,
	DG_SVG_MIDDLE,
	DG_SVG_END,
};

void dg_svg_number(struct dg_strbuf *b, double value);

/* A picture; `title` names it and `text` says in words what it shows, for those who do not
 * see it. */
void dg_svg_begin(struct dg_svg *s, double height, const char *title, const char *text);
void dg_svg_end(struct dg_svg *s);

void dg_svg_rect(
    struct dg_svg *s, const char *class, double x, double y, double width, double height);
void dg_svg_line(
    struct dg_svg *s, const char *class, double x1, double y1, double x2, double y2);
void dg_svg_text(struct dg_svg *s, const char *class, double x, double y,
    enum dg_svg_anchor anchor, const char *text);

enum dg_svg_mark {
	DG_SVG_CIRCLE,
	DG_SVG_DIAMOND,
	DG_SVG_SQUARE,
};

/* A mark of some 9 pixels around a point. */
void dg_svg_mark(
    struct dg_svg *s, enum dg_svg_mark mark, const char *class, double x, double y);

/*
 * A part of a picture from `y` on and `height` high, in which positions across run from 0 to
 * `units`; down they are pixels from its top.  Holds paths only.
 */
void dg_svg_box_begin(struct dg_svg *s, double y, unsigned units, double height);
void dg_svg_box_end(struct dg_svg *s);

/* A path of upright bars, each `height` up (or down, if negative) from y. */
void dg_svg_path_begin(struct dg_svg *s, const char *class);
/* A stroke, whose width the class gives in pixels. */
void dg_svg_tick(struct dg_svg *s, double x, double y, double height);
void dg_svg_bar(struct dg_svg *s, double x, double y, double width, double height);
void dg_svg_path_end(struct dg_svg *s);

#endif
