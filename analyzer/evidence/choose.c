/*
 * choose.c - which transactions are written when there is no room for all.
 *
 * Findings take turns, and in each finding what it is about and what it is compared with;
 * each turn takes one transaction.  A group takes them in an order of which every beginning is
 * spread evenly over time: the first, the last, the one between, those between these (van der
 * Corput, 1935: the bits of a counter, reversed).  What a finding does not use goes to the
 * others.  Nothing depends on chance.
 */
#include <stdlib.h>

#include "dnsgap/error.h"
#include "evidence/inner.h"

/* A claim, to be put in order by finding, sort and time. */
struct candidate {
	int64_t start_ns;
	struct dg_place place;
	uint32_t unit;
	uint32_t group; /* finding, and whether it is there to compare */
};

struct group {
	size_t first; /* of the candidates */
	size_t count;
	uint32_t turn; /* of the counter; the last one is taken as turn 1 */
	unsigned bits;
};

static bool
is_control(const struct dg_unit *u, unsigned role)
{
	return role == DG_EVIDENCE_CONTROL ||
	    (role == DG_EVIDENCE_ASKED_AGAIN && !u->is_asked_again);
}

static int
compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int order;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	order = dg_place_compare(x->place, y->place);
	return order != 0 ? order : x->unit < y->unit ? -1 : x->unit > y->unit;
}

static void
collect(const struct dg_evidence *e, struct candidate *list)
{
	for (size_t i = 0; i < e->unit_claim_count; i++) {
		const struct dg_unit_claim *c = &e->unit_claims[i];
		const struct dg_unit *u = &e->units[c->unit];

		list[i] = (struct candidate){
		    .start_ns = u->start_ns,
		    .place = u->place,
		    .unit = c->unit,
		    .group = 2u * c->finding + is_control(u, c->role),
		};
	}
	qsort(list, e->unit_claim_count, sizeof *list, compare_candidates);
}

static size_t
find_groups(const struct candidate *list, size_t count, struct group *groups)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (i == 0 || list[i - 1].group != list[i].group)
			groups[n++] = (struct group){.first = i};
		groups[n - 1].count++;
	}
	for (size_t i = 0; i < n; i++) {
		while ((UINT64_C(1) << groups[i].bits) < groups[i].count)
			groups[i].bits++;
	}
	return n;
}

static uint32_t
reverse(uint32_t x, unsigned bits)
{
	uint32_t y = 0;

	for (unsigned i = 0; i < bits; i++)
		y |= (x >> i & 1) << (bits - 1 - i);
	return y;
}

/* The index of a group's next member, or `count` when all had their turn. */
static size_t
next_of(struct group *g)
{
	while (g->turn <= UINT32_C(1) << g->bits) {
		uint32_t turn = g->turn++;
		size_t at;

		if (turn == 1)
			return g->count - 1;
		at = reverse(turn == 0 ? 0 : turn - 1, g->bits);
		if (at < g->count)
			return at;
	}
	return g->count;
}

/* One turn of a group; false when it is over. */
static bool
take_turn(struct dg_evidence *e, struct group *g, const struct candidate *list, uint64_t *left)
{
	size_t at = next_of(g);
	struct dg_unit *u;

	if (at == g->count)
		return false;
	u = &e->units[list[g->first + at].unit];
	if (!u->is_chosen && u->frames > 0 && u->frames <= *left) {
		u->is_chosen = true;
		*left -= u->frames;
		e->chosen_frames += u->frames;
	}
	return true;
}

int
dg_choose(struct dg_evidence *e)
{
	struct candidate *list = calloc(e->unit_claim_count + 1, sizeof *list);
	struct group *groups = calloc(2 * DG_EVIDENCE_FINDINGS_MAX, sizeof *groups);
	uint64_t left = dg_unit_frames_max(e);
	bool is_more = list != NULL && groups != NULL;
	int error = is_more ? 0 : DNSGAP_ENOMEM;
	size_t count = 0;

	if (error == 0) {
		collect(e, list);
		count = find_groups(list, e->unit_claim_count, groups);
	}
	while (is_more) {
		is_more = false;
		for (size_t i = 0; i < count; i++)
			is_more |= take_turn(e, &groups[i], list, &left);
	}
	for (size_t i = 0; error == 0 && i < e->unit_count; i++)
		e->other_frames += e->units[i].is_chosen ? 0 : e->units[i].frames;
	free(groups);
	free(list);
	return error;
}
