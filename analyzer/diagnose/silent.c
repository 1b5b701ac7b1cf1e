/*
 * silent.c - servers, clients and pairs of which nothing was reached.
 *
 * Chance is asked first: what is lost elsewhere, all the time and at the same time, is the rate
 * at which a working server would look silent.  An error that says why needs no chance.
 */
#include "diagnose/silent.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "dnsgap/error.h"

/* How near in time others must have been tried to say that their loss is the same. */
#define NEAR_NS (5 * DG_NS_PER_S)
/* Fewer trials are no silence; fewer for sure are no fault. */
#define TRIALS_MIN 2
#define TRIALS_SURE 3
/* ln of what chance may do over a whole capture: 0.1 %, for clients, servers and pairs. */
#define LN_SURE (-8.006367567650246)
/* ln of what a single suspicion asks of chance. */
#define LN_SUSPECTED (-2.995732273553991)

/* What is alive at all, in order of time. */
struct base {
	const struct dg_summary *s;
	uint32_t *ids;
	uint64_t *dead; /* among the first n */
	size_t count;
	bool *is_server_alive;
	bool *is_client_alive;
	bool is_anything_alive;
	struct dg_reach all;
	struct dg_tried *servers;
	struct dg_tried *clients;
};

/* One that was silent: trials ids[from] to before ids[to]. */
struct silent {
	uint32_t server;
	uint32_t client;
	size_t from;
	size_t to;
	struct dg_tried tried;
	bool is_udp_only; /* over TCP it answers */
	bool is_refused;
	double ln_p;
};

struct search {
	struct dg_diagnosis *d;
	const struct dg_refusals *refusals;
	struct base base;
	enum dg_trial_order order; /* by client, server or pair */
	uint32_t *ids;
	size_t count;
	struct silent *list;
	size_t list_count;
	size_t entities;
};

/* ---- what is alive ---- */

static void
base_fini(struct base *b)
{
	free(b->ids);
	free(b->dead);
	free(b->is_server_alive);
	free(b->is_client_alive);
	free(b->servers);
	free(b->clients);
}

static bool
is_living(const struct base *b, const struct dg_trial *t)
{
	return b->is_server_alive[t->server] && b->is_client_alive[t->client];
}

static int
base_make(const struct dg_diagnosis *d, struct base *b)
{
	const struct dg_summary *s = d->summary;

	*b = (struct base){.s = s};
	b->is_server_alive = calloc(s->server_count + 1, sizeof *b->is_server_alive);
	b->is_client_alive = calloc(s->client_count + 1, sizeof *b->is_client_alive);
	if (b->is_server_alive == NULL || b->is_client_alive == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < s->trial_count; i++) {
		if (d->orders.traits[i] & DG_TRAIT_DEAD)
			continue;
		b->is_anything_alive = true;
		b->is_server_alive[d->orders.servers[i]] = true;
		b->is_client_alive[d->orders.clients[i]] = true;
	}
	return 0;
}

/* Counts what is alive, before anything silent is explained; once.  0 or DNSGAP_ENOMEM. */
static int
base_fill(const struct dg_diagnosis *d, struct base *b)
{
	const struct dg_summary *s = d->summary;
	size_t left = 0;

	if (b->dead != NULL)
		return 0;
	b->servers = calloc(s->server_count + 1, sizeof *b->servers);
	b->clients = calloc(s->client_count + 1, sizeof *b->clients);
	b->dead = calloc(s->trial_count + 1, sizeof *b->dead);
	if (b->servers == NULL || b->clients == NULL || b->dead == NULL ||
	    dg_trials_left(d, DG_BY_TIME, &b->ids, &left) != 0)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < left; i++) {
		const struct dg_trial *t = &s->trials[b->ids[i]];

		if (!is_living(b, t))
			continue;
		dg_tried_add(&b->servers[t->server], t);
		dg_tried_add(&b->clients[t->client], t);
		b->all.transactions += (uint64_t)t->reached + t->dead;
		b->all.reached += t->reached;
		b->ids[b->count] = b->ids[i];
		b->dead[b->count + 1] = b->dead[b->count] + dg_trial_is_dead(t);
		b->count++;
	}
	return 0;
}

