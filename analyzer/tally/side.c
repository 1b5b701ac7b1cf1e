/*
 * side.c - the counts of one set of transactions.
 */
#include "tally/side.h"

void
dg_side_fini(struct dg_side *s)
{
	dg_portset_fini(&s->ports);
	dg_hist_fini(&s->latency);
}

int
dg_side_add(struct dg_side *s, const struct dg_transaction *t)
{
	uint16_t port = t->flow.client_port;
	enum dg_range range = dg_range_of(port);
	bool in_time = t->outcome == DG_OUTCOME_ANSWERED || t->outcome == DG_OUTCOME_TRUNCATED;
	int error;

	s->outcomes[dg_part_of(port)][t->outcome]++;
	if (!t->is_attempt)
		s->resends += t->resends;
	s->asked_again += t->resends_after_reply > 0;
	if (t->has_reply) {
		unsigned slot = t->rcode < DG_RCODES_COUNTED ? t->rcode : DG_RCODES_COUNTED;

		s->rcodes[range][slot]++;
		s->nodata[range] += t->is_nodata;
	}
	error = dg_portset_add(&s->ports, port);
	if (error == 0 && in_time)
		error = dg_hist_add(&s->latency, (uint64_t)t->latency_ns);
	return error;
}

static void
add_all(uint64_t *into, const uint64_t *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		into[i] += from[i];
}

int
dg_side_merge(struct dg_side *into, const struct dg_side *from)
{
	int error;

	for (int p = 0; p < DG_PART_COUNT; p++)
		add_all(into->outcomes[p], from->outcomes[p], DG_OUTCOME_COUNT);
	for (int r = 0; r < DG_RANGE_COUNT; r++)
		add_all(into->rcodes[r], from->rcodes[r], DG_RCODE_SLOTS);
	add_all(into->nodata, from->nodata, DG_RANGE_COUNT);
	into->resends += from->resends;
	into->asked_again += from->asked_again;
	error = dg_portset_merge(&into->ports, &from->ports);
	return error != 0 ? error : dg_hist_merge(&into->latency, &from->latency);
}

static struct dg_counts
sum_parts(const struct dg_side *s, enum dg_part first, enum dg_part last)
{
	struct dg_counts c = {0};

	for (unsigned p = first; p <= last; p++)
		add_all(c.outcomes, s->outcomes[p], DG_OUTCOME_COUNT);
	for (int o = 0; o < DG_OUTCOME_COUNT; o++)
		c.transactions += c.outcomes[o];
	return c;
}

struct dg_counts
dg_side_part(const struct dg_side *s, enum dg_part part)
{
	return sum_parts(s, part, part);
}

struct dg_counts
dg_side_range(const struct dg_side *s, enum dg_range range)
{
	const struct dg_range_facts *f = dg_range_facts(range);

	return sum_parts(s, f->first_part, f->last_part);
}

struct dg_counts
dg_side_all(const struct dg_side *s)
{
	return sum_parts(s, 0, DG_PART_COUNT - 1);
}

uint64_t
dg_counts_reached(const struct dg_counts *c)
{
	return c->outcomes[DG_OUTCOME_ANSWERED] + c->outcomes[DG_OUTCOME_LATE] +
	    c->outcomes[DG_OUTCOME_TRUNCATED];
}

uint64_t
dg_counts_decided(const struct dg_counts *c)
{
	return c->transactions - c->outcomes[DG_OUTCOME_UNDECIDED];
}

uint64_t
dg_counts_silent(const struct dg_counts *c)
{
	return c->outcomes[DG_OUTCOME_UNANSWERED] + c->outcomes[DG_OUTCOME_TCP_NO_CONNECTION];
}
