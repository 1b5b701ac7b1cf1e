/*
 * bare.c - the unit of the benchmark: reads a capture with libpcap and counts.
 *
 * Nothing is decoded.  The CPU time of this loop is what every other program's
 * time is divided by, which makes numbers from unlike machines comparable.
 */

#include <inttypes.h>
#include <pcap.h>
#include <stdint.h>
#include <stdio.h>

int
main(int argc, char **argv)
{
	char text[PCAP_ERRBUF_SIZE];
	const u_char *data;
	struct pcap_pkthdr *header;
	uint64_t frame_count = 0, byte_count = 0;
	pcap_t *capture;
	int got;

	if (argc != 2) {
		fputs("usage: bare FILE\n", stderr);
		return 1;
	}
	capture = pcap_open_offline(argv[1], text);
	if (capture == NULL) {
		fprintf(stderr, "bare: %s\n", text);
		return 1;
	}
	while ((got = pcap_next_ex(capture, &header, &data)) == 1) {
		frame_count++;
		byte_count += header->caplen;
	}
	if (got != PCAP_ERROR_BREAK)
		fprintf(stderr, "bare: %s\n", pcap_geterr(capture));
	pcap_close(capture);
	printf("%" PRIu64 " frames, %" PRIu64 " bytes\n", frame_count, byte_count);
	return got == PCAP_ERROR_BREAK ? 0 : 2;
}
