#ifndef DG_DNS_PARSE_H
#define DG_DNS_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "dns/name.h"

/*
 * parse.h - the parts of a DNS message that matching and counting need
 * (RFC 1035 4.1, RFC 6891), read without allocation.
 */

enum dg_dns_status {
	DG_DNS_OK,         /* header and first question (if any) are whole */
	DG_DNS_CUT,        /* header is whole; the capture cut the question off */
	DG_DNS_CUT_HEADER, /* not even the header was captured */
	DG_DNS_MALFORMED,
};

enum dg_rcode {
	DG_RCODE_NOERROR = 0,
	DG_RCODE_FORMERR = 1,
	DG_RCODE_SERVFAIL = 2,
	DG_RCODE_NXDOMAIN = 3,
	DG_RCODE_NOTIMP = 4,
	DG_RCODE_REFUSED = 5,
};

struct dg_dns_view {
	uint16_t id;
	bool is_reply;     /* QR */
	bool is_truncated; /* TC */
	uint8_t opcode;
	uint16_t rcode; /* 12 bits with the OPT record's (RFC 6891 6.1.3) */
	uint16_t question_count;
	uint16_t answer_count;
	uint16_t authority_count;
	uint16_t additional_count;

	bool has_question;
	uint16_t qtype;
	uint16_t qclass;
	uint64_t question_hash; /* keyed; of folded name, type and class; 0 without */
	struct dg_name qname;   /* folded; not set without a question */

	bool has_opt;
	bool has_broken_records; /* past the question; the message still counts */
	uint8_t edns_version;
	bool wants_dnssec; /* DO */
	uint16_t edns_udp_size;
	const uint8_t *opt_data; /* OPT's options, borrowed from the message; NULL without */
	uint16_t opt_length;
	int32_t ede_code; /* of the first extended error among them (RFC 8914), or -1 */
};

/**
 * Reads a message of which `size` bytes were captured and `wire_size` were on
 * the wire.  `view` is set as far as the status says: with CUT all but the
 * question and OPT, with CUT_HEADER and MALFORMED nothing.
 */
enum dg_dns_status dg_dns_parse(const uint8_t *message, size_t size, size_t wire_size,
    const struct dg_hash_key *key, struct dg_dns_view *view);

#endif
