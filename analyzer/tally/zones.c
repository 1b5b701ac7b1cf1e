/*
 * zones.c - what a server was asked about, in a few names.
 */
#include "tally/zones.h"

#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"

#define LABELS_MAX 128

void
dg_zones_fini(struct dg_zones *z)
{
	free(z->common);
	for (unsigned i = 0; i < z->sample_count; i++)
		free(z->samples[i]);
	*z = (struct dg_zones){0};
}

/* Where each label of a name begins; how many there are, the root not counted. */
static unsigned
split(const uint8_t *name, uint8_t starts[LABELS_MAX])
{
	unsigned count = 0;

	for (unsigned at = 0; name[at] != 0 && count < LABELS_MAX; at += name[at] + 1u)
		starts[count++] = (uint8_t)at;
	return count;
}

/* The length of the longest suffix of whole labels that `common` shares with a name. */
static uint8_t
shared_length(const uint8_t *common, uint8_t common_length, const uint8_t *name, uint8_t length,
    const uint8_t *starts, unsigned count)
{
	for (unsigned at = 0; common_length - at > 1; at += common[at] + 1u) {
		unsigned rest = common_length - at;

		for (unsigned i = 0; i < count; i++) {
			if (length - starts[i] == (int)rest &&
			    memcmp(name + starts[i], common + at, rest) == 0)
				return (uint8_t)rest;
		}
	}
	return 1;
}

static int
add_common(struct dg_zones *z, const uint8_t *name, uint8_t length, const uint8_t *starts,
    unsigned count)
{
	uint8_t shared;

	if (z->common == NULL) {
		z->common = malloc(length);
		if (z->common == NULL)
			return DNSGAP_ENOMEM;
		memcpy(z->common, name, length);
		z->common_length = length;
		return 0;
	}
	if (z->common_length == 1)
		return 0;
	shared = shared_length(z->common, z->common_length, name, length, starts, count);
	memmove(z->common, z->common + z->common_length - shared, shared);
	z->common_length = shared;
	return 0;
}

/* By bytes; a name that ends first comes first. */
static int
compare(const uint8_t *a, uint8_t a_length, const uint8_t *b, uint8_t b_length)
{
	int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

	return order != 0 ? order : (int)a_length - (int)b_length;
}

static int
add_sample(struct dg_zones *z, const uint8_t *zone, uint8_t length)
{
	unsigned at = z->sample_count;
	uint8_t *copy;

	/* From the back: a full list mostly turns a zone away at once. */
	for (; at > 0; at--) {
		int order =
		    compare(zone, length, z->samples[at - 1], z->sample_lengths[at - 1]);

		if (order == 0)
			return 0;
		if (order > 0)
			break;
	}
	if (z->sample_count == DG_SERVER_NAMES_MAX)
		z->has_more = true;
	if (at == DG_SERVER_NAMES_MAX)
		return 0;
	copy = malloc(length);
	if (copy == NULL)
		return DNSGAP_ENOMEM;
	memcpy(copy, zone, length);
	if (z->sample_count == DG_SERVER_NAMES_MAX)
		free(z->samples[--z->sample_count]);
	memmove(
	    z->samples + at + 1, z->samples + at, (z->sample_count - at) * sizeof *z->samples);
	memmove(z->sample_lengths + at + 1, z->sample_lengths + at, z->sample_count - at);
	z->samples[at] = copy;
	z->sample_lengths[at] = length;
	z->sample_count++;
	return 0;
}

/* Where the last two labels of a name begin. */
static unsigned
find_last_two(const uint8_t *name)
{
	unsigned before = 0, last = 0;

	for (unsigned at = 0; name[at] != 0; at += name[at] + 1u) {
		before = last;
		last = at;
	}
	return before;
}

int
dg_zones_add(struct dg_zones *z, const uint8_t *name, uint8_t length)
{
	unsigned last_two;
	int error = 0;

	if (name[0] == 0)
		return 0;
	if (z->common_length != 1) {
		uint8_t starts[LABELS_MAX];

		error = add_common(z, name, length, starts, split(name, starts));
	}
	last_two = find_last_two(name);
	return error != 0 ? error
			  : add_sample(z, name + last_two, (uint8_t)(length - last_two));
}

int
dg_zones_merge(struct dg_zones *into, const struct dg_zones *from)
{
	uint8_t starts[LABELS_MAX];
	int error = 0;

	if (from->common != NULL)
		error = add_common(into, from->common, from->common_length, starts,
		    split(from->common, starts));
	for (unsigned i = 0; error == 0 && i < from->sample_count; i++)
		error = add_sample(into, from->samples[i], from->sample_lengths[i]);
	into->has_more |= from->has_more;
	return error;
}

unsigned
dg_zones_count(const struct dg_zones *z)
{
	if (z->common == NULL)
		return 0;
	return z->common_length > 1 ? 1 : z->sample_count;
}

const uint8_t *
dg_zones_at(const struct dg_zones *z, unsigned n, uint8_t *length)
{
	if (z->common_length > 1) {
		*length = z->common_length;
		return z->common;
	}
	*length = z->sample_lengths[n];
	return z->samples[n];
}
