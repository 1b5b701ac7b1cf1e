#ifndef DG_DIAGNOSE_BLAME_H
#define DG_DIAGNOSE_BLAME_H

#include <stdbool.h>
#include <stdint.h>

#include "diagnose/explained.h"
#include "diagnose/naming.h"
#include "diagnose/portlist.h"
#include "diagnose/subject.h"

/*
 * blame.h - one statement by port in the making: a verdict of UDP, of TCP, or of both where
 * they say the same, and what was seen of each port at whom they are about.
 */

/* Flags of ports, beside DG_PORT_DEAD and DG_PORT_ALIVE. */
#define DG_PORT_KEPT 4u /* an exception of the verdict */
#define DG_PORT_HULL 8u /* in a named range */
#define DG_PORT_SET 16u /* in the set that is blamed */

#define DG_BLAME_RANGES_MAX (2 * DG_VERDICT_RANGES_MAX)

struct dg_blame_range {
	struct dg_port_range seen; /* ends were seen dead */
	struct dg_port_range named;
	uint16_t first_least; /* where the verdict lets it begin, and end */
	uint16_t last_most;
	double first_probability; /* 0: not estimated */
	double last_probability;
};

struct dg_blame {
	const struct dg_summary *summary;
	const struct dg_port_verdict *parts[DG_SIDE_COUNT]; /* NULL: not of this transport */
	enum dg_shape shape;
	struct dg_subject subject;
	struct dg_blame_range ranges[DG_BLAME_RANGES_MAX]; /* ascending */
	unsigned range_count;
	uint8_t *flags; /* of every port; owned */
};

/* Returns 0 or DNSGAP_ENOMEM.  The verdict must outlive the blame. */
int dg_blame_make(const struct dg_summary *s, const struct dg_port_verdict *v,
    enum dg_side_name side, const uint32_t *server_prefixes, const uint32_t *client_prefixes,
    struct dg_blame *out);
void dg_blame_fini(struct dg_blame *b);

/*
 * Adds the other transport's where both blame the same ranges of the same subject, and no
 * port that one blames was answered over the other.  True: `from` is used up.
 */
bool dg_blame_join(struct dg_blame *into, struct dg_blame *from);

/* Names the ranges and marks the set.  After all joining. */
void dg_blame_settle(struct dg_blame *b);

/* Whether a trial is of the subject, in the window, over a transport of the blame. */
bool dg_blame_has(const struct dg_blame *b, const struct dg_trial *t);
/* As above, but of anybody. */
bool dg_blame_has_time(const struct dg_blame *b, const struct dg_trial *t);

/* Of raised loss, all ports of the range count; else those of the set. */
static inline bool
dg_blame_is_inside(const struct dg_blame *b, uint16_t port)
{
	return b->flags[port] & (b->shape == DG_SHAPE_SOFT ? DG_PORT_HULL : DG_PORT_SET);
}

static inline bool
dg_blame_is_hash(const struct dg_blame *b)
{
	return b->shape == DG_SHAPE_PARITY || b->shape == DG_SHAPE_REPEATS;
}

/* The verdict of UDP, else that of TCP. */
static inline const struct dg_port_verdict *
dg_blame_verdict(const struct dg_blame *b)
{
	return b->parts[DG_SIDE_UDP] != NULL ? b->parts[DG_SIDE_UDP] : b->parts[DG_SIDE_TCP];
}

#endif
