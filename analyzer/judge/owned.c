/*
 * owned.c - the cases that a verdict is about.
 *
 * A client all of whose ports lie in a dead range never gets a reply, so it was set aside as
 * silent: once the range is known, its cases belong to it.
 */
#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"
#include "judge/order.h"
#include "judge/verdict.h"

static bool
is_owned(const struct dg_cases *cases, const struct dg_port_verdict *v, const struct dg_case *x)
{
	return x->is_active && dg_verdict_has_time(v, x->time_ns) &&
	    dg_verdict_has_unit(cases, v, x);
}

int
dg_owned_make(
    const struct dg_cases *cases, const struct dg_port_verdict *v, struct dg_owned *out)
{
	uint32_t *ids = malloc((cases->count + 1) * sizeof *ids);
	size_t count = 0;

	if (ids == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < cases->count; i++) {
		const struct dg_case *x = &cases->list[i];

		if (is_owned(cases, v, x))
			ids[count++] = (uint32_t)i;
	}
	out->ids = ids;
	out->count = count;
	return 0;
}

/* The verdict's ranges, and the ports next to them as far as none was answered. */
static void
find_reach(const struct dg_cases *cases, const struct dg_owned *owned,
    const struct dg_port_verdict *v, bool *is_alive, bool *is_reached)
{
	for (size_t i = 0; i < owned->count; i++) {
		const struct dg_case *x = &cases->list[owned->ids[i]];

		is_alive[x->port] |= !x->is_dead;
	}
	for (unsigned r = 0; r < v->range_count; r++) {
		uint32_t first = v->ranges[r].first, last = v->ranges[r].last;

		while (first > 0 && !is_alive[first - 1])
			first--;
		while (last + 1 < DG_PORT_NUMBERS && !is_alive[last + 1])
			last++;
		memset(is_reached + first, true, last - first + 1);
	}
}

/* Marks the cases of those pairs that were set aside and have no port out of reach. */
static size_t
mark_recalled(const struct dg_cases *cases, const struct dg_keyed *order, size_t count,
    const bool *is_reached, bool *is_recalled)
{
	size_t recalled = 0;

	for (size_t from = 0, to; from < count; from = to) {
		bool is_inside = true;

		for (to = from; to < count && order[to].key == order[from].key; to++)
			is_inside = is_inside && is_reached[cases->list[order[to].at].port];
		for (size_t i = from; is_inside && i < to; i++)
			is_recalled[order[i].at] = true;
		recalled += is_inside ? to - from : 0;
	}
	return recalled;
}

static size_t
list_aside(
    const struct dg_cases *cases, const struct dg_port_verdict *v, struct dg_keyed *order)
{
	size_t count = 0;

	for (size_t i = 0; i < cases->count; i++) {
		const struct dg_case *x = &cases->list[i];

		if (x->aside != 0 && dg_verdict_has_unit(cases, v, x))
			order[count++] = (struct dg_keyed){
			    dg_case_unit(cases, x, DG_SCOPE_PAIR), (uint32_t)i};
	}
	return count;
}

int
dg_owned_recall(
    const struct dg_cases *cases, const struct dg_port_verdict *v, struct dg_owned *owned)
{
	struct dg_keyed *order;
	bool *marks; /* ports: alive, reached; then cases: recalled */
	uint32_t *ids = NULL;
	size_t count, recalled = 0, used = 0;

	if (v->has_window)
		return 0;
	order = malloc((2 * cases->count + 1) * sizeof *order);
	marks = calloc(2 * DG_PORT_NUMBERS + cases->count, sizeof *marks);
	if (order != NULL && marks != NULL) {
		count = list_aside(cases, v, order);
		dg_order(order, order + count, count);
		find_reach(cases, owned, v, marks, marks + DG_PORT_NUMBERS);
		recalled = mark_recalled(cases, order, count, marks + DG_PORT_NUMBERS,
		    marks + (size_t)2 * DG_PORT_NUMBERS);
		ids = malloc((owned->count + recalled + 1) * sizeof *ids);
	}
	for (size_t i = 0; ids != NULL && i < cases->count; i++) {
		if (is_owned(cases, v, &cases->list[i]) ||
		    marks[(size_t)2 * DG_PORT_NUMBERS + i])
			ids[used++] = (uint32_t)i;
	}
	free(order);
	free(marks);
	if (ids == NULL)
		return DNSGAP_ENOMEM;
	free(owned->ids);
	*owned = (struct dg_owned){ids, used};
	return 0;
}
