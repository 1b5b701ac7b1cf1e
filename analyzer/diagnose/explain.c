/*
 * explain.c - the texts of the codes, by code.
 */
#include "diagnose/explain.h"

static const struct dg_explanation *const explanations[DG_CODE_COUNT] = {
    [DG_PORTS_SILENT] = &dg_explain_ports_silent,
    [DG_PORTS_REFUSED] = &dg_explain_ports_refused,
    [DG_PORTS_HASH] = &dg_explain_ports_hash,
    [DG_SERVER_SILENT] = &dg_explain_server_silent,
    [DG_SERVER_PORT_CLOSED] = &dg_explain_server_port_closed,
    [DG_SERVER_UNREACHABLE] = &dg_explain_server_unreachable,
    [DG_CLIENT_REFUSES_REPLIES] = &dg_explain_client_refuses_replies,
    [DG_LOSS_RANDOM] = &dg_explain_loss_random,
    [DG_OUTAGE] = &dg_explain_outage,
    [DG_RATE_LIMITED] = &dg_explain_rate_limited,
    [DG_REPLIES_LOST_BEYOND] = &dg_explain_replies_lost_beyond,
    [DG_FRAGMENTS_LOST] = &dg_explain_fragments_lost,
    [DG_TCP_BLOCKED] = &dg_explain_tcp_blocked,
    [DG_SERVFAIL_EXPLAINED] = &dg_explain_servfail_explained,
    [DG_SOURCE_PORTS_PREDICTABLE] = &dg_explain_source_ports_predictable,
    [DG_LOW_PORTS_IN_USE] = &dg_explain_low_ports_in_use,
    [DG_CAPTURE_ONE_WAY] = &dg_explain_capture_one_way,
    [DG_CAPTURE_INCOMPLETE] = &dg_explain_capture_incomplete,
};

const struct dg_explanation *
dg_explanation(enum dg_code code)
{
	return explanations[code];
}
