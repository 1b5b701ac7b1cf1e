#ifndef DG_ENGINE_ASKED_H
#define DG_ENGINE_ASKED_H

#include "tally/tally.h"

/*
 * asked.h - which servers were asked in the cuts before: a reply of theirs that fits no query
 * is no sign that they are asked another way.
 *
 * For DG_ASKED_NS at least and twice that at most; bounded, and when there are too many, all
 * count as asked.
 */

struct dg_asked {
	struct dg_map young; /* since young_ns */
	struct dg_map old;   /* before */
	int64_t young_ns;    /* DG_TIME_NONE before the first cut */
};

void dg_asked_init(struct dg_asked *a, const struct dg_hash_key *secret);
void dg_asked_fini(struct dg_asked *a);

/**
 * A cut was taken at this packet time: its servers were asked.  When there are too many, or
 * memory runs out, everybody was, until that is forgotten.
 */
void dg_asked_add(struct dg_asked *a, const struct dg_tally *cut, int64_t newest_ns);

/* Marks the cut's orphans of servers that were asked.  Returns how many are left. */
uint32_t dg_asked_mark(const struct dg_asked *a, struct dg_tally *cut);

/* Marks those of this flow's server.  `cut` is a tally. */
void dg_asked_mark_flow(void *cut, const struct dg_flow *flow);

#endif
