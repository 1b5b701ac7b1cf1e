#ifndef DG_DIAGNOSE_SUBJECT_H
#define DG_DIAGNOSE_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "diagnose/finding.h"
#include "judge/ports.h"
#include "tally/summary.h"

/*
 * subject.h - whom a verdict is about, by the summary's servers and clients.
 */

struct dg_subject {
	/* ALL, SERVER, CLIENT or PAIR: prefixes are resolved into their members. */
	enum dg_scope scope;
	bool is_prefix;           /* the verdict named one prefix as such */
	bool *is_server;          /* of SERVER: by index; else NULL; owned */
	bool *is_client;          /* of CLIENT: likewise */
	size_t count;             /* of servers or clients, or of pairs */
	struct dg_unit_id *pairs; /* of PAIR, ascending; owned */
};

/*
 * `trials`: all of the summary, of which those of `transport` say who was tried; of a prefix,
 * only its members that were.  A verdict about all, where one server is all there is, becomes
 * one about that server.  Returns 0 or DNSGAP_ENOMEM.
 */
int dg_subject_make(const struct dg_summary *s, const struct dg_port_verdict *v,
    uint8_t transport, const uint32_t *server_prefixes, const uint32_t *client_prefixes,
    struct dg_subject *out);
void dg_subject_fini(struct dg_subject *x);

bool dg_subject_has(const struct dg_subject *x, uint32_t server, uint32_t client);
bool dg_subject_is_same(
    const struct dg_summary *s, const struct dg_subject *a, const struct dg_subject *b);

/*
 * Puts the names into a finding.  `tested[i]`: server or client i was tried in the set; a
 * prefix is named where all its members that were are meant, and they are several.
 */
void dg_subject_name(const struct dg_summary *s, const struct dg_subject *x,
    const bool *tested_servers, const bool *tested_clients, const uint32_t *server_prefixes,
    const uint32_t *client_prefixes, struct dg_finding *f);

#endif
