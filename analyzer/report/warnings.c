/*
 * warnings.c - what weakens the result, in words that a person understands.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "report/warnings.h"

void
dg_warn(struct dg_warning_list *l, const char *format, ...)
{
	char text[512];
	struct dg_strbuf b = {0};
	va_list args;
	char *copy;

	if (l->warnings->count >= DG_WARNINGS_MAX - 1 && !l->is_closing) {
		l->left_out++;
		return;
	}
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	dg_strbuf_add(&b, text);
	copy = dg_strbuf_take(&b);
	if (copy == NULL)
		l->is_failed = true;
	else
		l->warnings->texts[l->warnings->count++] = copy;
}

static void
warn_inputs(struct dg_warning_list *l, const struct dg_report *r)
{
	for (size_t i = 0; i < r->input_count; i++) {
		struct dg_strbuf b = {0};

		if (r->inputs[i].problem == NULL)
			continue;
		dg_escape_json(&b, r->inputs[i].file);
		dg_strbuf_add(&b, ": ");
		dg_escape_json(&b, r->inputs[i].problem);
		if (b.is_failed)
			l->is_failed = true;
		else
			dg_warn(l, "%s", b.text);
		dg_strbuf_fini(&b);
	}
}

static void
warn_directions(struct dg_warning_list *l, const struct dg_summary *s)
{
	if (!s->is_one_way)
		return;
	if (dg_side_all(&s->all).transactions == 0)
		dg_warn(l,
		    "replies only: not one query was captured; "
		    "capture both directions to learn what went unanswered");
	else
		dg_warn(l,
		    "queries only: not one reply was captured, so silence says nothing and "
		    "every such transaction is undecided; capture both directions, "
		    "or add a server that is known to answer");
}

/* A capture without a word of DNS: the ports are others, or it is another capture. */
static void
warn_nothing(struct dg_warning_list *l, const struct dg_report *r)
{
	const struct dg_quality *q = &r->summary->quality;
	uint64_t dns = q->verdicts[DG_VERDICT_DNS] + q->verdicts[DG_VERDICT_DNS_MALFORMED] +
	    q->verdicts[DG_VERDICT_DNS_CUT] + q->verdicts[DG_VERDICT_TCP_DNS];

	for (size_t i = 0; i < r->summary->piece_count; i++)
		dns += r->summary->pieces[i]->key.about != DG_PIECES_UNKNOWN;
	if (dns + q->dns_messages > 0 || q->verdicts[DG_VERDICT_LINK_UNSUPPORTED] == q->frames)
		return;
	if (q->verdicts[DG_VERDICT_UDP_OTHER] + q->verdicts[DG_VERDICT_TCP_OTHER] == 0)
		dg_warn(l,
		    "nothing in the capture goes to or from port %s, nor is there any other "
		    "UDP "
		    "or TCP in its %" PRIu64 " frame%s",
		    r->server_ports, q->frames, dg_plural(q->frames));
	else
		dg_warn(l,
		    "nothing in the capture goes to or from port %s, but UDP (%" PRIu64
		    " frame%s) and TCP (%" PRIu64
		    ") of other ports is there (--server-port names "
		    "the ports of servers)",
		    r->server_ports, q->verdicts[DG_VERDICT_UDP_OTHER],
		    dg_plural(q->verdicts[DG_VERDICT_UDP_OTHER]),
		    q->verdicts[DG_VERDICT_TCP_OTHER]);
}

static void
warn_time(struct dg_warning_list *l, const struct dg_report *r)
{
	uint64_t steps = r->summary->quality.clock_steps;

	if (steps > 0)
		dg_warn(l,
		    "the capture's clock stepped back %" PRIu64
		    " time%s; what was waiting for a reply then is undecided (let the clock be "
		    "while a capture is made)",
		    steps, dg_plural(steps));
	if (r->bad_times > 0)
		dg_warn(l,
		    "%" PRIu64
		    " frame%s had no time or an impossible one, and took that of the "
		    "frame before",
		    r->bad_times, dg_plural(r->bad_times));
}

