/*
 * verdict.c - makes a verdict of a candidate, and takes out the cases that it explains.
 *
 * A hard range whose edges, once they are known, hold many answered ports is soft after all; a
 * soft one of a wide scope may be a hard one of the part that the scope came down to.
 */
#include "judge/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"
#include "judge/order.h"

/* Exceptions that a hard range may have: so many, or this part of its ports. */
#define EXCEPTIONS_FEW 3
#define EXCEPTIONS_PART_OF_HARD 10
#define EXCEPTIONS_PART_OF_SOFT 20
/* A scope is not surer than the fault: chance would make that less often than 1 in 100. */
#define LN_CONFIRMED (-4.6)
/* Of raised loss and of hashes, which are told by few trials each: 1 in 10,000. */
#define LN_CONFIRMED_LESS_PLAIN (-9.2)
/* Of the dead cases of a soft range, a hard one in its place must keep this part. */
#define HARD_KEEPS 0.9

static bool
has_parities(const uint16_t *masks, const bool *parities, unsigned count, uint16_t port)
{
	for (unsigned i = 0; i < count; i++) {
		if ((__builtin_popcount(port & masks[i]) & 1) != parities[i])
			return false;
	}
	return true;
}

static bool
has_port(const struct dg_port_range *ranges, unsigned range_count, const uint16_t *exceptions,
    unsigned exception_count, uint16_t port)
{
	bool is_in = false;

	for (unsigned i = 0; i < range_count && !is_in; i++)
		is_in = port >= ranges[i].first && port <= ranges[i].last;
	for (unsigned i = 0; i < exception_count && is_in; i++)
		is_in = port != exceptions[i];
	return is_in;
}

bool
dg_candidate_has_port(const struct dg_candidate *c, uint16_t port)
{
	if (c->shape == DG_SHAPE_REPEATS)
		return true;
	if (c->shape == DG_SHAPE_PARITY)
		return has_parities(c->masks, c->parities, c->mask_count, port);
	return has_port(c->ranges, c->range_count, c->exceptions, c->exception_count, port);
}

bool
dg_verdict_has_port(const struct dg_port_verdict *v, uint16_t port)
{
	if (v->shape == DG_SHAPE_REPEATS)
		return v->port_count > 0 &&
		    bsearch(&port, v->ports, v->port_count, sizeof port, dg_compare_ports) !=
		    NULL;
	if (v->shape == DG_SHAPE_PARITY)
		return has_parities(v->masks, v->parities, v->mask_count, port);
	return has_port(v->ranges, v->range_count, v->exceptions, v->exception_count, port);
}

void
dg_verdict_fill(const struct dg_port_verdict *v, bool table[DG_PORT_NUMBERS])
{
	for (uint32_t port = 0; port < DG_PORT_NUMBERS; port++)
		table[port] = dg_verdict_has_port(v, (uint16_t)port);
}

int
dg_unit_compare(const void *left, const void *right)
{
	const struct dg_unit_id *a = left, *b = right;

	if (a->server != b->server)
		return a->server < b->server ? -1 : 1;
	return (a->client > b->client) - (a->client < b->client);
}

bool
dg_verdict_has_unit(
    const struct dg_cases *cases, const struct dg_port_verdict *v, const struct dg_case *x)
{
	struct dg_unit_id id;

	if (v->scope == DG_SCOPE_ALL)
		return true;
	id = dg_unit_of(v->scope, dg_case_unit(cases, x, v->scope));
	return v->unit_count > 0 &&
	    bsearch(&id, v->units, v->unit_count, sizeof id, dg_unit_compare) != NULL;
}

