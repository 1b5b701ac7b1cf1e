/*
 * rule_capture.c - what the capture itself lacks.
 */
#include <inttypes.h>

#include "base/clock.h"
#include "diagnose/explained.h"
#include "dnsgap/error.h"

/* A share of what there is, below which a lack is a note. */
#define DROPPED_NOTED 0.001
#define EDGE_MIN 0.05
/* Replies of an address that nobody asked, before it is named. */
#define ORPHANS_MIN 3

static void
cover_all(const struct dg_diagnosis *d, struct dg_finding *f)
{
	struct dg_counts all = dg_side_all(&d->summary->all);

	f->inside = (struct dg_reach){all.transactions, dg_counts_reached(&all)};
	f->first_ns = d->circumstances.first_ns;
	f->last_ns = d->circumstances.last_ns;
}

/* ---- one direction ---- */

static int
add_one_way(struct dg_diagnosis *d)
{
	struct dg_finding *f = dg_finding_new(DG_CAPTURE_ONE_WAY, DG_WARNING);
	int error = 0;

	if (f == NULL)
		return DNSGAP_ENOMEM;
	cover_all(d, f);
	if (f->inside.transactions > 0)
		error = dg_words_add(&f->rivals,
		    "the capture shows both directions, and not one server answers");
	if (error != 0) {
		dg_finding_free(f);
		return error;
	}
	return dg_findings_add(&d->findings, f);
}

/* Servers of which replies only were seen: queries take another way. */
static int
add_one_way_servers(struct dg_diagnosis *d)
{
	const struct dg_summary *s = d->summary;
	unsigned named = 0;
	int error = 0;

	for (size_t i = 0; error == 0 && i < s->one_way_count; i++) {
		const struct dg_orphan_row *row = s->one_way_servers[i];
		struct dg_finding *f;

		if (row->count < ORPHANS_MIN || named++ >= DG_FINDINGS_NAMED_MAX)
			continue;
		f = dg_finding_new(DG_CAPTURE_ONE_WAY, DG_NOTE);
		if (f == NULL)
			return DNSGAP_ENOMEM;
		f->has_sender = true;
		f->sender = row->key.address;
		f->sender_family = row->key.family;
		f->inside = (struct dg_reach){row->count, row->count};
		error = dg_findings_add(&d->findings, f);
	}
	return error;
}

/* ---- what is missing ---- */

/* A lack: how much, and a sentence. */
struct lack {
	uint64_t count;
	bool is_edge; /* of the beginning or the end, as every capture has */
	bool is_small;
	const char *text;
};

static uint64_t
still_waiting(const struct dg_summary *s)
{
	const struct dg_correlate_stats *c = &s->quality.correlate;
	struct dg_counts all = dg_side_all(&s->all);
	uint64_t undecided = all.outcomes[DG_OUTCOME_UNDECIDED];
	uint64_t told = c->evicted_transactions + c->evicted_same_id + c->partial_replies +
	    c->lost_replies + c->open_at_loss;

	return undecided > told ? undecided - told : 0;
}

static bool
is_under(uint64_t count, double share, uint64_t all)
{
	return (double)count < share * (double)all;
}

static int
add_lack(struct dg_finding *f, const struct lack *l)
{
	if (l->count == 0 || (l->is_edge && l->is_small))
		return 0;
	if (!l->is_edge && !l->is_small)
		f->severity = DG_WARNING;
	return dg_words_add(&f->evidence, "%" PRIu64 " %s", l->count, l->text);
}

#define LACKS 10

static void
find_lacks(const struct dg_diagnosis *d, struct lack lacks[LACKS])
{
	const struct dg_summary *s = d->summary;
	const struct dg_quality *q = &s->quality;
	const struct dg_correlate_stats *c = &q->correlate;
	uint64_t transactions = dg_side_all(&s->all).transactions;
	uint64_t dropped = d->circumstances.has_dropped ? d->circumstances.dropped : 0;
	uint64_t waiting = still_waiting(s);
	struct lack all[LACKS] = {
	    {dropped, false, is_under(dropped, DROPPED_NOTED, q->frames),
		"packets were dropped before they could be captured"},
	    {c->open_at_loss, false, is_under(c->open_at_loss, DROPPED_NOTED, transactions),
		"queries were open while frames were lost"},
	    {!d->circumstances.is_complete, false, false,
		"input or more was not read to its end"},
	    {q->verdicts[DG_VERDICT_DNS_CUT], false, false,
		"DNS messages were cut off by the snap length"},
	    {dg_summary_hides_fragments(s) ? q->fragments.datagrams : 0, false, false,
		"datagrams in fragments have a first one and no other: a filter hid them"},
	    {q->tcp.holes, false, false, "places in TCP connections were not captured"},
	    {c->evicted_transactions + c->evicted_same_id + c->queries_refused, false, false,
		"queries were forgotten because a table was full"},
	    {q->clock_steps, false, false, "times the capture's clock stepped back"},
	    {waiting, true, is_under(waiting, EDGE_MIN, transactions),
		"queries were still waiting when the capture ended"},
	    {c->early_orphan_replies, true,
		is_under(c->early_orphan_replies, EDGE_MIN, transactions),
		"replies answer queries of before the capture began"},
	};

	for (int i = 0; i < LACKS; i++)
		lacks[i] = all[i];
}

static int
add_incomplete(struct dg_diagnosis *d)
{
	struct dg_finding *f = dg_finding_new(DG_CAPTURE_INCOMPLETE, DG_NOTE);
	struct lack lacks[LACKS];
	int error = 0;

	if (f == NULL)
		return DNSGAP_ENOMEM;
	cover_all(d, f);
	find_lacks(d, lacks);
	for (int i = 0; error == 0 && i < LACKS; i++) {
		bool is_of_one_way = lacks[i].is_edge && d->summary->is_one_way;

		if (!is_of_one_way)
			error = add_lack(f, &lacks[i]);
	}
	if (error != 0 || f->evidence.count == 0) {
		dg_finding_free(f);
		return error;
	}
	return dg_findings_add(&d->findings, f);
}

int
dg_rule_capture(struct dg_diagnosis *d)
{
	int error = d->summary->is_one_way ? add_one_way(d) : add_one_way_servers(d);

	return error != 0 ? error : add_incomplete(d);
}
