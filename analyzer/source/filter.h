#ifndef DG_SOURCE_FILTER_H
#define DG_SOURCE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "base/frame.h"
#include "base/strbuf.h"

/*
 * filter.h - which frames are wanted, in pcap's language.
 */

/**
 * Whether an expression may be given to libpcap at all: not longer than DG_FILTER_BYTES_MAX,
 * and, unless may_resolve, without a name of a host or network in it, for which libpcap would
 * ask DNS.  Names of ports and protocols are looked up on this machine alone, and may stand
 * right behind `port`, `portrange`, `proto` and the like.  0, or DNSGAP_EINVAL with a text.
 */
int dg_filter_check(const char *expression, bool may_resolve, struct dg_fail *fail);

/* What a filter made by dg_filter_default looks behind: these together. */
enum {
	DG_FILTER_VLAN = 1,    /* one VLAN tag */
	DG_FILTER_TUNNELS = 2, /* keeps all that is in tunnels over IP */
	DG_FILTER_LINKS = 4,   /* VLAN tags in each other, MPLS, PPPoE, on Ethernet */
	DG_FILTER_WHOLE = 8,   /* keeps all that is in these: fewer steps */
};

/**
 * Appends the filter for DNS on these ports ("53,5300-5399"), ICMP errors and fragments:
 * docs/capturing.md says what each part is for.
 */
void dg_filter_default(struct dg_strbuf *b, const char *ports, unsigned reach);

/* A filter on frames of files, with a program for each link type. */
struct dg_filter;

/**
 * Fails with DNSGAP_EINVAL when the expression is refused or makes sense for no link type,
 * DNSGAP_ENOMEM, with a text.
 */
int dg_filter_new(
    const char *expression, bool may_resolve, struct dg_filter **out, struct dg_fail *fail);
void dg_filter_free(struct dg_filter *f);

const char *dg_filter_text(const struct dg_filter *f);

/* Whether a frame is wanted.  None is of a link type for which there is no program. */
bool dg_filter_passes(struct dg_filter *f, const struct dg_frame *frame);

/* Why there is no program for a link type that was met ("does not go with the filter: ..."), or
 * NULL.  Lives as long as the filter. */
const char *dg_filter_problem(const struct dg_filter *f, uint32_t linktype);

#endif
