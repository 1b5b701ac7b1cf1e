/*
 * picture.c - which servers the pictures of the HTML report show, and what frames them.
 */
#include "report/picture.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "report/build.h"

struct ranked {
	uint32_t server;
	size_t finding; /* the first that names it, or SIZE_MAX */
	uint64_t lost;
	uint64_t asked;
};

static bool
has_prefix(const struct dg_addr *address, const struct dg_addr *prefix, unsigned bits)
{
	for (unsigned i = 0; i < bits && i < 128; i++) {
		unsigned mask = 0x80u >> i % 8;

		if (((address->bytes[i / 8] ^ prefix->bytes[i / 8]) & mask) != 0)
			return false;
	}
	return true;
}

bool
dg_picture_concerns(const struct dg_picture *p, const struct dg_finding *f, uint32_t server)
{
	const struct dg_summary *s = p->report->summary;

	if (server == DG_PICTURE_ALL)
		return f->servers_all == 0;
	for (unsigned i = 0; i < f->server_count; i++) {
		if (f->servers[i] == server)
			return true;
	}
	if (f->has_prefix && !f->is_client_prefix)
		return s->servers[server].key.family == dg_finding_family(s, f) &&
		    has_prefix(&s->servers[server].key.address, &f->prefix, f->prefix_bits);
	return f->servers_all == 0;
}

/* The first finding that says that something is wrong with a server; notes are passed over. */
static size_t
finding_of(const struct dg_picture *p, uint32_t server)
{
	const struct dg_diagnosis *d = p->report->diagnosis;

	for (size_t i = 0; d != NULL && i < d->findings.count; i++) {
		const struct dg_finding *f = d->findings.list[i];

		if (f->severity != DG_NOTE && f->servers_all > 0 &&
		    dg_picture_concerns(p, f, server))
			return i;
	}
	return SIZE_MAX;
}

static int
compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->finding != y->finding)
		return x->finding < y->finding ? -1 : 1;
	if (x->lost != y->lost)
		return x->lost > y->lost ? -1 : 1;
	if (x->asked != y->asked)
		return x->asked > y->asked ? -1 : 1;
	return x->server < y->server ? -1 : x->server > y->server;
}

/* Whether a server may stand beside the bad ones: it lost no more than one in a hundred. */
static bool
is_healthy(const struct ranked *r)
{
	return r->finding == SIZE_MAX && r->asked > 0 && r->lost <= r->asked / 100;
}

/* The busiest healthy server takes the last place that is shown, unless there is one. */
static void
bring_control(struct ranked *list, size_t count)
{
	struct ranked *last = &list[DG_PICTURE_SERVERS - 1], *best = NULL, control;

	if (count <= DG_PICTURE_SERVERS)
		return;
	for (size_t i = 0; i < count; i++) {
		if (!is_healthy(&list[i]))
			continue;
		if (i < DG_PICTURE_SERVERS)
			return;
		if (best == NULL || list[i].asked > best->asked)
			best = &list[i];
	}
	if (best == NULL)
		return;
	control = *best;
	for (struct ranked *at = best; at > last; at--)
		*at = at[-1];
	*last = control;
}

/* The caller frees it; NULL when memory ran out. */
static uint32_t *
order_servers(const struct dg_picture *p)
{
	const struct dg_summary *s = p->report->summary;
	struct ranked *list = calloc(s->server_count + 1, sizeof *list);
	uint32_t *order = calloc(s->server_count + 1, sizeof *order);

	if (list == NULL || order == NULL)
		goto fail;
	for (size_t i = 0; i < s->server_count; i++) {
		struct dg_counts c = dg_side_all(&s->servers[i].all);

		list[i] = (struct ranked){
		    .server = (uint32_t)i,
		    .finding = finding_of(p, (uint32_t)i),
		    .lost = dg_counts_decided(&c) - dg_counts_reached(&c),
		    .asked = c.transactions,
		};
	}
	qsort(list, s->server_count, sizeof *list, compare_ranked);
	bring_control(list, s->server_count);
	for (size_t i = 0; i < s->server_count; i++)
		order[i] = list[i].server;
	free(list);
	return order;

fail:
	free(list);
	free(order);
	return NULL;
}