/* How many of the base's trials come before this time. */
static size_t
before(const struct base *b, int64_t time_ns)
{
	size_t low = 0, high = b->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (b->s->trials[b->ids[middle]].time_ns < time_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The loss of others, in all and at about the same time; of a pair, its own are not others. */
static double
loss_around(const struct search *x, const struct silent *e)
{
	const struct base *b = &x->base;
	bool is_pair = x->order == DG_BY_PAIR;
	uint64_t own = is_pair ? e->tried.trials : 0;
	size_t from = before(b, e->tried.first_ns - NEAR_NS);
	size_t to = before(b, e->tried.last_ns + NEAR_NS + 1);
	double q = dg_rate(b->dead[b->count] - own, b->count - own);

	q = fmax(q, dg_rate(b->dead[to] - b->dead[from] - own, to - from - own));
	if (is_pair) {
		const struct dg_tried *s = &b->servers[e->server], *c = &b->clients[e->client];

		q = fmax(q, dg_rate(s->dead - own, s->trials - own));
		q = fmax(q, dg_rate(c->dead - own, c->trials - own));
	}
	return q;
}

/* ---- who is silent ---- */

static bool
takes_part(const struct search *x, uint32_t server, uint32_t client)
{
	switch (x->order) {
	case DG_BY_CLIENT:
		return x->base.is_server_alive[server];
	case DG_BY_PAIR:
		return x->base.is_server_alive[server] && x->base.is_client_alive[client];
	default:
		return true;
	}
}

static void
count_group(const struct search *x, struct silent *e, struct dg_tried sides[DG_SIDE_COUNT])
{
	for (size_t i = e->from; i < e->to; i++) {
		const struct dg_trial *t = &x->base.s->trials[x->ids[i]];

		if (takes_part(x, t->server, t->client))
			dg_tried_add(&sides[t->transport == DG_TRANSPORT_TCP ? DG_SIDE_TCP
									     : DG_SIDE_UDP],
			    t);
	}
}

static struct dg_tried
sum_of(const struct dg_tried *a, const struct dg_tried *b)
{
	struct dg_tried sum = *a;

	if (a->trials == 0)
		return *b;
	if (b->trials == 0)
		return *a;
	sum.trials += b->trials;
	sum.dead += b->dead;
	sum.refused += b->refused;
	if (a->dead == 0 || (b->dead > 0 && b->first_ns < a->first_ns))
		sum.first_ns = b->first_ns;
	if (a->dead == 0 || (b->dead > 0 && b->last_ns > a->last_ns))
		sum.last_ns = b->last_ns;
	return sum;
}

/* The summary knows of transactions that the trials may have no room for. */
static bool
has_reached(const struct dg_summary *s, const struct silent *e, enum dg_trial_order order)
{
	struct dg_counts c;

	if (order == DG_BY_PAIR)
		return false;
	if (order == DG_BY_CLIENT)
		return dg_counts_reached(&s->clients[e->client].counts) > 0;
	c = dg_side_all(e->is_udp_only ? &s->servers[e->server].sides[DG_SIDE_UDP]
				       : &s->servers[e->server].all);
	return dg_counts_reached(&c) > 0;
}

static bool
is_silent(const struct search *x, struct silent *e)
{
	struct dg_tried sides[DG_SIDE_COUNT] = {{0}};
	const struct dg_tried *udp = &sides[DG_SIDE_UDP], *tcp = &sides[DG_SIDE_TCP];

	count_group(x, e, sides);
	e->is_udp_only = x->order == DG_BY_SERVER && tcp->dead < tcp->trials;
	e->tried = e->is_udp_only ? *udp : sum_of(udp, tcp);
	e->is_refused = e->tried.refused > 0 && x->order != DG_BY_CLIENT &&
	    x->refusals->by_server[e->server] != DG_REFUSAL_NONE;
	return e->tried.trials > 0 && e->tried.dead == e->tried.trials &&
	    !has_reached(x->base.s, e, x->order) &&
	    (e->tried.trials >= TRIALS_MIN || (e->is_refused && x->order == DG_BY_SERVER));
}

/* Whether none of the group was alive; TCP alone does not make a server alive. */
static bool
may_be_silent(const struct search *x, size_t from, size_t to)
{
	const struct dg_orders *o = &x->d->orders;

	for (size_t i = from; i < to; i++) {
		uint32_t trial = x->ids[i];
		unsigned silent =
		    x->order == DG_BY_SERVER ? DG_TRAIT_DEAD | DG_TRAIT_TCP : DG_TRAIT_DEAD;

		if (!(o->traits[trial] & silent) &&
		    takes_part(x, o->servers[trial], o->clients[trial]))
			return false;
	}
	return true;
}

/* 0 or DNSGAP_ENOMEM. */
static int
collect(struct search *x)
{
	const struct dg_orders *o = &x->d->orders;

	for (size_t at = 0, end; at < x->count; at = end) {
		struct silent e = {o->servers[x->ids[at]], o->clients[x->ids[at]], .from = at};
		struct silent *list;

		e.to = end = dg_group_end(x->d, x->ids, x->count, at, x->order);
		x->entities++;
		if (!may_be_silent(x, at, end) || !is_silent(x, &e))
			continue;
		list = realloc(x->list, (x->list_count + 1) * sizeof *list);
		if (list == NULL)
			return DNSGAP_ENOMEM;
		x->list = list;
		list[x->list_count++] = e;
	}
	return 0;
}

static int
by_weight(const void *left, const void *right)
{
	const struct silent *a = left, *b = right;

	if (a->tried.trials != b->tried.trials)
		return a->tried.trials > b->tried.trials ? -1 : 1;
	if (a->server != b->server)
		return a->server < b->server ? -1 : 1;
	return a->client < b->client ? -1 : a->client > b->client;
}

/* ---- findings ---- */

static int
compare_numbers(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return a < b ? -1 : a > b;
}

static bool
is_of(const struct search *x, const struct silent *e, const struct dg_trial *t)
{
	return takes_part(x, t->server, t->client) &&
	    !(e->is_udp_only && t->transport == DG_TRANSPORT_TCP);
}

/* Different questions among two or more trials; those without one are all different. */
static int
count_questions(const struct search *x, const struct silent *e, uint64_t *questions)
{
	uint32_t *list = calloc(e->to - e->from, sizeof *list);
	size_t count = 0;

	if (list == NULL)
		return DNSGAP_ENOMEM;
	*questions = 0;
	for (size_t i = e->from; i < e->to; i++) {
		const struct dg_trial *t = &x->base.s->trials[x->ids[i]];

		if (is_of(x, e, t) && t->question != 0)
			list[count++] = t->question;
		else if (is_of(x, e, t))
			++*questions;
	}
	qsort(list, count, sizeof *list, compare_numbers);
	for (size_t i = 0; i < count; i++)
		*questions += i == 0 || list[i] != list[i - 1];
	free(list);
	return 0;
}

static enum dg_code
code_of(const struct search *x, const struct silent *e)
{
	if (!e->is_refused)
		return DG_SERVER_SILENT;
	return x->refusals->by_server[e->server] == DG_REFUSAL_CLOSED ? DG_SERVER_PORT_CLOSED
								      : DG_SERVER_UNREACHABLE;
}

static void
count_into(struct search *x, const struct silent *e, struct dg_finding *f)
{
	for (size_t i = e->from; i < e->to; i++) {
		const struct dg_trial *t = &x->base.s->trials[x->ids[i]];

		if (!is_of(x, e, t))
			continue;
		dg_finding_count(f, t);
		dg_explain(x->d, x->ids[i], f->code);
	}
	if (x->order != DG_BY_CLIENT)
		dg_finding_add_server(f, e->server);
	if (x->order != DG_BY_SERVER)
		dg_finding_add_client(f, e->client);
}

/* The others: what answered at the same time, as far as there is any. */
static void
add_contrast(const struct search *x, struct dg_finding *f)
{
	const struct base *b = &x->base;
	bool is_pair = x->order == DG_BY_PAIR;

	f->has_outside = !is_pair && b->count > 0;
	f->outside = b->all;
	for (size_t i = 0; i < b->count; i++) {
		uint32_t trial = b->ids[i];
		const struct dg_trial *t = &b->s->trials[trial];
		bool is_own = is_pair && x->d->orders.servers[trial] == f->servers[0] &&
		    x->d->orders.clients[trial] == f->clients[0];

		f->has_outside |= !is_own;
		if (is_own) {
			f->outside.transactions -= (uint64_t)t->reached + t->dead;
			f->outside.reached -= t->reached;
		} else if (!(x->d->orders.traits[trial] & DG_TRAIT_DEAD)) {
			dg_finding_show(f, t);
		}
		if (!is_pair && f->answered_count == DG_FINDING_FRAMES_MAX)
			return;
	}
}

static enum dg_where
place_of(const struct search *x, const struct dg_finding *f)
{
	const struct dg_server_key *k;

	if (x->order != DG_BY_SERVER)
		return DG_WHERE_ONE_CLIENT;
	if (f->code == DG_SERVER_PORT_CLOSED)
		return DG_WHERE_NEAR_SERVER;
	if (f->code == DG_SERVER_SILENT)
		return x->base.is_anything_alive ? DG_WHERE_NEAR_SERVER : DG_WHERE_UNKNOWN;
	k = &x->base.s->servers[f->servers[0]].key;
	return f->has_sender && dg_is_neighbour(&f->sender, &k->address, k->family)
	    ? DG_WHERE_NEAR_SERVER
	    : DG_WHERE_UNKNOWN;
}

static int
add_rivals(const struct search *x, const struct silent *e, struct dg_finding *f)
{
	uint64_t questions;
	int error = count_questions(x, e, &questions);

	if (error == 0 && questions == 1 && e->tried.trials > 1)
		error = dg_words_add(&f->rivals,
		    "all %ju tries asked one and the same question: it may be this question "
		    "that is not answered",
		    (uintmax_t)e->tried.trials);
	if (error == 0 && questions == 1 && f->severity == DG_FAULT)
		f->severity = DG_WARNING;
	if (error == 0 && e->tried.last_ns - e->tried.first_ns < NEAR_NS)
		error = dg_words_add(&f->rivals,
		    "all tries lie within %.1f s: it may have been silent for so long only",
		    (double)(e->tried.last_ns - e->tried.first_ns) / 1e9);
	return error;
}

/* How sure: a refusal is, silence has to be what chance does not make. */
static void
rate(struct search *x, struct silent *e, struct dg_finding *f)
{
	double ln_alpha = LN_SURE - log((double)x->entities);

	/* Codes of routers are hints (RFC 1122 3.2.2.1): one or two are no fault yet. */
	if (f->code == DG_SERVER_UNREACHABLE && e->tried.trials < TRIALS_SURE)
		f->severity = DG_WARNING;
	if (e->is_refused && x->order == DG_BY_SERVER)
		return;
	f->has_p = true;
	f->ln_p = fmin(0, e->ln_p + log(3) + log((double)x->entities));
	if (e->ln_p < ln_alpha && e->tried.trials >= TRIALS_SURE)
		return;
	f->severity = DG_NOTE;
	f->is_suspected = true;
}

static int
emit(struct search *x, struct silent *e)
{
	struct dg_finding *f = dg_finding_new(code_of(x, e), DG_FAULT);
	int error;

	if (f == NULL)
		return DNSGAP_ENOMEM;
	rate(x, e, f);
	count_into(x, e, f);
	if (f->code != DG_SERVER_SILENT && x->refusals->row[e->server] != NULL)
		dg_finding_note_row(f, x->refusals->row[e->server]);
	add_contrast(x, f);
	f->where = place_of(x, f);
	error = e->is_refused ? 0 : add_rivals(x, e, f);
	if (error != 0) {
		dg_finding_free(f);
		return error;
	}
	return dg_findings_add(&x->d->findings, f);
}

/* All those of one code that are one too many to be named one by one. */
static int
emit_rest(struct search *x, size_t from, enum dg_code code)
{
	struct dg_finding *f = NULL;

	for (size_t i = from; i < x->list_count; i++) {
		if (code_of(x, &x->list[i]) != code)
			continue;
		if (f == NULL)
			f = dg_finding_new(code, DG_FAULT);
		if (f == NULL)
			return DNSGAP_ENOMEM;
		count_into(x, &x->list[i], f);
	}
	if (f == NULL)
		return 0;
	add_contrast(x, f);
	f->where = place_of(x, f);
	return dg_findings_add(&x->d->findings, f);
}

/* Nothing answered at all: which of those that are silent would answer cannot be told. */
static int
emit_silence(struct search *x)
{
	struct dg_finding *f = NULL;
	size_t kept = 0;
	int error;

	for (size_t i = 0; i < x->list_count; i++) {
		if (x->list[i].is_refused) {
			x->list[kept++] = x->list[i];
			continue;
		}
		if (f == NULL && (f = dg_finding_new(DG_SERVER_SILENT, DG_WARNING)) == NULL)
			return DNSGAP_ENOMEM;
		count_into(x, &x->list[i], f);
	}
	x->list_count = kept;
	if (f == NULL)
		return 0;
	f->where = DG_WHERE_UNKNOWN;
	error = dg_words_add(&f->rivals,
	    "not one query in the capture was answered: it may show the way of queries only, "
	    "or its place was cut off from all servers");
	if (error != 0) {
		dg_finding_free(f);
		return error;
	}
	return dg_findings_add(&x->d->findings, f);
}

/* Leaves those that chance may have made, but for the heaviest suspicions. */
static void
sift(struct search *x)
{
	double ln_alpha = LN_SURE - log((double)x->entities);
	size_t kept = 0;

	for (size_t i = 0; i < x->list_count; i++) {
		struct silent *e = &x->list[i];
		bool is_certain = e->is_refused && x->order == DG_BY_SERVER;
		bool is_sure;

		e->ln_p = (double)e->tried.trials * log(loss_around(x, e));
		is_sure = is_certain || (e->ln_p < ln_alpha && e->tried.trials >= TRIALS_SURE);
		if (is_sure ||
		    (kept < DG_FINDINGS_NAMED_MAX && e->ln_p < LN_SUSPECTED &&
			x->order == DG_BY_SERVER))
			x->list[kept++] = *e;
	}
	x->list_count = kept;
}

/* Those that were collected: one at least. */
static int
judge(struct search *x)
{
	int error = base_fill(x->d, &x->base);

	if (error != 0)
		return error;
	qsort(x->list, x->list_count, sizeof *x->list, by_weight);
	if (!x->base.is_anything_alive)
		error = emit_silence(x);
	sift(x);
	for (size_t i = 0; error == 0 && i < x->list_count && i < DG_FINDINGS_NAMED_MAX; i++)
		error = emit(x, &x->list[i]);
	for (int code = 0; error == 0 && code < DG_CODE_COUNT; code++)
		error = emit_rest(x, DG_FINDINGS_NAMED_MAX, (enum dg_code)code);
	return error;
}

static int
find(struct search *x, enum dg_trial_order order)
{
	int error;

	x->order = order;
	x->entities = x->list_count = 0;
	x->list = NULL;
	error = dg_trials_left(x->d, order, &x->ids, &x->count);
	if (error != 0)
		return error;
	error = collect(x);
	if (error == 0 && x->list_count > 0)
		error = judge(x);
	free(x->list);
	free(x->ids);
	return error;
}

/* A client that nothing reached is no sign against servers, so clients come first. */
int
dg_find_silent(struct dg_diagnosis *d, const struct dg_refusals *refusals)
{
	static const enum dg_trial_order orders[] = {DG_BY_CLIENT, DG_BY_SERVER, DG_BY_PAIR};
	struct search x = {.d = d, .refusals = refusals};
	int error = base_make(d, &x.base);

	for (size_t i = 0; error == 0 && i < sizeof orders / sizeof *orders; i++)
		error = find(&x, orders[i]);
	base_fini(&x.base);
	return error;
}
