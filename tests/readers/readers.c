/*
 * readers.c - the frames of capture files as dnsgap reads them, against libpcap's.
 *
 *	readers FILE...
 *	readers --list FILE
 *
 * Each file is read twice: through analyzer/source/, and by libpcap alone, whose
 * times and lengths are then put right as docs/matching.md and docs/faults.md say.
 * This is written apart from analyzer/source/ on purpose: it keeps all frames,
 * and looks ahead instead of holding back.
 *
 * Prints for each file `FILE: N frames, whole|damaged|refused`, or what the first
 * difference is.  Exit status 1 when there was one.
 *
 * Of a pcapng file libpcap's frames need only be the first ones: it refuses files and
 * blocks that can be read.  The number is then ours, and `, libpcap N` follows; whether
 * ours is right, tests/property/pcapng.py finds by walking over the blocks.
 *
 * With --list, a line for each frame as dnsgap reads it: link type, captured and wire
 * length, time, CRC-32 of its bytes; and a last line: how it ended.
 */
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/clock.h"
#include "source/pcapfile.h"

#define HOUR_NS (3600 * DG_NS_PER_S)
#define WRAP INT64_C(4294967296)

struct record {
	uint8_t *bytes;
	uint32_t captured;
	uint32_t on_wire;
	int64_t time_ns;
	bool is_bad; /* the time cannot be */
	bool is_carried;
};

/* What libpcap says of a file. */
struct listing {
	bool is_refused;
	bool is_damaged;
	bool is_ng;
	struct record *records;
	size_t count;
	size_t room;
	uint64_t bad_times;
	uint64_t inconsistent_lengths;
};

static void *
must(void *memory)
{
	if (memory == NULL) {
		fputs("readers: out of memory\n", stderr);
		exit(2);
	}
	return memory;
}

/* What the first bytes say of times: signed halves in classic files; of which precision. */
static void
look_at_magic(const char *path, bool *is_classic, bool *is_nano)
{
	uint8_t b[4] = {0};
	FILE *file = fopen(path, "rb");

	if (file != NULL) {
		if (fread(b, 1, sizeof b, file) != sizeof b)
			memset(b, 0, sizeof b);
		fclose(file);
	}
	*is_classic = b[0] != 0x0a;
	*is_nano = b[0] == 0x4d || b[3] == 0x4d;
}

static void
keep(struct listing *l, const struct pcap_pkthdr *h, const u_char *bytes, bool is_classic,
    bool is_nano)
{
	int64_t seconds = h->ts.tv_sec, fraction = h->ts.tv_usec;
	struct record *r;

	if (l->count == l->room) {
		l->room = l->room == 0 ? 256 : 2 * l->room;
		l->records = must(realloc(l->records, l->room * sizeof *l->records));
	}
	r = &l->records[l->count++];
	r->captured = h->caplen < h->len ? h->caplen : h->len;
	r->on_wire = h->len;
	r->bytes = must(malloc((size_t)r->captured + 1));
	memcpy(r->bytes, bytes, r->captured);
	l->inconsistent_lengths += h->caplen > h->len;
	if (is_classic) {
		seconds = (uint32_t)seconds;
		if (fraction < 0)
			fraction += is_nano ? WRAP : WRAP * 1000;
	}
	r->is_carried = fraction >= DG_NS_PER_S;
	seconds += fraction / DG_NS_PER_S;
	r->is_bad = seconds < 0 || fraction < 0 || seconds > DG_TIME_MAX / DG_NS_PER_S ||
	    (seconds == DG_TIME_MAX / DG_NS_PER_S && fraction % DG_NS_PER_S > 0);
	r->time_ns = r->is_bad ? DG_TIME_NONE : seconds * DG_NS_PER_S + fraction % DG_NS_PER_S;
}

/* The first time that can be; 0 when none can. */
static int64_t
first_good_time(const struct listing *l)
{
	for (size_t i = 0; i < l->count; i++) {
		if (!l->records[i].is_bad)
			return l->records[i].time_ns;
	}
	return 0;
}

/*
 * A bad time takes the one before, or, in front of all others, the first good one; so does
 * a single one far from both neighbours.
 */
static void
put_times_right(struct listing *l)
{
	for (size_t i = 0; i < l->count; i++) {
		struct record *r = &l->records[i], *after = i + 1 < l->count ? r + 1 : NULL;
		int64_t before = i > 0 ? r[-1].time_ns : first_good_time(l);
		bool is_alone = i > 0 && !r->is_bad && after != NULL && !after->is_bad &&
		    r->time_ns - before > HOUR_NS && llabs(after->time_ns - before) < HOUR_NS;

		if (r->is_bad || is_alone)
			r->time_ns = before;
		l->bad_times += r->is_bad || is_alone || r->is_carried;
	}
}

