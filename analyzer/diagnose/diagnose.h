#ifndef DG_DIAGNOSE_DIAGNOSE_H
#define DG_DIAGNOSE_DIAGNOSE_H

#include <stdbool.h>
#include <stdint.h>

#include "diagnose/finding.h"
#include "diagnose/servfail.h"
#include "judge/orders.h"
#include "judge/ports.h"
#include "tally/summary.h"

/*
 * diagnose.h - from a summary to findings.  Pure: the same summary gives the same findings.
 */

/* What the files say of themselves, beside what was in them. */
struct dg_circumstances {
	int64_t timeout_ns;
	int64_t first_ns; /* of all frames; DG_TIME_NONE without any */
	int64_t last_ns;
	uint64_t dropped; /* by the counters in the captures */
	bool has_dropped;
	bool is_complete; /* everything was read */
};

/* What the rules share.  Each rule reads it and adds findings to it. */
struct dg_diagnosis {
	const struct dg_summary *summary;
	struct dg_circumstances circumstances;
	/* By transport; NULL without trials.  Each trial's server and client are indexes into
	 * the summary's. */
	struct dg_port_result *ports[DG_SIDE_COUNT];
	struct dg_orders orders;
	struct dg_findings findings;
	uint8_t *explained;           /* by trial of the summary: see explained.h */
	struct dg_servfail *servfail; /* made by its rule; NULL without a resolver */
};

/* Returns 0 or DNSGAP_ENOMEM; the caller frees *out. */
int dg_diagnose(const struct dg_summary *summary, const struct dg_circumstances *circumstances,
    struct dg_diagnosis **out);
void dg_diagnosis_free(struct dg_diagnosis *d);

/* The number of each server's, each client's prefix (/24, /48), ascending from 0; the caller's
 * to free().  NULL when memory ran out. */
uint32_t *dg_server_prefixes(const struct dg_summary *s);
uint32_t *dg_client_prefixes(const struct dg_summary *s);

/*
 * The rules, in the order in which diagnose.c calls them: what explains much comes first, and
 * a later rule looks at the findings before it to leave out what they explain.  Each returns
 * 0 or DNSGAP_ENOMEM.
 */
int dg_rule_capture(struct dg_diagnosis *d);  /* capture-one-way, capture-incomplete */
int dg_rule_servers(struct dg_diagnosis *d);  /* server-silent, -port-closed, -unreachable */
int dg_rule_refusals(struct dg_diagnosis *d); /* client-refuses-replies */
int dg_rule_time(struct dg_diagnosis *d);     /* outage, rate-limited */
int dg_rule_ports(struct dg_diagnosis *d);    /* ports-silent, -refused, -hash */
int dg_rule_paths(
    struct dg_diagnosis *d);              /* replies-lost-beyond, fragments-lost, tcp-blocked */
int dg_rule_loss(struct dg_diagnosis *d); /* loss-random */
int dg_rule_sources(struct dg_diagnosis *d);  /* source-ports-predictable, low-ports-in-use */
int dg_rule_servfail(struct dg_diagnosis *d); /* servfail-explained */
int dg_rule_weakened(struct dg_diagnosis *d); /* what an incomplete capture makes less sure */

/* Makes the words of a finding whose numbers are complete: summary, next, avoid, reproduce and
 * those rivals that every finding of its code has (words.c).  0 or DNSGAP_ENOMEM. */
int dg_finding_words(const struct dg_summary *s, struct dg_finding *f);

#endif
