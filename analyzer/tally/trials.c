/*
 * trials.c - a bounded table of trials that forgets evenly.
 *
 * What is kept may depend on nothing but what was added: not on the order, not on the table's
 * secret.  A bin or a sample grows only when more trials than fit were there at the size
 * before, and what is there only grows, so the least size that fits the whole is reached by
 * every order.
 */
#include "tally/trials.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/pages.h"
#include "dnsgap/error.h"

#define SECOND_NS INT64_C(1000000000)
/* A slot: the row + 1 in its low bits, the rest is of the hash. */
#define ROW_BITS 21
#define ROW_MASK ((UINT32_C(1) << ROW_BITS) - 1)

#define SORTED_ONE_BY_ONE 24

_Static_assert(sizeof(struct dg_trial) == 40, "memory is counted by it");
_Static_assert(DG_TRIALS_MAX < ROW_MASK, "a row + 1 fits its bits");

void
dg_trials_init(struct dg_trials *t, uint32_t max, const uint64_t secrets[2])
{
	*t = (struct dg_trials){.max = max, .secrets = {secrets[0], secrets[1]}};
}

/* Two slots for each row. */
static size_t
slot_bytes(uint32_t room)
{
	return (size_t)room * 2 * sizeof(uint32_t);
}

void
dg_trials_fini(struct dg_trials *t)
{
	dg_pages_free(t->rows, t->room * sizeof *t->rows);
	dg_pages_free(t->slots, slot_bytes(t->room));
	t->rows = NULL;
	t->slots = NULL;
	t->count = t->room = 0;
}

/* Times are never before 1970. */
static int64_t
bin_of(const struct dg_trials *t, const struct dg_trial *one)
{
	return (one->time_ns / SECOND_NS) >> t->bin_log2;
}

static uint64_t
hash_of(const struct dg_trials *t, const struct dg_trial *one)
{
	uint64_t parties = (uint64_t)one->server << 32 | one->client;
	uint64_t rest =
	    (uint64_t)bin_of(t, one) << 24 | (uint64_t)one->transport << 16 | one->port;

	return dg_hash_multiply(
	    dg_hash_multiply(parties ^ t->secrets[0], t->secrets[1]) ^ rest, t->secrets[0]);
}

static uint32_t
tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32) & ~ROW_MASK;
}

static bool
is_same(const struct dg_trials *t, const struct dg_trial *a, const struct dg_trial *b)
{
	return a->port == b->port && a->server == b->server && a->client == b->client &&
	    a->transport == b->transport && bin_of(t, a) == bin_of(t, b);
}

static uint16_t
add_counts(uint16_t a, uint16_t b)
{
	uint32_t sum = (uint32_t)a + b;

	return sum > UINT16_MAX ? UINT16_MAX : (uint16_t)sum;
}

/* Whether `a` is the better exemplar. */
static bool
is_before(const struct dg_trial *a, const struct dg_trial *b)
{
	if ((a->reached > 0) != (b->reached > 0))
		return a->reached > 0;
	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns;
	if (a->file != b->file)
		return a->file < b->file;
	if (a->frame != b->frame)
		return a->frame < b->frame;
	return a->question < b->question;
}

static void
join(struct dg_trial *into, const struct dg_trial *one)
{
	if (is_before(one, into)) {
		into->time_ns = one->time_ns;
		into->question = one->question;
		into->frame = one->frame;
		into->file = one->file;
	}
	into->reached = add_counts(into->reached, one->reached);
	into->dead = add_counts(into->dead, one->dead);
	into->refused = add_counts(into->refused, one->refused);
}

/* The slot that holds the trial, or the empty one where it belongs. */
static uint32_t
probe(const struct dg_trials *t, const struct dg_trial *one, uint64_t hash)
{
	uint32_t at = (uint32_t)hash & t->slot_mask;

	for (; t->slots[at] != 0; at = (at + 1) & t->slot_mask) {
		if ((t->slots[at] & ~ROW_MASK) == tag_of(hash) &&
		    is_same(t, &t->rows[(t->slots[at] & ROW_MASK) - 1], one))
			break;
	}
	return at;
}

