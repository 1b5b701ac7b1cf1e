/*
 * rate.c - servers that answer so many queries a second, and no more.
 *
 * Loss alone is no limit, nor is an outage in which clients ask again and again: a limit shows
 * in that answers go on at one pace, in seconds with many queries as in those with few, and
 * that only the many are lost.
 *
 * Weakness: a limit that is hit in every second looks like loss.
 */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "diagnose/rule_time.h"
#include "dnsgap/error.h"
#include "judge/numbers.h"

/* Seconds of which this share is lost are over the limit, if it is one. */
#define OVER_SHARE 0.2
/* Fewer seconds over it show nothing. */
#define OVER_MIN 3
/* How much more is lost in seconds with more queries than the median. */
#define LOSS_RATIO_MIN 3
#define LOSS_SHARE_MIN 0.1
/* Seconds over the limit have so many times the answers' pace; and answers never more. */
#define CROWD_MIN 1.5
#define PACE_MAX 3
/* Queries a second, when over the limit: of fewer, what is lost and asked again makes a crowd.
 */
#define SIZE_MIN 10
/* Of the crowded seconds, so many are over the limit. */
#define CROWDED_OVER_MIN 0.8

/* A limit that sends truncated replies: so many at least, and in such proportion to the lost.
 */
#define SLIPS_MIN 10
#define SLIPS_RATIO_MAX 4
/* What such a limit remembers (ISC's RRL: 15 s). */
#define MEMORY_NS (15 * DG_NS_PER_S)

/* One bin of time that has queries. */
struct second {
	int64_t at;
	uint64_t reached;
	uint64_t dead;
	bool is_over; /* the limit, if it is one */
};

struct limit {
	struct dg_diagnosis *d;
	const uint32_t *ids; /* of a server or a pair, in order of time */
	size_t count;
	int64_t bin_ns;
	struct second *seconds;
	uint64_t *sizes;
	size_t second_count;
	size_t room; /* of both lists */
	double units;
	uint64_t median;
	struct dg_reach high; /* in seconds with more queries than the median */
	struct dg_reach low;
	double pace; /* answers a second, when over the limit */
};

static uint64_t
size_of(const struct second *s)
{
	return s->reached + s->dead;
}

