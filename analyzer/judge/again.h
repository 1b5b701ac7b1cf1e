#ifndef DG_JUDGE_AGAIN_H
#define DG_JUDGE_AGAIN_H

#include "base/limits.h"
#include "judge/natural.h"
#include "judge/ports.h"

/*
 * again.h - what verdicts make likely elsewhere: the same ranges at others, and more ranges at
 * whoever is blamed.
 *
 * Once something is blamed, the level of the capture is free again: it is spent on hard ranges
 * alone, half of it on those that were blamed before, and on the scopes of the verdicts alone
 * (docs/diagnosis.md, "Choice").
 */

/* A verdict's range as it was seen, and as people choose one that fits. */
#define DG_AGAIN_RANGES_MAX (2 * DG_PORT_VERDICTS_MAX)

struct dg_again {
	struct dg_natural list[DG_AGAIN_RANGES_MAX]; /* their weights sum to half */
	unsigned count;
	bool has_scope[DG_SCOPE_COUNT];
};

/* Of all hard verdicts about one range without a window; false when there is none, or none that
 * is about a part of the capture. */
bool dg_again_make(const struct dg_port_verdict *verdicts, size_t count, struct dg_again *out);

#endif
