/*
 * sniffed.c - the rows of interfaces in a session and in its cuts.
 */
#include "api/inner.h"
#include "base/clock.h"
#include "rows.h"
#include "source/live_inner.h"

#define S DG_NS_PER_S

/* Two interfaces that nobody reads: only what is shown of them counts here. */
static void
play(struct dg_live *l)
{
	static char names[2][8] = {"zero", "one"}, filter[] = "port 53";

	memset(l, 0, sizeof *l);
	l->count = 2;
	for (size_t i = 0; i < l->count; i++)
		l->sources[i].shown = (struct dg_live_interface){.name = names[i],
		    .filter = filter,
		    .linktype = i == 0 ? 1 : 276,
		    .snap_bytes = 262144,
		    .is_up = true};
}

static struct dnsgap_session *
make(void)
{
	struct dnsgap_config *config = NULL;
	struct dnsgap_session *s = NULL;

	assert_int_equal(dnsgap_config_new(&config), 0);
	assert_int_equal(dnsgap_session_new(config, &s), 0);
	dnsgap_config_free(config);
	return s;
}

static void
add(struct dnsgap_session *s, uint32_t interface, int64_t time_ns)
{
	struct dg_frame frame = {.time_ns = time_ns, .place = {.file = interface}};

	dg_sniffed_add(s, &frame, 1);
}

static void
assert_row(const struct dnsgap_session *s, size_t n, uint64_t frames, uint64_t dropped,
    int64_t first_ns, int64_t last_ns)
{
	const struct dg_input *row = dg_input_at(s, n);

	assert_int_equal(row->frames, frames);
	assert_int_equal(row->interface_count, 1);
	assert_int_equal(row->interfaces[0].frames, frames);
	assert_int_equal(row->interfaces[0].dropped, dropped);
	assert_true(row->interfaces[0].has_dropped);
	assert_int_equal(row->first_ns, first_ns);
	assert_int_equal(row->last_ns, last_ns);
	assert_string_equal(row->format, "live");
	assert_true(row->was_opened);
}

/* Whether the row's problem has this in it; NULL: there is none. */
static void
assert_problem(struct dnsgap_session *s, size_t n, const char *part)
{
	assert_int_equal(dg_sniffed_judge(s), 0);
	if (part == NULL)
		assert_null(dg_input_at(s, n)->problem);
	else if (dg_input_at(s, n)->problem == NULL ||
	    strstr(dg_input_at(s, n)->problem, part) == NULL)
		fail_msg("%s", dg_input_at(s, n)->problem);
}

static void
test_rows(void **state)
{
	static struct dg_live l;
	struct dnsgap_session *s = make();

	(void)state;
	play(&l);
	assert_int_equal(dg_input_count(s), 0);
	assert_int_equal(dg_sniffed_begin(s, &l), 0);
	assert_int_equal(dg_input_count(s), 2);
	assert_string_equal(dg_input_at(s, 1)->path, "one");
	assert_int_equal(dg_input_at(s, 1)->interfaces[0].linktype, 276);
	assert_row(s, 0, 0, 0, DG_TIME_NONE, DG_TIME_NONE);
	add(s, 0, 5 * S);
	add(s, 0, 4 * S);
	add(s, 1, 7 * S);
	dg_sniffed_drop(s, 1, 3);
	assert_row(s, 0, 2, 0, 4 * S, 5 * S);
	assert_row(s, 1, 1, 3, 7 * S, 7 * S);
	dnsgap_session_free(s);
}