static int
compare_sizes(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static int64_t
bin_of(const struct limit *x, const struct dg_trial *t)
{
	return t->time_ns / x->bin_ns;
}

static void
count_seconds(struct limit *x)
{
	const struct dg_trial *trials = x->d->summary->trials;

	x->second_count = 0;
	for (size_t i = 0; i < x->count; i++) {
		const struct dg_trial *t = &trials[x->ids[i]];
		size_t n = x->second_count;

		if (n == 0 || x->seconds[n - 1].at != bin_of(x, t))
			x->seconds[x->second_count++] = (struct second){.at = bin_of(x, t)};
		x->seconds[x->second_count - 1].reached += t->reached;
		x->seconds[x->second_count - 1].dead += t->dead;
	}
	for (size_t i = 0; i < x->second_count; i++)
		x->sizes[i] = size_of(&x->seconds[i]);
	qsort(x->sizes, x->second_count, sizeof *x->sizes, compare_sizes);
	x->median = x->second_count > 0 ? x->sizes[(x->second_count - 1) / 2] : 0;
	x->high = x->low = (struct dg_reach){0};
	for (size_t i = 0; i < x->second_count; i++) {
		struct second *s = &x->seconds[i];
		struct dg_reach *r = size_of(s) > x->median ? &x->high : &x->low;

		s->is_over = size_of(s) > x->median &&
		    (double)s->dead >= OVER_SHARE * (double)size_of(s);
		r->transactions += size_of(s);
		r->reached += s->reached;
	}
}

static double
loss_of(const struct dg_reach *r)
{
	return r->transactions > 0
	    ? (double)(r->transactions - r->reached) / (double)r->transactions
	    : 0;
}

/* Fisher's exact test: lost ones in crowded seconds, against the others. */
static double
ln_p_of(const struct limit *x)
{
	uint64_t all = x->high.transactions + x->low.transactions;
	uint64_t reached = x->high.reached + x->low.reached;

	return dg_ln_hypergeometric_tail((int64_t)(x->high.transactions - x->high.reached),
		   (int64_t)all, (int64_t)(all - reached), (int64_t)x->high.transactions) +
	    log(2 * x->units);
}

/* Whether answers go on at one pace in the seconds over the limit, and go no faster ever. */
static bool
keeps_one_pace(struct limit *x)
{
	uint64_t over = 0, reached = 0, most = 0, crowded = 0, crowded_over = 0, dead = 0;
	uint64_t most_dead = 0, quiet = 0;

	for (size_t i = 0; i < x->second_count; i++) {
		const struct second *s = &x->seconds[i];

		most = s->reached > most ? s->reached : most;
		quiet += size_of(s) <= x->median;
		if (!s->is_over)
			continue;
		over++;
		reached += s->reached;
		dead += s->dead;
		most_dead = s->dead > most_dead ? s->dead : most_dead;
	}
	if (over < OVER_MIN || quiet == 0 || 2 * most_dead > dead + 1)
		return false;
	x->pace = (double)reached / (double)over;
	for (size_t i = 0; i < x->second_count; i++) {
		const struct second *s = &x->seconds[i];
		bool is_crowded = (double)size_of(s) >= CROWD_MIN * x->pace + 1;

		crowded += is_crowded;
		crowded_over += is_crowded && s->is_over;
	}
	return x->pace >= 1 && (double)(reached + dead) >= SIZE_MIN * (double)over &&
	    x->pace * (double)quiet >= (double)x->low.reached &&
	    (double)most <= PACE_MAX * x->pace && crowded_over >= OVER_MIN &&
	    (double)crowded_over >= CROWDED_OVER_MIN * (double)crowded &&
	    (double)(reached + dead) >= CROWD_MIN * (double)reached;
}

/* Whether crowded seconds lose much more than the others. */
static bool
is_uneven(const struct limit *x)
{
	return loss_of(&x->high) >= LOSS_SHARE_MIN &&
	    loss_of(&x->high) >= LOSS_RATIO_MIN * loss_of(&x->low) && ln_p_of(x) < DG_LN_CHANCE;
}

static uint64_t
truncated_of(const struct limit *x)
{
	uint32_t server = x->d->summary->trials[x->ids[0]].server;
	struct dg_counts udp = dg_side_all(&x->d->summary->servers[server].sides[DG_SIDE_UDP]);

	return udp.outcomes[DG_OUTCOME_TRUNCATED];
}

/*
 * A limit that sends some truncated replies goes on for a while when the crowd has gone.  So a
 * second counts as crowded when one of the last 15 had half of the most queries or more.
 */
static bool
slips(struct limit *x)
{
	uint64_t truncated = truncated_of(x), dead = 0, most = x->sizes[x->second_count - 1];
	int64_t crowded = INT64_MIN;

	x->high = x->low = (struct dg_reach){0};
	for (size_t i = 0; i < x->second_count; i++) {
		struct second *s = &x->seconds[i];
		struct dg_reach *r;

		if (2 * size_of(s) >= most)
			crowded = s->at;
		s->is_over = crowded != INT64_MIN && s->at - crowded <= MEMORY_NS / x->bin_ns;
		r = s->is_over ? &x->high : &x->low;
		r->transactions += size_of(s);
		r->reached += s->reached;
		dead += s->dead;
	}
	return truncated >= SLIPS_MIN && dead >= SLIPS_MIN && most >= SIZE_MIN &&
	    truncated <= SLIPS_RATIO_MAX * dead && dead <= SLIPS_RATIO_MAX * truncated &&
	    is_uneven(x);
}

static bool
is_limited(struct limit *x, enum dg_trial_order order)
{
	if (is_uneven(x) && keeps_one_pace(x))
		return true;
	x->pace = 0;
	return order == DG_BY_SERVER && slips(x);
}

/* Counts what lies in the seconds over the limit, and explains it. */
static void
count_into(const struct limit *x, struct dg_finding *f)
{
	const struct dg_trial *trials = x->d->summary->trials;
	size_t second = 0;

	for (size_t i = 0; i < x->count; i++) {
		const struct dg_trial *t = &trials[x->ids[i]];

		while (x->seconds[second].at != bin_of(x, t))
			second++;
		if (x->seconds[second].is_over) {
			dg_finding_count(f, t);
		} else {
			dg_finding_contrast(f, t);
		}
		if (x->seconds[second].is_over || dg_trial_is_dead(t))
			dg_explain(x->d, x->ids[i], DG_RATE_LIMITED);
	}
}

static int
add_words(const struct limit *x, struct dg_finding *f)
{
	uint64_t truncated = truncated_of(x);
	int error = 0;

	if (x->pace > 0)
		error = dg_words_add(&f->evidence,
		    "In seconds with much loss, replies go on at about %.0f a second", x->pace);

	if (error == 0 && truncated > 0)
		error = dg_words_add(&f->evidence,
		    "%ju replies were truncated, as a limit sends some instead of nothing",
		    (uintmax_t)truncated);
	if (error == 0)
		error = dg_words_add(
		    &f->rivals, "a link or a server that is full at this pace drops the rest");
	return error;
}

static int
emit(struct limit *x, enum dg_trial_order order)
{
	const struct dg_trial *first = &x->d->summary->trials[x->ids[0]];
	struct dg_finding *f = dg_finding_new(DG_RATE_LIMITED, DG_WARNING);
	int error;

	if (f == NULL)
		return DNSGAP_ENOMEM;
	dg_finding_add_server(f, first->server);
	if (order == DG_BY_PAIR)
		dg_finding_add_client(f, first->client);
	count_into(x, f);
	f->where = order == DG_BY_PAIR ? DG_WHERE_UNKNOWN : DG_WHERE_NEAR_SERVER;
	f->has_p = true;
	f->ln_p = fmin(0, ln_p_of(x));
	error = add_words(x, f);
	if (error != 0) {
		dg_finding_free(f);
		return error;
	}
	return dg_findings_add(&x->d->findings, f);
}

/* Whether so much was lost that it may be a limit at all. */
static bool
may_be_limited(const struct limit *x)
{
	const struct dg_trial *trials = x->d->summary->trials;
	uint64_t dead = 0;

	if (dg_count_traits(x->d, x->ids, x->count, DG_TRAIT_LOST) == 0)
		return false;
	for (size_t i = 0; i < x->count; i++)
		dead += trials[x->ids[i]].dead;
	return dead >= OVER_MIN;
}

/* For a second of each trial. */
static int
make_room(struct limit *x)
{
	if (x->count <= x->room)
		return 0;
	free(x->seconds);
	free(x->sizes);
	x->seconds = calloc(x->count, sizeof *x->seconds);
	x->sizes = calloc(x->count, sizeof *x->sizes);
	x->room = x->seconds != NULL && x->sizes != NULL ? x->count : 0;
	return x->room > 0 ? 0 : DNSGAP_ENOMEM;
}

static int
find(struct limit *x, enum dg_trial_order order)
{
	unsigned named = 0;
	uint32_t *ids;
	size_t count;
	int error = dg_trials_left(x->d, order, &ids, &count);

	if (error != 0)
		return error;
	x->units = 0;
	for (size_t at = 0; at < count; at = dg_group_end(x->d, ids, count, at, order))
		x->units++;
	for (size_t at = 0, end; error == 0 && at < count; at = end) {
		end = dg_group_end(x->d, ids, count, at, order);
		x->ids = ids + at;
		x->count = end - at;
		if (!may_be_limited(x))
			continue;
		error = make_room(x);
		if (error != 0)
			break;
		count_seconds(x);
		if (is_limited(x, order) && named++ < DG_FINDINGS_NAMED_MAX)
			error = emit(x, order);
	}
	free(ids);
	return error;
}

int
dg_find_rate_limits(struct dg_diagnosis *d)
{
	const struct dg_summary *s = d->summary;
	struct limit x = {.d = d, .bin_ns = DG_NS_PER_S << s->trial_bin_log2};
	int error;

	/* A sample of trials says nothing about how many there were in a second. */
	if (s->trial_sample_log2 > 0)
		return 0;
	error = find(&x, DG_BY_SERVER);
	if (error == 0)
		error = find(&x, DG_BY_PAIR);
	free(x.seconds);
	free(x.sizes);
	return error;
}
