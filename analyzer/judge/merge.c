/*
 * merge.c - verdicts of one scope about neighbouring ranges become one, and so do those of
 * several servers (or clients) about the same hash.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"
#include "judge/order.h"
#include "judge/verdict.h"

/* A range with its ends, while ranges of two verdicts are put in order. */
struct piece {
	struct dg_port_range range;
	struct dg_range_end first;
	struct dg_range_end last;
};

static bool
is_of_ranges(const struct dg_port_verdict *v)
{
	return !v->has_window &&
	    (v->shape == DG_SHAPE_HARD || v->shape == DG_SHAPE_SINGLE ||
		v->shape == DG_SHAPE_LIST);
}

static bool
is_mergeable(const struct dg_port_verdict *into, const struct dg_port_verdict *from)
{
	return is_of_ranges(into) && is_of_ranges(from) && from->shape != DG_SHAPE_LIST &&
	    into->scope == from->scope && into->unit_count == from->unit_count &&
	    memcmp(into->units, from->units, into->unit_count * sizeof *into->units) == 0 &&
	    into->range_count + from->range_count <= DG_VERDICT_RANGES_MAX &&
	    into->exception_count + from->exception_count <= DG_VERDICT_EXCEPTIONS_MAX;
}

static int
compare_pieces(const void *left, const void *right)
{
	const struct piece *a = left, *b = right;

	if (a->range.first != b->range.first)
		return a->range.first < b->range.first ? -1 : 1;
	return (a->range.last > b->range.last) - (a->range.last < b->range.last);
}

static unsigned
collect(const struct dg_port_verdict *v, struct piece *pieces)
{
	for (unsigned i = 0; i < v->range_count; i++)
		pieces[i] = (struct piece){v->ranges[i], v->firsts[i], v->lasts[i]};
	return v->range_count;
}

static bool
has_answered_between(const bool *is_answered, uint16_t after, uint16_t before)
{
	for (uint32_t port = after + 1u; port < before; port++) {
		if (is_answered[port])
			return true;
	}
	return false;
}

/* Exceptions of both, each once. */
static void
join_exceptions(struct dg_port_verdict *into, const struct dg_port_verdict *from)
{
	unsigned used = 0;

	memcpy(into->exceptions + into->exception_count, from->exceptions,
	    from->exception_count * sizeof *from->exceptions);
	into->exception_count += from->exception_count;
	qsort(into->exceptions, into->exception_count, sizeof *into->exceptions,
	    dg_compare_ports);
	for (unsigned i = 0; i < into->exception_count; i++) {
		if (used == 0 || into->exceptions[used - 1] != into->exceptions[i])
			into->exceptions[used++] = into->exceptions[i];
	}
	into->exception_count = used;
}

/* The later verdict's dead cases are no longer active when it counts what is outside, nor were
 * those of the earlier one: so its count of the outside is that of both. */
static void
join(struct dg_port_verdict *into, const struct dg_port_verdict *from, const bool *is_answered)
{
	struct piece pieces[DG_VERDICT_RANGES_MAX];
	unsigned count = collect(into, pieces), used = 0;
	bool is_hard = into->shape == DG_SHAPE_HARD && from->shape == DG_SHAPE_HARD;

	count += collect(from, pieces + count);
	qsort(pieces, count, sizeof *pieces, compare_pieces);
	for (unsigned i = 0; i < count; i++) {
		struct piece *latest = used > 0 ? &pieces[used - 1] : NULL;
		const struct piece *next = &pieces[i];

		if (latest == NULL ||
		    (next->range.first > latest->range.last &&
			(!is_hard ||
			    has_answered_between(
				is_answered, latest->range.last, next->range.first)))) {
			pieces[used++] = *next;
		} else if (next->range.last > latest->range.last) {
			latest->range.last = next->range.last;
			latest->last = next->last;
		}
	}
	for (unsigned i = 0; i < used; i++) {
		into->ranges[i] = pieces[i].range;
		into->firsts[i] = pieces[i].first;
		into->lasts[i] = pieces[i].last;
	}
	into->range_count = used;
	join_exceptions(into, from);
	if (from->shape == DG_SHAPE_HARD)
		into->shape = DG_SHAPE_HARD;
	else if (into->shape == DG_SHAPE_SINGLE && used > 1)
		into->shape = DG_SHAPE_LIST;
	into->ln_p = fmin(into->ln_p, from->ln_p);
	into->inside_trials += from->inside_trials;
	into->inside_dead += from->inside_dead;
	into->inside_refused += from->inside_refused;
	into->outside_trials = from->outside_trials;
	into->outside_dead = from->outside_dead;
	into->ln_bayes = dg_ln_bayes(into);
}

