#ifndef DG_REPORT_METRICS_H
#define DG_REPORT_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/verdict.h"
#include "diagnose/diagnose.h"
#include "tally/summary.h"

/*
 * metrics.h - counters over a long run, and their text for Prometheus.
 *
 * Counters only grow.  Which time series there are does not depend on the traffic: an alert on
 * one that is not there yet would never come.
 */

/* Upper edges of the latency's buckets: powers of two in ns, where the histogram has edges too,
 * so that every count is exact.  From 0.13 ms to 8.6 s. */
#define DG_METRICS_LATENCY_FIRST 17
#define DG_METRICS_LATENCY_LAST 33
#define DG_METRICS_LATENCY_COUNT (DG_METRICS_LATENCY_LAST - DG_METRICS_LATENCY_FIRST + 1)

/* Names that dg_icmp_name has: some 30. */
#define DG_METRICS_ICMP_MAX 64

/* UDP, TCP, and what is known of neither: of servers beyond the bound. */
#define DG_METRICS_TRANSPORTS (DG_SIDE_COUNT + 1)

enum dg_metrics_fate {
	DG_METRICS_QUERY,
	DG_METRICS_RESEND,
	DG_METRICS_REPLY,
	DG_METRICS_DUPLICATE_REPLY,
	DG_METRICS_DUPLICATE_FRAME,
	DG_METRICS_CONTINUATION,
	DG_METRICS_ORPHAN_REPLY,
	DG_METRICS_MISDIRECTED,
	DG_METRICS_EVICTED,
	DG_METRICS_MALFORMED,
	DG_METRICS_UNREADABLE,
	DG_METRICS_FATES
};

struct dg_metrics_interface {
	char name[DG_INTERFACE_NAME_MAX];
	uint64_t frames;
	uint64_t kernel_dropped;
	uint64_t interface_dropped;
	bool is_up;
};

struct dg_metrics {
	uint64_t cuts;
	int64_t cut_ns; /* of the newest frame of the latest cut with any; DG_TIME_NONE */
	uint64_t open;
	uint64_t frames[DG_VERDICT_COUNT];
	uint64_t messages[DG_METRICS_FATES];
	uint64_t transactions[DG_RANGE_COUNT][DG_METRICS_TRANSPORTS][DG_OUTCOME_COUNT];
	uint64_t latency[DG_METRICS_LATENCY_COUNT]; /* each with all below it */
	uint64_t latency_count;
	uint64_t latency_s; /* their sum */
	uint64_t latency_ns;
	const char *icmp_names[DG_METRICS_ICMP_MAX]; /* static, in order */
	uint64_t icmp[DG_METRICS_ICMP_MAX];
	size_t icmp_count;
	uint64_t limits[DG_LIMIT_COUNT];                     /* cuts that hit it */
	uint64_t findings[DG_CODE_COUNT][DG_SEVERITY_COUNT]; /* of the latest cut */
	struct dg_metrics_interface interfaces[DG_METRICS_INTERFACES_MAX];
	size_t interface_count;
};

void dg_metrics_init(struct dg_metrics *m);

/* Adds what a cut counted; its findings replace the last one's. */
void dg_metrics_add(
    struct dg_metrics *m, const struct dg_summary *s, const struct dg_findings *findings);

/* The n-th interface as it is now; past the bound it is left out.  Counters that are less than
 * before stay. */
void dg_metrics_set_interface(
    struct dg_metrics *m, size_t n, const struct dg_metrics_interface *now);

/* Everything; the caller frees it.  NULL when memory ran out. */
char *dg_metrics_text(const struct dg_metrics *m, const char *version);

#endif
