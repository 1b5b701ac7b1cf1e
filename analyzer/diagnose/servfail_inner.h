#ifndef DG_DIAGNOSE_SERVFAIL_INNER_H
#define DG_DIAGNOSE_SERVFAIL_INNER_H

#include "diagnose/servfail.h"
#include "tally/failures.h"

/*
 * servfail_inner.h - what the files of the join share; nobody else includes it.
 */

#define DG_NOBODY UINT32_MAX

/* A query in vain of a resolver. */
struct dg_upstream {
	const struct dg_failure *failure;
	uint32_t resolver; /* index into the summary's clients */
	uint32_t server;   /* index into its servers */
	uint32_t row;
	bool is_covered; /* a finding explains it */
	bool is_used;    /* it explains an answer */
};

/* An answer of a resolver, or one that it got; or a client's query that it did not answer. */
struct dg_downstream {
	const struct dg_failure *failure;
	uint32_t resolver;
};

/* One resolver's queries in vain for one name at one server: upstream[from..to). */
struct dg_asked {
	uint32_t from;
	uint32_t to;
};

/* One resolver's queries in vain in one zone at one server: by_row[from..to). */
struct dg_asked_zone {
	uint32_t from;
	uint32_t to;
	struct dg_servfail_cause cause;
};

/* A query that was reached. */
struct dg_reached {
	uint32_t resolver;
	uint32_t server;
	int64_t time_ns;
	uint16_t port;
};

struct dg_join {
	const struct dg_summary *summary;
	uint32_t *server_of; /* by client: the first server of its address, or DG_NOBODY */
	uint32_t *client_of; /* by server: the client of its address, or DG_NOBODY */
	struct dg_upstream *upstream; /* by resolver, name, server, time */
	uint32_t upstream_count;
	struct dg_asked *asked;
	uint32_t asked_count;
	uint32_t *by_row; /* numbers of upstream queries by resolver, zone, server, time */
	struct dg_asked_zone *rows;
	uint32_t row_count;
	uint32_t *covered_sum;      /* of upstream queries before this one */
	int32_t *marks;             /* of upstream: +1 where a use begins, -1 where it ends */
	int32_t *row_marks;         /* likewise of by_row */
	struct dg_reached *reached; /* by resolver, server, time; of servers in upstream */
	size_t reached_count;
	struct dg_downstream *answers; /* of resolvers to clients */
	uint32_t answer_count;
	struct dg_downstream *passed; /* SERVFAILs to resolvers; by resolver, name, time */
	uint32_t passed_count;
	struct dg_servfail_resolver *resolvers; /* by client; those that are none stay zero */
};

/* servfail_gather.c: everything above, with nothing joined yet.  0 or DNSGAP_ENOMEM. */
int dg_join_gather(struct dg_join *j, const struct dg_summary *s);
void dg_join_fini(struct dg_join *j);
/* By length, then by bytes. */
int dg_join_compare_names(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length);

/* servfail_cover.c: which queries in vain a finding explains already. */
void dg_join_cover(struct dg_join *j, const struct dg_findings *findings);

/* servfail_join.c: counts what is explained into rows and resolvers, and marks what is used. */
void dg_join_answers(struct dg_join *j);

#endif
