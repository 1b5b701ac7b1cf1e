/*
 * numbers.c - the counters of a run, and the laws that bind them.
 *
 * A counter of a strict group that the scenario does not name must be 0, so
 * that a short scenario proves much.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "scenario.h"

#define MESSAGES(field) offsetof(struct dg_quality, correlate.messages.field)
#define CORRELATE(field) offsetof(struct dg_quality, correlate.field)
#define QUALITY(field) offsetof(struct dg_quality, field)

enum default_value {
	FREE,   /* whatever the laws allow */
	STRICT, /* 0 */
};

static const struct number {
	const char *group;
	const char *name;
	size_t offset;
	enum default_value unnamed;
} numbers[] = {
    {"ledger", "queries", MESSAGES(queries), FREE},
    {"ledger", "resends", MESSAGES(resends), FREE},
    {"ledger", "replies", MESSAGES(replies), FREE},
    {"ledger", "duplicate_replies", MESSAGES(duplicate_replies), STRICT},
    {"ledger", "duplicate_frames", MESSAGES(duplicate_frames), STRICT},
    {"ledger", "orphan_replies", MESSAGES(orphan_replies), STRICT},
    {"ledger", "misdirected", MESSAGES(misdirected), STRICT},
    {"ledger", "evicted", MESSAGES(evicted), STRICT},
    {"stats", "early_orphan_replies", CORRELATE(early_orphan_replies), STRICT},
    {"stats", "ambiguous_replies", CORRELATE(ambiguous_replies), STRICT},
    {"stats", "evicted_transactions", CORRELATE(evicted_transactions), STRICT},
    {"stats", "evicted_same_id", CORRELATE(evicted_same_id), STRICT},
    {"stats", "queries_refused", CORRELATE(queries_refused), STRICT},
    {"icmp", "matched", CORRELATE(icmp_matched), STRICT},
    {"icmp", "unmatched", CORRELATE(icmp_unmatched), STRICT},
    {"icmp", "ambiguous", CORRELATE(icmp_ambiguous), STRICT},
    {"icmp", "duplicate_frames", CORRELATE(icmp_duplicate_frames), STRICT},
    {"quality", "clock_steps", QUALITY(clock_steps), STRICT},
    {"quality", "malformed_messages", QUALITY(malformed_messages), STRICT},
    {"quality", "cut_messages", QUALITY(cut_messages), FREE},
    {"quality", "cut_frames", QUALITY(cut_frames), FREE},
    {"quality", "dns_messages", QUALITY(dns_messages), FREE},
    {"quality", "broken_records", QUALITY(broken_records), STRICT},
    {"ledger", "continuations", MESSAGES(continuations), STRICT},
    {"stats", "syn_duplicate_frames", CORRELATE(syn_duplicate_frames), STRICT},
    {"stats", "attempts_made", CORRELATE(attempts_made), FREE},
    {"stats", "retries_linked", CORRELATE(retries_linked), STRICT},
    {"stats", "partial_replies", CORRELATE(partial_replies), STRICT},
    {"stats", "lost_replies", CORRELATE(lost_replies), STRICT},
    {"stats", "open_at_loss", CORRELATE(open_at_loss), STRICT},
    {"stats", "orphans_at_loss", CORRELATE(orphans_at_loss), STRICT},
    {"fragments", "fragments", QUALITY(fragments.fragments), FREE},
    {"fragments", "duplicates", QUALITY(fragments.duplicates), STRICT},
    {"fragments", "datagrams", QUALITY(fragments.datagrams), FREE},
    {"fragments", "whole", QUALITY(fragments.ends[DG_FRAG_WHOLE]), FREE},
    {"fragments", "incomplete", QUALITY(fragments.ends[DG_FRAG_INCOMPLETE]), STRICT},
    {"fragments", "refused", QUALITY(fragments.ends[DG_FRAG_REFUSED]), STRICT},
    {"fragments", "evicted", QUALITY(fragments.evicted), STRICT},
    {"tcp", "segments", QUALITY(tcp.segments), FREE},
    {"tcp", "connections", QUALITY(tcp.connections), FREE},
    {"tcp", "under_way", QUALITY(tcp.under_way), STRICT},
    {"tcp", "messages", QUALITY(tcp.messages), FREE},
    {"tcp", "resent", QUALITY(tcp.resent), STRICT},
    {"tcp", "out_of_order", QUALITY(tcp.out_of_order), STRICT},
    {"tcp", "holes", QUALITY(tcp.holes), STRICT},
    {"tcp", "skipped", QUALITY(tcp.skipped), STRICT},
    {"tcp", "evicted", QUALITY(tcp.evicted), STRICT},
};

#define NUMBER_COUNT (sizeof numbers / sizeof *numbers)

static uint64_t
value_of(const struct number *n, const struct scn_result *r)
{
	uint64_t value;

	memcpy(&value, (const uint8_t *)&r->quality + n->offset, sizeof value);
	return value;
}

/* The verdict of this name, or DG_VERDICT_COUNT. */
static enum dg_verdict
verdict_of(const char *name)
{
	enum dg_verdict v = 0;

	while (v < DG_VERDICT_COUNT && strcmp(dg_verdict_name(v), name) != 0)
		v++;
	return v;
}

