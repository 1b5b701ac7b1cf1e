/*
 * ip.c - IP headers: addresses are pseudonyms, options and extensions are cleaned, lengths and
 * the checksum fit.
 *
 * Known weakness: behind a routing header that still has a way to go, sums of UDP and TCP are
 * made with the last address (RFC 8200 8.1), which is blanked here: such a sum, right or not,
 * is taken for a wrong one.  Nobody asks a name server that way.
 */
#include <string.h>

#include "anonymise/shown.h"
#include "anonymise/sums.h"
#include "base/limits.h"
#include "decode/packet.h"

#define HEADER4_MIN 20
#define HEADER6_BYTES 40
#define QUOTE_MIN 8 /* of the payload; less is a length that a router spoilt */
#define FRAGMENT4_MASK 0x3fff
#define OFFSET4_MASK 0x1fff
#define FRAGMENT6_MASK 0xfff9
#define OFFSET6_MASK 0xfff8

static struct dg_shown
nothing(void)
{
	return (struct dg_shown){0};
}

static void
put16(uint8_t *field, size_t value)
{
	field[0] = (uint8_t)(value >> 8);
	field[1] = (uint8_t)value;
}

/* Source and destination, one behind the other. */
static void
put_addresses(
    const struct dg_layer *l, const uint8_t *in, uint8_t *out, struct dg_carrier *carrier)
{
	size_t size = carrier->family == DG_FAMILY_IP4 ? 4 : 16;

	for (size_t at = 0; at < 2 * size; at += size) {
		struct dg_addr addr = dg_addr_make(in + at, carrier->family);

		dg_anonymise_addr(l->a, carrier->family, &addr);
		memcpy(out + at, addr.bytes, size);
	}
	carrier->sum_in = dg_sum_add(0, in, 2 * size);
	carrier->sum_out = dg_sum_add(0, out, 2 * size);
}

static struct dg_shown
put_payload(const struct dg_layer *l, const struct dg_carrier *carrier)
{
	if (carrier->protocol == DG_PROTOCOL_UDP)
		return dg_anonymise_udp(l, carrier);
	if (carrier->is_fragment)
		return dg_shown_cut(l, 0);
	if (carrier->protocol == DG_PROTOCOL_TCP)
		return dg_anonymise_tcp(l, carrier);
	if (!l->is_quote &&
	    carrier->protocol ==
		(carrier->family == DG_FAMILY_IP4 ? DG_PROTOCOL_ICMP : DG_PROTOCOL_ICMP6))
		return dg_anonymise_icmp(l, carrier);
	return dg_shown_cut(l, 0);
}

static bool
is_extension(const struct dg_carrier *carrier)
{
	uint8_t p = carrier->protocol;

	if (p == DG_PROTOCOL_AH)
		return true;
	return carrier->family == DG_FAMILY_IP6 &&
	    (p == DG_PROTOCOL_HOP_BY_HOP || p == DG_PROTOCOL_ROUTING ||
		p == DG_PROTOCOL_FRAGMENT || p == DG_PROTOCOL_DESTINATION);
}

/* What is behind the fixed header: extensions, and what they carry. */
static struct dg_shown
put_behind(const struct dg_layer *l, struct dg_carrier *carrier)
{
	struct dg_layer rest = *l;
	struct dg_shown shown;
	size_t written = 0;
	bool is_later = false;

	for (int n = 0; is_extension(carrier) && !is_later; n++) {
		const uint8_t *h = rest.in.at;
		size_t size = n == DG_IP6_EXTENSIONS_MAX
		    ? 0
		    : dg_anonymise_extension(carrier->protocol, &rest.in, rest.out, rest.room);

		if (size == 0)
			return dg_shown_cut(l, written);
		if (carrier->protocol == DG_PROTOCOL_FRAGMENT) {
			carrier->is_fragment |= (dg_be16(h + 2) & FRAGMENT6_MASK) != 0;
			is_later = (dg_be16(h + 2) & OFFSET6_MASK) != 0;
		}
		carrier->protocol = h[0];
		(void)dg_cur_take(&rest.in, size);
		rest = dg_layer_behind(&rest, rest.in, size);
		written += size;
	}
	if (is_later)
		return dg_shown_cut(l, written);
	rest.is_fixed |= carrier->is_fragment;
	carrier->is_whole &= !carrier->is_fragment;
	shown = put_payload(&rest, carrier);
	shown.captured += written;
	shown.wire += written;
	shown.taken += written;
	return shown;
}

