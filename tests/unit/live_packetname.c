/*
 * live_packetname.c - names of files of packets, and which are refused.
 */
#include "packets_world.h"

/* --- names --------------------------------------------------------------------- */

/* Frames of 1,000 bytes of record, one a second. */
static const struct rotation {
	const char *name;
	const char *format;
	uint64_t file_bytes;
	uint32_t files_max;
	size_t frames;
	const char *names;
} rotations[] = {
    {"without -C there is one file", "x", 0, 0, 9, "x"},
    {"-W alone counts nothing", "x", 0, 3, 9, "x"},
    {"-C numbers all but the first file", "x", 3000, 0, 9, "x x1 x2"},
    /* 24 bytes of header and 3 records are more than 3,000. */
    {"the packet that makes a file too large is still in it", "x", 3024, 0, 5, "x x1"},
    {"and one that just fits is not the last", "x", 3024, 0, 4, "x"},
    {"-W 3 comes back to the first", "x", 3000, 3, 12, "x0 x1 x2"},
    {"-W 11 puts a zero before", "x", 3000, 11, 6, "x00 x01"},
    {"-W 10 needs one digit", "x", 3000, 10, 6, "x0 x1"},
    {"-W 1 writes one file again and again", "x", 3000, 1, 7, "x"},
    {"a percent sign is a percent sign without -G", "x%H", 0, 0, 2, "x%H"},
};

static void
test_rotation(void **state)
{
	const struct rotation *row = *state;
	struct world w;

	world_open(&w);
	assert_int_equal(begin(&w,
			     &(struct dg_packets_settings){.name = row->format,
				 .file_bytes = row->file_bytes,
				 .files_max = row->files_max}),
	    0);
	for (size_t i = 0; i < row->frames; i++)
		assert_int_equal(feed(&w, TIME + (int64_t)i * SECOND, 984, ETHERNET), 0);
	assert_null(dg_packets_trouble(w.packets));
	assert_int_equal(dg_packets_close(w.packets, w.text), 0);
	assert_string_equal(names_in(&w), row->names);
	world_close(&w);
}

static void
test_ring_holds_the_latest(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	assert_int_equal(
	    begin(&w,
		&(struct dg_packets_settings){.name = "x", .file_bytes = 3000, .files_max = 2}),
	    0);
	for (int i = 0; i < 7; i++)
		assert_int_equal(feed(&w, TIME + i * SECOND, 984, ETHERNET), 0);
	assert_int_equal(dg_packets_close(w.packets, w.text), 0);
	assert_int_equal(records_in(&w, "x0"), 1);
	assert_int_equal(records_in(&w, "x1"), 3);
	world_close(&w);
}

/* The first file's name is of the time now; the test goes on from there. */
static int64_t
now(void)
{
	return (int64_t)time(NULL) * SECOND;
}

static void
name_at(char name[64], const char *format, int64_t time_ns)
{
	time_t t = (time_t)(time_ns / SECOND);
	size_t (*const expand)(char *, size_t, const char *, const struct tm *) = strftime;

	assert_true(expand(name, 64, format, gmtime(&t)) > 0);
}

static void
test_times(void **state)
{
	struct world w;
	char name[64];
	int64_t start = now() + 100 * SECOND;

	(void)state;
	world_open(&w);
	assert_int_equal(
	    begin(&w, &(struct dg_packets_settings){.name = "x-%s", .file_ns = 10 * SECOND}),
	    0);
	/* Due long since: begins a file of its own time. */
	assert_int_equal(feed(&w, start, 10, ETHERNET), 0);
	assert_int_equal(feed(&w, start + 9 * SECOND + 999999999, 10, ETHERNET), 0);
	assert_int_equal(feed(&w, start + 10 * SECOND, 10, ETHERNET), 0);
	assert_int_equal(dg_packets_close(w.packets, w.text), 0);
	name_at(name, "x-%s", start);
	assert_int_equal(records_in(&w, name), 2);
	name_at(name, "x-%s", start + 10 * SECOND);
	assert_int_equal(records_in(&w, name), 1);
	world_close(&w);
}

static void
test_clock_set_back(void **state)
{
	struct world w;
	int64_t start = now() + 100 * SECOND;
	char name[64];

	(void)state;
	world_open(&w);
	assert_int_equal(
	    begin(&w, &(struct dg_packets_settings){.name = "x-%s", .file_ns = 10 * SECOND}),
	    0);
	assert_int_equal(feed(&w, start, 10, ETHERNET), 0);
	assert_int_equal(feed(&w, start + 10 * SECOND, 10, ETHERNET), 0);
	assert_null(dg_packets_trouble(w.packets));
	assert_int_equal(feed(&w, start, 10, ETHERNET), 0);
	assert_non_null(strstr(dg_packets_trouble(w.packets), "goes on in this file"));
	assert_int_equal(dg_packets_close(w.packets, w.text), 0);
	name_at(name, "x-%s-2", start);
	assert_int_equal(records_in(&w, name), 1);
	name_at(name, "x-%s", start);
	assert_int_equal(records_in(&w, name), 1);
	world_close(&w);
}

