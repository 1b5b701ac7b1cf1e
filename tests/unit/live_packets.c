/*
 * live_packets.c - files of packets: their bytes, their names, and what a full disk leaves.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "live/packets.h"
#include "rows.h"

#define SECOND INT64_C(1000000000)
#define TIME (INT64_C(1790000000) * SECOND) /* 2026-09-21T13:33:20Z */
#define ETHERNET 1

struct world {
	char path[64];
	struct dg_outdir *dir;
	struct dg_packets *packets;
	char text[DG_LIVE_TEXT_MAX];
};

static void
world_open(struct world *w)
{
	*w = (struct world){.path = "/tmp/dnsgap-packets-XXXXXX"};
	assert_non_null(mkdtemp(w->path));
	assert_int_equal(dg_outdir_open(w->path, &w->dir, w->text), 0);
}

static int
begin(struct world *w, const struct dg_packets_settings *settings)
{
	struct dg_packets_settings s = *settings;

	s.snap_bytes = 262144;
	s.linktype = ETHERNET;
	return dg_packets_new(w->dir, &s, &w->packets, w->text);
}

static char *
path_of(const struct world *w, const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", w->path, name);
	return path;
}

static bool
has(const struct world *w, const char *name)
{
	return access(path_of(w, name), F_OK) == 0;
}

