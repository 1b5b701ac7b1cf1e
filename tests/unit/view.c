/*
 * view.c - what a view says is what its definition says, by a slow and plain computation of
 * runs, strata and sums over any cases.
 */
#include "judge/view.h"

#include <math.h>

#include "judge/natural.h"
#include "trial_world.h"

#define SECOND INT64_C(1000000000)
#define CASES_MAX 600
#define NEAR 1e-6

static const struct row {
	const char *name;
	uint64_t seed;
	size_t count;
	unsigned servers, clients;
	unsigned dead_of; /* one in so many is dead, but for those below */
	bool is_uneven;   /* server 0 and client 1 lose much more */
	unsigned every;   /* the unit: all but one in so many cases */
} rows[] = {
    {"of no case at all", 1, 0, 1, 1, 3, false, 9},
    {"of one client at one server", 2, 200, 1, 1, 4, false, 9},
    {"of several clients at one server", 3, 300, 1, 4, 3, false, 5},
    {"of several servers that one client asks", 4, 300, 4, 1, 3, true, 5},
    {"of clients and servers that differ", 5, 600, 5, 6, 12, true, 7},
    {"of clients that ask little", 6, 150, 3, 30, 5, false, 4},
    {"of loss without end", 7, 200, 2, 3, 1, true, 6},
};

static struct trial_world world;

/* The plain computation. */
static struct plain {
	size_t count;
	uint32_t ids[CASES_MAX];
	bool is_dead[CASES_MAX];
	bool is_first[CASES_MAX];
	double weight[CASES_MAX];
	uint32_t class[2][CASES_MAX]; /* of the client, of the server; 0: pooled */
} plain;

static void
fill(const struct row *row, struct dg_cases *c)
{
	uint64_t seed = row->seed;
	struct dg_port_input input;

	world_begin(&world, row->servers, row->clients, 2);
	for (size_t i = 0; i < row->count; i++) {
		uint32_t server = (uint32_t)(rows_random(&seed) % row->servers);
		uint32_t client = (uint32_t)(rows_random(&seed) % row->clients);
		bool is_lossy = row->is_uneven && (server == 0 || client == 1);
		bool is_dead =
		    world_chance(&seed, row->dead_of) || (is_lossy && !world_chance(&seed, 3));
		struct dg_trial *t = world_add(&world, (int64_t)(rows_random(&seed) % 500),
		    server, client, world_port(&seed, 500, 620), is_dead);

		t->question = (uint32_t)(rows_random(&seed) % 50);
	}
	input = world_input(&world);
	assert_int_equal(dg_cases_make(&input, c), 0);
	plain.count = 0;
	for (size_t i = 0; i < c->count; i++)
		if (i % row->every != 1)
			plain.ids[plain.count++] = (uint32_t)i;
}

static uint32_t
who(const struct dg_case *x, int kind)
{
	return kind == 0 ? x->client : x->server;
}

/* Dead cases of the same client or server with nothing alive in between, and whether one of
 * them is earlier. */
static unsigned
run_of(const struct dg_cases *c, size_t n, int kind, bool *is_first)
{
	uint32_t rank = c->rank[plain.ids[n]], before = 0, after = UINT32_MAX;
	uint32_t own = who(&c->list[plain.ids[n]], kind);
	unsigned length = 0;

	for (size_t k = 0; k < plain.count; k++) {
		uint32_t at = c->rank[plain.ids[k]];

		if (plain.is_dead[k] || who(&c->list[plain.ids[k]], kind) != own)
			continue;
		if (at < rank && at >= before)
			before = at + 1;
		if (at > rank && at < after)
			after = at;
	}
	for (size_t k = 0; k < plain.count; k++) {
		uint32_t at = c->rank[plain.ids[k]];

		if (!plain.is_dead[k] || who(&c->list[plain.ids[k]], kind) != own ||
		    at < before || at >= after)
			continue;
		length++;
		*is_first = *is_first && at >= rank;
	}
	return length;
}

/* How long chance makes a run of the same client or server. */
static double
length_by_chance(const struct dg_cases *c, size_t n, int kind)
{
	uint32_t own = who(&c->list[plain.ids[n]], kind);
	double alive = 0, runs = 0;

	for (size_t k = 0; k < plain.count; k++) {
		bool is_first = true;

		if (who(&c->list[plain.ids[k]], kind) != own)
			continue;
		if (!plain.is_dead[k])
			alive++;
		else if (run_of(c, k, kind, &is_first) > 0 && is_first)
			runs++;
	}
	return 1 / (1 - (runs - 1) / (alive + 1));
}

