#ifndef DG_SOURCE_READER_H
#define DG_SOURCE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "base/frame.h"
#include "base/strbuf.h"
#include "source/pcapfile.h"
#include "source/stream.h"

/*
 * reader.h - the three ways to take a capture file apart.  Only pcapfile.c uses
 * this.  All give libpcap's frames (tests/property/readers.py).
 */

/* Bytes of a file that are looked at to choose: a classic pcap header. */
#define DG_HEAD_BYTES 24
/* Frames of one fill: a batch, and one more that is held back. */
#define DG_FILL_FRAMES (DG_BATCH_FRAMES + 1)

struct dg_fill {
	struct dg_frame frames[DG_FILL_FRAMES]; /* time_ns: DG_TIME_NONE where it cannot be */
	bool carried[DG_FILL_FRAMES];           /* the fraction was a second or more */
	bool inconsistent[DG_FILL_FRAMES];      /* more captured than on the wire */
	uint32_t interface[DG_FILL_FRAMES];     /* of the input; 0 in classic pcap */
	size_t count;
	bool at_end;
	struct dg_strbuf problem; /* why it ended early; empty when it did not */
};

/**
 * Ends a fill early: its `problem` names the last frame, the byte and `why`.  `frames` were
 * given before this fill; `offset` counts from the unpacked file's beginning.
 */
void dg_fill_stop(struct dg_fill *fill, const struct dg_stream *stream, uint64_t frames,
    uint64_t offset, const char *why);

/*
 * A reader's fill(): forgets the first `given` frames of the last fill, moves the
 * others to the front and adds new ones, until there are at least two or the file
 * ends.  Frames' bytes live until the next fill.  Returns 0 or DNSGAP_ENOMEM.
 */

/* Classic pcap of this machine's byte order, version 2.4, by ourselves. */
struct dg_classic;
/* Whether this reader takes a file that begins so, of this link type. */
bool dg_classic_takes(const uint8_t head[DG_HEAD_BYTES], size_t size);
/* Begins behind the header.  NULL when memory ran out. */
struct dg_classic *dg_classic_new(struct dg_stream *stream, const uint8_t head[DG_HEAD_BYTES]);
void dg_classic_free(struct dg_classic *c);
uint32_t dg_classic_linktype(const struct dg_classic *c);
int dg_classic_fill(struct dg_classic *c, struct dg_fill *fill, size_t given);

/* pcapng, by ourselves. */
struct dg_ng;
/* NULL when this reader takes a file that begins so, or why not; static. */
const char *dg_ng_refuses(const uint8_t head[DG_HEAD_BYTES]);
/*
 * `head` was read from the stream already.  Interfaces are added to the input, which must
 * outlive the reader, as they are met.  NULL when memory ran out.
 */
struct dg_ng *dg_ng_new(
    struct dg_stream *stream, const uint8_t head[DG_HEAD_BYTES], struct dg_input *input);
void dg_ng_free(struct dg_ng *n);
int dg_ng_fill(struct dg_ng *n, struct dg_fill *fill, size_t given);

/* Everything else, by libpcap: classic pcap of the other byte order and of odd versions. */
struct dg_pcaplib;
/* `head` was read from the stream already. */
int dg_pcaplib_open(struct dg_stream *stream, const uint8_t *head, size_t head_size,
    const char *path, struct dg_pcaplib **out, struct dg_fail *fail);
void dg_pcaplib_close(struct dg_pcaplib *p);
uint32_t dg_pcaplib_linktype(const struct dg_pcaplib *p);
int dg_pcaplib_fill(struct dg_pcaplib *p, struct dg_fill *fill, size_t given);

#endif
