#!/usr/bin/env bash
# ports-amplification.sh - ports that are known from amplification attacks are dropped.

. "$(dirname "$0")/lib.sh"

lab_begin ports-amplification
lab_net
in_r nft -f - <<'NFT'
table inet fault {
	chain forward {
		type filter hook forward priority 0;
		ip daddr 198.51.100.53 udp dport 53 udp sport { 123, 161, 389, 1900, 11211 } drop
		ip6 daddr 2001:db8:5::53 udp dport 53 udp sport { 123, 161, 389, 1900, 11211 } drop
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
# ports-amplification

Made by `samples/lab/ports-amplification.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

Three clients over IPv4 and one over IPv6 ask two nsd from the same 54 ports, 22 of which stand on
lists against amplification.  On the way to the first server (198.51.100.53, 2001:db8:5::53) the router
drops 123, 161, 389, 1900 and 11211 (nft).
PAGE
