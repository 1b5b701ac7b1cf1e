#ifndef PACKETS_WORLD_H
#define PACKETS_WORLD_H

/* packets_world.h - a folder with files of packets, for their tests. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

static inline void
world_open(struct world *w)
{
	/* In memory, where there is such a folder: every file is made durable. */
	*w = (struct world){.path = "/dev/shm/dnsgap-packets-XXXXXX"};
	if (mkdtemp(w->path) == NULL) {
		memcpy(w->path, "/tmp/dnsgap-packets-XXXXXX", 27);
		assert_non_null(mkdtemp(w->path));
	}
	assert_int_equal(dg_outdir_open(w->path, &w->dir, w->text), 0);
}

static inline int
begin(struct world *w, const struct dg_packets_settings *settings)
{
	struct dg_packets_settings s = *settings;

	s.snap_bytes = 262144;
	s.linktype = ETHERNET;
	return dg_packets_new(w->dir, &s, &w->packets, w->text);
}

static inline char *
path_of(const struct world *w, const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", w->path, name);
	return path;
}

static inline bool
has(const struct world *w, const char *name)
{
	return access(path_of(w, name), F_OK) == 0;
}

/* Names in the folder, sorted, with a blank between them. */
static inline const char *
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

static inline void
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

static inline int
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
static inline uint8_t *
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

static inline uint32_t
word(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* How many records a file holds; it must end with one. */
static inline size_t
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

#endif
