/*
 * window.c - how much memory packed data ask for.
 *
 * libarchive has no setting for a limit, and a file can hide a frame that asks for too much
 * behind small ones.  So the structure is walked over, header by header: each state
 * collects the octets of one header and says what comes next.
 *
 * Data that break the format are not watched any further: whoever unpacks them ends there.
 */
#include "source/window.h"

#include <string.h>

#define ZSTD_MAGIC 0xfd2fb528u
#define ZSTD_SKIPPABLE 0x184d2a50u
#define XZ_LZMA2 0x21
#define XZ_DICTIONARY_CODES 40

enum state {
	STATE_BEGIN, /* of a frame or a stream */
	STATE_ZSTD_SKIPPABLE,
	STATE_ZSTD_DESCRIPTOR,
	STATE_ZSTD_HEADER,
	STATE_ZSTD_BLOCK,
	STATE_XZ_STREAM,
	STATE_XZ_BLOCK,
	STATE_XZ_HEADER,
	STATE_XZ_CONTROL,
	STATE_XZ_CHUNK,
	STATE_XZ_COUNT,
	STATE_XZ_NUMBER,
};

static uint64_t
little(const uint8_t *p, size_t size)
{
	uint64_t x = 0;

	while (size-- > 0)
		x = x << 8 | p[size];
	return x;
}

static void
go(struct dg_window *w, enum state state, size_t want)
{
	w->state = state;
	w->want = want;
	w->held = 0;
}

static void
judge(struct dg_window *w, uint64_t window_bytes)
{
	if (window_bytes > w->most_bytes && w->found_bytes == 0)
		w->found_bytes = window_bytes;
}

/* RFC 8878 3.1.1 and 3.1.2: a frame, or one to be skipped. */
static void
begin_zstd(struct dg_window *w)
{
	uint64_t magic = little(w->header, 4);

	if (magic == ZSTD_MAGIC)
		go(w, STATE_ZSTD_DESCRIPTOR, 1);
	else if ((magic & ~UINT64_C(15)) == ZSTD_SKIPPABLE)
		go(w, STATE_ZSTD_SKIPPABLE, 4);
	else
		w->is_lost = true;
}

static size_t
content_size_bytes(uint8_t descriptor)
{
	static const uint8_t sizes[] = {0, 2, 4, 8};
	bool is_single = descriptor >> 5 & 1;

	return descriptor >> 6 == 0 ? is_single : sizes[descriptor >> 6];
}

/* 3.1.1.1: the descriptor, and behind it window, dictionary and content size. */
static void
read_descriptor(struct dg_window *w)
{
	static const uint8_t dictionary_bytes[] = {0, 1, 2, 4};
	uint8_t descriptor = w->header[0];
	bool is_single = descriptor >> 5 & 1;

	w->control = descriptor;
	w->check_bytes = descriptor >> 2 & 1 ? 4 : 0;
	go(w, STATE_ZSTD_HEADER,
	    (is_single ? 0u : 1u) + dictionary_bytes[descriptor & 3] +
		content_size_bytes(descriptor));
}

static void
read_window(struct dg_window *w)
{
	uint8_t descriptor = w->control;
	size_t size = content_size_bytes(descriptor);
	uint64_t window_bytes;

	if (descriptor >> 5 & 1) { /* a single segment: all of the content */
		window_bytes = little(w->header + w->want - size, size) + (size == 2 ? 256 : 0);
	} else {
		window_bytes = UINT64_C(1) << (10 + (w->header[0] >> 3));
		window_bytes += window_bytes / 8 * (w->header[0] & 7);
	}
	judge(w, window_bytes);
	go(w, STATE_ZSTD_BLOCK, 3);
}

/* 3.1.1.2: a block's header; one of the kind RLE has one octet. */
static void
read_zstd_block(struct dg_window *w)
{
	uint64_t header = little(w->header, 3);

	if ((header >> 1 & 3) == 3) {
		w->is_lost = true;
		return;
	}
	w->skip = (header >> 1 & 3) == 1 ? 1 : header >> 3;
	if (header & 1) {
		w->skip += w->check_bytes;
		go(w, STATE_BEGIN, 4);
	} else {
		go(w, STATE_ZSTD_BLOCK, 3);
	}
}

/* 2.1.1: a stream's header, of which four octets are known to be the magic's first. */
static void
read_stream(struct dg_window *w)
{
	static const uint8_t checks[] = {
	    0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64};

	w->check_bytes = checks[w->header[3] & 15];
	go(w, STATE_XZ_BLOCK, 1);
}

static bool
read_number(const uint8_t **at, const uint8_t *end, uint64_t *number)
{
	*number = 0;
	for (unsigned shift = 0; *at < end && shift < 63; shift += 7) {
		uint8_t octet = *(*at)++;

		*number |= (uint64_t)(octet & 127) << shift;
		if (octet < 128)
			return true;
	}
	return false;
}

