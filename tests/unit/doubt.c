/*
 * doubt.c - finds that time, questions or an order of ports explain, beside finds that they
 * do not.
 */
#include <math.h>

#include "judge/again.h"
#include "judge/scan.h"
#include "trial_world.h"

#define SECOND INT64_C(1000000000)
#define TRIALS 1600

/* What goes on in ports 4000-4999; elsewhere one in 50 is lost. */
enum story {
	STORY_FAULT,         /* all is dead */
	STORY_FEW_QUESTIONS, /* asked for four names only, that nobody answers */
	STORY_RESENDS,       /* all is dead: five queries, asked again from their ports */
	STORY_SAME_QUESTION, /* asked for one name, which is answered elsewhere */
	STORY_NIGHT,         /* used only while half of everything is lost, and all lost */
	STORY_ONE_WALK,      /* one walk through them, in a bad minute */
	STORY_WALKS,         /* walked through again and again, always dead */
	STORY_WINDOW,        /* dead from the middle on */
};

static const struct row {
	const char *name;
	enum story story;
	enum dg_doubt doubt;
} rows[] = {
    {"ports that are dead are not in doubt", STORY_FAULT, DG_DOUBT_NONE},
    {"a few questions over and over are", STORY_FEW_QUESTIONS, DG_DOUBT_QUESTIONS},
    {"queries asked again from their ports are not", STORY_RESENDS, DG_DOUBT_NONE},
    {"a question that is answered elsewhere is not", STORY_SAME_QUESTION, DG_DOUBT_NONE},
    {"ports of a bad hour are in doubt", STORY_NIGHT, DG_DOUBT_TIME},
    {"one walk through ports is in doubt", STORY_ONE_WALK, DG_DOUBT_SEQUENCE},
    {"walks that die in the same ports are not", STORY_WALKS, DG_DOUBT_NONE},
    {"a fault that begins is held against its own time", STORY_WINDOW, DG_DOUBT_NONE},
};

static struct trial_world world;

static struct dg_trial *
add(enum story story, size_t i, uint64_t *seed)
{
	bool is_late = i >= TRIALS / 2, is_night = i >= TRIALS - 300;
	bool is_inside = world_chance(seed, 8), is_dead = is_inside;
	uint16_t port;

	if (story == STORY_NIGHT)
		is_inside = is_dead = is_night && world_chance(seed, 40);
	if (story == STORY_ONE_WALK)
		is_inside = is_dead = i >= 700 && i < 760 && i % 4 == 0;
	if (story == STORY_WINDOW)
		is_dead = is_inside && is_late;
	port = is_inside ? world_port(seed, 4000, 4999) : world_port(seed, 10000, 60000);
	if (is_inside && (story == STORY_ONE_WALK || story == STORY_WALKS))
		port = (uint16_t)(4000 + i * (story == STORY_WALKS ? 10 : 1) % 1000);
	if (is_inside && story == STORY_RESENDS)
		port = (uint16_t)(4000 + i / 320 * 370 % 1000);
	if (!is_inside)
		is_dead = story == STORY_NIGHT && is_night ? !world_chance(seed, 5)
							   : world_chance(seed, 50);
	return world_add(&world, (int64_t)i * SECOND, 0, 0, port, is_dead);
}

static void
fill(enum story story)
{
	uint64_t seed = 17;

	world_begin(&world, 1, 1, 1);
	for (size_t i = 0; i < TRIALS; i++) {
		struct dg_trial *t = add(story, i, &seed);

		t->question = (uint32_t)(100 + i);
		if (t->port < 5000 && story == STORY_FEW_QUESTIONS)
			t->question = (uint32_t)(1 + i % 4);
		if (t->port < 5000 && story == STORY_RESENDS)
			t->question = (uint32_t)(1 + i / 320);
		if (story == STORY_SAME_QUESTION && (t->port < 5000 || i % 10 == 0))
			t->question = 1;
	}
}

static void
test_doubt(void **state)
{
	const struct row *row = *state;
	struct dg_candidate candidate = {
	    .is_found = true,
	    .shape = DG_SHAPE_HARD,
	    .ln_tail = -40,
	    .ranges = {{4000, 4999}},
	    .range_count = 1,
	    .has_window = row->story == STORY_WINDOW,
	    .after_ns = (TRIALS / 2 - 1) * SECOND,
	    .before_ns = INT64_MAX,
	};
	uint32_t ids[TRIALS];
	struct dg_port_input input;
	struct dg_cases c;
	struct dg_unit u;
	enum dg_doubt doubt;

	fill(row->story);
	input = world_input(&world);
	assert_int_equal(dg_cases_make(&input, &c), 0);
	for (uint32_t i = 0; i < TRIALS; i++)
		ids[i] = i;
	u = (struct dg_unit){.cases = &c, .scope = DG_SCOPE_ALL, .ids = ids, .count = c.count};
	assert_int_equal(dg_doubt_of(&u, &candidate, -30, log(0.05), &doubt), 0);
	assert_int_equal(doubt, row->doubt);
	dg_unit_fini(&u);
	dg_cases_fini(&c);
}

