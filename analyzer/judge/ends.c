/*
 * ends.c - where the ranges of a verdict begin and end, and which ports inside are alive.
 *
 * An end is known to the nearest port that was seen: the likeliest place, given how ports
 * nearby fared and where people put ends of ranges, with its probability.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"
#include "judge/natural.h"
#include "judge/order.h"
#include "judge/verdict.h"

/* An answered port inside costs so much at most, one that is often kept open less. */
#define PORT_FLOOR (-7.0)
#define PORT_FLOOR_KEPT_OPEN (-2.5)
/* Past so many answered ports no end is looked for. */
#define ANSWERED_PASSED 2
/* Of the weights of pairs of ends, the share of those that are no range that people choose. */
#define APART_SHARE 0.4
/* A dead run of a client is an outage when chance would make it in one of so many captures. */
#define LN_OUTAGE log(1e-4)
#define OUTAGE_RUN_MIN 6

/* The ports of a range that people choose, by index, and its weight. */
struct span {
	uint32_t first;
	uint32_t last;
	double weight;
	double score; /* of its ports */
};

struct ports {
	uint16_t *port; /* different ones, ascending */
	double *score;  /* ln ratio of shut against open */
	bool *is_alive; /* answered once or more */
	bool *is_in;    /* in the verdict's ranges as they were */
	double *worth;  /* of an end here, beside what it is worth by itself */
	uint32_t count;
	struct span *spans;
	size_t span_count;
};

static void
ports_fini(struct ports *p)
{
	free(p->port);
	free(p->score);
	free(p->is_alive);
	free(p->is_in);
	free(p->worth);
	free(p->spans);
}

static bool
is_in_ranges(const struct dg_port_verdict *v, uint16_t port)
{
	for (unsigned i = 0; i < v->range_count; i++) {
		if (port >= v->ranges[i].first && port <= v->ranges[i].last)
			return true;
	}
	return false;
}

/* By port number. */
struct fate {
	uint32_t dead;
	uint32_t dead_in_run; /* of the latest run that used it */
	uint32_t run;         /* its number, from 1 */
	bool is_alive;
	bool is_in; /* one of the verdict's ranges */
};

/*
 * Marks the cases of a run when half of it lies outside of the ranges, and its ports do not die
 * again in other runs more often than they live: then it was time that killed them.
 */
static void
judge_run(const struct dg_case *list, const struct dg_owned *owned,
    const struct dg_keyed *steps, size_t count, uint32_t run, struct fate *fates,
    bool *is_outage)
{
	size_t alive = 0, again = 0, outside = 0;

	for (size_t i = 0; i < count; i++) {
		struct fate *f = &fates[list[owned->ids[steps[i].at]].port];

		if (f->run != run)
			f->dead_in_run = 0;
		f->run = run;
		f->dead_in_run++;
		outside += !f->is_in;
	}
	if (2 * outside < count)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct fate *f = &fates[list[owned->ids[steps[i].at]].port];

		alive += f->is_alive;
		again += f->dead > f->dead_in_run;
	}
	for (size_t i = 0; i < count && again <= alive; i++)
		is_outage[steps[i].at] = true;
}

