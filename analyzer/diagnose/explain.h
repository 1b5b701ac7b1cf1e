#ifndef DG_DIAGNOSE_EXPLAIN_H
#define DG_DIAGNOSE_EXPLAIN_H

#include "diagnose/finding.h"

/*
 * explain.h - what is always true of a kind of finding, in words: for `dnsgap explain`, and
 * for the rivals, the next steps and the warnings of every finding of that kind.
 *
 * SERVER, PORT, CLIENT and SENDER in a text stand for what a finding is about: the server and
 * the port it is asked on, the client, and who sent an ICMP error.
 */

#define DG_EXPLAIN_TEXTS_MAX 6

struct dg_explanation {
	const char *title; /* a line */
	const char *seen;
	const char *means;
	/* Each list ends with NULL. */
	const char *rivals[DG_EXPLAIN_TEXTS_MAX];
	const char *check[DG_EXPLAIN_TEXTS_MAX];
	const char *avoid[DG_EXPLAIN_TEXTS_MAX];
	const char *ask[DG_EXPLAIN_TEXTS_MAX]; /* commands; findings have their own */
};

/* Static; never NULL for a code. */
const struct dg_explanation *dg_explanation(enum dg_code code);

/* The texts by code: explain_ports.c, explain_servers.c, explain_traffic.c. */
extern const struct dg_explanation dg_explain_ports_silent;
extern const struct dg_explanation dg_explain_ports_refused;
extern const struct dg_explanation dg_explain_ports_hash;
extern const struct dg_explanation dg_explain_source_ports_predictable;
extern const struct dg_explanation dg_explain_low_ports_in_use;

extern const struct dg_explanation dg_explain_server_silent;
extern const struct dg_explanation dg_explain_server_port_closed;
extern const struct dg_explanation dg_explain_server_unreachable;
extern const struct dg_explanation dg_explain_client_refuses_replies;
extern const struct dg_explanation dg_explain_tcp_blocked;
extern const struct dg_explanation dg_explain_servfail_explained;

extern const struct dg_explanation dg_explain_loss_random;
extern const struct dg_explanation dg_explain_outage;
extern const struct dg_explanation dg_explain_rate_limited;
extern const struct dg_explanation dg_explain_replies_lost_beyond;
extern const struct dg_explanation dg_explain_fragments_lost;
extern const struct dg_explanation dg_explain_capture_one_way;
extern const struct dg_explanation dg_explain_capture_incomplete;

#endif
