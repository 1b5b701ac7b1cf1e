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
split(const uint8_t *name, uint8_t length, uint8_t starts[LABELS_MAX])
{
	unsigned count = 0;

	for (unsigned at = 0; at < length && name[at] != 0 && count < LABELS_MAX; at += name[at] + 1u)
		starts[count++] = (uint8_t)at;
	return count;
}

static unsigned
wire_length(const uint8_t *name)
{
	unsigned at = 0;

	while (name[at] != 0)
		at += name[at] + 1u;
	return at + 1;
}

/* Where in `name` the longest suffix begins that `other` has too. */
static unsigned
common_start(const uint8_t *name, uint8_t length, const uint8_t *other, uint8_t other_length)
{
	uint8_t starts[LABELS_MAX], other_starts[LABELS_MAX];
	unsigned count = split(name, length, starts);
	unsigned other_count = split(other, other_length, other_starts);
	unsigned start = length - 1u;

	while (count > 0 && other_count > 0) {
		const uint8_t *a = name + starts[--count];
		const uint8_t *b = other + other_starts[--other_count];

		if (a[0] != b[0] || memcmp(a + 1, b + 1, a[0]) != 0)
			break;
		start = starts[count];
	}
	return start;
}

static int
add_common(struct dg_zones *z, const uint8_t *name, uint8_t length)
{
	unsigned start;

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
	start = common_start(z->common, z->common_length, name, length);
	z->common_length = (uint8_t)(z->common_length - start);
	memmove(z->common, z->common + start, z->common_length);
	return 0;
}

static int
compare(const uint8_t *a, const uint8_t *b)
{
	unsigned a_length = wire_length(a), b_length = wire_length(b);
	int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

	return order != 0 ? order : (int)a_length - (int)b_length;
}

static int
add_sample(struct dg_zones *z, const uint8_t *zone)
{
	unsigned at, length = wire_length(zone);
	uint8_t *copy;

	for (at = 0; at < z->sample_count; at++) {
		int order = compare(zone, z->samples[at]);

		if (order == 0)
			return 0;
		if (order < 0)
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
	memmove(z->samples + at + 1, z->samples + at, (z->sample_count - at) * sizeof *z->samples);
	z->samples[at] = copy;
	z->sample_count++;
	return 0;
}

int
dg_zones_add(struct dg_zones *z, const uint8_t *name, uint8_t length)
{
	uint8_t starts[LABELS_MAX];
	unsigned count = split(name, length, starts);
	int error;

	if (count == 0)
		return 0;
	error = add_common(z, name, length);
	if (error != 0)
		return error;
	return add_sample(z, name + starts[count > 2 ? count - 2 : 0]);
}

int
dg_zones_merge(struct dg_zones *into, const struct dg_zones *from)
{
	int error = 0;

	if (from->common != NULL)
		error = add_common(into, from->common, from->common_length);
	for (unsigned i = 0; error == 0 && i < from->sample_count; i++)
		error = add_sample(into, from->samples[i]);
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
	const uint8_t *name = z->common_length > 1 ? z->common : z->samples[n];

	*length = (uint8_t)wire_length(name);
	return name;
}
