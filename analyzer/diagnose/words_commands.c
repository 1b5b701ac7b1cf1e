/*
 * words_commands.c - commands that show a finding again.
 *
 * People paste them into a shell.  A name from the wire gets into one only as letters, digits,
 * `-`, `_` and dots; every other octet as \DDD, between single quotes (RFC 1035 5.1; dig reads
 * it back).  Nothing that dig would take for an option, a type or a server can begin a name.
 */
#include <ctype.h>
#include <stdlib.h>

#include "diagnose/words.h"
#include "dnsgap/error.h"

#define DNS_PORT 53
#define TYPE_IXFR 251
#define TYPE_AXFR 252
/* The reverse name of an IPv6 address has 72 characters; what is longer, a person has to look
 * up in the frames. */
#define NAME_SHOWN_MAX 72

static const struct {
	uint16_t number;
	const char *name;
} types[] = {
    {1, "A"},
    {2, "NS"},
    {5, "CNAME"},
    {6, "SOA"},
    {12, "PTR"},
    {15, "MX"},
    {16, "TXT"},
    {28, "AAAA"},
    {33, "SRV"},
    {35, "NAPTR"},
    {43, "DS"},
    {48, "DNSKEY"},
    {52, "TLSA"},
    {64, "SVCB"},
    {65, "HTTPS"},
    {255, "ANY"},
    {257, "CAA"},
    /* A zone is not what is to be shown. */
    {TYPE_IXFR, "SOA"},
    {TYPE_AXFR, "SOA"},
};

static void
say_type(struct dg_strbuf *b, uint16_t number)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (types[i].number == number) {
			dg_strbuf_add(b, types[i].name);
			return;
		}
	}
	dg_strbuf_addf(b, "TYPE%u", number);
}

static bool
is_harmless(uint8_t octet)
{
	return octet < 0x80 && (isalnum(octet) || octet == '-' || octet == '_');
}

static void
say_name(struct dg_strbuf *b, const uint8_t *wire, uint8_t length)
{
	struct dg_strbuf text = {0};
	unsigned labels = 0, at = 0;
	bool is_quoted = false;

	while (at < length && wire[at] != 0 && at + wire[at] < length) {
		unsigned end = at + 1 + wire[at];

		if (labels++ > 0)
			dg_strbuf_add(&text, ".");
		for (unsigned i = at + 1; i < end; i++) {
			char c = (char)wire[i];

			if (is_harmless(wire[i]) && (i > 1 || c != '-')) {
				dg_strbuf_add_bytes(&text, &c, 1);
				continue;
			}
			dg_strbuf_addf(&text, "\\%03u", wire[i]);
			is_quoted = true;
		}
		at = end;
	}
	/* "a" and "any" alone are types. */
	if (labels < 2)
		dg_strbuf_add(&text, ".");
	b->is_failed |= text.is_failed;
	if (text.size > NAME_SHOWN_MAX)
		dg_strbuf_add(b, "NAME");
	else if (!text.is_failed)
		dg_strbuf_addf(
		    b, "%s%s%s", is_quoted ? "'" : "", text.text, is_quoted ? "'" : "");
	dg_strbuf_fini(&text);
}

struct command {
	const struct dg_server_summary *server;
	const struct dg_example *question; /* or NULL */
	int port;                          /* of the client; -1: any */
	bool is_tcp;
	const char *options; /* or NULL */
};

/* What to ask: best a question that the server answered, for that is to be expected again.
 * NULL when there is none. */
static const struct dg_example *
choose_question(const struct dg_server_summary *server, bool is_dead_wanted)
{
	const struct dg_examples *e = server->examples;

	if (e == NULL)
		return NULL;
	if (e->dead.name != NULL && (is_dead_wanted || e->reached.name == NULL))
		return &e->dead;
	return e->reached.name != NULL ? &e->reached : NULL;
}

/* Of a server that never got so far as to be asked anything, what another one was asked. */
static const struct dg_example *
choose_any_question(const struct dg_summary *s)
{
	const struct dg_example *question = NULL;

	for (size_t i = 0; question == NULL && i < s->server_count; i++)
		question = choose_question(&s->servers[i], false);
	return question;
}

