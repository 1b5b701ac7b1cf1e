/*
 * warn_wire.c - what a capture lacks, and what its filter hid: fragments, parts of
 * connections, ICMP errors, one direction of a server.
 */
#include <inttypes.h>
#include <stdio.h>

#include "report/warnings.h"

/* Servers that are named in a sentence, or get one of their own. */
#define SHOWN 4
#define NAMES_MAX (SHOWN * (DG_ADDR_TEXT_MAX + 2))

#define FULL_FILTER "`port 53 or icmp or icmp6 or (ip[6:2] & 0x1fff != 0) or ip6[6] = 44`"

/* Datagrams of all rows, or of one. */
struct incomplete {
	uint64_t datagrams;
	uint64_t incomplete;
	size_t senders;
};

static void
add_row(struct incomplete *all, const struct dg_pieces_row *row)
{
	all->incomplete += row->ends[DG_FRAG_INCOMPLETE];
	all->datagrams += row->ends[DG_FRAG_WHOLE] + row->ends[DG_FRAG_INCOMPLETE] +
	    row->ends[DG_FRAG_REFUSED];
	all->senders += row->ends[DG_FRAG_INCOMPLETE] > 0;
}

#define NOT_WHOLE                                                                              \
	"did not come whole: they are lost on their way, or the capture lacks them (capture "  \
	"nearer to the sender to tell)"

static void
warn_sender(struct dg_warning_list *l, const struct dg_pieces_row *row)
{
	struct incomplete one = {0};
	char sender[DG_ADDR_TEXT_MAX];

	add_row(&one, row);
	if (one.incomplete == 0 || row->key.about == DG_PIECES_UNKNOWN)
		return;
	dg_warn(l, "%" PRIu64 " of %" PRIu64 " %s in fragments from %s " NOT_WHOLE,
	    one.incomplete, one.datagrams,
	    row->key.about == DG_PIECES_REPLY ? "replies" : "queries",
	    dg_addr_text(&row->key.sender, row->key.family, sender));
}

/* A sentence for each sender; of many senders one for all. */
static void
warn_incomplete(struct dg_warning_list *l, const struct dg_summary *s)
{
	struct incomplete known = {0}, unknown = {0};

	for (size_t i = 0; i < s->piece_count; i++)
		add_row(s->pieces[i]->key.about == DG_PIECES_UNKNOWN ? &unknown : &known,
		    s->pieces[i]);
	for (size_t i = 0; known.senders <= SHOWN && i < s->piece_count; i++)
		warn_sender(l, s->pieces[i]);
	if (known.senders > SHOWN)
		dg_warn(l,
		    "%" PRIu64 " of %" PRIu64 " queries and replies in fragments, from %zu "
		    "senders, " NOT_WHOLE,
		    known.incomplete, known.datagrams, known.senders);
	if (unknown.incomplete > 0)
		dg_warn(l,
		    "%" PRIu64
		    " datagram%s in fragments came without the first one: whether %s "
		    "DNS cannot be told (`fragments` names the senders)",
		    unknown.incomplete, dg_plural(unknown.incomplete),
		    unknown.incomplete == 1 ? "it is" : "they are");
}

static void
warn_fragments(struct dg_warning_list *l, const struct dg_summary *s)
{
	const uint64_t *ends = s->quality.fragments.ends;

	if (dg_summary_hides_fragments(s))
		dg_warn(l,
		    "of %" PRIu64 " datagram%s in fragments the first was captured and not one "
		    "later fragment: a filter such as `port 53` hides them, for they have no "
		    "ports (capture with " FULL_FILTER ")",
		    s->quality.fragments.datagrams, dg_plural(s->quality.fragments.datagrams));
	else
		warn_incomplete(l, s);
	if (ends[DG_FRAG_REFUSED] > 0)
		dg_warn(l,
		    "%" PRIu64 " datagram%s overlapping or contradicting fragments and %s "
		    "refused: an attack, or a broken sender (look at %s in Wireshark: "
		    "ip.flags.mf or ip.frag_offset or ipv6.fraghdr)",
		    ends[DG_FRAG_REFUSED], ends[DG_FRAG_REFUSED] == 1 ? " has" : "s have",
		    ends[DG_FRAG_REFUSED] == 1 ? "was" : "were",
		    ends[DG_FRAG_REFUSED] == 1 ? "it" : "them");
	if (s->quality.correlate.partial_replies > 0)
		dg_warn(l,
		    "%" PRIu64 " transaction%s undecided because only a part of the reply was "
		    "captured: the rest was lost on its way, or hidden by a filter",
		    s->quality.correlate.partial_replies,
		    s->quality.correlate.partial_replies == 1 ? " is" : "s are");
}

