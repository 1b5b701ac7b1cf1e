#ifndef DG_JUDGE_CASES_H
#define DG_JUDGE_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "judge/ports.h"

/*
 * cases.h - the trials of one transport, in order of port, with what their questions say, and
 * whether they still take part.
 */

struct dg_case {
	int64_t time_ns;
	uint32_t server;
	uint32_t client;
	uint32_t question; /* number of (server, question) that was never answered; else 0 */
	float weight;      /* of its question: 1, or 1 / dead trials of a question that its
			      server never answered */
	uint16_t port;
	bool is_dead;
	bool is_refused;
	bool is_question_answered; /* at some time by this server; true without a question */
	bool is_question_first;    /* alive, or answered question, or its first dead trial */
	bool is_active;            /* not set aside, not explained by a verdict yet */
	uint8_t aside;             /* 0, or 1 + the scope by which it was set aside */
};

struct dg_cases {
	struct dg_case *list;  /* by port, time, server, client */
	uint32_t *rank;        /* of each case in order of time; of the same time, as listed */
	uint32_t *client_rank; /* in order of clients, then time */
	uint32_t *server_rank; /* in order of servers, then time */
	uint32_t *by_client;   /* the cases in order of client_rank */
	uint32_t *by_server;   /* likewise */
	uint32_t *client_ends; /* of each client in by_client: its end; owned */
	uint32_t *server_ends; /* likewise */
	size_t count;
	size_t server_count;
	size_t client_count;
	const uint32_t *server_prefixes;
	const uint32_t *client_prefixes;
};

/* Returns 0 or DNSGAP_ENOMEM; less than 2^32 trials. */
int dg_cases_make(const struct dg_port_input *input, struct dg_cases *out);
void dg_cases_fini(struct dg_cases *c);

/* The unit of a scope that a case belongs to, as one number: ascending as dg_unit_id is. */
uint64_t dg_case_unit(const struct dg_cases *c, const struct dg_case *x, enum dg_scope scope);

/* Lists the active cases by units of a scope, ascending within each, into `ids`, which has room
 * for all cases; gives how many there are in *count.  0 or DNSGAP_ENOMEM. */
int dg_cases_list(const struct dg_cases *c, enum dg_scope scope, uint32_t *ids, size_t *count);

struct dg_unit_id dg_unit_of(enum dg_scope scope, uint64_t unit);

/* Sets aside servers, clients and pairs of which so many trials and nothing alive are there
 * that chance cannot do it (docs/diagnosis.md, "Without port evidence").  0 or DNSGAP_ENOMEM.
 */
int dg_cases_set_aside(struct dg_cases *c, struct dg_port_result *result);

#endif
