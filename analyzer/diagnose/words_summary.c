/*
 * words_summary.c - a finding in one sentence without its full stop: what was seen, at whom.
 */
#include <string.h>

#include "base/clock.h"
#include "diagnose/words.h"
#include "dnsgap/error.h"

#define DNS_PORT 53
/* A set of which more than this part is answered is not called silent. */
#define SILENT_MAX_REACHED 20

/* Which kinds of refusal are a rule's (RFC 792, RFC 1812 5.2.7.1, RFC 4443 3.1). */
static bool
is_prohibited(const struct dg_finding *f)
{
	uint8_t code = f->icmp_code;

	if (f->sender_family == DG_FAMILY_IP6)
		return f->icmp_type == 1 && (code == 1 || code == 5 || code == 6);
	return f->icmp_type == 3 && (code == 9 || code == 10 || code == 13);
}

static const char *
verb(bool is_plural, const char *plural, const char *singular)
{
	return is_plural ? plural : singular;
}

static bool
are_servers_plural(const struct dg_finding *f)
{
	return dg_is_plural(f->servers_all, f->server_count);
}

static bool
are_clients_plural(const struct dg_finding *f)
{
	return dg_is_plural(f->clients_all, f->client_count);
}

/* " of 192.0.2.7", when it is about certain clients. */
static void
say_of_clients(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f,
    const char *word)
{
	if (!dg_has_clients(f))
		return;
	dg_strbuf_addf(b, " %s ", word);
	dg_say_clients(b, s, f);
}

/* The servers at the beginning of a sentence, or others. */
static void
say_servers_or(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f,
    const char *all)
{
	if (dg_has_servers(f))
		dg_say_servers(b, s, f);
	else
		dg_strbuf_add(b, all);
}

static void
say_clients_or(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f,
    const char *all)
{
	if (dg_has_clients(f))
		dg_say_clients(b, s, f);
	else
		dg_strbuf_add(b, all);
}

static bool
is_partly_answered(const struct dg_finding *f)
{
	return f->within != NULL ||
	    f->inside.reached * SILENT_MAX_REACHED > f->inside.transactions;
}

/* "since 2026-11-21 08:17:04 UTC", when it began or ended. */
static void
say_window(struct dg_strbuf *b, const struct dg_finding *f)
{
	char text[DG_TIME_TEXT_MAX];

	if (f->has_window && f->after_ns != INT64_MIN) {
		dg_time_text(f->after_ns, text);
		dg_strbuf_addf(b, ", since %.10s %.8s UTC", text, text + 11);
	}
	if (f->has_window && f->before_ns != INT64_MAX) {
		dg_time_text(f->before_ns, text);
		dg_strbuf_addf(b, ", until %.10s %.8s UTC", text, text + 11);
	}
}

static void
ports_silent(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	bool has_servers = dg_has_servers(f);
	bool is_plural = are_servers_plural(f);
	char share[DG_SHARE_TEXT_MAX];

	if (is_partly_answered(f)) {
		say_servers_or(b, s, f, "The servers");
		dg_strbuf_addf(b, " %s %s of the queries",
		    verb(is_plural || !has_servers, "leave", "leaves"),
		    dg_share(f->inside.transactions - f->inside.reached, f->inside.transactions,
			share));
	} else {
		say_servers_or(b, s, f, "No server");
		dg_strbuf_addf(b, " %s queries",
		    !has_servers ? "answers"
				 : verb(is_plural, "do not answer", "does not answer"));
	}
	say_of_clients(b, s, f, "of");
	dg_strbuf_add(b, " from ");
	dg_say_ports(b, f);
	dg_say_transport(b, f);
	if (is_partly_answered(f))
		dg_strbuf_add(b, " unanswered");
	say_window(b, f);
}

static void
say_sender(struct dg_strbuf *b, const struct dg_finding *f)
{
	char text[DG_ADDR_TEXT_MAX];

	dg_strbuf_add(b, dg_addr_text(&f->sender, (enum dg_family)f->sender_family, text));
}

static bool
is_sender_a_server(const struct dg_summary *s, const struct dg_finding *f)
{
	for (unsigned i = 0; i < f->server_count; i++) {
		if (dg_addr_compare(&f->sender, (enum dg_family)f->sender_family,
			&s->servers[f->servers[i]].key.address,
			s->servers[f->servers[i]].key.family) == 0)
			return true;
	}
	return false;
}

static void
ports_refused(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	if (f->has_sender && !is_sender_a_server(s, f)) {
		say_sender(b, f);
		dg_strbuf_add(b, " refuses queries");
		say_of_clients(b, s, f, "of");
		dg_strbuf_add(b, " to ");
		say_servers_or(b, s, f, "all servers");
	} else if (dg_has_servers(f)) {
		dg_say_servers(b, s, f);
		dg_strbuf_addf(
		    b, " %s queries", verb(are_servers_plural(f), "refuse", "refuses"));
		say_of_clients(b, s, f, "of");
	} else {
		dg_strbuf_add(b, "All servers refuse queries");
		say_of_clients(b, s, f, "of");
	}
	dg_strbuf_add(b, " from ");
	dg_say_ports(b, f);
	dg_say_transport(b, f);
	say_window(b, f);
}

