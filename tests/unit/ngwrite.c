/*
 * ngwrite.c - a pcapng file that is written is read back as it was, block by block.
 *
 * unit_ngwrite SEED FILE writes the frames of a seed and says a line of each; another program
 * can then be asked what it reads (tests/property/evidence.py asks tshark).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants those above first. */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "dnsgap/error.h"
#include "evidence/ngwrite.h"
#include "source/filelist.h"

#define FRAMES 300
#define INTERFACES 5
#define COMMENT_MAX 200

struct world {
	uint64_t random;
	uint8_t bytes[DG_FRAME_BYTES_MAX];
	char comment[COMMENT_MAX + 1];
	struct dg_frame frame;
	uint32_t interface;
	bool has_comment;
};

static const uint32_t linktypes[INTERFACES] = {1, 101, 113, 276, 228};

static uint32_t
draw(struct world *w, uint32_t below)
{
	w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(w->random >> 33) % below;
}

/* The next frame: mostly short, at times empty or as long as can be, in order of time. */
static void
make_frame(struct world *w, int64_t *time_ns)
{
	uint32_t size = draw(w, 40) == 0 ? DG_FRAME_BYTES_MAX
	    : draw(w, 10) == 0           ? draw(w, 4)
					 : draw(w, 1600);
	uint32_t length = draw(w, COMMENT_MAX) + 1;

	for (uint32_t i = 0; i < size; i++)
		w->bytes[i] = (uint8_t)draw(w, 256);
	for (uint32_t i = 0; i < length; i++)
		w->comment[i] = (char)('a' + draw(w, 26));
	w->comment[length] = '\0';
	w->has_comment = draw(w, 8) != 0;
	w->interface = draw(w, INTERFACES);
	*time_ns += (int64_t)draw(w, 2000000000);
	w->frame = (struct dg_frame){
	    .data = w->bytes,
	    .captured = size,
	    .on_wire = size + (draw(w, 3) == 0 ? draw(w, 70000) : 0),
	    .time_ns = *time_ns,
	};
}

static int
to_file(void *context, const void *bytes, size_t size)
{
	return fwrite(bytes, 1, size, context) == size ? 0 : -1;
}

static void
write_interfaces(struct dg_ng_writer *n)
{
	char name[32];

	for (unsigned i = 0; i < INTERFACES; i++) {
		snprintf(name, sizeof name, "interface-%u", i);
		assert_int_equal(
		    dg_ng_write_interface(n, linktypes[i], name, i == 2 ? NULL : "odd"), 0);
	}
}

static void
write_file(uint64_t seed, FILE *file, FILE *lines)
{
	struct world *w = calloc(1, sizeof *w);
	struct dg_ng_writer n;
	int64_t time_ns = INT64_C(1700000000123456789);

	assert_non_null(w);
	w->random = seed;
	dg_ng_writer_init(&n, to_file, file);
	assert_int_equal(dg_ng_write_section(&n, "a test", "of random frames"), 0);
	write_interfaces(&n);
	for (unsigned i = 0; i < FRAMES; i++) {
		make_frame(w, &time_ns);
		assert_int_equal(dg_ng_write_packet(&n, w->interface, &w->frame,
				     w->has_comment ? w->comment : NULL),
		    0);
		if (lines != NULL)
			fprintf(lines, "%lld.%09lld\t%u\t%u\t%u\t%s\n",
			    (long long)(time_ns / 1000000000),
			    (long long)(time_ns % 1000000000), w->frame.captured,
			    w->frame.on_wire, w->interface, w->has_comment ? w->comment : "");
	}
	dg_ng_writer_fini(&n);
	free(w);
}

/* ---- read back by our own reader ---- */

static void
expect_frame(const struct world *w, const struct dg_frame *got)
{
	assert_int_equal(got->captured, w->frame.captured);
	assert_int_equal(got->on_wire, w->frame.on_wire);
	assert_int_equal(got->time_ns, w->frame.time_ns);
	assert_int_equal(got->interface, w->interface);
	assert_int_equal(got->linktype, linktypes[w->interface]);
	assert_memory_equal(got->data, w->bytes, got->captured);
}

static void
read_back(uint64_t seed, const char *path)
{
	struct world *w = calloc(1, sizeof *w);
	struct dg_batch *batch = calloc(1, sizeof *batch);
	int64_t time_ns = INT64_C(1700000000123456789);
	struct dg_filelist *files;
	struct dg_source source;
	struct dg_fail fail;
	unsigned count = 0;

	assert_true(w != NULL && batch != NULL);
	w->random = seed;
	assert_int_equal(dg_filelist_new(0, &files), 0);
	assert_int_equal(dg_filelist_add(files, path), 0);
	source = dg_filelist_source(files);
	for (;;) {
		assert_int_equal(source.next(source.context, batch, &fail), 0);
		if (batch->count == 0)
			break;
		for (size_t i = 0; i < batch->count; i++, count++) {
			make_frame(w, &time_ns);
			expect_frame(w, &batch->frames[i]);
		}
	}
	assert_int_equal(count, FRAMES);
	assert_null(dg_filelist_input(files, 0)->problem);
	assert_string_equal(dg_filelist_input(files, 0)->interfaces[3].name, "interface-3");
	dg_filelist_free(files);
	free(batch);
	free(w);
}

