/*
 * units.c - laws of the search: a unit that lost cases gives what a new search gives, levels
 * are shared as Tarone says, and views are what their kind says.
 */
#include "judge/units.h"

#include <math.h>

#include "trial_world.h"

#define SECOND INT64_C(1000000000)

static struct trial_world world;

/* Ports of six servers, of which two lose low ports and one loses high ones. */
static void
fill(uint64_t seed, size_t count)
{
	world_begin(&world, 6, 5, 2);
	for (size_t i = 0; i < count; i++) {
		uint32_t server = (uint32_t)(rows_random(&seed) % 6);
		uint16_t port = world_chance(&seed, 3) ? world_port(&seed, 0, 1023)
						       : world_port(&seed, 1024, 65535);
		bool is_dead = world_chance(&seed, 40) || (server < 2 && port < 1024) ||
		    (server == 4 && port >= 50000);
		uint32_t client = (uint32_t)(rows_random(&seed) % 5);

		world_add(&world, (int64_t)i * SECOND / 20, server, client, port, is_dead);
	}
}

static void
make(struct dg_cases *c, struct dg_search *s)
{
	struct dg_port_input input = world_input(&world);

	assert_int_equal(dg_cases_make(&input, c), 0);
	assert_int_equal(dg_search_make(c, NULL, log(DG_PORTS_ALPHA), s), 0);
	assert_int_equal(dg_search_run(s), 0);
}

static void
assert_same_choices(const struct dg_search *a, const struct dg_search *b, size_t *count)
{
	struct dg_choice *left, *right;
	size_t others;

	assert_int_equal(dg_search_list(a, log(0.5), &left, count), 0);
	assert_int_equal(dg_search_list(b, log(0.5), &right, &others), 0);
	assert_int_equal(*count, others);
	for (size_t i = 0; i < *count; i++) {
		assert_int_equal(left[i].scope, right[i].scope);
		assert_int_equal(left[i].slot->number, right[i].slot->number);
		assert_int_equal(left[i].candidate->shape, right[i].candidate->shape);
		assert_memory_equal(&left[i].ln_p, &right[i].ln_p, sizeof left[i].ln_p);
		assert_memory_equal(left[i].candidate->ranges, right[i].candidate->ranges,
		    sizeof left[i].candidate->ranges);
		assert_true(i == 0 || left[i].rank >= left[i - 1].rank);
	}
	free(left);
	free(right);
}

/* Cases leave in three steps: low ports of server 0, one server, one client. */
static void
test_again(void **state)
{
	struct dg_cases c;
	struct dg_search s, anew;
	size_t before = 0, count;

	(void)state;
	fill(3, 3000);
	make(&c, &s);
	for (int step = 0; step < 3; step++) {
		for (size_t i = 0; i < c.count; i++) {
			struct dg_case *x = &c.list[i];

			if ((step == 0 && x->server == 0 && x->port < 1024 && x->is_dead) ||
			    (step == 1 && x->server == 4) || (step == 2 && x->client == 2))
				x->is_active = false;
		}
		assert_int_equal(dg_search_run(&s), 0);
		assert_int_equal(dg_search_make(&c, NULL, log(DG_PORTS_ALPHA), &anew), 0);
		assert_int_equal(dg_search_run(&anew), 0);
		assert_same_choices(&s, &anew, &count);
		assert_true(count > 0 && count != before);
		before = count;
		dg_search_fini(&anew);
	}
	dg_search_fini(&s);
	dg_cases_fini(&c);
}

/* Of each scope and shape: no more units reach the shared level than share it, and one sharer
 * less would be too few. */
static void
test_sharers(void **state)
{
	static const double shares[] = {.55, .05, .08, .10, .06, .08, .04, .04};
	unsigned shared = 0;
	struct dg_cases c;
	struct dg_search s;

	(void)state;
	fill(4, 700);
	make(&c, &s);
	for (int scope = 0; scope < DG_SCOPE_COUNT; scope++)
		for (int shape = 0; shape < DG_SHAPE_COUNT; shape++) {
			const struct dg_units *u = &s.scopes[scope];
			bool is_hash = shape == DG_SHAPE_PARITY || shape == DG_SHAPE_REPEATS;
			double level = log(DG_PORTS_ALPHA) + log(shares[shape]) +
			    (is_hash ? u->ln_hash_share : u->ln_share);
			double sharers = rint(exp(u->ln_sharers[shape]));
			double reach = 0, would = 0;

			for (size_t i = 0; i < u->count; i++) {
				const struct dg_slot *slot = &u->list[i];

				reach +=
				    slot->is_testable && slot->ln_least <= level - log(sharers);
				would += sharers > 1 && slot->is_testable &&
				    slot->ln_least <= level - log(sharers - 1);
			}
			assert_true(reach <= sharers);
			assert_true(sharers <= 1 || would > sharers - 1);
			shared += sharers > 1;
		}
	assert_true(shared > 5);
	dg_search_fini(&s);
	dg_cases_fini(&c);
}

