/*
 * again.c - what verdicts make likely elsewhere: the same ranges at others.
 */
#include "judge/again.h"

#include <math.h>

/* Of the level, for ranges that were blamed before. */
#define BLAMED_SHARE 0.5

static const struct dg_natural *
natural_of(const struct dg_port_verdict *v)
{
	size_t count;
	const struct dg_natural *naturals = dg_naturals(&count), *best = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct dg_natural *n = &naturals[i];

		if (n->first < v->firsts[0].least || n->first > v->ranges[0].first ||
		    n->last < v->ranges[0].last || n->last > v->lasts[0].most)
			continue;
		if (best == NULL || n->ln_weight > best->ln_weight)
			best = n;
	}
	return best;
}

static void
add(struct dg_again *a, uint16_t first, uint16_t last)
{
	for (unsigned i = 0; i < a->count; i++) {
		if (a->list[i].first == first && a->list[i].last == last)
			return;
	}
	if (a->count < DG_AGAIN_RANGES_MAX)
		a->list[a->count++] = (struct dg_natural){first, last, 0};
}

/* The scopes of which more units may be at fault. */
static void
add_scopes(struct dg_again *a, enum dg_scope scope)
{
	if (scope == DG_SCOPE_ALL)
		return;
	a->has_scope[scope] = true;
	if (scope == DG_SCOPE_SERVER_PREFIX)
		a->has_scope[DG_SCOPE_SERVER] = true;
	if (scope == DG_SCOPE_CLIENT_PREFIX)
		a->has_scope[DG_SCOPE_CLIENT] = true;
	if (scope == DG_SCOPE_PAIR)
		a->has_scope[DG_SCOPE_SITE] = true;
}

bool
dg_again_make(const struct dg_port_verdict *verdicts, size_t count, struct dg_again *out)
{
	bool has_scope = false;

	*out = (struct dg_again){.count = 0};
	for (size_t i = 0; i < count; i++) {
		const struct dg_port_verdict *v = &verdicts[i];
		const struct dg_natural *n;

		if (v->shape != DG_SHAPE_HARD || v->has_window || v->range_count != 1)
			continue;
		add(out, v->ranges[0].first, v->ranges[0].last);
		n = natural_of(v);
		if (n != NULL)
			add(out, n->first, n->last);
		add_scopes(out, v->scope);
		has_scope |= v->scope != DG_SCOPE_ALL;
	}
	for (unsigned i = 0; i < out->count; i++)
		out->list[i].ln_weight = log(BLAMED_SHARE / out->count);
	return has_scope;
}
