/*
 * verdict.c - the names of the verdicts.
 */
#include "decode/verdict.h"

static const char *const names[DG_VERDICT_COUNT] = {
    [DG_VERDICT_DNS] = "dns",
    [DG_VERDICT_DNS_MALFORMED] = "dns_malformed",
    [DG_VERDICT_DNS_CUT] = "dns_cut",
    [DG_VERDICT_ICMP_ERROR] = "icmp_error",
    [DG_VERDICT_ICMP_OTHER] = "icmp_other",
    [DG_VERDICT_UDP_OTHER] = "udp_other",
    [DG_VERDICT_TCP_DNS] = "tcp_dns",
    [DG_VERDICT_TCP_OTHER] = "tcp_other",
    [DG_VERDICT_FRAGMENT] = "fragment",
    [DG_VERDICT_TUNNEL] = "tunnel",
    [DG_VERDICT_NOT_IP] = "not_ip",
    [DG_VERDICT_IP_OTHER] = "ip_other",
    [DG_VERDICT_MALFORMED] = "malformed",
    [DG_VERDICT_CUT] = "cut",
    [DG_VERDICT_LINK_UNSUPPORTED] = "link_unsupported",
};

const char *
dg_verdict_name(enum dg_verdict v)
{
	return names[v];
}
