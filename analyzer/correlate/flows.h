#ifndef DG_CORRELATE_FLOWS_H
#define DG_CORRELATE_FLOWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"

/*
 * flows.h - which slots of a table belong to a flow, for those who know no more than the
 * flow.
 *
 * Lists of indices, the one that was added last first, beside the entries themselves:
 * few captures hold an error that asks for them, and those that do not pay nothing.
 */

struct dg_flow_link {
	uint32_t next;
	uint32_t previous; /* with the highest bit: the first of the list of this number */
};

/* All zero: not in use. */
struct dg_flows {
	uint32_t *heads; /* mask + 1 of them */
	struct dg_flow_link *links;
	uint32_t mask;
	uint32_t max;
};

/* For indices below `max`, at most 2^31.  Returns 0 or DNSGAP_ENOMEM; then it is not in use. */
int dg_flows_init(struct dg_flows *f, uint32_t max);
void dg_flows_fini(struct dg_flows *f);

static inline bool
dg_flows_is_used(const struct dg_flows *f)
{
	return f->heads != NULL;
}

/* An index that is in no list. */
void dg_flows_add(struct dg_flows *f, uint64_t flow_hash, uint32_t index);

/* One that was added. */
void dg_flows_remove(struct dg_flows *f, uint32_t index);

/* The first of the list in which a flow's entries lie, among others; or DG_POOL_NONE. */
static inline uint32_t
dg_flows_first(const struct dg_flows *f, uint64_t flow_hash)
{
	return f->heads[flow_hash & f->mask];
}

static inline uint32_t
dg_flows_next(const struct dg_flows *f, uint32_t index)
{
	return f->links[index].next;
}

#endif
