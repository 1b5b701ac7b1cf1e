#ifndef DG_ANONYMISE_SHOWN_H
#define DG_ANONYMISE_SHOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "anonymise/anonymise.h"
#include "base/cursor.h"

/*
 * shown.h - the layers of a packet without hosts and persons, each written behind the one
 * around it.
 */

/* What a layer became. */
struct dg_shown {
	size_t captured; /* octets written */
	size_t wire;     /* octets that they stand for; more when something was cut off */
	size_t taken;    /* what `wire` was before */
};

/* What is to be written, and where. */
struct dg_layer {
	const struct dg_anonymiser *a;
	struct dg_cur in;
	uint8_t *out;
	size_t room;
	size_t growth; /* octets by which it may become longer */
	bool is_fixed; /* nor may it become shorter */
	bool is_quote; /* an ICMP error quotes it */
};

/* What an IP header says of what it carries. */
struct dg_carrier {
	enum dg_family family;
	uint8_t protocol;
	bool is_fragment;
	bool is_whole;    /* as many octets as the header says, and all captured */
	uint64_t sum_in;  /* of the addresses, as they were */
	uint64_t sum_out; /* as they are now */
};

/* ip.c.  From an IP header on; nothing is captured when there is none. */
struct dg_shown dg_anonymise_ip(const struct dg_layer *l);

/* extension.c */

/*
 * One extension header (RFC 8200 4, AH: RFC 4302) of the kind `protocol`; its length, or 0 when
 * it is not all there, or there is no room.
 */
size_t dg_anonymise_extension(
    uint8_t protocol, const struct dg_cur *in, uint8_t *out, size_t room);
/* The options of an IPv4 header, in place. */
void dg_anonymise_options4(uint8_t *options, size_t size);
/* The options of a TCP header, in place. */
void dg_anonymise_options_tcp(uint8_t *options, size_t size);

/* transport.c, tcp.c, quote.c.  What an IP header carries. */
struct dg_shown dg_anonymise_udp(const struct dg_layer *l, const struct dg_carrier *carrier);
struct dg_shown dg_anonymise_tcp(const struct dg_layer *l, const struct dg_carrier *carrier);
struct dg_shown dg_anonymise_icmp(const struct dg_layer *l, const struct dg_carrier *carrier);

/* As many octets of the layer, and nothing more of it. */
static inline struct dg_shown
dg_shown_cut(const struct dg_layer *l, size_t captured)
{
	return (struct dg_shown){captured, l->in.wire, l->in.wire};
}

/* The layer that begins `taken` octets further in, and `written` further out. */
static inline struct dg_layer
dg_layer_behind(const struct dg_layer *l, struct dg_cur in, size_t written)
{
	struct dg_layer behind = *l;

	behind.in = in;
	behind.out += written;
	behind.room -= written;
	return behind;
}

#endif
