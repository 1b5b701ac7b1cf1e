/*
 * build.c - what a person is shown of a report, and in which order.
 */
#include "report/build.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode/icmp.h"

#define SERVERS_SHOWN 10
#define CLIENTS_SHOWN 8
#define ICMP_SHOWN 12
#define LENGTH(list) (sizeof(list) / sizeof *(list))

static void
number(struct dg_doc *d, uint64_t n)
{
	char text[DG_NUMBER_TEXT_MAX];

	dg_doc_cell(d, "%s", dg_grouped(n, text));
}

/* "412", or "-" for none, so that what there is stands out. */
static void
number_or_dash(struct dg_doc *d, uint64_t n)
{
	if (n == 0)
		dg_doc_cell(d, "-");
	else
		number(d, n);
}

uint64_t
dg_counts_refused(const struct dg_counts *c)
{
	return c->outcomes[DG_OUTCOME_ICMP_ERROR] + c->outcomes[DG_OUTCOME_TCP_REFUSED] +
	    c->outcomes[DG_OUTCOME_TCP_RESET] + c->outcomes[DG_OUTCOME_TCP_CLOSED];
}

void
dg_percent(char text[DG_NUMBER_TEXT_MAX], uint64_t part, uint64_t whole)
{
	double share = whole > 0 ? 100.0 * (double)part / (double)whole : 0;

	if (whole == 0)
		snprintf(text, DG_NUMBER_TEXT_MAX, "-");
	else if (part > 0 && share < 1)
		snprintf(text, DG_NUMBER_TEXT_MAX, "<1 %%");
	else if (part < whole && share > 99)
		snprintf(text, DG_NUMBER_TEXT_MAX, ">99 %%");
	else
		snprintf(text, DG_NUMBER_TEXT_MAX, "%.0f %%", share);
}

static const struct dg_column range_columns[] = {
    {"client port", DG_ALIGN_LEFT, DG_TONE_NONE, NULL},
    {"asked", DG_ALIGN_RIGHT, DG_TONE_NONE, NULL},
    {"reached", DG_ALIGN_RIGHT, DG_TONE_GOOD, NULL},
    {"silent", DG_ALIGN_RIGHT, DG_TONE_BAD, NULL},
    {"refused", DG_ALIGN_RIGHT, DG_TONE_DOUBT, NULL},
    {"undecided", DG_ALIGN_RIGHT, DG_TONE_NONE, NULL},
    {"reached", DG_ALIGN_BAR, DG_TONE_GOOD, NULL},
    {"", DG_ALIGN_RIGHT, DG_TONE_NONE, "reached of decided"},
};

static void
range_row(struct dg_doc *d, const struct dg_counts *c)
{
	struct dg_ratio ratio = dg_ratio_make(c);
	char text[DG_NUMBER_TEXT_MAX];

	number_or_dash(d, c->transactions);
	number_or_dash(d, ratio.reached);
	number_or_dash(d, dg_counts_silent(c));
	number_or_dash(d, dg_counts_refused(c));
	number_or_dash(d, c->outcomes[DG_OUTCOME_UNDECIDED]);
	dg_doc_bar(d, ratio.decided > 0 ? ratio.value : -1);
	dg_percent(text, ratio.reached, ratio.decided);
	dg_doc_cell(d, "%s", text);
}

static void
build_ranges(struct dg_doc *d, const struct dg_summary *s)
{
	if (dg_side_all(&s->all).transactions == 0)
		return;
	dg_doc_section(d, "By the client's source port");
	dg_doc_table(d, range_columns, LENGTH(range_columns));
	for (unsigned r = 0; r < DG_RANGE_COUNT; r++) {
		const struct dg_range_facts *f = dg_range_facts(r);
		struct dg_counts c = dg_side_range(&s->all, r);

		dg_doc_cell(d, "%s", f->name);
		range_row(d, &c);
		for (unsigned p = f->first_part; p <= f->last_part; p++) {
			c = dg_side_part(&s->all, p);
			if (c.transactions == 0)
				continue;
			dg_doc_cell(d, "  %s", dg_part_ports(p));
			range_row(d, &c);
		}
	}
}

static int
compare_worst(const void *a, const void *b)
{
	const struct dg_server_summary *x = *(const struct dg_server_summary *const *)a;
	const struct dg_server_summary *y = *(const struct dg_server_summary *const *)b;
	struct dg_counts cx = dg_side_all(&x->all), cy = dg_side_all(&y->all);
	uint64_t lost_x = dg_counts_decided(&cx) - dg_counts_reached(&cx);
	uint64_t lost_y = dg_counts_decided(&cy) - dg_counts_reached(&cy);

	if (lost_x != lost_y)
		return lost_x > lost_y ? -1 : 1;
	if (cx.transactions != cy.transactions)
		return cx.transactions > cy.transactions ? -1 : 1;
	return x < y ? -1 : x > y;
}

