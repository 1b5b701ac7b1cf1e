/*
 * rule_servfail.c - SERVFAILs and what was silent behind them.
 *
 * One finding for each resolver.  It is a fault when other findings say why most of the queries
 * behind it were in vain; a warning when not; a note when they stand behind few of the
 * resolver's SERVFAILs, as plain loss does by chance.
 */
#include <stdlib.h>
#include <string.h>

#include "diagnose/diagnose.h"
#include "diagnose/explained.h"
#include "dnsgap/error.h"

/* Of SERVFAILs, so many are behind a warning, one in ... */
#define WARNING_SHARE 10

static enum dg_severity
severity_of(const struct dg_servfail_resolver *r)
{
	if (2 * r->covered > r->explained)
		return DG_FAULT;
	return WARNING_SHARE * r->explained >= r->judged ? DG_WARNING : DG_NOTE;
}

static int
add_words(
    struct dg_finding *f, const struct dg_servfail *all, const struct dg_servfail_resolver *r)
{
	uint64_t rest = r->judged - r->explained;
	int error = 0;

	if (r->passed_on > 0)
		error = dg_words_add(&f->rivals,
		    "%llu more SERVFAILs follow a SERVFAIL of an upstream server: these have "
		    "another cause",
		    (unsigned long long)r->passed_on);
	if (error == 0 && rest > r->passed_on)
		error = dg_words_add(&f->rivals,
		    "%llu SERVFAILs follow no unanswered query for their name or zone: DNSSEC, "
		    "a broken delegation or an answer out of the cache",
		    (unsigned long long)(rest - r->passed_on));
	if (error == 0 && r->by_zone > 0)
		error = dg_words_add(&f->rivals,
		    "%llu of the SERVFAILs are tied by zone only: no query for their name was "
		    "seen, and unanswered ones for the same zone came before",
		    (unsigned long long)r->by_zone);
	if (error == 0 && all->is_sampled)
		error = dg_words_add(&f->rivals,
		    "there were too many failures to keep: this is a sample of zones and "
		    "times");
	f->untested = strdup("queries for other names on the way to an answer, such as the "
			     "targets of CNAME records and the addresses of name servers");
	return f->untested != NULL ? error : DNSGAP_ENOMEM;
}

static int
add_finding(struct dg_diagnosis *d, const struct dg_servfail_resolver *r)
{
	struct dg_finding *f = dg_finding_new(DG_SERVFAIL_EXPLAINED, severity_of(r));

	if (f == NULL)
		return DNSGAP_ENOMEM;
	memcpy(f->servers, r->servers, sizeof f->servers);
	f->server_count = r->server_count;
	f->servers_all = r->servers_all;
	f->clients[0] = r->client;
	f->client_count = 1;
	f->clients_all = 1;
	memcpy(f->transports, r->transports, sizeof f->transports);
	f->inside.transactions = r->unanswered;
	f->servfails = r->judged;
	f->servfails_explained = r->explained;
	f->first_ns = r->first_ns;
	f->last_ns = r->last_ns;
	f->ports = strdup(r->ports);
	if (f->ports == NULL || add_words(f, d->servfail, r) != 0) {
		dg_finding_free(f);
		return DNSGAP_ENOMEM;
	}
	return dg_findings_add(&d->findings, f);
}

/*
 * What a resolver did not answer is no loss between its clients and it, when queries of its own
 * that were in vain explain most of it.
 */
static int
explain_clients(struct dg_diagnosis *d)
{
	const struct dg_summary *s = d->summary;
	bool *is_tied = calloc(s->server_count + 1, sizeof *is_tied);

	if (is_tied == NULL)
		return DNSGAP_ENOMEM;
	/* Both lists are in the order of their addresses. */
	for (size_t i = 0, n = 0; i < d->servfail->resolver_count && n < s->server_count;) {
		const struct dg_servfail_resolver *r = &d->servfail->resolvers[i];
		const struct dg_client_key *own = &s->clients[r->client].key;
		const struct dg_server_key *server = &s->servers[n].key;
		int order = dg_addr_compare(
		    &own->address, own->family, &server->address, server->family);

		if (order == 0)
			is_tied[n] = 2 * r->lost_explained > r->lost;
		i += order < 0;
		n += order >= 0;
	}
	for (size_t i = 0; i < s->trial_count; i++) {
		if (is_tied[s->trials[i].server] && dg_trial_is_dead(&s->trials[i]))
			dg_explain(d, i, DG_SERVFAIL_EXPLAINED);
	}
	free(is_tied);
	return 0;
}

int
dg_rule_servfail(struct dg_diagnosis *d)
{
	int error = dg_servfail_make(d->summary, &d->findings, &d->servfail);

	if (error == 0 && d->servfail != NULL)
		error = explain_clients(d);
	for (size_t i = 0; error == 0 && d->servfail != NULL && i < d->servfail->resolver_count;
	     i++) {
		const struct dg_servfail_resolver *r = &d->servfail->resolvers[i];

		if (r->explained > 0)
			error = add_finding(d, r);
	}
	return error;
}
