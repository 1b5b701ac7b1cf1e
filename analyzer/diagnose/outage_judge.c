/*
 * outage_judge.c - whether a window in which nearly all is dead is an outage, and whose.
 */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "diagnose/outage.h"
#include "dnsgap/error.h"
#include "judge/order.h"

/* Of all in the window, so many are dead. */
#define DEAD_SHARE_MIN 0.9
/* Others that fared no better than this are out, too. */
#define ALIVE_SHARE_MAX 0.3
#define OTHERS_MIN 2
/* Answers that go on at this share of their usual pace are a limit, not an outage. */
#define PACE_MAX 0.2
/* Shorter than this is a burst of loss. */
#define SHORT_NS (2 * DG_NS_PER_S)
/* Shorter than this is one burst, or one stamp for many packets: no time that one could name.
 */
#define LEAST_NS (DG_NS_PER_S / 10)
/* Ports that were answered at other times, among those between the ports of the window. */
#define SHARED_PORTS_MIN 0.2

/* How a part of what lies in a window fared. */
struct others {
	uint64_t all;
	uint64_t alive;
};

struct place {
	const struct dg_line *line;
	const struct dg_stretch_of_time *w;
	const struct dg_trial *trials;
	size_t from; /* of everything: what lies in the window */
	size_t to;
};

static int64_t
time_at(const struct dg_line *l, size_t moment)
{
	return l->d->summary->trials[l->list[moment].trial].time_ns;
}

static bool
are_alive(struct others o)
{
	return o.all >= OTHERS_MIN && (double)o.alive > ALIVE_SHARE_MAX * (double)o.all;
}

/* The server (or client) with the most dead in the window. */
static uint32_t
heaviest(const struct place *p, bool is_client)
{
	const struct dg_summary *s = p->line->d->summary;
	size_t room = (is_client ? s->client_count : s->server_count) + 1;
	uint32_t *dead = calloc(room, sizeof *dead);
	uint32_t best = 0;

	if (dead == NULL)
		return UINT32_MAX;
	for (size_t i = p->w->first; i <= p->w->last; i++) {
		const struct dg_trial *t = &p->trials[p->line->list[i].trial];

		dead[is_client ? t->client : t->server] += dg_trial_is_dead(t);
	}
	for (uint32_t i = 0; i < room; i++)
		best = dead[i] > dead[best] ? i : best;
	free(dead);
	return best;
}

/* What the line's window holds without one server or client. */
static struct others
rest_of(const struct place *p, bool is_client, uint32_t without)
{
	struct others o = {0};

	for (size_t i = p->w->first; i <= p->w->last; i++) {
		const struct dg_trial *t = &p->trials[p->line->list[i].trial];

		if ((is_client ? t->client : t->server) == without)
			continue;
		o.all++;
		o.alive += !dg_trial_is_dead(t);
	}
	return o;
}

/* What others than the line's client (or server) saw in the window. */
static struct others
beside(const struct place *p)
{
	const struct dg_line *l = p->line;
	struct others o = {0};

	for (size_t i = p->from; i < p->to; i++) {
		const struct dg_trial *t = &p->trials[l->everything[i]];
		bool is_own =
		    l->of == DG_LINE_CLIENT ? t->client == l->client : t->server == l->server;

		o.all += !is_own;
		o.alive += !is_own && !dg_trial_is_dead(t);
	}
	return o;
}

/* Whether servers far from each other were out together; two families may be one host. */
static bool
is_wide(const struct place *p)
{
	const struct dg_server_summary *servers = p->line->d->summary->servers;
	const struct dg_server_key *first =
	    &servers[p->trials[p->line->list[p->w->first].trial].server].key;

	for (size_t i = p->w->first; i <= p->w->last; i++) {
		const struct dg_trial *t = &p->trials[p->line->list[i].trial];
		const struct dg_server_key *k = &servers[t->server].key;

		if (dg_trial_is_dead(t) && k->family == first->family &&
		    !dg_is_neighbour(&k->address, &first->address, k->family))
			return true;
	}
	return false;
}