/* Lets a packet that says its length grow only as far as it can say. */
static void
limit_growth(struct dg_layer *l, size_t length)
{
	size_t most = UINT16_MAX - length;

	if (l->growth > most)
		l->growth = most;
}

/*
 * The length that the header says for what is in `behind->in`: limits it, unless it was spoilt,
 * and says whether all of that is there.  False when it cannot be.
 */
static bool
take_length(struct dg_layer *behind, size_t length, size_t header, bool *is_whole)
{
	struct dg_cur *c = &behind->in;

	*is_whole = c->left == c->wire;
	if (behind->is_quote ? length < header + QUOTE_MIN : length == 0)
		return true;
	if (length < header)
		return false;
	*is_whole = c->left >= length - header;
	dg_cur_limit(c, length - header);
	return true;
}

static struct dg_shown
put_ip4(const struct dg_layer *l)
{
	struct dg_carrier carrier = {.family = DG_FAMILY_IP4};
	struct dg_cur c = l->in;
	const uint8_t *h = dg_cur_take(&c, HEADER4_MIN);
	struct dg_layer behind;
	struct dg_shown shown;
	size_t size, length;
	enum dg_sum_was was;
	unsigned fragment;

	if (h == NULL)
		return nothing();
	size = (h[0] & 15u) * 4;
	if (size < HEADER4_MIN || size > l->room || dg_cur_take(&c, size - HEADER4_MIN) == NULL)
		return nothing();
	length = dg_be16(h + 2);
	behind = dg_layer_behind(l, c, size);
	if (!take_length(&behind, length, size, &carrier.is_whole))
		return nothing();
	limit_growth(&behind, length);
	memcpy(l->out, h, size);
	put_addresses(l, h + 12, l->out + 12, &carrier);
	dg_anonymise_options4(l->out + HEADER4_MIN, size - HEADER4_MIN);
	fragment = dg_be16(h + 6);
	carrier.protocol = h[9];
	carrier.is_fragment = (fragment & FRAGMENT4_MASK) != 0;
	shown = (fragment & OFFSET4_MASK) != 0 ? dg_shown_cut(&behind, 0)
					       : put_behind(&behind, &carrier);
	if (length != 0)
		put16(l->out + 2, length + shown.wire - shown.taken);
	was = dg_sum_judge(dg_sum_add(0, h, size), h + 10);
	put16(l->out + 10, 0);
	dg_sum_write(l->out + 10, dg_sum_add(0, l->out, size), was, false);
	return (struct dg_shown){size + shown.captured, size + shown.wire, size + shown.taken};
}

static struct dg_shown
put_ip6(const struct dg_layer *l)
{
	struct dg_carrier carrier = {.family = DG_FAMILY_IP6};
	struct dg_cur c = l->in;
	const uint8_t *h = dg_cur_take(&c, HEADER6_BYTES);
	struct dg_layer behind;
	struct dg_shown shown;
	size_t length;

	if (h == NULL || l->room < HEADER6_BYTES)
		return nothing();
	length = dg_be16(h + 4);
	behind = dg_layer_behind(l, c, HEADER6_BYTES);
	(void)take_length(&behind, length, 0, &carrier.is_whole);
	limit_growth(&behind, length);
	memcpy(l->out, h, HEADER6_BYTES);
	put_addresses(l, h + 8, l->out + 8, &carrier);
	carrier.protocol = h[6];
	shown = put_behind(&behind, &carrier);
	if (length != 0)
		put16(l->out + 4, length + shown.wire - shown.taken);
	return (struct dg_shown){HEADER6_BYTES + shown.captured, HEADER6_BYTES + shown.wire,
	    HEADER6_BYTES + shown.taken};
}

struct dg_shown
dg_anonymise_ip(const struct dg_layer *l)
{
	if (l->in.left == 0)
		return nothing();
	switch (l->in.at[0] >> 4) {
	case 4:
		return put_ip4(l);
	case 6:
		return put_ip6(l);
	default:
		return nothing();
	}
}
