/*
 * live.c - what is told of frames, drops and interfaces, with rings and clocks that are played.
 */
#include "source/live.h"

#include "base/clock.h"
#include "rows.h"
#include "source/live_inner.h"

#define MS INT64_C(1000000)
#define EVENTS_MAX 256

/* One interface: frames from `at` to `count` lie in its ring. */
struct ring {
	unsigned count;
	unsigned at;
	int64_t first_ns;
	int64_t step_ns;
	unsigned drop_at; /* so many frames were read: then `dropped` are told of */
	uint64_t dropped;
	bool is_broken;
	bool is_closed;
};

/* The clocks go on by a millisecond each time they are asked. */
static int64_t steady_ns, kernel_ns;

static int64_t
play_steady(void)
{
	return steady_ns += MS;
}

static int64_t
play_kernel(void)
{
	return kernel_ns += MS;
}

static int
play_read(void *context, int max, bool (*take)(void *context, const struct dg_frame *f),
    void *take_context, const char **problem)
{
	struct ring *r = context;
	int given = 0;

	if (r->is_broken) {
		*problem = "it is played so";
		return -1;
	}
	for (; given < max && r->at < r->count; given++, r->at++) {
		struct dg_frame f = {.data = (const uint8_t *)"x", .captured = 1, .on_wire = 1};

		f.time_ns = r->first_ns + r->step_ns * r->at;
		if (!take(take_context, &f))
			return max;
	}
	return given;
}

static uint64_t
play_drops(void *context)
{
	struct ring *r = context;
	uint64_t dropped = r->at >= r->drop_at ? r->dropped : 0;

	if (dropped != 0)
		r->dropped = 0;
	return dropped;
}

static void
play_close(void *context)
{
	((struct ring *)context)->is_closed = true;
}

static const struct dg_ring_methods methods = {play_read, play_drops, play_close};

struct told {
	uint64_t frames;
	int64_t last_ns;
	unsigned losses;
	uint64_t lost;
	size_t lost_at; /* frames that had been told of */
	int64_t from_ns;
	int64_t until_ns;
	int error; /* to be returned */
	struct dg_place place;
};

static int
on_lost(void *context, size_t n, uint64_t count, int64_t from_ns, int64_t until_ns)
{
	struct told *t = context;

	(void)n;
	assert_true(from_ns <= until_ns);
	t->losses++;
	t->lost += count;
	t->lost_at = t->frames;
	t->from_ns = from_ns;
	t->until_ns = until_ns;
	return 0;
}

static int
on_frames(void *context, const struct dg_frame *frames, size_t count)
{
	struct told *t = context;

	for (size_t i = 0; i < count; i++) {
		assert_true(frames[i].time_ns >= t->last_ns);
		t->last_ns = frames[i].time_ns;
		t->place = frames[i].place;
	}
	t->frames += count;
	return t->error;
}

static struct dg_live *
play(struct ring *rings, size_t count)
{
	struct dg_live *l = calloc(1, sizeof *l);

	assert_non_null(l);
	steady_ns = 10 * DG_NS_PER_S;
	kernel_ns = 1000 * DG_NS_PER_S;
	l->links = -1;
	l->now_steady = play_steady;
	l->now_kernel = play_kernel;
	l->last_ns = kernel_ns;
	l->count = count;
	for (size_t i = 0; i < count; i++) {
		struct dg_live_source *s = &l->sources[i];

		s->methods = &methods;
		s->ring = &rings[i];
		s->fd = -1;
		s->shown.is_up = true;
		s->shown.name = strdup(i == 0 ? "zero" : "one");
		assert_non_null(s->shown.name);
		dg_link_drops_open(&s->drops, "/");
	}
	l->join = dg_join_new(count, (DG_LIVE_BLOCK_MS + DG_LIVE_MARGIN_MS) * MS, 1 << 20);
	assert_non_null(l->join);
	return l;
}

static int
turn(struct dg_live *l, struct told *t, int64_t wait_ns, uint64_t max, uint64_t *frames)
{
	struct dg_live_sink sink = {t, on_lost, on_frames};
	struct dg_fail fail;

	return dg_live_turn(l, wait_ns, max, &sink, frames, &fail);
}

