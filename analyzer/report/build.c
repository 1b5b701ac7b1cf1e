/*
 * build.c - what a person is shown of a report, and in which order.
 */
#include "report/build.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "decode/icmp.h"

#define SERVERS_SHOWN 10
#define CLIENTS_SHOWN 8
#define ICMP_SHOWN 12
#define INPUTS_SHOWN 8
#define SPAN_TEXT_MAX 48
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

static uint64_t
refused(const struct dg_counts *c)
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

/* The name of the link type, when it is one for all interfaces. */
static const char *
linktype_of(const struct dg_report_input *i)
{
	if (i->interface_count == 0)
		return "no interface";
	for (size_t n = 1; n < i->interface_count; n++) {
		if (i->interfaces[n].linktype_number != i->interfaces[0].linktype_number)
			return "several link types";
	}
	return i->interfaces[0].linktype;
}

static void
show_input(struct dg_doc *d, const struct dg_report_input *i)
{
	char frames[DG_NUMBER_TEXT_MAX];

	if (i->format == NULL) {
		dg_doc_line(d, "%s: not read", i->file);
		return;
	}
	dg_doc_line(d, "%s: %s%s%s, %s, %s frame%s%s", i->file, i->format,
	    i->compression != NULL ? " in " : "", i->compression != NULL ? i->compression : "",
	    linktype_of(i), dg_grouped(i->frames, frames), i->frames == 1 ? "" : "s",
	    i->problem != NULL ? ", with problems (see below)" : "");
}

/* "11.2 s", "27 minutes", "19 hours", "21 days": as exactly as anybody wants to know. */
static void
span_text(char text[SPAN_TEXT_MAX], double seconds)
{
	char days[DG_NUMBER_TEXT_MAX];

	if (seconds < 600)
		snprintf(text, SPAN_TEXT_MAX, "%.1f s", seconds);
	else if (seconds < 2 * 3600)
		snprintf(text, SPAN_TEXT_MAX, "%.0f minutes", seconds / 60);
	else if (seconds < 2 * 86400)
		snprintf(text, SPAN_TEXT_MAX, "%.0f hours", seconds / 3600);
	else
		snprintf(text, SPAN_TEXT_MAX, "%s days",
		    dg_grouped((uint64_t)(seconds / 86400), days));
}

static void
show_period(struct dg_doc *d, const struct dg_report *r)
{
	char first[DG_TIME_TEXT_MAX], last[DG_TIME_TEXT_MAX], span[SPAN_TEXT_MAX];
	int64_t first_ns, last_ns;

	if (!dg_report_times(r, &first_ns, &last_ns)) {
		dg_doc_line(d, "no frames at all");
		return;
	}
	dg_time_text(first_ns, first);
	dg_time_text(last_ns, last);
	span_text(span, (double)(last_ns - first_ns) / 1e9);
	/* To the second: the rest is in the JSON. */
	dg_doc_line(
	    d, "%.10s %.8s to %.10s %.8s UTC, %s", first, first + 11, last, last + 11, span);
}

/* "61 transactions in 55 queries, 3 of them resent, and 6 vain attempts to connect". */
static void
show_transactions(struct dg_doc *d, const struct dg_report *r)
{
	const struct dg_message_ledger *m = &r->summary->quality.correlate.messages;
	uint64_t transactions = dg_side_all(&r->summary->all).transactions;
	uint64_t queries = m->queries + m->resends;
	uint64_t attempts = transactions > m->queries ? transactions - m->queries : 0;
	char number[3][DG_NUMBER_TEXT_MAX];
	struct dg_strbuf more = {0};

	if (transactions == 0) {
		dg_doc_line(d, "no transaction: no query was seen, and no attempt to connect");
		return;
	}
	if (m->resends > 0)
		dg_strbuf_addf(&more, ", %s of them resent", dg_grouped(m->resends, number[0]));
	if (attempts > 0)
		dg_strbuf_addf(&more, "%s and %s vain attempt%s to connect",
		    m->resends > 0 ? "," : "", dg_grouped(attempts, number[0]),
		    attempts == 1 ? "" : "s");
	dg_strbuf_add(&more, "");
	d->is_failed |= more.is_failed;
	if (!more.is_failed)
		dg_doc_line(d, "%s transaction%s in %s quer%s%s; timeout %g s",
		    dg_grouped(transactions, number[1]), transactions == 1 ? "" : "s",
		    dg_grouped(queries, number[2]), queries == 1 ? "y" : "ies", more.text,
		    (double)r->timeout_ns / 1e9);
	dg_strbuf_fini(&more);
}

static void
build_captured(struct dg_doc *d, const struct dg_report *r)
{
	dg_doc_section(d, "What was captured");
	for (size_t i = 0; i < r->input_count && i < INPUTS_SHOWN; i++)
		show_input(d, &r->inputs[i]);
	if (r->input_count > INPUTS_SHOWN)
		dg_doc_line(d, "and %zu more files", r->input_count - INPUTS_SHOWN);
	show_period(d, r);
	show_transactions(d, r);
	if (!r->is_complete)
		dg_doc_line(d, "NOT COMPLETE: not everything could be read");
}

static const struct dg_column range_columns[] = {
    {"client port", DG_ALIGN_LEFT},
    {"asked", DG_ALIGN_RIGHT},
    {"reached", DG_ALIGN_RIGHT},
    {"silent", DG_ALIGN_RIGHT},
    {"refused", DG_ALIGN_RIGHT},
    {"undecided", DG_ALIGN_RIGHT},
    {"reached", DG_ALIGN_BAR},
    {"", DG_ALIGN_RIGHT},
};

