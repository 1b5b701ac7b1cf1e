/*
 * cases.c - trials in order, weights of their questions, and what is set aside.
 */
#include "judge/cases.h"

#include "trial_world.h"

#define SECOND INT64_C(1000000000)

static struct trial_world world, shuffled;

/* Anything at all, with times and questions that meet. */
static void
fill_any(struct trial_world *w, uint64_t seed, size_t count)
{
	world_begin(w, 4, 5, 2);
	for (size_t i = 0; i < count; i++) {
		struct dg_trial *t =
		    world_add(w, (int64_t)(rows_random(&seed) % 40) * SECOND - 20 * SECOND,
			(uint32_t)(rows_random(&seed) % 4), (uint32_t)(rows_random(&seed) % 5),
			world_port(&seed, 1000, 1020), world_chance(&seed, 3));

		t->question = (uint32_t)(rows_random(&seed) % 30);
	}
}

static bool
is_ordered(const struct dg_case *a, const struct dg_case *b)
{
	if (a->port != b->port)
		return a->port < b->port;
	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns;
	if (a->server != b->server)
		return a->server < b->server;
	return a->client <= b->client;
}

static void
test_order(void **state)
{
	struct dg_port_input input;
	struct dg_cases c, other;
	uint64_t seed = 5;

	(void)state;
	fill_any(&world, 7, 900);
	shuffled = world;
	world_shuffle(&shuffled, &seed);
	input = world_input(&world);
	assert_int_equal(dg_cases_make(&input, &c), 0);
	input = world_input(&shuffled);
	assert_int_equal(dg_cases_make(&input, &other), 0);
	assert_int_equal(c.count, 900);
	for (size_t i = 0; i < c.count; i++) {
		const struct dg_case *a = &c.list[i], *b = &other.list[i];

		assert_true(i == 0 || is_ordered(&c.list[i - 1], a));
		assert_true(a->time_ns == b->time_ns && a->server == b->server &&
		    a->client == b->client && a->question == b->question &&
		    a->port == b->port && a->is_dead == b->is_dead &&
		    a->is_question_first == b->is_question_first);
		assert_int_equal(c.rank[i], other.rank[i]);
	}
	for (size_t i = 0; i < c.count; i++)
		for (size_t k = 0; k < i; k++)
			assert_true((c.rank[k] < c.rank[i]) ==
			    (c.list[k].time_ns <= c.list[i].time_ns));
	dg_cases_fini(&c);
	dg_cases_fini(&other);
}

static bool
is_unanswered(const struct dg_trial *t)
{
	bool is_answered = t->question == 0;

	for (size_t i = 0; i < world.count; i++) {
		const struct dg_trial *other = &world.trials[i];

		is_answered |= other->reached > 0 && other->server == t->server &&
		    other->question == t->question;
	}
	return !is_answered;
}

/* By the definition: every case against every other. */
static void
test_questions(void **state)
{
	struct dg_port_input input;
	struct dg_cases c;
	unsigned weighted = 0, unanswered = 0;

	(void)state;
	fill_any(&world, 11, 400);
	for (size_t i = 0; i < world.count; i++) {
		struct dg_trial *t = &world.trials[i];

		t->question *= t->question % 3 != 1;
		if (t->question % 5 == 2) {
			t->reached = 0;
			t->dead = 1;
		}
	}
	input = world_input(&world);
	assert_int_equal(dg_cases_make(&input, &c), 0);
	for (size_t i = 0; i < world.count; i++)
		unanswered += is_unanswered(&world.trials[i]);
	for (size_t i = 0; i < c.count; i++) {
		const struct dg_case *a = &c.list[i];
		unsigned dead = 0, alive = 0, earlier = 0;

		if (a->is_question_answered) {
			assert_true(a->weight >= 1 && a->is_question_first);
			assert_int_equal(a->question, 0);
			continue;
		}
		unanswered--;
		for (size_t k = 0; k < c.count; k++) {
			const struct dg_case *b = &c.list[k];

			if (b->question != a->question)
				continue;
			assert_int_equal(a->server, b->server);
			dead += b->is_dead;
			alive += !b->is_dead;
			earlier += c.rank[k] < c.rank[i];
		}
		assert_int_equal(alive, 0);
		assert_true(a->weight == 1 / (float)dead);
		assert_int_equal(a->is_question_first, earlier == 0);
		weighted += dead > 1;
	}
	assert_true(weighted > 10);
	assert_int_equal(unanswered, 0);
	dg_cases_fini(&c);
}

/* Trials without a question: each its own, and answered. */
static void
test_no_question(void **state)
{
	struct dg_port_input input;
	struct dg_cases c;

	(void)state;
	world_begin(&world, 1, 1, 1);
	for (uint16_t port = 1; port <= 5; port++)
		world_add(&world, port, 0, 0, port, true)->question = 0;
	input = world_input(&world);
	assert_int_equal(dg_cases_make(&input, &c), 0);
	for (size_t i = 0; i < c.count; i++) {
		assert_true(c.list[i].weight >= 1);
		assert_true(c.list[i].is_question_answered && c.list[i].is_question_first);
	}
	dg_cases_fini(&c);
}

/* Server 1 answers nothing, client 2 gets nothing from anybody, server 3 is silent to client
 * 1 only. */
