/*
 * frag_bounds.c - however many fragments come, what is held stays under its bounds, and
 * what was lost to them is counted.
 */
#include <malloc.h>
#include <sys/resource.h>

#include "base/losses.h"
#include "frag_run.h"

static const struct piece first_of_16 = {0, 8, 8, 7, true, false, DG_FAMILY_IP4};
static const struct piece last_of_16 = {8, 8, 8, 7, false, false, DG_FAMILY_IP4};

/* 0 to count - 1 in another order: steps of a size that has no divisor in common with it. */
static uint32_t
shuffled(uint32_t i, uint32_t count, uint32_t step)
{
	return (uint32_t)((uint64_t)i * step % count);
}

static const struct pieces_row {
	const char *name;
	uint32_t step;
} pieces_rows[] = {
    {"8192 pieces of 8 octets in order are a datagram", 1},
    {"8192 pieces in reverse are a datagram", 8191},
    {"8192 pieces in disorder are a datagram", 4099},
};

static void
test_pieces(void **state)
{
	const struct pieces_row *row = *state;
	struct run *run = run_new();

	for (uint32_t i = 0; i < 8192; i++) {
		uint32_t n = shuffled(i, 8192, row->step);
		struct piece p = {.offset = n * 8, .size = 8, .family = DG_FAMILY_IP4};

		assert_false(run->is_whole);
		p.has_more = n < 8191;
		p.size = p.captured = p.has_more ? 8 : 7;
		feed(run, &p, START);
	}
	assert_true(run->is_whole);
	assert_int_equal(run->packet.ip.fragment.left, 65535);
	for (uint32_t i = 0; i < 65535; i++)
		assert_int_equal(run->packet.ip.fragment.at[i], octet(i));
	run_free(run);
}

/* kB at most that this program has ever held. */
static long
peak_kb(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss;
}

static void
test_million(void **state)
{
	struct run *run = run_new();
	const struct dg_frag_stats *s = dg_frag_stats(run->frag);
	long before = peak_kb();

	(void)state;
	for (uint32_t i = 0; i < 1000000; i++) {
		struct piece p = {.size = 8, .captured = 8, .id = i, .has_more = true};

		p.family = i % 2 == 0 ? DG_FAMILY_IP4 : DG_FAMILY_IP6;
		p.offset = i % 3 == 0 ? 0 : 65520;
		feed(run, &p, START + i);
		assert_true(
		    s->datagrams - s->ends[DG_FRAG_INCOMPLETE] <= DG_FRAG_DATAGRAMS_MAX);
	}
	assert_int_equal(s->datagrams, 1000000);
	assert_int_equal(s->evicted, 1000000 - DG_FRAG_DATAGRAMS_MAX);
	assert_int_equal(s->ends[DG_FRAG_INCOMPLETE], s->evicted);
	assert_in_range(peak_kb() - before, 0, 64 * 1024);
	assert_int_equal(dg_frag_finish(run->frag), 0);
	assert_int_equal(s->ends[DG_FRAG_INCOMPLETE], 1000000);
	assert_int_equal(s->evicted, 1000000 - DG_FRAG_DATAGRAMS_MAX);
	run_free(run);
}

/* One more than there is room for: the first goes, the second is there. */
static void
test_oldest(void **state)
{
	struct run *run = run_new();
	struct piece p = first_of_16;

	(void)state;
	for (p.id = 0; p.id <= DG_FRAG_DATAGRAMS_MAX; p.id++)
		feed(run, &p, START);
	assert_int_equal(dg_frag_stats(run->frag)->evicted, 1);
	p = last_of_16;
	p.id = 1;
	feed(run, &p, START);
	assert_true(run->is_whole);
	p.id = 0;
	feed(run, &p, START);
	assert_false(run->is_whole);
	run_free(run);
}

static void
test_refused_goes(void **state)
{
	struct run *run = run_new();
	const struct dg_frag_stats *s = dg_frag_stats(run->frag);
	struct piece p = first_of_16;

	(void)state;
	for (uint32_t i = 0; i <= DG_FRAG_DATAGRAMS_MAX; i++) {
		p.id = i;
		p.is_other = false;
		feed(run, &p, START);
		p.is_other = true;
		feed(run, &p, START);
	}
	assert_int_equal(s->ends[DG_FRAG_REFUSED], 1);
	assert_int_equal(s->evicted, 0);
	run_free(run);
}

