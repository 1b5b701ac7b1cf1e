/*
 * linktype.c - the numbers of link types: of files, and of this machine's libpcap.
 */
#include "source/linktype.h"

#include <pcap/pcap.h>
#include <stddef.h>

/* The few that differ (pcap's linktype page); all others are the same. */
static const struct {
	int dlt;
	uint32_t linktype;
} map[] = {
    {DLT_RAW, 101},
    {DLT_ATM_RFC1483, 100},
    {DLT_SLIP_BSDOS, 102},
    {DLT_PPP_BSDOS, 103},
    {DLT_ATM_CLIP, 106},
};

uint32_t
dg_linktype_of_dlt(int dlt)
{
	for (size_t i = 0; i < sizeof map / sizeof *map; i++) {
		if (map[i].dlt == dlt)
			return map[i].linktype;
	}
	return (uint32_t)dlt;
}

int
dg_linktype_dlt(uint32_t linktype)
{
	for (size_t i = 0; i < sizeof map / sizeof *map; i++) {
		if (map[i].linktype == linktype)
			return map[i].dlt;
	}
	return (int)linktype;
}
