/* truth.h - what a right report says about the capture. */

#ifndef MK_TRUTH_H
#define MK_TRUTH_H

#include "template.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* In the order of the report.  The four of TCP stay zero. */
enum mk_outcome {
	MK_ANSWERED,
	MK_LATE,
	MK_UNANSWERED,
	MK_ICMP_ERROR,
	MK_TCP_REFUSED,
	MK_TCP_NO_CONNECTION,
	MK_TCP_RESET,
	MK_TCP_CLOSED,
	MK_OUTCOME_TRUNCATED,
	MK_UNDECIDED,
	MK_OUTCOME_COUNT,
};

#define MK_RANGE_COUNT 3

struct mk_counts {
	uint64_t outcomes[MK_RANGE_COUNT][MK_OUTCOME_COUNT];
};

/** One address of a server. */
struct mk_truth_server {
	struct mk_counts counts;
	uint64_t icmp_errors;
};

struct mk_truth {
	uint32_t server_count;
	struct mk_truth_server *servers; /* all of IPv4, then all of IPv6 */
	uint64_t queries;                /* messages */
	uint64_t resends;
	uint64_t replies;
	uint64_t icmp_errors;
};

/** 0, or -1 when there is no memory. */
int mk_truth_init(struct mk_truth *t, uint32_t server_count);
void mk_truth_fini(struct mk_truth *t);

/** The counters of one server's address. */
struct mk_truth_server *mk_truth_server(struct mk_truth *t, uint32_t server, bool is_v6);

/** Counts one transaction, once. */
void mk_truth_add(struct mk_truth *t, uint32_t server, bool is_v6, uint16_t client_port,
    enum mk_outcome outcome);

/** To be called when all are counted: the rule of captures of one direction. */
void mk_truth_finish(struct mk_truth *t);

/** Writes the JSON; the caller asks ferror. */
void mk_truth_write(struct mk_truth *t, FILE *out);

#endif
