#ifndef SIM_H
#define SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "judge/ports.h"
#include "tally/trials.h"

/*
 * sim.h - captures that never were: clients, servers, questions, losses and port faults, and
 * what the diagnosis of ports says of them.
 *
 * Nothing here uses the diagnosis but evaluate.c, which asks it, and cost.c, which times it:
 * the world, its truth and the oracle know only struct dg_trial and what a port range is.
 */

/* ---- rng.c: random numbers, the same on every machine ---- */

struct sim_rng {
	uint64_t s[4];
};

uint64_t sim_mix(uint64_t a, uint64_t b);
void sim_rng_init(struct sim_rng *r, uint64_t seed);
uint64_t sim_next(struct sim_rng *r);
uint32_t sim_below(struct sim_rng *r, uint32_t bound);                      /* 0 .. bound - 1 */
uint32_t sim_between(struct sim_rng *r, uint32_t least, uint32_t greatest); /* both included */
double sim_unit(struct sim_rng *r);                                         /* [0, 1) */
double sim_real(struct sim_rng *r, double least, double most);
double sim_log_real(struct sim_rng *r, double least, double most); /* even in its logarithm */
double sim_exponential(struct sim_rng *r, double mean);
bool sim_chance(struct sim_rng *r, double probability);
void *sim_alloc(size_t count, size_t size); /* zeroed; ends the program when there is none */

/* ---- ports.c: how a client chooses its ports ---- */

#define SIM_STATE_MAX 32

enum sim_choose {
	SIM_RANDOM,     /* evenly from first to last */
	SIM_SEQUENTIAL, /* one after the other, around at the end */
	SIM_POOL        /* one of a few, chosen once */
};

struct sim_chooser {
	enum sim_choose kind;
	uint16_t first;
	uint16_t last;
	double low_share;     /* of queries that come from ports 1-1023 instead */
	double skip_mean;     /* SEQUENTIAL: ports taken by others in between */
	unsigned state_count; /* hosts behind the address, or ports of the pool */
	double kept_share;    /* of queries that come from one of these */
	uint16_t kept[2];
	unsigned kept_count;
	uint16_t state[SIM_STATE_MAX];
};

enum sim_system {
	SIM_LINUX, /* 32768-60999 */
	SIM_IANA,  /* 49152-65535 */
	SIM_USER,  /* 1024-65535 */
	SIM_FULL,  /* 1-65535 */
	SIM_LOW,   /* 1024-65535, and some ports below */
	SIM_ANY_SYSTEM
};

struct sim_chooser sim_chooser_of(struct sim_rng *r, enum sim_system system);
struct sim_chooser sim_chooser_range(uint16_t first, uint16_t last);
struct sim_chooser sim_chooser_sequential(
    struct sim_rng *r, uint16_t first, uint16_t last, unsigned hosts, double skip_mean);
struct sim_chooser sim_chooser_pool(
    struct sim_rng *r, uint16_t first, uint16_t last, unsigned count);
uint16_t sim_choose(struct sim_rng *r, struct sim_chooser *c);

/* ---- world.c: who there is ---- */

struct sim_client {
	struct sim_chooser chooser;
	double weight;          /* of all queries */
	double loss;            /* beside the base loss */
	double favourite_share; /* of queries that go to `favourite` */
	double dead_name_share; /* of queries for names nobody answers */
	double from, until;     /* shares of the capture in which it asks */
	double scan_from;       /* and in which it asks from ports below 1024 mostly */
	double scan_until;
	double tokens; /* of the rate limit */
	int64_t tokens_ns;
	uint32_t favourite;
	uint32_t prefix;
	uint32_t fault_bits; /* the faults whose scope it is in */
	bool is_dead;
};

struct sim_server {
	double weight;
	double loss;
	uint32_t prefix;
	uint32_t fault_bits;
	bool is_dead;
};

/* Times in which a client, a server or all lose with a probability. */
struct sim_window {
	double from_s;
	double until_s;
};

struct sim_series {
	struct sim_window *windows; /* in order of time, apart */
	size_t window_count;
	size_t at;
	uint32_t client; /* or SIM_ALL */
	uint32_t server;
	double loss;
};

#define SIM_ALL UINT32_MAX
#define SIM_SERIES_MAX 256
#define SIM_FAULTS_MAX 4
#define SIM_MASKS_MAX 3

enum sim_set {
	SIM_SET_RANGES,
	SIM_SET_LIST,   /* ranges of one port each */
	SIM_SET_PARITY, /* linear hash */
	SIM_SET_HASH    /* other hash */
};

