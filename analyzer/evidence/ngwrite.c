/*
 * ngwrite.c - a pcapng file.
 *
 * Each block is made in memory, for its length stands at both of its ends, and is then handed
 * on at once.  All numbers are written low octet first, whatever the machine, so that equal
 * captures give equal bytes.
 */
#include "evidence/ngwrite.h"

#include <string.h>

#include "base/limits.h"
#include "dnsgap/error.h"

#define BLOCK_SECTION 0x0A0D0D0Au
#define BLOCK_INTERFACE 1u
#define BLOCK_PACKET 6u
#define BYTE_ORDER_MAGIC 0x1A2B3C4Du

#define OPTION_END 0
#define OPTION_COMMENT 1
#define OPTION_SHB_USERAPPL 4
#define OPTION_IF_NAME 2
#define OPTION_IF_DESCRIPTION 3
#define OPTION_IF_TSRESOL 9
#define RESOLUTION_NS 9

/* Where a block's length stands. */
#define LENGTH_AT 4

void
dg_ng_writer_init(struct dg_ng_writer *w, dg_ng_sink *sink, void *context)
{
	*w = (struct dg_ng_writer){.sink = sink, .context = context};
}

void
dg_ng_writer_fini(struct dg_ng_writer *w)
{
	dg_strbuf_fini(&w->block);
}

static void
put16(struct dg_strbuf *b, uint32_t x)
{
	const uint8_t bytes[2] = {(uint8_t)x, (uint8_t)(x >> 8)};

	dg_strbuf_add_bytes(b, bytes, sizeof bytes);
}

static void
put32(struct dg_strbuf *b, uint32_t x)
{
	put16(b, x & 0xffff);
	put16(b, x >> 16);
}

/* Everything in a block begins at a multiple of four octets. */
static void
put_padded(struct dg_strbuf *b, const void *bytes, size_t size)
{
	static const uint8_t zeros[4] = {0};

	dg_strbuf_add_bytes(b, bytes, size);
	dg_strbuf_add_bytes(b, zeros, (4 - size % 4) % 4);
}

static void
put_option(struct dg_strbuf *b, uint16_t code, const void *value, size_t size)
{
	put16(b, code);
	put16(b, (uint32_t)size);
	put_padded(b, value, size);
}

static void
put_text(struct dg_strbuf *b, uint16_t code, const char *text)
{
	if (text != NULL)
		put_option(b, code, text, strnlen(text, DG_NG_TEXT_MAX));
}

static void
begin(struct dg_ng_writer *w, uint32_t type)
{
	w->block.size = 0;
	put32(&w->block, type);
	put32(&w->block, 0);
}

/* Ends the block's options, writes its length to both ends, and hands it on. */
static int
end(struct dg_ng_writer *w)
{
	struct dg_strbuf *b = &w->block;
	uint32_t length;

	put_option(b, OPTION_END, "", 0);
	length = (uint32_t)(b->size + 4);
	put32(b, length);
	if (b->is_failed)
		return DNSGAP_ENOMEM;
	memcpy(b->text + LENGTH_AT, b->text + b->size - 4, 4);
	return w->sink(w->context, b->text, b->size) == 0 ? 0 : DNSGAP_EWRITE;
}

int
dg_ng_write_section(struct dg_ng_writer *w, const char *application, const char *comment)
{
	begin(w, BLOCK_SECTION);
	put32(&w->block, BYTE_ORDER_MAGIC);
	put16(&w->block, 1); /* version 1.0 */
	put16(&w->block, 0);
	put32(&w->block, UINT32_MAX); /* the section's length is not told */
	put32(&w->block, UINT32_MAX);
	put_text(&w->block, OPTION_COMMENT, comment);
	put_text(&w->block, OPTION_SHB_USERAPPL, application);
	return end(w);
}

int
dg_ng_write_interface(
    struct dg_ng_writer *w, uint32_t linktype, const char *name, const char *description)
{
	const uint8_t resolution = RESOLUTION_NS;

	begin(w, BLOCK_INTERFACE);
	put16(&w->block, linktype);
	put16(&w->block, 0);
	/* One snap length for all: libpcap refuses a file in which they differ. */
	put32(&w->block, DG_FRAME_BYTES_MAX);
	put_text(&w->block, OPTION_IF_NAME, name);
	put_text(&w->block, OPTION_IF_DESCRIPTION, description);
	put_option(&w->block, OPTION_IF_TSRESOL, &resolution, sizeof resolution);
	w->interface_count++;
	return end(w);
}

int
dg_ng_write_packet(struct dg_ng_writer *w, uint32_t interface, const struct dg_frame *frame,
    const char *comment)
{
	uint64_t ticks = (uint64_t)frame->time_ns;

	begin(w, BLOCK_PACKET);
	put32(&w->block, interface);
	put32(&w->block, (uint32_t)(ticks >> 32));
	put32(&w->block, (uint32_t)ticks);
	put32(&w->block, frame->captured);
	put32(&w->block, frame->on_wire);
	put_padded(&w->block, frame->data, frame->captured);
	put_text(&w->block, OPTION_COMMENT, comment);
	return end(w);
}