bool
scn_number_exists(const char *group, const char *name)
{
	if (strcmp(group, "verdicts") == 0)
		return name == NULL || verdict_of(name) < DG_VERDICT_COUNT;
	for (size_t i = 0; i < NUMBER_COUNT; i++) {
		if (strcmp(numbers[i].group, group) == 0 &&
		    (name == NULL || strcmp(numbers[i].name, name) == 0))
			return true;
	}
	return false;
}

static const struct scn_number *
named(const struct scenario *s, const struct number *n)
{
	for (size_t i = 0; i < s->number_count; i++) {
		if (strcmp(s->numbers[i].group, n->group) == 0 &&
		    strcmp(s->numbers[i].name, n->name) == 0)
			return &s->numbers[i];
	}
	return NULL;
}

static bool
check_number(const struct scenario *s, int line, const char *group, const char *name,
    uint64_t wanted, uint64_t value)
{
	if (value == wanted)
		return true;
	printf("# %s:%d: %s %s is %ju, expected %ju\n", s->file, line, group, name,
	    (uintmax_t)value, (uintmax_t)wanted);
	return false;
}

bool
scn_check_numbers(const struct scenario *s, const struct scn_result *r)
{
	bool good = true;

	for (size_t i = 0; i < NUMBER_COUNT; i++) {
		const struct number *n = &numbers[i];
		const struct scn_number *said = named(s, n);

		if (said != NULL || n->unnamed == STRICT)
			good &= check_number(s, said != NULL ? said->line : s->line, n->group,
			    n->name, said != NULL ? said->value : 0, value_of(n, r));
	}
	for (size_t i = 0; i < s->number_count; i++) {
		const struct scn_number *said = &s->numbers[i];

		if (strcmp(said->group, "verdicts") == 0)
			good &= check_number(s, said->line, said->group, said->name,
			    said->value, r->quality.verdicts[verdict_of(said->name)]);
	}
	return good;
}

static bool
check_law(const struct scenario *s, const char *law, uint64_t left, uint64_t right)
{
	if (left == right)
		return true;
	printf("# %s:%d: law broken: %s: %ju and %ju\n", s->file, s->line, law, (uintmax_t)left,
	    (uintmax_t)right);
	return false;
}

bool
scn_check_laws(const struct scenario *s, const struct scn_result *r)
{
	const struct dg_quality *q = &r->quality;
	const struct dg_message_ledger *m = &q->correlate.messages;
	uint64_t verdicts = 0, seen = 0, replies = 0, resends = 0, after = 0, matched = 0;
	uint64_t attempts = 0;
	bool good = true;

	for (int v = 0; v < DG_VERDICT_COUNT; v++)
		verdicts += q->verdicts[v];
	for (size_t i = 0; i < s->frame_count; i++)
		seen += !s->frames[i].is_unseen;
	for (size_t i = 0; i < r->transaction_count; i++) {
		const struct dg_transaction *t = &r->transactions[i].t;

		replies += t->has_reply;
		attempts += t->is_attempt;
		resends += t->is_attempt ? 0 : t->resends; /* SYNs are no messages */
		after += t->resends_after_reply;
		good &= check_law(s, "latency is not negative", t->latency_ns < 0, 0);
		good &= check_law(s, "a reply has an outcome of a reply", t->has_reply,
		    t->outcome == DG_OUTCOME_ANSWERED || t->outcome == DG_OUTCOME_LATE ||
			t->outcome == DG_OUTCOME_TRUNCATED);
		good &=
		    check_law(s, "what took longer than the timeout is late, and nothing else",
			t->has_reply && t->latency_ns > s->timeout_ns,
			t->outcome == DG_OUTCOME_LATE);
	}
	for (size_t i = 0; i < r->event_count; i++)
		matched += r->events[i].is_matched;
	good &= check_law(s, "every frame is counted", q->frames, seen);
	good &= check_law(s, "every frame has one verdict", verdicts, q->frames);
	good &= check_law(s, "every readable message has one place in the ledger",
	    q->dns_messages - q->malformed_messages - q->cut_messages,
	    m->queries + m->resends + m->replies + m->duplicate_replies + m->duplicate_frames +
		m->orphan_replies + m->misdirected + m->continuations + m->evicted +
		m->waiting);
	good &= check_law(s, "nothing waits at the end", m->waiting, 0);
	good &= check_law(s, "a first query is a transaction, and so is an attempt", m->queries,
	    r->transaction_count - attempts);
	good &= check_law(s, "a first reply is a transaction's", m->replies, replies);
	good &= check_law(s, "resends are the transactions'", m->resends, resends);
	good &=
	    check_law(s, "so are those after a reply", q->correlate.resends_after_reply, after);
	good &=
	    check_law(s, "matched ICMP errors are told", q->correlate.icmp_matched, matched);
	good &= check_law(s, "unmatched ICMP errors are told", q->correlate.icmp_unmatched,
	    r->event_count - matched);
	return good;
}
