/*
 * keep.c - of the reports in a folder only the latest are kept.
 *
 * Only names that this program gives are touched, only of plain files, and only whole stamps:
 * all files of one time stay or go together.
 */
#include "live/outdir.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* "2026-11-22T01-02-03Z" */
#define STAMP_BYTES 20
/* The years that have four digits. */
#define SECONDS_MIN (-62167219200LL)
#define SECONDS_MAX 253402300799LL

/* The different times, in no order until they are sorted. */
struct stamps {
	char (*rows)[STAMP_BYTES];
	size_t count;
	size_t room;
};

void
dg_outdir_stamp(long long seconds, char text[DG_STAMP_MAX])
{
	time_t t;
	struct tm tm = {0};

	if (seconds < SECONDS_MIN)
		seconds = SECONDS_MIN;
	if (seconds > SECONDS_MAX)
		seconds = SECONDS_MAX;
	t = (time_t)seconds;
	(void)gmtime_r(&t, &tm);
	(void)snprintf(text, DG_STAMP_MAX, "%04u-%02u-%02uT%02u-%02u-%02uZ",
	    (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)(tm.tm_mon + 1) % 100,
	    (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
	    (unsigned)tm.tm_sec % 100);
}

/* Whether two digits are there, and not beyond `most`. */
static bool
is_part(const char *at, unsigned most)
{
	return at[0] >= '0' && at[0] <= '9' && at[1] >= '0' && at[1] <= '9' &&
	    (unsigned)(at[0] - '0') * 10 + (unsigned)(at[1] - '0') <= most;
}

static bool
is_stamp(const char *s)
{
	static const char shape[] = "0000-00-00T00-00-00Z";

	for (size_t i = 0; i < STAMP_BYTES; i++) {
		bool is_digit = s[i] >= '0' && s[i] <= '9';

		if (shape[i] == '0' ? !is_digit : s[i] != shape[i])
			return false;
	}
	return is_part(s + 5, 12) && is_part(s + 8, 31) && is_part(s + 11, 23) &&
	    is_part(s + 14, 59) && is_part(s + 17, 60);
}

/* The stamp in a name of ours, or NULL. */
static const char *
stamp_of(const struct dg_outdir *d, const struct dirent *entry, const char *prefix)
{
	size_t before = strlen(prefix);
	const char *name = entry->d_name;

	if (strncmp(name, prefix, before) != 0 || strlen(name) < before + STAMP_BYTES + 2)
		return NULL;
	if (!is_stamp(name + before) || name[before + STAMP_BYTES] != '.')
		return NULL;
	return dg_outdir_is_regular(d, entry) ? name + before : NULL;
}

static int
add_stamp(struct stamps *s, const char *stamp)
{
	if (s->count == s->room) {
		size_t room = s->room == 0 ? 256 : 2 * s->room;
		void *rows = reallocarray(s->rows, room, sizeof(*s->rows));

		if (rows == NULL)
			return ENOMEM;
		s->rows = rows;
		s->room = room;
	}
	memcpy(s->rows[s->count], stamp, STAMP_BYTES);
	s->count++;
	return 0;
}

static int
find_stamps(struct dg_outdir *d, const char *prefix, struct stamps *s)
{
	DIR *list = dg_outdir_list(d);
	const struct dirent *entry;
	const char *stamp;
	int error = 0;

	rewinddir(list);
	errno = 0;
	while (error == 0 && (entry = readdir(list)) != NULL) {
		stamp = stamp_of(d, entry, prefix);
		if (stamp != NULL)
			error = add_stamp(s, stamp);
		errno = 0;
	}
	return error != 0 ? error : errno;
}

static int
latest_first(const void *a, const void *b)
{
	return memcmp(b, a, STAMP_BYTES);
}

/* Sorts, the latest first, each once. */
static void
sort_stamps(struct stamps *s)
{
	size_t count = 0;

	if (s->count > 0)
		qsort(s->rows, s->count, sizeof(*s->rows), latest_first);
	for (size_t i = 0; i < s->count; i++) {
		if (count > 0 && memcmp(s->rows[count - 1], s->rows[i], STAMP_BYTES) == 0)
			continue;
		memmove(s->rows[count], s->rows[i], STAMP_BYTES);
		count++;
	}
	s->count = count;
}

/* Removes the files of `oldest` and of all times before it. */
static int
remove_until(struct dg_outdir *d, const char *prefix, const char *oldest)
{
	DIR *list = dg_outdir_list(d);
	const struct dirent *entry;
	const char *stamp;
	int error = 0;

	rewinddir(list);
	while ((entry = readdir(list)) != NULL) {
		stamp = stamp_of(d, entry, prefix);
		if (stamp == NULL || memcmp(stamp, oldest, STAMP_BYTES) > 0)
			continue;
		if (unlinkat(dg_outdir_fd(d), entry->d_name, 0) != 0 && errno != ENOENT)
			error = errno;
	}
	return error;
}

int
dg_outdir_keep(
    struct dg_outdir *d, const char *prefix, size_t keep, char text[DG_LIVE_TEXT_MAX])
{
	struct stamps s = {0};
	int error;

	text[0] = '\0';
	error = find_stamps(d, prefix, &s);
	if (error == 0) {
		sort_stamps(&s);
		if (s.count > keep)
			error = remove_until(d, prefix, s.rows[keep]);
	}
	free(s.rows);
	if (error != 0)
		(void)snprintf(text, DG_LIVE_TEXT_MAX,
		    "%s: old reports could not be removed: %s", dg_outdir_path(d),
		    strerror(error));
	return error;
}
