/*
 * nflog.c - packets of Linux' netfilter log
 * (https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html).
 *
 * Lengths and types have the byte order of the machine that captured, which nothing names.
 */
#include "decode/link.h"

#define HEADER_BYTES 4
#define VALUE_MIN 4 /* its length and type */
#define VALUE_PACKET 9

static enum dg_next
of_nibble(struct dg_cur *c)
{
	struct dg_cur ahead = *c;
	unsigned nibble = dg_cur_u8(&ahead) >> 4;

	if (dg_cur_failed(&ahead)) {
		*c = ahead;
		return DG_NEXT_FAILED;
	}
	return nibble == 4 || nibble == 6 ? DG_NEXT_IP : DG_NEXT_NOTHING;
}

enum dg_next
dg_nflog_strip(struct dg_cur *c)
{
	bool is_big = false;

	if (dg_cur_take(c, HEADER_BYTES) == NULL)
		return DG_NEXT_FAILED;
	for (bool is_first = true; c->wire > 0; is_first = false) {
		size_t left = c->wire, length, padding;
		const uint8_t *h = dg_cur_take(c, VALUE_MIN);

		if (h == NULL)
			return DG_NEXT_FAILED;
		if (is_first)
			is_big = dg_le16(h) < VALUE_MIN || dg_le16(h) > left;
		length = is_big ? dg_be16(h) : dg_le16(h);
		if (length < VALUE_MIN || length > left)
			return dg_next_malformed(c);
		length -= VALUE_MIN;
		if ((is_big ? dg_be16(h + 2) : dg_le16(h + 2)) == VALUE_PACKET) {
			dg_cur_limit(c, length);
			return of_nibble(c);
		}
		if (dg_cur_take(c, length) == NULL)
			return DG_NEXT_FAILED;
		/* The last one need not be padded. */
		padding = (4 - length % 4) % 4;
		if (dg_cur_take(c, padding < c->wire ? padding : c->wire) == NULL)
			return DG_NEXT_FAILED;
	}
	return DG_NEXT_NOTHING;
}
