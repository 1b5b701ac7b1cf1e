/*
 * naming.c - the range that a person would name, and sets of ports as text.
 */
#include "diagnose/naming.h"

#include "diagnose/portlist.h"
#include "rows.h"

#define RUNS_MAX 8

static const struct row {
	const char *name;
	struct dg_port_range dead[RUNS_MAX]; /* the first one begins where it was seen */
	unsigned step;                       /* between dead ports; 0: all of them */
	uint16_t answered[RUNS_MAX];         /* ascending, up to a 0 that is not the first */
	unsigned answered_count;
	struct dg_port_range seen;
	struct dg_port_range named;
} rows[] = {
    {"1-1020 silent and 1026 answered is 1-1023", {{1, 1020}}, 0, {1026}, 1, {1, 1020},
	{1, 1023}},
    {"port 0 is meant only when it was tried", {{0, 1020}}, 0, {1026}, 1, {0, 1020}, {0, 1023}},
    {"port 0 that was answered changes nothing", {{1, 1020}}, 0, {0, 1026}, 2, {1, 1020},
	{1, 1023}},
    {"1023 is not the end when 1024 is silent", {{1, 1024}}, 0, {1025}, 1, {1, 1024},
	{1, 1024}},
    {"1023 is not the end when it was answered", {{1, 1022}}, 0, {1023}, 1, {1, 1022},
	{1, 1022}},
    {"ports that nobody would choose are told as they were seen", {{20000, 20010}}, 0,
	{19990, 20020}, 2, {20000, 20010}, {20000, 20010}},
    {"no block of 512 for a handful of ports side by side", {{20000, 20010}}, 0, {10000, 30000},
	2, {20000, 20010}, {20000, 20010}},
    {"a block of 512 that is spanned", {{19970, 20470}}, 10, {19900, 20500}, 2, {19970, 20470},
	{19968, 20479}},
    {"IANA's dynamic ports", {{49152, 65530}}, 100, {49100}, 1, {49152, 65452}, {49152, 65535}},
    {"Linux' ports", {{32800, 60990}}, 300, {32000, 61500}, 2, {32800, 60700}, {32768, 60999}},
    {"half of 1-1023, when much was tried and the other half never", {{514, 1022}}, 4, {1024},
	1, {514, 1022}, {512, 1023}},
    {"three low ports are no half of 1-1023", {{100, 400}}, 150, {1030}, 1, {100, 400},
	{1, 1023}},
    {"neighbours that a walk tried are one draw", {{1000, 1023}}, 0, {1024}, 1, {1000, 1023},
	{1, 1023}},
    {"53 may lie in the range when nothing fits beside it", {{71, 1010}}, 13, {53, 1024}, 2,
	{71, 1007}, {1, 1023}},
    {"52 may not", {{71, 1010}}, 13, {52, 1024}, 2, {71, 1007}, {71, 1007}},
};

static void
test_row(void **state)
{
	static uint8_t flags[DG_PORTS_ALL];
	const struct row *row = *state;
	unsigned step = row->step != 0 ? row->step : 1;
	struct dg_port_range named;

	memset(flags, 0, sizeof flags);
	for (unsigned port = row->dead[0].first; port <= row->dead[0].last; port += step)
		flags[port] |= DG_PORT_DEAD;
	for (unsigned i = 0; i < row->answered_count; i++)
		flags[row->answered[i]] |= DG_PORT_ALIVE;
	assert_true(flags[row->seen.first] == DG_PORT_DEAD);
	assert_true(flags[row->seen.last] == DG_PORT_DEAD);
	named = dg_range_name(flags, row->seen);
	assert_int_equal(named.first, row->named.first);
	assert_int_equal(named.last, row->named.last);
}

/* The name holds what was seen, and no answered port but those that are kept open, or 0. */
static void
test_law(void **state)
{
	static uint8_t flags[DG_PORTS_ALL];
	static const uint16_t kept[] = {
	    0, 53, 67, 68, 88, 123, 137, 138, 161, 443, 500, 514, 853};
	uint64_t seed = 5;

	(void)state;
	for (unsigned round = 0; round < 2000; round++) {
		unsigned first =
		    (unsigned)(rows_random(&seed) % DG_PORTS_ALL) >> rows_random(&seed) % 12;
		unsigned last = first + (unsigned)(rows_random(&seed) % 60000);
		struct dg_port_range seen, named;

		last = last < DG_PORTS_ALL ? last : DG_PORTS_ALL - 1;
		seen = (struct dg_port_range){(uint16_t)first, (uint16_t)last};
		memset(flags, 0, sizeof flags);
		flags[first] = flags[last] = DG_PORT_DEAD;
		for (unsigned i = 0; i < 20; i++) {
			unsigned port = (unsigned)(rows_random(&seed) % DG_PORTS_ALL);
			if (port > first && port < last)
				flags[port] = DG_PORT_DEAD;
			else if (port < first || port > last)
				flags[port] = DG_PORT_ALIVE;
		}
		named = dg_range_name(flags, seen);
		assert_true(named.first <= first && named.last >= last);
		for (unsigned i = 0; i < sizeof kept / sizeof *kept; i++)
			flags[kept[i]] = 0;
		for (unsigned port = named.first; port <= named.last; port++)
			assert_false(flags[port] & DG_PORT_ALIVE);
	}
}

static const struct text_row {
	const char *name;
	struct dg_port_range runs[RUNS_MAX];
	unsigned run_count;
	unsigned runs_max;
	const char *text;
	unsigned left;
} text_rows[] = {
    {"nothing", {{0, 0}}, 0, 9, "", 0},
    {"port 0", {{0, 0}}, 1, 9, "0", 0},
    {"all", {{0, 65535}}, 1, 9, "0-65535", 0},
    {"both ends", {{0, 1}, {65534, 65535}}, 2, 9, "0-1,65534-65535", 0},
    {"a hole", {{1, 52}, {54, 1023}}, 2, 9, "1-52,54-1023", 0},
    {"single ports", {{123, 123}, {161, 161}, {11211, 11211}}, 3, 9, "123,161,11211", 0},
    {"shortened", {{1, 1}, {3, 3}, {5, 6}, {9, 9}}, 4, 2, "1,3", 2},
};

static void
test_text(void **state)
{
	static uint8_t flags[DG_PORTS_ALL];
	const struct text_row *row = *state;
	unsigned left = 99;
	char *text;

	/* Bit 4 keeps a port out. */
	memset(flags, 4, sizeof flags);
	for (unsigned i = 0; i < row->run_count; i++) {
		for (unsigned port = row->runs[i].first; port <= row->runs[i].last; port++)
			flags[port] = 1;
	}
	text = dg_ports_text(flags, 1, 4, row->runs_max, &left);
	assert_string_equal(text, row->text);
	assert_int_equal(left, row->left);
	free(text);
	for (unsigned port = 0; port < DG_PORTS_ALL; port++)
		flags[port] |= 1;
	text = dg_ports_text(flags, 1, 4, row->runs_max, &left);
	assert_string_equal(text, row->text);
	free(text);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, test_row);
	rows_add(
	    &r, "a name holds what was seen and nothing that was answered", test_law, NULL);
	for (size_t i = 0; i < sizeof text_rows / sizeof *text_rows; i++)
		rows_add(
		    &r, rows_name("as text: %s", text_rows[i].name), test_text, &text_rows[i]);
	return rows_run(&r, "naming");
}
