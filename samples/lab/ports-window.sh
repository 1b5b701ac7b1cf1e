#!/usr/bin/env bash
# ports-window.sh - low ports die while the capture runs.

. "$(dirname "$0")/lib.sh"

lab_begin ports-window
lab_net
lab_nsd nsd1 53
lab_nsd nsd2 54
fault()
{
	in_r nft -f - <<'NFT'
table inet fault {
	chain forward {
		type filter hook forward priority 0;
		ip daddr 198.51.100.53 udp dport 53 udp sport { 1-52, 54-1023 } drop
		ip6 daddr 2001:db8:5::53 udp dport 53 udp sport { 1-52, 54-1023 } drop
	}
}
NFT
}
lab_plan
lab_capture "$C" c0 micro
lab_ask_begin
lab_step before fault fault
wait "$ASK"
lab_capture_end
lab_finish <<'PAGE'
# ports-window

Made by `samples/lab/ports-window.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

One client asks two nsd over IPv4 and IPv6 from the same 60 ports, twice.  All of the first time is
answered.  After 4.2 s the router begins to drop source ports 1-52 and 54-1023 to the first server
(198.51.100.53, 2001:db8:5::53; nft).
PAGE
