/*
 * servfail_gather.c - what is joined: answers of resolvers, and their queries in vain, in
 * order.
 *
 * All orders are of what was seen, never of where it lay, so the same failures give the same
 * result however they came.
 */
#include <stdlib.h>
#include <string.h>

#include "diagnose/servfail_inner.h"
#include "dnsgap/error.h"

int
dg_join_compare_names(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
	if (a_length != b_length)
		return a_length < b_length ? -1 : 1;
	return memcmp(a, b, a_length);
}

static int
compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
compare_upstream(const void *left, const void *right)
{
	const struct dg_upstream *a = left, *b = right;
	const struct dg_failure *x = a->failure, *y = b->failure;
	int order = compare_numbers(a->resolver, b->resolver);

	if (order == 0)
		order = dg_join_compare_names(x->name, x->name_length, y->name, y->name_length);
	if (order == 0)
		order = compare_numbers(a->server, b->server);
	if (order == 0)
		order = compare_numbers(x->first_ns, y->first_ns);
	if (order == 0)
		order = compare_numbers(x->client_port, y->client_port);
	return order != 0 ? order : compare_numbers(x->transport, y->transport);
}

static int
compare_zones(const struct dg_upstream *a, const struct dg_upstream *b)
{
	const struct dg_failure *x = a->failure, *y = b->failure;
	int order = compare_numbers(a->resolver, b->resolver);

	if (order == 0)
		order = dg_join_compare_names(x->name + x->zone_at,
		    (size_t)(x->name_length - x->zone_at), y->name + y->zone_at,
		    (size_t)(y->name_length - y->zone_at));
	return order != 0 ? order : compare_numbers(a->server, b->server);
}

/* `context`: the upstream queries, which have their order already. */
static int
compare_by_row(const void *left, const void *right, void *context)
{
	const struct dg_upstream *all = context;
	uint32_t i = *(const uint32_t *)left, k = *(const uint32_t *)right;
	int order = compare_zones(&all[i], &all[k]);

	if (order == 0)
		order = compare_numbers(all[i].failure->first_ns, all[k].failure->first_ns);
	return order != 0 ? order : compare_numbers(i, k);
}

static int
compare_downstream(const void *left, const void *right)
{
	const struct dg_downstream *a = left, *b = right;
	const struct dg_failure *x = a->failure, *y = b->failure;
	int order = compare_numbers(a->resolver, b->resolver);

	if (order == 0)
		order = dg_join_compare_names(x->name, x->name_length, y->name, y->name_length);
	return order != 0 ? order : compare_numbers(x->first_ns, y->first_ns);
}

static int
compare_reached(const void *left, const void *right)
{
	const struct dg_reached *a = left, *b = right;
	int order = compare_numbers(a->resolver, b->resolver);

	if (order == 0)
		order = compare_numbers(a->server, b->server);
	if (order == 0)
		order = compare_numbers(a->time_ns, b->time_ns);
	return order != 0 ? order : compare_numbers(a->port, b->port);
}

/* Both lists are in the order of addresses. */
static bool
find_resolvers(struct dg_join *j)
{
	const struct dg_summary *s = j->summary;
	size_t c = 0;
	bool has_any = false;

	for (size_t i = 0; i < s->client_count; i++)
		j->server_of[i] = DG_NOBODY;
	for (size_t i = 0; i < s->server_count; i++) {
		const struct dg_server_key *server = &s->servers[i].key;
		int order = 1;

		j->client_of[i] = DG_NOBODY;
		for (; c < s->client_count; c++) {
			const struct dg_client_key *client = &s->clients[c].key;

			order = dg_addr_compare(
			    &client->address, client->family, &server->address, server->family);
			if (order >= 0)
				break;
		}
		if (order != 0)
			continue;
		j->client_of[i] = (uint32_t)c;
		if (j->server_of[c] == DG_NOBODY)
			j->server_of[c] = (uint32_t)i;
		has_any = true;
	}
	return has_any;
}

