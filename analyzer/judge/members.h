#ifndef DG_JUDGE_MEMBERS_H
#define DG_JUDGE_MEMBERS_H

#include "judge/looks.h"

/*
 * members.h - what each server and each client says of a verdict: as one of those that are
 * blamed, and as one of the others.
 */

/* Odds of 100 : 1. */
#define DG_LN_SURE 4.6

/* The weight of ranges that people often choose: 0-1023, and what systems cut off. */
#define DG_WEIGHT_OFTEN 0.0035

/* What one server, or one client, says. */
struct dg_member {
	double own; /* ln ratios of its cases in the verdict's units, answered ports as well */
	double around; /* the most of those in no unit of the verdict, at some time, as far as a
			  range may reach */
	double reach;  /* the same, of one reach and time */
	double dead;   /* cases in the verdict's units and set */
	double all;
	bool is_own;
	bool was_alive; /* in the set, but outside the verdict's window */
};

/* What a unit says, and the one of its servers or clients that says the most. */
struct dg_unit_sum {
	double sum;
	double most;
};

struct dg_members {
	struct dg_member *servers;
	struct dg_member *clients;
	struct dg_unit_sum *units;   /* as v->units */
	bool *is_dead_server;        /* at 100 : 1 */
	bool *is_dead_client;        /* likewise */
	double servers_say;          /* others, same clients */
	double clients_say;          /* others, same servers */
	size_t dead_client_prefixes; /* for the caller to count */
	bool has_aside; /* one that was set aside as silent may belong to the verdict */
};

/*
 * Sums over what the looks say; `is_in`: the ports that they hold.  Returns 0 or DNSGAP_ENOMEM;
 * dg_members_fini frees what there is either way.
 */
int dg_members_make(const struct dg_looks *l, const struct dg_port_verdict *v,
    const bool *is_in, struct dg_members *out);
void dg_members_fini(struct dg_members *m);

struct dg_natural;

/* Whether one of the verdict's ranges may reach as far as one that people often choose. */
bool dg_may_reach(const struct dg_port_verdict *v, unsigned range, const struct dg_natural *n);

#endif
