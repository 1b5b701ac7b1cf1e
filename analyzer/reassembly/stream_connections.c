/*
 * stream_connections.c - the connections that are remembered.
 *
 * Invariants: a connection is in the chain of its two ends and in the list of all; in
 * the other list if something of it waits.  Both lists are in the order of last segments.
 */
#include "reassembly/stream_connections.h"

#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"

_Static_assert(sizeof(struct dg_connection) <= 192, "three lines of the cache");

int
dg_connections_init(struct dg_connections *c, const struct dg_hash_key *secret, uint32_t max)
{
	uint32_t chain_count = 1;

	while (chain_count < max)
		chain_count *= 2;
	*c = (struct dg_connections){.secret = *secret, .mask = chain_count - 1};
	for (int list = 0; list < DG_CONNECTION_LIST_COUNT; list++)
		c->lists[list].oldest = c->lists[list].newest = DG_POOL_NONE;
	dg_pool_init(&c->pool, sizeof(struct dg_connection), max);
	c->chains = calloc(chain_count, sizeof *c->chains);
	return c->chains != NULL ? 0 : DNSGAP_ENOMEM;
}

void
dg_connections_fini(struct dg_connections *c)
{
	free(c->chains);
	dg_pool_fini(&c->pool);
	*c = (struct dg_connections){0};
}

struct dg_flow
dg_connection_turned(const struct dg_flow *flow)
{
	struct dg_flow other = *flow;

	other.client = flow->server;
	other.server = flow->client;
	other.client_port = flow->server_port;
	other.server_port = flow->client_port;
	return other;
}

/* The same for both directions: of the two ways to write it that which sorts first. */
static uint32_t
hash_ends(const struct dg_connections *c, const struct dg_flow *ends)
{
	struct dg_flow other = dg_connection_turned(ends);
	const struct dg_flow *first = memcmp(ends, &other, sizeof *ends) <= 0 ? ends : &other;

	return (uint32_t)dg_hash(&c->secret, first, sizeof *first);
}

uint32_t
dg_connections_find(const struct dg_connections *c, const struct dg_flow *ends)
{
	uint32_t hash = hash_ends(c, ends);
	struct dg_flow other = dg_connection_turned(ends);

	for (uint32_t at = c->chains[hash & c->mask]; at != 0;) {
		const struct dg_connection *there = dg_connection_at(c, at - 1);

		if (there->hash == hash &&
		    (dg_flow_is_same(&there->flow, ends) ||
			dg_flow_is_same(&there->flow, &other)))
			return at - 1;
		at = there->next;
	}
	return DG_POOL_NONE;
}

static void
unlink_from(struct dg_connections *c, uint32_t index, enum dg_connection_list list)
{
	uint32_t before = dg_connection_at(c, index)->links[list].before;
	uint32_t behind = dg_connection_at(c, index)->links[list].behind;

	if (before != DG_POOL_NONE)
		dg_connection_at(c, before)->links[list].behind = behind;
	else
		c->lists[list].oldest = behind;
	if (behind != DG_POOL_NONE)
		dg_connection_at(c, behind)->links[list].before = before;
	else
		c->lists[list].newest = before;
}

static void
link_newest(struct dg_connections *c, uint32_t index, enum dg_connection_list list)
{
	struct dg_connection *it = dg_connection_at(c, index);
	uint32_t before = c->lists[list].newest;

	it->links[list].before = before;
	it->links[list].behind = DG_POOL_NONE;
	if (before != DG_POOL_NONE)
		dg_connection_at(c, before)->links[list].behind = index;
	else
		c->lists[list].oldest = index;
	c->lists[list].newest = index;
}

static void
init_side(struct dg_stream_side *side)
{
	side->kept = (struct dg_rope){DG_POOL_NONE, DG_POOL_NONE, 0};
	side->waiting = DG_POOL_NONE;
}

uint32_t
dg_connections_add(struct dg_connections *c, const struct dg_flow *flow)
{
	uint32_t index = dg_pool_take(&c->pool);
	struct dg_connection *it;
	uint32_t *chain;

	if (index == DG_POOL_NONE)
		return DG_POOL_NONE;
	it = dg_connection_at(c, index);
	memset(it, 0, sizeof *it);
	it->flow = *flow;
	it->hash = hash_ends(c, flow);
	init_side(&it->client);
	init_side(&it->server);
	chain = &c->chains[it->hash & c->mask];
	it->next = *chain;
	*chain = index + 1;
	link_newest(c, index, DG_CONNECTIONS_ALL);
	return index;
}

void
dg_connections_remove(struct dg_connections *c, uint32_t index)
{
	const struct dg_connection *it = dg_connection_at(c, index);
	uint32_t *link = &c->chains[it->hash & c->mask];

	while (*link != index + 1)
		link = &dg_connection_at(c, *link - 1)->next;
	*link = it->next;
	unlink_from(c, index, DG_CONNECTIONS_ALL);
	if (it->is_holding)
		unlink_from(c, index, DG_CONNECTIONS_HOLDING);
	dg_pool_give(&c->pool, index);
}

static void
make_newest(struct dg_connections *c, uint32_t index, enum dg_connection_list list)
{
	if (c->lists[list].newest == index)
		return;
	unlink_from(c, index, list);
	link_newest(c, index, list);
}

void
dg_connections_touch(struct dg_connections *c, uint32_t index)
{
	make_newest(c, index, DG_CONNECTIONS_ALL);
	if (dg_connection_at(c, index)->is_holding)
		make_newest(c, index, DG_CONNECTIONS_HOLDING);
}

void
dg_connections_set_holding(struct dg_connections *c, uint32_t index, bool is_holding)
{
	struct dg_connection *it = dg_connection_at(c, index);

	if (it->is_holding == is_holding)
		return;
	it->is_holding = is_holding;
	if (is_holding)
		link_newest(c, index, DG_CONNECTIONS_HOLDING);
	else
		unlink_from(c, index, DG_CONNECTIONS_HOLDING);
}
