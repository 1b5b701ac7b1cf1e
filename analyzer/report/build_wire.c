/*
 * build_wire.c - what a person is shown of TCP, fragments and tunnels, and of what servers
 * say in EDNS.  What the capture has none of is left out.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "report/build.h"

#define FRAGMENT_ROWS_SHOWN 8
#define EDNS_ITEMS_SHOWN 12
#define TUNNELS_TEXT_MAX 512
#define LENGTH(list) (sizeof(list) / sizeof *(list))

const char *
dg_grouped(uint64_t n, char text[DG_NUMBER_TEXT_MAX])
{
	char digits[DG_NUMBER_TEXT_MAX];
	int length = snprintf(digits, sizeof digits, "%" PRIu64, n);
	int out = 0;

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			text[out++] = ',';
		text[out++] = digits[i];
	}
	text[out] = '\0';
	return text;
}

static const char *
plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* What came of transactions without a reply: "in vain: 8 refused, 70 never made". */
static void
show_tcp_ends(struct dg_doc *d, const struct dg_counts *c)
{
	static const struct {
		enum dg_outcome outcome;
		const char *text;
	} ends[] = {{DG_OUTCOME_TCP_REFUSED, "refused"},
	    {DG_OUTCOME_TCP_NO_CONNECTION, "never made"}, {DG_OUTCOME_TCP_RESET, "reset"},
	    {DG_OUTCOME_TCP_CLOSED, "closed early"}};
	char number[DG_NUMBER_TEXT_MAX];
	struct dg_strbuf b = {0};

	for (size_t i = 0; i < LENGTH(ends); i++) {
		if (c->outcomes[ends[i].outcome] > 0)
			dg_strbuf_addf(&b, "%s%s %s", b.size > 0 ? ", " : "",
			    dg_grouped(c->outcomes[ends[i].outcome], number), ends[i].text);
	}
	d->is_failed |= b.is_failed;
	if (b.size > 0 && !b.is_failed)
		dg_doc_line(d, "in vain: %s", b.text);
	dg_strbuf_fini(&b);
}

static void
build_tcp(struct dg_doc *d, const struct dg_summary *s)
{
	const struct dg_stream_stats *t = &s->quality.tcp;
	uint64_t retries = s->quality.correlate.retries_linked;
	struct dg_counts all = dg_side_all(&s->all);
	char connections[DG_NUMBER_TEXT_MAX], messages[DG_NUMBER_TEXT_MAX];
	char segments[DG_NUMBER_TEXT_MAX], number[DG_NUMBER_TEXT_MAX];

	if (t->segments == 0)
		return;
	dg_doc_section(d, "TCP");
	dg_doc_line(d, "%s message%s in %s connection%s and %s segment%s",
	    dg_grouped(t->messages, messages), plural(t->messages),
	    dg_grouped(t->connections, connections), plural(t->connections),
	    dg_grouped(t->segments, segments), plural(t->segments));
	show_tcp_ends(d, &all);
	if (retries > 0)
		dg_doc_line(d, "%s truncated repl%s over UDP, and the client asked again",
		    dg_grouped(retries, number), retries == 1 ? "y came" : "ies came");
}

static const struct dg_column fragment_columns[] = {
    {"sender", DG_ALIGN_LEFT, DG_TONE_NONE, NULL},
    {"of what", DG_ALIGN_LEFT, DG_TONE_NONE, NULL},
    {"whole", DG_ALIGN_RIGHT, DG_TONE_NONE, NULL},
    {"incomplete", DG_ALIGN_RIGHT, DG_TONE_NONE, NULL},
    {"refused", DG_ALIGN_RIGHT, DG_TONE_NONE, NULL},
};

/* The worst first: by what did not come whole, then by what came. */
static int
compare_pieces(const void *a, const void *b)
{
	const struct dg_pieces_row *x = **(const struct dg_pieces_row *const *const *)a;
	const struct dg_pieces_row *y = **(const struct dg_pieces_row *const *const *)b;
	uint64_t lost_x = x->ends[DG_FRAG_INCOMPLETE] + x->ends[DG_FRAG_REFUSED];
	uint64_t lost_y = y->ends[DG_FRAG_INCOMPLETE] + y->ends[DG_FRAG_REFUSED];

	if (lost_x != lost_y)
		return lost_x > lost_y ? -1 : 1;
	if (x->ends[DG_FRAG_WHOLE] != y->ends[DG_FRAG_WHOLE])
		return x->ends[DG_FRAG_WHOLE] > y->ends[DG_FRAG_WHOLE] ? -1 : 1;
	return *(const void *const *)a < *(const void *const *)b ? -1 : 1;
}