/* A unit holds the cases of its number, all of them, in order. */
static void
test_members(void **state)
{
	struct dg_cases c;
	struct dg_search s;
	size_t servers = 0;

	(void)state;
	fill(5, 2000);
	make(&c, &s);
	for (int scope = 0; scope < DG_SCOPE_COUNT; scope++)
		for (size_t i = 0; i < s.scopes[scope].count; i++) {
			const struct dg_slot *slot = &s.scopes[scope].list[i];
			struct dg_unit u = dg_search_unit(&s, (enum dg_scope)scope, slot);
			size_t count = 0;

			for (size_t k = 0; k < c.count; k++)
				count += dg_case_unit(&c, &c.list[k], u.scope) == u.number;
			assert_int_equal(u.count, count);
			for (size_t n = 0; n < u.count; n++) {
				const struct dg_case *x = &c.list[u.ids[n]];

				assert_true(n == 0 || u.ids[n] > u.ids[n - 1]);
				assert_int_equal(dg_case_unit(&c, x, u.scope), u.number);
			}
			servers += scope == DG_SCOPE_SERVER;
		}
	assert_int_equal(servers, 6);
	dg_search_fini(&s);
	dg_cases_fini(&c);
}

/* With one server there are no servers to tell apart, and with prefixes of one no prefixes. */
static void
test_scopes(void **state)
{
	struct dg_cases c;
	struct dg_search s;

	(void)state;
	world_begin(&world, 1, 4, 1);
	for (uint16_t i = 0; i < 400; i++)
		world_add(&world, i, 0, i % 4, i, i % 9 == 0);
	make(&c, &s);
	assert_true(s.scopes[DG_SCOPE_ALL].is_present);
	assert_true(s.scopes[DG_SCOPE_CLIENT].is_present);
	assert_false(s.scopes[DG_SCOPE_SERVER].is_present);
	assert_false(s.scopes[DG_SCOPE_SERVER_PREFIX].is_present);
	assert_false(s.scopes[DG_SCOPE_CLIENT_PREFIX].is_present);
	assert_false(s.scopes[DG_SCOPE_PAIR].is_present);
	assert_true(fabs(exp(s.scopes[DG_SCOPE_ALL].ln_share) - .25 / .40) < 1e-9);
	assert_true(fabs(s.scopes[DG_SCOPE_CLIENT].ln_hash_share) < 1e-9);
	dg_search_fini(&s);
	dg_cases_fini(&c);
}

/* The shares of all scopes are a whole, for ranges and for hashes; a pair has most of the
 * latter. */
static void
test_shares(void **state)
{
	struct dg_cases c;
	struct dg_search s;
	double sum = 0, hash_sum = 0;

	(void)state;
	fill(4, 700);
	make(&c, &s);
	for (int scope = 0; scope < DG_SCOPE_COUNT; scope++) {
		if (!s.scopes[scope].is_present)
			continue;
		sum += exp(s.scopes[scope].ln_share);
		hash_sum += exp(s.scopes[scope].ln_hash_share);
	}
	assert_true(fabs(sum - 1) < 1e-9);
	assert_true(fabs(hash_sum - 1) < 1e-9);
	assert_true(fabs(exp(s.scopes[DG_SCOPE_PAIR].ln_hash_share) - .55) < 1e-9);
	dg_search_fini(&s);
	dg_cases_fini(&c);
}

int
main(void)
{
	struct rows r = {0};

	rows_add(&r, "a unit that lost cases is as a new one", test_again, NULL);
	rows_add(&r, "units share a level as Tarone says", test_sharers, NULL);
	rows_add(&r, "a unit holds its cases", test_members, NULL);
	rows_add(&r, "only scopes that differ are looked at", test_scopes, NULL);
	rows_add(&r, "all shares are a whole", test_shares, NULL);
	return rows_run(&r, "units");
}
