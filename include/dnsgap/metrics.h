#ifndef DNSGAP_METRICS_H
#define DNSGAP_METRICS_H

#include "dnsgap/capture.h"
#include "dnsgap/session.h"

/**
 * Counters for Prometheus over all cuts of a long run.  Labels are bounded: ranges, transports,
 * outcomes, verdicts, codes and severities of findings, interfaces; never a port, an address or
 * a name.
 */
struct dnsgap_metrics;

/* Returns 0 or DNSGAP_ENOMEM; the caller frees it. */
DNSGAP_API int dnsgap_metrics_new(struct dnsgap_metrics **out);
DNSGAP_API void dnsgap_metrics_free(struct dnsgap_metrics *m);

/* Adds a finished session's numbers (a DNSGAP_CUT_TAKE cut, each once); its findings replace
 * those of the one before. */
DNSGAP_API void dnsgap_metrics_add(struct dnsgap_metrics *m, const struct dnsgap_session *cut);

/* Transactions that wait now (dnsgap_session_open of the session that sniffs). */
DNSGAP_API void dnsgap_metrics_set_open(struct dnsgap_metrics *m, uint64_t open);

/* What a capture's interfaces count (dnsgap_capture_interface), in place of what was told
 * before. */
DNSGAP_API void dnsgap_metrics_set_interface(
    struct dnsgap_metrics *m, size_t n, const struct dnsgap_interface_counts *counts);

/* All of it in Prometheus' text format (version 0.0.4).  Fails with DNSGAP_EWRITE, _ENOMEM. */
DNSGAP_API int dnsgap_metrics_render(
    const struct dnsgap_metrics *m, dnsgap_write *write, void *context);

#endif