static void
test_last_file(void **state)
{
	struct world w;
	int64_t start = now() + 100 * SECOND;

	(void)state;
	world_open(&w);
	assert_int_equal(begin(&w,
			     &(struct dg_packets_settings){
				 .name = "x-%s", .file_ns = SECOND, .files_max = 2}),
	    0);
	assert_int_equal(feed(&w, start, 10, ETHERNET), 0);
	assert_false(dg_packets_is_full(w.packets));
	assert_int_equal(feed(&w, start + SECOND, 10, ETHERNET), 1);
	assert_true(dg_packets_is_full(w.packets));
	assert_int_equal(feed(&w, start, 10, ETHERNET), 1);
	assert_int_equal(dg_packets_close(w.packets, w.text), 0);
	world_close(&w);
}

static void
test_both(void **state)
{
	struct world w;
	int64_t start = now() + 100 * SECOND;
	char name[64];

	(void)state;
	world_open(&w);
	assert_int_equal(begin(&w,
			     &(struct dg_packets_settings){.name = "x-%s-",
				 .file_ns = 10 * SECOND,
				 .file_bytes = 3000,
				 .files_max = 20}),
	    0);
	for (int i = 0; i < 15; i++)
		assert_int_equal(feed(&w, start + i * SECOND, 984, ETHERNET), 0);
	assert_int_equal(dg_packets_close(w.packets, w.text), 0);
	name_at(name, "x-%s-00", start);
	assert_int_equal(records_in(&w, name), 3);
	name_at(name, "x-%s-03", start);
	assert_int_equal(records_in(&w, name), 1);
	name_at(name, "x-%s-01", start + 10 * SECOND);
	assert_int_equal(records_in(&w, name), 2);
	world_close(&w);
}

static const struct refusal {
	const char *name;
	struct dg_packets_settings settings;
	const char *says;
} refusals[] = {
    {"an empty name is refused", {.name = ""}, "no name"},
    {"a slash is refused", {.name = "a/b"}, "no name"},
    {"the folder above is refused", {.name = ".."}, "no name"},
    {"a time with slashes is refused", {.name = "x%D", .file_ns = SECOND}, "slashes"},
    {"a name that -G does not change is refused", {.name = "x", .file_ns = SECOND},
	"put the time in"},
    {"a name that is the same an hour later is refused",
	{.name = "x-%M", .file_ns = 3600 * SECOND}, "put the time in"},
    {"a file that exists is not written over", {.name = "there"}, "--force"},
};

static void
test_refusal(void **state)
{
	const struct refusal *row = *state;
	struct world w;
	struct stat st;
	int fd;

	world_open(&w);
	fd = open(path_of(&w, "there"), O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "old", 3), 3);
	assert_int_equal(close(fd), 0);
	assert_int_not_equal(begin(&w, &row->settings), 0);
	assert_non_null(strstr(w.text, row->says));
	assert_string_equal(names_in(&w), "there");
	assert_int_equal(stat(path_of(&w, "there"), &st), 0);
	assert_int_equal(st.st_size, 3);
	world_close(&w);
}

static void
test_replace(void **state)
{
	struct world w;
	struct stat st;

	(void)state;
	world_open(&w);
	/* A link is not followed but replaced. */
	assert_int_equal(symlink("/dev/null", path_of(&w, "x")), 0);
	assert_int_equal(
	    begin(&w, &(struct dg_packets_settings){.name = "x", .may_replace = true}), 0);
	assert_int_equal(dg_packets_close(w.packets, w.text), 0);
	assert_int_equal(lstat(path_of(&w, "x"), &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(records_in(&w, "x"), 0);
	world_close(&w);
}

static void
test_taken_numbers(void **state)
{
	struct world w;
	int fd;

	(void)state;
	world_open(&w);
	fd = open(path_of(&w, "x1"), O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0 && close(fd) == 0);
	assert_int_equal(
	    begin(&w, &(struct dg_packets_settings){.name = "x", .file_bytes = 100}), 0);
	assert_int_equal(feed(&w, TIME, 100, ETHERNET), 0);
	assert_int_equal(feed(&w, TIME, 100, ETHERNET), 0);
	assert_non_null(strstr(dg_packets_trouble(w.packets), "x1-2"));
	assert_int_equal(dg_packets_close(w.packets, w.text), 0);
	assert_string_equal(names_in(&w), "x x1 x1-2");
	world_close(&w);
}

int
main(void)
{
	struct rows rows = {0};

	(void)setenv("TZ", "UTC", 1);
	ROWS_ADD_TABLE(&rows, rotations, test_rotation);
	rows_add(&rows, "a ring holds the latest packets", test_ring_holds_the_latest, NULL);
	rows_add(&rows, "-G begins a file when a frame comes after its time", test_times, NULL);
	rows_add(&rows, "a clock set back writes over nothing", test_clock_set_back, NULL);
	rows_add(&rows, "-G with -W ends after the last file", test_last_file, NULL);
	rows_add(&rows, "-G with -C counts within each time", test_both, NULL);
	ROWS_ADD_TABLE(&rows, refusals, test_refusal);
	rows_add(
	    &rows, "with may_replace a link is replaced, not followed", test_replace, NULL);
	rows_add(
	    &rows, "a number that is taken gets another behind it", test_taken_numbers, NULL);
	return rows_run(&rows, "live_packetname");
}
