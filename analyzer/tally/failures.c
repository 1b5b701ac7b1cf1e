/*
 * failures.c - SERVFAILs, slow replies, and queries that were not reached.
 *
 * Dropped failures never come back: the least number of zero bits that fits a part fits no
 * more than the whole, so what a part dropped the whole would have dropped too.
 *
 * Weak spot: the zone is a guess.  A wrong one only means that a sample may part an answer
 * from queries behind it; nothing is sampled while all fit.
 */
#include "tally/failures.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "dnsgap/error.h"

#define LABELS_MAX 128
#define MARK_BITS 64

void
dg_failures_init(struct dg_failures *f, uint32_t max)
{
	*f = (struct dg_failures){.max = max};
}

void
dg_failures_fini(struct dg_failures *f)
{
	for (uint32_t i = 0; i < f->count; i++)
		free(f->rows[i]);
	free(f->rows);
	*f = (struct dg_failures){.max = f->max};
}

static bool
is_label(const uint8_t *label, const char *text)
{
	return label[0] == strlen(text) && memcmp(label + 1, text, label[0]) == 0;
}

/* "co" in co.uk: registries of countries give out the names below these. */
static bool
is_shared(const uint8_t *label)
{
	static const char *const shared[] = {"ac", "co", "com", "edu", "go", "gob", "gouv",
	    "gov", "gv", "ltd", "mil", "ne", "net", "nhs", "nom", "or", "org", "plc", "sch"};

	for (size_t i = 0; i < sizeof shared / sizeof *shared; i++) {
		if (is_label(label, shared[i]))
			return true;
	}
	return false;
}

uint8_t
dg_failure_zone(const uint8_t *name, uint8_t length)
{
	uint8_t starts[LABELS_MAX];
	unsigned count = 0, wanted = 2;

	for (unsigned at = 0; at < length && name[at] != 0 && count < LABELS_MAX;
	     at += name[at] + 1u)
		starts[count++] = (uint8_t)at;
	if (count > 2) {
		const uint8_t *top = name + starts[count - 1];

		if (is_label(top, "arpa") ||
		    (top[0] == 2 && is_shared(name + starts[count - 2])))
			wanted = 3;
	}
	if (count == 0)
		return 0;
	return starts[count > wanted ? count - wanted : 0];
}

/* The same in every run.  Who makes marks alike only spoils the sample of his own failures. */
static uint64_t
hash_zone(const uint8_t *zone, size_t length)
{
	static const struct dg_hash_key fixed = {
	    UINT64_C(0x646e736761702066), UINT64_C(0x61696c757265206d)};

	return dg_hash(&fixed, zone, length);
}

static uint64_t
mark_of(uint64_t zone, int64_t time_ns)
{
	int64_t window = time_ns / (DG_FAILURE_WINDOW_S * DG_NS_PER_S);

	return dg_hash_fold(zone, (uint64_t)window);
}

static bool
is_kept(uint64_t mark, unsigned sample_log2)
{
	if (sample_log2 >= MARK_BITS)
		return false;
	return (mark & ((UINT64_C(1) << sample_log2) - 1)) == 0;
}

bool
dg_failures_keeps(
    const struct dg_failures *f, const struct dg_failure *failure, int64_t time_ns)
{
	return f->sample_log2 == 0 || is_kept(mark_of(failure->zone, time_ns), f->sample_log2);
}

/* Drops what the sample does not keep. */
static void
thin(struct dg_failures *f, unsigned sample_log2)
{
	uint32_t kept = 0;

	f->sample_log2 = sample_log2;
	for (uint32_t i = 0; i < f->count; i++) {
		if (is_kept(f->rows[i]->mark, sample_log2))
			f->rows[kept++] = f->rows[i];
		else
			free(f->rows[i]);
	}
	f->count = kept;
}

static int
make_room(struct dg_failures *f)
{
	uint32_t room = f->room != 0 ? 2 * f->room : 64;
	struct dg_failure **rows;

	if (f->count < f->room)
		return 0;
	rows = realloc(f->rows, room * sizeof(*rows));
	if (rows == NULL)
		return DNSGAP_ENOMEM;
	f->rows = rows;
	f->room = room;
	return 0;
}

/* Adds a copy of one that the sample keeps, then makes the sample fit. */
static int
keep(struct dg_failures *f, const struct dg_failure *one, const uint8_t *name)
{
	struct dg_failure *copy = malloc(sizeof *copy + one->name_length);

	if (copy == NULL || make_room(f) != 0) {
		free(copy);
		return DNSGAP_ENOMEM;
	}
	*copy = *one;
	memcpy(copy->name, name, one->name_length);
	f->rows[f->count++] = copy;
	while (f->count > f->max)
		thin(f, f->sample_log2 + 1);
	return 0;
}

int
dg_failures_add_kind(
    struct dg_failures *f, const struct dg_transaction *t, enum dg_failure_kind kind)
{
	const struct dg_flow *flow = &t->flow;
	uint8_t zone_at = dg_failure_zone(t->qname, t->qname_length);
	uint64_t zone = hash_zone(t->qname + zone_at, (size_t)(t->qname_length - zone_at));
	struct dg_failure one = {
	    .first_ns = t->first_ns,
	    .end_ns = kind == DG_FAILURE_DEAD ? t->first_ns : t->reply_ns,
	    .zone = zone,
	    .mark = mark_of(zone, t->first_ns),
	    .client = flow->client,
	    .server = flow->server,
	    .client_port = flow->client_port,
	    .server_port = flow->server_port,
	    .family = flow->family,
	    .transport = flow->transport,
	    .kind = (uint8_t)kind,
	    .name_length = t->qname_length,
	    .zone_at = zone_at,
	};

	return is_kept(one.mark, f->sample_log2) ? keep(f, &one, t->qname) : 0;
}

int
dg_failures_merge(struct dg_failures *into, const struct dg_failures *from)
{
	int error = 0;

	if (from->sample_log2 > into->sample_log2)
		thin(into, from->sample_log2);
	for (uint32_t i = 0; error == 0 && i < from->count; i++) {
		const struct dg_failure *one = from->rows[i];

		if (is_kept(one->mark, into->sample_log2))
			error = keep(into, one, one->name);
	}
	return error;
}
