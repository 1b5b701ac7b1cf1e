/*
 * keep.c - keeps the packets of a capture as `dnsgap live -w` does: for tests.
 *
 *   keep FOLDER NAME MEGABYTES FILES_MAX <CAPTURE
 *
 * CAPTURE is classic pcap with nanoseconds, in this machine's order of bytes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "live/packets.h"

static int
feed(struct dg_packets *p, uint32_t linktype)
{
	static uint8_t data[DG_FRAME_BYTES_MAX];
	uint32_t record[4];

	while (fread(record, sizeof(record), 1, stdin) == 1) {
		struct dnsgap_frame frame = {
		    .data = data,
		    .captured = record[2],
		    .on_wire = record[3],
		    .time_ns = (int64_t)record[0] * 1000000000 + record[1],
		    .linktype = linktype,
		};
		const char *trouble;

		if (record[2] > sizeof(data) || fread(data, 1, record[2], stdin) != record[2])
			return 1;
		if (dg_packets_tap(p, &frame) != 0)
			return 1;
		trouble = dg_packets_trouble(p);
		if (trouble != NULL)
			fprintf(stderr, "%s\n", trouble);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct dg_packets_settings settings = {0};
	char text[DG_LIVE_TEXT_MAX];
	struct dg_packets *packets;
	struct dg_outdir *dir;
	uint32_t header[6];
	int status;

	if (argc != 5 || fread(header, sizeof(header), 1, stdin) != 1)
		return 1;
	settings.name = argv[2];
	settings.file_bytes = strtoull(argv[3], NULL, 10) * 1000000;
	settings.files_max = (uint32_t)strtoul(argv[4], NULL, 10);
	settings.snap_bytes = header[4];
	settings.linktype = header[5];
	if (dg_outdir_open(argv[1], &dir, text) != 0 ||
	    dg_packets_new(dir, &settings, &packets, text) != 0) {
		fprintf(stderr, "%s\n", text);
		return 1;
	}
	status = feed(packets, header[5]);
	if (dg_packets_close(packets, text) != 0) {
		fprintf(stderr, "%s\n", text);
		status = 1;
	}
	dg_outdir_close(dir);
	return status;
}
