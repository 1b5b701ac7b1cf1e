/*
 * cuts.c - the merge law: what cuts of a session took, merged in any order and grouping, is
 * what a session counts that is not cut.
 *
 *	cuts ROUNDS FILE...
 *
 * Feeds each file to a session that is copied once, which must give the report of the frames
 * until then, and then cut behind random frames; what was taken is merged two and two at
 *random. The reports must be the same but for `inputs`.  The seed is the round's number: a
 *failure can be made again.
 *
 * Prints for each file `FILE: N cuts, the same`, or what the first difference is.  Exit status
 * 1 when there was one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/inner.h"
#include "base/clock.h"
#include "dnsgap/render.h"
#include "tally/merge.h"

#define CUTS_MAX 64

struct text {
	char *bytes;
	size_t size;
	size_t room;
};

/* All frames of a file, with their bytes; and whether others were lost between them. */
struct frames {
	bool has_losses;
	struct dg_frame *list;
	size_t count;
	size_t room;
};

static void
require(bool is_so, const char *what)
{
	if (is_so)
		return;
	fprintf(stderr, "cuts: %s\n", what);
	exit(2);
}

static int
collect(void *context, const void *bytes, size_t size)
{
	struct text *t = context;

	while (t->room - t->size < size + 1) {
		t->room = t->room == 0 ? 65536 : 2 * t->room;
		t->bytes = realloc(t->bytes, t->room);
		require(t->bytes != NULL, "out of memory");
	}
	memcpy(t->bytes + t->size, bytes, size);
	t->size += size;
	t->bytes[t->size] = '\0';
	return 0;
}

static void
keep_frame(struct frames *f, const struct dg_frame *frame)
{
	uint8_t *bytes = malloc(frame->captured + 1u);

	if (f->count == f->room) {
		f->room = f->room == 0 ? 1024 : 2 * f->room;
		f->list = realloc(f->list, f->room * sizeof *f->list);
	}
	require(bytes != NULL && f->list != NULL, "out of memory");
	memcpy(bytes, frame->data, frame->captured);
	f->list[f->count] = *frame;
	f->list[f->count++].data = bytes;
}

static struct frames
load(const char *path)
{
	static struct dg_batch batch;
	struct frames f = {0};
	struct dg_filelist *files;
	struct dg_source source;
	struct dg_fail fail = {0};

	require(dg_filelist_new(0, &files) == 0 && dg_filelist_add(files, path) == 0, path);
	source = dg_filelist_source(files);
	while (source.next(source.context, &batch, &fail) == 0 && batch.count > 0) {
		for (size_t i = 0; i < batch.count; i++)
			keep_frame(&f, &batch.frames[i]);
	}
	require(f.count > 0, path);
	dg_filelist_free(files);
	return f;
}

static void
forget(struct frames *f)
{
	for (size_t i = 0; i < f->count; i++)
		free((void *)(uintptr_t)f->list[i].data);
	free(f->list);
}