/* `is_outage` by index into owned, all false before. */
static int
find_outages(const struct dg_cases *cases, const struct dg_owned *owned,
    const struct dg_port_verdict *v, bool *is_outage)
{
	struct dg_keyed *steps = malloc(2 * (owned->count + 1) * sizeof *steps);
	struct fate *fates = calloc(DG_PORT_NUMBERS, sizeof *fates);
	double dead = 0, n = (double)owned->count, rate, longest;
	uint32_t run = 0;

	if (steps == NULL || fates == NULL || owned->count == 0) {
		int error = steps == NULL || fates == NULL ? DNSGAP_ENOMEM : 0;

		free(steps);
		free(fates);
		return error;
	}
	for (size_t i = 0; i < owned->count; i++) {
		const struct dg_case *x = &cases->list[owned->ids[i]];

		steps[i] = (struct dg_keyed){
		    (uint64_t)x->client << 32 | cases->rank[owned->ids[i]], (uint32_t)i};
		fates[x->port].dead += x->is_dead;
		fates[x->port].is_alive |= !x->is_dead;
		fates[x->port].is_in = is_in_ranges(v, x->port);
		dead += x->is_dead;
	}
	dg_order(steps, steps + owned->count + 1, owned->count);
	rate = fmin(.98, fmax(dead / n, 1e-3));
	longest = fmax(OUTAGE_RUN_MIN, ceil((LN_OUTAGE - log(n)) / log(rate)));
	for (size_t i = 0, next; i < owned->count; i = next) {
		for (next = i; next < owned->count; next++) {
			if (steps[next].key >> 32 != steps[i].key >> 32 ||
			    !cases->list[owned->ids[steps[next].at]].is_dead)
				break;
		}
		if (next > i && (double)(next - i) >= longest)
			judge_run(
			    cases->list, owned, steps + i, next - i, ++run, fates, is_outage);
		if (next == i)
			next++;
	}
	free(steps);
	free(fates);
	return 0;
}

/* Dead and alive cases inside the ranges and outside. */
struct four {
	double inside, inside_dead, outside, outside_dead;
};

static struct four
count_four(const struct dg_cases *cases, const struct dg_owned *owned,
    const struct dg_port_verdict *v, const bool *is_outage)
{
	struct four f = {0, 0, 0, 0};

	for (size_t i = 0; i < owned->count; i++) {
		const struct dg_case *x = &cases->list[owned->ids[i]];

		if (is_outage[i])
			continue;
		if (is_in_ranges(v, x->port)) {
			f.inside++;
			f.inside_dead += x->is_dead;
		} else {
			f.outside++;
			f.outside_dead += x->is_dead;
		}
	}
	return f;
}

static void
fill_ports(const struct dg_cases *cases, const struct dg_owned *owned,
    const struct dg_port_verdict *v, const bool *is_outage, struct ports *p)
{
	struct four f = count_four(cases, owned, v, is_outage);
	bool is_hard = v->shape != DG_SHAPE_SOFT;
	double open_rate = fmin(.9, fmax((f.outside_dead + .5) / (f.outside + 1), 1e-4));
	double shut_rate = DG_DEAD_RATE_HARD, dead, alive;

	if (!is_hard)
		shut_rate = fmin(.97, fmax((f.inside_dead + .5) / (f.inside + 1), .05));
	open_rate = fmin(open_rate, shut_rate * .8);
	dead = log(shut_rate / open_rate);
	alive = log((1 - shut_rate) / (1 - open_rate));
	for (size_t i = 0; i < owned->count; i++) {
		const struct dg_case *x = &cases->list[owned->ids[i]];
		uint32_t n;

		if (p->count == 0 || p->port[p->count - 1] != x->port) {
			n = p->count++;
			p->port[n] = x->port;
			p->score[n] = 0;
			p->is_alive[n] = false;
			p->is_in[n] = is_in_ranges(v, x->port);
		}
		n = p->count - 1;
		if (is_outage[i])
			continue;
		p->score[n] += x->is_dead ? dead : alive;
		p->is_alive[n] |= !x->is_dead;
	}
	for (uint32_t n = 0; is_hard && n < p->count; n++)
		p->score[n] = fmax(p->score[n],
		    dg_is_kept_open(p->port[n]) ? PORT_FLOOR_KEPT_OPEN : PORT_FLOOR);
}

/* The ranges that people choose, as far as they hold ports.  `worth` has room for sums. */
static void
fill_spans(struct ports *p)
{
	size_t count;
	const struct dg_natural *naturals = dg_naturals(&count);
	uint32_t first = 0;

	for (uint32_t n = 0; n < p->count; n++)
		p->worth[n + 1] = p->worth[n] + p->score[n];
	for (size_t i = 0; i < count; i++) {
		uint32_t low = 0, high = p->count;

		while (first < p->count && p->port[first] < naturals[i].first)
			first++;
		while (low < high) { /* to the first one past it */
			uint32_t middle = low + (high - low) / 2;

			if (p->port[middle] <= naturals[i].last)
				low = middle + 1;
			else
				high = middle;
		}
		if (low > first)
			p->spans[p->span_count++] = (struct span){first, low - 1,
			    exp(naturals[i].ln_weight), p->worth[low] - p->worth[first]};
	}
	memset(p->worth, 0, (p->count + 1) * sizeof *p->worth);
}

