/*
 * explained.c - which trials the findings so far explain.
 */
#include "diagnose/explained.h"

#include <stdlib.h>

#include "base/clock.h"
#include "dnsgap/error.h"

bool
dg_is_explained(const struct dg_diagnosis *d, size_t trial)
{
	return d->explained[trial] != 0;
}

void
dg_explain(struct dg_diagnosis *d, size_t trial, enum dg_code code)
{
	if (d->explained[trial] == 0)
		d->explained[trial] = (uint8_t)(code + 1);
}

/* ---- verdicts by port ---- */

struct prefixes {
	const uint32_t *servers;
	const uint32_t *clients;
};

static struct dg_unit_id
unit_of(const struct dg_trial *t, enum dg_scope scope, const struct prefixes *p)
{
	switch (scope) {
	case DG_SCOPE_SERVER:
		return (struct dg_unit_id){.server = t->server};
	case DG_SCOPE_SERVER_PREFIX:
		return (struct dg_unit_id){.server = p->servers[t->server]};
	case DG_SCOPE_CLIENT:
		return (struct dg_unit_id){.client = t->client};
	case DG_SCOPE_CLIENT_PREFIX:
		return (struct dg_unit_id){.client = p->clients[t->client]};
	case DG_SCOPE_PAIR:
		return (struct dg_unit_id){.server = t->server, .client = t->client};
	default:
		return (struct dg_unit_id){0};
	}
}

static int
compare_units(const void *left, const void *right)
{
	const struct dg_unit_id *a = left, *b = right;

	if (a->server != b->server)
		return a->server < b->server ? -1 : 1;
	return a->client < b->client ? -1 : a->client > b->client;
}

static bool
has_trial(
    const struct dg_port_verdict *v, const struct dg_trial *t, const struct prefixes *prefixes)
{
	struct dg_unit_id unit;

	if (!dg_trial_is_dead(t))
		return false;
	if (v->has_window && (t->time_ns <= v->after_ns || t->time_ns >= v->before_ns))
		return false;
	if (!dg_verdict_has_port(v, t->port))
		return false;
	unit = unit_of(t, v->scope, prefixes);
	return v->scope == DG_SCOPE_ALL ||
	    bsearch(&unit, v->units, v->unit_count, sizeof unit, compare_units) != NULL;
}

void
dg_explain_verdict(struct dg_diagnosis *d, enum dg_side_name side,
    const struct dg_port_verdict *v, const uint32_t *server_prefixes,
    const uint32_t *client_prefixes)
{
	const struct prefixes prefixes = {server_prefixes, client_prefixes};
	const struct dg_summary *s = d->summary;

	for (size_t i = 0; i < s->trial_count; i++) {
		bool is_tcp = s->trials[i].transport == DG_TRANSPORT_TCP;

		if (is_tcp == (side == DG_SIDE_TCP) && !dg_is_explained(d, i) &&
		    has_trial(v, &s->trials[i], &prefixes))
			dg_explain(d, i, DG_PORTS_SILENT);
	}
}

int
dg_explain_ports(struct dg_diagnosis *d)
{
	uint32_t *servers = dg_server_prefixes(d->summary);
	uint32_t *clients = dg_client_prefixes(d->summary);
	bool is_short = servers == NULL || clients == NULL;

	for (int side = 0; !is_short && side < DG_SIDE_COUNT; side++) {
		const struct dg_port_result *r = d->ports[side];

		for (size_t i = 0; r != NULL && i < r->verdict_count; i++)
			dg_explain_verdict(
			    d, (enum dg_side_name)side, &r->verdicts[i], servers, clients);
	}
	free(servers);
	free(clients);
	return is_short ? DNSGAP_ENOMEM : 0;
}

/* ---- counting ---- */

static void
stretch(int64_t *first_ns, int64_t *last_ns, int64_t time_ns)
{
	if (*first_ns == DG_TIME_NONE || time_ns < *first_ns)
		*first_ns = time_ns;
	if (*last_ns == DG_TIME_NONE || time_ns > *last_ns)
		*last_ns = time_ns;
}

void
dg_tried_add(struct dg_tried *r, const struct dg_trial *t)
{
	if (r->dead == 0)
		r->first_ns = r->last_ns = DG_TIME_NONE;
	r->trials++;
	r->refused += t->refused > 0;
	if (!dg_trial_is_dead(t))
		return;
	r->dead++;
	stretch(&r->first_ns, &r->last_ns, t->time_ns);
}

