/*
 * ng.c - pcapng files, read by ourselves (draft-ietf-opsawg-pcapng).
 *
 * libpcap refuses files whose interfaces differ in link type or snap length, and
 * misreads sections of different byte orders.  This reader takes all of them, and
 * hands out frames where they lie in the read buffer.
 *
 * A block is taken when all of it is in the buffer, so that its two lengths are known to
 * be equal; kinds that are of no use here are passed over without being kept.  What breaks
 * the structure ends reading: no block behind it can be found for sure.
 *
 * The frame that is held back is moved to the front of the buffer when the buffer moves
 * on; no block is read twice.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "source/ng.h"
#include "source/reader.h"

#define ORDER_MAGIC 0x1a2b3c4du
#define BLOCK_BYTES_MIN 12
#define TRAILER_BYTES 4
#define READ_BYTES (256u * 1024)
/* The frame that is held back, the longest block, and what one read adds. */
#define BUFFER_BYTES (DG_FRAME_BYTES_MAX + DG_BLOCK_BYTES_MAX + READ_BYTES)

enum kind {
	KIND_INTERFACE = 1,
	KIND_OLD_PACKET = 2,
	KIND_SIMPLE_PACKET = 3,
	KIND_STATISTICS = 5,
	KIND_PACKET = 6,
	KIND_SECTION = 0x0a0d0d0a,
};

/* The shortest blocks of their kinds. */
#define SECTION_BYTES 28
#define PACKET_BYTES 32
#define SIMPLE_PACKET_BYTES 16

struct dg_ng {
	struct dg_stream *stream;
	struct dg_ng_interfaces interfaces;
	size_t section_first; /* the first interface of this section */
	bool is_swapped;      /* this section is of the other byte order */
	bool stream_is_over;
	uint64_t offset;        /* in the file, of the block at hand */
	uint64_t frames;        /* given so far */
	uint32_t passed_length; /* of a block that is being passed over, or 0 */
	uint32_t passed_left;   /* of it, before its second length */
	size_t at;
	size_t end;
	uint8_t buffer[BUFFER_BYTES];
};

/* A block of which all is in the buffer. */
struct block {
	const uint8_t *bytes;
	uint32_t kind;
	uint32_t length;
};

static bool
is_order_known(const uint8_t *magic)
{
	return dg_ng_get32(magic, false) == ORDER_MAGIC ||
	    dg_ng_get32(magic, true) == ORDER_MAGIC;
}

const char *
dg_ng_refuses(const uint8_t head[DG_HEAD_BYTES])
{
	if (!is_order_known(head + 8))
		return "is no pcapng: its byte order cannot be told";
	if (dg_ng_get16(head + 12, dg_ng_get32(head + 8, false) != ORDER_MAGIC) != 1)
		return "is pcapng of a version that is not known; 1 is";
	return NULL;
}

struct dg_ng *
dg_ng_new(struct dg_stream *stream, const uint8_t head[DG_HEAD_BYTES], struct dg_input *input)
{
	struct dg_ng *n = malloc(sizeof *n);

	if (n == NULL)
		return NULL;
	memset(n, 0, offsetof(struct dg_ng, buffer));
	n->stream = stream;
	n->interfaces.input = input;
	memcpy(n->buffer, head, DG_HEAD_BYTES);
	n->end = DG_HEAD_BYTES;
	return n;
}

void
dg_ng_free(struct dg_ng *n)
{
	if (n == NULL)
		return;
	free(n->interfaces.clocks);
	free(n);
}

__attribute__((format(printf, 3, 4))) static void
stop(struct dg_ng *n, struct dg_fill *fill, const char *format, ...)
{
	const char *problem = dg_stream_problem(n->stream);
	char text[160];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	dg_fill_stop(fill, n->stream, n->frames, n->offset,
	    problem != NULL && n->stream_is_over ? problem : text);
}

/* The stream is over: was the file whole? */
static void
end_file(struct dg_ng *n, struct dg_fill *fill)
{
	fill->at_end = true;
	if (dg_stream_problem(n->stream) != NULL || n->end > n->at || n->passed_length > 0)
		stop(n, fill, "the file is cut off in a block");
}

/* Moves what is left to the front, behind the frame that is held back, and reads on. */
static void
read_more(struct dg_ng *n, struct dg_fill *fill)
{
	size_t held = 0, left = n->end - n->at, got;

	if (fill->count > 0) {
		held = fill->frames[0].captured;
		memmove(n->buffer, fill->frames[0].data, held);
		fill->frames[0].data = n->buffer;
	}
	memmove(n->buffer + held, n->buffer + n->at, left);
	n->at = held;
	n->end = held + left;
	got = dg_stream_read(n->stream, n->buffer + n->end, READ_BYTES);
	n->end += got;
	n->stream_is_over = got == 0;
}

