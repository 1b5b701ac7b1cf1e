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

#include "source/raw.h"

struct dg_stream {
	struct dg_raw raw;
	const char *compression;
	struct dg_gzip *gzip;
	struct dg_unpack *unpack;
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

/* Counts what was read into the digest, or gives that up when the file is too large. */
static void
digest(struct dg_raw *r, const void *bytes, size_t size)
{
	r->total += size;
	if (r->digest != NULL && r->total > r->digest_max) {
		dg_digest_free(r->digest);
		r->digest = NULL;
	}
	if (r->digest != NULL)
		dg_digest_add(r->digest, bytes, size);
}

/* read(2), with its troubles noted; 0 at the end and after trouble. */
static size_t
read_some(struct dg_raw *r, void *bytes, size_t size)
{
	ssize_t got;

	if (r->at_end)
		return 0;
	do
		got = read(r->fd, bytes, size);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		snprintf(r->problem, sizeof r->problem, "reading failed at byte %llu: %s",
		    (unsigned long long)r->total, strerror(errno));
	if (got <= 0) {
		r->at_end = true;
		return 0;
	}
	digest(r, bytes, (size_t)got);
	return (size_t)got;
}

size_t
dg_raw_fill(struct dg_raw *r)
{
	if (r->at == r->end) {
		r->at = 0;
		r->end = read_some(r, r->bytes, sizeof r->bytes);
	}
	return r->end - r->at;
}

/* The first few bytes may come in pieces from a pipe; waits for six of them. */
static void
fill_magic(struct dg_raw *r)
{
	size_t got = 1;

	while (r->end < sizeof magics[0].bytes && got > 0) {
		got = read_some(r, r->bytes + r->end, sizeof r->bytes - r->end);
		r->end += got;
	}
}

static int
choose_reader(struct dg_stream *s, const char *path, struct dg_fail *fail)
{
	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
		if (s->raw.end >= magics[i].size &&
		    memcmp(s->raw.bytes, magics[i].bytes, magics[i].size) == 0)
			s->compression = magics[i].name;
	}
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

static int
open_file(const char *path, int *fd, struct dg_fail *fail)
{
	struct stat st;

	*fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0)
		return dg_fail_set(fail, DNSGAP_EOPEN, "%s: %s", path, strerror(errno));
	if (fstat(*fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(*fd);
		return dg_fail_set(
		    fail, DNSGAP_EOPEN, "%s: is a folder; name the captures in it", path);
	}
	return 0;
}

int
dg_stream_open(
    const char *path, uint64_t digest_max, struct dg_stream **out, struct dg_fail *fail)
{
	struct dg_stream *s;
	int fd, error;

	error = open_file(path, &fd, fail);
	if (error != 0)
		return error;
	s = calloc(1, sizeof *s);
	if (s == NULL) {
		close(fd);
		return dg_fail_memory(fail);
	}
	s->raw.fd = fd;
	s->raw.digest_max = digest_max;
	if (digest_max > 0) {
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
	close(s->raw.fd);
	free(s);
}

size_t
dg_stream_read(struct dg_stream *s, void *bytes, size_t size)
{
	size_t left;

	if (s->gzip != NULL)
		return dg_gzip_read(s->gzip, &s->raw, bytes, size);
	if (s->unpack != NULL)
		return dg_unpack_read(s->unpack, &s->raw, bytes, size);
	if (s->raw.at == s->raw.end && size >= sizeof s->raw.bytes)
		return read_some(&s->raw, bytes, size); /* saves a copy */
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
dg_stream_finish(struct dg_stream *s, char text[DG_DIGEST_TEXT_MAX])
{
	text[0] = '\0';
	while (s->raw.digest != NULL && dg_raw_fill(&s->raw) > 0)
		s->raw.at = s->raw.end;
	if (s->raw.digest != NULL)
		dg_digest_finish(s->raw.digest, text);
}

uint64_t
dg_stream_bytes(const struct dg_stream *s)
{
	return s->raw.total;
}
