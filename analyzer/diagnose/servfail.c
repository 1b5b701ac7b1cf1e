/*
 * servfail.c - from failures to causes.
 */
#include "diagnose/servfail.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "diagnose/servfail_inner.h"
#include "dnsgap/error.h"

#define PORTS 65536
#define PORT_WORDS (PORTS / 64)

/* A server and how much its silence explains. */
struct weight {
	uint32_t server;
	uint64_t explains;
};

static bool
has_port(const uint64_t *ports, uint32_t port)
{
	return port < PORTS && (ports[port / 64] >> port % 64 & 1) != 0;
}

static void
add_port(uint64_t *ports, uint16_t port)
{
	ports[port / 64] |= UINT64_C(1) << port % 64;
}

/* "1000-1023,1025", the caller's; at most DG_SERVFAIL_RANGES_MAX ranges.  "" for none; NULL
 * when memory ran out. */
static char *
ports_text(const uint64_t *ports, uint32_t *count)
{
	struct dg_strbuf b = {0};
	unsigned ranges = 0;

	*count = 0;
	dg_strbuf_add(&b, "");
	for (uint32_t first = 0; first < PORTS; first++) {
		uint32_t last = first;

		if (!has_port(ports, first))
			continue;
		while (has_port(ports, last + 1))
			last++;
		*count += last - first + 1;
		if (ranges++ < DG_SERVFAIL_RANGES_MAX) {
			dg_strbuf_addf(&b, "%s%u", ranges > 1 ? "," : "", first);
			if (last > first)
				dg_strbuf_addf(&b, "-%u", last);
		}
		first = last;
	}
	return dg_strbuf_take(&b);
}

static void
add_time(int64_t *first_ns, int64_t *last_ns, int64_t time_ns)
{
	if (*first_ns == DG_TIME_NONE || time_ns < *first_ns)
		*first_ns = time_ns;
	if (*last_ns == DG_TIME_NONE || time_ns > *last_ns)
		*last_ns = time_ns;
}

static bool
explains(const struct dg_asked_zone *row)
{
	return row->cause.servfails + row->cause.slow + row->cause.lost > 0;
}

/* Counts, ports and times of a row's queries that explain something. */
static int
finish_row(const struct dg_join *j, struct dg_asked_zone *row)
{
	struct dg_servfail_cause *c = &row->cause;
	uint64_t ports[PORT_WORDS] = {0};

	c->first_ns = c->last_ns = DG_TIME_NONE;
	for (uint32_t i = row->from; i < row->to; i++) {
		const struct dg_upstream *u = &j->upstream[j->by_row[i]];

		if (!u->is_used)
			continue;
		c->unanswered++;
		add_port(ports, u->failure->client_port);
		add_time(&c->first_ns, &c->last_ns, u->failure->first_ns);
	}
	c->silent_ports = ports_text(ports, &c->silent_port_count);
	return c->silent_ports != NULL ? 0 : DNSGAP_ENOMEM;
}

/* From which ports the same resolver reached the same server. */
static int
fill_reached(const struct dg_join *j, struct dg_servfail_cause *c)
{
	uint64_t ports[PORT_WORDS] = {0};
	size_t from = 0, to = j->reached_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		const struct dg_reached *r = &j->reached[middle];

		if (r->resolver < c->resolver ||
		    (r->resolver == c->resolver && r->server < c->server))
			from = middle + 1;
		else
			to = middle;
	}
	for (; from < j->reached_count; from++) {
		const struct dg_reached *r = &j->reached[from];

		if (r->resolver != c->resolver || r->server != c->server)
			break;
		add_port(ports, r->port);
	}
	c->reached_ports = ports_text(ports, &c->reached_port_count);
	return c->reached_ports != NULL ? 0 : DNSGAP_ENOMEM;
}

