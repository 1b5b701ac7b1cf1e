/*
 * transport.c - UDP with a DNS message, and TCP with whole ones.
 *
 * The checksum of a packet that is not whole, before or now, is made as if zeros stood for what
 * is missing: nobody can check it, and the true one would tell of octets that are not shown.
 */
#include <string.h>

#include "anonymise/message.h"
#include "anonymise/shown.h"
#include "anonymise/sums.h"
#include "decode/packet.h"

#define UDP_BYTES 8
#define TCP_MIN 20
#define PORTS_BYTES 4
#define SEQUENCE_BYTES 8 /* ports and sequence number: what the shortest quote has */
#define DNS_PORT 53
#define PREFIX_BYTES 2 /* of a message over TCP (RFC 1035 4.2.2) */

static void
put16(uint8_t *field, size_t value)
{
	field[0] = (uint8_t)(value >> 8);
	field[1] = (uint8_t)value;
}

/* The transport's part of a pseudo header: addresses are summed up already. */
static uint64_t
pseudo(uint64_t addresses, const struct dg_carrier *carrier, size_t length)
{
	return addresses + carrier->protocol + (length >> 16) + (length & 0xffff);
}

/* Of a quote that ends in its header, the octets that every error must quote (RFC 792). */
static struct dg_shown
begin_only(const struct dg_layer *l, size_t some)
{
	if (!l->is_quote || l->in.left < some || l->room < some)
		return dg_shown_cut(l, 0);
	memcpy(l->out, l->in.at, some);
	return dg_shown_cut(l, some);
}

static enum dg_message_trust
trust_of(const uint8_t *ports)
{
	return dg_be16(ports) == DNS_PORT || dg_be16(ports + 2) == DNS_PORT ? DG_TRUST_PORT
									    : DG_TRUST_NOTHING;
}

/* Whether what is around the message can say its new length. */
static bool
may_change(const struct dg_layer *l, const struct dg_message_out *m, size_t udp_length)
{
	size_t more = m->written > m->taken ? m->written - m->taken : 0;

	if (m->written == m->taken)
		return true;
	return !l->is_fixed && more <= l->growth && udp_length + more <= UINT16_MAX;
}

/*
 * The payload of UDP into l->out; what is behind it in the IP packet is padding.  Captures
 * nothing when it is no message that may be shown.
 */
static struct dg_shown
put_message(const struct dg_layer *l, size_t udp_length, enum dg_message_trust trust)
{
	struct dg_cur c = l->in;
	struct dg_message_in in = {.trust = trust};
	struct dg_message_out m;
	size_t padding = 0;

	if (udp_length != 0) {
		if (udp_length < UDP_BYTES)
			return dg_shown_cut(l, 0);
		dg_cur_limit(&c, udp_length - UDP_BYTES);
	}
	in.at = c.at;
	in.size = c.left;
	in.wire = udp_length == 0 ? c.wire : udp_length - UDP_BYTES;
	if (!dg_anonymise_message(l->a, &in, l->out, l->room, &m))
		return dg_shown_cut(l, 0);
	if (!may_change(l, &m, udp_length))
		return dg_shown_cut(l, 0);
	if (m.taken == c.wire) {
		padding = l->in.left - c.left;
		if (padding > l->room - m.written)
			padding = l->room - m.written;
		memset(l->out + m.written, 0, padding);
	}
	return (struct dg_shown){
	    m.written + padding, l->in.wire + m.written - m.taken, l->in.wire};
}

/* Writes the sum of what was written; octets that are not are 0. */
static void
put_udp_sum(
    const struct dg_layer *l, const struct dg_carrier *carrier, const struct dg_shown *shown)
{
	size_t length_in = dg_be16(l->in.at + 4), length_out = dg_be16(l->out + 4);
	size_t covered = shown->captured;
	enum dg_sum_was was = DG_SUM_RIGHT;

	if (length_in == 0) {
		length_in = l->in.wire;
		length_out = shown->wire;
	}
	if (dg_be16(l->in.at + 6) == 0)
		was = DG_SUM_NONE;
	else if (carrier->is_whole && length_in >= UDP_BYTES && length_in <= l->in.left)
		was = dg_sum_judge(dg_sum_add(pseudo(carrier->sum_in, carrier, length_in),
				       l->in.at, length_in),
		    l->in.at + 6);
	put16(l->out + 6, 0);
	if (covered > length_out)
		covered = length_out;
	dg_sum_write(l->out + 6,
	    dg_sum_add(pseudo(carrier->sum_out, carrier, length_out), l->out, covered), was,
	    true);
}