/* Whether every server of the line was asked in the window. */
static int
asks_every_server(const struct place *p, bool *every)
{
	const struct dg_line *l = p->line;
	bool *is_asked = calloc(l->d->summary->server_count + 1, sizeof *is_asked);

	if (is_asked == NULL)
		return DNSGAP_ENOMEM;
	*every = true;
	for (size_t i = p->w->first; i <= p->w->last; i++)
		is_asked[p->trials[l->list[i].trial].server] = true;
	for (size_t i = 0; i < l->count; i++)
		*every &= is_asked[p->trials[l->list[i].trial].server];
	free(is_asked);
	return 0;
}

/*
 * Whether the window is the whole line's: what is left of it without its heaviest server and
 * without its heaviest client must be dead, too.  0, DNSGAP_ENOMEM.
 */
static int
is_whole(const struct place *p, bool *whole)
{
	const struct dg_line *l = p->line;
	uint32_t server = heaviest(p, false), client = heaviest(p, true);
	struct others without_server, without_client;

	if (server == UINT32_MAX || client == UINT32_MAX)
		return DNSGAP_ENOMEM;
	without_server = rest_of(p, false, server);
	without_client = rest_of(p, true, client);
	*whole = !are_alive(without_server) && !are_alive(without_client);
	/* One server only, or a few near each other of many: their own lines tell. */
	if (l->of == DG_LINE_ALL && without_server.all < OTHERS_MIN)
		*whole = false;
	if (l->of == DG_LINE_ALL && *whole && !is_wide(p))
		return asks_every_server(p, whole);
	/* It is the client's only while others are answered. */
	if (l->of == DG_LINE_CLIENT)
		*whole &= are_alive(beside(p));
	return 0;
}

static double
seconds(int64_t ns)
{
	return (double)ns / 1e9;
}

/* Whether answers went on in the window about as they used to. */
static bool
keeps_pace(const struct place *p)
{
	const struct dg_line *l = p->line;
	uint64_t alive = 0;
	double inside = seconds(time_at(l, p->w->last) - time_at(l, p->w->first) + DG_NS_PER_S);
	double all = seconds(time_at(l, l->count - 1) - time_at(l, 0) + DG_NS_PER_S);

	for (size_t i = 0; i < l->count; i++)
		alive += !l->list[i].is_dead;
	alive -= p->w->alive;
	return all > inside &&
	    (double)p->w->alive / inside > PACE_MAX * (double)alive / (all - inside);
}

/*
 * Whether the ports of the window's dead, all but a tenth at either end, lie among ports that
 * were answered at other times.
 */
static int
shares_ports(const struct place *p, bool *shares)
{
	const struct dg_line *l = p->line;
	uint16_t *ports = calloc(p->w->dead + 1, sizeof *ports);
	size_t count = 0, tenth, all = 0, among = 0;

	if (ports == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = p->w->first; i <= p->w->last; i++) {
		if (l->list[i].is_dead)
			ports[count++] = p->trials[l->list[i].trial].port;
	}
	qsort(ports, count, sizeof *ports, dg_compare_ports);
	tenth = count / 10;
	for (size_t i = 0; i < l->count; i++) {
		uint16_t port = p->trials[l->list[i].trial].port;

		if (l->list[i].is_dead || (i >= p->w->first && i <= p->w->last))
			continue;
		all++;
		among += port >= ports[tenth] && port <= ports[count - 1 - tenth];
	}
	*shares = all > 0 && (double)among >= SHARED_PORTS_MIN * (double)all;
	free(ports);
	return 0;
}

/* The nearest answers around the window, as times and frames. */
static void
note_ends(const struct place *p, struct dg_finding *f)
{
	const struct dg_line *l = p->line;
	size_t before = p->w->first, after = p->w->last + 1;

	f->has_window = true;
	f->after_ns = INT64_MIN;
	f->before_ns = INT64_MAX;
	while (before > 0 && l->list[before - 1].is_dead)
		before--;
	while (after < l->count && l->list[after].is_dead)
		after++;
	f->answered_count = 0;
	if (before > 0) {
		f->after_ns = time_at(l, before - 1);
		dg_finding_contrast(f, &p->trials[l->list[before - 1].trial]);
	}
	if (after < l->count) {
		f->before_ns = time_at(l, after);
		dg_finding_contrast(f, &p->trials[l->list[after].trial]);
	}
	f->outside = (struct dg_reach){0};
}