static void
insert(struct dg_trials *t, const struct dg_trial *one, uint64_t hash, uint32_t at)
{
	t->rows[t->count++] = *one;
	t->slots[at] = tag_of(hash) | t->count;
}

static int
grow(struct dg_trials *t)
{
	uint32_t room = t->room == 0 ? 64 : t->room * 2;
	struct dg_trial *rows = dg_pages_new(room * sizeof *rows);
	uint32_t *slots = dg_pages_new(slot_bytes(room));
	uint32_t count = t->count;

	if (rows == NULL || slots == NULL) {
		dg_pages_free(rows, room * sizeof *rows);
		dg_pages_free(slots, slot_bytes(room));
		return DNSGAP_ENOMEM;
	}
	if (count > 0)
		memcpy(rows, t->rows, count * sizeof *rows);
	dg_trials_fini(t);
	t->rows = rows;
	t->slots = slots;
	t->slot_mask = room * 2 - 1;
	t->room = room;
	t->count = 0;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t hash = hash_of(t, &rows[i]);

		insert(t, &rows[i], hash, probe(t, &rows[i], hash));
	}
	return 0;
}

/* Puts all rows in again, in the bins and the sample of now; no more memory is needed. */
static void
sift(struct dg_trials *t)
{
	uint32_t count = t->count;

	memset(t->slots, 0, ((size_t)t->slot_mask + 1) * sizeof *t->slots);
	t->count = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct dg_trial one = t->rows[i];
		uint64_t hash;
		uint32_t at;

		if (!dg_trials_take(t, one.mark))
			continue;
		hash = hash_of(t, &one);
		at = probe(t, &one, hash);
		if (t->slots[at] == 0)
			insert(t, &one, hash, at);
		else
			join(&t->rows[(t->slots[at] & ROW_MASK) - 1], &one);
	}
}

/* One more trial than fits is there. */
static void
coarsen(struct dg_trials *t)
{
	if (t->bin_log2 < DG_TRIAL_BIN_LOG2_MAX)
		t->bin_log2 += DG_TRIAL_BIN_STEP;
	else
		t->sample_log2++;
	sift(t);
}

uint64_t
dg_trials_prefetch(const struct dg_trials *t, const struct dg_trial *one)
{
	uint64_t hash = hash_of(t, one);

	if (t->slots != NULL)
		__builtin_prefetch(&t->slots[(uint32_t)hash & t->slot_mask], 1);
	return hash;
}

void
dg_trials_prefetch_row(const struct dg_trials *t, uint64_t hash)
{
	uint32_t slot = t->slots != NULL ? t->slots[(uint32_t)hash & t->slot_mask] : 0;

	if (slot != 0 && (slot & ~ROW_MASK) == tag_of(hash))
		__builtin_prefetch(&t->rows[(slot & ROW_MASK) - 1], 1);
}

int
dg_trials_add(struct dg_trials *t, const struct dg_trial *one)
{
	return dg_trials_add_hashed(t, one, hash_of(t, one));
}

int
dg_trials_add_hashed(struct dg_trials *t, const struct dg_trial *one, uint64_t hash)
{
	for (;;) {
		uint32_t at = 0;
		bool is_new;

		if (!dg_trials_take(t, one->mark))
			return 0;
		if (t->count > 0)
			at = probe(t, one, hash);
		is_new = t->count == 0 || t->slots[at] == 0;
		if (!is_new) {
			join(&t->rows[(t->slots[at] & ROW_MASK) - 1], one);
			return 0;
		}
		if (t->count < t->max) {
			if (t->count == t->room) {
				if (grow(t) != 0)
					return DNSGAP_ENOMEM;
				at = probe(t, one, hash);
			} else if (t->count == 0) {
				at = probe(t, one, hash);
			}
			insert(t, one, hash, at);
			return 0;
		}
		coarsen(t);
		hash = hash_of(t, one);
	}
}