/* Ports by what they say.  The cases of outages say nothing. */
static int
ports_make(const struct dg_cases *cases, const struct dg_owned *owned,
    const struct dg_port_verdict *v, struct ports *p)
{
	size_t room = owned->count < DG_PORT_NUMBERS ? owned->count + 1 : DG_PORT_NUMBERS;
	bool *is_outage = calloc(owned->count + 1, sizeof *is_outage);
	size_t naturals;
	int error;

	(void)dg_naturals(&naturals);
	memset(p, 0, sizeof *p);
	p->port = malloc(room * sizeof *p->port);
	p->score = malloc(room * sizeof *p->score);
	p->is_alive = malloc(room * sizeof *p->is_alive);
	p->is_in = malloc(room * sizeof *p->is_in);
	p->worth = calloc(room + 1, sizeof *p->worth);
	p->spans = malloc(naturals * sizeof *p->spans);
	if (is_outage == NULL || p->port == NULL || p->score == NULL || p->is_alive == NULL ||
	    p->is_in == NULL || p->worth == NULL || p->spans == NULL) {
		free(is_outage);
		return DNSGAP_ENOMEM;
	}
	error = find_outages(cases, owned, v, is_outage);
	if (error == 0)
		fill_ports(cases, owned, v, is_outage, p);
	if (error == 0)
		fill_spans(p);
	free(is_outage);
	return error;
}

/* A place for an end, and what it is worth: the best, and the sum over all of them. */
struct choice {
	uint32_t best;
	double value;
	double sum; /* of exp(value - the best's) */
};

static void
consider(struct choice *c, uint32_t n, double value)
{
	if (c->sum == 0 || value > c->value) {
		c->sum = c->sum == 0 ? 1 : c->sum * exp(c->value - value) + 1;
		c->value = value;
		c->best = n;
	} else {
		c->sum += exp(value - c->value);
	}
}

static double
edge_of_first(const struct ports *p, uint32_t n)
{
	return dg_ln_edge_prior(n > 0 ? p->port[n - 1] : -1, p->port[n]);
}

static double
edge_of_last(const struct ports *p, uint32_t n)
{
	return dg_ln_edge_prior(
	    p->port[n], n + 1 < p->count ? p->port[n + 1] : DG_PORT_NUMBERS);
}

/* ln weight of a pair of ends: each for itself, or both of one chosen range. */
static double
ln_prior(double edge, double other, double chosen)
{
	return log(APART_SHARE * exp(edge + other) + chosen);
}

/* The first port of a range that ends at index `last`, from index `limit` on.  Of equal ones
 * the one that is furthest in: it claims least. */
static struct choice
find_first(const struct ports *p, uint32_t limit, uint32_t last)
{
	struct choice c = {last, 0, 0};
	double score = 0, edge = edge_of_last(p, last);

	for (size_t i = 0; i < p->span_count; i++)
		p->worth[p->spans[i].first] +=
		    p->spans[i].last == last ? p->spans[i].weight : 0;
	for (uint32_t n = last;; n--) {
		score += p->score[n];
		consider(&c, n, score + ln_prior(edge_of_first(p, n), edge, p->worth[n]));
		if (n == limit)
			break;
	}
	for (size_t i = 0; i < p->span_count; i++)
		p->worth[p->spans[i].first] = 0;
	return c;
}

