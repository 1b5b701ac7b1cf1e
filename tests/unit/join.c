/*
 * join.c - frames of interfaces that bring them late come out in order of time.
 *
 * The oracle sorts all frames by time and interface.  Rings are played: each shows a frame some
 * time after its stamp, at most as late as the join is told that it may be.
 */
#include "source/join.h"

#include "rows.h"

#define FRAMES 4000
#define SLACK_NS 100000
#define STEP_NS 7000
#define NO_LIMIT UINT64_MAX

static const struct row {
	const char *name;
	size_t interfaces;
	int64_t gap_ns;  /* between frames of one interface, at most */
	int64_t late_ns; /* how late a ring shows a frame, at most */
	size_t max;      /* of one call */
} rows[] = {
    {"one interface", 1, 2000, 50000, 256},
    {"two busy ones", 2, 500, 50000, 256},
    {"two of which one is idle for long", 2, 400000, 90000, 256},
    {"three, as late as may be", 3, 20000, 93000, 256},
    {"sixteen, a frame at a time", 16, 5000, 50000, 1},
    {"sixteen with equal times", 16, 1, 90000, 100},
};

struct played {
	struct dg_frame frame;
	int64_t seen_ns; /* from when on its ring shows it */
	uint32_t number; /* of its interface */
};

struct world {
	struct played all[FRAMES]; /* in order of interface, then time */
	struct played sorted[FRAMES];
	size_t ends[17]; /* where each interface's frames end */
	uint32_t bytes[FRAMES];
	size_t out;
};

