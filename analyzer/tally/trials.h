#ifndef DG_TALLY_TRIALS_H
#define DG_TALLY_TRIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fetch.h"

/*
 * trials.h - which client port was tried at which server, when, and with what success: what
 * the diagnosis of ports works on.
 *
 * A trial is all decided transactions of one client, server, transport and client port in one
 * bin of time, 2^bin_log2 seconds long and aligned to the epoch.  It is alive when one of them
 * was reached, else dead.  Undecided transactions make none.
 *
 * Bounded, and independent of the order in which transactions come: when there are more trials
 * than fit, bins grow by DG_TRIAL_BIN_STEP up to DG_TRIAL_BIN_LOG2_MAX; then only those trials
 * are kept whose mark ends in sample_log2 zero bits.  Both are the least that fit, so any
 * order, and any grouping of merges, gives the same trials.
 */

struct dg_trial {
	/*
	 * Of its exemplar: of the transactions, a reached one if there is any, of these the
	 * earliest (by time of its first query, then by file and frame).
	 */
	int64_t time_ns;
	uint32_t question; /* hash of name, type and class, the same in every run; 0: none */
	uint32_t frame;    /* of its first query, from 1; 0 when its place is not known */
	uint16_t file;
	uint16_t port;     /* the client's */
	uint32_t server;   /* row of the tally; in a summary: index into its servers */
	uint32_t client;   /* likewise */
	uint32_t mark;     /* hash of both addresses and ports, the same in every run */
	uint16_t reached;  /* transactions; these three stay at UINT16_MAX */
	uint16_t dead;     /* decided and not reached */
	uint16_t refused;  /* among dead: an ICMP error about the query, or the server's RST */
	uint8_t transport; /* enum dg_transport */
	uint8_t zero;
};

struct dg_trials {
	struct dg_trial *rows; /* in order of arrival */
	uint32_t *slots;       /* open addressing: a tag above, the row + 1 below */
	uint32_t count;
	uint32_t room;
	uint32_t slot_mask;
	uint32_t max;
	unsigned bin_log2;
	unsigned sample_log2;
	uint64_t secrets[2]; /* of the table's hash; they say nothing about what is kept */
};

/* `max` trials at most, 16 to 2^20. */
void dg_trials_init(struct dg_trials *t, uint32_t max, const uint64_t secrets[2]);
void dg_trials_fini(struct dg_trials *t);

/* Whether trials of this mark are kept at all; once they are not, they never are again. */
static inline bool
dg_trials_take(const struct dg_trials *t, uint32_t mark)
{
	return (mark & ((UINT32_C(1) << t->sample_log2) - 1)) == 0;
}

/* Adds one transaction, given as a trial of its own.  Returns 0 or DNSGAP_ENOMEM. */
int dg_trials_add(struct dg_trials *t, const struct dg_trial *one);

/*
 * The same in three steps, so that many can be added side by side: hash and fetch the slot;
 * fetch the row that is likely the trial's; add.  A hash is good while bin_log2 stays.
 */
uint64_t dg_trials_prefetch(const struct dg_trials *t, const struct dg_trial *one);
void dg_trials_prefetch_row(const struct dg_trials *t, uint64_t hash);
int dg_trials_add_hashed(struct dg_trials *t, const struct dg_trial *one, uint64_t hash);

/*
 * Adds all of `from`, whose server and client rows are called `servers[i]` and `clients[i]`
 * in `into`; without those of which one is DG_TRIALS_NO_ROW.  Returns 0 or DNSGAP_ENOMEM.
 */
#define DG_TRIALS_NO_ROW UINT32_MAX
int dg_trials_merge(struct dg_trials *into, const struct dg_trials *from,
    const uint32_t *servers, const uint32_t *clients);

/* A copy of all rows by transport (UDP first), port, time, server, client; `count` of them,
 * with servers and clients called as above.  NULL when memory ran out; the caller gives it to
 * dg_pages_free with dg_trials_bytes. */
size_t dg_trials_bytes(const struct dg_trials *t);
struct dg_trial *dg_trials_sorted(
    const struct dg_trials *t, const uint32_t *servers, const uint32_t *clients);

#endif
