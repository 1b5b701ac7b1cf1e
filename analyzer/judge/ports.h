#ifndef DG_JUDGE_PORTS_H
#define DG_JUDGE_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tally/trials.h"

/*
 * ports.h - which sets of client ports go unanswered, at whom, how sure that is, and what the
 * others say: the statistics behind findings by port (docs/diagnosis.md).
 *
 * A pure function of trials: no address, no word, no clock, no random number.
 */

/* The shapes a fault may have. */
enum dg_shape {
	DG_SHAPE_HARD,    /* one range, all dead but for a few named exceptions */
	DG_SHAPE_FLIP,    /* everything but one range is dead */
	DG_SHAPE_ONSET,   /* one range, dead from a time on, or until a time */
	DG_SHAPE_LIST,    /* several ports of amplification lists */
	DG_SHAPE_PARITY,  /* ports with given parities of masked bits: a linear hash */
	DG_SHAPE_SOFT,    /* one range with raised, not total, loss */
	DG_SHAPE_REPEATS, /* dead for good, without structure: another hash */
	DG_SHAPE_SINGLE,  /* one port */
	DG_SHAPE_COUNT
};

/* Whose trials a verdict is about. */
enum dg_scope {
	DG_SCOPE_ALL,
	DG_SCOPE_SERVER,
	DG_SCOPE_SERVER_PREFIX,
	DG_SCOPE_CLIENT,
	DG_SCOPE_CLIENT_PREFIX,
	DG_SCOPE_PAIR,
	DG_SCOPE_SITE, /* a server and a client prefix; verdicts tell it as pairs */
	DG_SCOPE_COUNT
};

struct dg_port_range {
	uint16_t first;
	uint16_t last;
};

struct dg_range_end {
	uint16_t least; /* the end lies from here ... */
	uint16_t most;  /* ... to here, both included; one of them was seen */
	double probability;
};

#define DG_VERDICT_RANGES_MAX 32
#define DG_VERDICT_EXCEPTIONS_MAX 64
#define DG_VERDICT_MASKS_MAX 4

/* What the others say about the ports of a set: dead or alive at odds of 100 : 1. */
enum dg_others {
	DG_OTHERS_UNTESTED,
	DG_OTHERS_ALIVE,
	DG_OTHERS_DEAD,
};

struct dg_unit_id {
	uint32_t server; /* or its prefix's number */
	uint32_t client; /* likewise; 0 where the scope has none */
};

struct dg_port_verdict {
	enum dg_shape shape;
	enum dg_scope scope;
	struct dg_unit_id *units; /* of the scope, ascending; one for DG_SCOPE_ALL */
	size_t unit_count;

	struct dg_port_range ranges[DG_VERDICT_RANGES_MAX]; /* ends are ports seen dead */
	struct dg_range_end firsts[DG_VERDICT_RANGES_MAX];
	struct dg_range_end lasts[DG_VERDICT_RANGES_MAX];
	unsigned range_count;                           /* 0 for hashes */
	uint16_t exceptions[DG_VERDICT_EXCEPTIONS_MAX]; /* ports inside, seen alive */
	unsigned exception_count;
	uint16_t masks[DG_VERDICT_MASKS_MAX]; /* parity of port & mask ... */
	bool parities[DG_VERDICT_MASKS_MAX];  /* ... in ports that are dead */
	unsigned mask_count;
	uint16_t *ports; /* of REPEATS: those seen dead and never alive, ascending */
	size_t port_count;
	double share; /* of ports that are dead, hashes only */

	bool has_window; /* only trials after `after_ns` and before `before_ns` */
	int64_t after_ns;
	int64_t before_ns;

	double ln_p;     /* after all corrections: the level that chance would need */
	double ln_bayes; /* ln Bayes factor, Jeffreys' prior */
	uint64_t inside_trials, inside_dead, inside_refused;
	uint64_t outside_trials, outside_dead;

	enum dg_others other_servers; /* same clients, same ports */
	enum dg_others other_clients; /* same servers, same ports */
	unsigned dead_prefixes;       /* server prefixes at which the set is dead at 100 : 1 */
	bool is_confirmed;            /* the scope: see docs/diagnosis.md, "Where" */
};

/* A candidate that was significant, and that something other than ports explains as well. */
enum dg_doubt {
	DG_DOUBT_NONE,
	DG_DOUBT_TIME,
	DG_DOUBT_QUESTIONS,
	DG_DOUBT_SEQUENCE,
};

struct dg_port_doubt {
	enum dg_doubt doubt; /* NONE: suspected only, not sure enough to blame */
	enum dg_shape shape;
	enum dg_scope scope;
	struct dg_unit_id unit;
	struct dg_port_range range; /* hull */
	double ln_p;
};

/* A server, client or pair of which nothing was alive; chance cannot do it. */
struct dg_port_entity {
	enum dg_scope scope; /* SERVER, CLIENT or PAIR */
	struct dg_unit_id unit;
	uint64_t trials;
};

#define DG_DOUBTS_MAX 16

struct dg_port_result {
	struct dg_port_verdict *verdicts; /* in the order in which they were found */
	size_t verdict_count;
	struct dg_port_doubt doubts[DG_DOUBTS_MAX];
	unsigned doubt_count;
	struct dg_port_entity *entities;
	size_t entity_count;
	bool is_all_dead; /* nothing at all was alive */
	bool is_cut;      /* the last of DG_PORT_VERDICTS_MAX rounds found something, too */
};

struct dg_port_input {
	const struct dg_trial *trials; /* of one transport, in any order */
	size_t trial_count;
	size_t server_count;
	size_t client_count;
	const uint32_t *server_prefixes; /* a number for each server; equal: same /24 or /48 */
	const uint32_t *client_prefixes;
	double alpha; /* level of a whole capture; 0: DG_PORTS_ALPHA */
	/* Indexes of trials by time, then as listed; NULL when not known. */
	const uint32_t *by_time;
};

#define DG_PORTS_ALPHA 0.1

/* Returns 0 or DNSGAP_ENOMEM.  The caller frees *out with dg_ports_free. */
int dg_ports_judge(const struct dg_port_input *input, struct dg_port_result **out);
void dg_ports_free(struct dg_port_result *r);

/* Whether a port is in the verdict's set (less its exceptions). */
bool dg_verdict_has_port(const struct dg_port_verdict *v, uint16_t port);

#endif
