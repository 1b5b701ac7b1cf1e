/*
 * place.c - whom a finding by port is about, what the others saw, and so where the fault is.
 *
 * Where: docs/diagnosis.md has the table.  What other servers say counts from the same
 * clients only, what other clients say at the same servers only.
 */
#include "diagnose/place.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"

/* Who was tried at the ports of the set; all by index and owned. */
struct survey {
	bool *dead_servers; /* the subject's, with a dead trial */
	bool *dead_clients;
	bool *tested_servers; /* anybody's */
	bool *tested_clients;
	struct dg_reach *others;   /* by server: the same clients there, beyond the subject */
	struct dg_reach elsewhere; /* other clients at the same servers */
};

static void
survey_fini(struct survey *y)
{
	free(y->dead_servers);
	free(y->dead_clients);
	free(y->tested_servers);
	free(y->tested_clients);
	free(y->others);
}

static void
add_reach(struct dg_reach *r, const struct dg_trial *t)
{
	r->transactions += (uint64_t)t->reached + t->dead;
	r->reached += t->reached;
}

static int
survey_make(const struct dg_summary *s, struct survey *y)
{
	*y = (struct survey){
	    .dead_servers = calloc(s->server_count + 1, sizeof *y->dead_servers),
	    .dead_clients = calloc(s->client_count + 1, sizeof *y->dead_clients),
	    .tested_servers = calloc(s->server_count + 1, sizeof *y->tested_servers),
	    .tested_clients = calloc(s->client_count + 1, sizeof *y->tested_clients),
	    .others = calloc(s->server_count + 1, sizeof *y->others),
	};
	return y->dead_servers != NULL && y->dead_clients != NULL &&
		y->tested_servers != NULL && y->tested_clients != NULL && y->others != NULL
	    ? 0
	    : DNSGAP_ENOMEM;
}

static void
mark_subject(const struct dg_blame *b, struct survey *y)
{
	for (size_t i = 0; i < b->summary->trial_count; i++) {
		const struct dg_trial *t = &b->summary->trials[i];

		if (!dg_blame_has_time(b, t) || !dg_blame_is_inside(b, t->port))
			continue;
		y->tested_servers[t->server] = true;
		y->tested_clients[t->client] = true;
		if (dg_trial_is_dead(t) && dg_blame_has(b, t)) {
			y->dead_servers[t->server] = true;
			y->dead_clients[t->client] = true;
		}
	}
}

static void
count_others(const struct dg_blame *b, struct survey *y)
{
	for (size_t i = 0; i < b->summary->trial_count; i++) {
		const struct dg_trial *t = &b->summary->trials[i];

		if (!dg_blame_has_time(b, t) || dg_blame_has(b, t) ||
		    !dg_blame_is_inside(b, t->port))
			continue;
		if (y->dead_clients[t->client] && !y->dead_servers[t->server])
			add_reach(&y->others[t->server], t);
		if (!y->dead_clients[t->client] && y->dead_servers[t->server])
			add_reach(&y->elsewhere, t);
	}
}

/* Those that answered, the most tried first. */
static void
list_controls(const struct dg_summary *s, const struct survey *y, struct dg_finding *f)
{
	for (uint32_t i = 0; i < s->server_count; i++) {
		struct dg_control c = {.server = i, .reach = y->others[i]};
		unsigned at = f->control_count;

		if (c.reach.reached == 0)
			continue;
		f->controls_all++;
		while (
		    at > 0 && f->controls[at - 1].reach.transactions < c.reach.transactions) {
			if (at < DG_FINDING_CONTROLS_MAX)
				f->controls[at] = f->controls[at - 1];
			at--;
		}
		if (at < DG_FINDING_CONTROLS_MAX)
			f->controls[at] = c;
		if (f->control_count < DG_FINDING_CONTROLS_MAX)
			f->control_count++;
	}
}

