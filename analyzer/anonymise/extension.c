/*
 * extension.c - options and extension headers of IP and TCP.
 *
 * Only what is known to be harmless stays.  Record route, source routes, timestamps, home
 * addresses, fast open cookies, MPTCP's addresses and signatures do not.
 */
#include <string.h>

#include "anonymise/shown.h"
#include "decode/packet.h"

#define EXTENSION_MIN 8

enum option4 {
	OPTION4_END = 0,
	OPTION4_NOTHING = 1,
	OPTION4_ROUTER_ALERT = 148, /* RFC 2113 */
};

enum option6 {
	OPTION6_PAD_1 = 0,
	OPTION6_PAD_N = 1,
	OPTION6_ROUTER_ALERT = 5, /* RFC 2711 */
	OPTION6_JUMBO = 0xc2,     /* RFC 2675 */
};

/* Those of TCP: end, nothing, MSS, window scale, SACK (two), timestamps (RFC 7323). */
static bool
is_tcp_kept(uint8_t kind, size_t size)
{
	switch (kind) {
	case 2:
		return size == 4;
	case 3:
		return size == 3;
	case 4:
		return size == 2;
	case 5:
		return size % 8 == 2;
	case 8:
		return size == 10;
	default:
		return false;
	}
}

static bool
is_ip4_kept(uint8_t kind, size_t size)
{
	return kind == OPTION4_ROUTER_ALERT && size == 4;
}

/* IPv4 and TCP have the same form: 0 ends, 1 does nothing, all others have a length. */
static void
clean(uint8_t *options, size_t size, bool (*is_kept)(uint8_t, size_t))
{
	size_t at = 0;

	while (at < size && options[at] != OPTION4_END) {
		size_t length;

		if (options[at] == OPTION4_NOTHING) {
			at++;
			continue;
		}
		length = size - at >= 2 ? options[at + 1] : 0;
		if (length < 2 || length > size - at)
			break;
		if (!is_kept(options[at], length))
			memset(options + at, OPTION4_NOTHING, length);
		at += length;
	}
	memset(options + at, OPTION4_END, size - at);
}

void
dg_anonymise_options4(uint8_t *options, size_t size)
{
	clean(options, size, is_ip4_kept);
}

void
dg_anonymise_options_tcp(uint8_t *options, size_t size)
{
	clean(options, size, is_tcp_kept);
}

/* Hop-by-hop and destination options: all others become padding. */
static void
clean6(uint8_t *options, size_t size)
{
	size_t at = 0;

	while (at < size) {
		size_t length;
		uint8_t kind = options[at];

		if (kind == OPTION6_PAD_1) {
			at++;
			continue;
		}
		length = size - at >= 2 ? options[at + 1] + 2u : 0;
		if (length < 2 || length > size - at)
			break;
		if (!(kind == OPTION6_ROUTER_ALERT && length == 4) &&
		    !(kind == OPTION6_JUMBO && length == 6)) {
			options[at] = OPTION6_PAD_N;
			memset(options + at + 2, 0, length - 2);
		}
		at += length;
	}
	memset(options + at, OPTION6_PAD_1, size - at);
}

size_t
dg_anonymise_extension(uint8_t protocol, const struct dg_cur *in, uint8_t *out, size_t room)
{
	struct dg_cur c = *in;
	const uint8_t *h = dg_cur_take(&c, EXTENSION_MIN);
	size_t size = EXTENSION_MIN;

	if (h == NULL)
		return 0;
	if (protocol == DG_PROTOCOL_AH)
		size += h[1] * 4u;
	else if (protocol != DG_PROTOCOL_FRAGMENT)
		size += h[1] * 8u;
	if (dg_cur_take(&c, size - EXTENSION_MIN) == NULL || size > room)
		return 0;
	memcpy(out, h, size);
	if (protocol == DG_PROTOCOL_FRAGMENT)
		out[1] = 0;
	else if (protocol == DG_PROTOCOL_HOP_BY_HOP || protocol == DG_PROTOCOL_DESTINATION)
		clean6(out + 2, size - 2);
	else
		memset(out + 2, 0, size - 2);
	return size;
}