static void
random_frames_are_read_back(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++) {
		char path[] = "/tmp/dnsgap-ngwrite-XXXXXX";
		int fd = mkstemp(path);
		FILE *file = fd >= 0 ? fdopen(fd, "wb") : NULL;

		assert_non_null(file);
		write_file(seed, file, NULL);
		assert_int_equal(fclose(file), 0);
		read_back(seed, path);
		unlink(path);
	}
}

/* ---- the blocks ---- */

struct bytes {
	uint8_t at[400000];
	size_t size;
	size_t fails_at; /* 0: never */
	unsigned calls;
};

static int
to_bytes(void *context, const void *bytes, size_t size)
{
	struct bytes *b = context;

	if (++b->calls == b->fails_at || b->size + size > sizeof b->at)
		return -1;
	memcpy(b->at + b->size, bytes, size);
	b->size += size;
	return 0;
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

static void
a_packet_is_laid_out_as_the_draft_says(void **state)
{
	/* draft-ietf-opsawg-pcapng-02, 4.3: written by hand. */
	static const uint8_t want[] = {
	    6, 0, 0, 0, 48, 0, 0, 0,         /* type, length */
	    7, 0, 0, 0,                      /* interface */
	    0x02, 0, 0, 0, 0x05, 0, 0, 0x80, /* 2 * 2^32 + 0x80000005 ns */
	    3, 0, 0, 0, 90, 0, 0, 0,         /* captured, on the wire */
	    0xaa, 0xbb, 0xcc, 0,             /* padded */
	    1, 0, 2, 0, 'h', 'i', 0, 0,      /* opt_comment */
	    0, 0, 0, 0, 48, 0, 0, 0,         /* end of options, length */
	};
	static const uint8_t data[3] = {0xaa, 0xbb, 0xcc};
	struct dg_frame frame = {
	    .data = data, .captured = 3, .on_wire = 90, .time_ns = INT64_C(0x280000005)};
	static struct bytes b;
	struct dg_ng_writer n;

	(void)state;
	b = (struct bytes){.size = 0};
	dg_ng_writer_init(&n, to_bytes, &b);
	assert_int_equal(dg_ng_write_packet(&n, 7, &frame, "hi"), 0);
	assert_int_equal(b.size, sizeof want);
	assert_memory_equal(b.at, want, sizeof want);
	dg_ng_writer_fini(&n);
}

static void
long_texts_are_cut_and_lengths_stand_at_both_ends(void **state)
{
	static char text[DG_NG_TEXT_MAX + 1000];
	static struct bytes b;
	struct dg_ng_writer n;
	size_t at = 0;
	unsigned blocks = 0;

	(void)state;
	b = (struct bytes){.size = 0};
	memset(text, 'x', sizeof text - 1);
	dg_ng_writer_init(&n, to_bytes, &b);
	assert_int_equal(dg_ng_write_section(&n, text, text), 0);
	assert_int_equal(dg_ng_write_interface(&n, 1, text, text), 0);
	dg_ng_writer_fini(&n);
	for (; at < b.size; blocks++) {
		uint32_t length = get32(b.at + at + 4);

		assert_true(length % 4 == 0 && length >= 12 && length <= b.size - at);
		assert_int_equal(get32(b.at + at + length - 4), length);
		at += length;
	}
	assert_int_equal(blocks, 2);
	assert_int_equal(b.at[24] | b.at[25] << 8, 1);
	assert_int_equal(b.at[26] | b.at[27] << 8, 65535);
}

static void
a_sink_that_fails_is_told(void **state)
{
	static struct bytes b;
	struct dg_ng_writer n;

	(void)state;
	b = (struct bytes){.fails_at = 2};
	dg_ng_writer_init(&n, to_bytes, &b);
	assert_int_equal(dg_ng_write_section(&n, NULL, NULL), 0);
	assert_int_equal(dg_ng_write_interface(&n, 1, NULL, NULL), DNSGAP_EWRITE);
	dg_ng_writer_fini(&n);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(random_frames_are_read_back),
	    cmocka_unit_test(a_packet_is_laid_out_as_the_draft_says),
	    cmocka_unit_test(long_texts_are_cut_and_lengths_stand_at_both_ends),
	    cmocka_unit_test(a_sink_that_fails_is_told),
	};

	if (argc == 3) {
		FILE *file = fopen(argv[2], "wb");

		if (file == NULL)
			return 1;
		write_file(strtoull(argv[1], NULL, 10), file, stdout);
		return fclose(file) == 0 ? 0 : 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