static void
test_all(void **state)
{
	struct ring ring = {.count = 1000, .step_ns = 5};
	struct dg_live *l = play(&ring, 1);
	struct told t = {.frames = 0};
	uint64_t frames;

	(void)state;
	assert_int_equal(turn(l, &t, 0, 0, &frames), 0);
	assert_int_equal(frames, 1000);
	assert_int_equal(t.frames, 1000);
	assert_int_equal(t.losses, 0);
	assert_int_equal(t.place.frame, 1000);
	assert_int_equal(dg_live_interface(l, 0)->frames, 1000);
	assert_int_equal(turn(l, &t, 0, 0, &frames), 0);
	assert_int_equal(frames, 0);
	dg_live_close(l);
	assert_true(ring.is_closed);
}

/* Whatever the rings hold, no turn brings more than was asked for, and nothing is lost. */
static void
test_max(void **state)
{
	struct ring rings[2] = {{.count = 700, .step_ns = 5}, {.count = 700, .step_ns = 7}};
	struct dg_live *l = play(rings, 2);
	struct told t = {.frames = 0};
	uint64_t frames, sum = 0;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(turn(l, &t, DG_NS_PER_S, 301, &frames), 0);
		assert_in_range(frames, 1, 301);
		sum += frames;
		assert_int_equal(t.frames, sum);
	}
	while (sum < 1400) {
		assert_int_equal(turn(l, &t, DG_NS_PER_S, 0, &frames), 0);
		assert_true(frames > 0);
		sum += frames;
	}
	assert_int_equal(t.frames, 1400);
	dg_live_close(l);
}

/* Drops are told of before any frame that was put into the ring after them. */
static void
test_drops(void **state)
{
	struct ring ring = {.count = 2000, .step_ns = 5, .drop_at = 600, .dropped = 42};
	struct dg_live *l = play(&ring, 1);
	struct told t = {.frames = 0};
	int64_t before_ns = kernel_ns;
	const char *notice;
	uint64_t frames;

	(void)state;
	assert_int_equal(turn(l, &t, 0, 0, &frames), 0);
	assert_int_equal(t.frames, 2000);
	assert_int_equal(t.losses, 1);
	assert_int_equal(t.lost, 42);
	assert_in_range(t.lost_at, 512, 600);
	assert_in_range(t.from_ns, before_ns - 100 * MS, t.until_ns);
	assert_in_range(t.until_ns, t.from_ns, kernel_ns);
	assert_int_equal(dg_live_interface(l, 0)->kernel_dropped, 42);
	notice = dg_live_notice(l);
	assert_non_null(notice);
	assert_non_null(strstr(notice, "zero dropped 42 frames"));
	assert_null(dg_live_notice(l));
	dg_live_close(l);
}

/* Drops in each of many turns are told of about once a second, and none is left out. */
static void
test_many_drops(void **state)
{
	struct ring ring = {.count = 0};
	struct dg_live *l = play(&ring, 1);
	struct told t = {.frames = 0};
	unsigned notices = 0;
	uint64_t frames;

	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		ring.dropped = 1;
		assert_int_equal(turn(l, &t, 0, 0, &frames), 0);
		while (dg_live_notice(l) != NULL)
			notices++;
	}
	assert_int_equal(t.lost, 2000);
	/* A turn asks the steady clock some five times, a millisecond each. */
	assert_in_range(notices, 5, 20);
	dg_live_close(l);
}

/* A clock that is set back between two looks gives no interval that ends before it begins. */
static void
test_step(void **state)
{
	struct ring ring = {.dropped = 3};
	struct dg_live *l = play(&ring, 1);
	struct told t = {.frames = 0};
	uint64_t frames;

	(void)state;
	kernel_ns -= 3600 * DG_NS_PER_S;
	assert_int_equal(turn(l, &t, 0, 0, &frames), 0);
	assert_int_equal(t.losses, 1);
	assert_in_range(t.until_ns, t.from_ns, kernel_ns);
	dg_live_close(l);
}