static void
count_all(const struct place *p, struct dg_finding *f)
{
	const struct dg_line *l = p->line;
	unsigned answered;

	for (size_t i = p->w->first; i <= p->w->last; i++)
		dg_finding_count(f, &p->trials[l->list[i].trial]);
	note_ends(p, f);
	answered = f->answered_count;
	for (size_t i = 0; i < l->count; i++) {
		if (i < p->w->first || i > p->w->last)
			dg_finding_contrast(f, &p->trials[l->list[i].trial]);
	}
	f->answered_count = answered;
	if (l->of == DG_LINE_SERVER)
		dg_finding_add_server(f, l->server);
	if (l->of == DG_LINE_CLIENT)
		dg_finding_add_client(f, l->client);
}

static enum dg_where
where_of(const struct place *p)
{
	if (p->line->of == DG_LINE_CLIENT)
		return DG_WHERE_ONE_CLIENT;
	if (p->line->of == DG_LINE_ALL)
		return is_wide(p) ? DG_WHERE_NEAR_OBSERVER : DG_WHERE_UNKNOWN;
	return are_alive(beside(p)) ? DG_WHERE_NEAR_SERVER : DG_WHERE_UNKNOWN;
}

static int
rate(bool shares, struct dg_finding *f)
{
	bool is_open = f->before_ns == INT64_MAX;
	int error = 0;

	if (is_open && f->where == DG_WHERE_NEAR_SERVER)
		f->severity = DG_FAULT;
	if (is_open)
		error = dg_words_add(&f->rivals,
		    "it lasts to the end of the capture: when it ends, and whether it does, is "
		    "not seen");
	if (f->after_ns != INT64_MIN && !is_open && f->before_ns - f->after_ns < SHORT_NS)
		f->severity = DG_NOTE;
	if (shares || error != 0)
		return error;
	f->severity = DG_NOTE;
	f->is_suspected = true;
	return dg_words_add(&f->rivals,
	    "the ports that were tried then were not answered at other times either: these "
	    "ports may be what is not answered");
}

static int
make(const struct place *p, bool shares, struct dg_finding **out)
{
	struct dg_finding *f = dg_finding_new(DG_OUTAGE, DG_WARNING);
	int error;

	if (f == NULL)
		return DNSGAP_ENOMEM;
	count_all(p, f);
	f->where = where_of(p);
	f->has_p = true;
	f->ln_p = fmin(0, p->w->ln_p + log(DG_LINE_COUNT) + log(p->line->units));
	error = rate(shares, f);
	if (error != 0) {
		dg_finding_free(f);
		return error;
	}
	*out = f;
	return 0;
}

/* Where in everything a time begins. */
static size_t
find_time(const struct place *p, int64_t time_ns)
{
	size_t low = 0, high = p->line->everything_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (p->trials[p->line->everything[middle]].time_ns < time_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int
dg_outage_judge(
    const struct dg_line *l, const struct dg_stretch_of_time *w, struct dg_finding **out)
{
	struct place p = {.line = l, .w = w, .trials = l->d->summary->trials};
	bool whole, shares;
	int error;

	*out = NULL;
	if (time_at(l, w->last) - time_at(l, w->first) < LEAST_NS)
		return 0;
	p.from = find_time(&p, time_at(l, w->first));
	p.to = find_time(&p, time_at(l, w->last) + 1);
	if ((double)w->dead < DEAD_SHARE_MIN * (double)(w->dead + w->alive) || keeps_pace(&p))
		return 0;
	error = is_whole(&p, &whole);
	if (error != 0 || !whole)
		return error;
	error = shares_ports(&p, &shares);
	return error != 0 ? error : make(&p, shares, out);
}