static bool
is_shorter_than_timeout(const struct dg_report *r)
{
	int64_t first_ns, last_ns;

	return dg_report_times(r, &first_ns, &last_ns) && last_ns - first_ns < r->timeout_ns;
}

/* What has no outcome though nothing was lost: the capture's end came first. */
static void
warn_open(struct dg_warning_list *l, const struct dg_report *r)
{
	const struct dg_correlate_stats *c = &r->summary->quality.correlate;
	struct dg_counts all = dg_side_all(&r->summary->all);
	uint64_t undecided = all.outcomes[DG_OUTCOME_UNDECIDED];
	uint64_t told = c->evicted_transactions + c->evicted_same_id + c->partial_replies +
	    c->lost_replies + c->open_at_loss;

	if (r->summary->is_one_way || undecided <= told)
		return;
	undecided -= told;
	if (r->summary->quality.clock_steps == 0 && is_shorter_than_timeout(r))
		dg_warn(l,
		    "the capture is shorter than the timeout of %g s, so nothing in it can be "
		    "called unanswered: %" PRIu64 " transaction%s undecided; capture longer",
		    (double)r->timeout_ns / 1e9, undecided, undecided == 1 ? " is" : "s are");
	else
		dg_warn(l,
		    "%" PRIu64
		    " transaction%s still waiting when the capture ended (or its clock "
		    "stepped) and %s undecided; go on capturing for %g s after the last query "
		    "that matters",
		    undecided, undecided == 1 ? " was" : "s were",
		    undecided == 1 ? "is" : "are", (double)r->timeout_ns / 1e9);
}

static void
warn_copies(struct dg_warning_list *l, const struct dg_summary *s)
{
	const struct dg_correlate_stats *c = &s->quality.correlate;
	uint64_t copies =
	    c->messages.duplicate_frames + c->icmp_duplicate_frames + c->syn_duplicate_frames;

	if (copies > 0)
		dg_warn(l,
		    "%" PRIu64 " frame%s a packet that was there already (captured on several "
		    "interfaces, or mirrored); each packet was counted once (capture on one "
		    "interface)",
		    copies, copies == 1 ? " shows" : "s show");
}

static void
warn_frames(struct dg_warning_list *l, const struct dg_report *r)
{
	const struct dg_quality *q = &r->summary->quality;
	uint64_t cut = q->verdicts[DG_VERDICT_DNS_CUT];

	if (cut > 0)
		dg_warn(l,
		    "%" PRIu64 " DNS message%s cut off by the capture's snap length; "
		    "matched by address, port and ID where possible (capture with -s 0)",
		    cut, cut == 1 ? " was" : "s were");
	if (q->malformed_messages > 0)
		dg_warn(l,
		    "%" PRIu64
		    " message%s to or from a server's port %s broken before the end of "
		    "the question, or no DNS at all, and in no transaction",
		    q->malformed_messages, dg_plural(q->malformed_messages),
		    q->malformed_messages == 1 ? "is" : "are");
	if (q->verdicts[DG_VERDICT_TUNNEL] > 0)
		dg_warn(l,
		    "%" PRIu64
		    " frame%s in a tunnel that cannot be looked into: encrypted, nested too "
		    "deeply, or of a kind that does not say where the packet in it begins "
		    "(capture "
		    "where the tunnel ends)",
		    q->verdicts[DG_VERDICT_TUNNEL],
		    q->verdicts[DG_VERDICT_TUNNEL] == 1 ? " travels" : "s travel");
	if (r->dropped > 0)
		dg_warn(l,
		    "the capture's own counters say that %" PRIu64
		    " packet%s dropped before dnsgap could see %s; what looks unanswered "
		    "may have been answered (give tcpdump a larger buffer: -B 32768)",
		    r->dropped, r->dropped == 1 ? " was" : "s were",
		    r->dropped == 1 ? "it" : "them");
	if (r->summary->quality.correlate.open_at_loss > 0) {
		uint64_t open = r->summary->quality.correlate.open_at_loss;

		dg_warn(l,
		    "%" PRIu64 " transaction%s open while frames were lost and %s undecided: "
		    "a reply may be among them",
		    open, open == 1 ? " was" : "s were", open == 1 ? "is" : "are");
	}
	if (r->summary->quality.correlate.told_early > 0)
		dg_warn(l,
		    "%" PRIu64 " answered transactions had no room to wait as long as those in "
		    "vain do, so both are of different times here: nothing is said of outages "
		    "and rate limits (--max-transactions, or a shorter --hold)",
		    r->summary->quality.correlate.told_early);
	if (r->inconsistent_lengths > 0)
		dg_warn(l,
		    "%" PRIu64 " frame%s more bytes captured than were on the wire; "
		    "the smaller number was used (the program that wrote the capture is at "
		    "fault)",
		    r->inconsistent_lengths, r->inconsistent_lengths == 1 ? " has" : "s have");
}