static void
weigh_plain(const struct dg_cases *c, enum dg_view_kind kind)
{
	bool has_runs = kind != DG_VIEW_PLAIN;
	bool has_questions = has_runs && kind != DG_VIEW_SWAPPED;

	for (size_t n = 0; n < plain.count; n++)
		plain.is_dead[n] = c->list[plain.ids[n]].is_dead != (kind == DG_VIEW_SWAPPED);
	for (size_t n = 0; n < plain.count; n++) {
		const struct dg_case *x = &c->list[plain.ids[n]];

		plain.weight[n] = 1;
		plain.is_first[n] = !has_questions || x->is_question_first;
		if (!plain.is_dead[n])
			continue;
		if (has_questions)
			plain.weight[n] = (double)x->weight;
		for (int by = 0; has_runs && by < 2; by++)
			plain.weight[n] = fmin(plain.weight[n],
			    length_by_chance(c, n, by) / run_of(c, n, by, &plain.is_first[n]));
	}
}

/* Leaves only the first case of every run, each weighing one. */
static void
keep_first(void)
{
	size_t kept = 0;

	for (size_t n = 0; n < plain.count; n++) {
		if (!plain.is_first[n])
			continue;
		plain.ids[kept] = plain.ids[n];
		plain.is_dead[kept] = plain.is_dead[n];
		plain.weight[kept++] = 1;
	}
	plain.count = kept;
}

/* Sums over cases; of one client or server, or of all. */
static void
sum_plain(
    const struct dg_cases *c, int kind, uint32_t own, bool is_all, double *all, double *dead)
{
	*all = *dead = 0;
	for (size_t n = 0; n < plain.count; n++) {
		if (!is_all && who(&c->list[plain.ids[n]], kind) != own)
			continue;
		*all += plain.weight[n];
		*dead += plain.is_dead[n] ? plain.weight[n] : 0;
	}
}

static void
class_plain(const struct dg_cases *c)
{
	double all, dead, rate;

	sum_plain(c, 0, 0, true, &all, &dead);
	rate = fmin(1 - 1e-9, fmax(1e-9, dead / all));
	for (int kind = 0; kind < 2; kind++)
		for (size_t n = 0; n < plain.count; n++) {
			uint32_t own = who(&c->list[plain.ids[n]], kind);
			double own_all, own_dead, g, p;

			sum_plain(c, kind, own, false, &own_all, &own_dead);
			p = own_dead / own_all;
			g = (own_dead > 0 ? own_dead * log(p / rate) : 0) +
			    (own_dead < own_all
				    ? (own_all - own_dead) * log((1 - p) / (1 - rate))
				    : 0);
			plain.class[kind][n] =
			    (kind == 0 && own_all >= 50) || (own_dead > 0 && g > 7) ? own + 1
										    : 0;
		}
}

static void
compare_cases(const struct dg_view *v)
{
	double all = 0, dead = 0;

	assert_int_equal(v->count, plain.count);
	for (size_t n = 0; n < v->count; n++) {
		assert_int_equal(v->at[n], plain.ids[n]);
		assert_int_equal(v->is_dead[n], plain.is_dead[n]);
		assert_true(fabs(v->weight[n] - plain.weight[n]) < NEAR);
		all += plain.weight[n];
		dead += plain.is_dead[n] ? plain.weight[n] : 0;
	}
	assert_true(fabs(v->all - all) < NEAR && fabs(v->dead - dead) < NEAR);
}

/* Two cases share a stratum if and only if they share both classes. */
static void
compare_strata(const struct dg_view *v)
{
	double alive[CASES_MAX] = {0}, dead[CASES_MAX] = {0};

	for (size_t n = 0; n < v->count; n++) {
		assert_true(v->stratum[n] < v->stratum_count);
		(plain.is_dead[n] ? dead : alive)[v->stratum[n]] += plain.weight[n];
		for (size_t k = 0; k < n; k++)
			assert_int_equal(v->stratum[n] == v->stratum[k],
			    plain.class[0][n] == plain.class[0][k] &&
				plain.class[1][n] == plain.class[1][k]);
	}
	for (uint32_t s = 0; s < v->stratum_count; s++) {
		assert_true(alive[s] + dead[s] > 0);
		assert_true(fabs(v->stratum_alive[s] - alive[s]) < NEAR);
		assert_true(fabs(v->stratum_dead[s] - dead[s]) < NEAR);
	}
}