static void
fragment_row(struct dg_doc *d, const struct dg_pieces_row *row)
{
	static const char *const what[] = {[DG_PIECES_UNKNOWN] = "not known",
	    [DG_PIECES_QUERY] = "queries",
	    [DG_PIECES_REPLY] = "replies"};
	static const enum dg_frag_end ends[] = {
	    DG_FRAG_WHOLE, DG_FRAG_INCOMPLETE, DG_FRAG_REFUSED};
	char sender[DG_ADDR_TEXT_MAX], number[DG_NUMBER_TEXT_MAX];

	dg_doc_cell(d, "%s", dg_addr_text(&row->key.sender, row->key.family, sender));
	if (row->key.port == 53 || row->key.about == DG_PIECES_UNKNOWN)
		dg_doc_cell(d, "%s", what[row->key.about]);
	else
		dg_doc_cell(d, "%s #%u", what[row->key.about], row->key.port);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		uint64_t count = row->ends[ends[i]];

		dg_doc_cell(d, "%s", count == 0 ? "-" : dg_grouped(count, number));
	}
}

static void
build_fragments(struct dg_doc *d, const struct dg_summary *s)
{
	const struct dg_pieces_row *const **order = calloc(s->piece_count + 1, sizeof(*order));
	size_t shown =
	    s->piece_count < FRAGMENT_ROWS_SHOWN ? s->piece_count : FRAGMENT_ROWS_SHOWN;

	if (order == NULL) {
		d->is_failed = true;
		return;
	}
	for (size_t i = 0; i < s->piece_count; i++)
		order[i] = &s->pieces[i];
	qsort(order, s->piece_count, sizeof(*order), compare_pieces);
	if (shown > 0) {
		dg_doc_section(d, "Datagrams in fragments, the worst first");
		dg_doc_table(d, fragment_columns, LENGTH(fragment_columns));
	}
	for (size_t i = 0; i < shown; i++)
		fragment_row(d, *order[i]);
	if (shown < s->piece_count)
		dg_doc_line(d, "and %zu more, all in the JSON report", s->piece_count - shown);
	free(order);
}

static void
build_tunnels(struct dg_doc *d, const struct dg_quality *q)
{
	char text[TUNNELS_TEXT_MAX] = "", frames[DG_NUMBER_TEXT_MAX];
	size_t size = 0;

	for (unsigned t = 0; t < DG_TUNNEL_COUNT && size < sizeof text; t++) {
		if (q->tunnels[t] > 0)
			size += (size_t)snprintf(text + size, sizeof text - size, "%s%s %s",
			    size > 0 ? ", " : "", dg_tunnel_name(t),
			    dg_grouped(q->tunnels[t], frames));
	}
	if (size == 0)
		return;
	dg_doc_section(d, "Tunnels that were looked into");
	dg_doc_line(d, "frames in each: %s", text);
}

/* The items of a server; `left` is how many may still be shown. */
static void
edns_items(struct dg_doc *d, const struct dg_server_summary *s, unsigned *left)
{
	const struct dg_options *o = s->options;
	char server[DG_ADDR_TEXT_MAX], count[DG_NUMBER_TEXT_MAX];

	dg_addr_text(&s->key.address, s->key.family, server);
	for (unsigned i = 0; i < o->ede_count && *left != 0; i++, --*left) {
		const char *name = dg_ede_name(o->ede[i].code);

		dg_doc_item(d, "%s says %" PRIu16 " %s: %s repl%s", server, o->ede[i].code,
		    name != NULL ? name : "(a code without a name)",
		    dg_grouped(o->ede[i].count, count), o->ede[i].count == 1 ? "y" : "ies");
	}
	for (unsigned i = 0; i < o->nsid_count && *left != 0; i++, --*left) {
		struct dg_strbuf bytes = {0}, id = {0};

		dg_escape_bytes(&bytes, o->nsid[i].bytes, o->nsid[i].length);
		dg_strbuf_add(&bytes, "");
		if (!bytes.is_failed)
			dg_doc_code(&id, bytes.text);
		id.is_failed |= bytes.is_failed;
		dg_strbuf_fini(&bytes);
		d->is_failed |= id.is_failed;
		if (!id.is_failed)
			dg_doc_item(d, "%s calls itself %s: %s repl%s", server, id.text,
			    dg_grouped(o->nsid[i].count, count),
			    o->nsid[i].count == 1 ? "y" : "ies");
		dg_strbuf_fini(&id);
	}
}

static void
build_edns(struct dg_doc *d, const struct dg_summary *s)
{
	unsigned left = EDNS_ITEMS_SHOWN;
	uint64_t items = 0;

	for (size_t i = 0; i < s->server_count; i++) {
		const struct dg_options *o = s->servers[i].options;

		if (o == NULL || o->ede_count + o->nsid_count == 0)
			continue;
		if (items == 0)
			dg_doc_section(d, "What servers say of themselves (EDNS)");
		items += o->ede_count + o->nsid_count;
		edns_items(d, &s->servers[i], &left);
	}
	if (items > EDNS_ITEMS_SHOWN)
		dg_doc_line(d, "and %" PRIu64 " more, all in the JSON report",
		    items - EDNS_ITEMS_SHOWN);
}

void
dg_build_wire(struct dg_doc *d, const struct dg_summary *s)
{
	build_tcp(d, s);
	build_fragments(d, s);
	build_tunnels(d, &s->quality);
	build_edns(d, s);
}