static void
test_set_aside(void **state)
{
	struct dg_port_result result = {0};
	struct dg_port_input input;
	struct dg_cases c;

	(void)state;
	world_begin(&world, 4, 3, 1);
	for (uint16_t i = 0; i < 240; i++) {
		uint32_t server = i % 4, client = i / 4 % 3;
		bool is_dead = server == 1 || client == 2 || (server == 3 && client == 1);

		world_add(&world, i * SECOND, server, client, (uint16_t)(5000 + i), is_dead);
	}
	input = world_input(&world);
	assert_int_equal(dg_cases_make(&input, &c), 0);
	assert_int_equal(dg_cases_set_aside(&c, &result), 0);
	assert_false(result.is_all_dead);
	assert_int_equal(result.entity_count, 3);
	assert_int_equal(result.entities[0].scope, DG_SCOPE_SERVER);
	assert_int_equal(result.entities[0].unit.server, 1);
	assert_int_equal(result.entities[0].trials, 60);
	assert_int_equal(result.entities[1].scope, DG_SCOPE_CLIENT);
	assert_int_equal(result.entities[1].unit.client, 2);
	assert_int_equal(result.entities[1].trials, 60);
	assert_int_equal(result.entities[2].scope, DG_SCOPE_PAIR);
	assert_int_equal(result.entities[2].unit.server, 3);
	assert_int_equal(result.entities[2].unit.client, 1);
	for (size_t i = 0; i < c.count; i++)
		assert_int_equal(c.list[i].is_active, !c.list[i].is_dead);
	free(result.entities);
	dg_cases_fini(&c);
}

/* Two lost of two, where every fifth is lost, are two lost ones: they stay. */
static void
test_not_sure(void **state)
{
	struct dg_port_result result = {0};
	struct dg_port_input input;
	struct dg_cases c;

	(void)state;
	world_begin(&world, 2, 1, 1);
	for (uint16_t i = 0; i < 50; i++)
		world_add(&world, i, 0, 0, i, i % 5 == 0);
	world_add(&world, 60, 1, 0, 60, true);
	world_add(&world, 61, 1, 0, 61, true);
	input = world_input(&world);
	assert_int_equal(dg_cases_make(&input, &c), 0);
	assert_int_equal(dg_cases_set_aside(&c, &result), 0);
	assert_int_equal(result.entity_count, 0);
	for (size_t i = 0; i < c.count; i++)
		assert_true(c.list[i].is_active);
	free(result.entities);
	dg_cases_fini(&c);
}

static void
test_all_dead(void **state)
{
	struct dg_port_result result = {0};
	struct dg_port_input input;
	struct dg_cases c;

	(void)state;
	world_begin(&world, 2, 1, 1);
	input = world_input(&world);
	assert_int_equal(dg_cases_make(&input, &c), 0);
	assert_int_equal(dg_cases_set_aside(&c, &result), 0);
	assert_false(result.is_all_dead);
	dg_cases_fini(&c);
	for (uint16_t i = 0; i < 20; i++)
		world_add(&world, i, i % 2, 0, i, true);
	input = world_input(&world);
	assert_int_equal(dg_cases_make(&input, &c), 0);
	assert_int_equal(dg_cases_set_aside(&c, &result), 0);
	assert_true(result.is_all_dead);
	assert_int_equal(result.entity_count, 0);
	for (size_t i = 0; i < c.count; i++)
		assert_false(c.list[i].is_active);
	dg_cases_fini(&c);
}

static void
test_units(void **state)
{
	static const struct {
		enum dg_scope scope;
		struct dg_unit_id id;
	} rows[] = {
	    {DG_SCOPE_ALL, {0, 0}},
	    {DG_SCOPE_SERVER, {3, 0}},
	    {DG_SCOPE_SERVER_PREFIX, {1, 0}},
	    {DG_SCOPE_CLIENT, {0, 4}},
	    {DG_SCOPE_CLIENT_PREFIX, {0, 2}},
	    {DG_SCOPE_PAIR, {3, 4}},
	};
	struct dg_port_input input;
	struct dg_cases c;

	(void)state;
	world_begin(&world, 4, 5, 2);
	world_add(&world, 0, 3, 4, 53, false);
	input = world_input(&world);
	assert_int_equal(dg_cases_make(&input, &c), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t unit = dg_case_unit(&c, &c.list[0], rows[i].scope);
		struct dg_unit_id id = dg_unit_of(rows[i].scope, unit);

		assert_int_equal(id.server, rows[i].id.server);
		assert_int_equal(id.client, rows[i].id.client);
	}
	dg_cases_fini(&c);
}

int
main(void)
{
	struct rows r = {0};

	rows_add(&r, "the order of trials does not matter", test_order, NULL);
	rows_add(&r, "a question that is never answered counts once", test_questions, NULL);
	rows_add(&r, "without a question each trial stands for itself", test_no_question, NULL);
	rows_add(&r, "a dead server, client and pair are set aside", test_set_aside, NULL);
	rows_add(&r, "two lost trials are no dead server", test_not_sure, NULL);
	rows_add(&r, "nothing alive is said once", test_all_dead, NULL);
	rows_add(&r, "a unit's number names it", test_units, NULL);
	return rows_run(&r, "cases");
}