struct sim_fault {
	enum sim_set set;
	struct dg_port_range ranges[DG_VERDICT_RANGES_MAX];
	unsigned range_count;
	uint16_t exceptions[8];
	unsigned exception_count;
	uint16_t masks[SIM_MASKS_MAX];
	unsigned mask_count;
	unsigned bucket_count; /* HASH */
	uint64_t hash_seed;    /* and of the parities of each pair */
	double from, until;    /* shares of the capture */
	double loss;           /* 1: hard */
	double refused_share;
};

enum sim_outcome {
	SIM_ALIVE,
	SIM_DEAD,
	SIM_REFUSED,
	SIM_UNDECIDED
};

struct sim_query {
	int64_t time_ns;
	uint32_t server;
	uint32_t client;
	uint32_t question;
	uint16_t port;
	uint8_t outcome; /* enum sim_outcome */
	uint8_t retries; /* that were before it */
};

struct sim_world {
	struct sim_rng rng;
	size_t query_max;
	double base_loss;
	double length_s;
	int64_t start_ns;

	struct sim_client *clients;
	size_t client_count;
	struct sim_server *servers;
	size_t server_count;
	struct sim_series series[SIM_SERIES_MAX];
	size_t series_count;
	struct sim_fault faults[SIM_FAULTS_MAX];
	size_t fault_count;

	uint32_t name_count;
	uint32_t dead_name_count;
	unsigned copies;    /* of each query, from its port */
	double retry_share; /* of dead queries that are asked again */
	unsigned retry_max;
	bool is_retry_same_port;
	double burst_mean; /* queries of one client at once; 0: one by one */
	double rate_limit; /* answers a second and client; 0: none */
	double rate_burst;
	double rate_slip;   /* share of limited answers that still come, truncated */
	double answer_lost; /* share of answers the capture does not hold */
	double undecided_s; /* at the end */

	struct sim_query *queries;
	size_t query_count;
};

void sim_world_init(struct sim_world *w, uint64_t seed, size_t query_max, double base_loss);
void sim_world_fini(struct sim_world *w);
/* Evenly busy clients of one sort; the first one's index. */
size_t sim_add_clients(struct sim_world *w, size_t count, enum sim_system system);
struct sim_client *sim_add_client(struct sim_world *w, struct sim_chooser chooser);
/* `per_prefix` in each /24; the n-th has weight n^-zipf. */
void sim_add_servers(struct sim_world *w, size_t count, size_t per_prefix, double zipf);
/* `per_prefix` clients in each /24, in order. */
void sim_group_clients(struct sim_world *w, size_t per_prefix);
void sim_uneven_clients(struct sim_world *w, double zipf);

struct sim_fault *sim_add_fault(struct sim_world *w);
struct sim_fault *sim_add_range(struct sim_world *w, uint32_t first, uint32_t last);
void sim_also_range(struct sim_fault *f, uint32_t first, uint32_t last);
void sim_except(struct sim_fault *f, uint16_t port);
/* Narrow the scope of a fault to the servers, or clients, first .. first + count - 1. */
void sim_at_servers(struct sim_world *w, const struct sim_fault *f, size_t first, size_t count);
void sim_at_clients(struct sim_world *w, const struct sim_fault *f, size_t first, size_t count);
void sim_at_server_prefix(struct sim_world *w, const struct sim_fault *f, uint32_t prefix);
void sim_at_client_prefix(struct sim_world *w, const struct sim_fault *f, uint32_t prefix);

/* ---- loss.c: what goes unanswered without a port's fault ---- */

struct sim_series *sim_add_series(
    struct sim_world *w, uint32_t client, uint32_t server, double loss);
void sim_add_window(struct sim_series *s, double from_s, double until_s);
/* Bad times of a mean length, so that they make a share of the capture. */
void sim_add_bursts(struct sim_world *w, struct sim_series *s, double mean_s, double share);
/* Whether anything but a port's fault leaves the query without an answer.  In order of time. */
bool sim_is_lost(struct sim_world *w, const struct sim_query *q, double at_s);

/* ---- play.c: the queries of a world ---- */

/* Makes w->queries, in order of time. */
void sim_play(struct sim_world *w);

/* ---- truth.c: what is so ---- */

/* Whether a fault kills this port of this pair at this time; and but for the time. */
bool sim_is_in_fault(const struct sim_world *w, const struct sim_fault *f, uint32_t server,
    uint32_t client, uint16_t port, int64_t time_ns);