static void
ports_hash(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	say_servers_or(b, s, f, "No server");
	dg_strbuf_addf(b, " %s",
	    !dg_has_servers(f)          ? "answers"
		: are_servers_plural(f) ? "do not answer"
					: "does not answer");
	dg_strbuf_add(b, " a fixed part of the source ports");
	say_of_clients(b, s, f, "of");
	dg_say_transport(b, f);
	dg_strbuf_add(b, ", which form no range");
}

static void
server_silent(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	char number[DG_NUMBER_WORDS_MAX];

	say_servers_or(b, s, f, "No server");
	dg_strbuf_addf(b, " answered %s of %s queries", dg_has_servers(f) ? "none" : "any",
	    dg_number(f->inside.transactions, number));
	say_of_clients(b, s, f, "of");
	dg_say_transport(b, f);
	dg_strbuf_add(b, ", from whatever source port");
}

static void
server_port_closed(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	bool is_plural = are_servers_plural(f);

	bool is_tcp = dg_is_tcp_only(f);

	say_servers_or(b, s, f, "The server");
	dg_strbuf_addf(b, " %s that nothing listens on %s%s port %u (%s)",
	    verb(is_plural, "say", "says"), verb(is_plural, "their", "its"),
	    is_tcp ? " TCP" : "",
	    f->server_count > 0 ? s->servers[f->servers[0]].key.port : DNS_PORT,
	    is_tcp && !f->has_icmp ? "RST" : "ICMP port unreachable");
}

static void
server_unreachable(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	bool is_barred = f->has_icmp && is_prohibited(f);

	if (f->has_sender)
		say_sender(b, f);
	else
		dg_strbuf_add(b, "An ICMP error");
	dg_strbuf_add(b, is_barred ? " says that queries to " : " says that ");
	if (f->has_sender && is_sender_a_server(s, f) && !are_servers_plural(f))
		dg_strbuf_add(b, "it");
	else
		say_servers_or(b, s, f, is_barred ? "the servers" : "servers");
	dg_strbuf_add(b, is_barred ? " are prohibited" : " cannot be reached");
}

static void
client_refuses(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	say_clients_or(b, s, f, "A client");
	dg_strbuf_addf(b, " %s replies", verb(are_clients_plural(f), "refuse", "refuses"));
	if (dg_has_servers(f)) {
		dg_strbuf_add(b, " of ");
		dg_say_servers(b, s, f);
	}
	dg_strbuf_add(b, " with ICMP errors");
}

static void
loss_random(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	uint64_t lost = f->inside.transactions - f->inside.reached;
	char share[DG_SHARE_TEXT_MAX];

	dg_strbuf_addf(b, "%s of the queries", dg_share(lost, f->inside.transactions, share));
	say_of_clients(b, s, f, "of");
	dg_strbuf_add(b, " to ");
	say_servers_or(b, s, f, "all servers");
	dg_say_transport(b, f);
	dg_strbuf_add(b, " go unanswered at random, from whatever source port");
}

static void
outage(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	char first[DG_TIME_TEXT_MAX], last[DG_TIME_TEXT_MAX];

	say_servers_or(b, s, f, "No server");
	dg_strbuf_addf(b, " answered %s%s",
	    f->inside.reached > 0 && dg_has_servers(f) ? "next to " : "",
	    dg_has_servers(f) ? "nothing" : "anything");
	say_of_clients(b, s, f, "of");
	dg_say_transport(b, f);
	if (f->first_ns == DG_TIME_NONE || f->last_ns == DG_TIME_NONE)
		return;
	dg_time_text(f->first_ns, first);
	dg_time_text(f->last_ns, last);
	dg_strbuf_add(b, " for ");
	dg_say_span(b, f->first_ns, f->last_ns);
	dg_strbuf_addf(b, ", from %.10s %.8s to ", first, first + 11);
	if (strncmp(first, last, 10) != 0)
		dg_strbuf_addf(b, "%.10s ", last);
	dg_strbuf_addf(b, "%.8s UTC", last + 11);
}

static void
rate_limited(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	bool is_plural = are_servers_plural(f) || !dg_has_servers(f);
	char busy[DG_SHARE_TEXT_MAX], quiet[DG_SHARE_TEXT_MAX];

	say_servers_or(b, s, f, "The servers");
	dg_strbuf_addf(b, " %s less", verb(is_plural, "answer", "answers"));
	say_of_clients(b, s, f, "of");
	dg_strbuf_addf(b, " the more %s asked", verb(is_plural, "they are", "it is"));
	if (f->has_outside)
		dg_strbuf_addf(b, ": %s of the queries in busy seconds, %s in quiet ones",
		    dg_share(f->inside.reached, f->inside.transactions, busy),
		    dg_share(f->outside.reached, f->outside.transactions, quiet));
}

static void
replies_lost(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	dg_strbuf_add(b, "Replies");
	if (dg_has_servers(f)) {
		dg_strbuf_add(b, " of ");
		dg_say_servers(b, s, f);
	}
	dg_strbuf_add(b, " get lost between here and ");
	say_clients_or(b, s, f, "the clients");
}

