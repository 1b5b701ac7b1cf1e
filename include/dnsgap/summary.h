#ifndef DNSGAP_SUMMARY_H
#define DNSGAP_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dnsgap/session.h"

/**
 * The numbers of a finished session.  All functions below give 0 or false for a
 * session that is not finished.
 */

/* How a transaction ended. */
enum dnsgap_outcome {
	DNSGAP_ANSWERED,
	DNSGAP_LATE,
	DNSGAP_UNANSWERED,
	DNSGAP_ICMP_ERROR,
	DNSGAP_TCP_REFUSED,
	DNSGAP_TCP_NO_CONNECTION,
	DNSGAP_TCP_RESET,
	DNSGAP_TCP_CLOSED,
	DNSGAP_TRUNCATED,
	DNSGAP_UNDECIDED,
	DNSGAP_OUTCOMES
};

/* Ranges of the client's port (RFC 6335). */
enum dnsgap_range {
	DNSGAP_WELL_KNOWN, /* 0-1023 */
	DNSGAP_REGISTERED, /* 1024-49151 */
	DNSGAP_EPHEMERAL,  /* 49152-65535 */
	DNSGAP_RANGES
};

/* "answered"; static.  NULL for no outcome. */
DNSGAP_API const char *dnsgap_outcome_name(enum dnsgap_outcome outcome);

/* Frames that were read, of whatever kind. */
DNSGAP_API uint64_t dnsgap_frames(const struct dnsgap_session *s);

/* Time of the first and the last frame of the files, in ns since 1970; false without any. */
DNSGAP_API bool dnsgap_times(
    const struct dnsgap_session *s, int64_t *first_ns, int64_t *last_ns);

/* Transactions of all servers. */
DNSGAP_API uint64_t dnsgap_transactions(const struct dnsgap_session *s);

/* Of them, those from client ports of the range that ended so. */
DNSGAP_API uint64_t dnsgap_outcomes(
    const struct dnsgap_session *s, enum dnsgap_range range, enum dnsgap_outcome outcome);

enum dnsgap_transport {
	DNSGAP_UDP,
	DNSGAP_TCP,
	DNSGAP_TRANSPORTS
};

/* The same of one transport, at servers that have a row of their own: of those beyond the bound
 * (dnsgap_hit_limit) transports are not told apart. */
DNSGAP_API uint64_t dnsgap_transport_outcomes(const struct dnsgap_session *s,
    enum dnsgap_transport transport, enum dnsgap_range range, enum dnsgap_outcome outcome);

/* Servers, in order of address and port. */
DNSGAP_API size_t dnsgap_servers(const struct dnsgap_session *s);

#define DNSGAP_ADDRESS_TEXT 46

/* Writes the n-th server's address as text, gives its port; false past the end. */
DNSGAP_API bool dnsgap_server(const struct dnsgap_session *s, size_t n,
    char address[DNSGAP_ADDRESS_TEXT], uint16_t *port);
DNSGAP_API uint64_t dnsgap_server_outcomes(const struct dnsgap_session *s, size_t n,
    enum dnsgap_range range, enum dnsgap_outcome outcome);

/* Whether traffic of one direction only was captured, for all that can be known. */
DNSGAP_API bool dnsgap_is_one_way(const struct dnsgap_session *s);

/* Whether a bound of the program was hit, so that something is undecided for it. */
DNSGAP_API bool dnsgap_hit_limit(const struct dnsgap_session *s);

#endif