static int
add_command(struct dg_finding *f, const struct command *c)
{
	const struct dg_server_key *k = &c->server->key;
	char address[DG_ADDR_TEXT_MAX];
	struct dg_strbuf b = {0};

	dg_strbuf_add(&b, "dig ");
	if (c->port >= 0)
		dg_strbuf_addf(
		    &b, "-b '%s#%d' ", k->family == DG_FAMILY_IP6 ? "::" : "0.0.0.0", c->port);
	if (k->port != DNS_PORT)
		dg_strbuf_addf(&b, "-p %u ", k->port);
	if (c->question == NULL) {
		dg_strbuf_add(&b, "NAME A");
	} else {
		say_name(&b, c->question->name, c->question->length);
		dg_strbuf_add(&b, " ");
		say_type(&b, c->question->qtype);
	}
	dg_strbuf_addf(&b, " @%s", dg_addr_text(&k->address, k->family, address));
	if (c->is_tcp)
		dg_strbuf_add(&b, " +tcp");
	if (c->options != NULL)
		dg_strbuf_addf(&b, " %s", c->options);
	dg_strbuf_add(&b, " +tries=1");
	return dg_words_take(&f->reproduce, dg_strbuf_take(&b));
}

/* The first port of a set as text; -1 when it has none that can be asked from: dig takes 0
 * for any. */
static int
first_port(const char *ports)
{
	long port = ports != NULL ? strtol(ports, NULL, 10) : -1;

	return port > 0 && port <= 65535 ? (int)port : -1;
}

/* A silent port and the nearest answered one: at the end where they lie closest. */
static void
choose_ports(const struct dg_finding *f, int *silent, int *answered)
{
	int least = 65536;

	*silent = *answered = -1;
	for (unsigned i = 0; i < f->bound_count; i++) {
		const struct dg_bound *b = &f->bounds[i];
		int above = b->nearest_answered_above - b->last_silent;
		int below = b->first_silent - b->nearest_answered_below;

		if (*silent <= 0 && b->last_silent > 0)
			*silent = b->last_silent;
		if (b->nearest_answered_above > 0 && b->last_silent > 0 && above < least) {
			least = above;
			*silent = b->last_silent;
			*answered = b->nearest_answered_above;
		}
		if (b->nearest_answered_below > 0 && b->first_silent > 0 && below < least) {
			least = below;
			*silent = b->first_silent;
			*answered = b->nearest_answered_below;
		}
	}
}

static int
add_pair(struct dg_finding *f, struct command c)
{
	int silent, answered, error = 0;

	choose_ports(f, &silent, &answered);
	if (silent <= 0)
		silent = first_port(f->ports);
	c.is_tcp = dg_is_tcp_only(f);
	if (silent > 0) {
		c.port = silent;
		error = add_command(f, &c);
	}
	if (error == 0 && answered > 0) {
		c.port = answered;
		error = add_command(f, &c);
	}
	return error;
}

static int
add_two(struct dg_finding *f, struct command c, const char *first, const char *second)
{
	int error;

	c.options = first;
	error = add_command(f, &c);
	c.options = second;
	return error != 0 ? error : add_command(f, &c);
}

/* The server to ask; of a finding about all of them, the first that left something unanswered.
 * NULL when there is none. */
static const struct dg_server_summary *
choose_server(const struct dg_summary *s, const struct dg_finding *f)
{
	if (f->server_count > 0)
		return &s->servers[f->servers[0]];
	for (size_t i = 0; i < s->server_count; i++) {
		const struct dg_examples *e = s->servers[i].examples;

		if (e != NULL && e->dead.name != NULL)
			return &s->servers[i];
	}
	return s->server_count > 0 ? &s->servers[0] : NULL;
}

int
dg_make_commands(const struct dg_summary *s, struct dg_finding *f)
{
	struct command c = {.server = choose_server(s, f), .port = -1};

	if (c.server == NULL)
		return 0;
	c.question = choose_question(
	    c.server, f->code == DG_SERVFAIL_EXPLAINED || f->code == DG_FRAGMENTS_LOST);
	if (c.question == NULL)
		c.question = choose_any_question(s);
	switch (f->code) {
	case DG_PORTS_SILENT:
	case DG_PORTS_REFUSED:
	case DG_PORTS_HASH:
		return add_pair(f, c);
	case DG_SERVFAIL_EXPLAINED:
		c.port = first_port(f->ports);
		return add_command(f, &c);
	case DG_SERVER_SILENT:
	case DG_SERVER_PORT_CLOSED:
	case DG_SERVER_UNREACHABLE:
		c.is_tcp = dg_is_tcp_only(f);
		return add_command(f, &c);
	case DG_TCP_BLOCKED:
		return add_two(f, c, "+tcp", NULL);
	case DG_FRAGMENTS_LOST:
		return add_two(f, c, "+dnssec +bufsize=4096 +ignore", "+dnssec +bufsize=1232");
	default:
		return 0;
	}
}