bool sim_is_in_scope(
    const struct sim_world *w, const struct sim_fault *f, uint32_t server, uint32_t client);
bool sim_is_in_set(const struct sim_fault *f, uint32_t server, uint32_t client, uint16_t port);
bool sim_is_in_window(const struct sim_world *w, const struct sim_fault *f, int64_t time_ns);
bool sim_is_range(const struct sim_fault *f);
void sim_tell_fault(const struct sim_world *w, const struct sim_fault *f, FILE *out);

/* ln P(X >= k): of `all` trials `dead` are dead, `n` are drawn. */
double sim_ln_fisher(uint64_t k, uint64_t all, uint64_t dead, uint64_t n);

/* What one run is made of. */
struct sim_run {
	struct sim_world world;
	struct dg_trial *trials;
	size_t trial_count;
	uint32_t *truth;  /* of each trial: bits of the faults it is in */
	double ln_oracle; /* greatest over the faults; 0 where there is none */
};

void sim_run_make(struct sim_run *r);
void sim_run_fini(struct sim_run *r);
static inline bool
sim_trial_is_dead(const struct dg_trial *t)
{
	return t->reached == 0;
}

/* ---- families_healthy.c, families_fault.c, families_hash.c ---- */

struct sim_family {
	const char *name;
	const char *about;
	void (*make)(struct sim_world *w);
};

const struct sim_family *sim_families_healthy(size_t *count);
const struct sim_family *sim_families_fault(size_t *count);
const struct sim_family *sim_families_hash(size_t *count);

/* ---- evaluate.c, baseline.c: scores ---- */

enum sim_score {
	SIM_RUNS,
	SIM_BLAMED, /* at least one verdict */
	SIM_FOUND,
	SIM_ORACLE, /* the oracle's p is 1 % or less */
	SIM_SURE4,  /* 1e-4 */
	SIM_SURE4_FOUND,
	SIM_SURE6,
	SIM_SURE6_FOUND,
	SIM_SURE9,
	SIM_SURE9_FOUND,
	SIM_OFF,
	SIM_ENDS_OF,
	SIM_ENDS,
	SIM_CLASSED_OF,
	SIM_CLASSED,
	SIM_EXCEPTIONS_OF,
	SIM_EXCEPTIONS,
	SIM_SCOPE,
	SIM_SCOPE_SURE, /* runs in which a scope is stated as confirmed */
	SIM_SCOPE_SURE_WRONG,
	SIM_THRESHOLD, /* blames, when healthy; finds, when not */
	SIM_THRESHOLD_SURE4,
	SIM_THRESHOLD_SURE6,
	SIM_THRESHOLD_OFF,
	SIM_FISHER,
	SIM_FISHER_SURE4,
	SIM_FISHER_SURE6,
	SIM_FISHER_OFF,
	SIM_KNOWABLE4, /* of SIM_SURE4: by who knows all but the ports */
	SIM_KNOWABLE6,
	SIM_ENDS_TOLD, /* of SIM_SURE4: ranges that lose all */
	SIM_ENDS_HIDDEN,
	SIM_MICROSECONDS, /* of dg_ports_judge */
	SIM_SCORES
};

struct sim_scores {
	uint64_t n[SIM_SCORES];
};

/* Adds one run; tells on `out`, when it is not NULL, what was wrong with it.  False: it was. */
bool sim_evaluate(struct sim_run *r, struct sim_scores *s, FILE *out);

/* limit.c: adds what nobody could find in a run. */
void sim_limit_add(const struct sim_run *r, struct sim_scores *s);

struct sim_baseline {
	bool is_blamed;
	bool is_found;
	bool is_off;
};

struct sim_baseline sim_baseline_threshold(const struct sim_run *r);
struct sim_baseline sim_baseline_fisher(const struct sim_run *r);

/* ---- table.c, cost.c ---- */

struct sim_cell {
	const struct sim_family *family;
	bool has_fault;
	uint32_t size;
	double loss;
	uint32_t runs;
	struct sim_scores scores;
};

struct sim_plan {
	struct sim_cell *cells;
	size_t cell_count;
	const uint32_t *sizes;
	size_t size_count;
	const double *losses;
	size_t loss_count;
	uint64_t seed;
	bool is_markdown;
	bool has_limits; /* limit.c was asked */
};

void sim_print_tables(const struct sim_plan *p);
/* Sums of one line a family and size, for tests. */
void sim_print_cells(const struct sim_plan *p);
int sim_cost(uint64_t seed, uint32_t servers);
void sim_dump(const struct sim_world *w, FILE *out);

#endif