/* The candidate's own unit, before it is asked whose fault it is. */
static int
begin(const struct dg_unit *u, const struct dg_candidate *c, struct dg_port_verdict *v)
{
	memset(v, 0, sizeof *v);
	v->units = malloc(sizeof *v->units);
	if (v->units == NULL)
		return DNSGAP_ENOMEM;
	v->units[0] = dg_unit_of(u->scope, u->number);
	v->unit_count = 1;
	v->scope = u->scope;
	v->shape = c->shape;
	memcpy(v->ranges, c->ranges, sizeof v->ranges);
	v->range_count = c->range_count;
	memcpy(v->exceptions, c->exceptions, sizeof v->exceptions);
	v->exception_count = c->exception_count;
	memcpy(v->masks, c->masks, sizeof v->masks);
	memcpy(v->parities, c->parities, sizeof v->parities);
	v->mask_count = c->mask_count;
	v->share = c->share;
	v->has_window = c->has_window;
	v->after_ns = c->after_ns;
	v->before_ns = c->before_ns;
	for (unsigned i = 0; i < v->range_count; i++) {
		v->firsts[i] = (struct dg_range_end){v->ranges[i].first, v->ranges[i].first, 0};
		v->lasts[i] = (struct dg_range_end){v->ranges[i].last, v->ranges[i].last, 0};
	}
	return 0;
}

/* Ports of the verdict's cases in its ranges, and the dead cases in its set. */
static void
measure(const struct dg_cases *cases, const struct dg_owned *owned,
    const struct dg_port_verdict *v, uint32_t *ports, uint64_t *dead)
{
	int32_t latest = -1;

	*ports = 0;
	*dead = 0;
	for (size_t i = 0; i < owned->count; i++) {
		const struct dg_case *x = &cases->list[owned->ids[i]];

		if (!has_port(v->ranges, v->range_count, NULL, 0, x->port))
			continue;
		*ports += x->port != latest;
		latest = x->port;
		*dead += x->is_dead && dg_verdict_has_port(v, x->port);
	}
}

static uint32_t
few_of(uint32_t ports, uint32_t part)
{
	return ports / part > EXCEPTIONS_FEW ? ports / part : EXCEPTIONS_FEW;
}

/* Ends, once more when silent cases belong to the verdict. */
static int
find_total_ends(const struct dg_cases *cases, struct dg_owned *owned, struct dg_port_verdict *v,
    uint32_t *exceptions)
{
	size_t count = owned->count;
	int error = dg_ends_find(cases, owned, v, exceptions);

	if (error == 0)
		error = dg_owned_recall(cases, v, owned);
	if (error == 0 && owned->count != count)
		error = dg_ends_find(cases, owned, v, exceptions);
	return error;
}

/* A verdict was soft: is it hard in the scope that it came down to? */
static int
harden(const struct dg_cases *cases, struct dg_owned *owned, struct dg_port_verdict *v,
    const struct dg_port_verdict *before)
{
	struct dg_port_verdict hard = *before;
	uint32_t exceptions, ports, soft_ports;
	uint64_t dead, soft_dead;
	int error;

	hard.shape = DG_SHAPE_HARD;
	error = dg_ends_find(cases, owned, &hard, &exceptions);
	if (error != 0)
		return error;
	measure(cases, owned, &hard, &ports, &dead);
	measure(cases, owned, v, &soft_ports, &soft_dead);
	if (exceptions <= DG_VERDICT_EXCEPTIONS_MAX && hard.range_count > 0 &&
	    exceptions <= few_of(ports, EXCEPTIONS_PART_OF_SOFT) &&
	    (double)dead >= HARD_KEEPS * (double)soft_dead) {
		*v = hard;
		error = find_total_ends(cases, owned, v, &exceptions);
	}
	return error;
}

/* Ends, and with them whether the fault is total or partial. */
static int
find_ends(const struct dg_cases *cases, struct dg_owned *owned, struct dg_port_verdict *v)
{
	struct dg_port_verdict before = *v;
	uint32_t exceptions, ports;
	uint64_t dead;
	int error = v->shape == DG_SHAPE_SOFT ? dg_ends_find(cases, owned, v, &exceptions)
					      : find_total_ends(cases, owned, v, &exceptions);

	if (error != 0)
		return error;
	if (v->shape == DG_SHAPE_SOFT)
		return harden(cases, owned, v, &before);
	measure(cases, owned, v, &ports, &dead);
	if (v->shape == DG_SHAPE_HARD &&
	    (exceptions > DG_VERDICT_EXCEPTIONS_MAX ||
		exceptions > few_of(ports, EXCEPTIONS_PART_OF_HARD))) {
		v->shape = DG_SHAPE_SOFT;
		v->exception_count = 0;
	}
	return 0;
}