static void
note_frame(struct dg_frame_name *list, unsigned *count, const struct dg_trial *t)
{
	if (t->frame != 0 && *count < DG_FINDING_FRAMES_MAX)
		list[(*count)++] = (struct dg_frame_name){.frame = t->frame, .file = t->file};
}

void
dg_finding_sum(struct dg_finding *f, const struct dg_trial *t)
{
	f->inside.transactions += (uint64_t)t->reached + t->dead;
	f->inside.reached += t->reached;
	f->refused += t->refused;
	f->transports[t->transport == DG_TRANSPORT_TCP ? DG_SIDE_TCP : DG_SIDE_UDP] = true;
	if (dg_trial_is_dead(t))
		stretch(&f->first_ns, &f->last_ns, t->time_ns);
}

void
dg_finding_show(struct dg_finding *f, const struct dg_trial *t)
{
	if (dg_trial_is_dead(t))
		note_frame(f->silent, &f->silent_count, t);
	else
		note_frame(f->answered, &f->answered_count, t);
}

void
dg_finding_count(struct dg_finding *f, const struct dg_trial *t)
{
	dg_finding_sum(f, t);
	dg_finding_show(f, t);
}

void
dg_finding_contrast(struct dg_finding *f, const struct dg_trial *t)
{
	f->has_outside = true;
	f->outside.transactions += (uint64_t)t->reached + t->dead;
	f->outside.reached += t->reached;
	if (!dg_trial_is_dead(t))
		note_frame(f->answered, &f->answered_count, t);
}

void
dg_finding_add_server(struct dg_finding *f, uint32_t server)
{
	f->servers_all++;
	if (f->server_count < DG_FINDING_SUBJECTS_MAX)
		f->servers[f->server_count++] = server;
}

void
dg_finding_add_client(struct dg_finding *f, uint32_t client)
{
	f->clients_all++;
	if (f->client_count < DG_FINDING_SUBJECTS_MAX)
		f->clients[f->client_count++] = client;
}

bool
dg_is_neighbour(const struct dg_addr *a, const struct dg_addr *b, uint8_t family)
{
	return memcmp(a, b, family == DG_FAMILY_IP4 ? 3 : 6) == 0;
}

double
dg_rate(uint64_t dead, uint64_t all)
{
	return ((double)dead + 0.5) / ((double)all + 1);
}

/* ---- orders ---- */

static const uint32_t *
all_in_order(const struct dg_diagnosis *d, enum dg_trial_order order)
{
	switch (order) {
	case DG_BY_SERVER:
		return d->orders.by_server;
	case DG_BY_CLIENT:
		return d->orders.by_client;
	case DG_BY_PAIR:
		return d->orders.by_pair;
	case DG_BY_TIME:
		break;
	}
	return d->orders.by_time;
}

int
dg_trials_left(
    const struct dg_diagnosis *d, enum dg_trial_order order, uint32_t **ids, size_t *count)
{
	const uint32_t *all = all_in_order(d, order);
	size_t used = 0;

	*ids = malloc((d->summary->trial_count + 1) * sizeof **ids);
	if (*ids == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < d->summary->trial_count; i++) {
		(*ids)[used] = all[i];
		used += !dg_is_explained(d, all[i]);
	}
	*count = used;
	return 0;
}

size_t
dg_group_end(const struct dg_diagnosis *d, const uint32_t *ids, size_t count, size_t at,
    enum dg_trial_order order)
{
	const uint32_t *servers = d->orders.servers, *clients = d->orders.clients;
	bool is_of_server = order == DG_BY_SERVER || order == DG_BY_PAIR;
	bool is_of_client = order == DG_BY_CLIENT || order == DG_BY_PAIR;
	size_t end = at + 1;

	while (end < count && (!is_of_server || servers[ids[end]] == servers[ids[at]]) &&
	    (!is_of_client || clients[ids[end]] == clients[ids[at]]))
		end++;
	return end;
}

size_t
dg_count_traits(
    const struct dg_diagnosis *d, const uint32_t *ids, size_t count, unsigned traits)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += (d->orders.traits[ids[i]] & traits) != 0;
	return found;
}
