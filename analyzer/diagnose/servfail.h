#ifndef DG_DIAGNOSE_SERVFAIL_H
#define DG_DIAGNOSE_SERVFAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diagnose/finding.h"
#include "tally/summary.h"

/*
 * servfail.h - SERVFAILs and slow answers of resolvers, tied to their queries in vain: to those
 * for the same name or a name above it at the same time, else to those for the same zone before
 * it (docs/matching.md, "SERVFAILs").
 *
 * A resolver is an address that is a server to some and a client of others in one capture.
 */

/* Queries in vain of one resolver, in one zone, at one server, and what they explain. */
struct dg_servfail_cause {
	uint32_t resolver;   /* index into the summary's clients */
	uint32_t server;     /* index into its servers */
	const uint8_t *zone; /* of the upstream queries; wire form; the tally's */
	uint8_t zone_length;
	const uint8_t
	    *name; /* the longest under which lie all that clients asked; the tally's */
	uint8_t name_length;
	uint64_t servfails;  /* that it explains; another cause may explain them too */
	uint64_t by_zone;    /* among them, by the zone only */
	uint64_t slow;       /* slow answers that it explains */
	uint64_t lost;       /* queries of clients without an answer that it explains */
	uint64_t unanswered; /* queries in vain that explain any of them */
	char *silent_ports; /* of these queries: at most DG_SERVFAIL_RANGES_MAX ranges; owned */
	uint32_t silent_port_count;
	char
	    *reached_ports; /* from which the same resolver reached the same server; likewise */
	uint32_t reached_port_count;
	int64_t first_ns; /* of these queries */
	int64_t last_ns;
};

/* What one resolver said to its clients. */
struct dg_servfail_resolver {
	uint32_t client;     /* index into the summary's clients */
	uint64_t to_clients; /* SERVFAILs, all there were */
	uint64_t judged;     /* of them, those that the sample kept */
	uint64_t explained;  /* of these, by queries in vain */
	uint64_t by_zone;    /* among explained: by the zone only */
	uint64_t covered;    /* among explained: by queries that another finding explains */
	uint64_t passed_on;  /* judged, not explained: an upstream server said SERVFAIL too */
	uint64_t slow;       /* slow answers that the sample kept */
	uint64_t slow_explained;
	uint64_t lost; /* queries of clients that it did not answer; of the sample */
	uint64_t lost_explained;
	uint32_t servers[DG_FINDING_SUBJECTS_MAX]; /* of its causes, those that explain most */
	unsigned server_count;
	uint64_t servers_all;
	uint64_t unanswered;            /* queries in vain behind all its causes */
	bool transports[DG_SIDE_COUNT]; /* of these queries */
	char *ports;                    /* likewise; as silent_ports */
	int64_t first_ns;               /* likewise */
	int64_t last_ns;
};

struct dg_servfail {
	struct dg_servfail_resolver *resolvers; /* by address */
	size_t resolver_count;
	struct dg_servfail_resolver all;  /* sums of the counts; no lists */
	struct dg_servfail_cause *causes; /* most SERVFAILs first; DG_SERVFAIL_CAUSES_MAX */
	size_t cause_count;
	size_t causes_all;
	bool is_sampled; /* there were too many: `explained` is a lower bound */
};

/**
 * *out is NULL when the capture shows no resolver from both sides, or one direction only.
 * `findings` tells what is explained already.  Borrows from the summary and its tally.  Returns
 * 0 or DNSGAP_ENOMEM.
 */
int dg_servfail_make(
    const struct dg_summary *s, const struct dg_findings *findings, struct dg_servfail **out);
void dg_servfail_free(struct dg_servfail *f);

#endif