static void
range_row(struct dg_doc *d, const struct dg_counts *c)
{
	struct dg_ratio ratio = dg_ratio_make(c);
	char text[DG_NUMBER_TEXT_MAX];

	number_or_dash(d, c->transactions);
	number_or_dash(d, ratio.reached);
	number_or_dash(d, dg_counts_silent(c));
	number_or_dash(d, refused(c));
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

/* The worst first: by what did not reach, then by what was asked. */
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

static const struct dg_column server_columns[] = {
    {"server", DG_ALIGN_LEFT},
    {"asked", DG_ALIGN_RIGHT},
    {"well-known", DG_ALIGN_RIGHT},
    {"registered", DG_ALIGN_RIGHT},
    {"ephemeral", DG_ALIGN_RIGHT},
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
			dg_doc_cell(d, "%s/%s %5s", dg_grouped(ratio.reached, reached),
			    dg_grouped(ratio.decided, decided), share);
	}
}

static void
server_row(struct dg_doc *d, const struct dg_server_summary *s)
{
	static const char *const side_names[DG_SIDE_COUNT] = {"udp", "tcp"};
	bool has_both = s->has_side[DG_SIDE_UDP] && s->has_side[DG_SIDE_TCP];
	const char *transport = s->has_side[DG_SIDE_UDP] ? "" : " tcp";
	char address[DG_ADDR_TEXT_MAX];

	dg_addr_text(&s->key.address, s->key.family, address);
	if (s->key.port == 53)
		dg_doc_cell(d, "%s%s", address, transport);
	else
		dg_doc_cell(d, "%s#%u%s", address, s->key.port, transport);
	side_cells(d, &s->all);
	for (int side = 0; has_both && side < DG_SIDE_COUNT; side++) {
		dg_doc_cell(d, "  %s", side_names[side]);
		side_cells(d, &s->sides[side]);
	}
}

static void
build_servers(struct dg_doc *d, const struct dg_summary *s)
{
	const struct dg_server_summary **order = calloc(s->server_count + 1, sizeof(*order));
	size_t shown = s->server_count < SERVERS_SHOWN ? s->server_count : SERVERS_SHOWN;

	if (order == NULL) {
		d->is_failed = true;
		return;
	}
	for (size_t i = 0; i < s->server_count; i++)
		order[i] = &s->servers[i];
	qsort(order, s->server_count, sizeof(*order), compare_worst);
	if (shown > 0) {
		dg_doc_section(
		    d, "Servers, the worst first: reached of decided, by client port");
		dg_doc_table(d, server_columns, LENGTH(server_columns));
	}
	for (size_t i = 0; i < shown; i++)
		server_row(d, order[i]);
	if (shown < s->server_count)
		dg_doc_line(d, "and %zu more", s->server_count - shown);
	free(order);
}

/* A sentence: the addresses of IPv6 would burst a table. */
static void
icmp_item(struct dg_doc *d, const struct dg_icmp_row *row)
{
	const struct dg_icmp_key *k = &row->key;
	char sender[DG_ADDR_TEXT_MAX], server[DG_ADDR_TEXT_MAX];
	char errors[DG_NUMBER_TEXT_MAX], transactions[DG_NUMBER_TEXT_MAX];
	uint64_t count = 0;
	bool is_itself;

	for (int r = 0; r < DG_RANGE_COUNT; r++)
		count += row->transactions[r];
	dg_addr_text(&k->sender, k->family, sender);
	dg_addr_text(&k->server, k->family, server);
	is_itself = strcmp(sender, server) == 0;
	dg_doc_item(d, "%s says %s about %s %s: %s error%s, %s transaction%s", sender,
	    dg_icmp_name(k->family, k->type, k->code),
	    k->about == DG_ABOUT_REPLY ? "replies from" : "queries to",
	    is_itself ? "itself" : server, dg_grouped(row->count, errors),
	    row->count == 1 ? "" : "s", dg_grouped(count, transactions), count == 1 ? "" : "s");
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
	for (size_t i = 0; i < shown; i++)
		icmp_item(d, *order[i]);
	if (shown < s->icmp_count)
		dg_doc_line(d, "and %zu more kinds", s->icmp_count - shown);
	free(order);
}

static const struct dg_column client_columns[] = {
    {"client", DG_ALIGN_LEFT},
    {"asked", DG_ALIGN_RIGHT},
    {"ports", DG_ALIGN_RIGHT},
    {"distinct", DG_ALIGN_RIGHT},
    {"spread", DG_ALIGN_LEFT},
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
		dg_doc_line(d, "and %zu more", s->client_count - shown);
	free(order);
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
		dg_doc_item(d, "%s", w->texts[i]);
	if (w->count == 0)
		dg_doc_line(d, "nothing that the capture shows");
	dg_warnings_free(w);
}

void
dg_build(struct dg_doc *d, const struct dg_report *r)
{
	dg_doc_section(d, NULL);
	dg_doc_line(d, "dnsgap %s: DNS outcomes by client source port", r->version);
	dg_build_findings(d, r);
	build_captured(d, r);
	build_ranges(d, r->summary);
	build_servers(d, r->summary);
	dg_build_wire(d, r->summary);
	build_icmp(d, r->summary);
	build_clients(d, r->summary);
	dg_build_servfail(d, r->summary, r->servfail);
	build_weaknesses(d, r);
}
