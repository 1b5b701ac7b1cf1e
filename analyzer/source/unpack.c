/*
 * unpack.c - zstd and xz by libarchive.
 *
 * One filter is enabled, by name: archive_read_support_filter_all() would also
 * enable those that run programs.
 *
 * Blocks are taken as they come: archive_read_data() would give up what it
 * had copied for a call that then fails.
 *
 * Weak spot: of a file that was cut off, libarchive drops the last block that
 * it could not finish (64 or 128 KiB).
 */
#include <archive.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "source/raw.h"
#include "source/window.h"

struct dg_unpack {
	struct archive *archive;
	struct dg_raw *raw;
	struct dg_window window;
	const uint8_t *block; /* libarchive's, until the next one is asked for */
	size_t block_left;
	bool is_open;
	bool is_done;
};

/* A frame that asks for too much memory ends the data; what came before it is unpacked. */
static ssize_t
feed(struct archive *archive, void *context, const void **bytes)
{
	struct dg_unpack *u = context;
	struct dg_raw *r = u->raw;
	size_t size = 0;

	(void)archive;
	if (u->window.found_bytes > 0)
		snprintf(r->problem, sizeof r->problem,
		    "unpacking takes a window of %llu MiB, and %llu are allowed; "
		    "unpack it first",
		    (unsigned long long)(u->window.found_bytes >> 20),
		    (unsigned long long)(u->window.most_bytes >> 20));
	else
		size = dg_raw_fill(r);
	*bytes = r->bytes + r->at;
	size = dg_window_see(&u->window, r->bytes + r->at, size);
	r->at += size;
	return (ssize_t)size;
}

struct dg_unpack *
dg_unpack_new(enum dg_unpack_kind kind)
{
	struct dg_unpack *u = calloc(1, sizeof *u);
	int status;

	if (u == NULL)
		return NULL;
	u->archive = archive_read_new();
	if (u->archive == NULL) {
		free(u);
		return NULL;
	}
	u->window.is_xz = kind == DG_UNPACK_XZ;
	u->window.most_bytes = DG_UNPACK_WINDOW_MAX;
	/* Anything but ARCHIVE_OK would mean: by an external program. */
	status = kind == DG_UNPACK_ZSTD ? archive_read_support_filter_zstd(u->archive)
					: archive_read_support_filter_xz(u->archive);
	if (status != ARCHIVE_OK || archive_read_support_format_raw(u->archive) != ARCHIVE_OK) {
		dg_unpack_free(u);
		return NULL;
	}
	return u;
}

void
dg_unpack_free(struct dg_unpack *u)
{
	if (u == NULL)
		return;
	archive_read_free(u->archive);
	free(u);
}

static void
note_trouble(struct dg_unpack *u, struct dg_raw *r)
{
	const char *text = archive_error_string(u->archive);

	u->is_done = true;
	if (r->problem[0] == '\0')
		snprintf(r->problem, sizeof r->problem, "the compressed data are damaged: %s",
		    text != NULL ? text : "unknown error");
}

static void
open_first(struct dg_unpack *u, struct dg_raw *r)
{
	struct archive_entry *entry;
	int status = archive_read_open(u->archive, u, NULL, feed, NULL);

	if (status == ARCHIVE_OK)
		status = archive_read_next_header(u->archive, &entry);
	if (status == ARCHIVE_EOF) {
		u->is_done = true;
	} else if (status != ARCHIVE_OK) {
		note_trouble(u, r);
	} else if (archive_filter_count(u->archive) > DG_COMPRESSION_LAYERS_MAX + 1) {
		snprintf(r->problem, sizeof r->problem, "is compressed twice; unpack it first");
		u->is_done = true;
	}
	u->is_open = true;
}

/* The next block that is not empty; false at the end and after trouble. */
static bool
next_block(struct dg_unpack *u, struct dg_raw *r)
{
	while (!u->is_done && u->block_left == 0) {
		const void *block = NULL;
		size_t size = 0;
		la_int64_t offset;
		int status = archive_read_data_block(u->archive, &block, &size, &offset);

		if (status == ARCHIVE_EOF)
			u->is_done = true;
		else if (status != ARCHIVE_OK)
			note_trouble(u, r);
		else
			u->block_left = size;
		u->block = block;
	}
	return u->block_left > 0;
}

size_t
dg_unpack_read(struct dg_unpack *u, struct dg_raw *r, void *bytes, size_t size)
{
	u->raw = r;
	if (!u->is_open)
		open_first(u, r);
	if (!next_block(u, r))
		return 0;
	if (size > u->block_left)
		size = u->block_left;
	memcpy(bytes, u->block, size);
	u->block += size;
	u->block_left -= size;
	return size;
}

const char *
dg_unpack_library_version(void)
{
	const char *version = archive_version_string();

	/* "libarchive 3.6.2" */
	return version + strcspn(version, "0123456789");
}
