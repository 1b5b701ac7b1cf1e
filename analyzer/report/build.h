#ifndef DG_REPORT_BUILD_H
#define DG_REPORT_BUILD_H

#include "report/doc.h"
#include "report/report.h"

/*
 * build.h - what a person is shown of a report, and in which order.
 */

/* Fills an empty document; d->is_failed says when memory ran out. */
void dg_build(struct dg_doc *d, const struct dg_report *r);

/* build_captured.c: the title and the verdict, for documents; what was captured. */
void dg_build_verdict(struct dg_doc *d, const struct dg_report *r);
void dg_build_captured(struct dg_doc *d, const struct dg_report *r);

/* How sure a finding is, in a sentence; nothing when that says nothing. */
void dg_finding_certainty(const struct dg_finding *f, struct dg_strbuf *b);

/* The servers, the worst first: by what did not reach, then by what was asked; the caller frees
 * the list.  NULL when memory ran out. */
const struct dg_server_summary **dg_servers_worst(const struct dg_summary *s);

/* "192.0.2.1", "192.0.2.1#5353", "192.0.2.1 tcp" (it was not asked over UDP).  Returns `text`.
 */
#define DG_SERVER_TEXT_MAX (DG_ADDR_TEXT_MAX + 12)
const char *dg_server_text(const struct dg_server_summary *s, char text[DG_SERVER_TEXT_MAX]);

/* Transactions that an ICMP error or TCP's end answered. */
uint64_t dg_counts_refused(const struct dg_counts *c);

/* build_findings.c: the findings, the worst first; without any, that there is none. */
void dg_build_findings(struct dg_doc *d, const struct dg_report *r);

/* build_wire.c: what carried the messages, and what servers say in EDNS; what there is. */
void dg_build_wire(struct dg_doc *d, const struct dg_summary *s);

/* build_servfail.c: what clients of a resolver got; nothing without SERVFAILs and slow answers.
 */
void dg_build_servfail(
    struct dg_doc *d, const struct dg_summary *s, const struct dg_servfail *f);

#define DG_NUMBER_TEXT_MAX 32

/* "1,234,567", as a person reads it.  Returns `text`. */
const char *dg_grouped(uint64_t n, char text[DG_NUMBER_TEXT_MAX]);

/* A share as "66 %", which says 100 only for all and 0 only for none; "-" of nothing. */
void dg_percent(char text[DG_NUMBER_TEXT_MAX], uint64_t part, uint64_t whole);

#endif
