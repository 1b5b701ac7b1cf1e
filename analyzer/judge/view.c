/*
 * view.c - the cases of a unit, weighted, in strata, with sums over ports.
 *
 * A view is one block of memory, made when its sizes are known.
 */
#include "judge/view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "dnsgap/error.h"
#include "judge/natural.h"

/* What is known of a unit's cases before the view's sizes are. */
struct draft {
	const struct dg_roll *roll;
	size_t count;
	size_t bytes;
	double *weight;
	uint32_t *stratum;
	bool *is_dead;
	bool *is_used;
};

static int
draft_make(const struct dg_roll *roll, struct draft *d)
{
	size_t count = roll->count;

	d->bytes = (count + 1) * (sizeof(double) + sizeof(uint32_t) + 2 * sizeof(bool));
	d->weight = dg_pages_new(d->bytes);
	if (d->weight == NULL)
		return DNSGAP_ENOMEM;
	d->roll = roll;
	d->count = count;
	d->stratum = (uint32_t *)(d->weight + count);
	d->is_dead = (bool *)(d->stratum + count);
	d->is_used = d->is_dead + count;
	return 0;
}

/* Weights of a kind of view, and which cases are in it. */
static void
weigh(
    const struct dg_cases *cases, const uint32_t *ids, enum dg_view_kind kind, struct draft *d)
{
	bool has_questions = kind == DG_VIEW_WEIGHTED || kind == DG_VIEW_REPRESENTATIVES;

	for (size_t n = 0; n < d->count; n++) {
		const struct dg_case *x = &cases->list[ids[n]];

		d->is_dead[n] = x->is_dead != (kind == DG_VIEW_SWAPPED);
		d->is_used[n] = !has_questions || x->is_question_first;
		d->weight[n] = has_questions ? (double)x->weight : 1;
	}
	if (kind != DG_VIEW_PLAIN)
		dg_roll_weigh(d->roll, d->is_dead, d->weight, d->is_used);
	for (size_t n = 0; n < d->count; n++) {
		if (kind == DG_VIEW_REPRESENTATIVES)
			d->weight[n] = 1;
		else
			d->is_used[n] = true;
	}
}

static uint32_t
count_ports(
    const struct dg_cases *cases, const uint32_t *ids, const struct draft *d, size_t *used)
{
	uint32_t ports = 0;
	int32_t last = -1;

	*used = 0;
	for (size_t n = 0; n < d->count; n++) {
		if (!d->is_used[n])
			continue;
		ports += cases->list[ids[n]].port != last;
		last = cases->list[ids[n]].port;
		++*used;
	}
	return ports;
}

static void *
take(char **free_from, size_t bytes)
{
	void *taken = *free_from;

	*free_from += bytes;
	return taken;
}

/* Lays the lists out in one block: what needs the most alignment first. */
static int
lay_out(struct dg_view *v)
{
	size_t n = v->count, strata = v->stratum_count, ports = v->port_count;
	size_t doubles = n + 2 * strata + 3 * ports + 4 * (ports + 1);
	size_t numbers = 2 * n + 3 * (ports + 1);
	size_t bytes = strata * sizeof(struct dg_stratum) + doubles * sizeof(double) +
	    numbers * sizeof(uint32_t) + ports * sizeof(uint16_t) + (n + ports) * sizeof(bool);
	char *at = dg_pages_new(bytes);

	if (at == NULL)
		return DNSGAP_ENOMEM;
	v->block = at;
	v->bytes = bytes;
	v->strata = take(&at, strata * sizeof(struct dg_stratum));
	v->weight = take(&at, n * sizeof(double));
	v->stratum_alive = take(&at, strata * sizeof(double));
	v->stratum_dead = take(&at, strata * sizeof(double));
	v->port_dead = take(&at, ports * sizeof(double));
	v->port_alive = take(&at, ports * sizeof(double));
	v->port_dead_cases = take(&at, ports * sizeof(double));
	v->sum_dead = take(&at, (ports + 1) * sizeof(double));
	v->sum_alive = take(&at, (ports + 1) * sizeof(double));
	v->sum_dead_cases = take(&at, (ports + 1) * sizeof(double));
	v->sum_expected = take(&at, (ports + 1) * sizeof(double));
	v->at = take(&at, n * sizeof(uint32_t));
	v->stratum = take(&at, n * sizeof(uint32_t));
	v->start = take(&at, (ports + 1) * sizeof(uint32_t));
	v->sum_alive_ports = take(&at, (ports + 1) * sizeof(uint32_t));
	v->sum_dead_ports = take(&at, (ports + 1) * sizeof(uint32_t));
	v->port = take(&at, ports * sizeof(uint16_t));
	v->is_dead = take(&at, n * sizeof(bool));
	v->is_dead_port = take(&at, ports * sizeof(bool));
	return 0;
}

static void
fill_cases(struct dg_view *v, const uint32_t *ids, const struct draft *d)
{
	size_t n = 0;
	uint32_t port = 0;

	for (size_t i = 0; i < d->count; i++) {
		const struct dg_case *x = &v->cases->list[ids[i]];
		uint32_t s = d->stratum[i];

		if (!d->is_used[i])
			continue;
		v->at[n] = ids[i];
		v->is_dead[n] = d->is_dead[i];
		v->weight[n] = d->weight[i];
		v->stratum[n] = s;
		*(d->is_dead[i] ? &v->stratum_dead[s] : &v->stratum_alive[s]) += d->weight[i];
		if (n == 0 || x->port != v->port[port - 1]) {
			v->port[port] = x->port;
			v->start[port++] = (uint32_t)n;
		}
		n++;
	}
	v->start[port] = (uint32_t)n;
	for (uint32_t s = 0; s < v->stratum_count; s++) {
		v->strata[s] =
		    (struct dg_stratum){v->stratum_alive[s], v->stratum_dead[s], 0, 0};
		v->dead += v->stratum_dead[s];
		v->all += v->stratum_alive[s] + v->stratum_dead[s];
	}
}

