#ifndef DG_TALLY_SUMMARY_H
#define DG_TALLY_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/interval.h"
#include "tally/profile.h"
#include "tally/tally.h"
#include "tally/trials.h"

/*
 * summary.h - a tally, frozen and put in order, with the ratios that only make
 * sense once nothing more is added.
 */

struct dg_server_summary {
	struct dg_server_key key;
	struct dg_side all;
	struct dg_side sides[DG_SIDE_COUNT];
	bool has_side[DG_SIDE_COUNT];
	bool owns_all; /* `all` is a merge; else it borrows from the tally */
	const struct dg_zones *zones;
	const struct dg_examples *examples;
	const struct dg_options *options; /* NULL when its replies had none that count */
	uint32_t number;                  /* of its row in the tally */
};

struct dg_client_summary {
	struct dg_client_key key;
	struct dg_counts counts;
	struct dg_profile profile;
	uint32_t number;      /* of its row in the tally */
	uint64_t asked_again; /* of the reached: with a resend after their reply was seen */
};

/* Which bounds were hit. */
enum dg_limit {
	DG_LIMIT_TRANSACTIONS,
	DG_LIMIT_SAME_ID,
	DG_LIMIT_SERVERS,
	DG_LIMIT_CLIENTS,
	DG_LIMIT_ICMP,
	DG_LIMIT_CONNECTIONS,
	DG_LIMIT_FRAGMENTS,
	DG_LIMIT_FRAGMENT_ROWS,
	DG_LIMIT_FLOW_LOOKS,
	DG_LIMIT_COUNT
};

struct dg_summary {
	struct dg_side all;
	struct dg_server_summary *servers; /* by address, then port */
	size_t server_count;
	struct dg_client_summary *clients; /* by address */
	size_t client_count;
	const struct dg_icmp_row **icmp; /* by sender, type, code, about, server */
	size_t icmp_count;
	const struct dg_pieces_row **pieces; /* by sender, port (none first), about */
	size_t piece_count;
	uint64_t other_pieces; /* datagrams in fragments that found no row */
	/* Addresses from which replies came, and to which not one transaction went; by address.
	 */
	const struct dg_orphan_row **one_way_servers;
	size_t one_way_count;
	struct dg_side other_servers; /* of servers beyond the bound */
	struct dg_counts other_clients;
	uint64_t other_icmp;
	struct dg_quality quality;
	bool is_one_way;
	bool limits_hit[DG_LIMIT_COUNT];
	/* By transport, port, time, server, client; they know servers and clients by their
	 * index here.  Of servers and clients beyond the bounds there are none. */
	struct dg_trial *trials; /* owned */
	size_t trial_count;
	size_t trial_bytes; /* of dg_pages_new */
	unsigned trial_bin_log2;
	unsigned trial_sample_log2;
	const struct dg_failures *failures; /* the tally's, in any order */
};

/**
 * Freezes a tally.  The summary borrows from it and must not outlive it, nor may
 * the tally change.  Returns 0 or DNSGAP_ENOMEM.
 */
int dg_summary_make(const struct dg_tally *t, struct dg_summary **out);
void dg_summary_free(struct dg_summary *s);

/*
 * Whether each datagram in fragments has one fragment, the first where that is known: the rest
 * of every one is missing, which no network does.  A filter hid them.
 */
bool dg_summary_hides_fragments(const struct dg_summary *s);

/* The limit's name in reports; static. */
const char *dg_limit_name(enum dg_limit limit);

/* What is said about one set of transactions. */
struct dg_ratio {
	uint64_t reached;
	uint64_t decided;
	double value;                /* of reached in decided; meaningless when decided is 0 */
	struct dg_interval interval; /* 95 % */
};

struct dg_ratio dg_ratio_make(const struct dg_counts *c);

#endif
