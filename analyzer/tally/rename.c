/*
 * rename.c - a tally with other addresses and names in it.
 *
 * A name that was the end of another one must be it afterwards, and its labels must be as many:
 * then zones stay zones.  Lists that are in the order of names are put in order again, for the
 * old order tells of the old names.
 */
#include "tally/rename.h"

#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"

/* Of what is no name: the root. */
static const uint8_t root[1];

static size_t
make_name(const struct dg_renamer *r, const uint8_t *name, size_t length,
    uint8_t out[DG_RENAMED_NAME_MAX])
{
	size_t size = r->name(r->context, name, length, out);

	if (size == 0) {
		memcpy(out, root, sizeof root);
		size = sizeof root;
	}
	return size;
}

/* A name that is owned by itself. */
static int
rename_owned(const struct dg_renamer *r, uint8_t **name, uint8_t *length)
{
	uint8_t made[DG_RENAMED_NAME_MAX];
	size_t size;
	uint8_t *room;

	if (*name == NULL)
		return 0;
	size = make_name(r, *name, *length, made);
	room = realloc(*name, size);
	if (room == NULL)
		return DNSGAP_ENOMEM;
	*name = memcpy(room, made, size);
	*length = (uint8_t)size;
	return 0;
}

static bool
is_behind(const uint8_t *a, uint8_t a_length, const uint8_t *b, uint8_t b_length)
{
	int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

	return order > 0 || (order == 0 && a_length > b_length);
}

/* By their bytes again; they are few. */
static void
sort_samples(struct dg_zones *z)
{
	for (unsigned i = 1; i < z->sample_count; i++) {
		uint8_t *sample = z->samples[i];
		uint8_t length = z->sample_lengths[i];
		unsigned at = i;

		for (; at > 0 &&
		     is_behind(z->samples[at - 1], z->sample_lengths[at - 1], sample, length);
		     at--) {
			z->samples[at] = z->samples[at - 1];
			z->sample_lengths[at] = z->sample_lengths[at - 1];
		}
		z->samples[at] = sample;
		z->sample_lengths[at] = length;
	}
}

static int
rename_zones(const struct dg_renamer *r, struct dg_zones *z)
{
	int error = rename_owned(r, &z->common, &z->common_length);

	for (unsigned i = 0; error == 0 && i < z->sample_count; i++)
		error = rename_owned(r, &z->samples[i], &z->sample_lengths[i]);
	sort_samples(z);
	return error;
}

static int
compare_nsids(const void *left, const void *right)
{
	const struct dg_nsid_count *a = left, *b = right;
	int order = memcmp(a->bytes, b->bytes, a->length < b->length ? a->length : b->length);

	return order != 0 ? order : (int)a->length - (int)b->length;
}

static void
rename_options(const struct dg_renamer *r, struct dg_options *o)
{
	for (unsigned i = 0; i < o->nsid_count; i++)
		r->bytes(r->context, o->nsid[i].bytes, o->nsid[i].length);
	if (o->nsid_count > 0)
		qsort(o->nsid, o->nsid_count, sizeof *o->nsid, compare_nsids);
}

static int
rename_server(const struct dg_renamer *r, struct dg_server_row *row)
{
	struct dg_examples *e = &row->examples;
	int error;

	r->address(r->context, (enum dg_family)row->key.family, &row->key.address);
	if (row->options != NULL)
		rename_options(r, row->options);
	error = rename_zones(r, &row->zones);
	if (error == 0)
		error = rename_owned(r, &e->reached.name, &e->reached.length);
	return error != 0 ? error : rename_owned(r, &e->dead.name, &e->dead.length);
}

/* Where a name's last `count` labels begin. */
static uint8_t
find_last(const uint8_t *name, unsigned count)
{
	unsigned all = 0, at = 0;

	for (; name[at] != 0; at += name[at] + 1u)
		all++;
	for (at = 0; all > count; all--)
		at += name[at] + 1u;
	return (uint8_t)at;
}

static int
rename_failure(const struct dg_renamer *r, struct dg_failure **failure)
{
	struct dg_failure *f = *failure;
	uint8_t made[DG_RENAMED_NAME_MAX];
	unsigned labels = 0;
	size_t size = make_name(r, f->name, f->name_length, made);

	for (unsigned at = f->zone_at; at < f->name_length && f->name[at] != 0;
	     at += f->name[at] + 1u)
		labels++;
	f = realloc(f, sizeof *f + size);
	if (f == NULL)
		return DNSGAP_ENOMEM;
	*failure = f;
	memcpy(f->name, made, size);
	f->name_length = (uint8_t)size;
	f->zone_at = find_last(f->name, labels);
	r->address(r->context, (enum dg_family)f->family, &f->client);
	r->address(r->context, (enum dg_family)f->family, &f->server);
	return 0;
}

/* What has addresses only. */
static void
rename_addresses(struct dg_tally *t, const struct dg_renamer *r)
{
	for (uint32_t i = 0; i < t->clients.count; i++) {
		struct dg_client_key *k = &((struct dg_client_row *)t->clients.rows[i])->key;

		r->address(r->context, (enum dg_family)k->family, &k->address);
	}
	for (uint32_t i = 0; i < t->icmp.count; i++) {
		struct dg_icmp_key *k = &((struct dg_icmp_row *)t->icmp.rows[i])->key;

		r->address(r->context, (enum dg_family)k->family, &k->sender);
		r->address(r->context, (enum dg_family)k->family, &k->server);
	}
	for (uint32_t i = 0; i < t->pieces.count; i++) {
		struct dg_pieces_key *k = &((struct dg_pieces_row *)t->pieces.rows[i])->key;

		r->address(r->context, (enum dg_family)k->family, &k->sender);
	}
	for (uint32_t i = 0; i < t->orphans.count; i++) {
		struct dg_client_key *k = &((struct dg_orphan_row *)t->orphans.rows[i])->key;

		r->address(r->context, (enum dg_family)k->family, &k->address);
	}
}

int
dg_tally_rename(struct dg_tally *t, const struct dg_renamer *r)
{
	int error = 0;

	rename_addresses(t, r);
	for (uint32_t i = 0; error == 0 && i < t->servers.count; i++)
		error = rename_server(r, t->servers.rows[i]);
	for (uint32_t i = 0; error == 0 && i < t->failures.count; i++)
		error = rename_failure(r, &t->failures.rows[i]);
	return error;
}
