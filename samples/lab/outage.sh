#!/usr/bin/env bash
# outage.sh - a server is gone for three seconds.

. "$(dirname "$0")/lib.sh"

lab_begin outage
lab_net
lab_nsd nsd1 53
lab_nsd nsd2 54
down()
{
	in_r nft 'table inet fault {
		chain forward {
			type filter hook forward priority 0;
			ip daddr 198.51.100.53 udp dport 53 drop
			ip6 daddr 2001:db8:5::53 udp dport 53 drop
		}
	}'
}
lab_plan
lab_capture "$C" c0 micro
lab_ask_begin
lab_step before down down
lab_step during up in_r nft delete table inet fault
wait "$ASK"
lab_capture_end
lab_finish <<'PAGE'
# outage

Made by `samples/lab/outage.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

One client asks two nsd over IPv4 and IPv6, each ten times a second for 11 s, from ports of all ranges.
From 4 s to 7 s the router drops all queries to the first (198.51.100.53,
2001:db8:5::53; nft).  One query in four is sent again after 1 s.
PAGE
