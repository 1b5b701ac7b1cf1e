#ifndef DG_JUDGE_SCAN_H
#define DG_JUDGE_SCAN_H

#include "judge/view.h"

/*
 * scan.h - the search for each shape of fault in one unit, and what is done with a find.
 */

/* What a scan found: a verdict in the making. */
struct dg_candidate {
	bool is_found;
	enum dg_shape shape;
	double ln_score;   /* ln p - ln weight: comparable within a unit */
	double ln_tail;    /* the ln p in it */
	bool is_by_passes; /* it is of passes through the range: no sequence explains it */
	struct dg_port_range ranges[DG_VERDICT_RANGES_MAX];
	unsigned range_count;
	uint16_t exceptions[DG_VERDICT_EXCEPTIONS_MAX];
	unsigned exception_count;
	uint16_t masks[DG_VERDICT_MASKS_MAX];
	bool parities[DG_VERDICT_MASKS_MAX];
	unsigned mask_count;
	double share;
	bool has_window;
	int64_t after_ns; /* both excluded; INT64_MIN and INT64_MAX: open */
	int64_t before_ns;
	double cases; /* in the set, and the dead of them */
	double dead;
};

/* A unit with the views that its scans share; each is made when first asked for. */
struct dg_unit {
	const struct dg_cases *cases;
	const struct dg_again *again; /* NULL: nothing was blamed yet */
	enum dg_scope scope;
	uint64_t number;     /* dg_case_unit */
	const uint32_t *ids; /* borrowed; indexes into cases->list, ascending */
	size_t count;
	bool has_roll; /* that the views share */
	struct dg_roll roll;
	bool has_view[3];
	struct dg_view views[3]; /* weighted, representatives, swapped */
};

/* NULL when memory ran out.  Not of kind DG_VIEW_PLAIN. */
const struct dg_view *dg_unit_view(struct dg_unit *u, enum dg_view_kind kind);

/* Frees the views. */
void dg_unit_fini(struct dg_unit *u);

/* Each returns 0 or DNSGAP_ENOMEM; `out` is all zero before. */
int dg_scan_hard(struct dg_unit *u, struct dg_candidate *out);    /* scan_range.c */
int dg_scan_flip(struct dg_unit *u, struct dg_candidate *out);    /* scan_range.c */
int dg_scan_onset(struct dg_unit *u, struct dg_candidate *out);   /* scan_onset.c */
int dg_scan_list(struct dg_unit *u, struct dg_candidate *out);    /* scan_list.c */
int dg_scan_single(struct dg_unit *u, struct dg_candidate *out);  /* scan_list.c */
int dg_scan_parity(struct dg_unit *u, struct dg_candidate *out);  /* scan_parity.c */
int dg_scan_repeats(struct dg_unit *u, struct dg_candidate *out); /* scan_hash.c */
int dg_scan_soft(struct dg_unit *u, struct dg_candidate *out);    /* scan_soft.c */

/* Whether a port is in a candidate's set; of REPEATS, every port of the unit is. */
bool dg_candidate_has_port(const struct dg_candidate *c, uint16_t port);

/* Whether a mask is one that hashes of ports have more often than others: of low bits, the same
 * in both octets, a single bit, whole octets. */
bool dg_is_likely_mask(uint16_t mask);

/*
 * Time: ln p of a set of cases, stratified by blocks of 32 cases in order of time
 * (docs/diagnosis.md, "Doubts").  `in[n]` for the unit's n-th case; `is_dead[n]` likewise.
 * `is_partial`: by blocks of 8 as well, and the larger p counts.
 */
int dg_ln_block_tail(const struct dg_cases *cases, const uint32_t *ids, size_t count,
    const bool *in, const bool *is_dead, bool is_partial, double *ln_p);

/* Whether something other than ports explains a significant candidate (doubt.c). */
int dg_doubt_of(struct dg_unit *u, const struct dg_candidate *c, double ln_p, double ln_alpha,
    enum dg_doubt *out);

/*
 * Whose fault it is, where its ends are, what it counts (scope.c, ends.c, effect.c, by way of
 * verdict.h): makes a verdict of the candidate and takes the cases that it explains out of
 * `cases`.  Returns 0 or DNSGAP_ENOMEM; the caller frees out->units and out->ports.
 */
int dg_verdict_make(struct dg_cases *cases, const struct dg_unit *u,
    const struct dg_candidate *c, double ln_p, struct dg_port_verdict *out);

/* Adjacent ranges of one scope without an answered port between them become one (merge.c). */
int dg_verdicts_merge(
    const struct dg_cases *cases, struct dg_port_verdict *list, size_t *count);

/* Of verdicts whose ranges may be the same, no scope is confirmed: they may be parts of one. */
void dg_verdicts_compare(struct dg_port_verdict *list, size_t count);

/* Whether a case is one of the verdict's units'. */
bool dg_verdict_has_unit(
    const struct dg_cases *cases, const struct dg_port_verdict *v, const struct dg_case *x);

#endif
