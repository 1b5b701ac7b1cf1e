#!/usr/bin/env bash
# ports-soft.sh - half of the queries from a range of ports is lost.

. "$(dirname "$0")/lib.sh"

lab_begin ports-soft
lab_net
in_r nft -f - <<'NFT'
table inet fault {
	chain forward {
		type filter hook forward priority 0;
		ip daddr 198.51.100.53 udp dport 53 udp sport 20000-29999 numgen inc mod 2 0 drop
		ip6 daddr 2001:db8:5::53 udp dport 53 udp sport 20000-29999 numgen inc mod 2 0 drop
	}
}
NFT
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_plan
lab_capture "$C" c0 micro
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# ports-soft

Made by `samples/lab/ports-soft.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

One client asks two nsd over IPv4 and IPv6, each from 150 ports.  On the way to the first server
(198.51.100.53, 2001:db8:5::53) the router drops every second query from ports 20000 to 29999
(nft).  Nothing is sent again.
PAGE
