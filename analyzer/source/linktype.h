#ifndef DG_SOURCE_LINKTYPE_H
#define DG_SOURCE_LINKTYPE_H

#include <stdint.h>

/*
 * linktype.h - link types have a number in files (LINKTYPE_) and one in this machine's libpcap
 * (DLT_); they differ where systems had their own first.
 */

uint32_t dg_linktype_of_dlt(int dlt);
int dg_linktype_dlt(uint32_t linktype);

#endif
