#ifndef DG_DIAGNOSE_WITNESS_H
#define DG_DIAGNOSE_WITNESS_H

#include "diagnose/blame.h"

/*
 * witness.h - what the same client did with the same question before and after.
 */

#define DG_WITNESS_NS (INT64_C(10) * 1000000000)

/* Trials that have a question, by client, question, time. */
struct dg_witness {
	const struct dg_summary *summary;
	uint32_t *order; /* indexes into its trials; owned */
	size_t count;
};

/* Returns 0 or DNSGAP_ENOMEM. */
int dg_witness_make(const struct dg_summary *s, struct dg_witness *out);
void dg_witness_fini(struct dg_witness *w);

/* Trials, all dead ones with a question. */
struct dg_testimony {
	uint64_t inside;
	uint64_t inside_retried; /* the client asked again within 10 s, from another port or
				    at another server */
	uint64_t inside_matched; /* the same server answered the same within 10 s before or
				    after, over the same transport, at a port outside */
	uint64_t outside;        /* of anybody */
	uint64_t outside_retried;
};

struct dg_testimony dg_witness_hear(const struct dg_witness *w, const struct dg_blame *b);

/* Whether clients behave as if what is dead here had been answered there: they do not ask
 * again, and do when something else is dead. */
bool dg_testimony_is_content(const struct dg_testimony *t);

#endif
