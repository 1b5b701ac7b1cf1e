#ifndef DG_DIAGNOSE_EXPLAINED_H
#define DG_DIAGNOSE_EXPLAINED_H

#include "diagnose/diagnose.h"

/*
 * explained.h - which trials the findings so far explain, and what rules share that count the
 * rest of them.
 *
 * A trial is known by its index in the summary.  The first finding that explains it keeps it.
 */

/* Whether an earlier finding, or a verdict by port, says why this trial is dead. */
bool dg_is_explained(const struct dg_diagnosis *d, size_t trial);

/* Notes that findings of this code explain it. */
void dg_explain(struct dg_diagnosis *d, size_t trial, enum dg_code code);

/*
 * Notes all that verdicts by port explain: the dead trials of their sets.  What was reached
 * goes on to say that its server and client are alive.  0 or DNSGAP_ENOMEM.
 */
int dg_explain_ports(struct dg_diagnosis *d);

/* Notes what one verdict explains; a number for the prefix of each server and client. */
void dg_explain_verdict(struct dg_diagnosis *d, enum dg_side_name side,
    const struct dg_port_verdict *v, const uint32_t *server_prefixes,
    const uint32_t *client_prefixes);

/* How a group of trials fared. */
struct dg_tried {
	uint64_t trials;
	uint64_t dead;
	uint64_t refused;
	int64_t first_ns; /* of the dead; DG_TIME_NONE without any */
	int64_t last_ns;
};

static inline bool
dg_trial_is_dead(const struct dg_trial *t)
{
	return t->reached == 0;
}

void dg_tried_add(struct dg_tried *r, const struct dg_trial *t);

/* Orders of trials; equal ones stay in the order of the summary. */
enum dg_trial_order {
	DG_BY_TIME,
	DG_BY_SERVER, /* then by time */
	DG_BY_CLIENT, /* then by time */
	DG_BY_PAIR,   /* server, client, then time */
};

/* The trials that nothing explains so far, in order; the caller's to free().  0 or
 * DNSGAP_ENOMEM. */
int dg_trials_left(
    const struct dg_diagnosis *d, enum dg_trial_order order, uint32_t **ids, size_t *count);

/* The first index behind `at` of another server or client (or pair) than ids[at]'s. */
size_t dg_group_end(const struct dg_diagnosis *d, const uint32_t *ids, size_t count, size_t at,
    enum dg_trial_order order);

/* How many of the trials have one of these traits. */
size_t dg_count_traits(
    const struct dg_diagnosis *d, const uint32_t *ids, size_t count, unsigned traits);

/* Counts a trial among those that the finding is about: transactions, times, frames. */
void dg_finding_count(struct dg_finding *f, const struct dg_trial *t);
/* The same in two parts: the sums, in any order, and the frames of those that come first. */
void dg_finding_sum(struct dg_finding *f, const struct dg_trial *t);
void dg_finding_show(struct dg_finding *f, const struct dg_trial *t);
/* Counts it among the others. */
void dg_finding_contrast(struct dg_finding *f, const struct dg_trial *t);

/* Past the bound they are counted only. */
void dg_finding_add_server(struct dg_finding *f, uint32_t server);
void dg_finding_add_client(struct dg_finding *f, uint32_t client);

/* Whether two addresses are of one /24 (IPv6: /48). */
bool dg_is_neighbour(const struct dg_addr *a, const struct dg_addr *b, uint8_t family);

/* A rate of `dead` in `all` that is never 0 nor 1: (dead + 1/2) / (all + 1). */
double dg_rate(uint64_t dead, uint64_t all);

/* What the rules of this room ask of chance: ln of 1 % over a whole capture. */
#define DG_LN_CHANCE (-4.605170185988091)

/* So many findings of one code name what they are about; one more sums up the rest. */
#define DG_FINDINGS_NAMED_MAX 16

#endif
