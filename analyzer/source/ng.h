#ifndef DG_SOURCE_NG_H
#define DG_SOURCE_NG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/strbuf.h"
#include "source/pcapfile.h"

/*
 * ng.h - the interfaces of a pcapng file: what their blocks say of links, clocks and
 * losses (draft-ietf-opsawg-pcapng 4.2 and 4.6).  Only ng.c uses this.
 */

/* How an interface counts time. */
struct dg_ng_clock {
	uint8_t resolution; /* if_tsresol: of seconds, 10^-n, or 2^-n with the highest bit */
	int64_t offset_s;   /* if_tsoffset: added to all times */
};

/* All interfaces of a file, of every section; what a report says of them is in `input`. */
struct dg_ng_interfaces {
	struct dg_input *input;
	struct dg_ng_clock *clocks; /* one for each of the input's interfaces */
	size_t room;
	bool is_out_of_memory;
};

/*
 * Adds the interface that such a block describes, the `size` octets behind the block's
 * length.  NULL, or what ends reading, in words; static.  Options that cannot be do: without
 * its clock no time could be told.
 */
const char *dg_ng_add_interface(
    struct dg_ng_interfaces *all, const uint8_t *body, size_t size, bool is_swapped);

/*
 * Notes what such a block says was dropped; `first` is the first interface of its section.
 * Options that overrun the block end its options; what stood before them counts.
 */
void dg_ng_note_statistics(struct dg_ng_interfaces *all, size_t first, const uint8_t *body,
    size_t size, bool is_swapped);

/* A count of ticks as time, rounded down; DG_TIME_NONE when it cannot be. */
int64_t dg_ng_time(const struct dg_ng_clock *clock, uint64_t ticks);

static inline uint16_t
dg_ng_get16(const uint8_t *p, bool is_swapped)
{
	uint16_t x;

	memcpy(&x, p, sizeof x);
	return is_swapped ? __builtin_bswap16(x) : x;
}

static inline uint32_t
dg_ng_get32(const uint8_t *p, bool is_swapped)
{
	uint32_t x;

	memcpy(&x, p, sizeof x);
	return is_swapped ? __builtin_bswap32(x) : x;
}

static inline uint64_t
dg_ng_get64(const uint8_t *p, bool is_swapped)
{
	uint64_t x;

	memcpy(&x, p, sizeof x);
	return is_swapped ? __builtin_bswap64(x) : x;
}

#endif