static uint32_t
load32(const uint8_t *p, bool is_swapped)
{
	uint32_t x;

	memcpy(&x, p, sizeof x);
	return is_swapped ? __builtin_bswap32(x) : x;
}

/*
 * Walks over the blocks of a pcapng file as far as libpcap's frames go: simple packets
 * (kind 3) have no time, for which libpcap says 0.
 */
static void
mark_simple_packets(FILE *file, struct listing *l)
{
	uint8_t head[12];
	bool is_swapped = false;

	for (size_t n = 0; n < l->count && fread(head, 1, sizeof head, file) == sizeof head;) {
		uint32_t kind, length;

		if (load32(head, false) == 0x0a0d0d0a)
			is_swapped = load32(head + 8, false) != 0x1a2b3c4d;
		kind = load32(head, is_swapped);
		length = load32(head + 4, is_swapped);
		if (length < sizeof head || fseek(file, (long)(length - sizeof head), SEEK_CUR))
			return;
		if (kind == 3)
			l->records[n].is_bad = true;
		n += kind == 2 || kind == 3 || kind == 6;
	}
}

static void
mark_times(const char *path, struct listing *l)
{
	FILE *file = l->is_ng ? fopen(path, "rb") : NULL;

	if (file == NULL)
		return;
	mark_simple_packets(file, l);
	fclose(file);
}

/*
 * libpcap gives up a version past 2.4, which never was, and we do not: it gets such a file with
 * that field put right.
 */
static pcap_t *
open_by_libpcap(const char *path)
{
	char error[PCAP_ERRBUF_SIZE];
	FILE *file = fopen(path, "rb"), *copy = NULL;
	uint16_t version[2] = {0, 0};
	uint8_t head[8];
	static uint8_t bytes[64u << 20];
	size_t size;

	if (file == NULL)
		return NULL;
	if (fread(head, 1, sizeof head, file) == sizeof head)
		memcpy(version, head + 4, sizeof version);
	rewind(file);
	if ((load32(head, false) == 0xa1b2c3d4 || load32(head, false) == 0xa1b23c4d) &&
	    version[0] == 2 && version[1] > 4) {
		size = fread(bytes, 1, sizeof bytes, file);
		bytes[6] = 4;
		bytes[7] = 0;
		copy = fmemopen(bytes, size, "rb");
	}
	fclose(file);
	if (copy != NULL)
		return pcap_fopen_offline_with_tstamp_precision(
		    copy, PCAP_TSTAMP_PRECISION_NANO, error);
	return pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, error);
}

static struct listing
list_by_libpcap(const char *path)
{
	struct listing l = {0};
	pcap_t *pcap = open_by_libpcap(path);
	struct pcap_pkthdr *header;
	const u_char *bytes;
	bool is_classic, is_nano;
	int got;

	look_at_magic(path, &is_classic, &is_nano);
	l.is_ng = !is_classic;
	if (pcap == NULL) {
		l.is_refused = true;
		return l;
	}
	while ((got = pcap_next_ex(pcap, &header, &bytes)) == 1)
		keep(&l, header, bytes, is_classic, is_nano);
	l.is_damaged = got != PCAP_ERROR_BREAK;
	pcap_close(pcap);
	mark_times(path, &l);
	put_times_right(&l);
	return l;
}

static void
forget(struct listing *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->records[i].bytes);
	free(l->records);
}

static bool
is_same_frame(const char *path, size_t number, const struct dg_frame *f, const struct record *r,
    bool is_last_known)
{
	if (f->captured != r->captured || f->on_wire != r->on_wire)
		printf("%s: frame %zu: %u of %u bytes, libpcap %u of %u\n", path, number,
		    f->captured, f->on_wire, r->captured, r->on_wire);
	else if (f->time_ns != r->time_ns && !is_last_known)
		printf("%s: frame %zu: time %" PRId64 ", libpcap %" PRId64 "\n", path, number,
		    f->time_ns, r->time_ns);
	else if (memcmp(f->data, r->bytes, r->captured) != 0)
		printf("%s: frame %zu: other bytes\n", path, number);
	else if (f->place.frame != number)
		printf("%s: frame %zu has the number %u\n", path, number, f->place.frame);
	else
		return true;
	return false;
}

/* libpcap does not look at the second length of a file's first block. */
static bool
is_first_block_bad(const struct dg_input *input, const struct listing *l)
{
	static const char start[] = "stopped after frame 0, at byte 0: a block";

	return l->is_ng && input->problem != NULL &&
	    strncmp(input->problem, start, sizeof start - 1) == 0;
}

/*
 * Of a file that libpcap gave up, only the frames before it did: the last one's time may
 * be put right by the one behind it, which libpcap did not see.
 */
