/*
 * timeline.c - the stretch of time in which the dead lie closest together.
 */
#include "diagnose/timeline.h"

#include <math.h>

#include "rows.h"

#define MOMENTS_MAX 256

/*
 * A line as text: '.' alive, 'x' dead, 'o' dead and not counted; in capitals ('A' alive, 'X'
 * dead, 'O' likewise) of a second stratum.
 */
static const struct row {
	const char *name;
	const char *line;
	int first; /* -1: nothing is found */
	int last;
	unsigned dead;
	unsigned alive;
	/* By Python's math.comb: ln of the share of ways to place the dead that have as many in
	 * the window, plus ln of count * in * (in + 1). */
	double ln_p;
} rows[] = {
    {"nothing", "", -1, 0, 0, 0, 0},
    {"all alive", "....................", -1, 0, 0, 0, 0},
    {"three are too few", "........xxx.........", -1, 0, 0, 0, 0},
    /* 1 / C(20, 4) = 1 / 4845; 20 * 4 * 5 */
    {"four together", "........xxxx........", 8, 11, 4, 0, -2.4942},
    {"at the beginning", "xxxxx...............", 0, 4, 5, 0, -3.2519},
    {"at the end", "...............xxxxx", 15, 19, 5, 0, -3.2519},
    {"those not counted are no more than room", "........xooxxox.....", 8, 14, 7, 0, -1.9459},
    {"repetitions alone are nothing", "........oooooo......", -1, 0, 0, 0, 0},
    {"one alive among many dead", "....................xxxxxx.xxxxxx....................", 20,
	32, 12, 1, -14.5705},
    {"of two the longer", "....xxxx............xxxxxxxx........", 20, 27, 8, 0, -3.1606},
    {"a stratum that is dead altogether tells nothing", "....XXXX....XXXX....", -2, 0, 0, 0, 0},
    {"two strata out together", "..A.A..A.xXxXxX.A.A...A.", 9, 14, 6, 0, -3.6354},
};

static size_t
read_line(const char *text, struct dg_moment list[MOMENTS_MAX])
{
	size_t count = 0;

	for (; text[count] != '\0'; count++) {
		char c = text[count];
		bool is_second = c == 'A' || c == 'X' || c == 'O';

		list[count] = (struct dg_moment){
		    .trial = (uint32_t)count,
		    .stratum = is_second,
		    .is_dead = c != '.' && c != 'A',
		    .is_counted = c == 'x' || c == 'X',
		};
	}
	return count;
}

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct dg_moment list[MOMENTS_MAX];
	size_t count = read_line(row->line, list);
	struct dg_stretch_of_time w;
	bool found;

	assert_int_equal(dg_timeline_scan(list, count, 2, &found, &w), 0);
	/* -2: what is found is what chance makes. */
	if (row->first == -2) {
		assert_true(!found || w.ln_p >= 0);
		return;
	}
	assert_int_equal(found, row->first >= 0);
	if (!found)
		return;
	assert_int_equal(w.first, row->first);
	assert_int_equal(w.last, row->last);
	assert_int_equal(w.dead, row->dead);
	assert_int_equal(w.alive, row->alive);
	assert_true(fabs(w.ln_p - row->ln_p) < 1e-3);
}

/* At a level of 1 % chance makes fewer than that, whatever the loss: the weights see to it. */
static void
test_level(void **state)
{
	const double *loss = *state;
	uint64_t seed = 7;
	unsigned hits = 0;

	for (unsigned run = 0; run < 2000; run++) {
		struct dg_moment list[MOMENTS_MAX];
		struct dg_stretch_of_time w;
		bool found;

		for (size_t i = 0; i < MOMENTS_MAX; i++)
			list[i] = (struct dg_moment){
			    .stratum = (uint32_t)(rows_random(&seed) % 3),
			    .is_dead = (double)(rows_random(&seed) % 1000) < *loss * 1000,
			    .is_counted = true,
			};
		assert_int_equal(dg_timeline_scan(list, MOMENTS_MAX, 3, &found, &w), 0);
		hits += found && w.ln_p < log(0.01);
	}
	assert_true(hits <= 20);
}

int
main(void)
{
	static const double losses[] = {0.01, 0.05, 0.2, 0.5};
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, test_row);
	for (size_t i = 0; i < sizeof losses / sizeof *losses; i++)
		rows_add(&r, rows_name("chance at %g lost", losses[i]), test_level, &losses[i]);
	return rows_run(&r, "timeline");
}
