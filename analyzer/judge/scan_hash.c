/*
 * scan_hash.c - ports that are dead for good, where a hash of the flow chooses a dead path.
 *
 * REPEATS: of another hash than a linear one (scan_parity.c), only ports that are tried again
 * tell: what was dead once is dead later.
 */
#include <math.h>
#include <stdlib.h>

#include "dnsgap/error.h"
#include "judge/order.h"
#include "judge/scan.h"

/* So much later a try of the same port is one of its own. */
#define REPEAT_NS (INT64_C(30) * 1000000000)
/* Weight of ports dead twice, and the share of ports that are dead for good. */
#define TWICE_MIN 3
#define SHARE_MIN 0.03
/* So many ports tried once must agree with that share, less its standard error, at half of it.
 */
#define ONCE_MIN 20
#define ONCE_AGREES 0.5
/* ln p by blocks of time that is asked for. */
#define LN_TIME log(.02)

/* The first try of a port against the next one. */
struct pairs {
	bool *is_next;        /* by index into the view */
	bool *was_dead;       /* the first try of which it is the next */
	uint32_t *ids;        /* of the next ones, into cases->list */
	bool *was_dead_of_id; /* by index into ids, as the next one is dead */
	bool *is_dead_of_id;
	size_t count;
	double dead_first, dead_next, dead_both;
};

/* Cases [from, to) of `order` are one client's at one server, by port and time. */
static void
pair_up(const struct dg_view *v, const struct dg_keyed *order, size_t from, size_t to,
    struct pairs *p)
{
	for (size_t i = from, next; i < to; i = next) {
		const struct dg_case *first = dg_view_case(v, order[i].at);
		bool has_next = false;

		for (next = i + 1; next < to; next++) {
			uint32_t n = order[next].at;
			const struct dg_case *x = dg_view_case(v, n);

			if (x->port != first->port)
				break;
			if (has_next || x->time_ns - first->time_ns < REPEAT_NS)
				continue;
			has_next = true;
			p->is_next[n] = true;
			p->was_dead[n] = v->is_dead[order[i].at];
		}
	}
}

static int
find_pairs(const struct dg_view *v, struct pairs *p)
{
	struct dg_keyed *order = malloc((v->count + 1) * sizeof *order);
	struct dg_keyed *spare = malloc((v->count + 1) * sizeof *spare);

	if (order == NULL || spare == NULL) {
		free(order);
		free(spare);
		return DNSGAP_ENOMEM;
	}
	for (size_t n = 0; n < v->count; n++) {
		const struct dg_case *x = dg_view_case(v, n);

		order[n] =
		    (struct dg_keyed){(uint64_t)x->client << 32 | x->server, (uint32_t)n};
	}
	dg_order(order, spare, v->count);
	for (size_t from = 0, to; from < v->count; from = to) {
		for (to = from; to < v->count && order[to].key == order[from].key;)
			to++;
		pair_up(v, order, from, to, p);
	}
	free(order);
	free(spare);
	for (size_t n = 0; n < v->count; n++) {
		if (!p->is_next[n])
			continue;
		p->ids[p->count] = v->at[n];
		p->was_dead_of_id[p->count] = p->was_dead[n];
		p->is_dead_of_id[p->count] = v->is_dead[n];
		p->count++;
		p->dead_first += p->was_dead[n];
		p->dead_next += v->is_dead[n] ? v->weight[n] : 0;
		p->dead_both += p->was_dead[n] && v->is_dead[n] ? v->weight[n] : 0;
	}
	return 0;
}

