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

/* "390 ports tried: 221 answered, 169 silent, 0 refused". */
static void
describe(const struct dg_port_counts *c, uint32_t first, uint32_t last, char words[WORDS_MAX])
{
	uint64_t answered = 0, silent = 0, refused = 0;
	char n[4][DG_NUMBER_TEXT_MAX];

	for (uint32_t port = first; port <= last; port++) {
		if (c->reached[port] > 0)
			answered++;
		else if (c->dead[port] > c->refused[port])
			silent++;
		else if (c->dead[port] > 0)
			refused++;
	}
	snprintf(words, WORDS_MAX, "%s port%s tried: %s answered, %s silent, %s refused",
	    dg_grouped(answered + silent + refused, n[0]),
	    answered + silent + refused == 1 ? "" : "s", dg_grouped(answered, n[1]),
	    dg_grouped(silent, n[2]), dg_grouped(refused, n[3]));
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

static void
draw_zooms(struct dg_picture *p, const struct dg_port_counts *c, const char *who,
    const struct dg_finding *const *findings, size_t count)
{
	struct zooms z = {.count = 0};

	for (size_t i = 0; i < count; i++)
		add_finding(&z, findings[i]);
	if (has_tries(c, 0, LOW_LAST))
		add_window(&z, 0, LOW_LAST);
	for (unsigned i = 0; i < z.count; i++) {
		char title[WORDS_MAX], words[WORDS_MAX];

		snprintf(title, sizeof title, "%s, closer: ports %u to %u", who,
		    z.list[i].first, z.list[i].last);
		describe(c, z.list[i].first, z.list[i].last, words);
		dg_picture_strip(p, c,
		    &(struct dg_strip){.title = title,
			.text = words,
			.first = z.list[i].first,
			.last = z.list[i].last,
			.findings = findings,
			.finding_count = count});
	}
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
	describe(c, 0, PORTS - 1, words);
	dg_picture_row(p, dg_picture_who(p, server, who), words);
	dg_picture_strip(p, c,
	    &(struct dg_strip){.title = who,
		.text = words,
		.last = PORTS - 1,
		.findings = list,
		.finding_count = count});
	if (server != DG_PICTURE_ALL)
		draw_zooms(p, c, who, list, count);
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
