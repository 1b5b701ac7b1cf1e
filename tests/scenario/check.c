/*
 * check.c - what a run told, against what the scenario expects.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "decode/icmp.h"
#include "dns/name.h"
#include "scenario.h"

/* By time, then port, then ID, then place. */
static int
compare(const void *a, const void *b)
{
	const struct dg_transaction *x = &((const struct scn_transaction *)a)->t;
	const struct dg_transaction *y = &((const struct scn_transaction *)b)->t;

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	if (x->flow.client_port != y->flow.client_port)
		return x->flow.client_port < y->flow.client_port ? -1 : 1;
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->query_place.frame < y->query_place.frame ? -1 : 1;
}

/* "10.0.0.1:4001" for the words "c:4001". */
static bool
is_endpoint(char *word, const struct dg_addr *a, uint8_t family, uint16_t port)
{
	char text[DG_ADDR_TEXT_MAX];
	const char *address;
	uint16_t wanted;

	return scn_endpoint(word, &address, &wanted) && wanted == port &&
	    strcmp(address, dg_addr_text(a, family, text)) == 0;
}

static bool
is_name(const struct scn_transaction *x, const char *wanted)
{
	char text[DG_NAME_TEXT_MAX];

	if (!x->t.has_question)
		return strcmp(wanted, "none") == 0;
	return strcmp(dg_name_text(x->qname, x->t.qname_length, text), wanted) == 0;
}

static bool
is_number(const char *text, uint64_t value)
{
	unsigned long wanted;

	return scn_unsigned(text, UINT32_MAX, &wanted) && wanted == value;
}

static bool
is_time(const char *text, int64_t value)
{
	int64_t wanted;

	return scn_time(text, &wanted) && wanted == value;
}

static bool
is_rcode(const char *text, const struct dg_transaction *t)
{
	uint16_t wanted;

	return t->has_reply && scn_rcode(text, &wanted) && wanted == t->rcode;
}

static bool
is_qtype(const char *text, const struct dg_transaction *t)
{
	uint16_t wanted;

	return t->has_question && scn_qtype(text, &wanted) && wanted == t->qtype;
}

static bool
is_yes(const char *text, bool value)
{
	return strcmp(text, value ? "yes" : "no") == 0;
}

/* Words of TCP, fragments and ICMP. */
static bool
fits_rare_word(const struct dg_transaction *t, char *word)
{
	char *v;

	if ((v = scn_value(word, "nodata")) != NULL)
		return is_yes(v, t->is_nodata);
	if ((v = scn_value(word, "attempt")) != NULL)
		return is_yes(v, t->is_attempt);
	if ((v = scn_value(word, "partial")) != NULL)
		return is_yes(v, t->is_partial);
	if ((v = scn_value(word, "lost")) != NULL)
		return is_yes(v, t->is_lost);
	if ((v = scn_value(word, "end")) != NULL)
		return is_number(v, t->end_place.frame);
	if ((v = scn_value(word, "by")) != NULL)
		return strcmp(v, t->is_end_by_client ? "client" : "server") == 0;
	if ((v = scn_value(word, "linked")) != NULL)
		return is_number(v, t->linked_place.frame);
	if ((v = scn_value(word, "icmp")) != NULL)
		return is_number(v, t->icmp_place.frame);
	if ((v = scn_value(word, "over")) != NULL)
		return strcmp(v, t->flow.transport == DG_TRANSPORT_TCP ? "tcp" : "udp") == 0;
	return false;
}