const struct dg_server_summary **
dg_servers_worst(const struct dg_summary *s)
{
	const struct dg_server_summary **order = calloc(s->server_count + 1, sizeof(*order));

	for (size_t i = 0; order != NULL && i < s->server_count; i++)
		order[i] = &s->servers[i];
	if (order != NULL)
		qsort(order, s->server_count, sizeof(*order), compare_worst);
	return order;
}

const char *
dg_server_text(const struct dg_server_summary *s, char text[DG_SERVER_TEXT_MAX])
{
	const char *transport = s->has_side[DG_SIDE_UDP] ? "" : " tcp";
	char address[DG_ADDR_TEXT_MAX];

	dg_addr_text(&s->key.address, s->key.family, address);
	if (s->key.port == 53)
		snprintf(text, DG_SERVER_TEXT_MAX, "%s%s", address, transport);
	else
		snprintf(text, DG_SERVER_TEXT_MAX, "%s#%u%s", address, s->key.port, transport);
	return text;
}

static const struct dg_column server_columns[] = {
    {"server", DG_ALIGN_LEFT, DG_TONE_NONE, NULL},
    {"asked", DG_ALIGN_RIGHT, DG_TONE_NONE, NULL},
    {"well-known", DG_ALIGN_RIGHT, DG_TONE_NONE, "from well-known ports"},
    {"registered", DG_ALIGN_RIGHT, DG_TONE_NONE, "from registered ports"},
    {"ephemeral", DG_ALIGN_RIGHT, DG_TONE_NONE, "from ephemeral ports"},
};

/* What was asked and what reached, of a server or of one of its transports. */
static void
side_cells(struct dg_doc *d, const struct dg_side *side)
{
	number(d, dg_side_all(side).transactions);
	for (unsigned r = 0; r < DG_RANGE_COUNT; r++) {
		struct dg_counts c = dg_side_range(side, r);
		struct dg_ratio ratio = dg_ratio_make(&c);
		char share[DG_NUMBER_TEXT_MAX], reached[DG_NUMBER_TEXT_MAX],
		    decided[DG_NUMBER_TEXT_MAX];

		dg_percent(share, ratio.reached, ratio.decided);
		if (c.transactions == 0)
			dg_doc_cell(d, "-");
		else if (ratio.decided == 0)
			dg_doc_cell(d, "undecided");
		else
			dg_doc_cell(d,
			    d->shown == DG_SHOWN_DOCUMENT ? "%s/%s (%s)" : "%s/%s %5s",
			    dg_grouped(ratio.reached, reached),
			    dg_grouped(ratio.decided, decided), share);
	}
}

static void
server_row(struct dg_doc *d, const struct dg_server_summary *s)
{
	static const char *const side_names[DG_SIDE_COUNT] = {"udp", "tcp"};
	bool has_both = s->has_side[DG_SIDE_UDP] && s->has_side[DG_SIDE_TCP];
	char name[DG_SERVER_TEXT_MAX];

	dg_doc_cell(d, "%s", dg_server_text(s, name));
	side_cells(d, &s->all);
	for (int side = 0; has_both && side < DG_SIDE_COUNT; side++) {
		dg_doc_cell(d, "  %s", side_names[side]);
		side_cells(d, &s->sides[side]);
	}
}

static void
build_servers(struct dg_doc *d, const struct dg_summary *s)
{
	/* Shares stand below each other on a terminal, and in brackets elsewhere. */
	static const enum dg_shown forms[] = {DG_SHOWN_TERMINAL, DG_SHOWN_DOCUMENT};
	const struct dg_server_summary **order = dg_servers_worst(s);
	size_t shown = s->server_count < SERVERS_SHOWN ? s->server_count : SERVERS_SHOWN;

	if (order == NULL) {
		d->is_failed = true;
		return;
	}
	if (shown > 0)
		dg_doc_section(
		    d, "Servers, the worst first: reached of decided, by client port");
	for (size_t form = 0; shown > 0 && form < LENGTH(forms); form++) {
		dg_doc_for(d, forms[form]);
		dg_doc_table(d, server_columns, LENGTH(server_columns));
		for (size_t i = 0; i < shown; i++)
			server_row(d, order[i]);
	}
	dg_doc_for(d, DG_SHOWN_ALWAYS);
	if (shown < s->server_count)
		dg_doc_line(d, "and %zu more, all in the JSON report", s->server_count - shown);
	free(order);
}

