/*
 * play.c - the queries of a simulated world, one after the other.
 *
 * Queries come evenly at random, or in bursts of one client.  What goes unanswered may be
 * asked again a second or more later; such queries wait in a heap, so that all are played in
 * order of time, as the state of rate limits and of sequential ports needs.
 */
#include <math.h>
#include <stdlib.h>

#include "sim.h"

#define TRIES_MAX 200

struct waiting {
	struct sim_query *heap; /* least time first */
	size_t count;
	size_t room;
};

struct player {
	struct sim_world *w;
	double *client_sums;
	double *server_sums;
	double *name_sums;
	struct waiting waiting;
	double next_s; /* of the next query that is not asked again */
	double gap_s;
	unsigned burst_left; /* of one client */
	uint32_t burst_client;
};

static void
push(struct waiting *h, struct sim_query q)
{
	size_t i = h->count++;

	if (h->count > h->room) {
		h->room = h->room > 0 ? h->room * 2 : 64;
		h->heap = reallocarray(h->heap, h->room, sizeof *h->heap);
		if (h->heap == NULL)
			exit(1);
	}
	for (; i > 0 && h->heap[(i - 1) / 2].time_ns > q.time_ns; i = (i - 1) / 2)
		h->heap[i] = h->heap[(i - 1) / 2];
	h->heap[i] = q;
}

static struct sim_query
pop(struct waiting *h)
{
	const struct sim_query least = h->heap[0];
	const struct sim_query last = h->heap[--h->count];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= h->count)
			break;
		if (child + 1 < h->count && h->heap[child + 1].time_ns < h->heap[child].time_ns)
			child++;
		if (h->heap[child].time_ns >= last.time_ns)
			break;
		h->heap[i] = h->heap[child];
		i = child;
	}
	h->heap[i] = last;
	return least;
}

/* Index of a draw from sums that ascend. */
static uint32_t
draw(struct sim_rng *r, const double *sums, size_t count)
{
	const double x = sim_unit(r) * sums[count - 1];
	size_t first = 0, last = count - 1;

	while (first < last) {
		const size_t mid = (first + last) / 2;

		if (sums[mid] > x)
			last = mid;
		else
			first = mid + 1;
	}
	return (uint32_t)first;
}

static void
player_init(struct player *p, struct sim_world *w)
{
	double sum = 0;

	*p = (struct player){.w = w};
	p->client_sums = sim_alloc(w->client_count, sizeof *p->client_sums);
	p->server_sums = sim_alloc(w->server_count, sizeof *p->server_sums);
	p->name_sums = sim_alloc(w->name_count, sizeof *p->name_sums);
	for (size_t i = 0; i < w->client_count; i++)
		p->client_sums[i] = sum += w->clients[i].weight;
	sum = 0;
	for (size_t i = 0; i < w->server_count; i++)
		p->server_sums[i] = sum += w->servers[i].weight;
	sum = 0;
	for (size_t i = 0; i < w->name_count; i++)
		p->name_sums[i] = sum += 1 / (double)(i + 1);
	p->gap_s = w->length_s / (double)w->query_max;
	w->queries = sim_alloc(w->query_max, sizeof *w->queries);
}

static void
player_fini(struct player *p)
{
	free(p->client_sums);
	free(p->server_sums);
	free(p->name_sums);
	free(p->waiting.heap);
}

static uint32_t
choose_client(struct player *p, double at_s)
{
	struct sim_world *w = p->w;
	const double share = at_s / w->length_s;
	uint32_t client = 0;

	if (p->burst_left > 0) {
		p->burst_left--;
		return p->burst_client;
	}
	for (int i = 0; i < TRIES_MAX; i++) {
		client = draw(&w->rng, p->client_sums, w->client_count);
		if (share >= w->clients[client].from && share <= w->clients[client].until)
			break;
	}
	if (w->burst_mean > 0) {
		p->burst_left = (unsigned)sim_exponential(&w->rng, w->burst_mean);
		p->burst_client = client;
	}
	return client;
}