/* RFC 792: type 3 code 4; RFC 4443 3.2: type 2. */
static bool
is_too_big(const struct dg_finding *f)
{
	return f->sender_family == DG_FAMILY_IP6 ? f->icmp_type == 2
						 : f->icmp_type == 3 && f->icmp_code == 4;
}

static void
fragments_lost(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	if (f->has_icmp) {
		say_sender(b, f);
		dg_strbuf_addf(
		    b, " says that %s of replies", is_too_big(f) ? "packets" : "fragments");
	} else {
		dg_strbuf_add(b, "Replies");
	}
	if (dg_has_servers(f)) {
		dg_strbuf_add(b, " of ");
		dg_say_servers(b, s, f);
	}
	if (f->has_icmp)
		dg_strbuf_add(
		    b, is_too_big(f) ? " are too big to pass" : " did not all arrive");
	else
		dg_strbuf_add(b, " in fragments do not come whole");
}

static void
tcp_blocked(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	bool has_servers = dg_has_servers(f);

	say_servers_or(b, s, f, "No server");
	dg_strbuf_addf(b, " %s",
	    !has_servers                ? "answers"
		: are_servers_plural(f) ? "do not answer"
					: "does not answer");
	if (dg_has_clients(f)) {
		dg_strbuf_add(b, " ");
		dg_say_clients(b, s, f);
	}
	dg_strbuf_add(b, " over TCP, though over UDP");
}

static void
servfail(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	char explained[DG_NUMBER_WORDS_MAX], all[DG_NUMBER_WORDS_MAX];

	dg_strbuf_addf(b, "%s of %s SERVFAIL%s", dg_number(f->servfails_explained, explained),
	    dg_number(f->servfails, all), f->servfails == 1 ? "" : "s");
	say_of_clients(b, s, f, "of");
	dg_strbuf_addf(
	    b, " follow%s from queries in vain to ", f->servfails_explained == 1 ? "s" : "");
	say_servers_or(b, s, f, "servers");
}

static void
predictable(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	const struct dg_profile *p = f->client_count == 1 && !are_clients_plural(f)
	    ? &s->clients[f->clients[0]].profile
	    : NULL;

	say_clients_or(b, s, f, "The clients");
	if (p != NULL && p->is_fixed)
		dg_strbuf_addf(b,
		    " asks from port %u every time: whoever forges replies knows it",
		    p->lowest);
	else if (p != NULL)
		dg_strbuf_addf(
		    b, " asks from ports %u-%u that can be guessed", p->lowest, p->highest);
	else
		dg_strbuf_add(b, " ask from ports that can be guessed");
}

static void
low_ports(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	bool is_plural = are_clients_plural(f) || !dg_has_clients(f);

	say_clients_or(b, s, f, "Clients");
	dg_strbuf_addf(b, " %s from ports below 1024", verb(is_plural, "ask", "asks"));
}

static void
one_way(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	(void)s;
	if (f->has_sender) {
		dg_strbuf_add(b, "Replies of ");
		say_sender(b, f);
		dg_strbuf_add(b, " were captured, and not one query to it");
	} else {
		dg_strbuf_addf(b, "The capture shows one direction only: %s",
		    f->inside.transactions > 0 ? "queries" : "replies");
	}
}

static void
incomplete(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	(void)s;
	(void)f;
	dg_strbuf_add(b, "The capture is not complete, which weakens what is found in it");
}

static void (*const sentences[DG_CODE_COUNT])(
    struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f) = {
    [DG_PORTS_SILENT] = ports_silent,
    [DG_PORTS_REFUSED] = ports_refused,
    [DG_PORTS_HASH] = ports_hash,
    [DG_SERVER_SILENT] = server_silent,
    [DG_SERVER_PORT_CLOSED] = server_port_closed,
    [DG_SERVER_UNREACHABLE] = server_unreachable,
    [DG_CLIENT_REFUSES_REPLIES] = client_refuses,
    [DG_LOSS_RANDOM] = loss_random,
    [DG_OUTAGE] = outage,
    [DG_RATE_LIMITED] = rate_limited,
    [DG_REPLIES_LOST_BEYOND] = replies_lost,
    [DG_FRAGMENTS_LOST] = fragments_lost,
    [DG_TCP_BLOCKED] = tcp_blocked,
    [DG_SERVFAIL_EXPLAINED] = servfail,
    [DG_SOURCE_PORTS_PREDICTABLE] = predictable,
    [DG_LOW_PORTS_IN_USE] = low_ports,
    [DG_CAPTURE_ONE_WAY] = one_way,
    [DG_CAPTURE_INCOMPLETE] = incomplete,
};

int
dg_make_summary(const struct dg_summary *s, struct dg_finding *f)
{
	struct dg_strbuf b = {0};

	sentences[f->code](&b, s, f);
	f->summary = dg_strbuf_take(&b);
	return f->summary != NULL ? 0 : DNSGAP_ENOMEM;
}