/* Whether the transaction is as the word says; false for unknown words too. */
static bool
fits_word(const struct scn_transaction *x, char *word)
{
	const struct dg_transaction *t = &x->t;
	char *v;

	if ((v = scn_value(word, "latency")) != NULL)
		return t->has_reply && is_time(v, t->latency_ns);
	if ((v = scn_value(word, "t0")) != NULL)
		return is_time(v, t->first_ns - SCN_EPOCH_NS);
	if ((v = scn_value(word, "resends")) != NULL)
		return is_number(v, t->resends);
	if ((v = scn_value(word, "resends_after_reply")) != NULL)
		return is_number(v, t->resends_after_reply);
	if ((v = scn_value(word, "id")) != NULL)
		return is_number(v, t->id);
	if ((v = scn_value(word, "query")) != NULL)
		return is_number(v, t->query_place.frame);
	if ((v = scn_value(word, "reply")) != NULL)
		return is_number(v, t->reply_place.frame);
	if ((v = scn_value(word, "rcode")) != NULL)
		return is_rcode(v, t);
	if ((v = scn_value(word, "qtype")) != NULL)
		return is_qtype(v, t);
	if ((v = scn_value(word, "class")) != NULL)
		return is_number(v, t->qclass);
	if ((v = scn_value(word, "name")) != NULL)
		return is_name(x, v);
	if ((v = scn_value(word, "name_bytes")) != NULL)
		return is_number(v, t->qname_length);
	if ((v = scn_value(word, "client")) != NULL)
		return is_endpoint(v, &t->flow.client, t->flow.family, t->flow.client_port);
	if ((v = scn_value(word, "server")) != NULL)
		return is_endpoint(v, &t->flow.server, t->flow.family, t->flow.server_port);
	return fits_rare_word(t, word);
}

static void
print_transaction(const struct scn_transaction *x)
{
	const struct dg_transaction *t = &x->t;
	char name[DG_NAME_TEXT_MAX], client[DG_ADDR_TEXT_MAX], server[DG_ADDR_TEXT_MAX];

	printf("#   %s t0=%" PRId64 "ns %s:%u > %s:%u id=%u name=%s resends=%u after=%u",
	    dg_outcome_name(t->outcome), t->first_ns - SCN_EPOCH_NS,
	    dg_addr_text(&t->flow.client, t->flow.family, client), t->flow.client_port,
	    dg_addr_text(&t->flow.server, t->flow.family, server), t->flow.server_port, t->id,
	    t->has_question ? dg_name_text(x->qname, t->qname_length, name) : "none",
	    t->resends, t->resends_after_reply);
	if (t->has_reply)
		printf(" latency=%" PRId64 "ns rcode=%u reply=%u", t->latency_ns, t->rcode,
		    t->reply_place.frame);
	printf(" query=%u\n", t->query_place.frame);
}

static bool
check_transaction(
    const struct scenario *s, struct scn_expect *e, const struct scn_transaction *x)
{
	struct scn_words *w = &e->words;
	const char *outcome = dg_outcome_name(x->t.outcome);
	bool good = true;

	if (strcmp(w->at[1], outcome) != 0) {
		printf("# %s:%d: expected %s\n", s->file, w->line, w->at[1]);
		good = false;
	}
	for (int i = 2; i < w->count; i++) {
		if (!fits_word(x, w->at[i])) {
			printf("# %s:%d: expected %s\n", s->file, w->line, w->at[i]);
			good = false;
		}
	}
	if (!good)
		print_transaction(x);
	return good;
}

static bool
check_transactions(const struct scenario *s, const struct scn_result *r)
{
	static struct scn_transaction sorted[SCN_FRAMES_MAX];
	size_t wanted = 0, at = 0;
	bool good = true;

	for (size_t i = 0; i < s->expect_count; i++)
		wanted += s->expects[i].count;
	memcpy(sorted, r->transactions, r->transaction_count * sizeof *sorted);
	qsort(sorted, r->transaction_count, sizeof *sorted, compare);
	if (wanted != r->transaction_count) {
		printf("# %s:%d: %zu transactions, expected %zu\n", s->file, s->line,
		    r->transaction_count, wanted);
		for (size_t i = 0; i < r->transaction_count && i < 40; i++)
			print_transaction(&sorted[i]);
		return false;
	}
	for (size_t i = 0; i < s->expect_count; i++) {
		struct scn_expect e = s->expects[i];

		for (unsigned n = 0; n < e.count; n++)
			good &= check_transaction(s, &e, &sorted[at++]);
	}
	return good;
}

