/* output.h - writes a classic pcap file. */

#ifndef MK_OUTPUT_H
#define MK_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mk_output {
	int fd;
	bool is_nano;
	uint8_t *buffer;
	size_t used;
};

/** Opens `path`, - being standard output.  0, or -1 with errno set. */
int mk_output_open(struct mk_output *o, const char *path, int linktype, bool is_nano);

/**
 * Room for a frame of `len` bytes, at most 64 KiB, that the caller fills before
 * the next call.  NULL, with errno set, when the file takes no more.
 */
uint8_t *mk_output_add(struct mk_output *o, int64_t time_ns, size_t len);

/** Writes what is left and closes.  0, or -1 with errno set. */
int mk_output_close(struct mk_output *o);

#endif
