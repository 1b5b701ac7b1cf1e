#ifndef DG_JUDGE_LOOKS_H
#define DG_JUDGE_LOOKS_H

#include "judge/verdict.h"

/*
 * looks.h - the cases in a verdict's ports, of whatever server and client, and how each speaks:
 * what scope.c and scope_ask.c go by.
 */

struct dg_looks {
	const struct dg_cases *cases;
	uint32_t *ids;  /* ascending */
	double *ratios; /* ln likelihood ratio, fault against none */
	size_t count;
	/* Of all active cases in the window, inside the set or not. */
	bool *has_server;
	bool *has_client;
	size_t servers;
	size_t clients;
};

/* `is_in` by port; `fault_rate`: P(dead) where the fault is.  0 or DNSGAP_ENOMEM; dg_looks_fini
 * frees it either way. */
int dg_looks_make(const struct dg_cases *cases, const struct dg_port_verdict *v,
    const bool *is_in, double fault_rate, struct dg_looks *out);
void dg_looks_fini(struct dg_looks *l);

/* Different prefixes of those that are marked.  0 or DNSGAP_ENOMEM. */
int dg_count_prefixes(
    const bool *is_marked, const uint32_t *prefixes, size_t count, size_t *out);

#endif