static uint64_t
icmp_transactions(const struct dg_icmp_row *row)
{
	uint64_t count = 0;

	for (int r = 0; r < DG_RANGE_COUNT; r++)
		count += row->transactions[r];
	return count;
}

/* A sentence: on a terminal the addresses of IPv6 would burst a table. */
static void
icmp_item(struct dg_doc *d, const struct dg_icmp_row *row)
{
	const struct dg_icmp_key *k = &row->key;
	char sender[DG_ADDR_TEXT_MAX], server[DG_ADDR_TEXT_MAX];
	char errors[DG_NUMBER_TEXT_MAX], transactions[DG_NUMBER_TEXT_MAX];
	uint64_t count = icmp_transactions(row);
	bool is_itself;

	dg_addr_text(&k->sender, k->family, sender);
	dg_addr_text(&k->server, k->family, server);
	is_itself = strcmp(sender, server) == 0;
	dg_doc_item(d, "%s says %s about %s %s: %s error%s, %s transaction%s", sender,
	    dg_icmp_name(k->family, k->type, k->code),
	    k->about == DG_ABOUT_REPLY ? "replies from" : "queries to",
	    is_itself ? "itself" : server, dg_grouped(row->count, errors),
	    row->count == 1 ? "" : "s", dg_grouped(count, transactions), count == 1 ? "" : "s");
}

static const struct dg_column icmp_columns[] = {
    {"sender", DG_ALIGN_LEFT, DG_TONE_NONE, NULL},
    {"says", DG_ALIGN_LEFT, DG_TONE_NONE, NULL},
    {"about", DG_ALIGN_LEFT, DG_TONE_NONE, NULL},
    {"server", DG_ALIGN_LEFT, DG_TONE_NONE, NULL},
    {"errors", DG_ALIGN_RIGHT, DG_TONE_BAD, NULL},
    {"transactions", DG_ALIGN_RIGHT, DG_TONE_NONE, NULL},
};

static void
icmp_row(struct dg_doc *d, const struct dg_icmp_row *row)
{
	const struct dg_icmp_key *k = &row->key;
	char address[DG_ADDR_TEXT_MAX];

	dg_doc_cell(d, "%s", dg_addr_text(&k->sender, k->family, address));
	dg_doc_cell(d, "%s (type %u code %u)", dg_icmp_name(k->family, k->type, k->code),
	    k->type, k->code);
	dg_doc_cell(d, "%s", k->about == DG_ABOUT_REPLY ? "replies from" : "queries to");
	dg_doc_cell(d, "%s", dg_addr_text(&k->server, k->family, address));
	number(d, row->count);
	number(d, icmp_transactions(row));
}

static int
compare_most(const void *a, const void *b)
{
	const struct dg_icmp_row *x = **(const struct dg_icmp_row *const *const *)a;
	const struct dg_icmp_row *y = **(const struct dg_icmp_row *const *const *)b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return *(const void *const *)a < *(const void *const *)b ? -1 : 1;
}

static void
build_icmp(struct dg_doc *d, const struct dg_summary *s)
{
	const struct dg_icmp_row *const **order = calloc(s->icmp_count + 1, sizeof(*order));
	size_t shown = s->icmp_count < ICMP_SHOWN ? s->icmp_count : ICMP_SHOWN;

	if (order == NULL) {
		d->is_failed = true;
		return;
	}
	for (size_t i = 0; i < s->icmp_count; i++)
		order[i] = &s->icmp[i];
	qsort(order, s->icmp_count, sizeof(*order), compare_most);
	if (shown > 0)
		dg_doc_section(d, "ICMP errors");
	dg_doc_for(d, DG_SHOWN_TERMINAL);
	for (size_t i = 0; i < shown; i++)
		icmp_item(d, *order[i]);
	dg_doc_for(d, DG_SHOWN_DOCUMENT);
	if (shown > 0)
		dg_doc_table(d, icmp_columns, LENGTH(icmp_columns));
	for (size_t i = 0; i < shown; i++)
		icmp_row(d, *order[i]);
	dg_doc_for(d, DG_SHOWN_ALWAYS);
	if (shown < s->icmp_count)
		dg_doc_line(
		    d, "and %zu more kinds, all in the JSON report", s->icmp_count - shown);
	free(order);
}

static const struct dg_column client_columns[] = {
    {"client", DG_ALIGN_LEFT, DG_TONE_NONE, NULL},
    {"asked", DG_ALIGN_RIGHT, DG_TONE_NONE, NULL},
    {"ports", DG_ALIGN_RIGHT, DG_TONE_NONE, "source ports"},
    {"distinct", DG_ALIGN_RIGHT, DG_TONE_NONE, "different ones"},
    {"spread", DG_ALIGN_LEFT, DG_TONE_NONE, NULL},
};