static void
warn_orphans(struct dg_warning_list *l, const struct dg_report *r)
{
	const struct dg_summary *s = r->summary;
	const struct dg_correlate_stats *c = &s->quality.correlate;
	uint64_t early = c->early_orphan_replies;
	uint64_t hidden = c->orphans_at_loss;
	uint64_t lost = c->messages.orphan_replies - early - hidden;

	if (s->is_one_way)
		return;
	if (early > 0)
		dg_warn(l,
		    "%" PRIu64
		    " repl%s that %s probably sent before the capture began; %s in no "
		    "transaction",
		    early, early == 1 ? "y answers a query" : "ies answer queries",
		    early == 1 ? "was" : "were", early == 1 ? "it is" : "they are");
	if (hidden > 0)
		dg_warn(l,
		    "%" PRIu64 " repl%s that %s probably among the frames that were lost; %s "
		    "in no transaction",
		    hidden, hidden == 1 ? "y answers a query" : "ies answer queries",
		    hidden == 1 ? "was" : "were", hidden == 1 ? "it is" : "they are");
	if (lost > 0)
		dg_warn(l,
		    "%" PRIu64
		    " repl%s no query in the capture: it lost packets or saw one path "
		    "only, %s came more than %g s after the query (--hold), or nobody asked",
		    lost, lost == 1 ? "y has" : "ies have", lost == 1 ? "the reply" : "they",
		    (double)r->hold_ns / 1e9);
	if (c->messages.misdirected > 0)
		dg_warn(l,
		    "%" PRIu64
		    " DNS message%s in the wrong direction for %s ports: queries from "
		    "a server's port, or replies to one (--server-port names the ports of "
		    "servers)",
		    c->messages.misdirected, c->messages.misdirected == 1 ? " goes" : "s go",
		    c->messages.misdirected == 1 ? "its" : "their");
}