static void
warn_connections(struct dg_warning_list *l, const struct dg_summary *s)
{
	const struct dg_stream_stats *t = &s->quality.tcp;
	uint64_t lost = s->quality.correlate.lost_replies;

	if (t->messages == 0 && t->out_of_order + t->skipped > 0)
		dg_warn(l,
		    "of %" PRIu64
		    " TCP segment%s with a server's port none ends a DNS message: "
		    "the capture lacks the rest, or what they carry is no DNS",
		    t->segments, dg_plural(t->segments));
	if (t->holes > 0)
		dg_warn(l,
		    "the capture lacks parts of TCP connections, in %" PRIu64
		    " place%s: messages "
		    "in them are missing or cut (capture with -s 0 and without losses: -B "
		    "32768)",
		    t->holes, dg_plural(t->holes));
	if (t->under_way > 0)
		dg_warn(l,
		    "%" PRIu64 " of %" PRIu64 " TCP connection%s under way before the capture "
		    "shows anything of %s: what went before is not known (begin capturing "
		    "earlier)",
		    t->under_way, t->connections, t->connections == 1 ? " was" : "s were",
		    t->under_way == 1 ? "it" : "them");
	if (lost > 0)
		dg_warn(l,
		    "over TCP %" PRIu64 " transaction%s undecided because the capture lacks "
		    "what the server sent (capture both directions, without losses: -B 32768)",
		    lost, lost == 1 ? " is" : "s are");
}

/*
 * A filter cannot be seen in a capture.  One that holds nothing but packets of servers'
 * ports was probably made with `port 53`; then refusals look like silence.
 */
static void
warn_filter(struct dg_warning_list *l, const struct dg_summary *s)
{
	static const enum dg_verdict dns[] = {
	    DG_VERDICT_DNS, DG_VERDICT_DNS_MALFORMED, DG_VERDICT_DNS_CUT, DG_VERDICT_TCP_DNS};
	const struct dg_quality *q = &s->quality;
	struct dg_counts all = dg_side_all(&s->all);
	uint64_t silent = dg_counts_silent(&all), frames = 0;

	for (size_t i = 0; i < sizeof dns / sizeof *dns; i++)
		frames += q->verdicts[dns[i]];
	if (dg_summary_hides_fragments(s))
		frames += q->verdicts[DG_VERDICT_FRAGMENT];
	if (silent == 0 || frames < q->frames)
		return;
	dg_warn(l,
	    "the capture holds DNS and nothing else, not one ICMP packet: if a filter such as "
	    "`port 53` made it, some of the %" PRIu64
	    " without an answer may have been refused "
	    "by an ICMP error, or answered in IPv6 fragments, that it hides (capture "
	    "with " FULL_FILTER ")",
	    silent);
}

static void
warn_one_way_servers(struct dg_warning_list *l, const struct dg_summary *s)
{
	size_t shown = s->one_way_count < SHOWN ? s->one_way_count : SHOWN;
	char names[NAMES_MAX] = "";
	size_t size = 0;

	if (s->is_one_way || s->one_way_count == 0)
		return;
	for (size_t i = 0; i < shown; i++) {
		const struct dg_client_key *k = &s->one_way_servers[i]->key;
		char address[DG_ADDR_TEXT_MAX];

		size += (size_t)snprintf(names + size, sizeof names - size, "%s%s",
		    i > 0 ? ", " : "", dg_addr_text(&k->address, k->family, address));
	}
	dg_warn(l,
	    "of %zu server%s the capture shows replies and not one query: %s%s; queries take "
	    "another path (capture where both pass), or nobody asked",
	    s->one_way_count, dg_plural(s->one_way_count), names,
	    shown < s->one_way_count ? " and others" : "");
}

void
dg_warn_wire(struct dg_warning_list *l, const struct dg_summary *s)
{
	warn_fragments(l, s);
	warn_connections(l, s);
	warn_filter(l, s);
	warn_one_way_servers(l, s);
}