static uint32_t
find_server(
    const struct dg_summary *s, const struct dg_addr *address, uint8_t family, uint16_t port)
{
	size_t first = 0, end = s->server_count;

	while (first < end) {
		size_t middle = first + (end - first) / 2;
		const struct dg_server_key *key = &s->servers[middle].key;
		int order = dg_addr_compare(&key->address, key->family, address, family);

		if (order == 0)
			order = compare_numbers(key->port, port);
		if (order == 0)
			return (uint32_t)middle;
		if (order < 0)
			first = middle + 1;
		else
			end = middle;
	}
	return DG_NOBODY;
}

static uint32_t
find_client(const struct dg_summary *s, const struct dg_addr *address, uint8_t family)
{
	size_t first = 0, end = s->client_count;

	while (first < end) {
		size_t middle = first + (end - first) / 2;
		const struct dg_client_key *key = &s->clients[middle].key;
		int order = dg_addr_compare(&key->address, key->family, address, family);

		if (order == 0)
			return (uint32_t)middle;
		if (order < 0)
			first = middle + 1;
		else
			end = middle;
	}
	return DG_NOBODY;
}

/* Puts a failure where it belongs; most belong nowhere. */
static void
sort_out(struct dg_join *j, const struct dg_failure *f)
{
	const struct dg_summary *s = j->summary;
	uint32_t server = find_server(s, &f->server, f->family, f->server_port);
	uint32_t client = find_client(s, &f->client, f->family);
	bool is_upstream = client != DG_NOBODY && j->server_of[client] != DG_NOBODY;
	bool is_answer = server != DG_NOBODY && j->client_of[server] != DG_NOBODY;

	if (f->kind == DG_FAILURE_DEAD) {
		if (is_upstream && server != DG_NOBODY)
			j->upstream[j->upstream_count++] = (struct dg_upstream){
			    .failure = f, .resolver = client, .server = server};
		if (memcmp(&f->client, &f->server, sizeof f->client) == 0)
			return;
	}
	if (is_answer)
		j->answers[j->answer_count++] =
		    (struct dg_downstream){.failure = f, .resolver = j->client_of[server]};
	if (is_upstream && f->kind == DG_FAILURE_SERVFAIL)
		j->passed[j->passed_count++] =
		    (struct dg_downstream){.failure = f, .resolver = client};
}

static void
group_names(struct dg_join *j)
{
	for (uint32_t i = 0; i < j->upstream_count; i++) {
		const struct dg_upstream *u = &j->upstream[i];
		const struct dg_upstream *before = i > 0 ? u - 1 : NULL;

		if (before == NULL || before->resolver != u->resolver ||
		    before->server != u->server ||
		    dg_join_compare_names(before->failure->name, before->failure->name_length,
			u->failure->name, u->failure->name_length) != 0)
			j->asked[j->asked_count++].from = i;
		j->asked[j->asked_count - 1].to = i + 1;
	}
}

static void
group_zones(struct dg_join *j)
{
	for (uint32_t i = 0; i < j->upstream_count; i++)
		j->by_row[i] = i;
	if (j->upstream_count > 0)
		qsort_r(j->by_row, j->upstream_count, sizeof *j->by_row, compare_by_row,
		    j->upstream);
	for (uint32_t i = 0; i < j->upstream_count; i++) {
		struct dg_upstream *u = &j->upstream[j->by_row[i]];
		const struct dg_failure *f = u->failure;
		struct dg_asked_zone *row;

		if (i == 0 || compare_zones(&j->upstream[j->by_row[i - 1]], u) != 0) {
			row = &j->rows[j->row_count++];
			row->from = i;
			row->cause = (struct dg_servfail_cause){
			    .resolver = u->resolver,
			    .server = u->server,
			    .zone = f->name + f->zone_at,
			    .zone_length = (uint8_t)(f->name_length - f->zone_at),
			};
		}
		u->row = j->row_count - 1;
		j->rows[u->row].to = i + 1;
	}
}