/* Of REPEATS: the ports seen dead and never alive. */
static int
list_ports(
    const struct dg_cases *cases, const struct dg_owned *owned, struct dg_port_verdict *v)
{
	uint16_t *ports = malloc((owned->count + 1) * sizeof *ports);
	size_t count = 0;

	if (ports == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0, next; i < owned->count; i = next) {
		uint16_t port = cases->list[owned->ids[i]].port;
		bool is_dead = true;

		for (next = i; next < owned->count; next++) {
			const struct dg_case *x = &cases->list[owned->ids[next]];

			if (x->port != port)
				break;
			is_dead = is_dead && x->is_dead;
		}
		if (is_dead)
			ports[count++] = port;
	}
	v->ports = ports;
	v->port_count = count;
	return 0;
}

/* Takes out what the verdict explains: of a total fault its dead cases, of a partial one or a
 * hash all in the set, of a hash without structure all of the unit. */
static size_t
take_out(struct dg_cases *cases, const struct dg_owned *owned, enum dg_shape shape,
    const struct dg_port_verdict *v)
{
	bool has_alive = shape == DG_SHAPE_SOFT || dg_shape_is_hash(shape);
	size_t count = 0;

	for (size_t i = 0; i < owned->count; i++) {
		struct dg_case *x = &cases->list[owned->ids[i]];

		if (!has_alive && !x->is_dead)
			continue;
		if (shape == DG_SHAPE_REPEATS || dg_verdict_has_port(v, x->port)) {
			x->is_active = false;
			count++;
		}
	}
	return count;
}

/* The verdict explains nothing of what found it (its ends moved away): the candidate's own
 * cases go, so that every round has less to explain. */
static void
take_out_candidate(
    struct dg_cases *cases, const struct dg_unit *u, const struct dg_candidate *c)
{
	for (size_t i = 0; i < u->count; i++) {
		struct dg_case *x = &cases->list[u->ids[i]];

		if (dg_candidate_has_port(c, x->port))
			x->is_active = false;
	}
}

int
dg_verdict_make(struct dg_cases *cases, const struct dg_unit *u, const struct dg_candidate *c,
    double ln_p, struct dg_port_verdict *out)
{
	struct dg_port_verdict v;
	struct dg_owned owned = {NULL, 0};
	bool is_sure = true;
	int error = begin(u, c, &v);

	if (error == 0 && !dg_shape_is_hash(c->shape))
		error = dg_scope_decide(cases, c, &v);
	if (error == 0 && c->shape == DG_SHAPE_REPEATS)
		error = dg_scope_of_repeats(cases, &v, &is_sure);
	if (error == 0)
		error = dg_owned_make(cases, &v, &owned);
	if (error == 0 && dg_shape_has_ends(c->shape))
		error = find_ends(cases, &owned, &v);
	if (error == 0 && c->shape == DG_SHAPE_REPEATS)
		error = list_ports(cases, &owned, &v);
	if (error == 0)
		error = dg_scope_ask(cases, &v);
	if (error == 0)
		error = dg_effect_count(cases, &owned, &v);
	if (error == 0) {
		v.ln_p = ln_p;
		v.is_confirmed = v.is_confirmed && is_sure &&
		    ln_p <= (v.shape == DG_SHAPE_SOFT || dg_shape_is_hash(v.shape)
				    ? LN_CONFIRMED_LESS_PLAIN
				    : LN_CONFIRMED);
		if (take_out(cases, &owned, c->shape, &v) == 0)
			take_out_candidate(cases, u, c);
		*out = v;
	} else {
		free(v.units);
		free(v.ports);
	}
	free(owned.ids);
	return error;
}
