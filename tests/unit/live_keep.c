/*
 * live_keep.c - stamps, and which reports stay.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "live/outdir.h"
#include "rows.h"

static const struct stamp {
	const char *name;
	long long seconds;
	const char *text;
} stamps[] = {
    {"the beginning", 0, "1970-01-01T00-00-00Z"},
    {"a day", 1763773323, "2025-11-22T01-02-03Z"},
    {"a leap day", 951782400, "2000-02-29T00-00-00Z"},
    {"after 2038", 2147483648, "2038-01-19T03-14-08Z"},
    {"before 1970", -1, "1969-12-31T23-59-59Z"},
    {"the last year of four digits", 253402300799, "9999-12-31T23-59-59Z"},
    {"later is as late as can be", LLONG_MAX, "9999-12-31T23-59-59Z"},
    {"earlier is as early as can be", LLONG_MIN, "0000-01-01T00-00-00Z"},
};

static void
test_stamp(void **state)
{
	const struct stamp *row = *state;
	char text[DG_STAMP_MAX];

	dg_outdir_stamp(row->seconds, text);
	assert_string_equal(text, row->text);
}

#define NAMES_MAX 8
#define A "2026-11-22T01-02-03Z"
#define B "2026-11-22T01-02-04Z"
#define C "2026-11-23T00-00-00Z"

static const struct keeping {
	const char *name;
	size_t keep;
	const char *there[NAMES_MAX];
	const char *left[NAMES_MAX];
} keepings[] = {
    {"fewer than are to be kept stay", 3, {"r-" A ".json", "r-" B ".json"},
	{"r-" A ".json", "r-" B ".json"}},
    {"the oldest goes", 2, {"r-" C ".json", "r-" A ".json", "r-" B ".json"},
	{"r-" B ".json", "r-" C ".json"}},
    {"all files of a time go together", 1,
	{"r-" A ".json", "r-" A ".html", "r-" A ".md", "r-" B ".txt", "r-" B ".json"},
	{"r-" B ".json", "r-" B ".txt"}},
    {"none is kept of none to keep", 0, {"r-" A ".json", "x"}, {"x"}},
    {"other prefixes stay", 1, {"now-" A ".json", "r-" B ".json", "r-" C ".json"},
	{"now-" A ".json", "r-" C ".json"}},
    {"a longer prefix stays", 0, {"r-now-" A ".json", "r-" B ".json"}, {"r-now-" A ".json"}},
    {"a name without an ending stays", 0, {"r-" A, "r-" B ".", "r-" C ".x"},
	{"r-" A, "r-" B "."}},
    {"what is no time stays", 0,
	{"r-2026-13-22T01-02-03Z.json", "r-2026-11-22T24-02-03Z.json",
	    "r-2026-11-22T01:02:03Z.json", "r-2026-11-22T01-02-0xZ.json",
	    "r-2026-11-22T01-02-03.json", "r-2026-11-32T01-02-03Z.json"},
	{"r-2026-11-22T01-02-03.json", "r-2026-11-22T01-02-0xZ.json",
	    "r-2026-11-22T01:02:03Z.json", "r-2026-11-22T24-02-03Z.json",
	    "r-2026-11-32T01-02-03Z.json", "r-2026-13-22T01-02-03Z.json"}},
    {"folders stay", 0, {"r-" A ".json/", "r-" B ".json"}, {"r-" A ".json"}},
    {"links stay", 0, {"r-" A ".json@", "r-" B ".json"}, {"r-" A ".json"}},
};

/* "name/" is a folder, "name@" a link. */
static void
make(int folder, const char *what)
{
	char name[128];
	size_t last = strlen(what) - 1;

	(void)snprintf(name, sizeof(name), "%s", what);
	if (what[last] == '/' || what[last] == '@')
		name[last] = '\0';
	if (what[last] == '/') {
		assert_int_equal(mkdirat(folder, name, 0700), 0);
	} else if (what[last] == '@') {
		assert_int_equal(symlinkat("/dev/null", folder, name), 0);
	} else {
		int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

		assert_true(fd >= 0 && close(fd) == 0);
	}
}

static void
test_keep(void **state)
{
	const struct keeping *row = *state;
	char path[] = "/tmp/dnsgap-keep-XXXXXX", text[DG_LIVE_TEXT_MAX];
	struct dirent **entries;
	struct dg_outdir *d;
	int count, left = 0;

	assert_non_null(mkdtemp(path));
	assert_int_equal(dg_outdir_open(path, &d, text), 0);
	for (size_t i = 0; i < NAMES_MAX && row->there[i] != NULL; i++)
		make(dg_outdir_fd(d), row->there[i]);
	assert_int_equal(dg_outdir_keep(d, "r-", row->keep, text), 0);
	count = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
			assert_true(left < NAMES_MAX && row->left[left] != NULL);
			assert_string_equal(name, row->left[left++]);
			if (unlinkat(dg_outdir_fd(d), name, 0) != 0)
				assert_int_equal(
				    unlinkat(dg_outdir_fd(d), name, AT_REMOVEDIR), 0);
		}
		free(entries[i]);
	}
	free(entries);
	assert_true(left == NAMES_MAX || row->left[left] == NULL);
	dg_outdir_close(d);
	assert_int_equal(rmdir(path), 0);
}

/* A cut a minute for two days, the last hour kept: never more than an hour of files. */
static void
test_months(void **state)
{
	char path[] = "/tmp/dnsgap-keep-XXXXXX", text[DG_LIVE_TEXT_MAX];
	struct dg_outdir *d;
	struct dirent **entries;
	int count;

	(void)state;
	assert_non_null(mkdtemp(path));
	assert_int_equal(dg_outdir_open(path, &d, text), 0);
	for (int minute = 0; minute < 2 * 24 * 60; minute++) {
		char stamp[DG_STAMP_MAX], name[64];

		dg_outdir_stamp(1763773323 + 60 * minute, stamp);
		(void)snprintf(name, sizeof(name), "r-%s.json", stamp);
		make(dg_outdir_fd(d), name);
		assert_int_equal(dg_outdir_keep(d, "r-", 60, text), 0);
	}
	count = scandir(path, &entries, NULL, alphasort);
	assert_int_equal(count, 62);
	assert_string_equal(entries[2]->d_name, "r-2025-11-24T00-02-03Z.json");
	for (int i = 0; i < count; i++) {
		(void)unlinkat(dg_outdir_fd(d), entries[i]->d_name, 0);
		free(entries[i]);
	}
	free(entries);
	dg_outdir_close(d);
	assert_int_equal(rmdir(path), 0);
}

int
main(void)
{
	struct rows rows = {0};

	ROWS_ADD_TABLE(&rows, stamps, test_stamp);
	ROWS_ADD_TABLE(&rows, keepings, test_keep);
	rows_add(&rows, "a cut a minute for two days leaves the hour that is kept", test_months,
	    NULL);
	return rows_run(&rows, "live_keep");
}