static enum dg_where
where_of(const struct dg_subject *x, const struct dg_port_verdict *v)
{
	bool is_far = v->dead_prefixes >= 2;

	switch (x->scope) {
	case DG_SCOPE_SERVER:
		return v->other_servers == DG_OTHERS_ALIVE         ? DG_WHERE_NEAR_SERVER
		    : v->other_servers == DG_OTHERS_DEAD && is_far ? DG_WHERE_NEAR_OBSERVER
								   : DG_WHERE_UNKNOWN;
	case DG_SCOPE_PAIR:
		if (v->other_servers != DG_OTHERS_ALIVE)
			return DG_WHERE_UNKNOWN;
		/* The path between them, or what the server does to this client. */
		return v->other_clients == DG_OTHERS_ALIVE ? DG_WHERE_ONE_CLIENT
							   : DG_WHERE_NEAR_SERVER;
	case DG_SCOPE_CLIENT:
		return v->other_clients == DG_OTHERS_ALIVE ? DG_WHERE_ONE_CLIENT
		    : is_far                               ? DG_WHERE_NEAR_OBSERVER
							   : DG_WHERE_UNKNOWN;
	default:
		return is_far ? DG_WHERE_NEAR_OBSERVER : DG_WHERE_UNKNOWN;
	}
}

/* Both transports' word: the first that tells. */
static enum dg_where
where_of_parts(const struct dg_blame *b)
{
	enum dg_where where = DG_WHERE_UNKNOWN;

	for (int side = 0; side < DG_SIDE_COUNT && where == DG_WHERE_UNKNOWN; side++) {
		if (b->parts[side] != NULL)
			where = where_of(&b->subject, b->parts[side]);
	}
	return where;
}

static bool
is_about(const struct dg_summary *s, const struct dg_icmp_row *row, const struct survey *y)
{
	if (row->key.about != DG_ABOUT_QUERY)
		return false;
	for (uint32_t i = 0; i < s->server_count; i++) {
		const struct dg_server_key *key = &s->servers[i].key;

		if (y->dead_servers[i] && key->family == row->key.family &&
		    memcmp(&key->address, &row->key.server, sizeof key->address) == 0)
			return true;
	}
	return false;
}

/* Who refused, if it was one. */
static void
find_sender(const struct dg_blame *b, const struct survey *y, struct dg_finding *f)
{
	const struct dg_summary *s = b->summary;
	const struct dg_icmp_row *first = NULL;

	if (f->refused == 0 || b->parts[DG_SIDE_UDP] == NULL ||
	    b->parts[DG_SIDE_UDP]->inside_refused == 0)
		return;
	for (size_t i = 0; i < s->icmp_count; i++) {
		const struct dg_icmp_row *row = s->icmp[i];

		if (!is_about(s, row, y))
			continue;
		if (first != NULL &&
		    memcmp(&first->key.sender, &row->key.sender, sizeof row->key.sender) != 0)
			return;
		first = row;
	}
	if (first != NULL) {
		f->has_sender = true;
		f->sender = first->key.sender;
	}
}

/*
 * A fault of which nobody can say whether it is the client's or everybody's was seen at one
 * server, and more is not said.
 */
static void
name_only_server(const struct dg_summary *s, const struct survey *y, struct dg_finding *f)
{
	uint64_t count = 0;
	uint32_t only = 0;

	for (uint32_t i = 0; i < s->server_count; i++) {
		if (y->dead_servers[i]) {
			count++;
			only = i;
		}
	}
	if (f->where == DG_WHERE_UNKNOWN && f->servers_all == 0 && count == 1) {
		f->servers[0] = only;
		f->server_count = 1;
		f->servers_all = 1;
	}
}

static int
add_evidence(const struct survey *y, struct dg_finding *f)
{
	if (y->elsewhere.transactions == 0)
		return 0;
	return dg_words_add(&f->evidence,
	    "Other clients asked the same servers from the same ports: %" PRIu64 " of %" PRIu64
	    " transactions were answered.",
	    y->elsewhere.reached, y->elsewhere.transactions);
}

int
dg_place_find(const struct dg_blame *b, const uint32_t *server_prefixes,
    const uint32_t *client_prefixes, struct dg_finding *f)
{
	struct survey y;
	int error = survey_make(b->summary, &y);

	if (error == 0) {
		mark_subject(b, &y);
		count_others(b, &y);
		dg_subject_name(b->summary, &b->subject, y.tested_servers, y.tested_clients,
		    server_prefixes, client_prefixes, f);
		list_controls(b->summary, &y, f);
		find_sender(b, &y, f);
		f->where = where_of_parts(b);
		name_only_server(b->summary, &y, f);
		error = add_evidence(&y, f);
	}
	survey_fini(&y);
	return error;
}
