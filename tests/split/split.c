/*
 * split.c - the split law: a capture in several files gives the report of the capture.
 *
 *	split STEP FILE...
 *
 * Cuts each file, classic pcap of this machine's byte order, behind every STEP-th frame
 * into two, and in some more ways into many.  The pieces are read in the order of capture,
 * or turned around.  The reports must be the same but for `inputs` and the frames of findings.
 *
 * Nine tenths of the time would go into the diagnosis, which says the same of the same trials,
 * failures and circumstances.  So it is made for every DIAGNOSED_STEP-th cut only; for the
 * others what it is made of is compared, and all else that the report says.
 *
 * Prints for each file `FILE: N cuts, the same`, or what the first difference is.  Exit
 * status 1 when there was one.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/limits.h"
#include "diagnose/diagnose.h"
#include "dnsgap/config.h"
#include "dnsgap/render.h"
#include "dnsgap/session.h"
#include "tally/failures.h"
#include "tally/trials.h"

#define HEAD_BYTES 24
#define RECORD_BYTES 16
#define PIECES_MAX 64
/* Odd, so that files come in both orders. */
#define DIAGNOSED_STEP 17

/* A capture in memory, and where its frames begin; starts[count] is the end. */
struct capture {
	char *bytes;
	size_t size;
	size_t *starts;
	size_t count;
};

struct text {
	char *bytes;
	size_t size;
	size_t room;
};

static void *
must(void *memory)
{
	if (memory == NULL) {
		fputs("split: out of memory\n", stderr);
		exit(2);
	}
	return memory;
}

/* Whether the next report is made with its diagnosis, and what that is made of. */
static bool is_diagnosed;
static uint64_t material;

static uint64_t
mix(uint64_t hash, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
	return hash;
}

#define MIX(hash, value) mix(hash, &(value), sizeof(value))

/* Without the places of frames: they are others in other pieces. */
static uint64_t
mix_trials(uint64_t hash, const struct dg_summary *s)
{
	hash = MIX(hash, s->trial_count);
	hash = MIX(hash, s->trial_bin_log2);
	hash = MIX(hash, s->trial_sample_log2);
	for (size_t i = 0; i < s->trial_count; i++) {
		struct dg_trial trial = s->trials[i];

		trial.file = 0;
		trial.frame = 0;
		hash = MIX(hash, trial);
	}
	return hash;
}

/* They are in the order in which they came: a sum does not see it. */
static uint64_t
sum_failures(const struct dg_failures *f)
{
	uint64_t sum = f->count;

	for (uint32_t i = 0; i < f->count; i++) {
		const struct dg_failure *row = f->rows[i];
		uint64_t hash = MIX(f->sample_log2, row->first_ns);

		hash = MIX(hash, row->end_ns);
		hash = MIX(hash, row->zone);
		hash = MIX(hash, row->mark);
		hash = MIX(hash, row->client);
		hash = MIX(hash, row->server);
		hash = MIX(hash, row->client_port);
		hash = MIX(hash, row->server_port);
		hash = MIX(hash, row->transport);
		hash = MIX(hash, row->kind);
		sum += mix(hash, row->name, row->name_length);
	}
	return sum;
}

int __real_dg_diagnose(const struct dg_summary *summary, const struct dg_circumstances *c,
    struct dg_diagnosis **out);
int __wrap_dg_diagnose(const struct dg_summary *summary, const struct dg_circumstances *c,
    struct dg_diagnosis **out);

/* Stands before the real one: the linker's --wrap. */
int
__wrap_dg_diagnose(const struct dg_summary *summary, const struct dg_circumstances *c,
    struct dg_diagnosis **out)
{
	material = mix_trials(0, summary) ^ sum_failures(summary->failures);
	material = MIX(material, c->timeout_ns);
	material = MIX(material, c->first_ns);
	material = MIX(material, c->last_ns);
	material = MIX(material, c->dropped);
	material = MIX(material, c->has_dropped);
	material = MIX(material, c->is_complete);
	if (is_diagnosed)
		return __real_dg_diagnose(summary, c, out);
	*out = must(calloc(1, sizeof **out));
	(*out)->summary = summary;
	(*out)->circumstances = *c;
	return 0;
}

static void
require(bool is_so, const char *what)
{
	if (is_so)
		return;
	fprintf(stderr, "split: %s\n", what);
	exit(2);
}

static struct capture
load(const char *path)
{
	struct capture c = {0};
	FILE *file = fopen(path, "rb");
	size_t at = HEAD_BYTES;

	require(file != NULL && fseek(file, 0, SEEK_END) == 0, path);
	c.size = (size_t)ftell(file);
	rewind(file);
	c.bytes = must(malloc(c.size + 1));
	require(fread(c.bytes, 1, c.size, file) == c.size, path);
	fclose(file);
	c.starts = must(malloc((c.size / RECORD_BYTES + 2) * sizeof *c.starts));
	while (at + RECORD_BYTES <= c.size) {
		uint32_t captured;

		memcpy(&captured, c.bytes + at + 8, sizeof captured);
		c.starts[c.count++] = at;
		at += RECORD_BYTES + captured;
	}
	require(at == c.size, "a sample that ends inside a record");
	c.starts[c.count] = at;
	return c;
}

static int
collect(void *context, const void *bytes, size_t size)
{
	struct text *t = context;

	while (t->room - t->size < size + 1) {
		t->room = t->room == 0 ? 65536 : 2 * t->room;
		t->bytes = must(realloc(t->bytes, t->room));
	}
	memcpy(t->bytes + t->size, bytes, size);
	t->size += size;
	t->bytes[t->size] = '\0';
	return 0;
}

