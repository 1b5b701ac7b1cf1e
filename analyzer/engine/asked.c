/*
 * asked.c - which servers were asked in the cuts before.
 *
 * Two sets, of which the older one is dropped whole: nothing in them has a time of its own.
 */
#include "engine/asked.h"

#include "base/clock.h"
#include "base/limits.h"

void
dg_asked_init(struct dg_asked *a, const struct dg_hash_key *secret)
{
	a->young_ns = DG_TIME_NONE;
	dg_map_init(&a->young, sizeof(struct dg_client_key), sizeof(struct dg_client_key),
	    DG_ASKED_MAX, secret);
	a->old = a->young;
}

void
dg_asked_fini(struct dg_asked *a)
{
	dg_map_fini(&a->young);
	dg_map_fini(&a->old);
}

/* A clock that stepped back ends a stretch, too. */
static void
age(struct dg_asked *a, int64_t newest_ns)
{
	if (a->young_ns != DG_TIME_NONE && newest_ns >= a->young_ns &&
	    newest_ns - a->young_ns < DG_ASKED_NS)
		return;
	dg_map_fini(&a->old);
	a->old.max = DG_ASKED_MAX;
	if (a->young_ns != DG_TIME_NONE) {
		struct dg_map empty = a->old;

		a->old = a->young;
		a->young = empty;
	}
	a->young_ns = newest_ns;
}

void
dg_asked_add(struct dg_asked *a, const struct dg_tally *cut, int64_t newest_ns)
{
	age(a, newest_ns);
	for (uint32_t i = 0; i < cut->servers.count; i++) {
		const struct dg_server_row *row = cut->servers.rows[i];
		struct dg_client_key key = {
		    .address = row->key.address, .family = row->key.family};

		if (dg_map_add(&a->young, &key) == NULL)
			a->young.max = a->young.count; /* full: of the rest nobody can tell */
	}
}

static bool
was_asked(const struct dg_asked *a, const struct dg_client_key *key)
{
	return dg_map_is_full(&a->young) || dg_map_is_full(&a->old) ||
	    dg_map_find(&a->young, key) != NULL || dg_map_find(&a->old, key) != NULL;
}

uint32_t
dg_asked_mark(const struct dg_asked *a, struct dg_tally *cut)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < cut->orphans.count; i++) {
		struct dg_orphan_row *row = cut->orphans.rows[i];

		row->was_asked |= was_asked(a, &row->key);
		left += !row->was_asked;
	}
	return left;
}

void
dg_asked_mark_flow(void *cut, const struct dg_flow *flow)
{
	struct dg_client_key key = {.address = flow->server, .family = flow->family};
	const struct dg_tally *t = cut;
	struct dg_orphan_row *row = dg_map_find(&t->orphans, &key);

	if (row != NULL)
		row->was_asked = true;
}
