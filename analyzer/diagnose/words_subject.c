/*
 * words_subject.c - who and what a finding is about, and how numbers are written.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "diagnose/words.h"

#define NAMES_MAX 3
#define RANGES_MAX 8
#define DNS_PORT 53

bool
dg_has_servers(const struct dg_finding *f)
{
	return f->server_count > 0 || (f->has_prefix && !f->is_client_prefix);
}

bool
dg_has_clients(const struct dg_finding *f)
{
	return f->client_count > 0 || (f->has_prefix && f->is_client_prefix);
}

bool
dg_is_plural(uint64_t all, unsigned listed)
{
	return all > 1 || listed > 1;
}

void
dg_say_server(struct dg_strbuf *b, const struct dg_summary *s, uint32_t server)
{
	const struct dg_server_key *k = &s->servers[server].key;
	char text[DG_ADDR_TEXT_MAX];

	dg_strbuf_add(b, dg_addr_text(&k->address, k->family, text));
	if (k->port != DNS_PORT)
		dg_strbuf_addf(b, "#%u", k->port);
}

static void
say_client(struct dg_strbuf *b, const struct dg_summary *s, uint32_t client)
{
	const struct dg_client_key *k = &s->clients[client].key;
	char text[DG_ADDR_TEXT_MAX];

	dg_strbuf_add(b, dg_addr_text(&k->address, k->family, text));
}

static void
say_prefix(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f,
    const char *what)
{
	uint64_t all = f->is_client_prefix ? f->clients_all : f->servers_all;
	char text[DG_ADDR_TEXT_MAX], number[DG_NUMBER_WORDS_MAX];

	if (all > 1)
		dg_strbuf_addf(b, "%s %s in ", dg_number(all, number), what);
	dg_addr_text(&f->prefix, dg_finding_family(s, f), text);
	dg_strbuf_addf(b, "%s/%u", text, f->prefix_bits);
}

/* "A", "A and B", "A, B and C", "A, B and 5 more WHAT". */
static void
say_list(struct dg_strbuf *b, const struct dg_summary *s, const uint32_t *list, unsigned listed,
    uint64_t all, const char *what,
    void (*say)(struct dg_strbuf *, const struct dg_summary *, uint32_t))
{
	uint64_t count = all > listed ? all : listed;
	unsigned named = count <= NAMES_MAX && listed == count ? listed : NAMES_MAX - 1;
	char number[DG_NUMBER_WORDS_MAX];

	for (unsigned i = 0; i < named && i < listed; i++) {
		if (i > 0)
			dg_strbuf_add(b, i + 1 == count ? " and " : ", ");
		say(b, s, list[i]);
	}
	if (named < count)
		dg_strbuf_addf(b, " and %s more %s", dg_number(count - named, number), what);
}

void
dg_say_servers(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	if (f->has_prefix && !f->is_client_prefix)
		say_prefix(b, s, f, "servers");
	else if (f->server_count > 0)
		say_list(b, s, f->servers, f->server_count, f->servers_all, "servers",
		    dg_say_server);
}

void
dg_say_clients(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	if (f->has_prefix && f->is_client_prefix)
		say_prefix(b, s, f, "clients");
	else if (f->client_count > 0)
		say_list(
		    b, s, f->clients, f->client_count, f->clients_all, "clients", say_client);
}

/* Sets the bits of a set of ports such as "1-52,54-1023". */
static void
read_ports(const char *text, uint8_t bits[65536 / 8])
{
	while (text != NULL && *text != '\0') {
		unsigned first = 0, last = 0;
		int used = 0;

		if (sscanf(text, "%5u-%5u%n", &first, &last, &used) < 2 || used == 0) {
			if (sscanf(text, "%5u%n", &first, &used) < 1)
				return;
			last = first;
		}
		for (unsigned port = first; port <= last && port < 65536; port++)
			bits[port / 8] |= (uint8_t)(1u << port % 8);
		text += used;
		if (*text != ',')
			return;
		text++;
	}
}

