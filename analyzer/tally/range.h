#ifndef DG_TALLY_RANGE_H
#define DG_TALLY_RANGE_H

#include <stdint.h>

/*
 * range.h - the three ranges of client ports (RFC 6335 section 6) and the
 * parts in which they are counted.
 */

enum dg_range {
	DG_RANGE_WELL_KNOWN,
	DG_RANGE_REGISTERED,
	DG_RANGE_EPHEMERAL,
	DG_RANGE_COUNT
};

/* Parts partition the ranges.  Cuts at 32768 and 61000: Linux' default range. */
enum dg_part {
	DG_PART_53,
	DG_PART_0,
	DG_PART_LOW,        /* 1-52,54-1023 */
	DG_PART_REGISTERED, /* 1024-32767 */
	DG_PART_LINUX_LOW,  /* 32768-49151 */
	DG_PART_LINUX_HIGH, /* 49152-60999 */
	DG_PART_HIGH,       /* 61000-65535 */
	DG_PART_COUNT
};

struct dg_range_facts {
	const char *name;
	const char *ports;
	uint16_t first;
	uint16_t last;
	enum dg_part first_part;
	enum dg_part last_part;
};

/* Static. */
const struct dg_range_facts *dg_range_facts(enum dg_range range);

/* "1-52,54-1023"; static. */
const char *dg_part_ports(enum dg_part part);

static inline enum dg_range
dg_range_of(uint16_t port)
{
	if (port < 1024)
		return DG_RANGE_WELL_KNOWN;
	return port < 49152 ? DG_RANGE_REGISTERED : DG_RANGE_EPHEMERAL;
}

static inline enum dg_part
dg_part_of(uint16_t port)
{
	if (port >= 49152)
		return port < 61000 ? DG_PART_LINUX_HIGH : DG_PART_HIGH;
	if (port >= 1024)
		return port < 32768 ? DG_PART_REGISTERED : DG_PART_LINUX_LOW;
	if (port == 53)
		return DG_PART_53;
	return port == 0 ? DG_PART_0 : DG_PART_LOW;
}

#endif
