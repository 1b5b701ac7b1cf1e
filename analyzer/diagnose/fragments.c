/*
 * fragments.c - replies in fragments of which a part is missing, by sender.
 */
#include <inttypes.h>
#include <string.h>

#include "diagnose/paths.h"
#include "dnsgap/error.h"

/* One, or so small a share, is a note. */
#define INCOMPLETE_WARNED 2
#define SHARE_WARNED 0.1

/* Rows of one sender. */
struct pieces {
	size_t from;
	size_t to;
	uint64_t whole;
	uint64_t incomplete;
	uint64_t without_first; /* among the incomplete */
	size_t first_server;    /* of the summary, with the sender's address */
	size_t end_server;
};

static bool
is_same_sender(const struct dg_pieces_key *a, const struct dg_pieces_key *b)
{
	return a->family == b->family && memcmp(&a->sender, &b->sender, sizeof a->sender) == 0;
}

/* Of a server, what came without its first fragment is taken for a reply. */
static void
count_row(struct pieces *x, const struct dg_pieces_row *row)
{
	bool is_server = x->end_server > x->first_server;

	if (row->key.about == DG_PIECES_QUERY ||
	    (row->key.about == DG_PIECES_UNKNOWN && !is_server))
		return;
	x->whole += row->ends[DG_FRAG_WHOLE];
	x->incomplete += row->ends[DG_FRAG_INCOMPLETE];
	if (row->key.about == DG_PIECES_UNKNOWN)
		x->without_first += row->ends[DG_FRAG_INCOMPLETE];
}

static void
take_sender(const struct dg_summary *s, size_t from, struct pieces *x)
{
	const struct dg_pieces_key *key = &s->pieces[from]->key;

	*x = (struct pieces){.from = from, .to = from};
	dg_servers_of(s, &key->sender, key->family, &x->first_server, &x->end_server);
	while (x->to < s->piece_count && is_same_sender(&s->pieces[x->to]->key, key))
		count_row(x, s->pieces[x->to++]);
}

static int
emit(struct dg_diagnosis *d, const struct pieces *x)
{
	const struct dg_pieces_key *key = &d->summary->pieces[x->from]->key;
	uint64_t all = x->whole + x->incomplete;
	bool is_small = x->incomplete < INCOMPLETE_WARNED ||
	    (double)x->incomplete < SHARE_WARNED * (double)all;
	struct dg_finding *f =
	    dg_finding_new(DG_FRAGMENTS_LOST, is_small ? DG_NOTE : DG_WARNING);
	int error = 0;

	if (f == NULL)
		return DNSGAP_ENOMEM;
	f->has_sender = true;
	f->sender = key->sender;
	f->sender_family = key->family;
	f->where = DG_WHERE_UNKNOWN;
	f->inside = (struct dg_reach){all, x->whole};
	f->transports[DG_SIDE_UDP] = true;
	for (size_t i = x->first_server; i < x->end_server; i++)
		dg_finding_add_server(f, (uint32_t)i);
	if (x->without_first > 0)
		error = dg_words_add(&f->evidence,
		    "Of %" PRIu64 " the first fragment is missing, so that whether they are "
		    "DNS cannot be told",
		    x->without_first);
	if (error != 0) {
		dg_finding_free(f);
		return error;
	}
	return dg_findings_add(&d->findings, f);
}

static int
find_pieces(struct dg_diagnosis *d)
{
	const struct dg_summary *s = d->summary;
	unsigned named = 0;
	struct pieces x;
	int error = 0;

	for (size_t at = 0; error == 0 && at < s->piece_count; at = x.to) {
		take_sender(s, at, &x);
		if (x.incomplete > 0 && named++ < DG_FINDINGS_NAMED_MAX)
			error = emit(d, &x);
	}
	return error;
}

/* What was found of these fragments already. */
static struct dg_finding *
find_of_server(const struct dg_diagnosis *d, size_t first, size_t end)
{
	for (size_t i = 0; i < d->findings.count; i++) {
		struct dg_finding *f = d->findings.list[i];

		if (f->code == DG_FRAGMENTS_LOST && f->server_count > 0 &&
		    f->servers[0] >= first && f->servers[0] < end)
			return f;
	}
	return NULL;
}

/* The pieces are missing here, and the receiver says so. */
static int
confirm(struct dg_finding *f, const struct dg_icmp_row *row)
{
	char sender[DG_ADDR_TEXT_MAX];

	return dg_words_add(&f->evidence,
	    "%s says of %" PRIu64 " of its replies that fragments of them did not arrive",
	    dg_addr_text(&row->key.sender, (enum dg_family)row->key.family, sender),
	    dg_icmp_row_transactions(row));
}

static int
emit_row(struct dg_diagnosis *d, const struct dg_icmp_row *row, enum dg_icmp_kind kind)
{
	const struct dg_summary *s = d->summary;
	size_t client = dg_client_of(s, &row->key.sender, row->key.family);
	size_t first, end;
	struct dg_finding *f;

	dg_servers_of(s, &row->key.server, row->key.family, &first, &end);
	f = find_of_server(d, first, end);
	if (f != NULL && kind == DG_ICMP_REASSEMBLY)
		return confirm(f, row);
	f = dg_finding_new(
	    DG_FRAGMENTS_LOST, kind == DG_ICMP_REASSEMBLY ? DG_WARNING : DG_NOTE);
	if (f == NULL)
		return DNSGAP_ENOMEM;
	dg_finding_note_row(f, row);
	f->inside = (struct dg_reach){dg_icmp_row_transactions(row), 0};
	f->where = client < s->client_count ? DG_WHERE_ONE_CLIENT : DG_WHERE_UNKNOWN;
	if (client < s->client_count)
		dg_finding_add_client(f, (uint32_t)client);
	for (size_t i = first; i < end; i++)
		dg_finding_add_server(f, (uint32_t)i);
	return dg_findings_add(&d->findings, f);
}

/* Errors about replies: their fragments did not all arrive, or they were too big to pass. */
static int
find_errors(struct dg_diagnosis *d)
{
	const struct dg_summary *s = d->summary;
	unsigned named = 0;
	int error = 0;

	for (size_t i = 0; error == 0 && i < s->icmp_count; i++) {
		const struct dg_icmp_row *row = s->icmp[i];
		enum dg_icmp_kind kind = dg_icmp_kind_of(
		    (enum dg_family)row->key.family, row->key.type, row->key.code);

		if (row->key.about == DG_ABOUT_REPLY && dg_icmp_row_transactions(row) > 0 &&
		    (kind == DG_ICMP_REASSEMBLY || kind == DG_ICMP_TOO_BIG) &&
		    named++ < DG_FINDINGS_NAMED_MAX)
			error = emit_row(d, row, kind);
	}
	return error;
}

int
dg_find_lost_fragments(struct dg_diagnosis *d)
{
	int error = dg_summary_hides_fragments(d->summary) ? 0 : find_pieces(d);

	return error != 0 ? error : find_errors(d);
}