/* event query|reply KIND matched|unmatched first|again from=HOST client=... server=... */
static bool
fits_event_word(const struct dg_icmp_event *e, char *word)
{
	char text[DG_ADDR_TEXT_MAX];
	enum dg_family family = e->flow.family;
	const char *address;
	char *v;

	if (strcmp(word, "query") == 0 || strcmp(word, "reply") == 0)
		return (e->about == DG_ABOUT_QUERY) == (word[0] == 'q');
	if (strcmp(word, "matched") == 0 || strcmp(word, "unmatched") == 0)
		return e->is_matched == (word[0] == 'm');
	if (strcmp(word, "first") == 0 || strcmp(word, "again") == 0)
		return e->is_first == (word[0] == 'f');
	if ((v = scn_value(word, "from")) != NULL) {
		address = scn_host(v);
		return address != NULL &&
		    strcmp(address, dg_addr_text(&e->sender, family, text)) == 0;
	}
	if ((v = scn_value(word, "client")) != NULL)
		return is_endpoint(v, &e->flow.client, e->flow.family, e->flow.client_port);
	if ((v = scn_value(word, "server")) != NULL)
		return is_endpoint(v, &e->flow.server, e->flow.family, e->flow.server_port);
	return strcmp(word, dg_icmp_name(family, e->type, e->code)) == 0;
}

static bool
check_events(const struct scenario *s, const struct scn_result *r)
{
	bool good = true;

	if (!s->has_events)
		return true;
	if (s->event_count != r->event_count) {
		printf("# %s:%d: %zu ICMP events, expected %zu\n", s->file, s->line,
		    r->event_count, s->event_count);
		return false;
	}
	for (size_t i = 0; i < s->event_count; i++) {
		const struct scn_words *w = &s->events[i].words;

		for (int n = 1; n < w->count; n++) {
			if (fits_event_word(&r->events[i], w->at[n]))
				continue;
			printf("# %s:%d: ICMP event %zu is not '%s'\n", s->file, w->line, i + 1,
			    w->at[n]);
			good = false;
		}
	}
	return good;
}

bool
scn_check(const struct scenario *s, const struct scn_result *r)
{
	bool good;

	if (r->error != 0) {
		printf("# %s:%d: the run ended with error %d\n", s->file, s->line, r->error);
		return false;
	}
	good = s->finding_count > 0 && s->expect_count == 0 ? true : check_transactions(s, r);
	good &= check_events(s, r);
	if (s->finding_count == 0 || s->expect_count > 0)
		good &= scn_check_numbers(s, r);
	good &= scn_check_findings(s, r);
	good &= scn_check_laws(s, r);
	return good;
}

/* Also the order in which they were told: it is part of a live program's output. */
bool
scn_check_same(const struct scenario *s, const char *way, const struct scn_result *first,
    const struct scn_result *other)
{
	const char *differs = NULL;

	if (first->error != other->error)
		differs = "the error";
	else if (first->transaction_count != other->transaction_count)
		differs = "the number of transactions";
	else if (first->event_count != other->event_count)
		differs = "the number of ICMP events";
	else if (memcmp(first->transactions, other->transactions,
		     first->transaction_count * sizeof *first->transactions) != 0)
		differs = "a transaction";
	else if (memcmp(first->events, other->events,
		     first->event_count * sizeof *first->events) != 0)
		differs = "an ICMP event";
	else if (memcmp(&first->quality, &other->quality, sizeof first->quality) != 0)
		differs = "a counter";
	else if (strcmp(first->findings, other->findings) != 0)
		differs = "a finding";
	if (differs == NULL)
		return true;
	printf("# %s:%d: %s: %s differs\n", s->file, s->line, way, differs);
	for (size_t i = 0; i < other->transaction_count && i < 40; i++)
		print_transaction(&other->transactions[i]);
	return false;
}
