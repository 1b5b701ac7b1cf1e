/*
 * units.c - claims and finds become transactions: each known once, with all that findings say
 * of it.
 *
 * What a claim names must be there as it was when the findings were made: the same time, the
 * same client port.  If not, the files are others now, and nothing is written.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dnsgap/error.h"
#include "evidence/inner.h"

static int
compare_claims(const void *a, const void *b)
{
	const struct dg_evidence_claim *x = a, *y = b;
	int order = dg_place_compare(x->place, y->place);

	if (order != 0)
		return order;
	if (x->finding != y->finding)
		return x->finding < y->finding ? -1 : 1;
	return x->role < y->role ? -1 : x->role > y->role;
}

int
dg_units_prepare(struct dg_evidence *e)
{
	if (e->claim_count > 0)
		qsort(e->claims, e->claim_count, sizeof *e->claims, compare_claims);
	/* Pages that are not written to cost nothing: many claims share a place. */
	e->units = malloc((e->claim_count + 1) * sizeof *e->units);
	return e->units != NULL ? 0 : DNSGAP_ENOMEM;
}

/* The first claim that is not before a place. */
static size_t
find_claim(const struct dg_evidence *e, struct dg_place place)
{
	size_t low = 0, high = e->claim_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (dg_place_compare(e->claims[middle].place, place) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int
fail_changed(const struct dg_evidence *e, struct dg_place place, struct dg_fail *fail)
{
	return dg_fail_set(fail, DNSGAP_EOPEN,
	    "%s is not the file that was read: frame %u is another one",
	    dg_filelist_input(e->config.files, place.file)->path, place.frame);
}

/* Whether a frame can be the one that a claim speaks of. */
static bool
is_as_claimed(const struct dg_evidence_claim *claim, const struct dg_frame *frame,
    const struct dg_look *look)
{
	if (look->kind == DG_LOOK_NONE)
		return false;
	if (claim->time_ns == DG_TIME_NONE)
		return true;
	if (frame->time_ns != claim->time_ns)
		return false;
	return look->kind == DG_LOOK_PIECE || look->flow.client_port == claim->port;
}

/* A later fragment is known by the first one, if that came before. */
static struct dg_unit
unit_claimed(
    const struct dg_frame *frame, const struct dg_look *look, const struct dg_datagram *d)
{
	struct dg_unit u = dg_unit_seen(frame, look);

	if (look->kind != DG_LOOK_PIECE || d == NULL || !d->has_first)
		return u;
	u = d->first;
	u.start_ns = frame->time_ns;
	u.place = frame->place;
	/* Its first fragment came before what counts as its time. */
	u.is_found = true;
	return u;
}

int
dg_units_look(struct dg_evidence *e, const struct dg_frame *frame, struct dg_fail *fail)
{
	size_t first = find_claim(e, frame->place), end = first;
	struct dg_datagram *d = NULL;
	struct dg_look look;
	bool is_known = false;

	dg_look_at(frame, &e->config.server_ports, &e->config.secret, &look);
	if (look.family != 0) {
		if (e->first_place.frame == 0)
			e->first_place = frame->place;
		e->last_place = frame->place;
	}
	if (look.is_fragment)
		d = dg_datagram_of(e, &look, frame->time_ns, &is_known);
	if (d != NULL && look.kind == DG_LOOK_MESSAGE && !d->has_first) {
		d->first = dg_unit_seen(frame, &look);
		d->has_first = true;
	}
	for (;
	     end < e->claim_count && dg_place_compare(e->claims[end].place, frame->place) == 0;
	     end++) {
		if (!is_as_claimed(&e->claims[end], frame, &look))
			return fail_changed(e, frame->place, fail);
	}
	if (end > first)
		e->units[e->unit_count++] = unit_claimed(frame, &look, d);
	return dg_watch_look(e, frame, &look, is_known) == 0 ? 0 : dg_fail_memory(fail);
}

/* ---- after the first reading ---- */

/* A unit on its way to its place, with what is said of it. */
struct draft {
	struct dg_unit unit;
	uint32_t number; /* among the drafts as they were collected */
};

static int
compare_drafts(const void *a, const void *b)
{
	const struct dg_unit *x = &((const struct draft *)a)->unit;
	const struct dg_unit *y = &((const struct draft *)b)->unit;
	int order;

	if (x->has_flow != y->has_flow)
		return x->has_flow ? 1 : -1;
	order = memcmp(&x->flow, &y->flow, sizeof x->flow);
	if (order != 0)
		return order;
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	order = dg_place_compare(x->place, y->place);
	return order != 0 ? order : (int)x->is_found - (int)y->is_found;
}

/* Whether what a pattern found is of the transaction before it in order. */
static bool
is_same(const struct dg_evidence *e, const struct dg_unit *a, const struct dg_unit *b)
{
	if (dg_place_compare(a->place, b->place) == 0)
		return true;
	if (!a->has_flow || !b->has_flow || !dg_flow_is_same(&a->flow, &b->flow) ||
	    a->has_id != b->has_id || a->id != b->id || (!a->is_found && !b->is_found))
		return false;
	if (a->has_question && b->has_question && a->question != b->question)
		return false;
	return b->start_ns - a->start_ns <= e->config.hold_ns;
}

static int
compare_units(const void *a, const void *b)
{
	const struct dg_unit *x = &((const struct draft *)a)->unit;
	const struct dg_unit *y = &((const struct draft *)b)->unit;
	int order;

	if (x->has_flow != y->has_flow)
		return x->has_flow ? 1 : -1;
	order = memcmp(&x->flow, &y->flow, sizeof x->flow);
	if (order != 0)
		return order;
	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return dg_place_compare(x->place, y->place);
}

static int
compare_unit_claims(const void *a, const void *b)
{
	const struct dg_unit_claim *x = a, *y = b;

	if (x->unit != y->unit)
		return x->unit < y->unit ? -1 : 1;
	if (x->finding != y->finding)
		return x->finding < y->finding ? -1 : 1;
	return (int)x->role - (int)y->role;
}

static int
compare_places(const void *a, const void *b)
{
	const struct dg_unit_place *x = a, *y = b;
	int order = dg_place_compare(x->place, y->place);

	return order != 0 ? order : x->unit < y->unit ? -1 : x->unit > y->unit;
}

struct making {
	struct draft *drafts;
	size_t draft_count;
	struct dg_unit_claim *claims; /* `unit` is a draft's number */
	size_t claim_count;
	uint32_t *numbers; /* of the unit that each draft became part of */
};

static int
make_room(struct dg_evidence *e, struct making *m)
{
	size_t drafts = e->unit_count, claims = e->claim_count;

	for (size_t i = 0; i < e->watch_count; i++) {
		drafts += e->watches[i].count;
		claims += e->watches[i].count;
	}
	m->drafts = calloc(drafts + 1, sizeof *m->drafts);
	m->claims = calloc(claims + 1, sizeof *m->claims);
	m->numbers = calloc(drafts + 1, sizeof *m->numbers);
	e->places = calloc(drafts + 1, sizeof *e->places);
	return m->drafts != NULL && m->claims != NULL && m->numbers != NULL && e->places != NULL
	    ? 0
	    : DNSGAP_ENOMEM;
}

static void
add_claim(struct making *m, size_t draft, uint16_t finding, unsigned role)
{
	m->claims[m->claim_count++] = (struct dg_unit_claim){
	    .unit = (uint32_t)draft, .finding = finding, .role = (uint8_t)role};
}

static void
add_draft(struct making *m, const struct dg_unit *unit)
{
	m->drafts[m->draft_count] =
	    (struct draft){.unit = *unit, .number = (uint32_t)m->draft_count};
	m->draft_count++;
}

static void
collect(struct dg_evidence *e, struct making *m)
{
	for (size_t i = 0; i < e->unit_count; i++) {
		size_t at = find_claim(e, e->units[i].place);

		for (; at < e->claim_count &&
		     dg_place_compare(e->claims[at].place, e->units[i].place) == 0;
		     at++) {
			const struct dg_evidence_claim *c = &e->claims[at];

			add_claim(m, m->draft_count, c->finding, c->role);
			if (c->others > e->units[i].others)
				e->units[i].others = c->others;
		}
		e->other_frames += e->units[i].others;
		add_draft(m, &e->units[i]);
	}
	for (size_t i = 0; i < e->watch_count; i++) {
		const struct dg_watch *w = &e->watches[i];

		for (uint32_t n = 0; n < w->count; n++) {
			add_claim(m, m->draft_count, w->pattern.finding, w->pattern.role);
			add_draft(m, &w->units[n]);
		}
	}
}

/* Sightings of one transaction become one; `number` of what is kept is that of its first. */
static void
join(struct dg_evidence *e, struct making *m)
{
	size_t kept = 0;

	qsort(m->drafts, m->draft_count, sizeof *m->drafts, compare_drafts);
	for (size_t i = 0; i < m->draft_count; i++) {
		struct draft *d = &m->drafts[i];

		e->places[e->place_count++] = (struct dg_unit_place){d->unit.place, d->number};
		if (kept > 0 && is_same(e, &m->drafts[kept - 1].unit, &d->unit)) {
			m->numbers[d->number] = m->drafts[kept - 1].number;
			continue;
		}
		m->numbers[d->number] = d->number;
		m->drafts[kept++] = *d;
	}
	m->draft_count = kept;
}

/* Units in their final order; claims and places speak of them by their index. */
static void
settle(struct dg_evidence *e, struct making *m, uint32_t *index)
{
	size_t kept = 0;

	qsort(m->drafts, m->draft_count, sizeof *m->drafts, compare_units);
	for (size_t i = 0; i < m->draft_count; i++) {
		e->units[i] = m->drafts[i].unit;
		index[m->drafts[i].number] = (uint32_t)i;
	}
	e->unit_count = m->draft_count;
	for (size_t i = 0; i < e->place_count; i++)
		e->places[i].unit = index[m->numbers[e->places[i].unit]];
	qsort(e->places, e->place_count, sizeof *e->places, compare_places);
	for (size_t i = 0; i < m->claim_count; i++)
		m->claims[i].unit = index[m->numbers[m->claims[i].unit]];
	qsort(m->claims, m->claim_count, sizeof *m->claims, compare_unit_claims);
	/* Of several words of one finding, the first: silent goes before all. */
	for (size_t i = 0; i < m->claim_count; i++) {
		if (kept == 0 || m->claims[kept - 1].unit != m->claims[i].unit ||
		    m->claims[kept - 1].finding != m->claims[i].finding)
			m->claims[kept++] = m->claims[i];
	}
	for (size_t i = 0; i < kept; i++) {
		struct dg_unit *u = &e->units[m->claims[i].unit];

		if (u->claim_end == 0)
			u->claim = (uint32_t)i;
		u->claim_end = (uint32_t)i + 1;
	}
	e->unit_claims = m->claims;
	e->unit_claim_count = kept;
	m->claims = NULL;
}

static int
make_units(struct dg_evidence *e)
{
	struct making m = {0};
	struct dg_unit *units = NULL;
	uint32_t *index = NULL;
	int error = make_room(e, &m);

	if (error == 0) {
		collect(e, &m);
		units = realloc(e->units, (m.draft_count + 1) * sizeof *units);
		index = calloc(m.draft_count + 1, sizeof *index);
		error = units != NULL && index != NULL ? 0 : DNSGAP_ENOMEM;
	}
	if (units != NULL)
		e->units = units;
	if (error == 0) {
		join(e, &m);
		settle(e, &m, index);
	}
	free(index);
	free(m.drafts);
	free(m.claims);
	free(m.numbers);
	return error;
}

int
dg_units_make(struct dg_evidence *e, struct dg_fail *fail)
{
	size_t met = 0;

	for (size_t i = 0; i < e->claim_count; i++) {
		bool is_new =
		    i == 0 || dg_place_compare(e->claims[i - 1].place, e->claims[i].place) != 0;

		met += is_new;
	}
	if (met != e->unit_count)
		return dg_fail_set(fail, DNSGAP_EOPEN,
		    "the files are not those that were read: frames are missing");
	for (size_t i = 0; i < e->watch_count; i++) {
		const struct dg_watch *w = &e->watches[i];

		e->other_frames += w->seen - w->count;
	}
	return make_units(e) == 0 ? 0 : dg_fail_memory(fail);
}