/* Takes `captured` octets of a packet, if they can be so many. */
static void
add_frame(struct dg_ng *n, struct dg_fill *fill, size_t number, const uint8_t *bytes,
    uint32_t captured, uint32_t wire, int64_t time_ns)
{
	const struct dg_interface *interface = &n->interfaces.input->interfaces[number];

	if (interface->snap_bytes > 0 && captured > interface->snap_bytes)
		captured = interface->snap_bytes;
	fill->carried[fill->count] = false;
	fill->inconsistent[fill->count] = captured > wire;
	fill->interface[fill->count] = (uint32_t)number;
	fill->frames[fill->count++] = (struct dg_frame){
	    .data = bytes,
	    .captured = captured < wire ? captured : wire,
	    .on_wire = wire,
	    .time_ns = time_ns,
	    .linktype = interface->linktype,
	};
}

/* Whether a packet's interface was described, and its length can be. */
static bool
is_possible(
    struct dg_ng *n, struct dg_fill *fill, uint32_t interface, uint32_t captured, uint32_t room)
{
	size_t count = n->interfaces.input->interface_count - n->section_first;

	if (interface >= count)
		stop(n, fill, "a packet of interface %u, which its section does not describe",
		    interface);
	else if (captured > room)
		stop(n, fill, "a packet of %u bytes in a block that has room for %u", captured,
		    room);
	else if (captured > DG_FRAME_BYTES_MAX)
		stop(n, fill, "a packet of %u bytes, more than the %u that can be", captured,
		    DG_FRAME_BYTES_MAX);
	return !fill->at_end;
}

/* Enhanced Packet Block (4.3), and the Packet Block that came before it (appendix). */
static void
take_packet(struct dg_ng *n, struct dg_fill *fill, const struct block *b)
{
	bool is_swapped = n->is_swapped;
	uint32_t interface, captured;
	uint64_t ticks;
	size_t number;

	if (b->length < PACKET_BYTES) {
		stop(n, fill, "a packet's block of %u bytes", b->length);
		return;
	}
	interface = b->kind == KIND_PACKET ? dg_ng_get32(b->bytes + 8, is_swapped)
					   : dg_ng_get16(b->bytes + 8, is_swapped);
	ticks = (uint64_t)dg_ng_get32(b->bytes + 12, is_swapped) << 32 |
	    dg_ng_get32(b->bytes + 16, is_swapped);
	captured = dg_ng_get32(b->bytes + 20, is_swapped);
	if (!is_possible(n, fill, interface, captured, b->length - PACKET_BYTES))
		return;
	number = n->section_first + interface;
	add_frame(n, fill, number, b->bytes + 28, captured,
	    dg_ng_get32(b->bytes + 24, is_swapped),
	    dg_ng_time(&n->interfaces.clocks[number], ticks));
}

/*
 * Simple Packet Block (4.4): of the section's first interface, as long as its block, its
 * snap length and its length on the wire allow, and without a time.
 */
static void
take_simple_packet(struct dg_ng *n, struct dg_fill *fill, const struct block *b)
{
	uint32_t wire, captured;

	if (b->length < SIMPLE_PACKET_BYTES) {
		stop(n, fill, "a packet's block of %u bytes", b->length);
		return;
	}
	wire = dg_ng_get32(b->bytes + 8, n->is_swapped);
	captured = b->length - SIMPLE_PACKET_BYTES;
	if (wire < captured)
		captured = wire;
	if (!is_possible(n, fill, 0, captured, captured))
		return;
	add_frame(n, fill, n->section_first, b->bytes + 12, captured, wire, DG_TIME_NONE);
}

static void
begin_section(struct dg_ng *n, struct dg_fill *fill, const struct block *b)
{
	uint16_t major = dg_ng_get16(b->bytes + 12, n->is_swapped);

	if (b->length < SECTION_BYTES)
		stop(n, fill, "a section's block of %u bytes", b->length);
	else if (major != 1)
		stop(n, fill, "a section of version %u, which is not known", major);
	n->section_first = n->interfaces.input->interface_count;
}