static struct choice
find_last(const struct ports *p, uint32_t first, uint32_t limit)
{
	struct choice c = {first, 0, 0};
	double score = 0, edge = edge_of_first(p, first);

	for (size_t i = 0; i < p->span_count; i++)
		p->worth[p->spans[i].last] +=
		    p->spans[i].first == first ? p->spans[i].weight : 0;
	for (uint32_t n = first; n <= limit; n++) {
		score += p->score[n];
		consider(&c, n, score + ln_prior(edge, edge_of_last(p, n), p->worth[n]));
	}
	for (size_t i = 0; i < p->span_count; i++)
		p->worth[p->spans[i].last] = 0;
	return c;
}

/* The likeliest ends when one is sought after the other, beginning with the last port. */
static double
settle(const struct ports *p, uint32_t least, uint32_t most, uint32_t last, struct choice *left,
    struct choice *right)
{
	for (int sweep = 0; sweep < 2; sweep++) {
		*left = find_first(p, least, last);
		*right = find_last(p, left->best, most);
		if (right->best == last)
			break;
		last = right->best;
	}
	return right->value;
}

/* The same from each range that people choose: from where a search for one end after the
 * other began, that range may be past a worse place. */
static void
find_both(const struct ports *p, uint32_t least, uint32_t most, uint32_t last,
    struct choice *left, struct choice *right)
{
	double value = settle(p, least, most, last, left, right), score;
	const struct span *best = NULL;

	for (size_t i = 0; i < p->span_count; i++) {
		const struct span *s = &p->spans[i];

		if (s->first < least || s->last > most || s->first > right->best ||
		    s->last < left->best)
			continue;
		score = log(s->weight) + s->score;
		if (score > value) {
			value = score;
			best = s;
		}
	}
	if (best != NULL)
		settle(p, least, most, best->last, left, right);
}

/* How far out the ends of a range may go: not past a few answered ports, and not into the next
 * range. */
static void
find_limits(const struct ports *p, const struct dg_port_verdict *v, unsigned range,
    uint32_t first, uint32_t last, uint32_t *least, uint32_t *most)
{
	bool is_hard = v->shape != DG_SHAPE_SOFT;
	unsigned passed = 0;

	for (*least = first; *least > 0; --*least) {
		uint32_t n = *least - 1;

		if (p->is_in[n] && !(p->port[n] >= v->ranges[range].first))
			break;
		passed += is_hard && p->score[n] < 0 && !dg_is_kept_open(p->port[n]);
		if (passed > ANSWERED_PASSED) {
			--*least;
			break;
		}
	}
	passed = 0;
	for (*most = last; *most + 1 < p->count; ++*most) {
		uint32_t n = *most + 1;

		if (p->is_in[n] && !(p->port[n] <= v->ranges[range].last))
			break;
		passed += is_hard && p->score[n] < 0 && !dg_is_kept_open(p->port[n]);
		if (passed > ANSWERED_PASSED) {
			++*most;
			break;
		}
	}
}

static struct dg_range_end
first_end(const struct ports *p, const struct choice *c)
{
	uint32_t n = c->best;
	uint16_t least = n > 0 ? (uint16_t)(p->port[n - 1] + 1) : 0;

	return (struct dg_range_end){least, p->port[n], fmin(1, 1 / c->sum)};
}

static struct dg_range_end
last_end(const struct ports *p, const struct choice *c)
{
	uint32_t n = c->best;
	uint16_t most = n + 1 < p->count ? (uint16_t)(p->port[n + 1] - 1) : UINT16_MAX;

	return (struct dg_range_end){p->port[n], most, fmin(1, 1 / c->sum)};
}

/* Moves the ends of one range, which begins at index `*from` or past it, and moves `*from`
 * past it; false when none of its ports is left.  A range of a total fault ends at dead ports:
 * an answered one that the likeliest end takes in is an exception beside it. */