static void
test_error(void **state)
{
	struct ring ring = {.count = 1000, .step_ns = 5};
	struct dg_live *l = play(&ring, 1);
	struct told t = {.error = DNSGAP_EWRITE};
	uint64_t frames;

	(void)state;
	assert_int_equal(turn(l, &t, 0, 0, &frames), DNSGAP_EWRITE);
	assert_int_equal(t.frames, 256);
	dg_live_close(l);
}

/* What the kernel would know by a number is not given up because reading fails; the rest is,
 * and with the last one it is over. */
static void
test_broken(void **state)
{
	struct ring rings[2] = {{.count = 5, .step_ns = 1}, {.count = 5, .step_ns = 1}};
	struct dg_live *l = play(rings, 2);
	struct told t = {.frames = 0};
	uint64_t frames, sum = 0;
	int error = 0;

	(void)state;
	l->sources[1].index = 7;
	for (unsigned i = 0; i < 100; i++) {
		rings[0].is_broken = rings[1].is_broken = i > 2;
		steady_ns += 100 * MS;
		assert_int_equal(turn(l, &t, 0, 0, &frames), 0);
		sum += frames;
	}
	assert_int_equal(sum, 10);
	assert_true(dg_live_interface(l, 0)->is_gone);
	assert_true(rings[0].is_closed);
	assert_false(dg_live_interface(l, 1)->is_gone);
	l->sources[1].index = 0;
	l->sources[1].is_told = false;
	for (unsigned i = 0; error == 0 && i < 100; i++) {
		steady_ns += 100 * MS;
		error = turn(l, &t, 0, 0, &frames);
	}
	assert_int_equal(error, DNSGAP_ESTOPPED);
	dg_live_close(l);
}

/* One interface is idle: the other's frames are held back for it, but not at the end. */
static void
test_drain(void **state)
{
	struct ring rings[2] = {{.count = 50, .step_ns = 1}, {.count = 0}};
	struct dg_live *l = play(rings, 2);
	struct told t = {.frames = 0};
	struct dg_live_sink sink = {&t, on_lost, on_frames};
	struct dg_fail fail;
	uint64_t frames;

	(void)state;
	assert_int_equal(turn(l, &t, 0, 0, &frames), 0);
	assert_int_equal(frames, 0);
	assert_int_equal(dg_live_drain(l, 20, &sink, &fail), 0);
	assert_int_equal(t.frames, 20);
	rings[0].count = 60;
	assert_int_equal(dg_live_drain(l, 0, &sink, &fail), 0);
	assert_int_equal(t.frames, 60);
	dg_live_close(l);
}

static void
test_notices(void **state)
{
	struct ring ring = {.count = 0};
	struct dg_live *l = play(&ring, 1);
	char want[16];

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		dg_live_note(l, "number %u", i);
	for (unsigned i = 0; i < DG_LIVE_NOTICES_MAX; i++) {
		snprintf(want, sizeof want, "number %u", i);
		assert_string_equal(dg_live_notice(l), want);
	}
	assert_string_equal(dg_live_notice(l), "36 more notices were not kept");
	assert_null(dg_live_notice(l));
	dg_live_close(l);
}

int
main(void)
{
	struct rows r = {0};

	rows_add(&r, "a turn brings all that lies in a ring", test_all, NULL);
	rows_add(&r, "no turn brings more than was asked for", test_max, NULL);
	rows_add(&r, "drops are told of before the frames after them", test_drops, NULL);
	rows_add(&r, "drops in every turn are told of once a second", test_many_drops, NULL);
	rows_add(&r, "a clock that is set back makes no interval that ends too early",
	    test_step, NULL);
	rows_add(&r, "an error of who is told ends the turn", test_error, NULL);
	rows_add(&r, "an interface that fails for long is given up", test_broken, NULL);
	rows_add(&r, "the end waits for nobody", test_drain, NULL);
	rows_add(&r, "notices that nobody takes are counted", test_notices, NULL);
	return rows_run(&r, "live");
}
