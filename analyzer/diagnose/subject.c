/*
 * subject.c - whom a verdict is about, by the summary's servers and clients.
 */
#include "diagnose/subject.h"

#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"

#define PREFIX_BITS_IP4 24
#define PREFIX_BITS_IP6 48

/* Units of servers, clients and prefixes are ascending. */
static bool
has_unit(const struct dg_port_verdict *v, uint32_t number, bool is_client)
{
	size_t low = 0, high = v->unit_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint32_t at = is_client ? v->units[middle].client : v->units[middle].server;

		if (at == number)
			return true;
		if (at < number)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static bool
means_server(const struct dg_port_verdict *v, uint32_t server, const uint32_t *prefixes)
{
	switch (v->scope) {
	case DG_SCOPE_ALL:
		return true;
	case DG_SCOPE_SERVER:
		return has_unit(v, server, false);
	case DG_SCOPE_SERVER_PREFIX:
		return has_unit(v, prefixes[server], false);
	default:
		return false;
	}
}

static bool
means_client(const struct dg_port_verdict *v, uint32_t client, const uint32_t *prefixes)
{
	switch (v->scope) {
	case DG_SCOPE_CLIENT:
		return has_unit(v, client, true);
	case DG_SCOPE_CLIENT_PREFIX:
		return has_unit(v, prefixes[client], true);
	default:
		return false;
	}
}

static int
make_pairs(const struct dg_port_verdict *v, struct dg_subject *x)
{
	x->pairs = calloc(v->unit_count + 1, sizeof *x->pairs);
	if (x->pairs == NULL)
		return DNSGAP_ENOMEM;
	if (v->unit_count > 0)
		memcpy(x->pairs, v->units, v->unit_count * sizeof *x->pairs);
	x->count = v->unit_count;
	return 0;
}

static void
mark_members(const struct dg_summary *s, const struct dg_port_verdict *v, uint8_t transport,
    const uint32_t *server_prefixes, const uint32_t *client_prefixes, struct dg_subject *x)
{
	for (size_t i = 0; i < s->trial_count; i++) {
		const struct dg_trial *t = &s->trials[i];

		if (t->transport != transport)
			continue;
		if (!x->is_server[t->server] && means_server(v, t->server, server_prefixes)) {
			x->is_server[t->server] = true;
			x->count++;
		}
		if (!x->is_client[t->client] && means_client(v, t->client, client_prefixes)) {
			x->is_client[t->client] = true;
			x->count++;
		}
	}
}

/* Keeps what the scope needs. */
static void
settle_scope(const struct dg_port_verdict *v, struct dg_subject *x)
{
	bool is_client = v->scope == DG_SCOPE_CLIENT || v->scope == DG_SCOPE_CLIENT_PREFIX;
	bool is_all = v->scope == DG_SCOPE_ALL && x->count != 1;

	x->scope = is_client ? DG_SCOPE_CLIENT : is_all ? DG_SCOPE_ALL : DG_SCOPE_SERVER;
	x->is_prefix = v->unit_count == 1 &&
	    (v->scope == DG_SCOPE_SERVER_PREFIX || v->scope == DG_SCOPE_CLIENT_PREFIX);
	if (x->scope != DG_SCOPE_SERVER) {
		free(x->is_server);
		x->is_server = NULL;
	}
	if (x->scope != DG_SCOPE_CLIENT) {
		free(x->is_client);
		x->is_client = NULL;
	}
	if (is_all)
		x->count = 0;
}

int
dg_subject_make(const struct dg_summary *s, const struct dg_port_verdict *v, uint8_t transport,
    const uint32_t *server_prefixes, const uint32_t *client_prefixes, struct dg_subject *out)
{
	struct dg_subject x = {.scope = v->scope};

	if (v->scope == DG_SCOPE_PAIR) {
		if (make_pairs(v, &x) != 0)
			return DNSGAP_ENOMEM;
		*out = x;
		return 0;
	}
	x.is_server = calloc(s->server_count + 1, sizeof *x.is_server);
	x.is_client = calloc(s->client_count + 1, sizeof *x.is_client);
	if (x.is_server == NULL || x.is_client == NULL) {
		dg_subject_fini(&x);
		return DNSGAP_ENOMEM;
	}
	mark_members(s, v, transport, server_prefixes, client_prefixes, &x);
	settle_scope(v, &x);
	*out = x;
	return 0;
}

void
dg_subject_fini(struct dg_subject *x)
{
	free(x->is_server);
	free(x->is_client);
	free(x->pairs);
	*x = (struct dg_subject){0};
}

static bool
has_pair(const struct dg_subject *x, uint32_t server, uint32_t client)
{
	size_t low = 0, high = x->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct dg_unit_id *at = &x->pairs[middle];

		if (at->server == server && at->client == client)
			return true;
		if (at->server < server || (at->server == server && at->client < client))
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

bool
dg_subject_has(const struct dg_subject *x, uint32_t server, uint32_t client)
{
	switch (x->scope) {
	case DG_SCOPE_SERVER:
		return x->is_server[server];
	case DG_SCOPE_CLIENT:
		return x->is_client[client];
	case DG_SCOPE_PAIR:
		return has_pair(x, server, client);
	default:
		return true;
	}
}

bool
dg_subject_is_same(
    const struct dg_summary *s, const struct dg_subject *a, const struct dg_subject *b)
{
	if (a->scope != b->scope || a->count != b->count)
		return false;
	switch (a->scope) {
	case DG_SCOPE_SERVER:
		return memcmp(a->is_server, b->is_server, s->server_count) == 0;
	case DG_SCOPE_CLIENT:
		return memcmp(a->is_client, b->is_client, s->client_count) == 0;
	case DG_SCOPE_PAIR:
		for (size_t i = 0; i < a->count; i++) {
			if (a->pairs[i].server != b->pairs[i].server ||
			    a->pairs[i].client != b->pairs[i].client)
				return false;
		}
		return true;
	default:
		return true;
	}
}

static void
list_server(struct dg_finding *f, uint32_t server)
{
	f->servers_all++;
	if (f->server_count < DG_FINDING_SUBJECTS_MAX)
		f->servers[f->server_count++] = server;
}

static void
list_client(struct dg_finding *f, uint32_t client)
{
	f->clients_all++;
	if (f->client_count < DG_FINDING_SUBJECTS_MAX)
		f->clients[f->client_count++] = client;
}

/* Each server and client once; pairs are in the order of their servers. */
static void
list_pairs(const struct dg_subject *x, struct dg_finding *f)
{
	for (size_t i = 0; i < x->count; i++) {
		size_t before = 0;

		if (i == 0 || x->pairs[i].server != x->pairs[i - 1].server)
			list_server(f, x->pairs[i].server);
		while (x->pairs[before].client != x->pairs[i].client)
			before++;
		if (before == i)
			list_client(f, x->pairs[i].client);
	}
}

/* Whether the members are those, and all those, of one prefix that were tried. */
static bool
is_whole_prefix(const struct dg_subject *x, const bool *is_member, const bool *is_tested,
    const uint32_t *prefixes, size_t count, uint32_t first)
{
	if (x->is_prefix)
		return true;
	for (size_t i = 0; i < count; i++) {
		bool is_inside = prefixes[i] == prefixes[first];

		if (is_member[i] ? !is_inside : is_inside && is_tested[i])
			return false;
	}
	return true;
}

static void
name_prefix(struct dg_finding *f, const struct dg_addr *address, uint8_t family, bool is_client)
{
	size_t bits = family == DG_FAMILY_IP4 ? PREFIX_BITS_IP4 : PREFIX_BITS_IP6;

	f->has_prefix = true;
	f->is_client_prefix = is_client;
	f->prefix_bits = (uint8_t)bits;
	memset(&f->prefix, 0, sizeof f->prefix);
	memcpy(f->prefix.bytes, address->bytes, bits / 8);
}

/* One address alone is named as such, at however many ports it serves. */
static void
name_server_prefix(const struct dg_summary *s, const struct dg_subject *x,
    const bool *is_tested, const uint32_t *prefixes, struct dg_finding *f)
{
	const struct dg_server_key *first, *second;

	if (x->scope != DG_SCOPE_SERVER || f->server_count < 2)
		return;
	first = &s->servers[f->servers[0]].key;
	second = &s->servers[f->servers[f->server_count - 1]].key;
	if (memcmp(&first->address, &second->address, sizeof first->address) != 0 &&
	    is_whole_prefix(
		x, x->is_server, is_tested, prefixes, s->server_count, f->servers[0]))
		name_prefix(f, &first->address, first->family, false);
}

static void
name_client_prefix(const struct dg_summary *s, const struct dg_subject *x,
    const bool *is_tested, const uint32_t *prefixes, struct dg_finding *f)
{
	const struct dg_client_key *first;

	if (x->scope != DG_SCOPE_CLIENT || f->client_count < 2)
		return;
	first = &s->clients[f->clients[0]].key;
	if (is_whole_prefix(
		x, x->is_client, is_tested, prefixes, s->client_count, f->clients[0]))
		name_prefix(f, &first->address, first->family, true);
}

void
dg_subject_name(const struct dg_summary *s, const struct dg_subject *x,
    const bool *tested_servers, const bool *tested_clients, const uint32_t *server_prefixes,
    const uint32_t *client_prefixes, struct dg_finding *f)
{
	for (uint32_t i = 0; x->scope == DG_SCOPE_SERVER && i < s->server_count; i++) {
		if (x->is_server[i])
			list_server(f, i);
	}
	for (uint32_t i = 0; x->scope == DG_SCOPE_CLIENT && i < s->client_count; i++) {
		if (x->is_client[i])
			list_client(f, i);
	}
	if (x->scope == DG_SCOPE_PAIR)
		list_pairs(x, f);
	name_server_prefix(s, x, tested_servers, server_prefixes, f);
	name_client_prefix(s, x, tested_clients, client_prefixes, f);
}
