/*
 * quote.c - ICMP and ICMPv6 errors, and the packet that each quotes.
 *
 * Other ICMP is cut off behind its checksum: a redirect names a router, neighbour discovery
 * names hosts and their cards, an echo carries what its sender likes.
 */
#include <string.h>

#include "anonymise/shown.h"
#include "anonymise/sums.h"
#include "decode/icmp.h"

#define BEGIN_BYTES 4
#define HEADER_BYTES 8

enum icmp {
	ICMP_UNREACHABLE = 3,
	ICMP_PARAMETER = 12,
	ICMP6_UNREACHABLE = 1,
	ICMP6_TIME_EXCEEDED = 3,
};

/*
 * The second word: pointer, length of the quote (RFC 4884 4), MTU (RFC 1191) stay where the
 * type has them.  Returns how long the quote is; 0: to the end.
 */
static size_t
clean_word(enum dg_family family, uint8_t *h)
{
	if (family == DG_FAMILY_IP6) {
		/* MTU and pointer fill the word. */
		if (h[0] != ICMP6_UNREACHABLE && h[0] != ICMP6_TIME_EXCEEDED)
			return 0;
		memset(h + 5, 0, 3);
		return h[4] * 8u;
	}
	if (h[0] != ICMP_PARAMETER)
		h[4] = 0;
	if (h[0] != ICMP_UNREACHABLE)
		memset(h + 6, 0, 2);
	return h[5] * 4u;
}

/* The quoted packet, and zeros for what is behind it: padding and extensions (RFC 4884 7). */
static struct dg_shown
put_quote(const struct dg_layer *l, size_t quoted)
{
	struct dg_layer quote = *l;
	struct dg_shown shown;
	size_t rest;

	quote.is_quote = true;
	if (quoted != 0) {
		dg_cur_limit(&quote.in, quoted);
		quote.is_fixed = true;
	}
	shown = dg_anonymise_ip(&quote);
	if (shown.captured == 0 || shown.captured < shown.wire)
		return (struct dg_shown){
		    shown.captured, l->in.wire + shown.wire - shown.taken, l->in.wire};
	rest = l->in.left - shown.taken;
	if (rest > l->room - shown.captured)
		rest = l->room - shown.captured;
	memset(l->out + shown.captured, 0, rest);
	return (struct dg_shown){
	    shown.captured + rest, l->in.wire + shown.wire - shown.taken, l->in.wire};
}

static uint64_t
sum_icmp(const struct dg_carrier *carrier, uint64_t addresses, size_t wire,
    const uint8_t *bytes, size_t size)
{
	uint64_t sum = dg_sum_add(0, bytes, size);

	/* RFC 4443 2.3; ICMP for IPv4 has no pseudo header. */
	return carrier->family == DG_FAMILY_IP4
	    ? sum
	    : sum + addresses + carrier->protocol + (wire >> 16) + (wire & 0xffff);
}

struct dg_shown
dg_anonymise_icmp(const struct dg_layer *l, const struct dg_carrier *carrier)
{
	struct dg_cur c = l->in;
	const uint8_t *h = dg_cur_take(&c, BEGIN_BYTES);
	struct dg_shown shown = dg_shown_cut(l, BEGIN_BYTES);
	enum dg_sum_was was = DG_SUM_RIGHT;

	if (h == NULL || l->room < HEADER_BYTES)
		return dg_shown_cut(l, 0);
	memcpy(l->out, h, BEGIN_BYTES);
	if (dg_icmp_is_error(carrier->family, h[0]) &&
	    dg_cur_take(&c, HEADER_BYTES - BEGIN_BYTES) != NULL) {
		struct dg_layer behind = dg_layer_behind(l, c, HEADER_BYTES);

		memcpy(l->out, h, HEADER_BYTES);
		shown = put_quote(&behind, clean_word(carrier->family, l->out));
		shown.captured += HEADER_BYTES;
		shown.wire += HEADER_BYTES;
		shown.taken += HEADER_BYTES;
	}
	if (carrier->is_whole)
		was = dg_sum_judge(
		    sum_icmp(carrier, carrier->sum_in, l->in.wire, l->in.at, l->in.left),
		    h + 2);
	memset(l->out + 2, 0, 2);
	dg_sum_write(l->out + 2,
	    sum_icmp(carrier, carrier->sum_out, shown.wire, l->out, shown.captured), was,
	    false);
	return shown;
}