/* Puts frames from `first` up to `last` into an empty file in memory. */
static void
fill_piece(int fd, const struct capture *c, size_t first, size_t last)
{
	size_t from = c->starts[first], size = c->starts[last] - from;

	require(ftruncate(fd, 0) == 0 && pwrite(fd, c->bytes, HEAD_BYTES, 0) == HEAD_BYTES &&
		pwrite(fd, c->bytes + from, size, HEAD_BYTES) == (ssize_t)size,
	    "cannot write a piece");
}

/* What a finding points to: files have other names here, and frames other numbers. */
static void
drop_frames(struct text *t)
{
	char *from, *to;

	while ((from = strstr(t->bytes, "\"frames\": {\"silent\": ")) != NULL) {
		to = strstr(from, "\"reproduce\":");
		require(to != NULL, "a finding that ends with its frames");
		memmove(from, to, strlen(to) + 1);
	}
}

/* The report over some files, without `inputs`, and without the frames of findings. */
static void
report(const struct dnsgap_config *config, const int *fds, size_t count, bool is_turned,
    struct text *out)
{
	struct dnsgap_session *s;
	char path[64], *inputs, *capture;

	require(dnsgap_session_new(config, &s) == 0, "no session");
	for (size_t i = 0; i < count; i++) {
		snprintf(
		    path, sizeof path, "/proc/self/fd/%d", fds[is_turned ? count - 1 - i : i]);
		require(dnsgap_session_add_file(s, path) == 0, "no memory");
	}
	require(dnsgap_session_run(s, NULL, NULL) == 0 && dnsgap_session_finish(s) == 0 &&
		dnsgap_session_is_complete(s),
	    dnsgap_session_error(s));
	out->size = 0;
	require(dnsgap_render_json(s, collect, out) == 0, "no report");
	dnsgap_session_free(s);
	inputs = strstr(out->bytes, "\"inputs\":");
	capture = strstr(out->bytes, "\"capture\":");
	require(inputs != NULL && capture > inputs, "a report without inputs");
	memmove(inputs, capture, strlen(capture) + 1);
	drop_frames(out);
}

/* What a capture in one piece gives: the reports without and with a diagnosis. */
struct wanted {
	const char *path;
	struct text reports[2];
	uint64_t material;
};

static bool
is_same(const struct wanted *wanted, const struct text *split, const char *how, size_t cut)
{
	const struct text *whole = &wanted->reports[is_diagnosed];
	size_t at = 0, from;

	if (material != wanted->material) {
		printf("%s: %s %zu: the diagnosis is made of something else\n", wanted->path,
		    how, cut);
		return false;
	}
	if (strcmp(whole->bytes, split->bytes) == 0)
		return true;
	while (whole->bytes[at] == split->bytes[at])
		at++;
	from = at > 60 ? at - 60 : 0;
	printf("%s: %s %zu: `%.100s` instead of `%.100s`\n", wanted->path, how, cut,
	    split->bytes + from, whole->bytes + from);
	return false;
}

/* Into `pieces` parts of about the same number of frames, the first one a little shorter. */
static void
cut_evenly(const struct capture *c, const int *fds, size_t pieces)
{
	size_t first = 0;

	for (size_t i = 0; i < pieces; i++) {
		size_t last =
		    i + 1 == pieces ? c->count : (c->count * (i + 1) - c->count / 3) / pieces;

		fill_piece(fds[i], c, first, last);
		first = last;
	}
}

static bool
check(const struct dnsgap_config *config, const int *fds, const char *path, size_t step)
{
	struct capture c = load(path);
	struct wanted wanted = {.path = path};
	struct text split = {0};
	bool is_good = true;
	size_t cuts = 0;

	fill_piece(fds[0], &c, 0, c.count);
	for (int i = 0; i < 2; i++) {
		is_diagnosed = i == 1;
		report(config, fds, 1, false, &wanted.reports[i]);
	}
	wanted.material = material;
	for (size_t cut = 0; is_good && cut <= c.count; cut += step, cuts++) {
		fill_piece(fds[0], &c, 0, cut);
		fill_piece(fds[1], &c, cut, c.count);
		is_diagnosed = cuts % DIAGNOSED_STEP == 0;
		report(config, fds, 2, cuts % 2 == 1, &split);
		is_good = is_same(&wanted, &split, "cut at frame", cut);
	}
	for (size_t pieces = 3; is_good && pieces <= PIECES_MAX; pieces++, cuts++) {
		cut_evenly(&c, fds, pieces);
		is_diagnosed = cuts % DIAGNOSED_STEP == 0;
		report(config, fds, pieces, pieces % 2 == 1, &split);
		is_good = is_same(&wanted, &split, "cut into", pieces);
	}
	if (is_good)
		printf("%s: %zu cuts, the same\n", path, cuts);
	free(c.bytes);
	free(c.starts);
	free(wanted.reports[0].bytes);
	free(wanted.reports[1].bytes);
	free(split.bytes);
	return is_good;
}

int
main(int argc, char **argv)
{
	struct dnsgap_config *config;
	int fds[PIECES_MAX];
	bool is_good = true;
	size_t step = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

	require(step > 0, "usage: split STEP FILE...");
	require(dnsgap_config_new(&config) == 0, "out of memory");
	dnsgap_config_set_sha256_max(config, 0);
	for (size_t i = 0; i < PIECES_MAX; i++) {
		fds[i] = memfd_create("piece", MFD_CLOEXEC);
		require(fds[i] >= 0, "no file in memory");
	}
	for (int i = 2; i < argc; i++)
		is_good &= check(config, fds, argv[i], step);
	dnsgap_config_free(config);
	return is_good ? 0 : 1;
}
