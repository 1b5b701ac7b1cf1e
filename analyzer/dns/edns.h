#ifndef DG_DNS_EDNS_H
#define DG_DNS_EDNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/parse.h"

/*
 * edns.h - the options of an OPT record (RFC 6891 6.1.2), read without allocation.
 */

/* Extended errors kept of a message; nobody sends more than one or two. */
#define DG_EDE_KEPT 4
/* Octets kept of an NSID; those of real servers are names of hosts. */
#define DG_NSID_BYTES_MAX 64

struct dg_edns {
	uint16_t ede[DG_EDE_KEPT]; /* EDE (RFC 8914) codes, in the order of the message */
	uint8_t ede_count;
	bool has_nsid;       /* RFC 5001; the first that is not empty */
	uint8_t nsid_length; /* of what is kept */
	bool has_cookie;     /* RFC 7873 */
	bool has_subnet;     /* RFC 7871 */
	uint8_t nsid[DG_NSID_BYTES_MAX];
};

/**
 * Reads the options of a parsed message, whose bytes must still be there: what comes before
 * a broken one counts.  An empty NSID, as a query has it, is none.
 * True when any of what is kept was there.
 */
bool dg_edns_parse(const struct dg_dns_view *view, struct dg_edns *e);

/**
 * The code of the first extended error, or -1; *is_broken is set when an option reaches
 * past the record or an extended error has no code, and left alone otherwise.
 */
int32_t dg_edns_first_error(const uint8_t *data, size_t size, bool *is_broken);

/* The words of an extended error ("No Reachable Authority"), or NULL; static. */
const char *dg_ede_name(uint16_t code);

#endif