/* Two dead trials of two questions are few, but not where others lost the same range. */
static void
test_two_questions(void **state)
{
	const bool is_again = *state != NULL;
	struct dg_candidate candidate = {
	    .is_found = true,
	    .shape = DG_SHAPE_HARD,
	    .ln_tail = -40,
	    .ranges = {{1, 1023}},
	    .range_count = 1,
	};
	struct dg_again again = {.count = 0};
	uint32_t ids[60];
	struct dg_port_input input;
	struct dg_cases c;
	struct dg_unit u;
	enum dg_doubt doubt;

	world_begin(&world, 1, 1, 1);
	for (uint32_t i = 0; i < 60; i++) {
		bool is_low = i == 14 || i == 41;
		uint16_t port = (uint16_t)(is_low ? 200 + i : 5000 + 37 * (i * 17 % 60));

		world_add(&world, i * SECOND, 0, 0, port, is_low)->question = 100 + i;
		ids[i] = i;
	}
	input = world_input(&world);
	assert_int_equal(dg_cases_make(&input, &c), 0);
	u = (struct dg_unit){.cases = &c,
	    .again = is_again ? &again : NULL,
	    .scope = DG_SCOPE_ALL,
	    .ids = ids,
	    .count = c.count};
	assert_int_equal(dg_doubt_of(&u, &candidate, -30, log(0.05), &doubt), 0);
	assert_int_equal(doubt, is_again ? DG_DOUBT_NONE : DG_DOUBT_QUESTIONS);
	dg_unit_fini(&u);
	dg_cases_fini(&c);
}

/* Four blocks of 32, each with a quarter dead, all of them in the set. */
static void
test_blocks(void **state)
{
	enum {
		BLOCKS = 4,
		BLOCK = 32,
		DEAD = 8
	};
	uint32_t ids[BLOCKS * BLOCK];
	bool in[BLOCKS * BLOCK], is_dead[BLOCKS * BLOCK];
	struct dg_port_input input;
	struct dg_cases c;
	double ln_p, mean = BLOCKS * (double)DEAD * DEAD / BLOCK;
	double variance = mean * (BLOCK - DEAD) * (BLOCK - DEAD) / (BLOCK * (BLOCK - 1.0));

	(void)state;
	world_begin(&world, 1, 1, 1);
	for (uint16_t i = 0; i < BLOCKS * BLOCK; i++)
		world_add(&world, i, 0, 0, i, i % 4 == 0);
	input = world_input(&world);
	assert_int_equal(dg_cases_make(&input, &c), 0);
	for (uint32_t i = 0; i < BLOCKS * BLOCK; i++) {
		ids[i] = i;
		in[i] = is_dead[i] = c.list[i].is_dead;
	}
	assert_int_equal(dg_ln_block_tail(&c, ids, c.count, in, is_dead, false, &ln_p), 0);
	assert_true(fabs(ln_p -
			fmin(dg_ln_bennett(BLOCKS * DEAD, mean, variance),
			    dg_ln_chernoff(BLOCKS * DEAD, BLOCKS * DEAD, mean))) < 1e-9);
	/* and of a block that is all dead, nothing */
	for (uint32_t i = 0; i < BLOCKS * BLOCK; i++)
		in[i] = is_dead[i] = i < BLOCK;
	assert_int_equal(dg_ln_block_tail(&c, ids, c.count, in, is_dead, false, &ln_p), 0);
	assert_true(ln_p >= 0);
	dg_cases_fini(&c);
}

/* A hash, by what a client does with its ports: the mask, and how ports go on. */
static const struct hash_row {
	const char *name;
	uint16_t mask;
	uint16_t step;
	enum dg_doubt doubt;
} hash_rows[] = {
    {"a hash of ports that look random is not in doubt", 0x2c59, 25173, DG_DOUBT_NONE},
    {"nor of ports that count up", 0x2c59, 1, DG_DOUBT_NONE},
    {"a mask that puts all dead ports into a few stretches was found afterwards", 0x2c40, 1,
	DG_DOUBT_SEQUENCE},
    {"a single bit is one of ports that count up, too", 0x0040, 1, DG_DOUBT_NONE},
};

static void
test_hash(void **state)
{
	enum {
		PORTS_OF_A_HASH = 400
	};
	const struct hash_row *row = *state;
	struct dg_candidate candidate = {
	    .is_found = true,
	    .shape = DG_SHAPE_PARITY,
	    .ln_tail = -80,
	    .masks = {row->mask},
	    .parities = {true},
	    .mask_count = 1,
	};
	uint32_t ids[PORTS_OF_A_HASH];
	uint16_t port = 30000;
	uint64_t seed = 3;
	struct dg_port_input input;
	struct dg_cases c;
	struct dg_unit u;
	enum dg_doubt doubt;

	world_begin(&world, 1, 1, 1);
	for (size_t i = 0; i < PORTS_OF_A_HASH; i++) {
		bool is_in = dg_candidate_has_port(&candidate, port);

		ids[i] = (uint32_t)i;
		world_add(&world, (int64_t)((rows_random(&seed) >> 20) % TRIALS) * SECOND, 0, 0,
		    port, is_in);
		port = (uint16_t)(port * (unsigned)row->step + (row->step == 1 ? 1u : 13849u));
	}
	input = world_input(&world);
	assert_int_equal(dg_cases_make(&input, &c), 0);
	u = (struct dg_unit){.cases = &c, .scope = DG_SCOPE_ALL, .ids = ids, .count = c.count};
	assert_int_equal(dg_doubt_of(&u, &candidate, -60, log(0.05), &doubt), 0);
	assert_int_equal(doubt, row->doubt);
	dg_unit_fini(&u);
	dg_cases_fini(&c);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, test_doubt);
	ROWS_ADD_TABLE(&r, hash_rows, test_hash);
	rows_add(&r, "two questions are few", test_two_questions, NULL);
	rows_add(&r, "but not where others lost the same range", test_two_questions, &r);
	rows_add(&r, "blocks of time are strata", test_blocks, NULL);
	return rows_run(&r, "doubt");
}
