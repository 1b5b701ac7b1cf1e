/*
 * tcp_blocked.c - servers that are reached over UDP and never over TCP.
 *
 * Looked for with the servers, before time and ports: what TCP alone does not get through is no
 * sign of an outage or of a client that is refused.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "diagnose/paths.h"
#include "dnsgap/error.h"

/* Attempts that are a fault; one SYN is sent several times in each. */
#define ATTEMPTS_SURE 3
#define LN_SUSPECTED (-2.995732273553991)

/* A server, by its transports. */
struct reach_of {
	uint64_t tcp;     /* decided */
	uint64_t refused; /* of them: RST or ICMP */
	uint64_t udp;     /* decided */
	uint64_t udp_reached;
	uint64_t truncated;
};

struct blocked {
	struct dg_diagnosis *d;
	uint64_t *left;      /* TCP trials by server, that nothing explains */
	double servers;      /* with TCP */
	bool is_tcp_reached; /* anywhere */
	uint64_t others;     /* decided, of all that is not TCP to a blocked server */
	uint64_t others_dead;
};

static struct reach_of
reach_of(const struct dg_summary *s, size_t server)
{
	struct dg_counts tcp = dg_side_all(&s->servers[server].sides[DG_SIDE_TCP]);
	struct dg_counts udp = dg_side_all(&s->servers[server].sides[DG_SIDE_UDP]);

	return (struct reach_of){
	    .tcp = dg_counts_reached(&tcp) == 0 ? dg_counts_decided(&tcp) : 0,
	    .refused =
		tcp.outcomes[DG_OUTCOME_TCP_REFUSED] + tcp.outcomes[DG_OUTCOME_ICMP_ERROR],
	    .udp = dg_counts_decided(&udp),
	    .udp_reached = dg_counts_reached(&udp),
	    .truncated = udp.outcomes[DG_OUTCOME_TRUNCATED],
	};
}

static bool
is_blocked(const struct blocked *x, size_t server)
{
	struct reach_of r = reach_of(x->d->summary, server);

	return r.tcp > 0 && r.udp_reached > 0 && x->left[server] > 0;
}

static void
count_others(struct blocked *x)
{
	const struct dg_summary *s = x->d->summary;
	struct dg_counts all = dg_side_all(&s->all);

	x->others = dg_counts_decided(&all);
	x->others_dead = x->others - dg_counts_reached(&all);
	for (size_t i = 0; i < s->server_count; i++) {
		struct dg_counts tcp = dg_side_all(&s->servers[i].sides[DG_SIDE_TCP]);

		x->servers += tcp.transactions > 0;
		x->is_tcp_reached |= dg_counts_reached(&tcp) > 0;
		if (!is_blocked(x, i))
			continue;
		x->others -= dg_counts_decided(&tcp);
		x->others_dead -= dg_counts_decided(&tcp);
	}
}

static enum dg_severity
severity_of(const struct blocked *x, const struct reach_of *r, double ln_p)
{
	if (r->refused > 0)
		return r->tcp > 1 || r->truncated > 0 ? DG_FAULT : DG_WARNING;
	if (ln_p + log(x->servers) < DG_LN_CHANCE)
		return r->tcp >= ATTEMPTS_SURE ? DG_FAULT : DG_WARNING;
	return DG_NOTE;
}

static void
count_into(struct blocked *x, size_t server, struct dg_finding *f)
{
	const struct dg_summary *s = x->d->summary;

	for (size_t i = 0; i < s->trial_count; i++) {
		const struct dg_trial *t = &s->trials[i];

		if (t->server != server)
			continue;
		if (t->transport != DG_TRANSPORT_TCP) {
			dg_finding_contrast(f, t);
		} else if (!dg_is_explained(x->d, i)) {
			dg_finding_count(f, t);
			dg_explain(x->d, i, f->code);
		}
	}
	dg_finding_add_server(f, (uint32_t)server);
}

static int
emit(struct blocked *x, size_t server)
{
	struct reach_of r = reach_of(x->d->summary, server);
	double ln_p = (double)r.tcp * log(dg_rate(x->others_dead, x->others));
	struct dg_finding *f;
	int error = 0;

	if (r.refused == 0 && ln_p >= LN_SUSPECTED)
		return 0;
	f = dg_finding_new(DG_TCP_BLOCKED, severity_of(x, &r, ln_p));
	if (f == NULL)
		return DNSGAP_ENOMEM;
	count_into(x, server, f);
	f->is_suspected = f->severity == DG_NOTE;
	f->has_p = r.refused == 0;
	f->ln_p = fmin(0, ln_p + log(x->servers));
	f->where = r.refused > 0 || x->is_tcp_reached ? DG_WHERE_NEAR_SERVER : DG_WHERE_UNKNOWN;
	if (r.truncated > 0)
		error = dg_words_add(&f->evidence,
		    "%" PRIu64 " of its replies over UDP were truncated, and say that the "
		    "client must ask over TCP",
		    r.truncated);
	if (error == 0 && r.refused == 0 && !x->is_tcp_reached)
		error = dg_words_add(&f->rivals,
		    "no server was reached over TCP: what drops it may be near this place");
	if (error != 0) {
		dg_finding_free(f);
		return error;
	}
	return dg_findings_add(&x->d->findings, f);
}

int
dg_find_blocked_tcp(struct dg_diagnosis *d)
{
	const struct dg_summary *s = d->summary;
	struct blocked x = {.d = d, .left = calloc(s->server_count + 1, sizeof(uint64_t))};
	unsigned named = 0;
	int error = 0;

	if (x.left == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < s->trial_count; i++) {
		if (s->trials[i].transport == DG_TRANSPORT_TCP && !dg_is_explained(d, i))
			x.left[s->trials[i].server]++;
	}
	count_others(&x);
	for (size_t i = 0; error == 0 && i < s->server_count; i++) {
		if (is_blocked(&x, i) && named++ < DG_FINDINGS_NAMED_MAX)
			error = emit(&x, i);
	}
	free(x.left);
	return error;
}