static int
compare_causes(const void *left, const void *right)
{
	const struct dg_servfail_cause *a = &(*(struct dg_asked_zone *const *)left)->cause;
	const struct dg_servfail_cause *b = &(*(struct dg_asked_zone *const *)right)->cause;

	if (a->servfails != b->servfails)
		return a->servfails > b->servfails ? -1 : 1;
	if (a->slow != b->slow)
		return a->slow > b->slow ? -1 : 1;
	if (a->lost != b->lost)
		return a->lost > b->lost ? -1 : 1;
	if (a->resolver != b->resolver)
		return a->resolver < b->resolver ? -1 : 1;
	if (a->server != b->server)
		return a->server < b->server ? -1 : 1;
	return dg_join_compare_names(a->zone, a->zone_length, b->zone, b->zone_length);
}

/* The worst causes; they take their texts from the rows. */
static int
list_causes(struct dg_join *j, struct dg_servfail *out)
{
	struct dg_asked_zone **order = calloc(j->row_count + 1u, sizeof(*order));
	int error = 0;

	out->causes = calloc(DG_SERVFAIL_CAUSES_MAX, sizeof *out->causes);
	if (order == NULL || out->causes == NULL) {
		free(order);
		return DNSGAP_ENOMEM;
	}
	for (uint32_t i = 0; i < j->row_count; i++) {
		if (explains(&j->rows[i]))
			order[out->causes_all++] = &j->rows[i];
	}
	qsort(order, out->causes_all, sizeof(*order), compare_causes);
	for (size_t i = 0; error == 0 && i < out->causes_all && i < DG_SERVFAIL_CAUSES_MAX;
	     i++) {
		struct dg_servfail_cause *cause = &out->causes[out->cause_count++];

		error = finish_row(j, order[i]);
		*cause = order[i]->cause;
		order[i]->cause.silent_ports = NULL;
		if (error == 0)
			error = fill_reached(j, cause);
	}
	free(order);
	return error;
}

static int
by_server(const void *left, const void *right)
{
	const struct weight *a = left, *b = right;

	return (a->server > b->server) - (a->server < b->server);
}

static int
by_weight(const void *left, const void *right)
{
	const struct weight *a = left, *b = right;

	if (a->explains != b->explains)
		return a->explains > b->explains ? -1 : 1;
	return by_server(left, right);
}

/* The servers of a resolver's rows, those first that explain most. */
static int
list_servers(const struct dg_asked_zone *rows, uint32_t count, struct dg_servfail_resolver *r)
{
	struct weight *list = calloc(count + 1u, sizeof *list);
	uint32_t used = 0, servers = 0;

	if (list == NULL)
		return DNSGAP_ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		if (explains(&rows[i]))
			list[used++] = (struct weight){rows[i].cause.server,
			    rows[i].cause.servfails + rows[i].cause.slow + rows[i].cause.lost};
	}
	qsort(list, used, sizeof *list, by_server);
	for (uint32_t i = 0; i < used; i++) {
		if (servers > 0 && list[servers - 1].server == list[i].server)
			list[servers - 1].explains += list[i].explains;
		else
			list[servers++] = list[i];
	}
	qsort(list, servers, sizeof *list, by_weight);
	r->servers_all = servers;
	for (uint32_t i = 0; i < servers && i < DG_FINDING_SUBJECTS_MAX; i++)
		r->servers[r->server_count++] = list[i].server;
	free(list);
	return 0;
}

/* What a resolver's queries in vain have in common: rows[0..count) are its own. */
static int
finish_resolver(const struct dg_join *j, const struct dg_asked_zone *rows, uint32_t count,
    struct dg_servfail_resolver *r)
{
	uint64_t ports[PORT_WORDS] = {0};
	uint32_t port_count;

	for (uint32_t i = rows[0].from; i < rows[count - 1].to; i++) {
		const struct dg_upstream *u = &j->upstream[j->by_row[i]];
		const struct dg_failure *f = u->failure;

		if (!u->is_used)
			continue;
		r->unanswered++;
		r->transports[f->transport == DG_TRANSPORT_TCP ? DG_SIDE_TCP : DG_SIDE_UDP] =
		    true;
		add_port(ports, f->client_port);
		add_time(&r->first_ns, &r->last_ns, f->first_ns);
	}
	r->ports = ports_text(ports, &port_count);
	return r->ports != NULL ? list_servers(rows, count, r) : DNSGAP_ENOMEM;
}