static int
compare(const void *a, const void *b)
{
	const struct played *x = a, *y = b;

	if (x->frame.time_ns != y->frame.time_ns)
		return x->frame.time_ns < y->frame.time_ns ? -1 : 1;
	if (x->frame.place.file != y->frame.place.file)
		return x->frame.place.file < y->frame.place.file ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void
make_world(struct world *w, const struct row *row)
{
	uint64_t seed = 11;
	size_t each = FRAMES / row->interfaces, n = 0;

	memset(w, 0, sizeof *w);
	for (size_t i = 0; i < row->interfaces; i++) {
		int64_t time_ns = 0, shown_ns = 0;

		for (size_t k = 0; k < each; k++, n++) {
			struct played *p = &w->all[n];

			time_ns += (int64_t)(rows_random(&seed) % (uint64_t)(row->gap_ns + 1));
			p->seen_ns = time_ns +
			    (int64_t)(rows_random(&seed) % (uint64_t)(row->late_ns + 1));
			/* A ring shows its frames in their order. */
			if (p->seen_ns < shown_ns)
				p->seen_ns = shown_ns;
			shown_ns = p->seen_ns;
			w->bytes[n] = (uint32_t)n;
			p->number = (uint32_t)k;
			p->frame = (struct dg_frame){
			    .data = (const uint8_t *)&w->bytes[n],
			    .captured = sizeof w->bytes[n],
			    .on_wire = sizeof w->bytes[n],
			    .time_ns = time_ns,
			    .place = {.file = (uint32_t)i},
			};
		}
		w->ends[i + 1] = n;
	}
	memcpy(w->sorted, w->all, n * sizeof *w->all);
	qsort(w->sorted, n, sizeof *w->sorted, compare);
}

/* Takes what the join gives; it must be what comes next in the sorted list. */
static void
take(struct world *w, struct dg_join *j, size_t max, bool is_all)
{
	static struct dg_batch batch;

	do {
		dg_join_next(j, max, is_all, &batch);
		assert_in_range(batch.count, 0, max);
		for (size_t i = 0; i < batch.count; i++) {
			const struct dg_frame *want = &w->sorted[w->out++].frame;

			assert_int_equal(batch.frames[i].time_ns, want->time_ns);
			assert_int_equal(batch.frames[i].place.file, want->place.file);
			assert_memory_equal(batch.frames[i].data, want->data, want->captured);
		}
	} while (batch.count > 0);
}

static void
test_order(void **state)
{
	static struct world w;
	const struct row *row = *state;
	struct dg_join *j = dg_join_new(row->interfaces, SLACK_NS, NO_LIMIT);
	size_t at[16], left, held = 0;

	assert_non_null(j);
	make_world(&w, row);
	memcpy(at, w.ends, sizeof at);
	left = w.ends[row->interfaces];
	for (int64_t now = 0; left > 0; now += STEP_NS) {
		for (size_t i = 0; i < row->interfaces; i++) {
			for (; at[i] < w.ends[i + 1] && w.all[at[i]].seen_ns <= now; at[i]++) {
				assert_int_equal(
				    dg_join_add(j, i, &w.all[at[i]].frame, now), 0);
				left--;
			}
			dg_join_empty(j, i, now);
		}
		take(&w, j, row->max, false);
		/* Nothing is held longer than it must be. */
		assert_true(dg_join_due(j) > now);
		held += dg_join_bytes(j) > 0;
	}
	assert_true(row->interfaces == 1 ? held == 0 : held > 0);
	take(&w, j, row->max, true);
	assert_int_equal(w.out, w.ends[row->interfaces]);
	assert_int_equal(dg_join_bytes(j), 0);
	assert_int_equal(dg_join_forced(j), 0);
	dg_join_free(j);
}

static void
add(struct dg_join *j, size_t n, int64_t time_ns, int64_t now_ns)
{
	struct dg_frame frame = {
	    .data = (const uint8_t *)"x", .captured = 1, .on_wire = 1, .time_ns = time_ns};

	assert_int_equal(dg_join_add(j, n, &frame, now_ns), 0);
}

static size_t
count(struct dg_join *j)
{
	static struct dg_batch batch;

	dg_join_next(j, DG_BATCH_FRAMES, false, &batch);
	return batch.count;
}

static void
test_closed(void **state)
{
	struct dg_join *j = dg_join_new(2, SLACK_NS, NO_LIMIT);

	(void)state;
	add(j, 0, 5, 1000);
	dg_join_empty(j, 1, 2000);
	assert_int_equal(count(j), 0);
	dg_join_close(j, 1);
	assert_int_equal(count(j), 1);
	dg_join_free(j);
}

static void
test_slack(void **state)
{
	struct dg_join *j = dg_join_new(2, SLACK_NS, NO_LIMIT);

	(void)state;
	add(j, 0, 5, 1000);
	assert_int_equal(dg_join_due(j), 1000 + SLACK_NS);
	dg_join_empty(j, 1, 999 + SLACK_NS);
	assert_int_equal(count(j), 0);
	dg_join_empty(j, 1, 1000 + SLACK_NS);
	assert_int_equal(count(j), 1);
	assert_int_equal(dg_join_due(j), INT64_MAX);
	dg_join_free(j);
}

/* A clock that steps back by an hour holds nothing up, and keeps each interface's order. */
static void
test_step(void **state)
{
	struct dg_join *j = dg_join_new(2, SLACK_NS, NO_LIMIT);
	static struct dg_batch batch;

	(void)state;
	add(j, 0, INT64_C(3600000000000), 1000);
	add(j, 0, 7, 1001);
	add(j, 1, 6, 1002);
	dg_join_empty(j, 0, 1002 + SLACK_NS);
	dg_join_empty(j, 1, 1002 + SLACK_NS);
	dg_join_next(j, DG_BATCH_FRAMES, false, &batch);
	assert_int_equal(batch.count, 3);
	assert_int_equal(batch.frames[0].time_ns, 6);
	assert_int_equal(batch.frames[2].time_ns, 7);
	dg_join_free(j);
}

static void
test_limit(void **state)
{
	const size_t each = sizeof(struct dg_frame) + 1;
	struct dg_join *j = dg_join_new(2, SLACK_NS, 10 * each);

	(void)state;
	for (int64_t i = 0; i < 25; i++)
		add(j, 0, i, 1000);
	/* The other one was never empty: all must wait, but for the limit. */
	assert_int_equal(count(j), 15);
	assert_int_equal(dg_join_forced(j), 15);
	assert_int_equal(dg_join_bytes(j), 10 * each);
	dg_join_free(j);
}

/* Frames as large as can be, many of them, then small ones again. */
static void
test_large(void **state)
{
	struct dg_join *j = dg_join_new(2, SLACK_NS, NO_LIMIT);
	struct dg_frame frame = {.captured = DG_FRAME_BYTES_MAX};
	uint8_t *bytes = malloc(DG_FRAME_BYTES_MAX);
	static struct dg_batch batch;
	size_t seen = 0;

	(void)state;
	assert_non_null(bytes);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 40; i++) {
			memset(bytes, (int)i, DG_FRAME_BYTES_MAX);
			frame.data = bytes;
			frame.time_ns = i;
			assert_int_equal(dg_join_add(j, i % 2, &frame, 0), 0);
		}
		do {
			dg_join_next(j, DG_BATCH_FRAMES, true, &batch);
			for (size_t i = 0; i < batch.count; i++, seen++) {
				assert_int_equal(batch.frames[i].data[0], seen % 40);
				assert_int_equal(
				    batch.frames[i].data[DG_FRAME_BYTES_MAX - 1], seen % 40);
			}
		} while (batch.count > 0);
	}
	assert_int_equal(seen, 120);
	free(bytes);
	dg_join_free(j);
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		rows_add(&r, rows_name("frames of %s come in order of time", rows[i].name),
		    test_order, &rows[i]);
	rows_add(&r, "nobody waits for an interface that is closed", test_closed, NULL);
	rows_add(&r, "a frame waits just as long as its rivals may be late", test_slack, NULL);
	rows_add(&r, "a clock that is set back holds nothing up", test_step, NULL);
	rows_add(
	    &r, "beyond the limit the oldest does not wait, and is counted", test_limit, NULL);
	rows_add(&r, "the largest frames keep their bytes", test_large, NULL);
	return rows_run(&r, "join");
}
