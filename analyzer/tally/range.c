/*
 * range.c - the three ranges of client ports and their parts.
 */
#include "tally/range.h"

static const struct dg_range_facts ranges[DG_RANGE_COUNT] = {
    [DG_RANGE_WELL_KNOWN] = {"well-known", "0-1023", 0, 1023, DG_PART_53, DG_PART_LOW},
    [DG_RANGE_REGISTERED] = {"registered", "1024-49151", 1024, 49151, DG_PART_REGISTERED,
	DG_PART_LINUX_LOW},
    [DG_RANGE_EPHEMERAL] = {"ephemeral", "49152-65535", 49152, 65535, DG_PART_LINUX_HIGH,
	DG_PART_HIGH},
};

static const char *const part_ports[DG_PART_COUNT] = {
    [DG_PART_53] = "53",
    [DG_PART_0] = "0",
    [DG_PART_LOW] = "1-52,54-1023",
    [DG_PART_REGISTERED] = "1024-32767",
    [DG_PART_LINUX_LOW] = "32768-49151",
    [DG_PART_LINUX_HIGH] = "49152-60999",
    [DG_PART_HIGH] = "61000-65535",
};

const struct dg_range_facts *
dg_range_facts(enum dg_range range)
{
	return &ranges[range];
}

const char *
dg_part_ports(enum dg_part part)
{
	return part_ports[part];
}
