#ifndef DG_DIAGNOSE_SILENT_H
#define DG_DIAGNOSE_SILENT_H

#include "diagnose/explained.h"

/*
 * silent.h - servers, clients and pairs of which nothing was reached.
 */

/* What the ICMP errors about queries to a server's address, and RSTs, say. */
enum dg_refusal {
	DG_REFUSAL_NONE,
	DG_REFUSAL_OTHER,  /* somebody says that it cannot be reached */
	DG_REFUSAL_CLOSED, /* its own address says that nothing listens there */
};

/* By server of the summary; the caller's to free().  NULL when memory ran out. */
struct dg_refusals {
	enum dg_refusal *by_server;     /* the strongest */
	const struct dg_icmp_row **row; /* of it: the first in order; NULL when it was a RST */
};

int dg_refusals_make(const struct dg_summary *s, struct dg_refusals *out);
void dg_refusals_fini(struct dg_refusals *r);

/* Whether a row says that a query was not delivered. */
bool dg_icmp_row_refuses_query(const struct dg_icmp_row *row);
/* Its transactions of all ranges. */
uint64_t dg_icmp_row_transactions(const struct dg_icmp_row *row);

/* The summary's servers of an address: from the first to before the end. */
void dg_servers_of(const struct dg_summary *s, const struct dg_addr *address, uint8_t family,
    size_t *first, size_t *end);

/* The sender, type and code of a row. */
void dg_finding_note_row(struct dg_finding *f, const struct dg_icmp_row *row);

/*
 * Clients, servers, and pairs of both, of which two or more trials and nothing else are there:
 * a finding for each that chance does not make, by what refused them; and their trials are
 * explained.  0 or DNSGAP_ENOMEM.
 */
int dg_find_silent(struct dg_diagnosis *d, const struct dg_refusals *refusals);

#endif
