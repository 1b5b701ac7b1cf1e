/*
 * name.c - domain names on the wire.
 *
 * No recursion; every pointer must go back, so loops cannot be.
 */
#include "dns/name.h"

#include <stdio.h>
#include <string.h>

#include "base/copy.h"

#define LABEL_MAX 63
#define POINTER_BITS 0xc0
#define HEADER_BYTES 12

/* How a name failed that ended where the message does. */
static enum dg_name_status
ran_out(const struct dg_cur *c)
{
	return c->wire > c->left ? DG_NAME_CUT : DG_NAME_MALFORMED;
}

/* Why the label at `at`, which the message or the limit of a name ends, is wrong. */
static enum dg_name_status
judge_label(const struct dg_cur *c, size_t at)
{
	uint8_t length;

	if (at >= c->left)
		return ran_out(c);
	length = c->at[at];
	/* The label, its length octet and the root's must fit in a name. */
	if (length > LABEL_MAX || at + length + 2 > DG_NAME_BYTES_MAX)
		return DG_NAME_MALFORMED;
	if (at + length + 1u > c->wire)
		return DG_NAME_MALFORMED;
	return at + length + 1u > c->left ? DG_NAME_CUT : ran_out(c);
}

/* Finds the end of an uncompressed name; its length with the root label. */
static enum dg_name_status
find_end(const struct dg_cur *c, size_t *end)
{
	/* Every length octet lies before this, the root's too. */
	size_t limit = c->left < DG_NAME_BYTES_MAX ? c->left : DG_NAME_BYTES_MAX;
	size_t at = 0;

	while (at < limit) {
		uint8_t length = c->at[at];
		size_t next = at + length + 1u;

		if (length == 0) {
			*end = next;
			return DG_NAME_OK;
		}
		if (length > LABEL_MAX || next >= limit)
			break;
		at = next;
	}
	return judge_label(c, at);
}

/* Eight octets at once: those in A-Z get bit 5 set. */
static inline uint64_t
fold_word(uint64_t word)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t low = word & (0x7f * ones);
	uint64_t from_a = low + (0x80 - 'A') * ones;       /* bit 7: at least A */
	uint64_t past_z = low + (0x80 - ('Z' + 1)) * ones; /* bit 7: more than Z */
	uint64_t is_upper = (from_a & ~past_z & ~word) & (0x80 * ones);

	return word | is_upper >> 2;
}

/* Sixteen at once. */
typedef uint8_t octets __attribute__((vector_size(16)));

static inline octets
fold_octets(octets all)
{
	octets from_a = all - (uint8_t)'A';
	octets is_upper = (octets)(from_a < (uint8_t)26);

	return all | (is_upper & (uint8_t)0x20);
}

/* As many blocks of sixteen octets as are captured; zeros past the name.  Gives how far. */
static size_t
fold_blocks(const struct dg_cur *c, size_t length, struct dg_name *name)
{
	/* From 16 - n on it has n octets that let through, and then such that do not. */
	static const uint8_t stays[32] = {
	    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
	size_t at = 0;

	for (; at < length && at + sizeof(octets) <= c->left; at += sizeof(octets)) {
		size_t left = length - at;
		octets block, mask;

		memcpy(&block, c->at + at, sizeof block);
		memcpy(&mask, stays + 16 - (left < 16 ? left : 16), sizeof mask);
		block = fold_octets(block) & mask;
		memcpy(name->bytes + at, &block, sizeof block);
	}
	return at;
}

enum dg_name_status
dg_name_fold(struct dg_cur *c, struct dg_name *name)
{
	size_t length, at;
	enum dg_name_status status = find_end(c, &length);
	uint64_t word;

	if (status != DG_NAME_OK)
		return status;
	/* Length octets are below 64 and so no letters: the whole name is folded as it lies. */
	at = fold_blocks(c, length, name);
	for (; at + sizeof word <= length; at += sizeof word) {
		memcpy(&word, c->at + at, sizeof word);
		word = fold_word(word);
		memcpy(name->bytes + at, &word, sizeof word);
	}
	if (at < length) {
		word = at > 0 ? dg_load_last(c->at + length, length - at)
			      : dg_load_few(c->at, length);
		word = fold_word(word);
		memcpy(name->bytes + at, &word, sizeof word);
	}
	name->length = (uint8_t)length;
	(void)dg_cur_take(c, length);
	return DG_NAME_OK;
}

enum dg_name_status
dg_name_expand(
    const uint8_t *message, size_t size, size_t offset, struct dg_name *name, size_t *end)
{
	size_t at = offset, bound = offset, out = 0;
	bool has_jumped = false;

	for (int hops = 0;;) {
		uint8_t length;

		if (at >= size)
			return DG_NAME_MALFORMED;
		length = message[at];
		if ((length & POINTER_BITS) == POINTER_BITS) {
			size_t target;

			if (at + 1 >= size || ++hops > DG_NAME_HOPS_MAX)
				return DG_NAME_MALFORMED;
			target = (size_t)(length & 0x3f) << 8 | message[at + 1];
			if (target >= bound || target < HEADER_BYTES)
				return DG_NAME_MALFORMED;
			if (!has_jumped)
				*end = at + 2;
			has_jumped = true;
			at = bound = target;
			continue;
		}
		if (length > LABEL_MAX || length + 1u > size - at ||
		    out + length + 1 + (length != 0) > DG_NAME_BYTES_MAX)
			return DG_NAME_MALFORMED;
		memcpy(name->bytes + out, message + at, length + 1u);
		out += length + 1u;
		at += length + 1u;
		if (length == 0)
			break;
	}
	if (!has_jumped)
		*end = at;
	name->length = (uint8_t)out;
	return DG_NAME_OK;
}

enum dg_name_status
dg_name_skip(struct dg_cur *c)
{
	size_t at = 0;

	for (;;) {
		uint8_t length;

		if (at >= c->left) {
			at++; /* a length octet that is not there */
			break;
		}
		length = c->at[at];
		if ((length & POINTER_BITS) == POINTER_BITS) {
			at += 2;
			break;
		}
		if (length > LABEL_MAX || at + length + 1 > DG_NAME_BYTES_MAX - (length != 0))
			return DG_NAME_MALFORMED;
		at += length + 1u;
		if (length == 0)
			break;
	}
	if (dg_cur_take(c, at) == NULL)
		return c->is_cut ? DG_NAME_CUT : DG_NAME_MALFORMED;
	return DG_NAME_OK;
}

/* Whether the octet stands for itself in a name's text. */
static bool
is_plain(uint8_t c)
{
	return c > ' ' && c < 0x7f && strchr(".\\\"();@$", c) == NULL;
}

const char *
dg_name_text(const uint8_t *wire, size_t length, char text[DG_NAME_TEXT_MAX])
{
	size_t out = 0;

	for (size_t at = 0; at < length && wire[at] != 0;) {
		size_t label_end = at + 1 + wire[at];

		if (label_end > length)
			break;
		if (at > 0)
			text[out++] = '.';
		for (at++; at < label_end; at++) {
			uint8_t c = wire[at];

			if (is_plain(c)) {
				text[out++] = (char)c;
			} else if (c > ' ' && c < 0x7f) {
				text[out++] = '\\';
				text[out++] = (char)c;
			} else {
				out += (size_t)snprintf(text + out, 5, "\\%03u", c);
			}
		}
	}
	if (out == 0)
		text[out++] = '.';
	text[out] = '\0';
	return text;
}