static int
compare_busiest(const void *a, const void *b)
{
	const struct dg_client_summary *x = *(const struct dg_client_summary *const *)a;
	const struct dg_client_summary *y = *(const struct dg_client_summary *const *)b;

	if (x->counts.transactions != y->counts.transactions)
		return x->counts.transactions > y->counts.transactions ? -1 : 1;
	return x < y ? -1 : x > y;
}

static void
build_clients(struct dg_doc *d, const struct dg_summary *s)
{
	const struct dg_client_summary **order = calloc(s->client_count + 1, sizeof(*order));
	size_t shown = s->client_count < CLIENTS_SHOWN ? s->client_count : CLIENTS_SHOWN;

	if (order == NULL) {
		d->is_failed = true;
		return;
	}
	for (size_t i = 0; i < s->client_count; i++)
		order[i] = &s->clients[i];
	qsort(order, s->client_count, sizeof(*order), compare_busiest);
	if (shown > 0) {
		dg_doc_section(d, "Clients, the busiest first, and their source ports");
		dg_doc_table(d, client_columns, LENGTH(client_columns));
	}
	for (size_t i = 0; i < shown; i++) {
		const struct dg_profile *p = &order[i]->profile;
		char address[DG_ADDR_TEXT_MAX];

		dg_doc_cell(d, "%s",
		    dg_addr_text(&order[i]->key.address, order[i]->key.family, address));
		number(d, order[i]->counts.transactions);
		dg_doc_cell(d, "%u-%u", p->lowest, p->highest);
		number(d, p->distinct);
		dg_doc_cell(d, "%s",
		    p->is_fixed             ? "fixed"
			: p->rating != NULL ? p->rating
					    : "-");
	}
	if (shown > 0 && shown < s->client_count)
		dg_doc_line(d, "and %zu more, all in the JSON report", s->client_count - shown);
	free(order);
}

/* It may hold a file's name, and with it what marks a word. */
static void
warning_item(struct dg_doc *d, const char *text)
{
	struct dg_strbuf b = {0};

	dg_strbuf_add(&b, "");
	for (const char *p = text; *p != '\0'; p++) {
		if (iscntrl((unsigned char)*p))
			dg_strbuf_addf(&b, "\\x%02x", (unsigned char)*p);
		else
			dg_strbuf_add_bytes(&b, p, 1);
	}
	d->is_failed |= b.is_failed;
	if (!b.is_failed)
		dg_doc_item(d, "%s", b.text);
	dg_strbuf_fini(&b);
}

static void
build_weaknesses(struct dg_doc *d, const struct dg_report *r)
{
	struct dg_warnings *w = dg_warnings_make(r);

	if (w == NULL) {
		d->is_failed = true;
		return;
	}
	dg_doc_section(d, "What weakens this result");
	for (size_t i = 0; i < w->count; i++)
		warning_item(d, w->texts[i]);
	if (w->count == 0)
		dg_doc_line(d, "nothing that the capture shows");
	dg_warnings_free(w);
}

/* For a reader who never heard of the program. */
static void
build_about(struct dg_doc *d, const struct dg_report *r)
{
	dg_doc_section(d, "About this report");
	dg_doc_for(d, DG_SHOWN_DOCUMENT);
	dg_doc_line(d,
	    "Made by dnsgap %s, which only reads captures. It pairs each DNS query with its "
	    "reply or with the ICMP error that answered it, and counts by the client's source "
	    "port.",
	    r->version);
	dg_doc_line(d,
	    "A transaction is one query with all its resends. It reached the server and came "
	    "back (\"reached\") when a reply came, in time or late; \"silent\" means that "
	    "nothing came within %g s; \"undecided\" that the capture cannot tell, and then it "
	    "counts neither way.",
	    (double)r->timeout_ns / 1e9);
	dg_doc_for(d, DG_SHOWN_ALWAYS);
}

void
dg_build(struct dg_doc *d, const struct dg_report *r)
{
	dg_doc_section(d, NULL);
	dg_doc_for(d, DG_SHOWN_TERMINAL);
	dg_doc_line(d, "dnsgap %s: DNS outcomes by client source port", r->version);
	dg_doc_for(d, DG_SHOWN_ALWAYS);
	dg_build_verdict(d, r);
	dg_build_findings(d, r);
	dg_build_captured(d, r);
	build_ranges(d, r->summary);
	build_servers(d, r->summary);
	dg_build_wire(d, r->summary);
	build_icmp(d, r->summary);
	build_clients(d, r->summary);
	dg_build_servfail(d, r->summary, r->servfail);
	build_weaknesses(d, r);
	build_about(d, r);
}