/* Datagrams that want all memory: what is held stays under the bound. */
static void
test_bytes(void **state)
{
	struct run *run = run_new();
	const struct dg_frag_stats *s = dg_frag_stats(run->frag);
	struct piece p = {.offset = 8, .size = 65520, .captured = 65520, .has_more = true};
	uint32_t room = DG_FRAG_BYTES_MAX / 65536;

	(void)state;
	p.family = DG_FAMILY_IP4;
	for (p.id = 0; p.id < room + 10; p.id++)
		feed(run, &p, START);
	assert_int_equal(s->evicted, 10);
	assert_true((s->datagrams - s->ends[DG_FRAG_INCOMPLETE]) * p.size <= DG_FRAG_BYTES_MAX);
	/* A refused one has no bytes: it need not go for others. */
	p.is_other = true;
	for (p.id = 10; p.id < 20; p.id++)
		feed(run, &p, START);
	p.is_other = false;
	for (p.id = 1000; p.id < 1010; p.id++)
		feed(run, &p, START);
	assert_int_equal(s->evicted, 10);
	assert_int_equal(s->ends[DG_FRAG_INCOMPLETE], 10);
	assert_int_equal(s->ends[DG_FRAG_REFUSED], 0);
	run_free(run);
}

/* The one that wants room is not the one that goes. */
static void
test_bytes_of_the_oldest(void **state)
{
	struct run *run = run_new();
	const struct dg_frag_stats *s = dg_frag_stats(run->frag);
	struct piece p = {.offset = 0, .size = 8, .captured = 8, .has_more = true};

	(void)state;
	p.family = DG_FAMILY_IP4;
	feed(run, &p, START);
	p.offset = 8;
	p.size = p.captured = 65520;
	for (p.id = 1; p.id < DG_FRAG_BYTES_MAX / 65536; p.id++)
		feed(run, &p, START);
	feed(run, &(struct piece){0, 16, 16, 1000, true, false, DG_FAMILY_IP4}, START);
	assert_int_equal(s->evicted, 0);
	feed(run, &(struct piece){8, 65527, 65527, 0, false, false, DG_FAMILY_IP4}, START);
	assert_int_equal(s->evicted, 1);
	assert_true(run->is_whole);
	run_free(run);
}

/* Without fragments there is next to no memory. */
static void
test_no_fragments(void **state)
{
	size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
	struct run *run = run_new();
	size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;

	(void)state;
	assert_int_equal(dg_frag_advance(run->frag, START), 0);
	assert_int_equal(dg_frag_finish(run->frag), 0);
	/* The table's head, and the stretches of losses in it. */
	assert_true(after - before <= sizeof *run + sizeof(struct dg_losses) + 1024);
	run_free(run);
	dg_frag_free(NULL);
}

/* Whatever comes, it sums. */
static void
test_laws(void **state)
{
	struct run *run = run_new();
	const struct dg_frag_stats *s = dg_frag_stats(run->frag);
	uint64_t seed = 7;
	int64_t now = START;

	(void)state;
	for (uint32_t i = 1; i <= 300000; i++) {
		uint64_t r = rows_random(&seed);
		struct piece p = {
		    .offset = (uint32_t)(r & 7) * (r & 0x100000 ? 8 : 8184),
		    .size = (uint32_t)(r >> 3 & 3) * 8 + (r & 0xf00 ? 0 : 3),
		    .id = (uint32_t)(r >> 40) % (r & 0x200000 ? 20 : 20000),
		    .has_more = (r & 0x3000) != 0,
		    .is_other = (r & 0x3f0000) == 0,
		    .family = r & 0x400000 ? DG_FAMILY_IP4 : DG_FAMILY_IP6,
		};
		uint64_t ended;

		p.captured = r & 0x7000000 ? p.size : p.size / 2;
		now += (int64_t)(r >> 50) * 100;
		assert_int_equal(dg_frag_advance(run->frag, now), 0);
		feed(run, &p, now);
		ended = s->ends[0] + s->ends[1] + s->ends[2];
		assert_true(s->fragments == i && ended == run->told_count);
		assert_in_range(s->datagrams - ended, 0, DG_FRAG_DATAGRAMS_MAX);
	}
	for (int end = 0; end < DG_FRAG_END_COUNT; end++)
		assert_true(s->ends[end] > 1000);
	assert_true(s->duplicates > 1000 && s->evicted > 1000);
	run_free(run);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, pieces_rows, test_pieces);
	rows_add(&r, "P4: a million incomplete datagrams are bounded and counted", test_million,
	    NULL);
	rows_add(&r, "the oldest datagram goes first", test_oldest, NULL);
	rows_add(&r, "a refused one that goes was not evicted", test_refused_goes, NULL);
	rows_add(&r, "bytes are bounded and counted", test_bytes, NULL);
	rows_add(&r, "who wants room does not go", test_bytes_of_the_oldest, NULL);
	rows_add(&r, "without fragments there is no memory", test_no_fragments, NULL);
	rows_add(&r, "fragments and datagrams sum at every step", test_laws, NULL);
	return rows_run(&r, "frag_bounds");
}
