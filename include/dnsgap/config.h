#ifndef DNSGAP_CONFIG_H
#define DNSGAP_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "dnsgap/version.h"

/**
 * How traffic is to be read.  A new one holds the defaults; each setter takes
 * effect for sessions made afterwards and returns 0 or DNSGAP_EINVAL, which
 * leaves the setting as it was.
 */
struct dnsgap_config;

/* Returns 0 or DNSGAP_ENOMEM; the caller frees it. */
DNSGAP_API int dnsgap_config_new(struct dnsgap_config **out);
DNSGAP_API void dnsgap_config_free(struct dnsgap_config *c);

/* How long a reply may take to count as answered: 1 us to 1 h; default 5 s.  A hold
 * that was not set is 6 times this. */
DNSGAP_API int dnsgap_config_set_timeout(struct dnsgap_config *c, int64_t timeout_ns);

/* How long a transaction is remembered for a late reply, from its first
 * query: at least the timeout, at most 1 day. */
DNSGAP_API int dnsgap_config_set_hold(struct dnsgap_config *c, int64_t hold_ns);

/* How much earlier than its query a reply may be stamped: 0 to 1 s; default 10 us. */
DNSGAP_API int dnsgap_config_set_skew(struct dnsgap_config *c, int64_t skew_ns);

/* Ports that servers listen on, as "53,5353" or "53,8053-8060"; default "53". */
DNSGAP_API int dnsgap_config_set_server_ports(struct dnsgap_config *c, const char *ports);

/* Transactions remembered at once, 1 to 16,777,216; default 1,000,000.  Each
 * takes 256 bytes while it is open. */
DNSGAP_API int dnsgap_config_set_max_transactions(struct dnsgap_config *c, uint32_t max);

/* Whether a session will be cut (dnsgap_session_cut) while it goes on; default false.  Answered
 * transactions then come as late as unanswered ones, a hold after their query, so that a cut
 * has all of the same time; without it, a cut would show an outage where there was none. */
DNSGAP_API void dnsgap_config_set_cuts(struct dnsgap_config *c, bool has_cuts);

/* Files of up to so many bytes get a SHA-256 in the report, 0 for none, UINT64_MAX for all;
 * default 64 MiB, for it costs as much time as reading the file. */
DNSGAP_API void dnsgap_config_set_sha256_max(struct dnsgap_config *c, uint64_t file_bytes);

/**
 * Replaces addresses and names by pseudonyms in everything that sessions make afterwards:
 * reports, lines of transactions, evidence; files are called capture-1, capture-2, ...  The
 * same key (32 bytes, copied) gives the same pseudonyms.  NULL: no longer.
 */
DNSGAP_API int dnsgap_config_set_anonymiser(struct dnsgap_config *c, const unsigned char *key);
#define DNSGAP_ANONYMISER_KEY_BYTES 32

/* What stays as it is all the same: an address or prefix ("10.0.0.2", "2001:db8::/32"), a name
 * with all below it ("example.com").  At most 64 of each; also DNSGAP_ENOMEM. */
DNSGAP_API int dnsgap_config_keep_address(struct dnsgap_config *c, const char *text);
DNSGAP_API int dnsgap_config_keep_name(struct dnsgap_config *c, const char *text);

#endif
