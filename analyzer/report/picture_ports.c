/*
 * picture_ports.c - every client port that was tried, from 0 to 65535: at all servers, at the
 * worst ones, and closer where it matters.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/build.h"
#include "report/picture.h"

#define PORTS 65536
#define LOW_LAST 1023
#define ZOOMS_MAX 3   /* of one server */
#define ZOOMS_ALL 12  /* of the page, so that it stays below a megabyte */
#define MARGIN_MIN 16 /* ports that are shown on both sides of a range */
#define WIDE 32768    /* a range that a closer look at all of it would not show closer */
#define EDGE 64       /* then: ports on both sides of its ends */
#define WORDS_MAX 400

struct window {
	uint32_t first;
	uint32_t last;
};

struct zooms {
	struct window list[ZOOMS_MAX];
	unsigned count;
};

static void
count_ports(const struct dg_picture *p, uint32_t server, struct dg_port_counts *c)
{
	const struct dg_summary *s = p->report->summary;

	memset(c, 0, sizeof *c);
	for (size_t i = 0; i < s->trial_count; i++) {
		const struct dg_trial *t = &s->trials[i];

		if (server != DG_PICTURE_ALL && t->server != server)
			continue;
		c->reached[t->port] += t->reached;
		c->dead[t->port] += t->dead;
		c->refused[t->port] += t->refused;
	}
}

static bool
has_tries(const struct dg_port_counts *c, uint32_t first, uint32_t last)
{
	for (uint32_t port = first; port <= last; port++) {
		if (c->reached[port] + c->dead[port] > 0)
			return true;
	}
	return false;
}

/* "390 ports tried: 221 answered, 169 silent, 3 at times"; what there is none of is left out
 * from the third on. */
static void
describe(const struct dg_port_counts *c, uint32_t first, uint32_t last, char words[WORDS_MAX])
{
	uint64_t all = 0, answered = 0, silent = 0, refused = 0, at_times = 0;
	char n[DG_NUMBER_TEXT_MAX];
	int size;

	for (uint32_t port = first; port <= last; port++) {
		bool is_dead = c->dead[port] > 0;

		if (c->reached[port] > 0 && is_dead)
			at_times++;
		else if (c->reached[port] > 0)
			answered++;
		else if (c->dead[port] > c->refused[port])
			silent++;
		else if (is_dead)
			refused++;
	}
	all = answered + silent + refused + at_times;
	size = snprintf(
	    words, WORDS_MAX, "%s port%s tried: ", dg_grouped(all, n), all == 1 ? "" : "s");
	size += snprintf(
	    words + size, WORDS_MAX - (size_t)size, "%s answered", dg_grouped(answered, n));
	size += snprintf(
	    words + size, WORDS_MAX - (size_t)size, ", %s silent", dg_grouped(silent, n));
	if (at_times > 0)
		size += snprintf(words + size, WORDS_MAX - (size_t)size,
		    ", %s answered at times", dg_grouped(at_times, n));
	if (refused > 0)
		snprintf(words + size, WORDS_MAX - (size_t)size, ", %s refused",
		    dg_grouped(refused, n));
}

/* The same of the sum over all servers, where a port may be silent at one of them only. */
static void
describe_all(const struct dg_port_counts *c, char words[WORDS_MAX])
{
	uint64_t ports = 0, reached = 0, dead = 0;
	char n[3][DG_NUMBER_TEXT_MAX];

	for (uint32_t port = 0; port < PORTS; port++) {
		ports += c->reached[port] + c->dead[port] > 0;
		reached += c->reached[port];
		dead += c->dead[port];
	}
	snprintf(words, WORDS_MAX,
	    "%s port%s tried, in %s queries that were answered and %s "
	    "that were not",
	    dg_grouped(ports, n[0]), ports == 1 ? "" : "s", dg_grouped(reached, n[1]),
	    dg_grouped(dead, n[2]));
}

/* A window that is there already, or that another shows about as closely, is not added. */
static void
add_window(struct zooms *z, int64_t first, int64_t last)
{
	struct window w = {
	    (uint32_t)(first < 0 ? 0 : first), (uint32_t)(last > PORTS - 1 ? PORTS - 1 : last)};

	for (unsigned i = 0; i < z->count; i++) {
		const struct window *old = &z->list[i];

		if (w.first >= old->first && w.last <= old->last &&
		    (old->last - old->first) / 4 <= w.last - w.first)
			return;
	}
	if (z->count < ZOOMS_MAX)
		z->list[z->count++] = w;
}

/* What a finding names, with some ports around it; the two ends of what is too wide. */
static void
add_finding(struct zooms *z, const struct dg_finding *f)
{
	int64_t first = PORTS, last = -1, margin;

	for (unsigned i = 0; i < f->bound_count; i++) {
		if (f->bounds[i].first_silent >= 0 && f->bounds[i].first_silent < first)
			first = f->bounds[i].first_silent;
		if (f->bounds[i].last_silent > last)
			last = f->bounds[i].last_silent;
	}
	if (last < first)
		return;
	margin = (last - first) / 8 > MARGIN_MIN ? (last - first) / 8 : MARGIN_MIN;
	if (last - first < WIDE) {
		/* Of ports in the lowest range, the range is shown. */
		add_window(z, last <= LOW_LAST ? 0 : first - margin,
		    last <= LOW_LAST && last + margin <= LOW_LAST ? LOW_LAST : last + margin);
		return;
	}
	if (f->bounds[0].nearest_answered_below >= 0)
		add_window(z, f->bounds[0].nearest_answered_below - EDGE, first + EDGE);
	if (f->bounds[f->bound_count - 1].nearest_answered_above >= 0)
		add_window(z, last - EDGE,
		    f->bounds[f->bound_count - 1].nearest_answered_above + EDGE);
}

