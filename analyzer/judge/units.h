#ifndef DG_JUDGE_UNITS_H
#define DG_JUDGE_UNITS_H

#include "judge/again.h"
#include "judge/scan.h"

/*
 * units.h - all units of a set of cases, by scope, with what was found in each.  A unit is
 * searched again only when it has lost cases.
 */

struct dg_slot {
	uint64_t number; /* dg_case_unit */
	uint32_t from;   /* of its cases in the scope's `ids` */
	uint32_t count;  /* that are active */
	bool is_fresh;   /* ln_least is of these cases */
	bool is_testable;
	uint8_t scanned;     /* a bit for each shape that was looked for in these cases */
	uint8_t found_count; /* of candidates worth keeping */
	double ln_least;     /* no set of ports in it can have a smaller ln p */
	struct dg_candidate *found;
};

struct dg_units {
	bool is_present;      /* there are several of them: they are looked at */
	double ln_share;      /* of the level */
	double ln_hash_share; /* the same, for hashes */
	uint32_t *ids;        /* indexes into cases->list, by unit, ascending within each */
	struct dg_slot *list; /* ascending by number; none of which can never be testable */
	size_t count;
	/* ln of how many units share the level of a shape; what cannot reach it, does not. */
	double ln_sharers[DG_SHAPE_COUNT];
};

struct dg_search {
	const struct dg_cases *cases;
	const struct dg_again *again; /* looks for hard ranges in these scopes only; or NULL */
	double ln_alpha;
	bool is_many; /* several servers or clients */
	struct dg_units scopes[DG_SCOPE_COUNT];
};

/* Finds the units of all active cases.  `again` is borrowed, or NULL.  0 or DNSGAP_ENOMEM. */
int dg_search_make(const struct dg_cases *cases, const struct dg_again *again, double ln_alpha,
    struct dg_search *out);
void dg_search_fini(struct dg_search *s);

/* Forgets cases that are no longer active, and looks at what has changed.  0 or DNSGAP_ENOMEM.
 */
int dg_search_run(struct dg_search *s);

/* What was found, as one unit among all. */
struct dg_choice {
	double rank; /* the least is the best */
	double ln_p; /* after all corrections */
	enum dg_scope scope;
	const struct dg_slot *slot;
	const struct dg_candidate *candidate;
};

/* All with ln_p up to `ln_most`, the best first; the caller frees *out.  0 or DNSGAP_ENOMEM. */
int dg_search_list(
    const struct dg_search *s, double ln_most, struct dg_choice **out, size_t *count);

/* A unit of the search, without views; lives as long as the search does. */
struct dg_unit dg_search_unit(
    const struct dg_search *s, enum dg_scope scope, const struct dg_slot *slot);

#endif
