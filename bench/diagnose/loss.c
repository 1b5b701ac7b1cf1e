/*
 * loss.c - what goes unanswered without a port's fault: base loss, outages, bursts, dead
 * servers and clients, rate limits, answers that the capture does not hold.
 */
#include <math.h>
#include <stdlib.h>

#include "sim.h"

struct sim_series *
sim_add_series(struct sim_world *w, uint32_t client, uint32_t server, double loss)
{
	struct sim_series *s;

	if (w->series_count == SIM_SERIES_MAX) {
		fputs("diagnose: more than SIM_SERIES_MAX series of outages\n", stderr);
		exit(1);
	}
	s = &w->series[w->series_count++];
	*s = (struct sim_series){.client = client, .server = server, .loss = loss};
	return s;
}

void
sim_add_window(struct sim_series *s, double from_s, double until_s)
{
	struct sim_window *more;

	more = reallocarray(s->windows, s->window_count + 1, sizeof *s->windows);
	if (more == NULL) {
		fputs("diagnose: no memory\n", stderr);
		exit(1);
	}
	s->windows = more;
	s->windows[s->window_count++] = (struct sim_window){from_s, until_s};
}

void
sim_add_bursts(struct sim_world *w, struct sim_series *s, double mean_s, double share)
{
	double at_s = 0;

	for (;;) {
		double until_s;

		at_s += sim_exponential(&w->rng, mean_s * (1 - share) / share);
		if (at_s >= w->length_s)
			return;
		until_s = at_s + sim_exponential(&w->rng, mean_s);
		sim_add_window(s, at_s, until_s);
		at_s = until_s;
	}
}

static bool
is_in_series(struct sim_series *s, const struct sim_query *q, double at_s)
{
	while (s->at < s->window_count && s->windows[s->at].until_s <= at_s)
		s->at++;
	if (s->at == s->window_count || at_s < s->windows[s->at].from_s)
		return false;
	return (s->client == SIM_ALL || s->client == q->client) &&
	    (s->server == SIM_ALL || s->server == q->server);
}

/* A token bucket for each client, as response rate limiting has one for each network. */
static bool
is_limited(struct sim_world *w, const struct sim_query *q)
{
	struct sim_client *c = &w->clients[q->client];
	const double passed_s = (double)(q->time_ns - c->tokens_ns) / 1e9;

	if (w->rate_limit <= 0)
		return false;
	c->tokens = c->tokens_ns == 0
	    ? w->rate_burst
	    : fmin(w->rate_burst, c->tokens + passed_s * w->rate_limit);
	c->tokens_ns = q->time_ns;
	if (c->tokens >= 1) {
		c->tokens -= 1;
		return false;
	}
	return !sim_chance(&w->rng, w->rate_slip);
}

bool
sim_is_lost(struct sim_world *w, const struct sim_query *q, double at_s)
{
	const struct sim_client *c = &w->clients[q->client];
	const struct sim_server *s = &w->servers[q->server];
	double arrives =
	    (1 - w->base_loss) * (1 - c->loss) * (1 - s->loss) * (1 - w->answer_lost);
	bool is_lost = c->is_dead || s->is_dead;

	for (size_t i = 0; i < w->series_count; i++)
		if (is_in_series(&w->series[i], q, at_s))
			arrives *= 1 - w->series[i].loss;
	is_lost |= is_limited(w, q);
	is_lost |= q->question > w->name_count;
	for (unsigned i = 0; i < w->copies; i++)
		if (!sim_chance(&w->rng, 1 - arrives))
			return is_lost;
	return true;
}
