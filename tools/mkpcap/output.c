/*
 * output.c - writes a classic pcap file through one large buffer.
 *
 * Frames are filled in place, so a frame is copied once, from its template.
 */

#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	BUFFER_BYTES = 1 << 20,
	RECORD_LEN = 16,
	FRAME_MAX = 65536,
};

static int
flush(struct mk_output *o)
{
	size_t done = 0;

	while (done < o->used) {
		ssize_t n = write(o->fd, o->buffer + done, o->used - done);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0)
			done += (size_t)n;
	}
	o->used = 0;
	return 0;
}

/* Little-endian on every machine: the same seed gives the same bytes. */
static void
put32(uint8_t *at, uint32_t v)
{
	at[0] = (uint8_t)v;
	at[1] = (uint8_t)(v >> 8);
	at[2] = (uint8_t)(v >> 16);
	at[3] = (uint8_t)(v >> 24);
}

int
mk_output_open(struct mk_output *o, const char *path, int linktype, bool is_nano)
{
	*o = (struct mk_output){.fd = STDOUT_FILENO, .is_nano = is_nano};
	o->buffer = malloc(BUFFER_BYTES);
	if (o->buffer == NULL)
		return -1;
	if (strcmp(path, "-") != 0)
		o->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (o->fd < 0) {
		free(o->buffer);
		o->buffer = NULL;
		return -1;
	}
	put32(o->buffer, is_nano ? 0xa1b23c4d : 0xa1b2c3d4);
	put32(o->buffer + 4, 2 | 4 << 16);
	put32(o->buffer + 8, 0);
	put32(o->buffer + 12, 0);
	put32(o->buffer + 16, 262144);
	put32(o->buffer + 20, (uint32_t)linktype);
	o->used = 24;
	return 0;
}

uint8_t *
mk_output_add(struct mk_output *o, int64_t time_ns, size_t len)
{
	uint8_t *record;
	uint32_t fraction = (uint32_t)(time_ns % 1000000000);

	if (o->used + RECORD_LEN + FRAME_MAX > BUFFER_BYTES && flush(o) != 0)
		return NULL;
	record = o->buffer + o->used;
	put32(record, (uint32_t)(time_ns / 1000000000));
	put32(record + 4, o->is_nano ? fraction : fraction / 1000);
	put32(record + 8, (uint32_t)len);
	put32(record + 12, (uint32_t)len);
	o->used += RECORD_LEN + len;
	return record + RECORD_LEN;
}

int
mk_output_close(struct mk_output *o)
{
	int result = flush(o);

	if (close(o->fd) != 0)
		result = -1;
	free(o->buffer);
	o->buffer = NULL;
	return result;
}
