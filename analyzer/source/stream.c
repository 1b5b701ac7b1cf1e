/*
 * stream.c - the bytes of a file, decompressed by what they begin with.
 */
#include "source/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "source/raw.h"

struct dg_stream {
	struct dg_raw raw;
	const char *compression;
	struct dg_gzip *gzip;
	struct dg_unpack *unpack;
	uint64_t unpacked; /* bytes given so far */
};

static const struct magic {
	const char *name;
	uint8_t bytes[6];
	uint8_t size;
} magics[] = {
    {"gzip", {0x1f, 0x8b}, 2},
    {"zstd", {0x28, 0xb5, 0x2f, 0xfd}, 4},
    {"xz", {0xfd, '7', 'z', 'X', 'Z', 0}, 6},
};

/* The first few bytes may come in pieces from a pipe; waits for six of them. */
static void
fill_magic(struct dg_raw *r)
{
	size_t got = 1;

	while (r->end < sizeof magics[0].bytes && got > 0) {
		got = dg_raw_read(r, r->bytes + r->end, sizeof r->bytes - r->end);
		r->end += got;
	}
}

const char *
dg_stream_packing(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
		if (size >= magics[i].size &&
		    memcmp(bytes, magics[i].bytes, magics[i].size) == 0)
			return magics[i].name;
	}
	return NULL;
}

static int
choose_reader(struct dg_stream *s, const char *path, struct dg_fail *fail)
{
	s->compression = dg_stream_packing(s->raw.bytes, s->raw.end);
	if (s->compression == NULL)
		return 0;
	if (strcmp(s->compression, "gzip") == 0) {
		s->gzip = dg_gzip_new();
		return s->gzip != NULL ? 0 : dg_fail_memory(fail);
	}
	s->unpack =
	    dg_unpack_new(strcmp(s->compression, "zstd") == 0 ? DG_UNPACK_ZSTD : DG_UNPACK_XZ);
	if (s->unpack == NULL)
		return dg_fail_set(fail, DNSGAP_EFORMAT,
		    "%s: libarchive cannot unpack %s here; unpack the file first", path,
		    s->compression);
	return 0;
}

/* Opening a FIFO waits for its writer, and a signal ends the wait. */
static int
open_waiting(const char *path, const struct dg_stop *stop)
{
	int fd;

	if (strcmp(path, "-") == 0)
		return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	do
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	while (fd < 0 && errno == EINTR && (stop == NULL || !stop->is_wanted(stop->context)));
	return fd;
}

static int
open_file(const char *path, struct dg_raw *r, struct dg_fail *fail)
{
	struct stat st;

	r->fd = open_waiting(path, r->stop);
	if (r->fd < 0)
		return dg_fail_set(fail, DNSGAP_EOPEN, "%s: %s", path,
		    errno == EINTR ? "interrupted" : strerror(errno));
	if (fstat(r->fd, &st) != 0)
		return dg_fail_set(fail, DNSGAP_EOPEN, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return dg_fail_set(
		    fail, DNSGAP_EOPEN, "%s: is a folder; name the captures in it", path);
	r->is_regular = S_ISREG(st.st_mode);
	/* Known to be too large for a digest: it need not be begun. */
	if (r->is_regular && (uint64_t)st.st_size > r->digest_max)
		r->digest_max = 0;
	return 0;
}

int
dg_stream_open(const char *path, uint64_t digest_max, const struct dg_stop *stop,
    struct dg_stream **out, struct dg_fail *fail)
{
	struct dg_stream *s = calloc(1, sizeof *s);
	int error;

	if (s == NULL)
		return dg_fail_memory(fail);
	s->raw.stop = stop;
	s->raw.digest_max = digest_max;
	error = open_file(path, &s->raw, fail);
	if (error != 0)
		goto fail;
	if (s->raw.digest_max > 0) {
		s->raw.digest = dg_digest_new();
		if (s->raw.digest == NULL) {
			error = dg_fail_memory(fail);
			goto fail;
		}
	}
	fill_magic(&s->raw);
	error = choose_reader(s, path, fail);
	if (error != 0)
		goto fail;
	*out = s;
	return 0;
fail:
	dg_stream_close(s);
	return error;
}

void
dg_stream_close(struct dg_stream *s)
{
	if (s == NULL)
		return;
	dg_gzip_free(s->gzip);
	dg_unpack_free(s->unpack);
	dg_digest_free(s->raw.digest);
	if (s->raw.fd >= 0)
		close(s->raw.fd);
	free(s);
}

/* Whether a packed file gave so much for its size that it must be made to cost time. */
static bool
is_bomb(struct dg_stream *s)
{
	if (s->unpacked <= DG_UNPACK_FREE_BYTES ||
	    s->unpacked / DG_UNPACK_RATIO_MAX <= s->raw.total)
		return false;
	if (s->raw.problem[0] == '\0')
		snprintf(s->raw.problem, sizeof s->raw.problem,
		    "it unpacks to more than %u times its size, which no capture does; "
		    "unpack it first if it is one",
		    DG_UNPACK_RATIO_MAX);
	return true;
}

static size_t
read_packed(struct dg_stream *s, void *bytes, size_t size)
{
	size_t got;

	if (is_bomb(s))
		return 0;
	got = s->gzip != NULL ? dg_gzip_read(s->gzip, &s->raw, bytes, size)
			      : dg_unpack_read(s->unpack, &s->raw, bytes, size);
	s->unpacked += got;
	return got;
}

size_t
dg_stream_read(struct dg_stream *s, void *bytes, size_t size)
{
	size_t left;

	if (s->gzip != NULL || s->unpack != NULL)
		return read_packed(s, bytes, size);
	if (s->raw.at == s->raw.end && size >= sizeof s->raw.bytes)
		return dg_raw_read(&s->raw, bytes, size); /* saves a copy */
	left = dg_raw_fill(&s->raw);
	if (left > size)
		left = size;
	memcpy(bytes, s->raw.bytes + s->raw.at, left);
	s->raw.at += left;
	return left;
}

const char *
dg_stream_problem(const struct dg_stream *s)
{
	return s->raw.problem[0] != '\0' ? s->raw.problem : NULL;
}

const char *
dg_stream_compression(const struct dg_stream *s)
{
	return s->compression;
}

void
dg_stream_finish(struct dg_stream *s, bool is_damaged, char text[DG_DIGEST_TEXT_MAX])
{
	text[0] = '\0';
	if (is_damaged && !s->raw.is_regular)
		return;
	while (s->raw.digest != NULL && dg_raw_fill(&s->raw) > 0)
		s->raw.at = s->raw.end;
	if (s->raw.digest != NULL && !s->raw.is_broken)
		dg_digest_finish(s->raw.digest, text);
}

uint64_t
dg_stream_bytes(const struct dg_stream *s)
{
	return s->raw.total;
}