static void
take_block(struct dg_ng *n, struct dg_fill *fill, const struct block *b)
{
	const uint8_t *body = b->bytes + 8;
	size_t body_size = b->length - BLOCK_BYTES_MIN;
	const char *trouble = NULL;

	switch (b->kind) {
	case KIND_SECTION:
		begin_section(n, fill, b);
		break;
	case KIND_INTERFACE:
		trouble = dg_ng_add_interface(&n->interfaces, body, body_size, n->is_swapped);
		if (trouble != NULL)
			stop(n, fill, "%s", trouble);
		break;
	case KIND_STATISTICS:
		dg_ng_note_statistics(
		    &n->interfaces, n->section_first, body, body_size, n->is_swapped);
		break;
	case KIND_SIMPLE_PACKET:
		take_simple_packet(n, fill, b);
		break;
	default:
		take_packet(n, fill, b);
	}
}

static bool
is_of_use(uint32_t kind)
{
	return kind == KIND_SECTION || kind == KIND_INTERFACE || kind == KIND_OLD_PACKET ||
	    kind == KIND_SIMPLE_PACKET || kind == KIND_STATISTICS || kind == KIND_PACKET;
}

/* Goes on passing over a block.  False when more octets are wanted. */
static bool
pass_over(struct dg_ng *n, struct dg_fill *fill)
{
	size_t left = n->end - n->at;
	uint32_t step = left < n->passed_left ? (uint32_t)left : n->passed_left;

	n->at += step;
	n->passed_left -= step;
	if (n->passed_left > 0 || n->end - n->at < TRAILER_BYTES)
		return false;
	if (dg_ng_get32(n->buffer + n->at, n->is_swapped) != n->passed_length) {
		stop(n, fill, "a block whose two lengths differ");
		return true;
	}
	n->at += TRAILER_BYTES;
	n->offset += n->passed_length;
	n->passed_length = 0;
	return true;
}

/* What a block's first twelve octets say of it; the byte order too, at a section's. */
static bool
begin_block(struct dg_ng *n, struct dg_fill *fill, struct block *b)
{
	uint32_t most;

	b->bytes = n->buffer + n->at;
	b->kind = dg_ng_get32(b->bytes, n->is_swapped);
	if (b->kind == KIND_SECTION) {
		if (!is_order_known(b->bytes + 8)) {
			stop(n, fill, "a section whose byte order cannot be told");
			return false;
		}
		n->is_swapped = dg_ng_get32(b->bytes + 8, false) != ORDER_MAGIC;
	}
	b->length = dg_ng_get32(b->bytes + 4, n->is_swapped);
	most = is_of_use(b->kind) ? DG_BLOCK_BYTES_MAX : DG_PASSED_BLOCK_BYTES_MAX;
	if (b->length < BLOCK_BYTES_MIN || b->length % 4 != 0)
		stop(n, fill, "a block of %u bytes, which cannot be", b->length);
	else if (b->length > most)
		stop(n, fill, "a block of %u bytes, more than the %u that can be", b->length,
		    most);
	return !fill->at_end;
}

/* Takes the next block.  False when more octets are wanted. */
static bool
next_block(struct dg_ng *n, struct dg_fill *fill)
{
	struct block b;

	if (n->passed_length > 0)
		return pass_over(n, fill);
	if (n->end - n->at < BLOCK_BYTES_MIN)
		return false;
	if (!begin_block(n, fill, &b))
		return true;
	if (!is_of_use(b.kind)) {
		n->passed_length = b.length;
		n->passed_left = b.length - TRAILER_BYTES;
		return true;
	}
	if (n->end - n->at < b.length)
		return false;
	if (dg_ng_get32(b.bytes + b.length - TRAILER_BYTES, n->is_swapped) != b.length) {
		stop(n, fill, "a block whose two lengths differ");
		return true;
	}
	take_block(n, fill, &b);
	n->at += b.length;
	n->offset += b.length;
	return true;
}

int
dg_ng_fill(struct dg_ng *n, struct dg_fill *fill, size_t given)
{
	size_t held = fill->count - given;

	n->frames += given;
	if (held > 0) {
		fill->frames[0] = fill->frames[given];
		fill->carried[0] = fill->carried[given];
		fill->inconsistent[0] = fill->inconsistent[given];
		fill->interface[0] = fill->interface[given];
	}
	fill->count = held;
	while (fill->count < DG_FILL_FRAMES && !fill->at_end) {
		if (next_block(n, fill))
			continue;
		if (n->stream_is_over)
			end_file(n, fill);
		else if (fill->count > 1)
			break; /* the next fill reads on */
		else
			read_more(n, fill);
	}
	return n->interfaces.is_out_of_memory || fill->problem.is_failed ? DNSGAP_ENOMEM : 0;
}
