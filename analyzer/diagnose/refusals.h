#ifndef DG_DIAGNOSE_REFUSALS_H
#define DG_DIAGNOSE_REFUSALS_H

#include "diagnose/explained.h"

/*
 * refusals.h - what ICMP errors and RSTs say of servers and clients.
 */

/* What the ICMP errors about queries to a server's address, and RSTs, say. */
enum dg_refusal {
	DG_REFUSAL_NONE,
	DG_REFUSAL_OTHER,  /* somebody says that it cannot be reached */
	DG_REFUSAL_CLOSED, /* its own address says that nothing listens there */
};

/* By server of the summary. */
struct dg_refusals {
	enum dg_refusal *by_server;     /* the strongest */
	const struct dg_icmp_row **row; /* of it: the first in order; NULL when it was a RST */
};

/* Returns 0 or DNSGAP_ENOMEM. */
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

/* The summary's client of an address; client_count when there is none. */
size_t dg_client_of(const struct dg_summary *s, const struct dg_addr *address, uint8_t family);

#endif
