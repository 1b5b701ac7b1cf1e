/*
 * rule_refusals.c - clients that refuse replies, as ICMP errors about replies say.
 */
#include <inttypes.h>
#include <string.h>

#include "diagnose/refusals.h"
#include "dnsgap/error.h"

/* So few, or so small a share of a client's replies, are late ones to closed sockets. */
#define FEW 10
#define SHARE_FEW 0.05

/* Rows of one sender, type and code. */
struct refusal {
	const struct dg_summary *s;
	size_t from;
	size_t to;
	uint64_t transactions;
	uint64_t count;
	size_t client; /* the summary's; client_count when the sender is none */
};

static bool
is_refusal_of_reply(const struct dg_icmp_row *row)
{
	enum dg_icmp_kind kind =
	    dg_icmp_kind_of((enum dg_family)row->key.family, row->key.type, row->key.code);

	return row->key.about == DG_ABOUT_REPLY && kind != DG_ICMP_TOO_BIG &&
	    kind != DG_ICMP_REASSEMBLY;
}

static bool
is_same_kind(const struct dg_icmp_key *a, const struct dg_icmp_key *b)
{
	return memcmp(&a->sender, &b->sender, sizeof a->sender) == 0 &&
	    a->family == b->family && a->type == b->type && a->code == b->code;
}

static int
emit(struct dg_diagnosis *d, const struct refusal *x)
{
	const struct dg_summary *s = x->s;
	bool is_client = x->client < s->client_count;
	struct dg_finding *f = dg_finding_new(DG_CLIENT_REFUSES_REPLIES, DG_WARNING);
	uint64_t reached, late;
	int error = 0;

	if (f == NULL)
		return DNSGAP_ENOMEM;
	dg_finding_note_row(f, s->icmp[x->from]);
	f->inside = (struct dg_reach){x->transactions, x->transactions};
	f->refused = x->count;
	f->where = is_client ? DG_WHERE_ONE_CLIENT : DG_WHERE_UNKNOWN;
	if (is_client) {
		dg_finding_add_client(f, (uint32_t)x->client);
		reached = dg_counts_reached(&s->clients[x->client].counts);
		late = s->clients[x->client].counts.outcomes[DG_OUTCOME_LATE];
		if (x->transactions < FEW ||
		    (double)x->transactions < SHARE_FEW * (double)reached)
			f->severity = DG_NOTE;
		if (late > 0)
			error = dg_words_add(&f->rivals,
			    "%" PRIu64 " replies to this client came after the timeout: it may "
			    "have closed its socket before",
			    late);
	} else {
		error = dg_words_add(&f->rivals,
		    "the sender is no client of this capture: a router or a filter before the "
		    "client may speak for it");
	}
	if (error != 0) {
		dg_finding_free(f);
		return error;
	}
	return dg_findings_add(&d->findings, f);
}

/* The next rows of one sort, from `from` on; false when there are none. */
static bool
take_rows(struct refusal *x, size_t from)
{
	const struct dg_summary *s = x->s;
	const struct dg_icmp_key *key;

	while (from < s->icmp_count && !is_refusal_of_reply(s->icmp[from]))
		from++;
	if (from == s->icmp_count)
		return false;
	key = &s->icmp[from]->key;
	x->from = x->to = from;
	x->transactions = x->count = 0;
	while (x->to < s->icmp_count && is_same_kind(&s->icmp[x->to]->key, key)) {
		if (is_refusal_of_reply(s->icmp[x->to])) {
			x->transactions += dg_icmp_row_transactions(s->icmp[x->to]);
			x->count += s->icmp[x->to]->count;
		}
		x->to++;
	}
	x->client = dg_client_of(s, &key->sender, key->family);
	return true;
}

int
dg_rule_refusals(struct dg_diagnosis *d)
{
	struct refusal x = {.s = d->summary};
	unsigned named = 0;
	int error = 0;

	for (size_t at = 0; error == 0 && take_rows(&x, at); at = x.to) {
		if (x.transactions > 0 && named++ < DG_FINDINGS_NAMED_MAX)
			error = emit(d, &x);
	}
	return error;
}
