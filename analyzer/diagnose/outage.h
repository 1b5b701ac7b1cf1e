#ifndef DG_DIAGNOSE_OUTAGE_H
#define DG_DIAGNOSE_OUTAGE_H

#include "diagnose/explained.h"
#include "diagnose/timeline.h"

/*
 * outage.h - what the search for outages and the judgement of what it finds share.
 */

enum dg_line_of {
	DG_LINE_ALL,
	DG_LINE_CLIENT,
	DG_LINE_SERVER,
	DG_LINE_COUNT
};

/* All, a client or a server, with what is left to explain of it. */
struct dg_line {
	struct dg_diagnosis *d;
	enum dg_line_of of;
	uint32_t server;
	uint32_t client;
	struct dg_moment *list; /* in order of time */
	size_t count;
	double units; /* how many lines of this sort were looked at */
	/* Everything that is left, in order of time, to see how others fared. */
	const uint32_t *everything;
	size_t everything_count;
};

/*
 * Judges a window that chance does not make: whether all of the line was dead then, and nothing
 * else than time tells the dead from the others.  NULL in *out when it is no outage.  Returns 0
 * or DNSGAP_ENOMEM.
 */
int dg_outage_judge(
    const struct dg_line *l, const struct dg_stretch_of_time *w, struct dg_finding **out);

#endif