/* "; the finding names 1-1023, and 1024 was answered", when it is about one range. */
static void
add_bounds(struct dg_strbuf *b, const struct dg_finding *f, const struct window *w)
{
	const struct dg_bound *only = &f->bounds[0];
	int32_t below = only->nearest_answered_below, above = only->nearest_answered_above;

	if (f->bound_count != 1 || only->first_silent > (int32_t)w->last ||
	    only->last_silent < (int32_t)w->first)
		return;
	dg_strbuf_addf(b, "; the finding names what lies from %d to %d", only->first_silent,
	    only->last_silent);
	if (below >= 0 && above >= 0)
		dg_strbuf_addf(b, "; the nearest answered are %d and %d", below, above);
	else if (below >= 0 || above >= 0)
		dg_strbuf_addf(b, "; the nearest answered is %d", below >= 0 ? below : above);
}

static void
draw_zoom(struct dg_picture *p, const struct dg_port_counts *c, const struct window *w,
    const struct dg_finding *const *findings, size_t count)
{
	char title[WORDS_MAX], words[WORDS_MAX];
	struct dg_strbuf *out = p->svg.out;

	snprintf(title, sizeof title, "Ports %u to %u, closer", w->first, w->last);
	describe(c, w->first, w->last, words);
	dg_strbuf_addf(out, "<p class=\"closer\">%s: %s", title, words);
	for (size_t i = 0; i < count; i++)
		add_bounds(out, findings[i], w);
	dg_strbuf_add(out, ".</p>\n");
	dg_picture_strip(p, c,
	    &(struct dg_strip){.title = title,
		.text = words,
		.first = w->first,
		.last = w->last,
		.findings = findings,
		.finding_count = count});
}

static void
draw_zooms(struct dg_picture *p, const struct dg_port_counts *c,
    const struct dg_finding *const *findings, size_t count)
{
	struct zooms z = {.count = 0};

	for (size_t i = 0; i < count; i++)
		add_finding(&z, findings[i]);
	if (has_tries(c, 0, LOW_LAST))
		add_window(&z, 0, LOW_LAST);
	for (unsigned i = 0; i < z.count && p->zooms < ZOOMS_ALL; i++, p->zooms++)
		draw_zoom(p, c, &z.list[i], findings, count);
}

/* The findings about ports of a server; the caller has room for all. */
static size_t
findings_of(const struct dg_picture *p, uint32_t server, const struct dg_finding **list)
{
	const struct dg_diagnosis *d = p->report->diagnosis;
	size_t count = 0;

	for (size_t i = 0; d != NULL && server != DG_PICTURE_ALL && i < d->findings.count;
	     i++) {
		const struct dg_finding *f = d->findings.list[i];

		if (f->code <= DG_PORTS_HASH && f->bound_count > 0 &&
		    dg_picture_concerns(p, f, server))
			list[count++] = f;
	}
	return count;
}

static void
draw_server(struct dg_picture *p, uint32_t server, struct dg_port_counts *c,
    const struct dg_finding **list)
{
	size_t count = findings_of(p, server, list);
	char who[DG_PICTURE_WHO_MAX], words[WORDS_MAX];

	count_ports(p, server, c);
	if (server == DG_PICTURE_ALL)
		describe_all(c, words);
	else
		describe(c, 0, PORTS - 1, words);
	dg_picture_row(p, dg_picture_who(p, server, who), words);
	dg_picture_strip(p, c,
	    &(struct dg_strip){.title = who,
		.text = words,
		.last = PORTS - 1,
		.findings = list,
		.finding_count = count});
	if (server != DG_PICTURE_ALL)
		draw_zooms(p, c, list, count);
	dg_picture_row_end(p);
}

bool
dg_picture_ports(struct dg_picture *p)
{
	const struct dg_diagnosis *d = p->report->diagnosis;
	size_t findings = d != NULL ? d->findings.count : 0;
	struct dg_port_counts *c = malloc(sizeof *c);
	const struct dg_finding **list = calloc(findings + 1, sizeof *list);
	bool is_good = c != NULL && list != NULL;

	if (is_good && p->report->summary->trial_count > 0) {
		dg_picture_begin(p, "The client's source ports, answered and silent",
		    "Each stroke is a port from which queries were sent, or some that lie "
		    "next to each other: <span class=\"key kup\">above the line: "
		    "answered</span>, <span class=\"key kdown\">below it: silent</span>, "
		    "<span class=\"key kref\">below it, dashed: refused by ICMP or RST</span>; "
		    "a stroke is as long as its share of the tries. "
		    "<span class=\"key kblame\">The bar at the bottom: ports that a finding "
		    "names.</span>");
		dg_picture_sampled(p);
		if (p->server_count > 1)
			draw_server(p, DG_PICTURE_ALL, c, list);
		for (size_t i = 0; i < p->server_count && i < DG_PICTURE_SERVERS; i++)
			draw_server(p, p->servers[i], c, list);
		dg_picture_end(p);
	}
	free(c);
	free(list);
	return is_good && !p->svg.out->is_failed;
}
