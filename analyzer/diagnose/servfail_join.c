/*
 * servfail_join.c - each answer against the queries in vain behind it.
 *
 * A binary search for each of a name's labels and each server, so the whole is n log n for
 * names and servers as they are.  No answer is needed to have gone wrong at all servers: a
 * resolver says SERVFAIL when what did answer was not enough.
 *
 * Weak spot: a query for another name on the way (a CNAME's target, a name server's address)
 * ties nothing.
 */
#include <string.h>

#include "base/clock.h"
#include "diagnose/servfail_inner.h"

/* What an answer was tied to. */
struct hits {
	uint32_t rows[DG_SERVFAIL_SERVERS_MAX];
	unsigned count;
	bool is_covered;
};

static void
add_row(struct hits *h, uint32_t row)
{
	for (unsigned i = 0; i < h->count; i++) {
		if (h->rows[i] == row)
			return;
	}
	if (h->count < DG_SERVFAIL_SERVERS_MAX)
		h->rows[h->count++] = row;
}

/* The first of upstream[from..to) that began at or past a time. */
static uint32_t
first_from(const struct dg_join *j, uint32_t from, uint32_t to, int64_t time_ns)
{
	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (j->upstream[middle].failure->first_ns < time_ns)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* Likewise of by_row. */
static uint32_t
first_of_row(const struct dg_join *j, uint32_t from, uint32_t to, int64_t time_ns)
{
	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (j->upstream[j->by_row[middle]].failure->first_ns < time_ns)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static int
compare_asked(const struct dg_join *j, const struct dg_asked *a, uint32_t resolver,
    const uint8_t *name, size_t length)
{
	const struct dg_upstream *u = &j->upstream[a->from];

	if (u->resolver != resolver)
		return u->resolver < resolver ? -1 : 1;
	return dg_join_compare_names(u->failure->name, u->failure->name_length, name, length);
}

/* Ties an answer to the resolver's queries in vain for a name between two times. */
static void
hit_name(struct dg_join *j, uint32_t resolver, const uint8_t *name, size_t length,
    const int64_t times[2], struct hits *h)
{
	uint32_t from = 0, to = j->asked_count;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (compare_asked(j, &j->asked[middle], resolver, name, length) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	for (unsigned n = 0; n < DG_SERVFAIL_SERVERS_MAX && from < j->asked_count; n++) {
		const struct dg_asked *a = &j->asked[from++];
		uint32_t first, end;

		if (compare_asked(j, a, resolver, name, length) != 0)
			break;
		first = first_from(j, a->from, a->to, times[0]);
		end = first_from(j, first, a->to, times[1] + 1);
		if (first == end)
			continue;
		j->marks[first]++;
		j->marks[end]--;
		h->is_covered |= j->covered_sum[end] > j->covered_sum[first];
		add_row(h, j->upstream[first].row);
	}
}

/*
 * The name, and those above it but for the root; and each of these with "_" before it, as BIND
 * asks to show less of the name.  `look` is called for each.
 */
static void
walk_up(struct dg_join *j, const struct dg_downstream *d, const int64_t times[2],
    struct hits *h,
    void (*look)(
	struct dg_join *, uint32_t, const uint8_t *, size_t, const int64_t[2], struct hits *))
{
	const struct dg_failure *f = d->failure;
	uint8_t hidden[DG_NAME_BYTES_MAX + 1] = {1, '_'};

	if (f->name[0] == 0)
		look(j, d->resolver, f->name, f->name_length, times, h);
	for (size_t at = 0; f->name[at] != 0; at += f->name[at] + 1u) {
		size_t length = f->name_length - at;

		look(j, d->resolver, f->name + at, length, times, h);
		if (at == 0)
			continue;
		memcpy(hidden + 2, f->name + at, length);
		look(j, d->resolver, hidden, length + 2, times, h);
	}
}

/* When a resolver last reached a server, not later than a time; INT64_MIN: never. */
static int64_t
last_reached(const struct dg_join *j, uint32_t resolver, uint32_t server, int64_t time_ns)
{
	size_t from = 0, to = j->reached_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		const struct dg_reached *r = &j->reached[middle];
		bool is_before = r->resolver != resolver ? r->resolver < resolver
		    : r->server != server                ? r->server < server
							 : r->time_ns <= time_ns;

		if (is_before)
			from = middle + 1;
		else
			to = middle;
	}
	if (from == 0 || j->reached[from - 1].resolver != resolver ||
	    j->reached[from - 1].server != server)
		return INT64_MIN;
	return j->reached[from - 1].time_ns;
}

static int
compare_row(const struct dg_asked_zone *row, const struct dg_downstream *d)
{
	const struct dg_failure *f = d->failure;

	if (row->cause.resolver != d->resolver)
		return row->cause.resolver < d->resolver ? -1 : 1;
	return dg_join_compare_names(row->cause.zone, row->cause.zone_length,
	    f->name + f->zone_at, (size_t)(f->name_length - f->zone_at));
}

/*
 * A resolver remembers who did not answer, and asks no more for a while: then the zone's
 * earlier queries are behind it, if nothing at all came from that server since.
 */
static void
hit_zone(struct dg_join *j, const struct dg_downstream *d, struct hits *h)
{
	const struct dg_failure *f = d->failure;
	uint32_t from = 0, to = j->row_count;

	if (f->name[f->zone_at] == 0)
		return;
	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (compare_row(&j->rows[middle], d) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	for (unsigned n = 0; n < DG_SERVFAIL_SERVERS_MAX && from < j->row_count; n++) {
		struct dg_asked_zone *row = &j->rows[from++];
		int64_t since = f->first_ns - DG_SERVFAIL_ZONE_NS, reached;
		uint32_t first, end;

		if (compare_row(row, d) != 0)
			break;
		reached = last_reached(j, d->resolver, row->cause.server, f->end_ns);
		if (reached >= since)
			since = reached + 1;
		first = first_of_row(j, row->from, row->to, since);
		end = first_of_row(j, first, row->to, f->end_ns + 1);
		if (first == end)
			continue;
		j->row_marks[first]++;
		j->row_marks[end]--;
		h->is_covered |= j->upstream[j->by_row[end - 1]].is_covered;
		add_row(h, from - 1);
	}
}

/* Whether an upstream server, too, said SERVFAIL; the answer is a hit without a row. */
static void
look_passed(struct dg_join *j, uint32_t resolver, const uint8_t *name, size_t length,
    const int64_t times[2], struct hits *h)
{
	uint32_t from = 0, to = j->passed_count;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;
		const struct dg_downstream *p = &j->passed[middle];
		const struct dg_failure *f = p->failure;
		int order = dg_join_compare_names(f->name, f->name_length, name, length);
		bool is_before = p->resolver != resolver ? p->resolver < resolver
		    : order != 0                         ? order < 0
							 : f->first_ns < times[0];

		if (is_before)
			from = middle + 1;
		else
			to = middle;
	}
	if (from < j->passed_count) {
		const struct dg_downstream *p = &j->passed[from];
		const struct dg_failure *f = p->failure;

		h->count |= p->resolver == resolver && f->first_ns <= times[1] &&
		    dg_join_compare_names(f->name, f->name_length, name, length) == 0;
	}
}

/* Whether `part` is the whole name or a suffix of whole labels of it. */
static bool
is_suffix(const uint8_t *name, size_t length, const uint8_t *part, size_t part_length)
{
	size_t at = 0;

	while (length - at > part_length)
		at += name[at] + 1u;
	return length - at == part_length && memcmp(name + at, part, part_length) == 0;
}

static void
add_name(struct dg_servfail_cause *c, const struct dg_failure *f)
{
	if (c->name == NULL) {
		c->name = f->name;
		c->name_length = f->name_length;
	}
	while (!is_suffix(f->name, f->name_length, c->name, c->name_length)) {
		c->name_length = (uint8_t)(c->name_length - c->name[0] - 1);
		c->name += c->name[0] + 1;
	}
}

static void
count_causes(struct dg_join *j, const struct hits *h, const struct dg_failure *f, bool by_zone)
{
	for (unsigned i = 0; i < h->count; i++) {
		struct dg_servfail_cause *c = &j->rows[h->rows[i]].cause;

		c->servfails += f->kind == DG_FAILURE_SERVFAIL;
		c->slow += f->kind == DG_FAILURE_SLOW;
		c->lost += f->kind == DG_FAILURE_DEAD;
		c->by_zone += by_zone;
		add_name(c, f);
	}
}

static void
join_slow(struct dg_join *j, const struct dg_downstream *d)
{
	const struct dg_failure *f = d->failure;
	struct dg_servfail_resolver *r = &j->resolvers[d->resolver];
	const int64_t times[2] = {f->first_ns - DG_SERVFAIL_SKEW_NS, f->end_ns};
	struct hits h = {0};

	walk_up(j, d, times, &h, hit_name);
	r->slow++;
	r->slow_explained += h.count > 0;
	count_causes(j, &h, f, false);
}

/* A client without an answer: the resolver may still have been at work. */
static void
join_lost(struct dg_join *j, const struct dg_downstream *d)
{
	const struct dg_failure *f = d->failure;
	struct dg_servfail_resolver *r = &j->resolvers[d->resolver];
	const int64_t times[2] = {
	    f->first_ns - DG_SERVFAIL_NAME_NS, f->first_ns + DG_SERVFAIL_NAME_NS};
	struct hits h = {0};

	walk_up(j, d, times, &h, hit_name);
	r->lost++;
	r->lost_explained += h.count > 0;
	count_causes(j, &h, f, false);
}

static void
join_servfail(struct dg_join *j, const struct dg_downstream *d)
{
	const struct dg_failure *f = d->failure;
	struct dg_servfail_resolver *r = &j->resolvers[d->resolver];
	const int64_t times[2] = {f->first_ns - DG_SERVFAIL_NAME_NS, f->end_ns};
	struct hits h = {0}, passed = {0};
	bool by_zone;

	/* What the sample parted from the queries behind it can be judged by nobody. */
	if (!dg_failures_keeps(j->summary->failures, f, times[0]) ||
	    !dg_failures_keeps(j->summary->failures, f, times[1]))
		return;
	r->judged++;
	walk_up(j, d, times, &h, hit_name);
	by_zone = h.count == 0;
	if (by_zone)
		hit_zone(j, d, &h);
	if (h.count == 0) {
		walk_up(j, d, times, &passed, look_passed);
		r->passed_on += passed.count > 0;
		return;
	}
	r->explained++;
	r->by_zone += by_zone;
	r->covered += h.is_covered;
	count_causes(j, &h, f, by_zone);
}

void
dg_join_answers(struct dg_join *j)
{
	int32_t uses = 0;

	for (uint32_t i = 0; i < j->answer_count; i++) {
		const struct dg_downstream *d = &j->answers[i];

		if (d->failure->kind == DG_FAILURE_SERVFAIL)
			join_servfail(j, d);
		else if (d->failure->kind == DG_FAILURE_DEAD)
			join_lost(j, d);
		else
			join_slow(j, d);
	}
	for (uint32_t i = 0; i < j->upstream_count; i++) {
		uses += j->marks[i];
		j->upstream[i].is_used = uses > 0;
	}
	uses = 0;
	for (uint32_t i = 0; i < j->upstream_count; i++) {
		uses += j->row_marks[i];
		j->upstream[j->by_row[i]].is_used |= uses > 0;
	}
}