static bool
find_range(const struct ports *p, const struct dg_port_verdict *v, unsigned range,
    uint32_t *from, struct dg_range_end *first, struct dg_range_end *last)
{
	uint32_t i = *from, j = p->count, least, most;
	struct choice left = {0, 0, 0}, right = {0, 0, 0};

	while (i < p->count && p->port[i] < v->ranges[range].first)
		i++;
	while (j > i && p->port[j - 1] > v->ranges[range].last)
		j--;
	if (j == i)
		return false;
	j--;
	find_limits(p, v, range, i, j, &least, &most);
	if (least < *from)
		least = *from;
	find_both(p, least, most, j, &left, &right);
	*first = first_end(p, &left);
	*last = last_end(p, &right);
	*from = right.best + 1;
	if (v->shape == DG_SHAPE_SOFT)
		return true;
	for (i = left.best; i < right.best && p->is_alive[i]; i++)
		first->most = p->port[i + 1];
	for (j = right.best; j > i && p->is_alive[j]; j--)
		last->least = p->port[j - 1];
	return true;
}

/* Answered ports between a range and its end as it may be: they are exceptions, too. */
static bool
is_in_brackets(const struct dg_port_verdict *v, uint16_t port)
{
	for (unsigned i = 0; i < v->range_count; i++) {
		if (port >= v->firsts[i].least && port <= v->lasts[i].most)
			return true;
	}
	return false;
}

/* Ports seen answered inside the ranges, or where these may end. */
static uint32_t
find_exceptions(const struct ports *p, struct dg_port_verdict *v)
{
	uint32_t all = 0;

	v->exception_count = 0;
	for (uint32_t n = 0; n < p->count; n++) {
		if (!p->is_alive[n] || !is_in_brackets(v, p->port[n]))
			continue;
		if (v->exception_count < DG_VERDICT_EXCEPTIONS_MAX)
			v->exceptions[v->exception_count++] = p->port[n];
		all++;
	}
	return all;
}

/* What one side of an open range says, less what an end costs that is there for it alone. */
static double
worth_of_side(const struct ports *p, const struct dg_port_range *side, bool is_low)
{
	double value = 0;
	uint32_t first = 0, n;

	while (first < p->count && p->port[first] < side->first)
		first++;
	for (n = first; n < p->count && p->port[n] <= side->last; n++)
		value += p->score[n];
	return value + (is_low ? edge_of_last(p, n - 1) : edge_of_first(p, first));
}

/* All but an open range is dead, or all up to it (from it on): a few ports that were lost by
 * chance at the far end of the open range do not make it end there. */
static void
drop_thin_side(const struct ports *p, struct dg_port_verdict *v)
{
	double low, high;
	unsigned kept;

	if (v->shape != DG_SHAPE_FLIP || v->range_count != 2)
		return;
	low = worth_of_side(p, &v->ranges[0], true);
	high = worth_of_side(p, &v->ranges[1], false);
	if (low > 0 && high > 0)
		return;
	kept = low < high;
	v->ranges[0] = v->ranges[kept];
	v->firsts[0] = v->firsts[kept];
	v->lasts[0] = v->lasts[kept];
	v->range_count = 1;
}

int
dg_ends_find(const struct dg_cases *cases, const struct dg_owned *owned,
    struct dg_port_verdict *v, uint32_t *exceptions_all)
{
	struct dg_range_end firsts[DG_VERDICT_RANGES_MAX], lasts[DG_VERDICT_RANGES_MAX];
	struct ports p;
	unsigned used = 0;
	uint32_t from = 0;
	int error = ports_make(cases, owned, v, &p);

	*exceptions_all = 0;
	for (unsigned r = 0; error == 0 && r < v->range_count; r++)
		used += find_range(&p, v, r, &from, &firsts[used], &lasts[used]);
	if (error == 0 && used > 0) {
		for (unsigned r = 0; r < used; r++) {
			v->firsts[r] = firsts[r];
			v->lasts[r] = lasts[r];
			v->ranges[r] = (struct dg_port_range){firsts[r].most, lasts[r].least};
		}
		v->range_count = used;
		drop_thin_side(&p, v);
	}
	if (error == 0 && v->shape != DG_SHAPE_SOFT)
		*exceptions_all = find_exceptions(&p, v);
	ports_fini(&p);
	return error;
}