/* The same parities, of the same sort of unit: one hash, before all of them. */
static bool
is_same_hash(const struct dg_port_verdict *a, const struct dg_port_verdict *b)
{
	size_t bytes = a->mask_count * sizeof *a->masks;

	return a->shape == DG_SHAPE_PARITY && b->shape == DG_SHAPE_PARITY &&
	    a->scope == b->scope && a->mask_count == b->mask_count &&
	    memcmp(a->masks, b->masks, bytes) == 0 &&
	    memcmp(a->parities, b->parities, a->mask_count * sizeof *a->parities) == 0;
}

static enum dg_others
join_others(enum dg_others a, enum dg_others b)
{
	return a == b ? a : DG_OTHERS_UNTESTED;
}

/* Units of both, each once; and their sums.  0 or DNSGAP_ENOMEM. */
static int
join_hash(struct dg_port_verdict *into, const struct dg_port_verdict *from)
{
	size_t all = into->unit_count + from->unit_count, used = 0;
	struct dg_unit_id *units = realloc(into->units, all * sizeof *units);

	if (units == NULL)
		return DNSGAP_ENOMEM;
	memcpy(units + into->unit_count, from->units, from->unit_count * sizeof *units);
	qsort(units, all, sizeof *units, dg_unit_compare);
	for (size_t i = 0; i < all; i++) {
		if (used == 0 || dg_unit_compare(&units[used - 1], &units[i]) != 0)
			units[used++] = units[i];
	}
	into->units = units;
	into->unit_count = used;
	into->ln_p = fmin(into->ln_p, from->ln_p);
	into->inside_trials += from->inside_trials;
	into->inside_dead += from->inside_dead;
	into->inside_refused += from->inside_refused;
	into->outside_trials += from->outside_trials;
	into->outside_dead += from->outside_dead;
	into->other_servers = join_others(into->other_servers, from->other_servers);
	into->other_clients = join_others(into->other_clients, from->other_clients);
	into->is_confirmed = into->is_confirmed && from->is_confirmed;
	into->ln_bayes = dg_ln_bayes(into);
	return 0;
}

static void
mark_answered(const struct dg_cases *cases, const struct dg_port_verdict *v, bool is_answered[])
{
	memset(is_answered, 0, DG_PORT_NUMBERS * sizeof *is_answered);
	for (size_t i = 0; i < cases->count; i++) {
		const struct dg_case *x = &cases->list[i];

		if (!x->is_dead && dg_verdict_has_unit(cases, v, x))
			is_answered[x->port] = true;
	}
}

int
dg_verdicts_merge(const struct dg_cases *cases, struct dg_port_verdict *list, size_t *count)
{
	bool *is_answered = malloc(DG_PORT_NUMBERS * sizeof *is_answered);
	size_t used = 0;
	int error = 0;

	if (is_answered == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < *count; i++) {
		size_t into = 0;

		while (into < used && !is_mergeable(&list[into], &list[i]) &&
		    !is_same_hash(&list[into], &list[i]))
			into++;
		if (into == used) {
			if (used != i)
				list[used] = list[i];
			used++;
			continue;
		}
		if (is_same_hash(&list[into], &list[i])) {
			error = error != 0 ? error : join_hash(&list[into], &list[i]);
		} else {
			mark_answered(cases, &list[into], is_answered);
			join(&list[into], &list[i], is_answered);
		}
		free(list[i].units);
		free(list[i].ports);
	}
	*count = used;
	free(is_answered);
	return error;
}

static bool
are_apart(const struct dg_port_verdict *a, const struct dg_port_verdict *b)
{
	for (unsigned i = 0; i < a->range_count; i++)
		for (unsigned k = 0; k < b->range_count; k++)
			if (a->firsts[i].least <= b->lasts[k].most &&
			    b->firsts[k].least <= a->lasts[i].most)
				return false;
	return true;
}

void
dg_verdicts_compare(struct dg_port_verdict *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t k = i + 1; k < count; k++) {
			if (are_apart(&list[i], &list[k]))
				continue;
			list[i].is_confirmed = false;
			list[k].is_confirmed = false;
		}
	}
}