/* Names in the folder, sorted, with a blank between them. */
static const char *
names_in(const struct world *w)
{
	static char text[4096];
	struct dirent **entries;
	int count = scandir(w->path, &entries, NULL, alphasort);

	text[0] = '\0';
	assert_true(count >= 0);
	for (int i = 0; i < count; i++) {
		size_t size = strlen(text);

		if (entries[i]->d_name[0] != '.')
			(void)snprintf(text + size, sizeof(text) - size, "%s%s",
			    size > 0 ? " " : "", entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return text;
}

static void
world_close(struct world *w)
{
	struct dirent *entry;
	DIR *list = opendir(w->path);

	assert_non_null(list);
	while ((entry = readdir(list)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			assert_int_equal(unlinkat(dirfd(list), entry->d_name, 0), 0);
	closedir(list);
	dg_outdir_close(w->dir);
	assert_int_equal(rmdir(w->path), 0);
}

static int
feed(struct world *w, int64_t time_ns, uint32_t captured, uint32_t linktype)
{
	static uint8_t data[300000];

	memset(data, (int)(captured & 0xff), captured);
	return dg_packets_tap(w->packets,
	    &(struct dnsgap_frame){.data = data,
		.captured = captured,
		.on_wire = captured + 5,
		.time_ns = time_ns,
		.linktype = linktype});
}

/* A file's bytes, the caller's to free. */
static uint8_t *
slurp(const struct world *w, const char *name, size_t *size)
{
	FILE *file = fopen(path_of(w, name), "re");
	uint8_t *bytes = malloc(4 << 20);

	assert_non_null(file);
	assert_non_null(bytes);
	*size = fread(bytes, 1, 4 << 20, file);
	(void)fclose(file);
	return bytes;
}

static uint32_t
word(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* How many records a file holds; it must end with one. */
static size_t
records_in(const struct world *w, const char *name)
{
	size_t size, at = 24, count = 0;
	uint8_t *bytes = slurp(w, name, &size);

	assert_true(size >= at);
	while (at < size) {
		assert_true(size - at >= 16);
		assert_true(size - at - 16 >= word(bytes + at + 8));
		at += 16 + word(bytes + at + 8);
		count++;
	}
	free(bytes);
	return count;
}

/* --- bytes --------------------------------------------------------------------- */

static void
test_bytes(void **state)
{
	/* What `tcpdump --nano -w` writes on a machine of this order of bytes. */
	static const uint32_t header[] = {0xa1b23c4d, 2 | 4 << 16, 0, 0, 262144, 1};
	struct world w;
	uint8_t *bytes;
	size_t size;

	(void)state;
	world_open(&w);
	assert_int_equal(begin(&w, &(struct dg_packets_settings){.name = "x.pcap"}), 0);
	assert_int_equal(feed(&w, TIME + 7, 3, ETHERNET), 0);
	assert_int_equal(feed(&w, TIME + 8, 0, ETHERNET), 0);
	assert_int_equal(dg_packets_flush(w.packets), 0);
	bytes = slurp(&w, "x.pcap", &size);
	assert_int_equal(size, 24 + 16 + 3 + 16);
	if (word((const uint8_t[]){1, 0, 0, 0}) == 1)
		assert_memory_equal(bytes, header, sizeof(header));
	assert_int_equal(word(bytes + 24), 1790000000);
	assert_int_equal(word(bytes + 28), 7);
	assert_int_equal(word(bytes + 32), 3);
	assert_int_equal(word(bytes + 36), 8);
	assert_memory_equal(bytes + 40, "\3\3\3", 3);
	assert_int_equal(word(bytes + 43 + 4), 8);
	free(bytes);
	assert_int_equal(dg_packets_close(w.packets, w.text), 0);
	world_close(&w);
}

static void
test_waiting(void **state)
{
	struct world w;
	size_t size;

	(void)state;
	world_open(&w);
	assert_int_equal(begin(&w, &(struct dg_packets_settings){.name = "x"}), 0);
	/* A header is there at once: whoever follows the file finds a capture. */
	free(slurp(&w, "x", &size));
	assert_int_equal(size, 24);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(feed(&w, TIME, 262144, ETHERNET), 0);
	assert_null(dg_packets_trouble(w.packets));
	assert_int_equal(dg_packets_close(w.packets, w.text), 0);
	world_close(&w);
}

static void
test_linktype(void **state)
{
	struct dnsgap_interface_counts rows[] = {
	    {.name = "eth0", .linktype = 1}, {.name = "tun0", .linktype = 101}};
	char text[DG_LIVE_TEXT_MAX];
	uint32_t linktype = 0;
	struct world w;

	(void)state;
	assert_int_equal(dg_packets_linktype(rows, 1, &linktype, text), 0);
	assert_int_equal(linktype, 1);
	assert_int_equal(dg_packets_linktype(rows, 2, &linktype, text), EINVAL);
	assert_non_null(strstr(text, "tun0 has 101"));
	world_open(&w);
	assert_int_equal(begin(&w, &(struct dg_packets_settings){.name = "x"}), 0);
	assert_int_equal(feed(&w, TIME, 10, ETHERNET), 0);
	assert_int_equal(feed(&w, TIME, 10, 101), 0);
	assert_non_null(strstr(dg_packets_trouble(w.packets), "link type 1"));
	assert_int_equal(dg_packets_lost(w.packets), 1);
	assert_int_equal(feed(&w, TIME, 10, ETHERNET), 0);
	assert_int_equal(dg_packets_close(w.packets, w.text), 0);
	assert_int_equal(records_in(&w, "x"), 2);
	world_close(&w);
}

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

/* --- HUP ----------------------------------------------------------------------- */

static void
test_reopen_moved(void **state)
{
	struct world w;
	char moved[512];

	(void)state;
	world_open(&w);
	assert_int_equal(begin(&w, &(struct dg_packets_settings){.name = "x"}), 0);
	assert_int_equal(feed(&w, TIME, 10, ETHERNET), 0);
	assert_int_equal(dg_packets_reopen(w.packets, w.text), 0);
	assert_string_equal(names_in(&w), "x");
	(void)snprintf(moved, sizeof(moved), "%s", path_of(&w, "x.1"));
	assert_int_equal(rename(path_of(&w, "x"), moved), 0);
	assert_int_equal(feed(&w, TIME, 10, ETHERNET), 0);
	assert_int_equal(dg_packets_reopen(w.packets, w.text), 0);
	assert_int_equal(feed(&w, TIME, 10, ETHERNET), 0);
	assert_null(dg_packets_trouble(w.packets));
	assert_int_equal(dg_packets_close(w.packets, w.text), 0);
	assert_int_equal(records_in(&w, "x.1"), 2);
	assert_int_equal(records_in(&w, "x"), 1);
	world_close(&w);
}

static void
test_reopen_numbers(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	assert_int_equal(begin(&w,
			     &(struct dg_packets_settings){
				 .name = "x", .file_bytes = 100000, .files_max = 2}),
	    0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(feed(&w, TIME, 10, ETHERNET), 0);
		assert_int_equal(dg_packets_reopen(w.packets, w.text), 0);
	}
	assert_null(dg_packets_trouble(w.packets));
	assert_int_equal(dg_packets_close(w.packets, w.text), 0);
	assert_string_equal(names_in(&w), "x0 x1");
	world_close(&w);
}

/* --- a full disk ------------------------------------------------------------------ */

/* No file grows beyond so many bytes. */
static void
limit_files(rlim_t bytes)
{
	struct rlimit limit;

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Whatever the limit cuts through (a file's header, a record's, a record), what is left are
 * whole records, and after room was made it goes on in another file. */
static void
test_full(void **state)
{
	(void)state;
	for (rlim_t bytes = 24; bytes < 24 + 3 * 116; bytes++) {
		struct world w;
		size_t whole = (size_t)(bytes - 24) / 116;

		world_open(&w);
		limit_files(bytes);
		assert_int_equal(begin(&w, &(struct dg_packets_settings){.name = "x"}), 0);
		for (int i = 0; i < 3; i++)
			assert_int_equal(feed(&w, TIME, 100, ETHERNET), 0);
		assert_int_equal(dg_packets_flush(w.packets), EFBIG);
		assert_non_null(strstr(dg_packets_trouble(w.packets), "HUP"));
		assert_null(dg_packets_trouble(w.packets));
		assert_int_equal(feed(&w, TIME, 100, ETHERNET), 0);
		assert_int_equal(dg_packets_lost(w.packets), 3 - whole + 1);
		assert_int_equal(records_in(&w, "x"), whole);
		limit_files(RLIM_INFINITY);
		assert_int_equal(dg_packets_reopen(w.packets, w.text), 0);
		assert_non_null(strstr(dg_packets_trouble(w.packets), "were not"));
		assert_int_equal(feed(&w, TIME, 100, ETHERNET), 0);
		assert_int_equal(dg_packets_close(w.packets, w.text), 0);
		assert_int_equal(records_in(&w, "x-2"), 1);
		world_close(&w);
	}
}

static void
test_full_at_once(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	limit_files(10);
	assert_int_equal(begin(&w, &(struct dg_packets_settings){.name = "x"}), EFBIG);
	limit_files(RLIM_INFINITY);
	assert_false(has(&w, "x"));
	world_close(&w);
}

static void
test_full_at_the_end(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	limit_files(200);
	assert_int_equal(begin(&w, &(struct dg_packets_settings){.name = "x"}), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(feed(&w, TIME, 100, ETHERNET), 0);
	assert_int_equal(dg_packets_close(w.packets, w.text), EFBIG);
	limit_files(RLIM_INFINITY);
	assert_non_null(strstr(w.text, "/x: "));
	assert_int_equal(records_in(&w, "x"), 1);
	world_close(&w);
}

int
main(void)
{
	struct rows rows = {0};

	(void)setenv("TZ", "UTC", 1);
	rows_add(&rows, "a file has tcpdump's header and whole records", test_bytes, NULL);
	rows_add(&rows, "the largest frames fit", test_waiting, NULL);
	rows_add(&rows, "a file holds one link type", test_linktype, NULL);
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
	rows_add(&rows, "HUP begins anew what was moved away", test_reopen_moved, NULL);
	rows_add(&rows, "HUP counts on with -C", test_reopen_numbers, NULL);
	rows_add(&rows, "a full disk leaves whole records, HUP goes on", test_full, NULL);
	rows_add(&rows, "a disk full at once leaves nothing", test_full_at_once, NULL);
	rows_add(&rows, "a disk full at the end is told", test_full_at_the_end, NULL);
	return rows_run(&rows, "live_packets");
}
