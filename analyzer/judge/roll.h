#ifndef DG_JUDGE_ROLL_H
#define DG_JUDGE_ROLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "judge/cases.h"
#include "judge/order.h"

/*
 * roll.h - the cases of a unit by their clients and by their servers, in order of time: what
 * weights and strata are made from.
 */

struct dg_roll {
	size_t count;
	size_t bytes;
	struct dg_ranked *by_client; /* rank: the client; at: position in the unit */
	struct dg_ranked *by_server; /* rank: the server; likewise */
	struct dg_ranked *spare;     /* two lists of `count` */
	uint32_t *classes;           /* likewise */
};

/* `ids`: indexes into cases->list.  Returns 0 or DNSGAP_ENOMEM. */
int dg_roll_make(
    const struct dg_cases *cases, const uint32_t *ids, size_t count, struct dg_roll *out);
void dg_roll_fini(struct dg_roll *r);

/*
 * Runs: the dead cases of a client without one of its alive cases between them in time, and
 * of a server likewise.  Lowers `weight` of each dead case to what chance makes of its runs
 * (docs/diagnosis.md, "Runs"), and clears `is_first` of those that do not begin their runs.
 */
void dg_roll_weigh(
    const struct dg_roll *r, const bool *is_dead, double *weight, bool *is_first);

/*
 * Strata of equal loss: a client with much weight, and clients and servers whose dead rate is
 * far from the unit's, stand alone; the others of a kind are one (docs/diagnosis.md,
 * "Strata").  What is not dead weighs 1.  Only cases with `is_used` count and get a `stratum`;
 * NULL: all.  Returns how many strata there are.
 */
uint32_t dg_roll_strata(const struct dg_roll *r, const bool *is_dead, const double *weight,
    const bool *is_used, uint32_t *stratum);

#endif