/* A copy has all, and changes nothing; a cut has all, and what follows begins anew. */
static void
test_cuts(void **state)
{
	static struct dg_live l;
	struct dnsgap_session *s = make(), *copy, *cut, *rest;

	(void)state;
	play(&l);
	assert_int_equal(dg_sniffed_begin(s, &l), 0);
	copy = make();
	cut = make();
	rest = make();
	add(s, 0, 5 * S);
	dg_sniffed_drop(s, 0, 2);
	assert_int_equal(dg_sniffed_cut(s, copy, true), 0);
	assert_row(copy, 0, 1, 2, 5 * S, 5 * S);
	add(s, 0, 6 * S);
	assert_int_equal(dg_sniffed_cut(s, cut, false), 0);
	assert_row(cut, 0, 2, 2, 5 * S, 6 * S);
	assert_row(cut, 1, 0, 0, DG_TIME_NONE, DG_TIME_NONE);
	assert_row(s, 0, 0, 0, DG_TIME_NONE, DG_TIME_NONE);
	add(s, 0, 9 * S);
	assert_int_equal(dg_sniffed_cut(s, rest, false), 0);
	assert_row(rest, 0, 1, 0, 9 * S, 9 * S);
	assert_row(cut, 0, 2, 2, 5 * S, 6 * S);
	/* They share nothing. */
	dnsgap_session_free(s);
	assert_string_equal(dg_input_at(cut, 0)->path, "zero");
	assert_string_equal(cut->sniffed_states[0].filter, "port 53");
	dnsgap_session_free(copy);
	dnsgap_session_free(cut);
	dnsgap_session_free(rest);
}

/* Down in one cut, up in the next, fine in the third: told in the first two. */
static void
test_down(void **state)
{
	static struct dg_live l;
	struct dnsgap_session *s = make(), *cuts[4];

	(void)state;
	play(&l);
	assert_int_equal(dg_sniffed_begin(s, &l), 0);
	for (size_t i = 0; i < 4; i++) {
		struct dg_live_interface *shown = &l.sources[0].shown;

		if (i == 1) {
			shown->is_up = false;
			shown->downs = 1;
			shown->down_ns = 100 * S;
		} else if (i == 2) {
			shown->is_up = true;
			shown->up_ns = 160 * S;
		}
		dg_sniffed_look(s, &l);
		cuts[i] = make();
		assert_int_equal(dg_sniffed_cut(s, cuts[i], false), 0);
		assert_problem(cuts[i], 1, NULL);
	}
	assert_problem(cuts[0], 0, NULL);
	assert_problem(cuts[1], 0, "went down at 1970-01-01T00:01:40.000000000Z");
	assert_problem(cuts[2], 0, "until 1970-01-01T00:02:40.000000000Z");
	assert_problem(cuts[3], 0, NULL);
	for (size_t i = 0; i < 4; i++)
		dnsgap_session_free(cuts[i]);
	dnsgap_session_free(s);
}

/* Down and up again between two looks. */
static void
test_flap(void **state)
{
	static struct dg_live l;
	struct dnsgap_session *s = make(), *cut = make();
	struct dg_live_interface *shown = &l.sources[1].shown;

	(void)state;
	play(&l);
	assert_int_equal(dg_sniffed_begin(s, &l), 0);
	shown->downs = 3;
	shown->down_ns = 100 * S;
	shown->up_ns = 101 * S;
	dg_sniffed_look(s, &l);
	assert_int_equal(dg_sniffed_cut(s, cut, false), 0);
	assert_problem(cut, 1, "was down at times");
	dg_sniffed_look(s, &l);
	assert_problem(s, 1, NULL);
	dnsgap_session_free(cut);
	dnsgap_session_free(s);
}

/* One that is gone is so in every cut from then on; its name is not in the words. */
static void
test_gone(void **state)
{
	static struct dg_live l;
	struct dnsgap_session *s = make();

	(void)state;
	play(&l);
	assert_int_equal(dg_sniffed_begin(s, &l), 0);
	l.sources[0].shown.lost = "was deleted";
	for (size_t i = 0; i < 3; i++) {
		struct dnsgap_session *cut = make();

		dg_sniffed_look(s, &l);
		assert_int_equal(dg_sniffed_cut(s, cut, false), 0);
		assert_problem(cut, 0, "was deleted");
		assert_null(strstr(dg_input_at(cut, 0)->problem, "zero"));
		dnsgap_session_free(cut);
	}
	dnsgap_session_free(s);
}

int
main(void)
{
	struct rows r = {0};

	rows_add(&r, "each interface has a row", test_rows, NULL);
	rows_add(&r, "cuts take what came, copies do not", test_cuts, NULL);
	rows_add(&r, "an interface that is down is told of until it is up", test_down, NULL);
	rows_add(&r, "one that was down for a moment is told of once", test_flap, NULL);
	rows_add(&r, "one that is gone is told of for ever", test_gone, NULL);
	return rows_run(&r, "sniffed");
}