/* Of the many that were reached, those of resolvers at servers that also left some in vain. */
static int
gather_reached(struct dg_join *j)
{
	const struct dg_summary *s = j->summary;
	bool *is_wanted = calloc(s->server_count + 1, sizeof *is_wanted);
	size_t room = 0;

	if (is_wanted == NULL)
		return DNSGAP_ENOMEM;
	for (uint32_t i = 0; i < j->upstream_count; i++)
		is_wanted[j->upstream[i].server] = true;
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < s->trial_count; i++) {
			const struct dg_trial *t = &s->trials[i];

			if (t->reached == 0 || !is_wanted[t->server] ||
			    j->server_of[t->client] == DG_NOBODY)
				continue;
			if (pass == 0)
				room++;
			else
				j->reached[j->reached_count++] = (struct dg_reached){
				    t->client, t->server, t->time_ns, t->port};
		}
		if (pass == 0)
			j->reached = calloc(room + 1, sizeof *j->reached);
		if (j->reached == NULL)
			break;
	}
	free(is_wanted);
	if (j->reached == NULL)
		return DNSGAP_ENOMEM;
	if (j->reached_count > 0)
		qsort(j->reached, j->reached_count, sizeof *j->reached, compare_reached);
	return 0;
}

static int
make_arrays(struct dg_join *j, uint32_t count)
{
	j->upstream = calloc(count + 1u, sizeof *j->upstream);
	j->answers = calloc(count + 1u, sizeof *j->answers);
	j->passed = calloc(count + 1u, sizeof *j->passed);
	j->asked = calloc(count + 1u, sizeof *j->asked);
	j->by_row = calloc(count + 1u, sizeof *j->by_row);
	j->rows = calloc(count + 1u, sizeof *j->rows);
	j->covered_sum = calloc(count + 1u, sizeof *j->covered_sum);
	j->marks = calloc(count + 1u, sizeof *j->marks);
	j->row_marks = calloc(count + 1u, sizeof *j->row_marks);
	if (j->upstream == NULL || j->answers == NULL || j->passed == NULL ||
	    j->asked == NULL || j->by_row == NULL || j->rows == NULL ||
	    j->covered_sum == NULL || j->marks == NULL || j->row_marks == NULL)
		return DNSGAP_ENOMEM;
	return 0;
}

int
dg_join_gather(struct dg_join *j, const struct dg_summary *s)
{
	*j = (struct dg_join){.summary = s};
	j->server_of = calloc(s->client_count + 1, sizeof *j->server_of);
	j->client_of = calloc(s->server_count + 1, sizeof *j->client_of);
	if (j->server_of == NULL || j->client_of == NULL)
		return DNSGAP_ENOMEM;
	if (!find_resolvers(j))
		return 0;
	j->resolvers = calloc(s->client_count + 1, sizeof *j->resolvers);
	if (j->resolvers == NULL || make_arrays(j, s->failures->count) != 0)
		return DNSGAP_ENOMEM;
	for (uint32_t i = 0; i < s->failures->count; i++)
		sort_out(j, s->failures->rows[i]);
	if (j->upstream_count > 0)
		qsort(j->upstream, j->upstream_count, sizeof *j->upstream, compare_upstream);
	if (j->passed_count > 0)
		qsort(j->passed, j->passed_count, sizeof *j->passed, compare_downstream);
	group_names(j);
	group_zones(j);
	return gather_reached(j);
}

void
dg_join_fini(struct dg_join *j)
{
	for (uint32_t i = 0; i < j->row_count; i++) {
		free(j->rows[i].cause.silent_ports);
		free(j->rows[i].cause.reached_ports);
	}
	for (size_t i = 0; j->resolvers != NULL && i < j->summary->client_count; i++)
		free(j->resolvers[i].ports);
	free(j->server_of);
	free(j->client_of);
	free(j->upstream);
	free(j->asked);
	free(j->by_row);
	free(j->rows);
	free(j->covered_sum);
	free(j->marks);
	free(j->row_marks);
	free(j->reached);
	free(j->answers);
	free(j->passed);
	free(j->resolvers);
}