/* Scanning, it uses ports below 1024 and asks more. */
static uint16_t
choose_port(struct player *p, struct sim_client *c)
{
	struct sim_world *w = p->w;
	const double share = p->next_s / w->length_s;

	if (share >= c->scan_from && share < c->scan_until && sim_chance(&w->rng, .8))
		return (uint16_t)sim_between(&w->rng, 1, 1023);
	return sim_choose(&w->rng, &c->chooser);
}

static struct sim_query
fresh(struct player *p)
{
	struct sim_world *w = p->w;
	struct sim_query q = {.time_ns = w->start_ns + (int64_t)(p->next_s * 1e9)};
	struct sim_client *c;

	q.client = choose_client(p, p->next_s);
	c = &w->clients[q.client];
	q.server = sim_chance(&w->rng, c->favourite_share)
	    ? c->favourite
	    : draw(&w->rng, p->server_sums, w->server_count);
	if (sim_chance(&w->rng, c->dead_name_share))
		q.question = w->name_count + 1 + sim_below(&w->rng, w->dead_name_count);
	else
		q.question = 1 + draw(&w->rng, p->name_sums, w->name_count);
	q.port = choose_port(p, c);
	if (p->burst_left > 0)
		p->next_s += sim_exponential(&w->rng, .001);
	else
		p->next_s += sim_exponential(
		    &w->rng, p->gap_s * (w->burst_mean > 0 ? w->burst_mean : 1));
	return q;
}

static enum sim_outcome
outcome_of(struct sim_world *w, const struct sim_query *q)
{
	const double at_s = (double)(q->time_ns - w->start_ns) / 1e9;
	enum sim_outcome outcome = SIM_ALIVE;

	if (sim_is_lost(w, q, at_s))
		outcome = SIM_DEAD;
	for (size_t i = 0; i < w->fault_count; i++) {
		const struct sim_fault *f = &w->faults[i];

		if (!sim_is_in_fault(w, f, q->server, q->client, q->port, q->time_ns))
			continue;
		if (f->loss >= 1 || sim_chance(&w->rng, f->loss))
			outcome =
			    sim_chance(&w->rng, f->refused_share) ? SIM_REFUSED : SIM_DEAD;
	}
	return outcome;
}

static void
ask_again(struct player *p, struct sim_query q)
{
	struct sim_world *w = p->w;

	if (q.retries >= w->retry_max || !sim_chance(&w->rng, w->retry_share))
		return;
	q.time_ns += (int64_t)(sim_real(&w->rng, .8, 1.3) * 1e9) << q.retries;
	q.retries++;
	if (!w->is_retry_same_port)
		q.port = sim_choose(&w->rng, &w->clients[q.client].chooser);
	push(&p->waiting, q);
}

/* What waits when the capture ends may still be answered. */
static void
leave_undecided(struct sim_world *w)
{
	const int64_t end_ns = w->queries[w->query_count - 1].time_ns;
	const int64_t from_ns = end_ns - (int64_t)(w->undecided_s * 1e9);

	for (size_t i = w->query_count; i-- > 0 && w->queries[i].time_ns > from_ns;)
		if (w->queries[i].outcome == SIM_DEAD)
			w->queries[i].outcome = SIM_UNDECIDED;
}

void
sim_play(struct sim_world *w)
{
	struct player p;

	player_init(&p, w);
	p.next_s = sim_exponential(&w->rng, p.gap_s);
	while (w->query_count < w->query_max) {
		const int64_t next_ns = w->start_ns + (int64_t)(p.next_s * 1e9);
		struct sim_query q;

		if (p.waiting.count > 0 && p.waiting.heap[0].time_ns <= next_ns)
			q = pop(&p.waiting);
		else
			q = fresh(&p);
		q.outcome = (uint8_t)outcome_of(w, &q);
		if (q.outcome == SIM_DEAD)
			ask_again(&p, q);
		w->queries[w->query_count++] = q;
	}
	leave_undecided(w);
	player_fini(&p);
}