/* 3.1 and 5.3.1: a block's header, its filters, and the dictionary of LZMA2. */
static void
read_xz_header(struct dg_window *w)
{
	const uint8_t *at = w->header + 1, *end = w->header + w->want - 4;
	unsigned filters = (w->header[0] & 3) + 1;
	uint64_t number, size;
	unsigned code;

	for (unsigned bit = 6; bit < 8; bit++) {
		if (w->header[0] >> bit & 1)
			w->is_lost |= !read_number(&at, end, &number);
	}
	for (unsigned i = 0; i < filters && !w->is_lost; i++) {
		w->is_lost = !read_number(&at, end, &number) || !read_number(&at, end, &size) ||
		    size > (uint64_t)(end - at);
		if (w->is_lost)
			return;
		code = size > 0 ? *at : 0;
		if (number == XZ_LZMA2)
			judge(w,
			    code < XZ_DICTIONARY_CODES
				? (uint64_t)(2 | (code & 1)) << (code / 2 + 11)
				: UINT32_MAX);
		at += size;
	}
	w->passed = 0;
	go(w, STATE_XZ_CONTROL, 1);
}

/* How many octets make a multiple of four. */
static uint64_t
padding(uint64_t size)
{
	return (4 - size % 4) % 4;
}

/* A chunk of LZMA2 begins; 0 ends them, and the block's padding and check follow. */
static void
read_control(struct dg_window *w)
{
	w->control = w->header[0];
	w->passed++;
	if (w->control == 0) {
		w->skip = padding(w->passed) + w->check_bytes;
		go(w, STATE_XZ_BLOCK, 1);
	} else if (w->control < 3) {
		go(w, STATE_XZ_CHUNK, 2);
	} else if (w->control >= 128) {
		go(w, STATE_XZ_CHUNK, 4);
	} else {
		w->is_lost = true;
	}
}

static void
read_chunk(struct dg_window *w)
{
	const uint8_t *size = w->header + w->want - 2;

	w->skip = ((uint64_t)size[0] << 8 | size[1]) + 1 + (w->control >= 0xc0);
	w->passed += w->want + w->skip;
	go(w, STATE_XZ_CONTROL, 1);
}

/* 4: the index, number by number; then padding, check, and the stream's footer. */
static void
read_index(struct dg_window *w)
{
	const uint8_t *at = w->header;

	w->passed++;
	if (w->header[w->held - 1] >= 128) {
		w->want++;
		w->is_lost = w->want > 9;
		return;
	}
	if (w->state == STATE_XZ_COUNT) {
		w->is_lost = !read_number(&at, w->header + w->held, &w->numbers) ||
		    w->numbers > UINT32_MAX;
		w->numbers *= 2;
	} else {
		w->numbers--;
	}
	go(w, STATE_XZ_NUMBER, 1);
	if (w->numbers == 0) {
		w->skip = padding(w->passed) + 4 + 12;
		go(w, STATE_BEGIN, 4);
	}
}

/* The header that was wanted is there. */
static void
step(struct dg_window *w)
{
	switch (w->state) {
	case STATE_BEGIN:
		if (!w->is_xz)
			begin_zstd(w);
		else if (little(w->header, 4) == 0)
			go(w, STATE_BEGIN, 4); /* padding between streams */
		else
			go(w, STATE_XZ_STREAM, 8);
		break;
	case STATE_ZSTD_SKIPPABLE:
		w->skip = little(w->header, 4);
		go(w, STATE_BEGIN, 4);
		break;
	case STATE_ZSTD_DESCRIPTOR:
		read_descriptor(w);
		break;
	case STATE_ZSTD_HEADER:
		read_window(w);
		break;
	case STATE_ZSTD_BLOCK:
		read_zstd_block(w);
		break;
	case STATE_XZ_STREAM:
		read_stream(w);
		break;
	case STATE_XZ_BLOCK:
		w->passed = 1;
		if (w->header[0] == 0)
			go(w, STATE_XZ_COUNT, 1);
		else
			go(w, STATE_XZ_HEADER, 4 * (size_t)w->header[0] + 3);
		break;
	case STATE_XZ_HEADER:
		read_xz_header(w);
		break;
	case STATE_XZ_CONTROL:
		read_control(w);
		break;
	case STATE_XZ_CHUNK:
		read_chunk(w);
		break;
	default:
		read_index(w);
	}
}

size_t
dg_window_see(struct dg_window *w, const uint8_t *bytes, size_t size)
{
	size_t at = 0;

	if (w->want == 0)
		w->want = 4;
	while (at < size && !w->is_lost && w->found_bytes == 0) {
		size_t part = size - at;

		if (w->skip > 0) {
			part = part < w->skip ? part : (size_t)w->skip;
			w->skip -= part;
		} else {
			part = part < w->want - w->held ? part : w->want - w->held;
			memcpy(w->header + w->held, bytes + at, part);
			w->held += part;
		}
		at += part;
		if (w->skip == 0 && w->held == w->want)
			step(w);
	}
	return w->found_bytes > 0 ? at : size;
}