/* xorshift64* of a round's number. */
static uint64_t
draw(uint64_t *state, uint64_t below)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return ((*state * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % below;
}

static struct dnsgap_session *
new_session(void)
{
	struct dnsgap_config *config;
	struct dnsgap_session *s;

	require(dnsgap_config_new(&config) == 0 && dnsgap_session_new(config, &s) == 0,
	    "no session");
	dnsgap_config_free(config);
	s->was_fed = true;
	return s;
}

static void
render(struct dnsgap_session *s, struct text *out)
{
	out->size = 0;
	require(dnsgap_session_finish(s) == 0, dnsgap_session_error(s));
	require(dnsgap_render_json(s, collect, out) == 0, "no report");
}

static struct dnsgap_session *
cut(struct dnsgap_session *s, enum dnsgap_cut how)
{
	struct dnsgap_session *made;

	require(dnsgap_session_cut(s, how, &made) == 0, dnsgap_session_error(s));
	return made;
}

/* Now and then frames were lost in the tenth of a second before the next. */
static void
feed(struct dnsgap_session *s, const struct frames *f, size_t i)
{
	const struct dg_frame *frame = &f->list[i];

	if (f->has_losses && i % 400 == 200)
		dg_engine_lost(s->engine, frame->time_ns - DG_NS_PER_S / 10, frame->time_ns);
	require(dg_engine_feed(s->engine, frame) == 0, "not fed");
}

/* The session that feeds, and what was taken from it. */
struct run {
	struct dnsgap_session *session;
	struct dnsgap_session *taken[CUTS_MAX + 2];
	size_t count;
	uint64_t random;
	bool is_same;
	const char *path;
};

static void
compare(struct run *r, const struct text *whole, const struct text *other, const char *what)
{
	size_t at = 0, from;

	if (!r->is_same || strcmp(whole->bytes, other->bytes) == 0)
		return;
	while (whole->bytes[at] == other->bytes[at])
		at++;
	from = at > 200 ? at - 200 : 0;
	printf("%s: %s: `%.300s` instead of `%.300s`\n", r->path, what, other->bytes + from,
	    whole->bytes + from);
	r->is_same = false;
}

static void
take(struct run *r)
{
	r->taken[r->count++] = cut(r->session, DNSGAP_CUT_TAKE);
}

/* A copy says what the session would say if it ended now; and leaves it as it is. */
static void
check_copy(struct run *r, const struct frames *f, size_t count)
{
	struct dnsgap_session *copy = cut(r->session, DNSGAP_CUT_COPY), *same = new_session();
	struct text a = {0}, b = {0};

	for (size_t i = 0; i < count; i++)
		feed(same, f, i);
	render(same, &a);
	render(copy, &b);
	compare(r, &a, &b, "a copy is not what was fed");
	dnsgap_session_free(same);
	dnsgap_session_free(copy);
	free(a.bytes);
	free(b.bytes);
}

/* Two of what was taken become one, until one is left. */
static struct dnsgap_session *
merge_all(struct run *r)
{
	while (r->count > 1) {
		size_t into = draw(&r->random, r->count), from;
		struct dnsgap_session *gone;

		do
			from = draw(&r->random, r->count);
		while (from == into);
		gone = r->taken[from];
		require(dg_tally_merge(r->taken[into]->tally, gone->tally) == 0, "no memory");
		r->taken[from] = r->taken[--r->count];
		dnsgap_session_free(gone);
	}
	return r->taken[0];
}

static size_t
run(const char *path, const struct frames *f, uint64_t round, const struct text *whole,
    bool *is_same)
{
	struct run r = {.session = new_session(), .path = path, .is_same = true};
	uint64_t cuts = 1, gap, copied;
	struct dnsgap_session *last, *sum;
	struct text split = {0};

	r.random = (round + 1) * UINT64_C(0x9e3779b97f4a7c15);
	cuts += draw(&r.random, CUTS_MAX - 1);
	gap = f->count / cuts + 1;
	copied = draw(&r.random, f->count + 1);
	for (size_t i = 0; i < f->count; i++) {
		if (i == copied && r.count == 0)
			check_copy(&r, f, i);
		if (i >= copied && r.count < CUTS_MAX && draw(&r.random, gap) == 0)
			take(&r);
		feed(r.session, f, i);
	}
	/* The session's own end, in a cut that has nothing else. */
	last = cut(r.session, DNSGAP_CUT_TAKE);
	require(dg_engine_finish(r.session->engine) == 0, "not finished");
	r.taken[r.count++] = last;
	cuts = r.count;
	require(dg_tally_merge(last->tally, dg_engine_tally(r.session->engine)) == 0,
	    "out of memory");
	sum = merge_all(&r);
	render(sum, &split);
	compare(&r, whole, &split, "merged");
	if (!r.is_same)
		printf("%s: in round %llu\n", path, (unsigned long long)round);
	*is_same &= r.is_same;
	dnsgap_session_free(sum);
	dnsgap_session_free(r.session);
	free(split.bytes);
	return (size_t)cuts;
}

/* Returns how many cuts there were; 0 after a difference. */
static size_t
check(const char *path, const struct frames *f, uint64_t rounds)
{
	struct dnsgap_session *s = new_session();
	struct text whole = {0};
	bool is_same = true;
	size_t cuts = 0;

	for (size_t i = 0; i < f->count; i++)
		feed(s, f, i);
	render(s, &whole);
	for (uint64_t round = 0; is_same && round < rounds; round++)
		cuts += run(path, f, round, &whole, &is_same);
	dnsgap_session_free(s);
	free(whole.bytes);
	return is_same ? cuts : 0;
}

static bool
check_file(const char *path, uint64_t rounds)
{
	struct frames f = load(path);
	size_t cuts, lossy;

	cuts = check(path, &f, rounds);
	f.has_losses = true;
	lossy = check(path, &f, rounds);
	forget(&f);
	if (cuts > 0 && lossy > 0)
		printf("%s: %zu cuts, the same\n", path, cuts + lossy);
	return cuts > 0 && lossy > 0;
}

int
main(int argc, char **argv)
{
	uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
	bool is_good = true;

	require(rounds > 0, "usage: cuts ROUNDS FILE...");
	for (int i = 2; i < argc; i++)
		is_good &= check_file(argv[i], rounds);
	return is_good ? 0 : 1;
}