const char *
dg_picture_who(const struct dg_picture *p, uint32_t server, char text[DG_PICTURE_WHO_MAX])
{
	const struct dg_server_key *k;
	char address[DG_ADDR_TEXT_MAX];

	if (server == DG_PICTURE_ALL) {
		snprintf(text, DG_PICTURE_WHO_MAX, "all servers");
		return text;
	}
	k = &p->report->summary->servers[server].key;
	dg_addr_text(&k->address, k->family, address);
	if (k->port == 53)
		snprintf(text, DG_PICTURE_WHO_MAX, "%s", address);
	else
		snprintf(text, DG_PICTURE_WHO_MAX, "%s#%u", address, k->port);
	return text;
}

void
dg_picture_begin(struct dg_picture *p, const char *title, const char *html)
{
	dg_strbuf_add(p->svg.out, "<section class=\"picture\">\n<h2>");
	dg_escape_html(p->svg.out, title);
	dg_strbuf_addf(p->svg.out, "</h2>\n<p class=\"legend\">%s</p>\n", html);
}

void
dg_picture_end(struct dg_picture *p)
{
	dg_strbuf_add(p->svg.out, "</section>\n");
}

void
dg_picture_row(struct dg_picture *p, const char *who, const char *words)
{
	dg_strbuf_add(p->svg.out, "<div class=\"row\">\n<p class=\"who\"><strong>");
	dg_escape_html(p->svg.out, who);
	dg_strbuf_add(p->svg.out, "</strong> <span>");
	dg_escape_html(p->svg.out, words);
	dg_strbuf_add(p->svg.out, "</span></p>\n<div class=\"drawn\">\n");
}

void
dg_picture_row_end(struct dg_picture *p)
{
	dg_strbuf_add(p->svg.out, "</div>\n</div>\n");
}

void
dg_picture_sampled(struct dg_picture *p)
{
	const struct dg_summary *s = p->report->summary;
	char number[DG_NUMBER_TEXT_MAX];

	if (s->trial_sample_log2 == 0)
		return;
	dg_strbuf_addf(p->svg.out,
	    "<p class=\"legend\">There were too many ports and times to keep: this is drawn "
	    "from an even sample, 1 of %s.</p>\n",
	    dg_grouped(UINT64_C(1) << s->trial_sample_log2, number));
}

/* Begins with the picture that shows best what the worst finding is about. */
static bool
draw_all(struct dg_picture *p)
{
	static bool (*const pictures[])(struct dg_picture *) = {
	    dg_picture_ports, dg_picture_matrix, dg_picture_time, dg_picture_latency};
	const size_t count = sizeof pictures / sizeof *pictures;
	const struct dg_diagnosis *d = p->report->diagnosis;
	enum dg_code code =
	    d != NULL && d->findings.count > 0 ? d->findings.list[0]->code : DG_CODE_COUNT;
	size_t first = code == DG_OUTAGE || code == DG_RATE_LIMITED ? 2
	    : code > DG_PORTS_HASH && code <= DG_LOSS_RANDOM        ? 1
								    : 0;

	if (!pictures[first](p))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (i != first && !pictures[i](p))
			return false;
	}
	return true;
}

bool
dg_pictures(struct dg_strbuf *out, const struct dg_report *r)
{
	struct dg_picture p = {.report = r, .svg.out = out};
	uint32_t *order = order_servers(&p);
	bool is_good;

	if (order == NULL)
		return false;
	p.servers = order;
	p.server_count = r->summary->server_count;
	is_good = p.server_count == 0 || draw_all(&p);
	free(order);
	return is_good && !out->is_failed;
}