static bool
has_port(const uint8_t bits[65536 / 8], unsigned port)
{
	return port < 65536 && (bits[port / 8] >> port % 8 & 1) != 0;
}

/* The runs of a set; the first few when there are many.  Gives how many ports it has. */
static unsigned
say_set(struct dg_strbuf *b, const uint8_t bits[65536 / 8])
{
	unsigned runs = 0, ports = 0;

	for (unsigned port = 0; port < 65536; port++) {
		unsigned last = port;

		if (!has_port(bits, port))
			continue;
		while (has_port(bits, last + 1))
			last++;
		ports += last - port + 1;
		if (runs < RANGES_MAX)
			dg_strbuf_addf(b, "%s%u", runs > 0 ? ", " : "", port);
		if (runs++ < RANGES_MAX && last > port)
			dg_strbuf_addf(b, "-%u", last);
		port = last;
	}
	if (runs > RANGES_MAX)
		dg_strbuf_addf(b, " and %u more", runs - RANGES_MAX);
	return ports;
}

void
dg_say_ports(struct dg_strbuf *b, const struct dg_finding *f)
{
	uint8_t all[65536 / 8] = {0}, except[65536 / 8] = {0};
	struct dg_strbuf set = {0};
	unsigned ports;

	/* With the exceptions put back: "1-1023 except 53", not "1-52,54-1023 except 53". */
	read_ports(f->within != NULL ? f->within : f->ports, all);
	if (f->within == NULL)
		read_ports(f->except, all);
	read_ports(f->except, except);
	ports = say_set(&set, all);
	dg_strbuf_add(&set, "");
	b->is_failed |= set.is_failed;
	if (ports > 0 && !set.is_failed)
		dg_strbuf_addf(b, "source port%s %s", ports == 1 ? "" : "s", set.text);
	else
		dg_strbuf_add(b, "certain source ports");
	dg_strbuf_fini(&set);
	if (f->within == NULL && f->except != NULL && f->except[0] != '\0') {
		dg_strbuf_add(b, " except ");
		(void)say_set(b, except);
	}
}

bool
dg_is_tcp_only(const struct dg_finding *f)
{
	return f->transports[DG_SIDE_TCP] && !f->transports[DG_SIDE_UDP];
}

void
dg_say_transport(struct dg_strbuf *b, const struct dg_finding *f)
{
	if (dg_is_tcp_only(f))
		dg_strbuf_add(b, " over TCP");
}

const char *
dg_share(uint64_t part, uint64_t whole, char text[DG_SHARE_TEXT_MAX])
{
	double share = whole > 0 ? 100.0 * (double)part / (double)whole : 0;

	if (part > 0 && share < 1)
		snprintf(text, DG_SHARE_TEXT_MAX, "less than 1 %%");
	else if (part < whole && share > 99)
		snprintf(text, DG_SHARE_TEXT_MAX, "over 99 %%");
	else
		snprintf(text, DG_SHARE_TEXT_MAX, "%.0f %%", share);
	return text;
}

const char *
dg_number(uint64_t n, char text[DG_NUMBER_WORDS_MAX])
{
	char digits[DG_NUMBER_WORDS_MAX];
	int length = snprintf(digits, sizeof digits, "%" PRIu64, n), out = 0;

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			text[out++] = ',';
		text[out++] = digits[i];
	}
	text[out] = '\0';
	return text;
}

void
dg_say_span(struct dg_strbuf *b, int64_t first_ns, int64_t last_ns)
{
	double seconds = (double)(last_ns - first_ns) / (double)DG_NS_PER_S;

	if (seconds < 600)
		dg_strbuf_addf(b, "%.1f s", seconds);
	else if (seconds < 2 * 3600)
		dg_strbuf_addf(b, "%.0f minutes", seconds / 60);
	else if (seconds < 2 * 86400)
		dg_strbuf_addf(b, "%.0f hours", seconds / 3600);
	else
		dg_strbuf_addf(b, "%.0f days", seconds / 86400);
}
