/*
 * outcome.c - the names of the outcomes.
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
