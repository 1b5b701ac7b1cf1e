/*
 * rewriter.c - names, addresses and plain octets of a message, written anew.
 *
 * A name is first read whole, through its pointers, and gets its pseudonym as one: what a label
 * becomes may depend on all of the name.  So a pointer is written only after a look at where
 * it would lead.  Labels of reverse names change their lengths, and with them all offsets
 * behind.
 */
#include "anonymise/rewriter.h"

#include <string.h>

#include "base/limits.h"

#define POINTER_BITS 0xc0

void
dg_rewriter_init(struct dg_rewriter *w, const struct dg_anonymiser *a, const uint8_t *in,
    size_t size, uint8_t *out, size_t room)
{
	w->a = a;
	w->in = in;
	w->size = size;
	w->at = 0;
	w->out = out;
	w->room = room;
	w->length = 0;
	w->name_bytes = 0;
	w->last_length = 0;
	memset(w->moved, 0, sizeof w->moved);
}

static bool
fits(const struct dg_rewriter *w, size_t end, size_t count)
{
	return end <= w->size && w->at <= end && count <= end - w->at &&
	    count <= w->room - w->length;
}

bool
dg_rewriter_keep(struct dg_rewriter *w, size_t end, size_t count)
{
	if (!fits(w, end, count))
		return false;
	if (count > 0)
		memcpy(w->out + w->length, w->in + w->at, count);
	w->at += count;
	w->length += count;
	return true;
}

bool
dg_rewriter_blank(struct dg_rewriter *w, size_t end, size_t count)
{
	if (!fits(w, end, count))
		return false;
	if (count > 0)
		memset(w->out + w->length, 0, count);
	w->at += count;
	w->length += count;
	return true;
}

static bool
put(struct dg_rewriter *w, const uint8_t *bytes, size_t count)
{
	if (count > w->room - w->length)
		return false;
	memcpy(w->out + w->length, bytes, count);
	w->length += count;
	return true;
}

bool
dg_rewriter_put16(struct dg_rewriter *w, size_t value)
{
	uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};

	return put(w, bytes, sizeof bytes);
}

/* Sets w->last_pseudonym; false when there is none, or names got too many. */
static bool
find_pseudonym(struct dg_rewriter *w, const struct dg_name *name)
{
	if (w->last_length != 0 && w->last.length == name->length &&
	    memcmp(w->last.bytes, name->bytes, name->length) == 0)
		return true;
	w->name_bytes += name->length;
	if (w->name_bytes > DG_ANONYMISED_NAME_BYTES_MAX)
		return false;
	w->last_length = dg_anonymise_name(w->a, name->bytes, name->length, w->last_pseudonym);
	w->last.length = name->length;
	memcpy(w->last.bytes, name->bytes, name->length);
	return w->last_length != 0;
}

/* Whether the name written at `at` is `rest`, octet for octet. */
static bool
is_written(const struct dg_rewriter *w, size_t at, const uint8_t *rest, size_t length)
{
	struct dg_name there;
	size_t end;

	return dg_name_expand(w->out, w->length, at, &there, &end) == DG_NAME_OK &&
	    there.length == length && memcmp(there.bytes, rest, length) == 0;
}

/* The rest of a name, which a pointer to `target` ended. */
static bool
put_rest(struct dg_rewriter *w, size_t target, const uint8_t *rest, size_t length)
{
	size_t there = w->moved[target];

	if (there != 0 && is_written(w, there, rest, length))
		return dg_rewriter_put16(w, (size_t)POINTER_BITS << 8 | there);
	return put(w, rest, length);
}

/* Remembers where the label at w->at goes. */
static void
move(struct dg_rewriter *w)
{
	if (w->at < DG_POINTER_TARGETS && w->length < DG_POINTER_TARGETS)
		w->moved[w->at] = (uint16_t)w->length;
}

bool
dg_rewriter_name(struct dg_rewriter *w, size_t end)
{
	const uint8_t *rest = w->last_pseudonym;
	struct dg_name name;
	size_t left, past;

	if (end > w->size ||
	    dg_name_expand(w->in, w->size, w->at, &name, &past) != DG_NAME_OK || past > end ||
	    !find_pseudonym(w, &name))
		return false;
	left = w->last_length;
	while ((w->in[w->at] & POINTER_BITS) == 0) {
		size_t label = w->in[w->at] + 1u;
		size_t written = left > 0 ? rest[0] + 1u : 0;

		/* As many labels as there were, each with one octet at least. */
		if (written == 0 || written > left || (label == 1) != (written == 1))
			return false;
		move(w);
		if (!put(w, rest, written))
			return false;
		w->at += label;
		rest += written;
		left -= written;
		if (label == 1)
			return left == 0;
	}
	if (left == 0 ||
	    !put_rest(w, (size_t)(w->in[w->at] & 0x3f) << 8 | w->in[w->at + 1], rest, left))
		return false;
	w->at = past;
	return true;
}

bool
dg_rewriter_addr(struct dg_rewriter *w, size_t end, enum dg_family family, unsigned bits)
{
	unsigned most = family == DG_FAMILY_IP4 ? 32 : 128;
	size_t count = (bits + 7) / 8;
	struct dg_addr addr = {{0}};

	if (bits > most || !fits(w, end, count))
		return false;
	memcpy(addr.bytes, w->in + w->at, count);
	if (bits % 8 != 0)
		addr.bytes[count - 1] &= (uint8_t)(0xff << (8 - bits % 8));
	if (bits == most)
		dg_anonymise_addr(w->a, family, &addr);
	else
		dg_anonymise_prefix(w->a, family, &addr, bits);
	w->at += count;
	return put(w, addr.bytes, count);
}