static int
pairs_make(const struct dg_view *v, struct pairs *p)
{
	size_t room = v->count + 1;

	p->is_next = calloc(room, sizeof *p->is_next);
	p->was_dead = calloc(room, sizeof *p->was_dead);
	p->ids = malloc(room * sizeof *p->ids);
	p->was_dead_of_id = malloc(room * sizeof *p->was_dead_of_id);
	p->is_dead_of_id = malloc(room * sizeof *p->is_dead_of_id);
	if (p->is_next == NULL || p->was_dead == NULL || p->ids == NULL ||
	    p->was_dead_of_id == NULL || p->is_dead_of_id == NULL)
		return DNSGAP_ENOMEM;
	return find_pairs(v, p);
}

static void
pairs_fini(struct pairs *p)
{
	free(p->is_next);
	free(p->was_dead);
	free(p->ids);
	free(p->was_dead_of_id);
	free(p->is_dead_of_id);
}

/*
 * The share f of ports that are dead for good, when others lose a share q: dead twice are
 * f + (1 - f) q^2 of the pairs, dead once f + (1 - f) q.
 */
static double
dead_share(const struct pairs *p)
{
	double pairs = (double)p->count;
	double twice = p->dead_both / pairs;
	double once = (p->dead_first + p->dead_next) / (2 * pairs);

	return (twice - once * once) / fmax(1e-9, 1 + twice - 2 * once);
}

/* Ports that were tried but once must be dead in proportion. */
static bool
do_others_agree(const struct dg_view *v, double share)
{
	double once = 0, dead = 0;

	for (uint32_t i = 0; i < v->port_count; i++) {
		if (v->start[i + 1] - v->start[i] != 1)
			continue;
		once++;
		dead += v->is_dead_port[i];
	}
	return once < ONCE_MIN || dead / once >= ONCE_AGREES * share;
}

static int
tail_of_pairs(const struct dg_view *v, const struct pairs *p, double *ln_p)
{
	struct dg_stratum *strata = calloc(v->stratum_count + 1, sizeof *strata);

	if (strata == NULL)
		return DNSGAP_ENOMEM;
	for (size_t n = 0; n < v->count; n++) {
		struct dg_stratum *s = &strata[v->stratum[n]];

		if (!p->is_next[n])
			continue;
		*(v->is_dead[n] ? &s->dead : &s->alive) += v->weight[n];
		if (p->was_dead[n])
			*(v->is_dead[n] ? &s->dead_in : &s->alive_in) += v->weight[n];
	}
	*ln_p = dg_ln_strata_tail(p->dead_both, strata, v->stratum_count);
	free(strata);
	return 0;
}

static int
judge_pairs(const struct dg_unit *u, const struct dg_view *v, const struct pairs *p,
    struct dg_candidate *out)
{
	double share, error_of_share, ln_p, ln_time;
	int error;

	if (p->dead_both < TWICE_MIN)
		return 0;
	share = dead_share(p);
	error_of_share = sqrt(fmax(0, share * (1 - share)) / (double)p->count);
	if (share < SHARE_MIN || !do_others_agree(v, share - error_of_share))
		return 0;
	error = tail_of_pairs(v, p, &ln_p);
	if (error == 0)
		error = dg_ln_block_tail(u->cases, p->ids, p->count, p->was_dead_of_id,
		    p->is_dead_of_id, false, &ln_time);
	if (error != 0 || ln_time > LN_TIME)
		return error;
	out->is_found = true;
	out->shape = DG_SHAPE_REPEATS;
	out->ln_tail = ln_p;
	out->ln_score = ln_p;
	out->share = share;
	out->cases = p->dead_first;
	out->dead = p->dead_both;
	return 0;
}

int
dg_scan_repeats(struct dg_unit *u, struct dg_candidate *out)
{
	const struct dg_view *v = dg_unit_view(u, DG_VIEW_WEIGHTED);
	struct pairs p = {.count = 0};
	int error;

	if (v == NULL)
		return DNSGAP_ENOMEM;
	if (v->dead < TWICE_MIN)
		return 0;
	error = pairs_make(v, &p);
	if (error == 0)
		error = judge_pairs(u, v, &p, out);
	pairs_fini(&p);
	return error;
}
