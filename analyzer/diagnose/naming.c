/*
 * naming.c - the range that a person would name, where ports were seen dead.
 *
 * Of the ranges that fit, the likeliest: its weight beforehand, times the chance that so many
 * ports drawn from it are as spread as those that were seen (1 / width for each).  The
 * narrowest would do when much was seen; three ports below 400 are no reason to say 0-511
 * where everybody shuts 1-1023.  Ports side by side, as a walk tries them, are one draw.
 */
#include "diagnose/naming.h"

#include <math.h>

#include "diagnose/portlist.h"
#include "judge/natural.h"

/* Ports nearer than this part of the widest range that fits are one draw. */
#define DRAWS_MAX 64
/* A range that is no one's habit is named when this part of it, at least, is spanned. */
#define SPANNED_PARTS 4
#define LOW_LAST 1023

int32_t
dg_answered_below(const uint8_t *flags, uint16_t port)
{
	int32_t at = (int32_t)port - 1;

	while (at >= 0 && !(flags[at] & DG_PORT_ALIVE))
		at--;
	return at;
}

int32_t
dg_answered_above(const uint8_t *flags, uint16_t port)
{
	int32_t at = (int32_t)port + 1;

	while (at < DG_PORTS_ALL && !(flags[at] & DG_PORT_ALIVE))
		at++;
	return at < DG_PORTS_ALL ? at : -1;
}

/* Where the range may begin and end. */
struct gap {
	int32_t first[2];
	int32_t last[2];
};

static struct gap
gap_around(const uint8_t *flags, struct dg_port_range seen, bool is_lenient)
{
	int32_t below = dg_answered_below(flags, seen.first);
	int32_t above = dg_answered_above(flags, seen.last);

	while (is_lenient && below > 0 && dg_is_kept_open((uint16_t)below))
		below = dg_answered_below(flags, (uint16_t)below);
	while (is_lenient && above >= 0 && dg_is_kept_open((uint16_t)above))
		above = dg_answered_above(flags, (uint16_t)above);
	/* Hardly anybody uses port 0, and what becomes of it says nothing about port 1. */
	if (below == 0)
		below = -1;
	return (struct gap){
	    .first = {below + 1, seen.first},
	    .last = {seen.last, above >= 0 ? above - 1 : UINT16_MAX},
	};
}

static double
width_of(const struct dg_natural *n)
{
	return (double)n->last - n->first + 1;
}

static bool
fits(const struct dg_natural *n, const struct gap *g)
{
	double span = (double)g->last[0] - g->first[1] + 1;
	bool is_low = n->first <= 1 && n->last == LOW_LAST;

	return n->first >= g->first[0] && n->first <= g->first[1] && n->last >= g->last[0] &&
	    n->last <= g->last[1] && (is_low || span * SPANNED_PARTS >= width_of(n));
}

/* Dead ports of the range, those closer together than `apart` as one. */
static double
count_draws(const uint8_t *flags, struct dg_port_range seen, double apart)
{
	double draws = 0, next = -1;

	for (uint32_t port = seen.first; port <= seen.last; port++) {
		bool is_dead = (flags[port] & (DG_PORT_DEAD | DG_PORT_ALIVE)) == DG_PORT_DEAD;

		if (is_dead && port >= next) {
			draws++;
			next = port + apart;
		}
	}
	return draws;
}

static const struct dg_natural *
choose(const uint8_t *flags, struct dg_port_range seen, const struct gap *g)
{
	const struct dg_natural *best = NULL;
	double best_score = 0, widest = 0, draws;
	size_t count;
	const struct dg_natural *all = dg_naturals(&count);

	for (size_t i = 0; i < count; i++) {
		if (fits(&all[i], g))
			widest = fmax(widest, width_of(&all[i]));
	}
	draws = count_draws(flags, seen, widest / DRAWS_MAX);
	for (size_t i = 0; i < count; i++) {
		double score;

		if (!fits(&all[i], g))
			continue;
		score = all[i].ln_weight - draws * log(width_of(&all[i]));
		if (best == NULL || score > best_score) {
			best = &all[i];
			best_score = score;
		}
	}
	return best;
}

/* 1-1023 is what people say, unless port 0 was seen dead, too. */
static struct dg_port_range
say(const struct dg_natural *n, struct dg_port_range seen)
{
	bool is_without_0 = n->first == 0 && seen.first > 0;

	return (struct dg_port_range){is_without_0 ? 1 : n->first, n->last};
}

struct dg_port_range
dg_range_name(const uint8_t *flags, struct dg_port_range seen)
{
	for (int is_lenient = 0; is_lenient < 2; is_lenient++) {
		struct gap g = gap_around(flags, seen, is_lenient != 0);
		const struct dg_natural *n = choose(flags, seen, &g);

		if (n != NULL)
			return say(n, seen);
	}
	return seen;
}

struct dg_port_range
dg_range_name_within(
    const uint8_t *flags, struct dg_port_range seen, uint16_t first_least, uint16_t last_most)
{
	struct gap g = {.first = {first_least, seen.first}, .last = {seen.last, last_most}};
	const struct dg_natural *n;

	/* Port 0 was hardly tried. */
	if (first_least == 1)
		g.first[0] = 0;
	n = choose(flags, seen, &g);
	return n != NULL ? say(n, seen) : seen;
}
