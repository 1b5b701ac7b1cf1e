#ifndef DG_JUDGE_VERDICT_H
#define DG_JUDGE_VERDICT_H

#include "judge/scan.h"

/*
 * verdict.h - what verdict.c, scope.c, ends.c, owned.c, effect.c and merge.c share.
 */

#define DG_PORT_NUMBERS 65536

/* P(dead) inside a total fault. */
#define DG_DEAD_RATE_HARD 0.97

/* Cases of a verdict's units that are active and in its window: ascending indexes. */
struct dg_owned {
	uint32_t *ids;
	size_t count;
};

/* Returns 0 or DNSGAP_ENOMEM; the caller frees out->ids. */
int dg_owned_make(
    const struct dg_cases *cases, const struct dg_port_verdict *v, struct dg_owned *out);

/* Adds those that were set aside as silent because all of their ports lie in the verdict's
 * ranges.  0 or DNSGAP_ENOMEM. */
int dg_owned_recall(
    const struct dg_cases *cases, const struct dg_port_verdict *v, struct dg_owned *owned);

/* `table[port]`: whether it is in the set. */
void dg_verdict_fill(const struct dg_port_verdict *v, bool table[DG_PORT_NUMBERS]);

/* Orders units of one scope. */
int dg_unit_compare(const void *left, const void *right);

static inline bool
dg_verdict_has_time(const struct dg_port_verdict *v, int64_t time_ns)
{
	return !v->has_window || (time_ns > v->after_ns && time_ns < v->before_ns);
}

static inline bool
dg_shape_is_hash(enum dg_shape shape)
{
	return shape == DG_SHAPE_PARITY || shape == DG_SHAPE_REPEATS;
}

/* Whether the ends of its ranges are looked for. */
static inline bool
dg_shape_has_ends(enum dg_shape shape)
{
	return shape == DG_SHAPE_HARD || shape == DG_SHAPE_FLIP || shape == DG_SHAPE_ONSET ||
	    shape == DG_SHAPE_SOFT;
}

/*
 * scope.c: the units at fault, for the candidate's ranges with whatever lies between.  Sets
 * v->scope and v->units (owned by the verdict).  0 or DNSGAP_ENOMEM.
 */
int dg_scope_decide(
    const struct dg_cases *cases, const struct dg_candidate *c, struct dg_port_verdict *v);

/* scope_repeats.c: of a fault that is found by repeats, narrows the verdict's unit to those
 * pairs that have dead ports, where others have none.  `*is_sure`: every pair says clearly
 * which it is.  0 or DNSGAP_ENOMEM. */
int dg_scope_of_repeats(const struct dg_cases *cases, struct dg_port_verdict *v, bool *is_sure);

/* scope.c: what the others say about the verdict's ports; `is_confirmed`.  0 or DNSGAP_ENOMEM.
 */
int dg_scope_ask(const struct dg_cases *cases, struct dg_port_verdict *v);

/*
 * ends.c: the ends of the verdict's ranges, its exceptions, and how many there are of them
 * (the list holds DG_VERDICT_EXCEPTIONS_MAX).  0 or DNSGAP_ENOMEM.
 */
int dg_ends_find(const struct dg_cases *cases, const struct dg_owned *owned,
    struct dg_port_verdict *v, uint32_t *exceptions_all);

/* effect.c: counts inside and outside, and the Bayes factor.  0 or DNSGAP_ENOMEM. */
int dg_effect_count(
    const struct dg_cases *cases, const struct dg_owned *owned, struct dg_port_verdict *v);

/* effect.c: ln Bayes factor of two rates against one, of the verdict's counts. */
double dg_ln_bayes(const struct dg_port_verdict *v);

#endif