static int
finish_resolvers(struct dg_join *j)
{
	int error = 0;

	for (uint32_t from = 0, to; error == 0 && from < j->row_count; from = to) {
		uint32_t resolver = j->rows[from].cause.resolver;

		to = from + 1;
		while (to < j->row_count && j->rows[to].cause.resolver == resolver)
			to++;
		error = finish_resolver(j, &j->rows[from], to - from, &j->resolvers[resolver]);
	}
	return error;
}

static uint64_t
count_servfails(const struct dg_side *side)
{
	uint64_t count = 0;

	for (int r = 0; r < DG_RANGE_COUNT; r++)
		count += side->rcodes[r][DG_RCODE_SERVFAIL];
	return count;
}

static void
add_counts(struct dg_servfail_resolver *into, const struct dg_servfail_resolver *r)
{
	into->to_clients += r->to_clients;
	into->judged += r->judged;
	into->explained += r->explained;
	into->by_zone += r->by_zone;
	into->covered += r->covered;
	into->passed_on += r->passed_on;
	into->slow += r->slow;
	into->slow_explained += r->slow_explained;
	into->lost += r->lost;
	into->lost_explained += r->lost_explained;
	into->unanswered += r->unanswered;
}

/* Those clients that are resolvers; they take over the texts. */
static int
list_resolvers(struct dg_join *j, struct dg_servfail *out)
{
	const struct dg_summary *s = j->summary;

	for (size_t i = 0; i < s->server_count; i++) {
		if (j->client_of[i] != DG_NOBODY)
			j->resolvers[j->client_of[i]].to_clients +=
			    count_servfails(&s->servers[i].all);
	}
	out->resolvers = calloc(s->client_count + 1, sizeof *out->resolvers);
	if (out->resolvers == NULL)
		return DNSGAP_ENOMEM;
	for (uint32_t i = 0; i < s->client_count; i++) {
		struct dg_servfail_resolver *r = &j->resolvers[i];

		if (j->server_of[i] == DG_NOBODY)
			continue;
		r->client = i;
		add_counts(&out->all, r);
		out->resolvers[out->resolver_count++] = *r;
		r->ports = NULL;
	}
	return 0;
}

int
dg_servfail_make(
    const struct dg_summary *s, const struct dg_findings *findings, struct dg_servfail **out)
{
	struct dg_join j = {0};
	struct dg_servfail *f = NULL;
	int error;

	*out = NULL;
	if (s->is_one_way)
		return 0;
	error = dg_join_gather(&j, s);
	if (error != 0 || j.resolvers == NULL)
		goto done;
	f = calloc(1, sizeof *f);
	error = f != NULL ? 0 : DNSGAP_ENOMEM;
	if (error != 0)
		goto done;
	for (size_t i = 0; i < s->client_count; i++)
		j.resolvers[i].first_ns = j.resolvers[i].last_ns = DG_TIME_NONE;
	f->is_sampled = s->failures->sample_log2 > 0;
	dg_join_cover(&j, findings);
	dg_join_answers(&j);
	error = list_causes(&j, f);
	if (error == 0)
		error = finish_resolvers(&j);
	if (error == 0)
		error = list_resolvers(&j, f);
done:
	dg_join_fini(&j);
	if (error == 0)
		*out = f;
	else
		dg_servfail_free(f);
	return error;
}

void
dg_servfail_free(struct dg_servfail *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->cause_count; i++) {
		free(f->causes[i].silent_ports);
		free(f->causes[i].reached_ports);
	}
	for (size_t i = 0; i < f->resolver_count; i++)
		free(f->resolvers[i].ports);
	free(f->causes);
	free(f->resolvers);
	free(f);
}