static void
compare_port(const struct dg_cases *c, const struct dg_view *v, uint32_t port)
{
	double dead = 0, alive = 0, dead_cases = 0, expected = 0;

	for (size_t n = 0; n < plain.count; n++) {
		if (c->list[plain.ids[n]].port != v->port[port])
			continue;
		assert_true(n >= v->start[port] && n < v->start[port + 1]);
		dead += plain.is_dead[n] ? plain.weight[n] : 0;
		dead_cases += plain.is_dead[n];
		alive += !plain.is_dead[n];
		expected += dg_view_rate(v, n) * plain.weight[n];
	}
	assert_true(dead_cases + alive > 0);
	assert_true(fabs(v->port_dead[port] - dead) < NEAR);
	assert_true(fabs(v->port_dead_cases[port] - dead_cases) < NEAR);
	assert_true(fabs(v->port_alive[port] - alive) < NEAR);
	assert_int_equal(v->is_dead_port[port], alive < 1);
	assert_true(fabs(v->sum_dead[port + 1] - v->sum_dead[port] - dead) < NEAR);
	assert_true(fabs(v->sum_alive[port + 1] - v->sum_alive[port] - alive) < NEAR);
	assert_true(
	    fabs(v->sum_dead_cases[port + 1] - v->sum_dead_cases[port] - dead_cases) < NEAR);
	assert_true(fabs(v->sum_expected[port + 1] - v->sum_expected[port] - expected) < NEAR);
	assert_int_equal(v->sum_alive_ports[port + 1] - v->sum_alive_ports[port], alive > 0);
	assert_int_equal(v->sum_dead_ports[port + 1] - v->sum_dead_ports[port], alive < 1);
}

static void
compare_ports(const struct dg_cases *c, const struct dg_view *v)
{
	uint32_t dead_ports = 0;

	for (uint32_t port = 0; port < v->port_count; port++) {
		assert_true(port == 0 || v->port[port] > v->port[port - 1]);
		compare_port(c, v, port);
		dead_ports += v->is_dead_port[port];
	}
	assert_int_equal(v->start[v->port_count], v->count);
	assert_int_equal(v->dead_port_count, dead_ports);
	for (uint32_t number = 490; number < 640; number++) {
		uint32_t from = 0;

		while (from < v->port_count && v->port[from] < number)
			from++;
		assert_int_equal(dg_view_from(v, number), from);
		assert_int_equal(dg_view_to(v, number - 1), (int64_t)from - 1);
	}
}

static void
test_view(void **state)
{
	const struct row *row = *state;
	struct dg_cases c;

	for (int kind = DG_VIEW_WEIGHTED; kind <= DG_VIEW_PLAIN; kind++) {
		struct dg_view v;
		double alive, dead;

		fill(row, &c);
		assert_int_equal(
		    dg_view_make(&c, plain.ids, plain.count, (enum dg_view_kind)kind, &v), 0);
		assert_int_equal(dg_view_margins(&c, plain.ids, plain.count, &alive, &dead), 0);
		weigh_plain(&c, (enum dg_view_kind)kind);
		if (kind == DG_VIEW_REPRESENTATIVES)
			keep_first();
		class_plain(&c);
		compare_cases(&v);
		compare_strata(&v);
		compare_ports(&c, &v);
		if (kind == DG_VIEW_WEIGHTED)
			assert_true(
			    fabs(dead - v.dead) < NEAR && fabs(alive + dead - v.all) < NEAR);
		dg_view_fini(&v);
		dg_cases_fini(&c);
	}
}

/* A set's tail is that of its strata. */
static void
test_tail(void **state)
{
	const struct row *row = &rows[4];
	struct dg_stratum strata[CASES_MAX] = {{0}};
	bool in[CASES_MAX];
	double dead = 0, said;
	struct dg_cases c;
	struct dg_view v;

	(void)state;
	fill(row, &c);
	assert_int_equal(dg_view_make(&c, plain.ids, plain.count, DG_VIEW_WEIGHTED, &v), 0);
	for (size_t n = 0; n < v.count; n++) {
		struct dg_stratum *s = &strata[v.stratum[n]];

		in[n] = dg_view_case(&v, n)->port < 530 || (v.is_dead[n] && n % 3 == 0);
		*(v.is_dead[n] ? &s->dead : &s->alive) += v.weight[n];
		if (in[n])
			*(v.is_dead[n] ? &s->dead_in : &s->alive_in) += v.weight[n];
	}
	for (uint32_t s = 0; s < v.stratum_count; s++)
		dead += strata[s].dead_in;
	said = dg_view_tail(&v, in);
	assert_true(said < -1);
	assert_true(fabs(said - dg_ln_strata_tail(dead, strata, v.stratum_count)) < NEAR);
	dg_view_fini(&v);
	dg_cases_fini(&c);
}

