/*
 * rule_servers.c - servers that answer nothing, or refuse queries.
 */
#include <stdlib.h>

#include "diagnose/paths.h"
#include "diagnose/silent.h"
#include "dnsgap/error.h"

/* A server that answers, and refuses at other times: trials ids[from] to before ids[to]. */
struct refusing {
	struct dg_diagnosis *d;
	const struct dg_refusals *refusals;
	const uint32_t *ids;
	size_t from;
	size_t to;
	uint32_t server;
	uint64_t refused; /* trials */
	bool is_tcp_dead; /* not this rule's matter then */
	/* From the first refused one to the last: none alive, so all of it is one time. */
	bool is_one_time;
	int64_t first_ns;
	int64_t last_ns;
};

static bool
is_refused(const struct refusing *x, const struct dg_trial *t)
{
	return t->refused > 0 && !(t->transport == DG_TRANSPORT_TCP && x->is_tcp_dead);
}

/* The only client whose queries were refused, while others were answered; else UINT32_MAX. */
static uint32_t
only_client(const struct refusing *x)
{
	const struct dg_trial *trials = x->d->summary->trials;
	uint32_t client = UINT32_MAX;
	bool has_others = false;

	for (size_t i = x->from; i < x->to; i++) {
		const struct dg_trial *t = &trials[x->ids[i]];

		if (!is_refused(x, t))
			continue;
		if (client != UINT32_MAX && client != t->client)
			return UINT32_MAX;
		client = t->client;
	}
	for (size_t i = x->from; i < x->to; i++) {
		const struct dg_trial *t = &trials[x->ids[i]];

		if (t->client == client && t->reached > 0)
			return UINT32_MAX;
		has_others |= t->client != client && t->reached > 0;
	}
	return has_others ? client : UINT32_MAX;
}

/* Errors are limited in number: what is silent between them was refused, too. */
static void
find_time(struct refusing *x)
{
	const struct dg_trial *trials = x->d->summary->trials;
	bool has_begun = false;

	x->is_one_time = true;
	for (size_t i = x->from; i < x->to; i++) {
		const struct dg_trial *t = &trials[x->ids[i]];

		if (!is_refused(x, t))
			continue;
		x->first_ns = has_begun ? x->first_ns : t->time_ns;
		x->last_ns = t->time_ns;
		has_begun = true;
	}
	for (size_t i = x->from; i < x->to; i++) {
		const struct dg_trial *t = &trials[x->ids[i]];

		if (t->time_ns >= x->first_ns && t->time_ns <= x->last_ns && t->reached > 0)
			x->is_one_time = false;
	}
}

static bool
is_of_time(const struct refusing *x, const struct dg_trial *t)
{
	return is_refused(x, t) ||
	    (x->is_one_time && t->time_ns >= x->first_ns && t->time_ns <= x->last_ns);
}

static void
count_into(const struct refusing *x, struct dg_finding *f)
{
	const struct dg_trial *trials = x->d->summary->trials;

	for (size_t i = x->from; i < x->to; i++) {
		const struct dg_trial *t = &trials[x->ids[i]];

		if (is_of_time(x, t)) {
			dg_finding_count(f, t);
			dg_explain(x->d, x->ids[i], f->code);
		} else {
			dg_finding_contrast(f, t);
		}
	}
	dg_finding_add_server(f, x->server);
}

static int
add_rivals(struct dg_finding *f)
{
	int error;

	if (f->inside.reached > 0)
		return 0;
	error = dg_words_add(
	    &f->rivals, "the service was down for a time, and queries were refused then");
	if (error == 0)
		error = dg_words_add(&f->rivals,
		    "something on the way refuses a part of the queries with this error");
	return error;
}

/* It answered others, so it is no dead server: a warning. */
static int
emit(struct refusing *x)
{
	bool is_closed = x->refusals->by_server[x->server] == DG_REFUSAL_CLOSED;
	const struct dg_icmp_row *row = x->refusals->row[x->server];
	struct dg_finding *f = dg_finding_new(
	    is_closed ? DG_SERVER_PORT_CLOSED : DG_SERVER_UNREACHABLE, DG_WARNING);
	uint32_t client = only_client(x);
	int error;

	if (f == NULL)
		return DNSGAP_ENOMEM;
	find_time(x);
	count_into(x, f);
	if (row != NULL)
		dg_finding_note_row(f, row);
	f->where = is_closed ? DG_WHERE_NEAR_SERVER : DG_WHERE_UNKNOWN;
	if (client != UINT32_MAX) {
		dg_finding_add_client(f, client);
		f->where = DG_WHERE_ONE_CLIENT;
	}
	error = add_rivals(f);
	if (error != 0) {
		dg_finding_free(f);
		return error;
	}
	return dg_findings_add(&x->d->findings, f);
}

static int
look_at(struct refusing *x, unsigned *named)
{
	const struct dg_summary *s = x->d->summary;
	struct dg_counts tcp;

	x->server = x->d->orders.servers[x->ids[x->from]];
	if (x->refusals->by_server[x->server] == DG_REFUSAL_NONE)
		return 0;
	tcp = dg_side_all(&s->servers[x->server].sides[DG_SIDE_TCP]);
	x->is_tcp_dead = dg_counts_reached(&tcp) == 0;
	x->refused = 0;
	for (size_t i = x->from; i < x->to; i++)
		x->refused += is_refused(x, &s->trials[x->ids[i]]);
	if (x->refused == 0 || *named == DG_FINDINGS_NAMED_MAX)
		return 0;
	++*named;
	return emit(x);
}

static int
find_refusing(struct dg_diagnosis *d, const struct dg_refusals *refusals)
{
	struct refusing x = {.d = d, .refusals = refusals};
	unsigned named = 0;
	uint32_t *ids;
	size_t count;
	int error = dg_trials_left(d, DG_BY_SERVER, &ids, &count);

	if (error != 0)
		return error;
	x.ids = ids;
	for (; error == 0 && x.from < count; x.from = x.to) {
		x.to = dg_group_end(d, ids, count, x.from, DG_BY_SERVER);
		error = look_at(&x, &named);
	}
	free(ids);
	return error;
}

int
dg_rule_servers(struct dg_diagnosis *d)
{
	struct dg_refusals refusals;
	int error = dg_explain_ports(d);

	if (error == 0)
		error = dg_find_blocked_tcp(d);
	if (error != 0)
		return error;
	error = dg_refusals_make(d->summary, &refusals);
	if (error != 0)
		return error;
	error = dg_find_silent(d, &refusals);
	if (error == 0)
		error = find_refusing(d, &refusals);
	dg_refusals_fini(&refusals);
	return error;
}