static void
fill_port(struct dg_view *v, uint32_t port)
{
	double expected = 0;

	for (uint32_t n = v->start[port]; n < v->start[port + 1]; n++) {
		expected += dg_view_rate(v, n) * v->weight[n];
		if (v->is_dead[n]) {
			v->port_dead[port] += v->weight[n];
			v->port_dead_cases[port] += 1;
		} else {
			v->port_alive[port] += 1;
		}
	}
	v->is_dead_port[port] = v->port_alive[port] <= 0 && v->port_dead_cases[port] > 0;
	v->dead_port_count += v->is_dead_port[port];
	v->sum_dead[port + 1] = v->sum_dead[port] + v->port_dead[port];
	v->sum_alive[port + 1] = v->sum_alive[port] + v->port_alive[port];
	v->sum_dead_cases[port + 1] = v->sum_dead_cases[port] + v->port_dead_cases[port];
	v->sum_expected[port + 1] = v->sum_expected[port] + expected;
	v->sum_alive_ports[port + 1] = v->sum_alive_ports[port] + (v->port_alive[port] > 0);
	v->sum_dead_ports[port + 1] = v->sum_dead_ports[port] + v->is_dead_port[port];
}

int
dg_view_make_by(const struct dg_cases *cases, const uint32_t *ids, const struct dg_roll *roll,
    enum dg_view_kind kind, struct dg_view *out)
{
	struct draft d;
	int error = draft_make(roll, &d);

	*out = (struct dg_view){.cases = cases};
	if (error != 0)
		return error;
	weigh(cases, ids, kind, &d);
	out->port_count = count_ports(cases, ids, &d, &out->count);
	out->stratum_count = dg_roll_strata(roll, d.is_dead, d.weight, d.is_used, d.stratum);
	error = lay_out(out);
	if (error == 0) {
		fill_cases(out, ids, &d);
		for (uint32_t port = 0; port < out->port_count; port++)
			fill_port(out, port);
	}
	dg_pages_free(d.weight, d.bytes);
	return error;
}

int
dg_view_make(const struct dg_cases *cases, const uint32_t *ids, size_t count,
    enum dg_view_kind kind, struct dg_view *out)
{
	struct dg_roll roll;
	int error = dg_roll_make(cases, ids, count, &roll);

	if (error != 0)
		return error;
	error = dg_view_make_by(cases, ids, &roll, kind, out);
	dg_roll_fini(&roll);
	return error;
}

void
dg_view_fini(struct dg_view *v)
{
	dg_pages_free(v->block, v->bytes);
	*v = (struct dg_view){0};
}

int
dg_view_margins(const struct dg_cases *cases, const uint32_t *ids, size_t count, double *alive,
    double *dead)
{
	struct dg_roll roll;
	struct draft d;
	int error = dg_roll_make(cases, ids, count, &roll);

	if (error != 0)
		return error;
	error = draft_make(&roll, &d);
	if (error == 0) {
		weigh(cases, ids, DG_VIEW_WEIGHTED, &d);
		*alive = *dead = 0;
		for (size_t n = 0; n < count; n++)
			*(d.is_dead[n] ? dead : alive) += d.weight[n];
		dg_pages_free(d.weight, d.bytes);
	}
	dg_roll_fini(&roll);
	return error;
}

uint32_t
dg_view_from(const struct dg_view *v, uint32_t port)
{
	uint32_t low = 0, high = v->port_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (v->port[middle] < port)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int64_t
dg_view_to(const struct dg_view *v, uint32_t port)
{
	return (int64_t)dg_view_from(v, port + 1) - 1;
}

void
dg_view_tail_begin(const struct dg_view *v)
{
	for (uint32_t s = 0; s < v->stratum_count; s++)
		v->strata[s].alive_in = v->strata[s].dead_in = 0;
}

void
dg_view_tail_add(const struct dg_view *v, size_t from, size_t to)
{
	for (size_t n = from; n < to; n++) {
		struct dg_stratum *s = &v->strata[v->stratum[n]];

		*(v->is_dead[n] ? &s->dead_in : &s->alive_in) += v->weight[n];
	}
}

double
dg_view_tail_end(const struct dg_view *v, double *cases, double *dead)
{
	double alive = 0;

	*dead = 0;
	for (uint32_t s = 0; s < v->stratum_count; s++) {
		alive += v->strata[s].alive_in;
		*dead += v->strata[s].dead_in;
	}
	*cases = alive + *dead;
	return dg_ln_strata_tail(*dead, v->strata, v->stratum_count);
}

double
dg_view_tail(const struct dg_view *v, const bool *in)
{
	double cases, dead;

	dg_view_tail_begin(v);
	for (size_t n = 0; n < v->count; n++)
		if (in[n])
			dg_view_tail_add(v, n, n + 1);
	return dg_view_tail_end(v, &cases, &dead);
}