static void
warn_limits(struct dg_warning_list *l, const struct dg_report *r)
{
	const struct dg_summary *s = r->summary;
	const struct dg_correlate_stats *c = &s->quality.correlate;

	if (c->evicted_transactions + c->queries_refused > 0)
		dg_warn(l,
		    "more than %" PRIu32 " transactions were open at once: %" PRIu64
		    " are undecided for it (raise --max-transactions)",
		    r->max_transactions, c->evicted_transactions + c->queries_refused);
	if (c->evicted_same_id > 0)
		dg_warn(l,
		    "more than %d questions were open with one port and ID: %" PRIu64
		    " are undecided for it (no resolver does so: leave out who made them)",
		    DG_SAME_ID_MAX, c->evicted_same_id);
	if (c->messages.evicted > c->queries_refused)
		dg_warn(l,
		    "%" PRIu64 " repl%s could not be kept waiting for a query recorded later; "
		    "such a query may look unanswered (raise --max-transactions)",
		    c->messages.evicted - c->queries_refused,
		    c->messages.evicted - c->queries_refused == 1 ? "y" : "ies");
	if (s->limits_hit[DG_LIMIT_CONNECTIONS])
		dg_warn(l,
		    "more than %u TCP connections, or %u MiB waiting in them, at once: %" PRIu64
		    " were forgotten, and what they still carried may look unanswered (read "
		    "the "
		    "capture in parts, by server)",
		    DG_STREAM_CONNECTIONS_MAX, DG_STREAM_BYTES_MAX >> 20,
		    s->quality.tcp.evicted);
	if (s->limits_hit[DG_LIMIT_FRAGMENTS])
		dg_warn(l,
		    "more than %u datagrams in fragments, or %u MiB of them, at once: %" PRIu64
		    " were given up before they could be whole (read the capture in parts, by "
		    "server)",
		    DG_FRAG_DATAGRAMS_MAX, DG_FRAG_BYTES_MAX >> 20,
		    s->quality.fragments.evicted);
	if (s->limits_hit[DG_LIMIT_SERVERS])
		dg_warn(l, "more than %u servers: the rest is summed in `other_servers`",
		    DG_SERVERS_MAX);
	if (s->limits_hit[DG_LIMIT_CLIENTS])
		dg_warn(l, "more than %u clients: the rest is summed in `other_clients`",
		    DG_CLIENTS_MAX);
	if (s->limits_hit[DG_LIMIT_ICMP])
		dg_warn(l, "more than %u kinds of ICMP errors: %" PRIu64 " errors have no row",
		    DG_ICMP_ROWS_MAX, s->other_icmp);
	if (s->limits_hit[DG_LIMIT_FRAGMENT_ROWS])
		dg_warn(l,
		    "more than %u senders of fragments: %" PRIu64 " datagrams have no row",
		    DG_FRAGMENT_ROWS_MAX, s->other_pieces);
	if (s->limits_hit[DG_LIMIT_FLOW_LOOKS])
		dg_warn(l,
		    "%" PRIu64 " ICMP error%s no more than the flow, which has many "
		    "transactions: the latest %d of it were looked at, and an older one may "
		    "look "
		    "unanswered (capture ICMP whole)",
		    c->icmp_cut_short, c->icmp_cut_short == 1 ? " quotes" : "s quote",
		    DG_FLOW_LOOKS_MAX);
}

static void
warn_verdicts(struct dg_warning_list *l, const struct dg_report *r)
{
	if (r->summary->trial_sample_log2 > 0)
		dg_warn(l,
		    "findings rest on an even sample of ports and addresses, one in %u, and "
		    "count "
		    "what is in it: more were tried than fit (read one server's traffic by "
		    "itself)",
		    1u << r->summary->trial_sample_log2);
	for (int side = 0; r->diagnosis != NULL && side < DG_SIDE_COUNT; side++) {
		const struct dg_port_result *ports = r->diagnosis->ports[side];

		if (ports != NULL && ports->is_cut)
			dg_warn(l,
			    "the search for silent source ports over %s ended after %d finds: "
			    "there "
			    "may be more (read one server's traffic by itself)",
			    side == DG_SIDE_UDP ? "UDP" : "TCP", DG_PORT_VERDICTS_MAX);
	}
}

struct dg_warnings *
dg_warnings_make(const struct dg_report *r)
{
	struct dg_warning_list l = {.warnings = calloc(1, sizeof *l.warnings)};

	if (l.warnings == NULL)
		return NULL;
	warn_nothing(&l, r);
	warn_directions(&l, r->summary);
	warn_limits(&l, r);
	warn_verdicts(&l, r);
	warn_time(&l, r);
	warn_open(&l, r);
	warn_copies(&l, r->summary);
	warn_frames(&l, r);
	dg_warn_wire(&l, r->summary);
	warn_orphans(&l, r);
	warn_inputs(&l, r);
	l.is_closing = true;
	if (l.left_out > 0)
		dg_warn(&l, "and %zu more warnings; `inputs` has the problem of each file",
		    l.left_out);
	if (l.is_failed) {
		dg_warnings_free(l.warnings);
		return NULL;
	}
	return l.warnings;
}

void
dg_warnings_free(struct dg_warnings *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < w->count; i++)
		free(w->texts[i]);
	free(w);
}

bool
dg_report_times(const struct dg_report *r, int64_t *first_ns, int64_t *last_ns)
{
	bool found = false;

	for (size_t i = 0; i < r->input_count; i++) {
		const struct dg_report_input *input = &r->inputs[i];

		if (input->first_ns == DG_TIME_NONE)
			continue;
		if (!found || input->first_ns < *first_ns)
			*first_ns = input->first_ns;
		if (!found || input->last_ns > *last_ns)
			*last_ns = input->last_ns;
		found = true;
	}
	return found;
}
