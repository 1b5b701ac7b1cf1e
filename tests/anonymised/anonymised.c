/*
 * anonymised.c - a capture's frames without hosts and persons, as a capture.
 *
 *	anonymised KEY IN OUT.pcap
 *
 * KEY is the first octet of the key, in decimal; the others follow it.  OUT is a classic pcap
 * with nanoseconds and link type RAW.  Prints the number of each frame of IN that is not in
 *OUT.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "anonymise/frames.h"
#include "base/clock.h"
#include "source/pcapfile.h"

#define MAGIC_NS UINT32_C(0xa1b23c4d)

static void
require(bool is_so, const char *what)
{
	if (is_so)
		return;
	fprintf(stderr, "anonymised: %s\n", what);
	exit(2);
}

static void
put(FILE *out, const void *bytes, size_t size)
{
	require(fwrite(bytes, 1, size, out) == size, "cannot write");
}

static void
put_frame(FILE *out, const struct dg_frame *f)
{
	uint32_t record[4] = {
	    (uint32_t)(f->time_ns / DG_NS_PER_S),
	    (uint32_t)(f->time_ns % DG_NS_PER_S),
	    f->captured,
	    f->on_wire,
	};

	put(out, record, sizeof record);
	put(out, f->data, f->captured);
}

static void
anonymise_file(const struct dg_anonymiser *a, char *path, FILE *out)
{
	static uint8_t bytes[DG_ANONYMISED_BYTES_MAX];
	struct dg_input input = {.path = path};
	struct dg_pcapfile *file = NULL;
	const struct dg_frame *frames;
	struct dg_fail fail;
	uint64_t number = 0;
	size_t count = 1;

	require(dg_pcapfile_open(&input, 0, NULL, &file, &fail) == 0, path);
	while (count > 0 && dg_pcapfile_next(file, &frames, &count, &fail) == 0) {
		for (size_t i = 0; i < count; i++) {
			struct dg_frame f;

			number++;
			if (dg_anonymise_frame(a, &frames[i], bytes, &f))
				put_frame(out, &f);
			else
				printf("%" PRIu64 "\n", number);
		}
	}
	dg_pcapfile_close(file);
	dg_input_fini(&input);
}

int
main(int argc, char **argv)
{
	const uint32_t header[6] = {MAGIC_NS, 2 | 4 << 16, 0, 0, 262144, 101};
	uint8_t key[DG_ANONYMISER_KEY_BYTES];
	struct dg_anonymiser *a;
	FILE *out;

	require(argc == 4, "usage: anonymised KEY IN OUT.pcap");
	for (size_t i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)(atoi(argv[1]) + (int)i);
	require(dg_anonymiser_new(key, &a) == 0, "no anonymiser");
	out = fopen(argv[3], "wb");
	require(out != NULL, argv[3]);
	put(out, header, sizeof header);
	anonymise_file(a, argv[2], out);
	require(fclose(out) == 0, argv[3]);
	dg_anonymiser_free(a);
	return 0;
}
