#ifndef DG_DIAGNOSE_TIMELINE_H
#define DG_DIAGNOSE_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * timeline.h - the stretch of time in which the dead of a unit lie closest together.
 *
 * A pure function of moments; docs/diagnosis.md says how chance is counted.
 */

struct dg_moment {
	uint32_t trial;   /* the caller's */
	uint32_t stratum; /* below stratum_count: whose loss it is compared with */
	bool is_dead;
	bool is_counted; /* no repetition of a question that is never answered */
};

struct dg_stretch_of_time {
	size_t first; /* indexes of moments; both are dead */
	size_t last;
	uint64_t alive;   /* moments in it */
	uint64_t dead;    /* likewise, counted or not */
	uint64_t counted; /* of the dead */
	double ln_p;      /* that chance puts the dead so, anywhere on this line */
};

/*
 * `list` is in order of time; of equal times any order that does not change.  `found` is false
 * when less than four counted ones lie together.  Returns 0 or DNSGAP_ENOMEM.
 */
int dg_timeline_scan(const struct dg_moment *list, size_t count, uint32_t stratum_count,
    bool *found, struct dg_stretch_of_time *out);

#endif
