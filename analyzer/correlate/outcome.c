/*
 * outcome.c - the names of the outcomes, and of the kinds of ICMP errors.
 */
#include "correlate/transaction.h"

static const char *const names[DG_OUTCOME_COUNT] = {
    [DG_OUTCOME_ANSWERED] = "answered",
    [DG_OUTCOME_LATE] = "late",
    [DG_OUTCOME_UNANSWERED] = "unanswered",
    [DG_OUTCOME_ICMP_ERROR] = "icmp_error",
    [DG_OUTCOME_TCP_REFUSED] = "tcp_refused",
    [DG_OUTCOME_TCP_NO_CONNECTION] = "tcp_no_connection",
    [DG_OUTCOME_TCP_RESET] = "tcp_reset",
    [DG_OUTCOME_TCP_CLOSED] = "tcp_closed",
    [DG_OUTCOME_TRUNCATED] = "truncated",
    [DG_OUTCOME_UNDECIDED] = "undecided",
};

const char *
dg_outcome_name(enum dg_outcome outcome)
{
	return names[outcome];
}

static const char *const kind_names[DG_ICMP_KIND_COUNT] = {
    [DG_ICMP_UNREACHABLE] = "unreachable",
    [DG_ICMP_TOO_BIG] = "too-big",
    [DG_ICMP_REASSEMBLY] = "reassembly-timeout",
    [DG_ICMP_HOP_LIMIT] = "hop-limit",
    [DG_ICMP_PARAMETER] = "parameter",
};

const char *
dg_icmp_kind_name(enum dg_icmp_kind kind)
{
	return kind_names[kind];
}

enum dg_icmp_kind
dg_icmp_kind_of(enum dg_family family, uint8_t type, uint8_t code)
{
	bool is_ip4 = family == DG_FAMILY_IP4;

	if (!is_ip4 && type == 2)
		return DG_ICMP_TOO_BIG;
	if (type == (is_ip4 ? 11 : 3))
		return code == 1 ? DG_ICMP_REASSEMBLY : DG_ICMP_HOP_LIMIT;
	if (type == (is_ip4 ? 12 : 4))
		return DG_ICMP_PARAMETER;
	return is_ip4 && code == 4 ? DG_ICMP_TOO_BIG : DG_ICMP_UNREACHABLE;
}