/* Whether rows of `from` are called the same in `into`, and lie where they would be put. */
static bool
is_copy(const struct dg_trials *into, const struct dg_trials *from, const uint32_t *servers,
    const uint32_t *clients)
{
	if (into->room > 0 || into->max != from->max ||
	    memcmp(into->secrets, from->secrets, sizeof into->secrets) != 0)
		return false;
	for (uint32_t i = 0; i < from->count; i++) {
		const struct dg_trial *one = &from->rows[i];

		if (servers[one->server] != one->server || clients[one->client] != one->client)
			return false;
	}
	return true;
}

static int
copy_all(struct dg_trials *into, const struct dg_trials *from)
{
	struct dg_trial *rows = dg_pages_new(from->room * sizeof *rows);
	uint32_t *slots = dg_pages_new(slot_bytes(from->room));

	if (rows == NULL || slots == NULL) {
		dg_pages_free(rows, from->room * sizeof *rows);
		dg_pages_free(slots, slot_bytes(from->room));
		return DNSGAP_ENOMEM;
	}
	memcpy(rows, from->rows, from->count * sizeof *rows);
	memcpy(slots, from->slots, slot_bytes(from->room));
	*into = *from;
	into->rows = rows;
	into->slots = slots;
	return 0;
}

int
dg_trials_merge(struct dg_trials *into, const struct dg_trials *from, const uint32_t *servers,
    const uint32_t *clients)
{
	int error = 0;

	if (from->count > 0 && is_copy(into, from, servers, clients))
		return copy_all(into, from);
	while (into->bin_log2 < from->bin_log2 || into->sample_log2 < from->sample_log2) {
		if (into->count == 0) {
			into->bin_log2 = from->bin_log2;
			into->sample_log2 = from->sample_log2;
		} else {
			coarsen(into);
		}
	}
	for (uint32_t i = 0; error == 0 && i < from->count; i++) {
		struct dg_trial one = from->rows[i];

		one.server = servers[one.server];
		one.client = clients[one.client];
		if (one.server != DG_TRIALS_NO_ROW && one.client != DG_TRIALS_NO_ROW)
			error = dg_trials_add(into, &one);
	}
	return error;
}

static int
compare(const void *a, const void *b)
{
	const struct dg_trial *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	if (x->server != y->server)
		return x->server < y->server ? -1 : 1;
	return x->client < y->client ? -1 : x->client > y->client;
}

/* Most ports have few trials. */
static void
sort(struct dg_trial *list, uint32_t count)
{
	if (count > SORTED_ONE_BY_ONE) {
		qsort(list, count, sizeof *list, compare);
		return;
	}
	for (uint32_t i = 1; i < count; i++) {
		struct dg_trial one = list[i];
		uint32_t to = i;

		for (; to > 0 && compare(&list[to - 1], &one) > 0; to--)
			list[to] = list[to - 1];
		list[to] = one;
	}
}

static uint32_t
place_of(const struct dg_trial *one)
{
	return (uint32_t)(one->transport == DG_TRANSPORT_TCP) << 16 | one->port;
}

size_t
dg_trials_bytes(const struct dg_trials *t)
{
	return (t->count + (size_t)1) * sizeof *t->rows;
}

struct dg_trial *
dg_trials_sorted(const struct dg_trials *t, const uint32_t *servers, const uint32_t *clients)
{
	enum {
		PLACES = 2 << 16
	};
	struct dg_trial *list = dg_pages_new(dg_trials_bytes(t));
	uint32_t *ends = calloc(PLACES + 1, sizeof *ends);

	if (list == NULL || ends == NULL) {
		dg_pages_free(list, dg_trials_bytes(t));
		free(ends);
		return NULL;
	}
	for (uint32_t i = 0; i < t->count; i++)
		ends[place_of(&t->rows[i]) + 1]++;
	for (uint32_t p = 0; p < PLACES; p++)
		ends[p + 1] += ends[p];
	/* Filling moves the begin of each place, ends[p], to the begin of the next. */
	for (uint32_t i = 0; i < t->count; i++) {
		struct dg_trial *one = &list[ends[place_of(&t->rows[i])]++];

		*one = t->rows[i];
		one->server = servers[one->server];
		one->client = clients[one->client];
	}
	for (uint32_t p = 0, from = 0; p < PLACES; from = ends[p++])
		sort(&list[from], ends[p] - from);
	free(ends);
	return list;
}
