/*
 * scan_passes.c - ranges that die each time that a client's ports pass through them.
 *
 * A client that uses its ports in order makes one dead run of each pass through a dead range,
 * and so does an outage.  But an outage knows no ports: in each pass it might as well have
 * come earlier or later.  So of each pass, the places are counted at which a stretch as long as
 * the range's would have been all dead, were the pass's outcomes turned around in a ring.
 */
#include "diagnose/scan_passes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"

/* Shorter passes say little. */
#define PASS_CASES 4
/* A client uses its ports in order when no more than one of so many steps turns around. */
#define STEPS_PER_TURN 4
/* Fewer passes through a range are no repetition. */
#define PASSES_MIN 3

static uint16_t
port_of(const struct dg_unit *u, size_t place)
{
	return u->cases->list[u->ids[u->roll.by_client[place].at]].port;
}

/* Cases [from, to) of the roll are one client's: its passes, when its ports are in order. */
static void
split(const struct dg_unit *u, size_t from, size_t to, struct dg_passes *p)
{
	size_t up = 0, down = 0, start = from;
	bool is_down;

	for (size_t i = from + 1; i < to; i++) {
		up += port_of(u, i) > port_of(u, i - 1);
		down += port_of(u, i) < port_of(u, i - 1);
	}
	is_down = down > up;
	if (up + down < PASS_CASES - 1 || (is_down ? up : down) * STEPS_PER_TURN > up + down)
		return;
	for (size_t i = from + 1; i <= to; i++) {
		if (i < to &&
		    (is_down ? port_of(u, i) <= port_of(u, i - 1)
			     : port_of(u, i) >= port_of(u, i - 1)))
			continue;
		if (i - start >= PASS_CASES)
			p->list[p->count++] = (struct dg_pass){start, i};
		start = i;
	}
}

/* A dead case at a server weighs 1 / the dead cases there without a living one between. */
static void
weigh_servers(const struct dg_unit *u, double *weight)
{
	const struct dg_ranked *order = u->roll.by_server;

	for (size_t from = 0, to; from < u->count; from = to) {
		for (to = from; to < u->count && order[to].rank == order[from].rank &&
		     u->cases->list[u->ids[order[to].at]].is_dead;
		     to++)
			continue;
		for (size_t i = from; i < to; i++)
			weight[order[i].at] = 1 / (double)(to - from);
		to += to == from;
	}
}

int
dg_passes_make(const struct dg_unit *u, struct dg_passes *out)
{
	*out = (struct dg_passes){
	    .list = malloc((u->count / PASS_CASES + 1) * sizeof *out->list),
	    .weight = calloc(u->count + 1, sizeof *out->weight),
	};
	if (out->list == NULL || out->weight == NULL) {
		dg_passes_fini(out);
		return DNSGAP_ENOMEM;
	}
	for (size_t from = 0, to; from < u->count; from = to) {
		for (to = from; to < u->count; to++)
			if (u->roll.by_client[to].rank != u->roll.by_client[from].rank)
				break;
		split(u, from, to, out);
	}
	if (out->count > 0)
		weigh_servers(u, out->weight);
	return 0;
}

void
dg_passes_fini(struct dg_passes *p)
{
	free(p->list);
	free(p->weight);
	*p = (struct dg_passes){0};
}

static bool
is_dead_at(const struct dg_unit *u, size_t place)
{
	return u->cases->list[u->ids[u->roll.by_client[place].at]].is_dead;
}

/* Places of a ring at which `width` cases in a row are dead. */
static size_t
count_places(const struct dg_unit *u, const struct dg_pass *p, size_t width)
{
	size_t size = p->to - p->from, run = 0, places = 0;

	for (size_t i = 0; i < size + width - 1; i++) {
		run = is_dead_at(u, p->from + i % size) ? run + 1 : 0;
		places += run >= width;
	}
	return places;
}

double
dg_passes_tail(
    const struct dg_unit *u, const struct dg_passes *p, uint16_t first, uint16_t last)
{
	double ln_p = 0;
	size_t passes = 0;

	for (size_t n = 0; n < p->count; n++) {
		const struct dg_pass *pass = &p->list[n];
		double size = (double)(pass->to - pass->from), weight = 0, places;
		size_t width = 0;

		for (size_t i = pass->from; i < pass->to; i++) {
			uint16_t port = port_of(u, i);

			if (port < first || port > last)
				continue;
			if (!is_dead_at(u, i))
				return 0;
			width++;
			weight += p->weight[u->roll.by_client[i].at];
		}
		if (width == 0)
			continue;
		places = (double)count_places(u, pass, width);
		ln_p += fmin(1, weight) * log(places / size);
		passes += places < size;
	}
	return passes < PASSES_MIN ? 0 : ln_p;
}