static bool
goes_on(const struct dg_input *input, const struct listing *l)
{
	return l->is_ng && (l->is_refused || l->is_damaged) && input->frames >= l->count;
}

/* After the last frame: what else is told of the file. */
static bool
is_same_end(const char *path, const struct dg_input *input, const struct listing *l)
{
	bool is_damaged = input->problem != NULL;

	if (goes_on(input, l) || is_first_block_bad(input, l))
		return true;
	if (input->frames != l->count)
		printf("%s: %" PRIu64 " frames, libpcap %zu: %s\n", path, input->frames,
		    l->count, is_damaged ? input->problem : "whole");
	else if (is_damaged != l->is_damaged)
		printf("%s: %s, libpcap says otherwise\n", path,
		    is_damaged ? input->problem : "whole");
	else if (input->bad_times != l->bad_times)
		printf("%s: %" PRIu64 " bad times, libpcap's has %" PRIu64 "\n", path,
		    input->bad_times, l->bad_times);
	else if (input->inconsistent_lengths != l->inconsistent_lengths)
		printf("%s: %" PRIu64 " inconsistent lengths, libpcap's has %" PRIu64 "\n",
		    path, input->inconsistent_lengths, l->inconsistent_lengths);
	else
		return true;
	return false;
}

/* All frames of an open file.  False after the first difference, which is told. */
static bool
compare_frames(const char *path, struct dg_pcapfile *file, const struct dg_input *input,
    const struct listing *l)
{
	struct dg_fail fail;
	size_t number = 0, count = 1;

	while (count > 0) {
		const struct dg_frame *frames;

		if (dg_pcapfile_next(file, &frames, &count, &fail) != 0) {
			printf("%s: %s\n", path, fail.text);
			return false;
		}
		for (size_t i = 0; i < count; i++) {
			if (number < l->count &&
			    !is_same_frame(path, number + 1, &frames[i], &l->records[number],
				l->is_ng && l->is_damaged && number + 1 == l->count))
				return false;
			number++;
		}
	}
	return is_same_end(path, input, l);
}

static void
tell(const char *path, const struct dg_input *input, const struct listing *l, bool is_refused)
{
	bool is_damaged = l->is_damaged;
	uint64_t frames = l->count;

	if (l->is_ng && !is_refused) {
		is_damaged = input->problem != NULL;
		frames = input->frames;
	}
	printf("%s: %" PRIu64 " frames, %s", path, frames,
	    is_refused       ? "refused"
		: is_damaged ? "damaged"
			     : "whole");
	if (l->is_ng)
		printf(", libpcap %zu%s", l->count,
		    l->is_refused       ? " refused"
			: l->is_damaged ? " damaged"
					: "");
	printf("\n");
}

static bool
compare_file(char *path)
{
	struct dg_input input = {.path = path};
	struct listing l = list_by_libpcap(path);
	struct dg_pcapfile *file = NULL;
	struct dg_fail fail;
	bool is_refused = dg_pcapfile_open(&input, 0, NULL, &file, &fail) != 0, is_same = true;

	if (is_refused != l.is_refused && input.compression == NULL &&
	    !(l.is_ng && l.is_refused)) {
		is_same = false;
		printf("%s: %s, libpcap says otherwise\n", path,
		    is_refused ? fail.text : "opened");
	} else if (!is_refused && (!l.is_refused || l.is_ng)) {
		is_same = compare_frames(path, file, &input, &l);
	}
	if (is_same)
		tell(path, &input, &l, is_refused);
	if (file != NULL)
		dg_pcapfile_close(file);
	dg_input_fini(&input);
	forget(&l);
	return is_same;
}

static int
list_file(char *path)
{
	struct dg_input input = {.path = path};
	struct dg_pcapfile *file = NULL;
	const struct dg_frame *frames;
	struct dg_fail fail;
	size_t count = 1;

	if (dg_pcapfile_open(&input, 0, NULL, &file, &fail) != 0) {
		printf("refused: %s\n", fail.text);
		return 0;
	}
	while (count > 0 && dg_pcapfile_next(file, &frames, &count, &fail) == 0) {
		for (size_t i = 0; i < count; i++)
			printf("%u %u %u %" PRId64 " %lu\n", frames[i].linktype,
			    frames[i].captured, frames[i].on_wire, frames[i].time_ns,
			    crc32(0, frames[i].data, frames[i].captured));
	}
	printf("%s\n", input.problem != NULL ? input.problem : "whole");
	dg_pcapfile_close(file);
	dg_input_fini(&input);
	return 0;
}

int
main(int argc, char **argv)
{
	bool is_same = true;

	if (argc == 3 && strcmp(argv[1], "--list") == 0)
		return list_file(argv[2]);
	for (int i = 1; i < argc; i++)
		is_same &= compare_file(argv[i]);
	return is_same ? 0 : 1;
}
