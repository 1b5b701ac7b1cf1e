/*
 * explained.c - which trials the findings so far explain.
 */
#include "diagnose/explained.h"

#include <stdlib.h>

#include "base/clock.h"
#include "diagnose/order.h"
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
	uint32_t *servers;
	uint32_t *clients;
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

static void
explain_by(struct dg_diagnosis *d, enum dg_side_name side, const struct dg_port_verdict *v,
    const struct prefixes *prefixes)
{
	const struct dg_summary *s = d->summary;

	for (size_t i = 0; i < s->trial_count; i++) {
		bool is_tcp = s->trials[i].transport == DG_TRANSPORT_TCP;

		if (is_tcp == (side == DG_SIDE_TCP) && !dg_is_explained(d, i) &&
		    has_trial(v, &s->trials[i], prefixes))
			dg_explain(d, i, DG_PORTS_SILENT);
	}
}

int
dg_explain_ports(struct dg_diagnosis *d)
{
	struct prefixes p = {
	    dg_server_prefixes(d->summary),
	    dg_client_prefixes(d->summary),
	};
	bool is_short = p.servers == NULL || p.clients == NULL;

	for (int side = 0; !is_short && side < DG_SIDE_COUNT; side++) {
		const struct dg_port_result *r = d->ports[side];

		for (size_t i = 0; r != NULL && i < r->verdict_count; i++)
			explain_by(d, (enum dg_side_name)side, &r->verdicts[i], &p);
	}
	free(p.servers);
	free(p.clients);
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
dg_finding_count(struct dg_finding *f, const struct dg_trial *t)
{
	f->inside.transactions += (uint64_t)t->reached + t->dead;
	f->inside.reached += t->reached;
	f->refused += t->refused;
	f->transports[t->transport == DG_TRANSPORT_TCP ? DG_SIDE_TCP : DG_SIDE_UDP] = true;
	if (!dg_trial_is_dead(t)) {
		note_frame(f->answered, &f->answered_count, t);
		return;
	}
	stretch(&f->first_ns, &f->last_ns, t->time_ns);
	note_frame(f->silent, &f->silent_count, t);
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

/* What trials of one group have in common. */
static uint64_t
group_of(const struct dg_trial *t, enum dg_trial_order order)
{
	switch (order) {
	case DG_BY_SERVER:
		return t->server;
	case DG_BY_CLIENT:
		return t->client;
	case DG_BY_PAIR:
		return (uint64_t)t->server << 32 | t->client;
	case DG_BY_QUESTION:
		return (uint64_t)t->server << 32 | t->question;
	default:
		return 0;
	}
}

/* By time, and then by what sorts keep: the order of the summary, which tells all apart. */
int
dg_trials_sort(
    const struct dg_summary *s, uint32_t *ids, size_t count, enum dg_trial_order order)
{
	struct dg_keyed *list = calloc(2 * count + 1, sizeof *list);

	if (list == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < count; i++) {
		uint64_t time_ns = (uint64_t)s->trials[ids[i]].time_ns;

		list[i] = (struct dg_keyed){time_ns ^ UINT64_C(1) << 63, ids[i]};
	}
	dg_order(list, list + count, count);
	for (size_t i = 0; i < count; i++)
		list[i].key = group_of(&s->trials[list[i].at], order);
	dg_order(list, list + count, count);
	for (size_t i = 0; i < count; i++)
		ids[i] = list[i].at;
	free(list);
	return 0;
}

int
dg_trials_left(
    const struct dg_diagnosis *d, enum dg_trial_order order, uint32_t **ids, size_t *count)
{
	const struct dg_summary *s = d->summary;
	uint32_t *list = calloc(s->trial_count + 1, sizeof *list);
	size_t used = 0;
	int error;

	if (list == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < s->trial_count; i++) {
		if (!dg_is_explained(d, i))
			list[used++] = (uint32_t)i;
	}
	error = dg_trials_sort(s, list, used, order);
	if (error != 0) {
		free(list);
		return error;
	}
	*ids = list;
	*count = used;
	return 0;
}

size_t
dg_group_end(const struct dg_summary *s, const uint32_t *ids, size_t count, size_t at,
    enum dg_trial_order order)
{
	size_t end = at + 1;

	while (end < count &&
	    group_of(&s->trials[ids[at]], order) == group_of(&s->trials[ids[end]], order))
		end++;
	return end;
}