/* Every stretch against every other. */
static void
test_stretches(void **state)
{
	uint64_t seed = 99;

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct dg_stretch best[3];
		double scores[30], copy[30], most = 0;
		uint32_t count = 1 + (uint32_t)(rows_random(&seed) % 30);
		unsigned found;

		for (uint32_t i = 0; i < count; i++)
			scores[i] = copy[i] = (double)(rows_random(&seed) % 9) - 5;
		for (uint32_t i = 0; i < count; i++) {
			double sum = 0;

			for (uint32_t k = i; k < count; k++) {
				sum += copy[k];
				most = fmax(most, sum);
			}
		}
		found = dg_best_stretches(scores, count, 3, best);
		assert_int_equal(found > 0, most > 0);
		for (unsigned i = 0; i < found; i++) {
			double sum = 0;

			for (uint32_t k = best[i].first; k <= best[i].last; k++)
				sum += copy[k];
			assert_true(fabs(sum - best[i].score) < NEAR);
			assert_true(i == 0 ? fabs(sum - most) < NEAR
					   : best[i].score <= best[i - 1].score);
			for (unsigned k = 0; k < i; k++)
				assert_true(best[k].last < best[i].first ||
				    best[i].last < best[k].first);
		}
	}
}

/* Of equal stretches the first, and the shorter of those that end there. */
static void
test_ties(void **state)
{
	double scores[] = {2, -2, 2, -5, 2};
	struct dg_stretch best[5];

	(void)state;
	assert_int_equal(dg_best_stretches(scores, 5, 5, best), 3);
	assert_int_equal(best[0].first, 0);
	assert_int_equal(best[0].last, 0);
	assert_int_equal(best[1].first, 2);
	assert_int_equal(best[1].last, 2);
	assert_int_equal(best[2].first, 4);
	assert_int_equal(best[2].last, 4);
}

static void
test_scores(void **state)
{
	struct dg_cases c;
	struct dg_view v;
	double scores[CASES_MAX];

	(void)state;
	fill(&rows[1], &c);
	assert_int_equal(dg_view_make(&c, plain.ids, plain.count, DG_VIEW_WEIGHTED, &v), 0);
	for (int limit = 0; limit < 2; limit++) {
		double rate = limit == 0 ? v.dead / v.all : 0.01;

		dg_view_scores(&v, 0.97, limit == 0 ? -1 : 0.01, limit == 0, scores);
		for (uint32_t port = 0; port < v.port_count; port++) {
			double floor = dg_is_kept_open(v.port[port]) ? -2.5 : -7;
			double score = v.port_dead[port] * log(0.97 / rate) +
			    v.port_alive[port] * log(0.03 / (1 - rate));

			assert_true(fabs(scores[port] -
					(limit == 0 ? fmax(floor, score) : score)) < NEAR);
		}
	}
	dg_view_fini(&v);
	dg_cases_fini(&c);
}

/* All stretches and all sets of exceptions together weigh no more than their shares. */
static void
test_weights(void **state)
{
	static const uint16_t ports[3] = {53, 123, 4000};
	struct dg_view v = {.port_count = 40};
	double any = 0, sided = 0, one;

	(void)state;
	for (uint32_t first = 0; first < 40; first++)
		for (uint32_t last = first; last < 40; last++) {
			one = exp(dg_ln_weight_of_stretch(&v, first, last));
			*(first == 0 || last == 39 ? &sided : &any) += one;
		}
	assert_true(any <= 0.30 && sided <= 0.10 + 0.30 - any);
	/* 12 of one kept open, 66 of two, and so on; 40 of any one */
	assert_true(fabs(exp(dg_ln_weight_of_exceptions(ports, 0, 40)) - 0.6) < NEAR);
	assert_true(fabs(exp(dg_ln_weight_of_exceptions(ports, 1, 40)) - 0.3 / 12) < NEAR);
	assert_true(fabs(exp(dg_ln_weight_of_exceptions(ports, 2, 40)) - 0.3 / 66 / 2) < NEAR);
	one = exp(dg_ln_weight_of_exceptions(ports, 3, 40));
	assert_true(fabs(one / (0.1 * 8e-6 / 9880) - 1) < NEAR);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, test_view);
	rows_add(&r, "a set's tail is that of its strata", test_tail, NULL);
	rows_add(&r, "the best stretch is the best of all", test_stretches, NULL);
	rows_add(&r, "of equal stretches the first and shortest", test_ties, NULL);
	rows_add(&r, "scores are likelihood ratios", test_scores, NULL);
	rows_add(&r, "weights stay within their shares", test_weights, NULL);
	return rows_run(&r, "view");
}