struct dg_shown
dg_anonymise_udp(const struct dg_layer *l, const struct dg_carrier *carrier)
{
	struct dg_cur c = l->in;
	const uint8_t *h = dg_cur_take(&c, UDP_BYTES);
	struct dg_layer behind;
	struct dg_shown shown;
	size_t length;

	if (h == NULL || l->room < UDP_BYTES)
		return begin_only(l, PORTS_BYTES);
	memcpy(l->out, h, UDP_BYTES);
	length = dg_be16(h + 4);
	behind = dg_layer_behind(l, c, UDP_BYTES);
	shown = put_message(&behind, length, trust_of(h));
	if (length != 0)
		put16(l->out + 4, length + shown.wire - shown.taken);
	shown.captured += UDP_BYTES;
	shown.wire += UDP_BYTES;
	shown.taken += UDP_BYTES;
	put_udp_sum(l, carrier, &shown);
	return shown;
}

/*
 * One message and its prefix, of the same length as before, for a stream counts octets.  How
 * many octets were written; *is_whole when another one may follow.
 */
static size_t
put_prefixed(const struct dg_layer *l, enum dg_message_trust trust, bool *is_whole)
{
	struct dg_message_in in = {.at = l->in.at + PREFIX_BYTES, .trust = trust};
	struct dg_message_out m;

	in.wire = dg_be16(l->in.at);
	in.size = l->in.left - PREFIX_BYTES;
	if (in.size > in.wire)
		in.size = in.wire;
	if (trust == DG_TRUST_NOTHING && in.size < in.wire)
		return 0;
	if (l->room < PREFIX_BYTES ||
	    !dg_anonymise_message(
		l->a, &in, l->out + PREFIX_BYTES, l->room - PREFIX_BYTES, &m) ||
	    m.written != m.taken)
		return 0;
	*is_whole = m.taken == in.wire;
	put16(l->out, in.wire);
	return PREFIX_BYTES + m.taken;
}

/* The messages that a segment begins with; how many octets. */
static size_t
put_messages(const struct dg_layer *l, enum dg_message_trust trust)
{
	struct dg_layer rest = *l;
	bool is_whole = true;
	size_t written = 0;

	while (is_whole && rest.in.left > PREFIX_BYTES) {
		size_t size;

		is_whole = false;
		size = put_prefixed(&rest, trust, &is_whole);
		(void)dg_cur_take(&rest.in, size);
		rest = dg_layer_behind(&rest, rest.in, size);
		written += size;
	}
	return written;
}

/* Header and options, cleaned; how many octets, or 0 when not even the header is there. */
static size_t
put_tcp_header(const struct dg_layer *l, size_t *size)
{
	struct dg_cur c = l->in;
	const uint8_t *h = dg_cur_take(&c, TCP_MIN);

	if (h == NULL || l->room < TCP_MIN || h[12] >> 4 < TCP_MIN / 4)
		return 0;
	*size = (h[12] >> 4) * 4u;
	memcpy(l->out, h, TCP_MIN);
	if (*size > l->in.left || *size > l->room)
		return TCP_MIN;
	memcpy(l->out + TCP_MIN, h + TCP_MIN, *size - TCP_MIN);
	dg_anonymise_options_tcp(l->out + TCP_MIN, *size - TCP_MIN);
	return *size;
}

struct dg_shown
dg_anonymise_tcp(const struct dg_layer *l, const struct dg_carrier *carrier)
{
	size_t size = 0, written = put_tcp_header(l, &size);
	enum dg_sum_was was = DG_SUM_RIGHT;
	struct dg_cur c = l->in;
	struct dg_layer behind;

	if (written == 0)
		return begin_only(l, SEQUENCE_BYTES);
	if (written == size) {
		(void)dg_cur_take(&c, size);
		behind = dg_layer_behind(l, c, size);
		written += put_messages(&behind,
		    trust_of(l->in.at) == DG_TRUST_PORT ? DG_TRUST_STREAM : DG_TRUST_NOTHING);
	}
	if (carrier->is_whole)
		was = dg_sum_judge(dg_sum_add(pseudo(carrier->sum_in, carrier, l->in.wire),
				       l->in.at, l->in.left),
		    l->in.at + 16);
	put16(l->out + 16, 0);
	dg_sum_write(l->out + 16,
	    dg_sum_add(pseudo(carrier->sum_out, carrier, l->in.wire), l->out, written), was,
	    false);
	return dg_shown_cut(l, written);
}
