/*
 * scan_list.c - ports that lists of amplification attacks name, and single ports.
 */
#include <math.h>

#include "dnsgap/error.h"
#include "judge/natural.h"
#include "judge/scan.h"

/* Weight of dead cases below which nothing is looked for. */
#define WEIGHT_MIN 1.5
#define SINGLE_WEIGHT_MIN 1.9
#define DEAD_RATE 0.97
/* A port of the list is a member at these odds. */
#define MEMBER_ODDS 9.0
/* Single ports are tried in the order of their weight, so many of them. */
#define SINGLES_TRIED 20
/* So many of them that make such a part of the ports tried often are not single: a hash. */
#define SCATTERED_MIN 6
#define SCATTERED_PART 0.03
#define OFTEN 3

/* Which ports of the list are dead, by the list's own share of dead ports. */
static void
find_members(const struct dg_view *v, double loss, double share, struct dg_candidate *out)
{
	for (uint32_t i = 0; i < v->port_count; i++) {
		double odds;

		if (!dg_is_amplifier(v->port[i]) || !v->is_dead_port[i] ||
		    out->range_count == DG_VERDICT_RANGES_MAX)
			continue;
		odds = exp(fmin(50, v->port_dead[i] * log(DEAD_RATE / loss))) * share /
		    (1 - share);
		if (odds > MEMBER_ODDS)
			out->ranges[out->range_count++] =
			    (struct dg_port_range){v->port[i], v->port[i]};
	}
}

int
dg_scan_list(struct dg_unit *u, struct dg_candidate *out)
{
	const struct dg_view *v = dg_unit_view(u, DG_VIEW_WEIGHTED);
	double seen = 0, dead_ports = 0, cases, dead, ln_p, loss;

	if (v == NULL)
		return DNSGAP_ENOMEM;
	dg_view_tail_begin(v);
	for (uint32_t i = 0; i < v->port_count; i++) {
		if (!dg_is_amplifier(v->port[i]))
			continue;
		dg_view_tail_add(v, v->start[i], v->start[i + 1]);
		seen++;
		dead_ports += v->is_dead_port[i];
	}
	ln_p = dg_view_tail_end(v, &cases, &dead);
	if (dead < WEIGHT_MIN)
		return 0;
	loss = fmin(.95, (v->dead - dead + .5) / (v->all - cases + 1));
	find_members(v, loss, (dead_ports + .5) / (seen + 1), out);
	if (out->range_count == 0)
		return 0;
	out->is_found = true;
	out->shape = DG_SHAPE_LIST;
	out->ln_tail = ln_p;
	out->ln_score = ln_p;
	out->cases = cases;
	out->dead = dead;
	return 0;
}

/* The heaviest dead ports by index: the heavier first, of equal ones the lesser port.  How many
 * there are in all goes to `*all`. */
static unsigned
heaviest_ports(const struct dg_view *v, uint32_t heaviest[SINGLES_TRIED], uint32_t *all)
{
	unsigned count = 0;

	*all = 0;
	for (uint32_t i = 0; i < v->port_count; i++) {
		unsigned at;

		if (!v->is_dead_port[i] || v->port_dead[i] < SINGLE_WEIGHT_MIN)
			continue;
		++*all;
		for (at = count; at > 0; at--) {
			if (v->port_dead[heaviest[at - 1]] >= v->port_dead[i])
				break;
			if (at < SINGLES_TRIED)
				heaviest[at] = heaviest[at - 1];
		}
		if (at < SINGLES_TRIED)
			heaviest[at] = i;
		if (count < SINGLES_TRIED)
			count++;
	}
	return count;
}

static bool
is_scattered(const struct dg_view *v, uint32_t dead_ports)
{
	double often = 0;

	for (uint32_t i = 0; i < v->port_count; i++)
		often += v->port_dead_cases[i] + v->port_alive[i] >= OFTEN;
	return dead_ports >= SCATTERED_MIN && dead_ports > SCATTERED_PART * often;
}

static double
ln_weight_of_port(const struct dg_view *v, uint32_t i)
{
	double any = log(.5 / v->port_count);
	size_t listed;

	dg_amplifiers(&listed);
	return dg_is_amplifier(v->port[i]) ? fmax(any, log(.5 / (double)listed)) : any;
}

int
dg_scan_single(struct dg_unit *u, struct dg_candidate *out)
{
	const struct dg_view *v = dg_unit_view(u, DG_VIEW_WEIGHTED);
	uint32_t heaviest[SINGLES_TRIED], all;
	unsigned count;

	if (v == NULL)
		return DNSGAP_ENOMEM;
	count = heaviest_ports(v, heaviest, &all);
	if (count == 0 || is_scattered(v, all))
		return 0;
	for (unsigned n = 0; n < count; n++) {
		uint32_t i = heaviest[n];
		double cases, dead, ln_p, ln_score;

		dg_view_tail_begin(v);
		dg_view_tail_add(v, v->start[i], v->start[i + 1]);
		ln_p = dg_view_tail_end(v, &cases, &dead);
		ln_score = ln_p - ln_weight_of_port(v, i);
		if (out->is_found && ln_score >= out->ln_score)
			continue;
		out->is_found = true;
		out->shape = DG_SHAPE_SINGLE;
		out->ln_tail = ln_p;
		out->ln_score = ln_score;
		out->ranges[0] = (struct dg_port_range){v->port[i], v->port[i]};
		out->range_count = 1;
		out->cases = v->port_dead_cases[i];
		out->dead = v->port_dead_cases[i];
	}
	return 0;
}
